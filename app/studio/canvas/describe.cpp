#include "app/studio/canvas/describe.h"

#include "app/studio/theme/format.h"
#include "app/studio/theme/tokens.h"

#include <QCoreApplication>
#include <QStringList>
#include <cmath>
#include <numeric>

namespace tantrum::studio {

using models::Breaker;
using models::Health;

namespace {

QString say(const char* text) { return QCoreApplication::translate("tantrum", text); }

const std::string& nameOf(const models::Topology& topology, int node)
{
    return topology.nodes[static_cast<std::size_t>(node)].name;
}

}  // namespace

QString typeLine(const models::NodeFacts& facts, const models::NodeView& view)
{
    const QString title = QString::fromStdString(facts.typeTitle);
    if (!std::isfinite(view.hitRatio)) return title;
    const double percent = view.hitRatio * 100;
    const double shown = percent < 100 ? std::min(percent, 99.9) : 100;
    return say("%1, hit %2 %").arg(title, QString::number(shown, 'f', 1));
}

double successShare(const models::NodeView& view)
{
    const double all = std::accumulate(view.perSecond.begin(), view.perSecond.end(), 0.0);
    return all > 0 ? view.perSecond[static_cast<std::size_t>(models::Outcome::ok)] / all : models::noData;
}

QString levelText(const models::NodeFacts& facts, const models::NodeView& view)
{
    if (facts.isClient) {
        const double share = successShare(view);
        return std::isnan(share) ? noDataText() : say("%1 ok").arg(formatShare(share));
    }
    if (std::isfinite(view.queueLimit)) return formatCompact(view.queue) + '/' + formatCompact(view.queueLimit);
    return (facts.holdsMessages ? say("%1 held") : say("%1 waiting")).arg(formatCompact(view.queue));
}

QString badgeText(const models::NodeView& view)
{
    if (!view.reason.empty()) {
        const QString reason = QString::fromStdString(view.reason);
        return view.reasonPerSecond > 0 ? reason + ' ' + formatRate(view.reasonPerSecond) : reason;
    }
    if (view.health == Health::crashed) return say("crashed");
    return view.health == Health::paused ? say("paused") : QString();
}

QString spokenNode(const models::NodeFacts& facts, const models::NodeView& view)
{
    QStringList parts{QString::fromStdString(facts.name), wordFor(view.health)};
    if (!view.reason.empty()) {
        const QString reason = QString::fromStdString(view.reason);
        parts << (view.reasonPerSecond > 0 ? reason + ' ' + spokenRate(view.reasonPerSecond) : reason);
        return parts.join(", ");
    }
    parts << spokenRate(view.ratePerSecond);
    parts << (std::isnan(view.p99) ? say("no latency data") : say("p99 %1").arg(formatDuration(view.p99)));
    return parts.join(", ");
}

QString edgeTitle(const models::Topology& topology, const models::EdgeFacts& facts)
{
    return QString::fromStdString(nameOf(topology, facts.from)) + QStringLiteral(" → ") +
           QString::fromStdString(nameOf(topology, facts.to));
}

QString attemptsLine(const models::EdgeView& view)
{
    QStringList parts;
    if (view.partitioned) parts << say("partitioned");
    if (view.callsPerSecond > 0) {
        const double attempts = view.attemptsPerSecond / view.callsPerSecond;
        parts << (attempts > 1.005 ? say("%1 attempts for each request").arg(attempts, 0, 'f', 2)
                                   : say("one attempt for each request"));
    } else {
        parts << say("nothing was sent");
    }
    if (view.breaker == Breaker::open) parts << say("breaker open");
    if (view.breaker == Breaker::halfOpen) parts << say("breaker half-open");
    return parts.join(", ");
}

QString spokenEdge(const models::Topology& topology, const models::EdgeFacts& facts, const models::EdgeView& view)
{
    return say("%1 to %2, %3, %4")
        .arg(QString::fromStdString(nameOf(topology, facts.from)), QString::fromStdString(nameOf(topology, facts.to)),
             spokenRate(view.attemptsPerSecond), attemptsLine(view));
}

}  // namespace tantrum::studio
