// The JSON document of a run (design.md §6): field names are an interface and are only ever added to.
#pragma once

#include "app/core/expected.h"
#include "models/world/audit.h"
#include "models/world/results.h"

#include <string>
#include <string_view>

namespace tantrum::app {

struct Cost;

struct JsonOptions {
    int indent = -1;      ///< -1: one line
    bool series = true;   ///< the results store keeps them in a table of their own
    const std::vector<models::AuditLine>* audit = nullptr;  ///< absent: the document has none
    const Cost* cost = nullptr;                             ///< absent: the document has none
};

/// UTF-8, without a final newline. Doubles parse back to the same bits; NaN and infinities are null.
std::string jsonSummary(const models::Results& results, const JsonOptions& options = {});

/// The document's "series" on its own.
std::string jsonSeries(const models::SeriesResult& series);

/// The inverse, as far as the document goes: histograms stay empty. Reads what another version or a hostile hand wrote,
/// so missing or mistyped fields become their defaults; only text that is no JSON object is a failure.
Expected<models::Results> resultsFromJson(std::string_view json);

}  // namespace tantrum::app
