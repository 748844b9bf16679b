// Names and JSON Schemas of the supplied parameter types.
#pragma once

#include "models/scenario/values.h"

#include <nlohmann/json_fwd.hpp>

namespace tantrum::models::scenario::detail {

/// "duration", "distribution of time" …
template <class T> std::string_view nameOfType();
/// "a duration", for messages.
template <class T> std::string_view articleOf();
template <class T> void schemaOfType(nlohmann::json&, const Rules<T>&);

/// Regular expressions without anchors.
namespace pattern {
inline constexpr std::string_view name = "[A-Za-z][A-Za-z0-9_-]{0,63}";
inline constexpr std::string_view link = "[A-Za-z*][A-Za-z0-9_*-]* *-> *[A-Za-z*][A-Za-z0-9_*-]*";
}  // namespace pattern

}  // namespace tantrum::models::scenario::detail
