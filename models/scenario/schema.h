// The JSON Schema of scenario files, for editors.
#pragma once

#include "models/scenario/catalogue.h"

#include <nlohmann/json_fwd.hpp>

namespace tantrum::models::scenario {

/// Draft-07 (what the YAML language server understands best), complete for the given catalogue.
nlohmann::json jsonSchema(const Catalogue&);

}  // namespace tantrum::models::scenario
