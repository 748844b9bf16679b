// The curve of a link between two cards, and places along it by share of its length.
#pragma once

#include "app/studio/canvas/layout.h"

#include <QPainterPath>
#include <QPointF>
#include <array>
#include <vector>

namespace tantrum::studio {

/// A cubic from card edge to card edge, sampled at equal steps of length.
struct LinkGeometry {
    static constexpr std::size_t segments = 32;

    std::array<QPointF, 4> control;
    std::array<QPointF, segments + 1> point;
    std::array<QPointF, segments + 1> left;    ///< unit vectors to the left of travel
    std::array<bool, segments + 1> covered{};  ///< a card other than the two ends lies over it
    double length = 0;
    double wordsAt = 0.5;   ///< where words stand clear of all cards: share of the length,
    bool wordsLeft = true;  ///< and side of travel

    QPainterPath path() const;
    QPointF at(double share) const;
    QPointF leftAt(double share) const;
    bool coveredAt(double share) const;
    /// Distance of a point to the curve.
    double distanceTo(QPointF place) const;
};

/// From a point of a curve to the middle of words that stand beside it in `direction`, `gap` away from it.
QPointF wordsOffset(QPointF direction, QSizeF words, double gap);

/// Curves for all edges. Leaves a card on the side that faces the other end (right to left with horizontal tangents if
/// there is room, else bottom to top); links that share a side are spread along it, ordered by where they lead.
std::vector<LinkGeometry> linkCurves(const models::Topology& topology, const std::vector<QPointF>& centres);

}  // namespace tantrum::studio
