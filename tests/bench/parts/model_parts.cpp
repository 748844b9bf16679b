// What stands around a call: each policy as a layer of its own, and the table of a cache.
#include "engine/random.h"
#include "engine/scope.h"
#include "engine/simulation.h"
#include "engine/zipf.h"
#include "models/caches/eviction.h"
#include "models/component.h"
#include "models/scenario/reader.h"

#include <benchmark/benchmark.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tantrum::bench {
namespace {

using models::Duration;
using models::Instant;
using models::Reply;
using models::Request;
using models::Simulation;
using models::Task;

// As much of a world as a policy needs.
class Surroundings final : public models::Building {
public:
    Simulation& simulation() override { return simulation_; }
    const std::string& name() const override { return name_; }
    engine::RandomStream stream(std::string_view purpose) const override
    {
        return engine::RandomStream(1, name_, purpose);
    }
    models::Route& route() override { return route_; }
    models::network::Link& link() override { std::abort(); }
    models::Target target(const models::scenario::OperationReference&) override { return {}; }
    std::vector<models::Target> targets(const models::scenario::OperationReference&) override { return {}; }
    models::Component& node(const std::string&) override { std::abort(); }
    std::vector<models::Route*> routes(const std::string&, const std::string&) override { return {}; }
    void stop(const std::string&) override { std::abort(); }

private:
    Simulation simulation_;
    std::string name_ = "users -> server";
    models::PassageRecorder passages_;
    models::TraceRecorder traces_;
    models::Route route_{0, "users", "server", simulation_, passages_, traces_};
};

// Answers a millisecond later.
class Server final : public models::Service {
public:
    explicit Server(Simulation& simulation) : simulation_(simulation) {}
    Task<Reply> call(Request) override
    {
        co_await simulation_.delay(Duration::milliseconds(1));
        co_return Reply();
    }

private:
    Simulation& simulation_;
};

class Layer final : public models::Service {
public:
    Layer(models::Policy& policy, models::Service& next) : policy_(policy), next_(next) {}
    Task<Reply> call(Request request) override { return policy_.call(request, next_); }

private:
    models::Policy& policy_;
    models::Service& next_;
};

std::unique_ptr<models::Policy> policyOf(const std::string& yaml, Surroundings& surroundings)
{
    const auto result = models::scenario::read("tantrum: 1\nname: A policy\nduration: 1s\nnodes:\n  users: {type: "
                                               "client, sends: server}\n  server: {type: service}\n"
                                               "links:\n  users -> server: {policies: [" +
                                                   yaml + "]}\n",
                                               "generated", models::catalogue());
    if (!result.scenario) return nullptr;
    const auto& entry = result.scenario->links.front().policies->front();
    return entry.type->create<models::scenario::PolicyFactory>()(entry.parameters, surroundings);
}

constexpr std::int64_t batch = 1000;

Task<void> callAgainAndAgain(models::Service& service)
{
    for (std::int64_t turn = 0; turn < batch; ++turn) {
        const Request request;
        const Reply reply = co_await service.call(request);
        if (!reply.ok()) std::abort();  // it was to be measured when nothing goes wrong
    }
}

// A call that succeeds; `without` is the call alone, to be subtracted.
void policy(benchmark::State& state, const std::string& yaml)
{
    Surroundings surroundings;
    engine::Scope scope(surroundings.simulation());
    Server server(surroundings.simulation());
    const std::unique_ptr<models::Policy> made = yaml.empty() ? nullptr : policyOf(yaml, surroundings);
    if (!yaml.empty() && !made) return state.SkipWithError("the policy has mistakes");
    std::optional<Layer> layer;
    if (made) layer.emplace(*made, server);
    models::Service& outermost = layer ? static_cast<models::Service&>(*layer) : server;
    while (state.KeepRunningBatch(batch)) {
        scope.spawn(callAgainAndAgain(outermost));
        surroundings.simulation().run(Instant::never());
    }
}
BENCHMARK_CAPTURE(policy, without, std::string());
BENCHMARK_CAPTURE(policy, timeout, std::string("timeout: 50ms"));
BENCHMARK_CAPTURE(policy, retry, std::string("retry: {attempts: 3, budget: 10%}"));
BENCHMARK_CAPTURE(policy, bulkhead, std::string("bulkhead: {concurrent: 100}"));
BENCHMARK_CAPTURE(policy, circuit_breaker, std::string("circuit_breaker"));
BENCHMARK_CAPTURE(policy, rate_limit, std::string("rate_limit: {rate: 1000000/s, burst: 1000000}"));
BENCHMARK_CAPTURE(policy, hedge, std::string("hedge: {after: 50ms}"));

constexpr std::size_t keyCount = 100'000;

// A look-up, and a store after a miss, with keys as popular as keys are; the table holds so many of 100,000.
void cache(benchmark::State& state, models::caches::Eviction eviction)
{
    models::caches::EntryTable table(static_cast<std::size_t>(state.range(0)), eviction);
    const engine::ZipfDistribution law(keyCount, 1.0);
    engine::RandomStream luck(1, "bench", "cache");
    std::vector<std::uint64_t> keys(1 << 20);
    for (std::uint64_t& key : keys) key = law.sample(luck);
    const auto ask = [&](std::uint64_t key) {
        const bool hit = table.lookUp(key, Instant()) == models::caches::EntryTable::Found::yes;
        if (!hit) table.store(key, Instant::never());
        return hit;
    };
    for (const std::uint64_t key : keys) ask(key);
    std::int64_t hits = 0;
    for (std::size_t at = 0; auto _ : state) hits += ask(keys[at++ % keys.size()]);
    state.counters["hit_ratio"] = benchmark::Counter(static_cast<double>(hits), benchmark::Counter::kAvgIterations);
}
BENCHMARK_CAPTURE(cache, lru, models::caches::Eviction::lru)->Arg(1'000)->Arg(50'000);
BENCHMARK_CAPTURE(cache, fifo, models::caches::Eviction::fifo)->Arg(1'000)->Arg(50'000);
BENCHMARK_CAPTURE(cache, lfu, models::caches::Eviction::lfu)->Arg(1'000)->Arg(50'000);

}  // namespace
}  // namespace tantrum::bench
