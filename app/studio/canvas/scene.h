// What is on the canvas, without any widget: nodes and their places, links and their curves, the values shown.
#pragma once

#include "app/studio/canvas/camera.h"
#include "app/studio/canvas/layout.h"
#include "app/studio/canvas/link_geometry.h"
#include "models/world/view.h"

#include <QPointF>
#include <QRectF>
#include <vector>

namespace tantrum::studio {

/// What the viewer looks at and how.
struct SceneView {
    int selectedNode = -1, selectedEdge = -1, hoveredEdge = -1, focusedNode = -1;
    bool heat = false, labels = false, bands = false;
};

class Scene {
public:
    void setTopology(models::Topology topology);
    const models::Topology& topology() const { return topology_; }
    int nodeCount() const { return static_cast<int>(topology_.nodes.size()); }
    int edgeCount() const { return static_cast<int>(topology_.edges.size()); }

    const std::vector<QPointF>& centres() const { return centres_; }
    /// Requires one centre a node.
    void setCentres(std::vector<QPointF> centres);
    void moveNode(int node, QPointF centre);

    /// Bars, arcs and widths; figures. Both must have one view a node and an edge, else they are ignored.
    void setLevels(const models::Frame& frame);
    void setNumbers(const models::Frame& frame);
    const models::Frame& levels() const { return levels_; }
    const models::Frame& numbers() const { return numbers_; }

    const std::vector<LinkGeometry>& links() const { return links_; }
    std::vector<double> linkLengths() const;
    /// Attempts over this edge as a share of the busiest one's.
    double rateShare(int edge) const { return shares_[static_cast<std::size_t>(edge)]; }
    /// Every link to or from the node is partitioned.
    bool cutOff(int node) const;

    QRectF nodeRect(int node) const;
    QRectF bounds() const;  ///< all cards with their badges and rings; empty without nodes
    /// Topmost node or nearest link under a world point; -1 if none.
    int nodeAt(QPointF world) const;
    int edgeAt(QPointF world, double tolerance) const;
    /// Nodes as people read: by column, then by row.
    std::vector<int> readingOrder() const;

private:
    bool fits(const models::Frame& frame) const;

    models::Topology topology_;
    std::vector<QPointF> centres_;
    std::vector<LinkGeometry> links_;
    std::vector<double> shares_;
    models::Frame levels_, numbers_;
};

/// Whether two frames of one topology would be drawn alike.
bool looksLike(const models::Frame& first, const models::Frame& second);

}  // namespace tantrum::studio
