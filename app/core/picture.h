// Pictures of a finished run as SVG documents: its charts on one page, and its canvas with the final numbers.
#pragma once

#include "app/core/colours.h"
#include "app/core/svg.h"
#include "models/world/results.h"

#include <map>
#include <string>
#include <string_view>

namespace tantrum::app {

struct PictureOptions {
    const Colours* colours = &lightColours;
    std::string focus;                             ///< the client or node whose latency is drawn; empty: the busiest client
    std::map<std::string, Point> positions;        ///< centres by node name, as in `layout`; the rest are placed in layers
    std::map<std::string, std::string> titles;     ///< of types: "service" -> "Service"; the key where there is none
};

/// Latency percentiles (log), throughput, queues and utilisation over time.
std::string chartsSvg(const models::Results& results, const PictureOptions& options);

/// Node cards and links as on the canvas (look.md §3, §4).
std::string canvasSvg(const models::Results& results, const PictureOptions& options);

}  // namespace tantrum::app
