// Places nodes left to right by how far they are from where requests start.
#pragma once

#include "app/core/svg.h"

#include <utility>
#include <vector>

namespace tantrum::app {

/// Centres for `count` nodes joined by directed edges; cycles are allowed. Nodes keep their order within a layer.
std::vector<Point> layeredLayout(std::size_t count, const std::vector<std::pair<std::size_t, std::size_t>>& edges);

}  // namespace tantrum::app
