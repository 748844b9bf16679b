// The way back from the JSON document, tolerant of everything but broken JSON.
#include "app/core/json_summary.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace tantrum::app {

namespace {

using Json = nlohmann::ordered_json;

const Json& field(const Json& object, const char* key)
{
    static const Json missing;
    if (!object.is_object()) return missing;
    const auto found = object.find(key);
    return found == object.end() ? missing : *found;
}

double number(const Json& value) { return value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN(); }
std::uint64_t count(const Json& value) { return value.is_number_unsigned() ? value.get<std::uint64_t>() : 0; }
std::string text(const Json& value) { return value.is_string() ? value.get<std::string>() : std::string{}; }

models::Interval intervalFrom(const Json& json)
{
    if (!json.is_array() || json.size() != 2) return {};
    return {number(json[0]), number(json[1])};
}

models::LatencySummary latencyFrom(const Json& json)
{
    models::LatencySummary latency{count(field(json, "count")), number(field(json, "mean")), number(field(json, "p50")),
                                   number(field(json, "p90")),  number(field(json, "p95")),  number(field(json, "p99")),
                                   number(field(json, "p999")), number(field(json, "max"))};
    const Json& intervals = field(json, "interval95");
    latency.meanInterval = intervalFrom(field(intervals, "mean"));
    for (std::size_t index = 0; index < models::percentileCount; ++index) {
        const std::string key{models::percentileKeys[index]};
        latency.intervals[index] = intervalFrom(field(intervals, key.c_str()));
        latency.needs[index] = count(field(field(json, "too_few"), key.c_str()));
    }
    latency.batches = count(field(json, "batches"));
    latency.correlated = field(json, "correlated") == Json(true);
    latency.disturbed = field(json, "disturbed") == Json(true);
    return latency;
}

void readOutcomes(const Json& json, std::array<std::uint64_t, models::outcomeCount>& outcomes)
{
    for (std::size_t index = 0; index < outcomes.size(); ++index)
        outcomes[index] = count(field(json, std::string{models::outcomeKeys[index]}.c_str()));
}

// What is not one of the common fields is a metric of the type's own.
std::vector<models::NamedMetric> metricsFrom(const Json& json, std::initializer_list<std::string_view> common)
{
    std::vector<models::NamedMetric> metrics;
    if (!json.is_object()) return metrics;
    for (const auto& [key, value] : json.items())
        if ((value.is_number() || value.is_null()) && std::find(common.begin(), common.end(), key) == common.end())
            metrics.push_back({key, number(value)});
    return metrics;
}

models::ClientResult clientFrom(const std::string& name, const Json& json)
{
    models::ClientResult client;
    client.name = name;
    client.offered = count(field(json, "offered"));
    client.completed = count(field(json, "completed"));
    client.failed = count(field(json, "failed"));
    client.inFlight = count(field(json, "in_flight"));
    readOutcomes(field(json, "outcomes"), client.outcomes);
    client.throughputPerSecond = number(field(json, "throughput_per_s"));
    client.goodputPerSecond = number(field(json, "goodput_per_s"));
    client.errorRate = number(field(json, "error_rate"));
    client.latency = latencyFrom(field(json, "latency_s"));
    client.failureLatency = latencyFrom(field(json, "failure_latency_s"));
    return client;
}

models::NodeResult nodeFrom(const std::string& name, const Json& json)
{
    models::NodeResult node;
    node.name = name;
    node.type = text(field(json, "type"));
    node.arrivals = count(field(json, "arrivals"));
    node.completed = count(field(json, "completed"));
    node.failed = count(field(json, "failed"));
    node.inFlight = count(field(json, "in_flight"));
    readOutcomes(field(json, "outcomes"), node.outcomes);
    node.utilization = number(field(json, "utilization"));
    node.queueMean = number(field(json, "queue_mean"));
    node.queueMax = number(field(json, "queue_max"));
    node.populationMean = number(field(json, "population_mean"));
    node.latency = latencyFrom(field(json, "latency_s"));
    node.metrics = metricsFrom(json, {"arrivals", "completed", "failed", "in_flight", "utilization", "queue_mean", "queue_max",
                                      "population_mean"});
    if (const Json& items = field(json, "runs_on"); items.is_array())
        for (const Json& item : items) node.runsOn.push_back(text(item));
    node.usage = metricsFrom(field(json, "usage"), {});
    return node;
}

models::LinkResult linkFrom(const std::string& name, const Json& json)
{
    models::LinkResult link;
    const auto arrow = name.find(" -> ");
    link.from = name.substr(0, arrow);
    link.to = arrow == std::string::npos ? std::string{} : name.substr(arrow + 4);
    link.calls = count(field(json, "calls"));
    link.attempts = count(field(json, "attempts"));
    link.lost = count(field(json, "lost"));
    link.inFlight = count(field(json, "in_flight"));
    readOutcomes(field(json, "outcomes"), link.outcomes);
    link.metrics = metricsFrom(json, {"calls", "attempts", "lost", "in_flight"});
    return link;
}

std::vector<float> columnFrom(const Json& json)
{
    std::vector<float> values;
    if (json.is_array())
        for (const auto& value : json) values.push_back(static_cast<float>(number(value)));
    return values;
}

std::vector<models::SeriesResult::Columns> columnsFrom(const Json& json)
{
    std::vector<models::SeriesResult::Columns> all;
    if (!json.is_object()) return all;
    for (const auto& [name, value] : json.items())
        all.push_back({name, columnFrom(field(value, "rate_per_s")), columnFrom(field(value, "goodput_per_s")),
                       columnFrom(field(value, "error_rate")), columnFrom(field(value, "attempts_per_s")),
                       columnFrom(field(value, "mean_s")), columnFrom(field(value, "p50_s")), columnFrom(field(value, "p95_s")),
                       columnFrom(field(value, "p99_s")), columnFrom(field(value, "p999_s")),
                       columnFrom(field(value, "queue_mean")), columnFrom(field(value, "queue_max")),
                       columnFrom(field(value, "utilization"))});
    return all;
}

std::uint64_t hexFrom(const std::string& digits)
{
    std::uint64_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    return value;
}

models::AlertResult alertFrom(const std::string& name, const Json& value)
{
    models::AlertResult alert;
    alert.name = name;
    alert.severity = text(field(value, "severity"));
    alert.burn = number(field(value, "burn"));
    alert.longSeconds = number(field(value, "long_s"));
    alert.shortSeconds = number(field(value, "short_s"));
    alert.peakBurn = number(field(value, "peak_burn"));
    alert.fired = count(field(value, "fired"));
    if (const Json& firings = field(value, "firings"); firings.is_array())
        for (const Json& firing : firings)
            if (alert.firings.size() < models::AlertResult::mostFirings)
                alert.firings.push_back({number(field(firing, "fired_s")), number(field(firing, "resolved_s"))});
    return alert;
}

models::ServiceLevelResult serviceLevelFrom(const std::string& name, const Json& value)
{
    models::ServiceLevelResult level;
    level.name = name;
    level.of = text(field(value, "of"));
    level.objective = number(field(value, "objective"));
    level.windowSeconds = number(field(value, "window_s"));
    level.counted = count(field(value, "counted"));
    level.bad = count(field(value, "bad"));
    level.budgetSpent = number(field(value, "budget_spent"));
    if (const Json& alerts = field(value, "alerts"); alerts.is_object())
        for (const auto& [key, alert] : alerts.items()) level.alerts.push_back(alertFrom(key, alert));
    const Json& telemetry = field(value, "telemetry");
    level.telemetry.scrapes = count(field(telemetry, "scrapes"));
    level.telemetry.lost = count(field(telemetry, "lost"));
    level.telemetry.down = count(field(telemetry, "down"));
    level.telemetry.cutOff = count(field(telemetry, "cut_off"));
    level.telemetry.timedOut = count(field(telemetry, "timed_out"));
    level.telemetry.ended = count(field(telemetry, "ended"));
    level.telemetry.endedBad = count(field(telemetry, "ended_bad"));
    if (telemetry.is_object()) level.telemetry.longestGapSeconds = number(field(telemetry, "longest_gap_s"));
    return level;
}

}  // namespace

Expected<models::Results> resultsFromJson(std::string_view json)
{
    const Json document = Json::parse(json, nullptr, /*allow_exceptions=*/false);
    if (!document.is_object()) return Failure{"the stored summary is not a JSON object", ""};

    models::Results results;
    results.scenario = text(field(document, "scenario"));
    results.version = text(field(document, "version"));
    results.seed = count(field(document, "seed"));
    results.fingerprint = hexFrom(text(field(document, "fingerprint")));
    results.simulatedSeconds = number(field(document, "simulated_s"));
    results.wallSeconds = number(field(document, "wall_s"));
    results.cpuSeconds = number(field(document, "cpu_s"));
    results.events = count(field(document, "events"));
    results.requests = count(field(document, "requests"));
    results.stopReason = text(field(field(document, "stopped"), "reason"));
    if (const Json& traces = field(document, "traces"); traces.is_object()) {
        results.traces.rate = number(field(traces, "rate"));
        results.traces.sampled = count(field(traces, "sampled"));
        results.traces.recorded = count(field(traces, "spans"));
        results.traces.dropped = std::min(count(field(traces, "dropped")), results.traces.sampled);
        models::TraceResult::Tail& tail = results.traces.tail;
        tail.rules = text(field(traces, "rules"));
        tail.seen = count(field(traces, "seen"));
        tail.byErrors = count(field(traces, "by_errors"));
        tail.bySlowness = count(field(traces, "by_slowness"));
        tail.byShare = count(field(traces, "by_share"));
        tail.evicted = count(field(traces, "evicted"));
        tail.incomplete = count(field(traces, "incomplete"));
        tail.lateSpans = count(field(traces, "late_spans"));
    }
    if (const Json& logs = field(document, "logs"); logs.is_object()) {
        results.logs.on = true;
        const auto level = std::find(models::logLevelKeys.begin(), models::logLevelKeys.end(), text(field(logs, "level")));
        if (level != models::logLevelKeys.end()) results.logs.least = static_cast<models::LogLevel>(level - models::logLevelKeys.begin());
        results.logs.written = count(field(logs, "written"));
        results.logs.suppressed = count(field(logs, "suppressed"));
        results.logs.dropped = count(field(logs, "dropped"));
    }
    const auto forEachIn = [&](const char* key, auto&& visit) {
        const Json& object = field(document, key);
        if (object.is_object())
            for (const auto& [name, value] : object.items()) visit(name, value);
    };
    forEachIn("clients", [&](const auto& name, const Json& value) { results.clients.push_back(clientFrom(name, value)); });
    forEachIn("nodes", [&](const auto& name, const Json& value) { results.nodes.push_back(nodeFrom(name, value)); });
    forEachIn("links", [&](const auto& name, const Json& value) { results.links.push_back(linkFrom(name, value)); });
    const Json& series = field(document, "series");
    if (const double bucket = number(field(series, "bucket_s")); std::isfinite(bucket)) results.series.bucketSeconds = bucket;
    results.series.clients = columnsFrom(field(series, "clients"));
    results.series.nodes = columnsFrom(field(series, "nodes"));
    forEachIn("slos", [&](const auto& name, const Json& value) { results.slos.push_back(serviceLevelFrom(name, value)); });
    if (const Json& expect = field(document, "expect"); expect.is_array())
        for (const auto& claim : expect) {
            models::ExpectResult& result = results.expect.emplace_back();
            result.text = text(field(claim, "text"));
            result.passed = field(claim, "passed") == Json(true);
            result.value = number(field(claim, "value"));
            result.requests = count(field(claim, "requests"));
            result.needs = count(field(claim, "needs"));
            if (result.needs == 0) result.remark = text(field(claim, "remark"));  // else it is made from them
        }
    return results;
}

}  // namespace tantrum::app
