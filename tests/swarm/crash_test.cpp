// Crashes at every event of one system in which every kind of waiting occurs: whatever a process was doing when its host
// went down, no request is lost or made up, and the system works again afterwards.
#include "tests/swarm/support/checks.h"

#include "models/scenario/catalogue.h"
#include "models/scenario/reader.h"

#include <gtest/gtest.h>

#include <map>

namespace tantrum::swarm {
namespace {

using namespace models;

// What each node's processes do is known by construction: `worker` only works (or waits for its one worker), `caller`
// only waits for an answer, `retrier` only calls and backs off, and so on.
const std::string everyKindOfWaiting = R"(
tantrum: 1
name: Every kind of waiting
seed: 5
duration: 10s
nodes:
  users: {type: client, arrivals: poisson(150/s), sends: front, keys: zipf(20 1)}
  regulars: {type: client, arrivals: closed(users=5 think=0), sends: hedged}
  front:
    type: service
    workers: 30
    operations:
      get:
        - together: [{call: worker, optional: true}, {call: caller}]
        - call: retrier
          optional: true
        - first_of: [{call: scarce, optional: true}, [{work: exponential(3ms)}, {fail: 50%}]]
        - cache: {in: pages, single_flight: true, steps: [{call: slow}]}
        - call: proxy.get
        - publish: jobs
  worker: {type: service, work: exponential(4ms), queue: 20}
  caller: {type: service, workers: 50, operations: {get: [call: slow]}}
  hedged: {type: service, replicas: 2, workers: 3, operations: {get: [call: slow]}}
  retrier: {type: service, workers: 50, operations: {get: [call: broken]}}
  broken: {type: service, work: 0, workers: 50, operations: {get: [{fail: 80%}]}}
  scarce: {type: service, cores: 1, workers: 4, work: exponential(6ms)}
  slow: {type: service, workers: 100, work: exponential(5ms)}
  pages: {type: cache, capacity: 5, ttl: 20ms}
  proxy: {type: cache, capacity: 5, ttl: 10ms, workers: 1, work: 1ms, backend: db.read}
  db: {type: database, connections: 3, row_locks: true, read: exponential(12ms), write: exponential(3ms)}
  jobs: {type: queue, visibility: 30ms, max_deliveries: 2, max_length: 10, overflow: drop_oldest, dead_letters: dead}
  dead: {type: queue, max_length: 5}
  packers: {type: consumer, consumes: jobs, concurrency: 2, work: exponential(6ms), steps: [{fail: 30%}]}
  undertaker: {type: consumer, consumes: dead, work: 1ms, steps: [{fail: 30%}], on_failure: return}
links:
  "* -> *": {latency: exponential(0.5ms)}
  front -> worker: {latency: 2ms, policies: [timeout: 12ms]}
  front -> scarce: {latency: 1ms, cancellation: true, policies: [bulkhead: {concurrent: 3, queue: 5}, timeout: 15ms]}
  retrier -> broken: {latency: 0.1ms, loss: 5%, transport: datagram, policies: [retry: {attempts: 3, backoff: fixed(5ms)}, timeout: 2ms]}
  hedged -> slow: {latency: 1ms, cancellation: true, policies: [hedge: {after: 3ms}]}
)";

// In which states a crash found somebody.
using Found = std::map<std::string, int>;

void note(const World& world, const std::string& victim, Found& found)
{
    const Results results = world.results();
    std::int64_t inside = 0, calling = 0, coming = 0;
    for (const NodeResult& node : results.nodes)
        if (node.name == victim) inside = static_cast<std::int64_t>(node.inFlight);
    for (const LinkResult& link : results.links) {
        if (link.from == victim) calling += static_cast<std::int64_t>(link.inFlight);
        if (link.to == victim) coming += static_cast<std::int64_t>(link.inFlight);
    }
    if (victim == "worker" && inside > 0) ++found["working"];
    if (victim == "worker" && inside > 1) ++found["in a queue"];
    if (victim == "worker" && coming > inside) ++found["on the wire"];
    if (victim == "scarce" && inside > 1) ++found["sharing a core"];
    if (victim == "caller" && calling > 0) ++found["in a call"];
    if (victim == "hedged" && calling > inside) ++found["in a hedged call"];
    if (victim == "retrier" && inside > calling) ++found["backing off"];
    if (victim == "front" && calling > 1) ++found["in several calls"];
    if (victim == "proxy" && inside > 1) ++found["loading a cache"];
    if (victim == "db" && inside > 1) ++found["in a transaction"];
    if (victim == "jobs" && calling + coming > 0) ++found["receiving"];
    if (victim == "packers" && inside > 0) ++found["with a message"];
}

bool canPause(const std::string& victim) { return victim != "jobs"; }  // a queue does nothing that could stand still

TEST(Crash, AtEveryEventLosesNothingWhateverItStrikes)
{
    const auto read = scenario::read(everyKindOfWaiting, "waiting.yaml", catalogue());
    ASSERT_TRUE(read.scenario) << scenario::render(read.diagnostics, everyKindOfWaiting);
    const std::vector<std::string> victims{"front", "worker", "caller", "hedged", "retrier", "broken", "scarce", "slow", "pages", "proxy", "db", "jobs", "packers"};
    // Prime to the number of victims and verbs, so that they meet in all combinations.
    const std::uint64_t step = sanitized ? 41 : 3;
    Found found;
    int strikes = 0;
    for (std::uint64_t event = 1; event < 6000 && !testing::Test::HasFailure(); event += step) {
        const std::string& victim = victims[event % victims.size()];
        const std::string entry = event % 4 == 0 && canPause(victim) ? "{pause: " + victim + ", for: 30ms}" : event % 4 == 1 ? "{crash: " + victim + ", for: 1ns}" : "{crash: " + victim + ", for: 30ms}";
        SCOPED_TRACE("after " + std::to_string(event) + " events: " + entry);
        const auto world = World::build(*read.scenario, {});
        world->advanceSome(event, world->end());
        if (entry.starts_with("{crash")) note(*world, victim, found);
        expectConservation(*world);
        ASSERT_EQ(world->apply(entry), "");
        ++strikes;
        expectConservation(*world);
        world->advanceSome(1000, world->end());  // while it is down, and into its time after
        expectConservation(*world);
        const std::uint64_t before = world->results().clients.front().completed;
        world->advanceTo(world->now() + engine::Duration::milliseconds(150));
        expectConservation(*world);
        EXPECT_GT(world->results().clients.front().completed, before) << "nobody is served afterwards";
    }
    for (const auto& [state, count] : found) std::printf("%-18s %d\n", state.c_str(), count);
    std::printf("%d strikes\n", strikes);
    if (sanitized || testing::Test::HasFailure()) return;
    EXPECT_EQ(found.size(), 12u);
    for (const auto& [state, count] : found) EXPECT_GE(count, 10) << state;
}

}  // namespace
}  // namespace tantrum::swarm
