#include "app/core/json_summary.h"

#include "app/core/prices.h"
#include "app/core/text_summary.h"

#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tantrum::app {

namespace {

using Json = nlohmann::ordered_json;
using models::Results;

// The double nearest to the float's shortest decimal: it prints as 0.08, not as 0.07999999821186066, and narrows back
// to the same float.
double shortest(float value)
{
    if (!std::isfinite(value)) return std::numeric_limits<double>::quiet_NaN();
    char text[32];
    const auto written = std::to_chars(text, text + sizeof text, value);
    double result = value;
    std::from_chars(text, written.ptr, result);
    return result;
}

Json numberOrNull(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

// Padded, so that a column that was not recorded reads as one without samples.
Json column(const std::vector<float>& values, std::size_t buckets)
{
    Json array = Json::array();
    array.get_ref<Json::array_t&>().reserve(buckets);
    for (std::size_t bucket = 0; bucket < buckets; ++bucket)
        array.push_back(bucket < values.size() ? numberOrNull(shortest(values[bucket])) : Json(nullptr));
    return array;
}

Json intervalOf(const models::Interval& interval)
{
    return interval.known() ? Json::array({interval.low, interval.high}) : Json(nullptr);
}

// A percentile that the sample cannot support is null, and "too_few" says how many requests would do.
Json latencyOf(const models::LatencySummary& latency)
{
    Json object{{"mean", numberOrNull(latency.mean)}}, tooFew = Json::object();
    for (const models::Percentile percentile : models::percentiles) {
        const std::string key{models::keyOf(percentile)};
        const std::uint64_t needed = latency.needed(percentile);
        object[key] = needed > 0 ? Json(nullptr) : numberOrNull(latency.of(percentile));
        if (needed > 0) tooFew[key] = needed;
    }
    object["max"] = numberOrNull(latency.maximum);
    object["count"] = latency.count;
    if (!tooFew.empty()) object["too_few"] = std::move(tooFew);
    return object;
}

Json latencyWithIntervals(const models::LatencySummary& latency)
{
    Json object = latencyOf(latency), intervals{{"mean", intervalOf(latency.meanInterval)}};
    for (const models::Percentile percentile : models::percentiles)
        intervals[std::string{models::keyOf(percentile)}] = intervalOf(latency.interval(percentile));
    object["interval95"] = std::move(intervals);
    object["method"] = "batch means";
    object["batches"] = latency.batches;
    object["correlated"] = latency.correlated;
    object["disturbed"] = latency.disturbed;
    return object;
}

Json outcomesOf(const std::array<std::uint64_t, models::outcomeCount>& outcomes)
{
    Json object = Json::object();
    for (std::size_t index = 0; index < outcomes.size(); ++index) object[std::string{models::outcomeKeys[index]}] = outcomes[index];
    return object;
}

// A type's own metric never displaces a field that every node has.
void addMetrics(Json& object, const std::vector<models::NamedMetric>& metrics)
{
    for (const auto& metric : metrics)
        if (!object.contains(metric.key)) object[metric.key] = numberOrNull(metric.value);
}

Json clientOf(const models::ClientResult& client)
{
    return Json{{"offered", client.offered},
                {"completed", client.completed},
                {"failed", client.failed},
                {"in_flight", client.inFlight},
                {"outcomes", outcomesOf(client.outcomes)},
                {"throughput_per_s", numberOrNull(client.throughputPerSecond)},
                {"goodput_per_s", numberOrNull(client.goodputPerSecond)},
                {"error_rate", numberOrNull(client.errorRate)},
                {"latency_s", latencyWithIntervals(client.latency)},
                {"failure_latency_s", latencyOf(client.failureLatency)}};
}

Json nodeOf(const models::NodeResult& node)
{
    Json object{{"type", node.type},
                {"arrivals", node.arrivals},
                {"completed", node.completed},
                {"failed", node.failed},
                {"in_flight", node.inFlight},
                {"outcomes", outcomesOf(node.outcomes)},
                {"utilization", numberOrNull(node.utilization)},
                {"queue_mean", numberOrNull(node.queueMean)},
                {"queue_max", numberOrNull(node.queueMax)},
                {"population_mean", numberOrNull(node.populationMean)},
                {"latency_s", latencyWithIntervals(node.latency)}};
    if (!node.runsOn.empty()) {
        object["runs_on"] = node.runsOn;
        Json& usage = object["usage"] = Json::object();
        for (const auto& amount : node.usage) usage[amount.key] = numberOrNull(amount.value);
    }
    addMetrics(object, node.metrics);
    return object;
}

Json linkOf(const models::LinkResult& link)
{
    Json object{{"calls", link.calls},
                {"attempts", link.attempts},
                {"lost", link.lost},
                {"in_flight", link.inFlight},
                {"outcomes", outcomesOf(link.outcomes)}};
    addMetrics(object, link.metrics);
    return object;
}

// Everything that ended. Where nothing ended well, the recorded columns do not tell how much ended.
Json throughputOf(const models::SeriesResult::Columns& columns)
{
    Json array = Json::array();
    for (std::size_t bucket = 0; bucket < std::min(columns.goodputPerSecond.size(), columns.errorRate.size()); ++bucket) {
        const double good = columns.goodputPerSecond[bucket], errors = columns.errorRate[bucket];
        array.push_back(std::isnan(errors) ? numberOrNull(shortest(columns.goodputPerSecond[bucket]))
                                           : numberOrNull(good / (1 - errors)));
    }
    return array;
}

Json columnsOf(const models::SeriesResult::Columns& columns, bool client)
{
    std::size_t buckets = 0;
    for (const auto* values : {&columns.ratePerSecond, &columns.goodputPerSecond, &columns.p99, &columns.queueMean})
        buckets = std::max(buckets, values->size());
    Json object = Json::object();
    object["rate_per_s"] = column(columns.ratePerSecond, buckets);
    if (client) object["throughput_per_s"] = throughputOf(columns);
    object["goodput_per_s"] = column(columns.goodputPerSecond, buckets);
    object["error_rate"] = column(columns.errorRate, buckets);
    object["attempts_per_s"] = column(columns.attemptsPerSecond, buckets);
    object["mean_s"] = column(columns.mean, buckets);
    object["p50_s"] = column(columns.p50, buckets);
    object["p95_s"] = column(columns.p95, buckets);
    object["p99_s"] = column(columns.p99, buckets);
    object["p999_s"] = column(columns.p999, buckets);
    if (client) return object;
    object["queue_mean"] = column(columns.queueMean, buckets);
    object["queue_max"] = column(columns.queueMax, buckets);
    object["utilization"] = column(columns.utilization, buckets);
    return object;
}

Json seriesOf(const models::SeriesResult& series)
{
    Json clients = Json::object(), nodes = Json::object();
    for (const auto& columns : series.clients) clients[columns.name] = columnsOf(columns, true);
    for (const auto& columns : series.nodes) nodes[columns.name] = columnsOf(columns, false);
    return Json{{"bucket_s", numberOrNull(series.bucketSeconds)}, {"clients", std::move(clients)}, {"nodes", std::move(nodes)}};
}

// Times that do not exist are null: an alert that fires to the end of the run has no "resolved_s".
Json alertOf(const models::AlertResult& alert)
{
    Json firings = Json::array();
    for (const auto& firing : alert.firings)
        firings.push_back(Json{{"fired_s", firing.firedSeconds}, {"resolved_s", numberOrNull(firing.resolvedSeconds)}});
    return Json{{"severity", alert.severity},
                {"burn", alert.burn},
                {"long_s", alert.longSeconds},
                {"short_s", alert.shortSeconds},
                {"peak_burn", numberOrNull(alert.peakBurn)},
                {"fired", alert.fired},
                {"firings", std::move(firings)}};
}

Json telemetryOf(const models::TelemetryResult& telemetry)
{
    return Json{{"scrapes", telemetry.scrapes},
                {"lost", telemetry.lost},
                {"down", telemetry.down},
                {"cut_off", telemetry.cutOff},
                {"timed_out", telemetry.timedOut},
                {"longest_gap_s", telemetry.longestGapSeconds},
                {"ended", telemetry.ended},
                {"ended_bad", telemetry.endedBad}};
}

Json serviceLevelOf(const models::ServiceLevelResult& level)
{
    Json alerts = Json::object();
    for (const auto& alert : level.alerts) alerts[alert.name] = alertOf(alert);
    Json object{{"of", level.of},
                {"objective", level.objective},
                {"window_s", level.windowSeconds},
                {"counted", level.counted},
                {"bad", level.bad},
                {"budget_spent", numberOrNull(level.budgetSpent)},
                {"alerts", std::move(alerts)}};
    if (level.telemetry.scrapes > 0) object["telemetry"] = telemetryOf(level.telemetry);
    return object;
}

Json tracesOf(const models::TraceResult& traces)
{
    Json object{{"rate", traces.rate}, {"sampled", traces.sampled}, {"kept", traces.kept()}, {"dropped", traces.dropped}, {"spans", traces.recorded}};
    const auto& tail = traces.tail;
    if (tail.rules.empty()) return object;
    object["rules"] = tail.rules;
    object["seen"] = tail.seen;
    object["by_errors"] = tail.byErrors;
    object["by_slowness"] = tail.bySlowness;
    object["by_share"] = tail.byShare;
    object["evicted"] = tail.evicted;
    object["incomplete"] = tail.incomplete;
    object["late_spans"] = tail.lateSpans;
    return object;
}

Json expectOf(const std::vector<models::ExpectResult>& expect)
{
    Json array = Json::array();
    for (const auto& claim : expect) {
        Json object{{"text", claim.text}, {"passed", claim.passed}, {"value", numberOrNull(claim.value)}};
        if (const std::string remark = remarkOn(claim); !remark.empty()) object["remark"] = remark;
        if (claim.needs > 0) object["requests"] = claim.requests, object["needs"] = claim.needs;
        array.push_back(std::move(object));
    }
    return array;
}

Json auditOf(const std::vector<models::AuditLine>& audit)
{
    Json array = Json::array();
    for (const auto& line : audit) {
        Json object{{"subject", line.subject},
                    {"law", line.law},
                    {"claim", line.claim},
                    {"left", numberOrNull(line.left)},
                    {"right", numberOrNull(line.right)},
                    {"difference", numberOrNull(line.difference())},
                    {"verdict", models::keyOf(line.verdict)}};
        if (!line.note.empty()) object["note"] = line.note;
        array.push_back(std::move(object));
    }
    return array;
}

Json costJson(const Cost& cost)
{
    Json lines = Json::array();
    for (const CostLine& line : cost.lines)
        lines.push_back(Json{{"node", line.node}, {"item", line.item}, {"of", line.of}, {"amount", numberOrNull(line.amount)},
                             {"usd_per_hour", numberOrNull(line.usdPerHour)}});
    return Json{{"usd_per_hour", numberOrNull(cost.usdPerHour)},
                {"usd_per_million_successful", numberOrNull(cost.usdPerMillionSuccessful)},
                {"prices", Json{{"as_of", cost.table->asOf}, {"region", cost.table->region}}},
                {"lines", std::move(lines)},
                {"not_counted", cost.notCounted}};
}

}  // namespace

std::string jsonSeries(const models::SeriesResult& series)
{
    return seriesOf(series).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string jsonSummary(const Results& results, const JsonOptions& options)
{
    Json clients = Json::object(), nodes = Json::object(), links = Json::object();
    for (const auto& client : results.clients) clients[client.name] = clientOf(client);
    for (const auto& node : results.nodes) nodes[node.name] = nodeOf(node);
    for (const auto& link : results.links) links[link.from + " -> " + link.to] = linkOf(link);

    Json document{{"scenario", results.scenario},
                  {"seed", results.seed},
                  {"fingerprint", fmt::format("{:016x}", results.fingerprint)},
                  {"version", results.version},
                  {"simulated_s", numberOrNull(results.simulatedSeconds)},
                  {"wall_s", numberOrNull(results.wallSeconds)},
                  {"cpu_s", numberOrNull(results.cpuSeconds)},
                  {"events", results.events},
                  {"requests", results.requests}};
    if (!results.stopReason.empty()) document["stopped"] = Json{{"reason", results.stopReason}};
    if (results.traces.traced()) document["traces"] = tracesOf(results.traces);
    if (const auto& logs = results.logs; logs.on)
        document["logs"] = Json{{"level", models::keyOf(logs.least)}, {"written", logs.written}, {"suppressed", logs.suppressed}, {"dropped", logs.dropped}};
    document["clients"] = std::move(clients);
    document["nodes"] = std::move(nodes);
    document["links"] = std::move(links);
    if (options.series) document["series"] = seriesOf(results.series);
    if (!results.slos.empty()) {
        Json& slos = document["slos"] = Json::object();
        for (const auto& level : results.slos) slos[level.name] = serviceLevelOf(level);
    }
    document["expect"] = expectOf(results.expect);
    if (options.cost) document["cost"] = costJson(*options.cost);
    if (options.audit) document["audit"] = auditOf(*options.audit);
    return document.dump(options.indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tantrum::app
