// The summary of a run, and the answers to its expectations.
#include "models/world/sampler.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace tantrum::models {
namespace {

LatencySummary summaryOf(const engine::Histogram& histogram)
{
    LatencySummary summary;
    summary.count = histogram.count();
    if (summary.count == 0) {
        summary.mean = summary.p50 = summary.p90 = summary.p95 = summary.p99 = summary.p999 = summary.maximum = noData;
        return summary;
    }
    const auto at = [&](double percent) { return histogram.percentile(percent) * 1e-9; };
    summary.mean = histogram.mean() * 1e-9;
    summary.p50 = at(50);
    summary.p90 = at(90);
    summary.p95 = at(95);
    summary.p99 = at(99);
    summary.p999 = at(99.9);
    summary.maximum = static_cast<double>(histogram.maximum()) * 1e-9;
    return summary;
}

std::uint64_t failed(const Station::Counts& counts) { return counts.endedAltogether() - counts.ended[0]; }

double ratio(double part, double whole) { return whole > 0 ? part / whole : noData; }

bool varies(const std::string& arrivals)
{
    constexpr std::array<std::string_view, 4> laws{"ramp", "steps", "spike", "diurnal"};
    return std::any_of(laws.begin(), laws.end(), [&](std::string_view law) { return arrivals.starts_with(law); });
}

std::optional<Percentile> percentileIn(scenario::Expectation::Function function)
{
    using Function = scenario::Expectation::Function;
    switch (function) {
    case Function::p50: return Percentile::p50;
    case Function::p90: return Percentile::p90;
    case Function::p95: return Percentile::p95;
    case Function::p99: return Percentile::p99;
    case Function::p999: return Percentile::p999;
    default: return std::nullopt;
    }
}

}  // namespace

// Something began or ended while it was measured; what began in the warm-up and lasts is part of what is measured.
bool Sampler::disturbed(const std::vector<Happening>& happenings) const
{
    const auto within = [this](Instant moment) { return moment >= warmupEnd_ && moment < lastCut_; };
    for (const Happening& happening : happenings)
        if (happening.kind != Happening::Kind::alert && (within(happening.from) || within(happening.until))) return true;
    for (const NodePart& node : parts_.nodes)
        if (const scenario::Parameter* arrivals = node.type->client ? node.type->find("arrivals") : nullptr)
            if (varies(arrivals->write(node.parameters))) return true;
    return false;
}

LatencySummary Sampler::summaryOf(const NodeState& state, bool disturbed) const
{
    LatencySummary summary = models::summaryOf(state.total.latency);
    state.batches.judge(state.total.latency, disturbed, summary);
    return summary;
}

// A claim is about this run, and judged by it; how far it speaks of the system is another matter.
void Sampler::judgeSupport(const Question& question, const Results& results, ExpectResult& result)
{
    const std::optional<Percentile> percentile = percentileIn(question.expectation->function);
    if (!percentile) return;
    LatencySummary summary;
    summary.count = result.requests = question.tally.latency.count();
    refuseByNumber(summary);
    result.needs = summary.needed(*percentile);
    if (question.expectation->after || question.expectation->before) return;
    const auto take = [&](const auto& list) {
        for (const auto& each : list)
            if (each.name == question.expectation->node)
                result.needs = std::max(result.needs, each.latency.needed(*percentile));
    };
    take(results.clients);
    take(results.nodes);
}

ClientResult Sampler::clientResult(std::size_t node, double seconds, bool disturbed) const
{
    const NodeTally& total = nodes_[node].total;
    const Station& station = parts_.nodes[node].component->station();
    ClientResult result;
    result.name = parts_.nodes[node].component->name();
    result.offered = station.counts().arrived;
    result.completed = station.counts().ended[0];
    result.failed = failed(station.counts());
    result.inFlight = static_cast<std::uint64_t>(station.inside());
    result.outcomes = station.counts().ended;
    const auto ended = static_cast<double>(total.endedAltogether());
    const auto good = static_cast<double>(total.ended[0]);
    result.throughputPerSecond = ratio(ended, seconds);
    result.goodputPerSecond = ratio(good, seconds);
    result.errorRate = ratio(ended - good, ended);
    result.latency = summaryOf(nodes_[node], disturbed);
    result.failureLatency = models::summaryOf(total.failureLatency);
    refuseByNumber(result.failureLatency);
    result.latencyHistogram = total.latency;
    return result;
}

NodeResult Sampler::nodeResult(std::size_t node, double seconds, bool disturbed) const
{
    const NodeTally& total = nodes_[node].total;
    const Component& component = *parts_.nodes[node].component;
    const Station& station = component.station();
    NodeResult result;
    result.name = component.name();
    result.type = parts_.nodes[node].type->key;
    result.arrivals = station.counts().arrived;
    result.completed = station.counts().ended[0];
    result.failed = failed(station.counts());
    result.inFlight = static_cast<std::uint64_t>(station.inside());
    result.outcomes = station.counts().ended;
    result.utilization = total.utilization();
    result.queueMean = ratio(total.queueSeconds, seconds);
    result.queueMax = total.queueMax;
    result.populationMean = ratio(total.insideSeconds, seconds);
    result.latency = summaryOf(nodes_[node], disturbed);
    result.latencyHistogram = total.latency;
    result.metrics = component.metrics();
    result.runsOn = scenario_.nodes[node].runsOn;
    if (result.runsOn.empty()) return result;
    result.usage = component.usage();
    const auto add = [&](std::string_view key, double amount) {
        for (const NamedMetric& own : result.usage)
            if (own.key == key) return;
        result.usage.push_back(metric(key, amount));
    };
    add("hours", replicaSeconds_[node] / 3600);
    add("requests", static_cast<double>(result.arrivals));
    return result;
}

LinkResult Sampler::linkResult(std::size_t index) const
{
    const RoutePart& part = *parts_.routes[index];
    const Route::Counts& counts = part.route->counts;
    LinkResult result;
    result.from = part.route->from();
    result.to = part.route->to();
    result.calls = counts.calls;
    result.attempts = part.declared ? counts.attempts : counts.calls;
    result.lost = counts.lost;
    result.inFlight = static_cast<std::uint64_t>(part.declared ? counts.attemptsInside : counts.callsInside);
    result.outcomes = part.declared ? counts.attemptsEnded : counts.callsEnded;
    const auto add = [&](const WayPart& way) {
        for (const PolicyPart& policy : way.policies)
            for (const NamedMetric& own : policy.policy->metrics()) {
                const std::string key = policy.type->key + "." + own.key;
                const auto known = std::find_if(result.metrics.begin(), result.metrics.end(), [&](const NamedMetric& other) { return other.key == key; });
                if (known == result.metrics.end())
                    result.metrics.push_back({key, own.value});
                else
                    known->value += own.value;
            }
    };
    if (part.whole) add(*part.whole);
    for (const auto& way : part.replicas) add(*way);
    return result;
}

double Sampler::ownMetric(const Question& question) const
{
    if (question.nodes.empty()) return noData;
    const Component& component = *parts_.nodes[static_cast<std::size_t>(question.nodes.front())].component;
    for (const NamedMetric& own : component.metrics())
        if (own.key == question.expectation->metric) return own.value;
    return noData;
}

double Sampler::answer(const Question& question, std::string& remark) const
{
    using Function = scenario::Expectation::Function;
    const NodeTally& tally = question.tally;
    const auto latency = [&](double percent) { return tally.latency.count() ? tally.latency.percentile(percent) * 1e-9 : noData; };
    const auto ended = static_cast<double>(tally.endedAltogether());
    const auto good = static_cast<double>(tally.ended[0]);
    switch (question.expectation->function) {
    case Function::mean: return tally.latency.count() ? tally.latency.mean() * 1e-9 : noData;
    case Function::p50: return latency(50);
    case Function::p90: return latency(90);
    case Function::p95: return latency(95);
    case Function::p99: return latency(99);
    case Function::p999: return latency(99.9);
    case Function::max: return tally.latency.count() ? static_cast<double>(tally.latency.maximum()) * 1e-9 : noData;
    case Function::goodput: return ratio(good, tally.seconds);
    case Function::throughput: return ratio(ended, tally.seconds);
    case Function::offered: return ratio(static_cast<double>(tally.arrived), tally.seconds);
    case Function::errorRate: return ratio(ended - good, ended);
    case Function::utilization: return tally.utilization();
    case Function::queueMean: return ratio(tally.queueSeconds, tally.seconds);
    case Function::queueMax: return tally.seconds > 0 ? tally.queueMax : noData;
    case Function::attempts: return ratio(static_cast<double>(question.calls.attempts), static_cast<double>(question.calls.calls));
    case Function::metric:
        if (question.expectation->after || question.expectation->before)
            remark = "a node's own metrics cover the whole run; the window is not applied";
        return ownMetric(question);
    case Function::alerts:
    case Function::firedAt:
    case Function::resolvedAt:
    case Function::budgetSpent: return slos_ ? slos_->answer(*question.expectation, remark) : noData;
    }
    return noData;
}

void Sampler::summarise(Results& results, const std::vector<Happening>& happenings) const
{
    const bool disturbance = disturbed(happenings);
    const double seconds = std::max(0.0, (lastCut_ - std::min(lastCut_, warmupEnd_)).inSeconds());
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
        if (nodes_[node].client) {
            results.clients.push_back(clientResult(node, seconds, disturbance));
            results.requests += results.clients.back().offered;
        } else {
            results.nodes.push_back(nodeResult(node, seconds, disturbance));
        }
    }
    for (std::size_t route = 0; route < routes_.size(); ++route) results.links.push_back(linkResult(route));
    results.series = series_;
    if (slos_) results.slos = slos_->results();
    for (const Question& question : questions_) {
        ExpectResult result;
        result.text = question.expectation->text;
        result.value = answer(question, result.remark);
        result.passed = question.expectation->holds(result.value);
        if (std::isnan(result.value) && result.remark.empty()) result.remark = "nothing was measured";
        judgeSupport(question, results, result);
        results.expect.push_back(std::move(result));
    }
}

}  // namespace tantrum::models
