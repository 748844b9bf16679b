// One line of `expect:` as data: `p99(shoppers.latency) < 250ms before 60s`.
#pragma once

#include "engine/time.h"
#include "models/scenario/diagnostics.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tantrum::models::scenario {

struct Expectation {
    enum class Function : std::uint8_t {
        mean,
        p50,
        p90,
        p95,
        p99,
        p999,
        max,  ///< of a client's latency, seconds
        goodput,
        throughput,
        offered,      ///< of a client, per second
        errorRate,    ///< of a client, share
        utilization,  ///< of a node, share
        queueMean,
        queueMax,  ///< of a node, requests
        attempts,  ///< of a node or link: attempts per call
        metric,    ///< a node's own metric, in its own unit
        alerts,    ///< of a service level or one of its alerts: how often they fired
        firedAt,
        resolvedAt,  ///< of an alert: the first time, seconds from the start of the run
        budgetSpent  ///< of a service level: share of its error budget
    };
    enum class Comparison : std::uint8_t { less, lessOrEqual, greater, greaterOrEqual, equal };

    Function function = Function::mean;
    std::string node;    ///< a link's `from`
    std::string linkTo;  ///< of a link; else empty
    std::string metric;  ///< Function::metric: the key; else empty
    std::string slo;     ///< of alerts, firedAt, resolvedAt, budgetSpent; node is empty then
    std::string alert;   ///< one of its alerts; empty: all
    Comparison comparison = Comparison::less;
    double value = 0;                       ///< seconds, per second, share, bytes or plain
    double tolerance = 0;                   ///< of `==`: relative, 0.01 for `within 1%`
    std::optional<engine::Instant> after;   ///< only what happened from then on
    std::optional<engine::Instant> before;  ///< only what happened until then
    std::string text;
    Position position;

    /// Whether a measured value satisfies it. NaN (nothing was measured) never does.
    bool holds(double measured) const;
};

struct ExpectFunctionDoc {
    Expectation::Function function;
    std::string_view name;
    std::string_view of;    ///< "client.latency", "client", "node", "node or link", "node.metric", "slo", "slo.alert", "slo or slo.alert"
    std::string_view unit;  ///< "s", "per_s", "share", ""
    std::string_view doc;
};
std::span<const ExpectFunctionDoc> expectFunctions();

}  // namespace tantrum::models::scenario
