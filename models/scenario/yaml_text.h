// Writing single values so that YAML reads them back as the same text.
#pragma once

#include <string>
#include <string_view>

namespace tantrum::models::scenario {

/// Plain where YAML allows it, else in double quotes. `inFlow`: inside { } or [ ], where more has to be quoted.
std::string yamlScalar(std::string_view value, bool inFlow);
std::string yamlDoubleQuoted(std::string_view value);
std::string yamlSingleQuoted(std::string_view value);
/// The value can stand without quotes.
bool plainInYaml(std::string_view value, bool inFlow);

}  // namespace tantrum::models::scenario
