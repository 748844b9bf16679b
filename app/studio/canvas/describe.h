// The words on cards and links, and the one sentence a screen reader says about a node.
#pragma once

#include "models/world/view.h"

#include <QString>

namespace tantrum::studio {

/// "Service"; "Redis, hit 91.0 %".
QString typeLine(const models::NodeFacts& facts, const models::NodeView& view);
/// "568/10k", "12 waiting", "63 % ok", "no data".
QString levelText(const models::NodeFacts& facts, const models::NodeView& view);
/// "queue full 987/s", "crashed", "paused"; empty if nothing is wrong.
QString badgeText(const models::NodeView& view);
/// Share of a client's finished requests that ended ok; NaN if none finished.
double successShare(const models::NodeView& view);

/// "payments, failing, queue full 987 per second".
QString spokenNode(const models::NodeFacts& facts, const models::NodeView& view);
/// "checkout to payments, 1545 per second, 3.68 attempts for each request".
QString spokenEdge(const models::Topology& topology, const models::EdgeFacts& facts, const models::EdgeView& view);
/// "checkout → payments".
QString edgeTitle(const models::Topology& topology, const models::EdgeFacts& facts);
/// "3.68 attempts for each request, breaker open"; never empty.
QString attemptsLine(const models::EdgeView& view);

}  // namespace tantrum::studio
