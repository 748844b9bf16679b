#include "tests/swarm/support/reach.h"

#include "models/scenario/catalogue.h"

#include <algorithm>
#include <cstdio>

namespace tantrum::swarm {

using namespace models;

namespace {

// How many times in a thousand scenarios at least; about a quarter of what is usual.
struct Wanted {
    const char* what;
    std::uint64_t times;
};
constexpr Wanted wanted[]{
    {"crash at work or in a queue", 15}, {"crash in a call", 10},       {"crash with requests on the wire", 10},
    {"crash of somebody idle", 5},       {"taken down with requests inside", 200},
    {"ended by itself", 20},             {"metric retry.retries", 20},  {"metric hedge.hedges", 10},
    {"metric timeout.timeouts", 10},     {"metric bulkhead.refused", 5}, {"metric rate_limit.refused", 5},
    {"metric circuit_breaker.opened", 5}, {"metric dead_lettered", 1},   {"metric redelivered", 4},
};

std::string crashed(const std::string& entry)
{
    const std::string verb = "{crash: ";
    if (!entry.starts_with(verb)) return {};
    return entry.substr(verb.size(), entry.find_first_of(",}") - verb.size());
}

void noteMetrics(const std::vector<NamedMetric>& metrics, std::map<std::string, std::uint64_t>& times)
{
    for (const NamedMetric& metric : metrics)
        if (metric.value > 0) ++times["metric " + metric.key];
}

}  // namespace

// From counts alone: who calls nobody and has requests inside, works or waits; who has calls out, waits for answers;
// calls that are not inside the one they go to are on the wire.
void Reach::noteStrike(const World& world, const std::string& entry)
{
    const std::string victim = crashed(entry);
    if (victim.empty()) return;
    const Results results = world.results();
    std::uint64_t inside = 0, calling = 0, coming = 0;
    for (const NodeResult& node : results.nodes)
        if (node.name == victim) inside = node.inFlight;
    for (const LinkResult& link : results.links) {
        if (link.from == victim) calling += link.inFlight;
        if (link.to == victim) coming += link.inFlight;
    }
    ++times_["crash"];
    if (calling == 0 && inside > 0) ++times_["crash at work or in a queue"];
    if (calling > 0) ++times_["crash in a call"];
    if (coming > inside) ++times_["crash with requests on the wire"];
    if (inside + calling + coming == 0) ++times_["crash of somebody idle"];
}

void Reach::noteModels(const std::vector<std::string>& models)
{
    for (const std::string& model : models) ++times_["model " + model];
}

void Reach::noteRun(const World& world)
{
    ++times_["run"];
    const Results results = world.results();
    if (world.now() >= world.end()) {
        ++times_["ended by itself"];
    } else {
        const bool inside = std::any_of(results.nodes.begin(), results.nodes.end(), [](const NodeResult& node) { return node.inFlight > 0; });
        if (inside) ++times_["taken down with requests inside"];
    }
    if (!results.stopReason.empty()) ++times_["stopped by a guard"];
    for (std::size_t outcome = 0; outcome < outcomeCount; ++outcome)
        for (const ClientResult& client : results.clients)
            if (client.outcomes[outcome] > 0) ++times_["outcome " + std::string(keyOf(static_cast<Outcome>(outcome)))];
    for (const NodeResult& node : results.nodes) noteMetrics(node.metrics, times_);
    for (const LinkResult& link : results.links) noteMetrics(link.metrics, times_);
}

void Reach::print() const
{
    for (const auto& [what, times] : times_) std::printf("%8llu  %s\n", static_cast<unsigned long long>(times), what.c_str());
}

std::vector<std::string> Reach::missed() const
{
    std::vector<std::string> missed;
    const auto run = times_.find("run");
    const double thousands = run == times_.end() ? 0 : static_cast<double>(run->second) / 1000;
    const auto want = [&](const std::string& what, std::uint64_t atLeast) {
        const auto found = times_.find(what);
        const std::uint64_t times = found == times_.end() ? 0 : found->second;
        if (static_cast<double>(times) < static_cast<double>(atLeast) * thousands) missed.push_back(what + " (" + std::to_string(times) + " times)");
    };
    for (const Wanted& each : wanted) want(each.what, each.times);
    for (const auto kind : {scenario::Kind::component, scenario::Kind::policy, scenario::Kind::fault})
        for (const scenario::Descriptor* model : catalogue().all(kind)) want("model " + model->key, 5);
    return missed;
}

}  // namespace tantrum::swarm
