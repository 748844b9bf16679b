// What `set: web.workers` in the timeline speaks of.
#pragma once

#include "models/scenario/reader_parts.h"

#include <optional>
#include <string>

namespace tantrum::models::scenario {

struct SetTarget {
    SetAction action;      ///< `value` holds the parameters the run begins with; `text` is empty
    std::string argument;  ///< of the parameter's expression; may be empty
};

/// `web.workers`, `shoppers.arrivals.rate`, `web -> db.latency`, `web -> db.retry.attempts`. nullopt after reporting
/// why not: unknown names, or a parameter that cannot change during a run.
std::optional<SetTarget> findSetTarget(const Node& path, ReaderState&);

}  // namespace tantrum::models::scenario
