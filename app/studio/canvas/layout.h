// Where nodes stand when the scenario does not say: columns along the calls, few crossings, nothing on top of
// anything. The same topology always gives the same picture.
#pragma once

#include "models/world/view.h"

#include <QPointF>
#include <QSizeF>
#include <vector>

namespace tantrum::studio {

inline constexpr QSizeF cardSize{152, 80};

/// Centres, one a node. Nodes with a position of their own keep it; the rest are placed in layers (longest path from
/// the sources, cycles opened at the edge that closes them, barycentre ordering) clear of the kept ones.
std::vector<QPointF> layOut(const models::Topology& topology);

/// All nodes in layers, whatever the scenario says: what "Arrange" proposes.
std::vector<QPointF> arranged(const models::Topology& topology);

}  // namespace tantrum::studio
