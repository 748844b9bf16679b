#include "models/scenario/expectation.h"

#include <array>
#include <cmath>

namespace tantrum::models::scenario {

// In the order of Expectation::Function.
std::span<const ExpectFunctionDoc> expectFunctions()
{
    using F = Expectation::Function;
    static constexpr std::array table{
        ExpectFunctionDoc{F::mean, "mean", "client.latency", "s", "mean latency of successes"},
        ExpectFunctionDoc{F::p50, "p50", "client.latency", "s", "median latency of successes"},
        ExpectFunctionDoc{F::p90, "p90", "client.latency", "s", "90% of successes are faster"},
        ExpectFunctionDoc{F::p95, "p95", "client.latency", "s", "95% of successes are faster"},
        ExpectFunctionDoc{F::p99, "p99", "client.latency", "s", "99% of successes are faster"},
        ExpectFunctionDoc{F::p999, "p999", "client.latency", "s", "99.9% of successes are faster"},
        ExpectFunctionDoc{F::max, "max", "client.latency", "s", "slowest success"},
        ExpectFunctionDoc{F::goodput, "goodput", "client", "per_s", "successes per second"},
        ExpectFunctionDoc{F::throughput, "throughput", "client", "per_s", "answers per second, failures included"},
        ExpectFunctionDoc{F::offered, "offered", "client", "per_s", "requests started per second"},
        ExpectFunctionDoc{F::errorRate, "error_rate", "client", "share", "failures among all answers"},
        ExpectFunctionDoc{F::utilization, "utilization", "node", "share", "busy share of its capacity"},
        ExpectFunctionDoc{F::queueMean, "queue_mean", "node", "", "mean number waiting"},
        ExpectFunctionDoc{F::queueMax, "queue_max", "node", "", "most that ever waited"},
        ExpectFunctionDoc{F::attempts, "attempts", "node or link", "", "attempts per call: how much retries amplify"},
        ExpectFunctionDoc{F::metric, "metric", "node.metric", "", "a node's own metric, in its own unit"},
        ExpectFunctionDoc{F::alerts, "alerts", "slo or slo.alert", "", "how often it began to fire"},
        ExpectFunctionDoc{F::firedAt, "fired_at", "slo.alert", "s", "when it first began to fire, from the start of the run"},
        ExpectFunctionDoc{F::resolvedAt, "resolved_at", "slo.alert", "s", "when it first ceased to fire"},
        ExpectFunctionDoc{F::budgetSpent, "budget_spent", "slo", "factor", "share of the window's error budget that the run has used; 1 is all"},
    };
    return table;
}

bool Expectation::holds(double measured) const
{
    if (std::isnan(measured)) return false;
    switch (comparison) {
    case Comparison::less: return measured < value;
    case Comparison::lessOrEqual: return measured <= value;
    case Comparison::greater: return measured > value;
    case Comparison::greaterOrEqual: return measured >= value;
    case Comparison::equal: return std::abs(measured - value) <= tolerance * std::abs(value);
    }
    return false;
}

}  // namespace tantrum::models::scenario
