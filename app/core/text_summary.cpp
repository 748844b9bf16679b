#include "app/core/text_summary.h"

#include "app/core/numbers.h"
#include "app/core/text_table.h"
#include "models/scenario/diagnostics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>

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

std::string percentileText(const models::LatencySummary& latency, models::Percentile percentile)
{
    return latency.needed(percentile) > 0 ? "too few" : secondsText(latency.of(percentile));
}

std::string clientsTable(const models::Results& results)
{
    TextTable table{{{"Clients", left}, {"offered"}, {"goodput"}, {"errors"}, {"failures", left}}};
    for (const auto& client : results.clients)
        table.add({shown(client.name), countText(client.offered), rateText(client.goodputPerSecond),
                   shareText(client.errorRate), failuresText(client.outcomes)});
    return table.empty() ? "" : table.render() + "\n";
}

// Two lines a client: the values, and below them how sure they are.
std::string latencyTable(const models::Results& results)
{
    constexpr std::array shownPercentiles{models::Percentile::p50, models::Percentile::p95, models::Percentile::p99,
                                          models::Percentile::p999};
    TextTable table{{{"Latency", left}, {"mean"}, {"p50"}, {"p95"}, {"p99"}, {"p99.9"}, {"max"}}};
    std::string notes;
    for (const auto& client : results.clients) {
        const models::LatencySummary& latency = client.latency;
        const auto sureness = [](const models::Interval& interval) {
            return interval.known() ? secondsRangeText(interval.low, interval.high) : std::string{"–"};
        };
        std::vector<std::string> values{shown(client.name), secondsText(latency.mean)};
        std::vector<std::string> intervals{"  95 % sure", sureness(latency.meanInterval)};
        for (const models::Percentile percentile : shownPercentiles) {
            const std::uint64_t needed = latency.needed(percentile);
            values.push_back(percentileText(latency, percentile));
            intervals.push_back(needed > 0 ? fmt::format("needs {}", roundedUpText(needed))
                                           : sureness(latency.interval(percentile)));
        }
        values.push_back(secondsText(latency.maximum));
        table.add(std::move(values));
        if (latency.count > 0) table.add(std::move(intervals));
        if (latency.disturbed && notes.empty())
            notes = "The run was disturbed while it was measured (faults, changes or a varying load): read these "
                    "numbers as a\n"
                    "description of this run, and use --repeat to see how they vary.\n";
        else if (latency.correlated && notes.empty())
            notes = "Even a tenth of the run resembles its neighbours: the intervals are too narrow. Run longer, or "
                    "use --repeat.\n";
    }
    return table.empty() ? "" : table.render() + notes + "\n";
}

std::string nodesTable(const models::Results& results)
{
    TextTable table{{{"Nodes", left}, {"type", left}, {"arrivals"}, {"busy"}, {"queue"}, {"queue max"}, {"p50"}, {"p99"}, {"failures", left}}};
    for (const auto& node : results.nodes)
        table.add({shown(node.name), node.type, countText(node.arrivals), std::isnan(node.utilization) ? "–" : shareText(node.utilization),
                   numberText(node.queueMean), numberText(node.queueMax), percentileText(node.latency, models::Percentile::p50),
                   percentileText(node.latency, models::Percentile::p99), failuresText(node.outcomes)});
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

// "telemetry of web: 12 of 40 scrapes failed (8 down, 4 timed out), the longest gap 4 min; 3,000 of 9,000 requests known"
std::string telemetryText(const models::ServiceLevelResult& level)
{
    const models::TelemetryResult& telemetry = level.telemetry;
    if (telemetry.scrapes == 0) return {};
    std::string causes;
    for (const auto& [count, cause] : {std::pair{telemetry.down, "down"}, {telemetry.cutOff, "cut off"}, {telemetry.timedOut, "timed out"}, {telemetry.lost, "lost"}})
        if (count > 0) causes += fmt::format("{}{} {}", causes.empty() ? " (" : ", ", countText(count), cause);
    return fmt::format("telemetry of {}: {} of {} scrapes failed{}, the longest gap {}; {} of {} requests and {} of {} bad ones known\n", shown(level.name),
                       countText(telemetry.failed()), countText(telemetry.scrapes), causes.empty() ? "" : causes + ")", secondsText(telemetry.longestGapSeconds),
                       countText(level.counted), countText(telemetry.ended), countText(level.bad), countText(telemetry.endedBad));
}

// One line an alert; what fired, with its times, below.
std::string serviceLevelsTable(const models::Results& results)
{
    constexpr std::size_t mostLines = 20;
    TextTable table{{{"Service levels", left}, {"of", left}, {"objective"}, {"bad"}, {"budget spent"}, {"alert", left}, {"burns over"}, {"peak"}, {"fired"}}};
    std::string fired;
    std::size_t lines = 0, firings = 0;
    for (const auto& level : results.slos) {
        std::vector<std::string> head{shown(level.name), shown(level.of), shareText(level.objective),
                                      fmt::format("{} of {}", countText(level.bad), countText(level.counted)),
                                      shareText(level.budgetSpent)};
        if (level.alerts.empty()) table.add({head[0], head[1], head[2], head[3], head[4], "–", "", "", ""});
        for (const auto& alert : level.alerts) {
            table.add({head[0], head[1], head[2], head[3], head[4], fmt::format("{} ({})", shown(alert.name), alert.severity), numberText(alert.burn),
                       numberText(alert.peakBurn), countText(alert.fired)});
            for (std::string& cell : head) cell.clear();
            firings += alert.fired;
            for (const auto& firing : alert.firings) {
                if (++lines > mostLines) break;
                fired += fmt::format("{} {}.{} fired at {}, {}\n", alert.severity, shown(level.name), shown(alert.name), secondsText(firing.firedSeconds),
                                     std::isnan(firing.resolvedSeconds) ? "and still fires" : "resolved at " + secondsText(firing.resolvedSeconds));
            }
        }
    }
    std::string telemetry;
    for (const auto& level : results.slos) telemetry += telemetryText(level);
    if (firings > mostLines) fired += fmt::format("and {} times more\n", countText(firings - mostLines));
    return table.empty() ? "" : table.render() + fired + telemetry + "\n";
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
    const std::string remark = remarkOn(claim);
    const std::string why = remark.empty() ? "" : fmt::format(" ({})", remark);
    return claim.passed ? fmt::format("✓ {}{}  held: {}{}", text, padding, measured, why)
                        : fmt::format("✗ {}{}  failed: measured {}{}", text, padding, measured, why);
}

std::string remarkOn(const models::ExpectResult& claim)
{
    if (!claim.remark.empty() || claim.needs == 0) return claim.remark;
    return fmt::format("from {} requests, which say little beyond this run; about {} would say more",
                       countText(claim.requests), roundedUpText(claim.needs));
}

std::string auditText(const std::vector<models::AuditLine>& audit)
{
    using Verdict = models::AuditLine::Verdict;
    TextTable table{
        {{"Audit", left}, {"law", left}, {"claim", left}, {"left"}, {"right"}, {"difference"}, {"verdict", left}}};
    for (const auto& line : audit) {
        const bool applicable = line.verdict != Verdict::notApplicable;
        const auto number = [&](double value) { return applicable ? numberText(value) : std::string{"–"}; };
        const std::string verdict =
            line.verdict == Verdict::violated ? "VIOLATED" : std::string{models::keyOf(line.verdict)};
        const std::string why =
            line.note.empty() ? "" : fmt::format("{}{}", applicable ? ": " : ", because ", line.note);
        table.add({shown(line.subject), std::string{line.law}, std::string{line.claim}, number(line.left),
                   number(line.right), number(line.difference()), verdict + why});
    }
    const auto violations = violationsIn(audit);
    return table.render() + (violations == 0
                                 ? std::string{"\nAll laws hold.\n"}
                                 : fmt::format("\n{} of {} laws are violated.\n", violations, audit.size()));
}

std::size_t violationsIn(const std::vector<models::AuditLine>& audit)
{
    return static_cast<std::size_t>(std::count_if(audit.begin(), audit.end(), [](const auto& line) {
        return line.verdict == models::AuditLine::Verdict::violated;
    }));
}

std::string textSummary(const models::Results& results)
{
    std::string out = fmt::format("{}\nseed {}, {} simulated, {} requests\n\n", shown(results.scenario, 200), results.seed,
                                  secondsText(results.simulatedSeconds), countText(results.requests));
    out += clientsTable(results) + latencyTable(results) + nodesTable(results) + linksTable(results) + serviceLevelsTable(results);
    std::size_t width = 0;
    for (const auto& claim : results.expect) width = std::max(width, widthOf(shown(claim.text, 200)));
    for (const auto& claim : results.expect) out += expectLine(claim, width) + "\n";
    if (!results.expect.empty()) out += "\n";
    if (!results.stopReason.empty()) out += fmt::format("Stopped by a guard: {}\n\n", results.stopReason);
    return out + speedLine(results);
}

}  // namespace tantrum::app
