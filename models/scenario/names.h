// Names of nodes and operations, and patterns of links.
#pragma once

#include "models/scenario/references.h"
#include "models/scenario/units.h"

#include <string_view>

namespace tantrum::models::scenario {

inline constexpr std::size_t longestName = 64;

/// [A-Za-z][A-Za-z0-9_-]*, at most 64 characters.
Parsed<std::string> parseName(std::string_view);
/// `web.checkout` or `web`
Parsed<OperationReference> parseOperation(std::string_view);
/// `web -> inventory`, `web* -> *`
Parsed<LinkPattern> parseLink(std::string_view);
/// `*` stands for any number of characters.
bool matches(std::string_view pattern, std::string_view name);

}  // namespace tantrum::models::scenario
