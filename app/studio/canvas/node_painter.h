// Draws one node card: 152 x 80, what it is, how it is, and why it drops requests if it does.
#pragma once

#include "app/studio/theme/tokens.h"
#include "models/world/view.h"

#include <QPointF>

class QPainter;

namespace tantrum::studio {

/// How much of a card is drawn at which zoom.
enum class Detail { full, noText, iconOnly };
Detail detailAt(double zoom);

struct NodeLook {
    const models::NodeFacts& facts;
    const models::NodeView& levels;   ///< bars, arcs, pips, health: up to 10 Hz
    const models::NodeView& numbers;  ///< every figure: up to 4 Hz
    bool partitioned = false;         ///< cut off from everybody
    bool heat = false;                ///< tinted by utilisation
};

/// Draws in world coordinates around the card's centre; `zoom` chooses the detail and keeps names readable.
void paintNode(QPainter& painter, QPointF centre, const NodeLook& look, const Tokens& tokens, double zoom);

/// The ring of a selected (3 px outside) or keyboard-focused (2 px outside) card; `zoom` keeps it 2 px wide.
void paintNodeRing(QPainter& painter, QPointF centre, const Tokens& tokens, double gap, double zoom);

}  // namespace tantrum::studio
