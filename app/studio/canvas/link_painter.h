// Draws links: width by rate, tinted by retries, broken by partitions, as bands where dots would be too many.
#pragma once

#include "app/studio/canvas/link_geometry.h"
#include "app/studio/theme/tokens.h"
#include "models/world/view.h"

class QPainter;

namespace tantrum::studio {

struct LinkLook {
    const LinkGeometry& curve;
    const models::EdgeFacts& facts;
    const models::EdgeView& view;
    double share = 0;  ///< of the busiest link's attempts, 0..1
    bool selected = false, hovered = false;
    bool heat = false;    ///< coloured by rate
    bool label = false;   ///< with its rate beside it
    bool bands = false;   ///< traffic as bands instead of dots
    engine::Instant now;  ///< for the age of a partition
};

/// 1 + 5.5 * sqrt(share) pixels.
double linkWidth(double share);
/// How far beside the curve dots travel.
double laneOffset(double share);

void paintLink(QPainter& painter, const LinkLook& look, const Tokens& tokens);
/// Drawn after every link and card, so that nothing lies over the words.
void paintLinkWords(QPainter& painter, const LinkLook& look, const Tokens& tokens);

}  // namespace tantrum::studio
