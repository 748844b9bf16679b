// What a run found: the whole of it as plain values, from which the summary, JSON, CSV, the results store and the
// charts are made. Counts cover the whole run; latencies, rates and levels leave the warm-up out.
#pragma once

#include "engine/histogram.h"
#include "models/observability/logs.h"
#include "models/observability/traces.h"
#include "models/outcome.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tantrum::models {

/// A 95 % confidence interval. NaN where none can be given.
struct Interval {
    double low = std::numeric_limits<double>::quiet_NaN(), high = std::numeric_limits<double>::quiet_NaN();
    bool known() const { return low <= high; }
};

enum class Percentile : std::uint8_t { p50, p90, p95, p99, p999 };
inline constexpr std::size_t percentileCount = 5;
inline constexpr std::array<std::string_view, percentileCount> percentileKeys{"p50", "p90", "p95", "p99", "p999"};
constexpr std::string_view keyOf(Percentile percentile) { return percentileKeys[static_cast<std::size_t>(percentile)]; }
inline constexpr std::array<double, percentileCount> quantiles{0.5, 0.9, 0.95, 0.99, 0.999};
inline constexpr std::array<Percentile, percentileCount> percentiles{Percentile::p50, Percentile::p90, Percentile::p95,
                                                                     Percentile::p99, Percentile::p999};

/// Seconds. NaN where there was no sample. Values are the sample's own; `needs` says which of them tell nothing about
/// the system: see models/world/batches.h for the method.
struct LatencySummary {
    std::uint64_t count = 0;
    double mean = 0, p50 = 0, p90 = 0, p95 = 0, p99 = 0, p999 = 0, maximum = 0;
    Interval meanInterval{};
    std::array<Interval, percentileCount> intervals{};   ///< of percentiles
    std::array<std::uint64_t, percentileCount> needs{};  ///< > 0: too few requests for it; so many would do
    std::size_t batches = 0;                             ///< from which the intervals come; 0: there are none
    bool correlated = false;                             ///< batches resembled their neighbours: too narrow intervals
    bool disturbed = false;                              ///< faults, changes or a varying load while it was measured

    double of(Percentile percentile) const
    {
        const std::array<double, percentileCount> values{p50, p90, p95, p99, p999};
        return values[static_cast<std::size_t>(percentile)];
    }
    const Interval& interval(Percentile percentile) const { return intervals[static_cast<std::size_t>(percentile)]; }
    /// 0: the sample supports it.
    std::uint64_t needed(Percentile percentile) const { return needs[static_cast<std::size_t>(percentile)]; }
};

struct NamedMetric {
    std::string key;
    double value = 0;
};

struct ClientResult {
    std::string name;
    std::uint64_t offered = 0, completed = 0, failed = 0, inFlight = 0;  ///< completed: ended ok
    std::array<std::uint64_t, outcomeCount> outcomes{};
    double throughputPerSecond = 0;  ///< everything that ended
    double goodputPerSecond = 0;     ///< what ended ok
    double errorRate = 0;            ///< failed / ended, 0..1
    LatencySummary latency;          ///< successes, from the first attempt to the outcome
    LatencySummary failureLatency;
    engine::Histogram latencyHistogram;
};

struct NodeResult {
    std::string name, type;
    std::uint64_t arrivals = 0, completed = 0, failed = 0, inFlight = 0;
    std::array<std::uint64_t, outcomeCount> outcomes{};
    double utilization = 0;          ///< NaN where the node has no workers
    double queueMean = 0, queueMax = 0;
    double populationMean = 0;       ///< time-average of requests inside the node, for Little's law
    LatencySummary latency;          ///< time inside the node of what was handled there, not of what it refused
    engine::Histogram latencyHistogram;
    std::vector<NamedMetric> metrics;  ///< the type's own, keys as in its descriptor
    std::vector<std::string> runsOn;   ///< items of a price table, as the scenario says
    std::vector<NamedMetric> usage;    ///< of a node that runs on something, over the whole run: "hours", "requests" …
};

struct LinkResult {
    std::string from, to;
    std::uint64_t calls = 0, attempts = 0, lost = 0, inFlight = 0;
    std::array<std::uint64_t, outcomeCount> outcomes{};  ///< of attempts
    std::vector<NamedMetric> metrics;  ///< of its policies, e.g. "retry.retries", "circuit_breaker.opened"
};

/// One value a bucket; NaN where there was no sample.
struct SeriesResult {
    struct Columns {
        std::string name;
        std::vector<float> ratePerSecond, goodputPerSecond, errorRate, attemptsPerSecond;
        std::vector<float> mean, p50, p95, p99, p999;              // seconds
        std::vector<float> queueMean, queueMax, utilization;
    };
    double bucketSeconds = 1;
    std::vector<Columns> clients, nodes;
};

/// An alert of a service level over the whole run, warm-up included: nobody watches a system only from some moment on.
struct AlertResult {
    static constexpr std::size_t mostFirings = 1'000;  ///< remembered with their times; all are counted

    struct Firing {
        double firedSeconds = 0;
        double resolvedSeconds = std::numeric_limits<double>::quiet_NaN();  ///< NaN: it fires to the end of the run
    };
    std::string name;
    std::string severity;           ///< "page", "ticket"
    double burn = 0;                ///< its threshold
    double longSeconds = 0, shortSeconds = 0;
    double peakBurn = 0;            ///< the highest burn rate that both windows reached together
    std::uint64_t fired = 0;
    std::vector<Firing> firings;    ///< in order, the first so many
};

/// What the scrapes of a node were like, if the scenario says how telemetry reaches the alerts.
struct TelemetryResult {
    std::uint64_t scrapes = 0;                                    ///< 0: there were none
    std::uint64_t lost = 0, down = 0, cutOff = 0, timedOut = 0;   ///< of those, failed, and why
    double longestGapSeconds = 0;                                 ///< between two that did not
    std::uint64_t ended = 0, endedBad = 0;                        ///< requests that ended, whoever learnt of it

    std::uint64_t failed() const { return lost + down + cutOff + timedOut; }
};

struct ServiceLevelResult {
    std::string name, of;
    double objective = 0, windowSeconds = 0;
    std::uint64_t counted = 0, bad = 0;  ///< requests that ended, as the evaluation learnt of them
    double budgetSpent = 0;              ///< of the window's budget at the run's mean traffic; NaN: no requests
    std::vector<AlertResult> alerts;
    TelemetryResult telemetry;
};

struct ExpectResult {
    std::string text;
    bool passed = false;
    double value = 0;      ///< seconds, per second, share or plain, as the function's unit is; NaN: no sample
    std::string remark;    ///< why it could not be judged, if so
    std::uint64_t requests = 0;  ///< for claims about percentiles: from how many
    std::uint64_t needs = 0;     ///< > 0: so few tell nothing about the system beyond this run; so many would
};

struct Results {
    std::string scenario, version;
    std::uint64_t seed = 1, fingerprint = 0;
    double simulatedSeconds = 0, wallSeconds = 0, cpuSeconds = 0;  ///< of the run phase alone
    std::uint64_t events = 0, requests = 0;
    std::vector<ClientResult> clients;
    std::vector<NodeResult> nodes;   ///< all but the clients
    std::vector<LinkResult> links;
    SeriesResult series;
    std::vector<ServiceLevelResult> slos;
    std::vector<ExpectResult> expect;
    TraceResult traces;
    LogResult logs;
    std::string stopReason;          ///< non-empty: a guard ended the run; names the node and the cause
};

}  // namespace tantrum::models
