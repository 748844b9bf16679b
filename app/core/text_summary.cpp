#include "app/core/text_summary.h"

#include "app/core/numbers.h"
#include "app/core/text_table.h"
#include "models/scenario/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tantrum::app {

namespace {

using models::Outcome;
using models::scenario::shown;
using enum TextTable::Align;

std::string outcomeWord(std::size_t outcome)
{
    switch (static_cast<Outcome>(outcome)) {
    case Outcome::timeout: return "timed out";
    case Outcome::rejected: return "refused";
    case Outcome::error: return "errors";
    case Outcome::circuitOpen: return "stopped by a breaker";
    case Outcome::rateLimited: return "over the rate limit";
    default: return std::string{models::outcomeKeys[outcome]};
    }
}

/// "80 timed out, 20 refused", the largest first; empty if everything was ok.
std::string failuresText(const std::array<std::uint64_t, models::outcomeCount>& outcomes)
{
    std::vector<std::size_t> order;
    for (std::size_t index = 1; index < outcomes.size(); ++index)
        if (outcomes[index] > 0) order.push_back(index);
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return outcomes[a] > outcomes[b]; });
    std::string text;
    for (const std::size_t index : order)
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", countText(outcomes[index]), outcomeWord(index));
    return text;
}

std::string clientsTable(const models::Results& results)
{
    TextTable table{{{"Clients", left}, {"offered"}, {"goodput"}, {"errors"}, {"p50"}, {"p95"}, {"p99"}, {"max"}, {"failures", left}}};
    for (const auto& client : results.clients)
        table.add({shown(client.name), countText(client.offered), rateText(client.goodputPerSecond), shareText(client.errorRate),
                   secondsText(client.latency.p50), secondsText(client.latency.p95), secondsText(client.latency.p99),
                   secondsText(client.latency.maximum), failuresText(client.outcomes)});
    return table.empty() ? "" : table.render() + "\n";
}

std::string nodesTable(const models::Results& results)
{
    TextTable table{{{"Nodes", left}, {"type", left}, {"arrivals"}, {"busy"}, {"queue"}, {"queue max"}, {"p50"}, {"p99"}, {"failures", left}}};
    for (const auto& node : results.nodes)
        table.add({shown(node.name), node.type, countText(node.arrivals), std::isnan(node.utilization) ? "–" : shareText(node.utilization),
                   numberText(node.queueMean), numberText(node.queueMax), secondsText(node.latency.p50),
                   secondsText(node.latency.p99), failuresText(node.outcomes)});
    return table.empty() ? "" : table.render() + "\n";
}

// A link where every call was one attempt that went well says nothing the tables above did not.
bool worthALook(const models::LinkResult& link)
{
    return link.attempts != link.calls || link.lost > 0 || !failuresText(link.outcomes).empty();
}

std::string linksTable(const models::Results& results)
{
    TextTable table{{{"Links worth a look", left}, {"calls"}, {"attempts"}, {"each"}, {"lost"}, {"failures", left}}};
    for (const auto& link : results.links) {
        if (!worthALook(link)) continue;
        const double each = link.calls > 0 ? static_cast<double>(link.attempts) / static_cast<double>(link.calls) : models::LatencySummary{}.mean;
        table.add({shown(link.from) + " → " + shown(link.to), countText(link.calls), countText(link.attempts), numberText(each),
                   countText(link.lost), failuresText(link.outcomes)});
    }
    return table.empty() ? "" : table.render() + "\n";
}

std::string speedLine(const models::Results& results)
{
    const bool timed = results.wallSeconds > 0;
    return fmt::format("{} events in {}{}; fingerprint {:016x}\n", countText(results.events), secondsText(results.wallSeconds),
                       timed ? fmt::format(" ({} events/s, {} × real time)", numberText(static_cast<double>(results.events) / results.wallSeconds),
                                           numberText(results.simulatedSeconds / results.wallSeconds))
                             : "",
                       results.fingerprint);
}

}  // namespace

std::string expectLine(const models::ExpectResult& claim, std::size_t textWidth)
{
    const std::string text = shown(claim.text, 200);
    const std::size_t width = widthOf(text);
    const std::string padding(width < textWidth ? textWidth - width : 0, ' ');
    const std::string measured = valueText(claim.value, unitOfClaim(claim.text));
    const std::string why = claim.remark.empty() ? "" : fmt::format(" ({})", claim.remark);
    return claim.passed ? fmt::format("✓ {}{}  held: {}{}", text, padding, measured, why)
                        : fmt::format("✗ {}{}  failed: measured {}{}", text, padding, measured, why);
}

std::string textSummary(const models::Results& results)
{
    std::string out = fmt::format("{}\nseed {}, {} simulated, {} requests\n\n", shown(results.scenario, 200), results.seed,
                                  secondsText(results.simulatedSeconds), countText(results.requests));
    out += clientsTable(results) + nodesTable(results) + linksTable(results);
    std::size_t width = 0;
    for (const auto& claim : results.expect) width = std::max(width, widthOf(shown(claim.text, 200)));
    for (const auto& claim : results.expect) out += expectLine(claim, width) + "\n";
    if (!results.expect.empty()) out += "\n";
    if (!results.stopReason.empty()) out += fmt::format("Stopped by a guard: {}\n\n", results.stopReason);
    return out + speedLine(results);
}

}  // namespace tantrum::app
