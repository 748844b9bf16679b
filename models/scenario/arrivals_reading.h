// Arrivals and Keys from a parsed expression; the `text` field is left to the caller.
#pragma once

#include "models/scenario/arrivals.h"
#include "models/scenario/data_files.h"
#include "models/scenario/expression.h"

#include <optional>

namespace tantrum::models::scenario {

/// `files` may be nullptr: then no trace can be named. nullopt fills the error.
std::optional<Arrivals> readArrivals(const Expression&, DataFiles* files, ExpressionError&);
std::optional<Keys> readKeys(const Expression&, ExpressionError&);

}  // namespace tantrum::models::scenario
