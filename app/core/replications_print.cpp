// Replications as tables for a person and as one document for a program.
#include "app/core/numbers.h"
#include "app/core/replications.h"
#include "app/core/text_table.h"
#include "app/core/version.h"
#include "models/scenario/diagnostics.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tantrum::app {

namespace {

using Json = nlohmann::ordered_json;
using models::scenario::shown;
using Metric = ReplicatedMetric;
using enum TextTable::Align;

std::string valueText(double value, Metric::Unit unit)
{
    switch (unit) {
    case Metric::Unit::seconds: return secondsText(value);
    case Metric::Unit::perSecond: return rateText(value);
    case Metric::Unit::share: return shareText(value);
    case Metric::Unit::plain: break;
    }
    return numberText(value);
}

std::string metricsTable(const Replications& replications)
{
    TextTable table{{{"Means over replications", left},
                     {"metric", left},
                     {"mean"},
                     {"95 % from"},
                     {"to"},
                     {"least"},
                     {"most"},
                     {"of"}}};
    const std::string* before = nullptr;
    for (std::size_t index = 0; index < replications.metrics.size(); ++index) {
        const Metric& metric = replications.metrics[index];
        const Aggregate aggregate = replications.aggregate(index);
        if (aggregate.count == 0) continue;  // a node without workers, a client without a success
        const auto number = [&](double value) {
            return std::isnan(value) ? std::string{"–"} : valueText(value, metric.unit);
        };
        const bool again = before && *before == metric.subject;
        table.add({again ? "" : shown(metric.subject), std::string{metric.key}, number(aggregate.mean),
                   number(aggregate.interval.low), number(aggregate.interval.high), number(aggregate.minimum),
                   number(aggregate.maximum), countText(aggregate.count)});
        before = &metric.subject;
    }
    return table.empty() ? "" : table.render() + "\n";
}

std::string runsTable(const Replications& replications)
{
    constexpr std::size_t most = 20;
    TextTable table{{{"Replications", left}, {"fingerprint", left}, {"events"}, {"requests"}, {"claims kept"}}};
    for (std::size_t index = 0; index < std::min(most, replications.runs.size()); ++index) {
        const Replication& run = replications.runs[index];
        const auto kept = std::count(run.claimsKept.begin(), run.claimsKept.end(), true);
        table.add({fmt::format("seed {}", run.seed), fmt::format("{:016x}", run.fingerprint), countText(run.events),
                   countText(run.requests), fmt::format("{} of {}", kept, run.claimsKept.size())});
    }
    const std::string rest = replications.runs.size() > most ? fmt::format("… and {} more; --json has all of them\n",
                                                                           replications.runs.size() - most)
                                                             : "";
    return table.render() + rest + "\n";
}

std::string claimLines(const Replications& replications)
{
    std::string lines;
    for (std::size_t claim = 0; claim < replications.claims.size(); ++claim) {
        const std::size_t kept = replications.kept(claim), all = replications.runs.size();
        lines += fmt::format("{} {}  held in {} of {}\n", kept == all ? "✓" : "✗",
                             shown(replications.claims[claim], 200), countText(kept), countText(all));
    }
    return lines.empty() ? "" : lines + "\n";
}

std::string troubleLines(const Replications& replications)
{
    std::string lines;
    for (const Replication& run : replications.runs) {
        if (!run.stopReason.empty())
            lines += fmt::format("Seed {} was stopped by a guard and is in no mean: {}\n", run.seed, run.stopReason);
        for (const auto& line : run.violations)
            lines += fmt::format("Seed {} violates {} at {}: {} ({} against {})\n", run.seed, line.law,
                                 shown(line.subject), line.claim, numberText(line.left), numberText(line.right));
    }
    return lines.empty() ? "" : lines + "\n";
}

Json numberOrNull(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

/// {"clients": {name: {key: value}}, "nodes": …}
template <class Value> Json byMetric(const Replications& replications, Value&& value)
{
    Json document{{"clients", Json::object()}, {"nodes", Json::object()}};
    for (std::size_t index = 0; index < replications.metrics.size(); ++index) {
        const Metric& metric = replications.metrics[index];
        const std::string key =
            metric.unit == Metric::Unit::seconds ? fmt::format("{}_s", metric.key) : std::string{metric.key};
        document[metric.client ? "clients" : "nodes"][metric.subject][key] = value(index);
    }
    return document;
}

Json runOf(const Replications& replications, const Replication& run)
{
    Json object{{"seed", run.seed},
                {"fingerprint", fmt::format("{:016x}", run.fingerprint)},
                {"events", run.events},
                {"requests", run.requests}};
    if (!run.stopReason.empty()) object["stopped"] = Json{{"reason", run.stopReason}};
    object.update(byMetric(replications, [&](std::size_t index) { return numberOrNull(run.values[index]); }));
    Json claims = Json::array();
    for (std::size_t claim = 0; claim < run.claimsKept.size(); ++claim)
        claims.push_back(
            {{"passed", static_cast<bool>(run.claimsKept[claim])}, {"value", numberOrNull(run.claimValues[claim])}});
    object["expect"] = std::move(claims);
    if (!run.violations.empty()) {
        Json violations = Json::array();
        for (const auto& line : run.violations)
            violations.push_back({{"subject", line.subject},
                                  {"law", line.law},
                                  {"left", numberOrNull(line.left)},
                                  {"right", numberOrNull(line.right)}});
        object["violations"] = std::move(violations);
    }
    return object;
}

Json aggregateJson(const Aggregate& aggregate)
{
    return Json{{"mean", numberOrNull(aggregate.mean)},
                {"interval95", aggregate.interval.known()
                                   ? Json::array({aggregate.interval.low, aggregate.interval.high})
                                   : Json(nullptr)},
                {"deviation", numberOrNull(aggregate.deviation)},
                {"min", numberOrNull(aggregate.minimum)},
                {"max", numberOrNull(aggregate.maximum)},
                {"count", aggregate.count}};
}

}  // namespace

std::string replicationsText(const Replications& replications)
{
    const auto& runs = replications.runs;
    std::string out =
        fmt::format("{}\n{} replications, seeds {} to {}, in {}\n\n", shown(replications.scenario, 200),
                    countText(runs.size()), runs.front().seed, runs.back().seed, secondsText(replications.wallSeconds));
    return out + metricsTable(replications) + runsTable(replications) + claimLines(replications) +
           troubleLines(replications);
}

std::string replicationsJson(const Replications& replications)
{
    Json runs = Json::array(), claims = Json::array();
    for (const Replication& run : replications.runs) runs.push_back(runOf(replications, run));
    for (std::size_t claim = 0; claim < replications.claims.size(); ++claim)
        claims.push_back({{"text", replications.claims[claim]},
                          {"held", replications.kept(claim)},
                          {"of", replications.runs.size()}});
    const Json document{
        {"scenario", replications.scenario},
        {"version", version()},
        {"wall_s", replications.wallSeconds},
        {"cpu_s", replications.cpuSeconds},
        {"method", "Student's t over independent replications"},
        {"stopped", replications.stopped()},
        {"aggregate",
         byMetric(replications, [&](std::size_t index) { return aggregateJson(replications.aggregate(index)); })},
        {"expect", std::move(claims)},
        {"replications", std::move(runs)}};
    return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tantrum::app
