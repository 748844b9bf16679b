// What a scenario file may hold at its root, in the order in which its parts are usually written.
#pragma once

#include <array>
#include <string_view>

namespace tantrum::models::scenario {

inline constexpr std::array<std::string_view, 15> sections{"tantrum", "name",  "about",    "seed", "duration",  "warmup", "zones", "nodes",
                                                           "links",   "timeline", "slos", "telemetry", "expect", "study", "layout"};

}  // namespace tantrum::models::scenario
