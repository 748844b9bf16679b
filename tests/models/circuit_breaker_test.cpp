// Closed, open, half-open, against resilience4j's defaults: 50 % of the last 100 calls, 60 s, 10 calls to try.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>
#include <string>

namespace tantrum::models {
namespace {

using namespace support;

// A call each 10 ms, answered at once; errors between the given times.
std::unique_ptr<World> calls(const std::string& breaker, const std::string& errors, double seconds)
{
    return build("nodes:\n  users: {type: client, arrivals: paced(100/s), sends: web}\n  web: {type: service, workers: 9, work: 0s}\nlinks:\n  users -> web: {latency: 0s, policies: [circuit_breaker: {" +
                     breaker + "}]}\n" + errors, seconds);
}

std::string errorsDuring(std::initializer_list<std::pair<double, double>> spans)
{
    std::string timeline = "timeline:\n";
    for (const auto& [from, until] : spans) timeline += "  - {at: " + std::to_string(from) + "s, for: " + std::to_string(until - from) + "s, errors: web}\n";
    return timeline;
}

double of(const World& world, const char* key) { return metric(link(world.results(), "users", "web"), std::string("circuit_breaker.") + key); }
std::uint64_t arrived(const World& world) { return node(world.results(), "web").arrivals; }

TEST(CircuitBreaker, StaysClosedWith49FailuresOf100)
{
    const auto world = calls("", errorsDuring({{0.505, 0.995}}), 10);
    world->advanceTo(world->end());
    EXPECT_EQ(of(*world, "opened"), 0);
    EXPECT_EQ(arrived(*world), 1000u);
}

// The failures are calls 51 to 100, but it judges only once it has seen a hundred, however bad the first ones were.
TEST(CircuitBreaker, OpensAtTheHundredthCallWith50Failures)
{
    for (const auto& [from, until] : {std::pair(0.505, 1.005), std::pair(0.0, 0.505)}) {
        const auto world = calls("", errorsDuring({{from, until}}), 10);
        world->advanceTo(second(0.999));
        EXPECT_EQ(of(*world, "opened"), 0);
        EXPECT_EQ(arrived(*world), 99u);
        world->advanceTo(second(1.0));
        EXPECT_EQ(of(*world, "opened"), 1);
        world->advanceTo(second(1.01));
        EXPECT_EQ(arrived(*world), 100u);
        EXPECT_EQ(of(*world, "refused"), 1);
        EXPECT_EQ(ended(client(world->results(), "users"), Outcome::circuitOpen), 1u);
    }
}

// The window slides: old successes leave it one by one.
TEST(CircuitBreaker, LooksBackOnTheLastCallsOnly)
{
    const auto world = calls("", errorsDuring({{5.005, 100}}), 10);
    world->advanceTo(second(5.499));
    EXPECT_EQ(of(*world, "opened"), 0);
    world->advanceTo(second(5.5));  // 50 failures, 50 successes
    EXPECT_EQ(of(*world, "opened"), 1);
}

// Opened at 1.00 s. Not at 60.99 s but with the call of 61.00 s it becomes half-open; then ten calls decide.
TEST(CircuitBreaker, TriesTenCallsAMinuteLaterAndOpensAgainWith5FailuresOf10)
{
    const auto world = calls("", errorsDuring({{0.505, 1.005}, {60.995, 61.045}}), 200);
    world->advanceTo(second(60.995));
    EXPECT_EQ(arrived(*world), 100u);
    EXPECT_EQ(of(*world, "refused"), 5999);
    world->advanceTo(second(61.0));
    EXPECT_EQ(arrived(*world), 101u);
    world->advanceTo(second(61.09));
    EXPECT_EQ(arrived(*world), 110u);
    EXPECT_EQ(of(*world, "opened"), 2);
    world->advanceTo(second(121.085));
    EXPECT_EQ(arrived(*world), 110u);
    world->advanceTo(second(121.18));  // all of the next ten succeed
    EXPECT_EQ(arrived(*world), 120u);
    world->advanceTo(second(200));
    EXPECT_EQ(of(*world, "opened"), 2);
    EXPECT_EQ(arrived(*world), 120u + 20'000 - 12'118);
}

TEST(CircuitBreaker, ClosesAgainWith4FailuresOf10)
{
    const auto world = calls("", errorsDuring({{0.505, 1.005}, {60.995, 61.035}}), 100);
    world->advanceTo(second(61.09));
    EXPECT_EQ(of(*world, "opened"), 1);
    world->advanceTo(world->end());
    EXPECT_EQ(of(*world, "opened"), 1);
    EXPECT_EQ(arrived(*world), 100u + 10'000 - 6'099);
    expectConservation(*world);
}

// Half-open it lets ten calls through and refuses the others until those are answered; a caller that gives up on a trial
// gives its place back.
TEST(CircuitBreaker, LetsOnlySoManyTryWhenHalfOpen)
{
    const std::string nodes = "nodes:\n  users: {type: client, arrivals: paced(100/s), sends: web}\n  web: {type: service, workers: 900, work: 0s}\nlinks:\n  users -> web: {latency: 0s, policies: [";
    const std::string events = "]}\ntimeline:\n  - {at: 0s, for: 1.005s, errors: web}\n  - {at: 2s, set: web.work, to: 1s}\n";
    const auto world = build(nodes + "circuit_breaker: {open_for: 5s}" + events, 20);
    world->advanceTo(second(6.995));
    EXPECT_EQ(arrived(*world), 110u);  // half-open since 6.00, ten at work until 7.00
    EXPECT_EQ(of(*world, "refused"), 499 + 90);
    world->advanceTo(second(12));
    EXPECT_EQ(of(*world, "opened"), 1);
    EXPECT_GT(arrived(*world), 600u);
    const auto impatient = build(nodes + "timeout: 200ms, circuit_breaker: {open_for: 5s}" + events, 20);
    impatient->advanceTo(second(9.995));
    // Ten from 6.00 to 6.09; each gives up 200 ms later, and another takes its place: ten each 200 ms, nothing decided.
    EXPECT_NEAR(static_cast<double>(arrived(*impatient)), 100 + 4 / 0.2 * 10, 10);
    EXPECT_EQ(of(*impatient, "opened"), 1);
}

// What began before a change of state does not count after it: slow failures of the closed time arrive half-open.
TEST(CircuitBreaker, IgnoresLateAnswersFromBeforeAChange)
{
    const auto world = build("nodes:\n  users: {type: client, arrivals: paced(100/s), sends: web.get}\n  web: {type: service, workers: 900, operations: {get: [{work: 2s}, {fail: 100%}]}}\n"
                             "links:\n  users -> web: {latency: 0s, policies: [circuit_breaker: {open_for: 500ms}]}\n", 20);
    world->advanceTo(second(3.4));  // call 100, of 1.00 s, has failed at 3.00: open until 3.50
    EXPECT_EQ(of(*world, "opened"), 1);
    world->advanceTo(second(5.4));  // 200 late failures have come in while it was open and half-open
    EXPECT_EQ(of(*world, "opened"), 1);
    world->advanceTo(second(5.6));  // the ten trials of 3.50 to 3.59 have failed
    EXPECT_EQ(of(*world, "opened"), 2);
    expectConservation(*world);
}

TEST(CircuitBreaker, LetsEverythingThroughWhenItOnlyObserves)
{
    const auto world = calls("observe_only: true", errorsDuring({{0, 10}}), 100);
    world->advanceTo(world->end());
    EXPECT_EQ(arrived(*world), 10'000u);
    EXPECT_EQ(of(*world, "refused"), 0);
    EXPECT_EQ(of(*world, "opened"), 1);
}

// Half-open it must judge by the ten calls it would have let through, not by the crowd that goes on.
TEST(CircuitBreaker, JudgesByItsTrialsAloneWhenItOnlyObserves)
{
    // Open from 1.00 to 6.00. The ten calls of 6.00 to 6.09 take a second and succeed; those after them fail at once.
    const auto world = build("nodes:\n  users: {type: client, arrivals: paced(100/s), sends: web}\n  web: {type: service, workers: 900, work: 0s}\nlinks:\n  users -> web: {latency: 0s, policies: [circuit_breaker: {open_for: 5s, observe_only: true}]}\n"
                             "timeline:\n  - {at: 0s, for: 1.005s, errors: web}\n  - {at: 5.995s, set: web.work, to: 1s}\n  - {at: 6.095s, for: 500ms, errors: web}\n", 8);
    world->advanceTo(second(6.995));
    EXPECT_EQ(of(*world, "opened"), 1);
    world->advanceTo(world->end());
    EXPECT_EQ(of(*world, "opened"), 1);
}

// A call may take exactly as long as it may; longer is slow. All of a hundred have to be, by default.
TEST(CircuitBreaker, OpensOnceAllCallsAreSlow)
{
    const auto slow = [](const std::string& work, const std::string& breaker) {
        return run("nodes:\n  users: {type: client, arrivals: paced(100/s), sends: web}\n  web: {type: service, workers: 900, work: " + work + "}\nlinks:\n  users -> web: {latency: 0s, policies: [circuit_breaker: {" + breaker + "}]}\n", 3);
    };
    const Results late = slow("51ms", "slow_call: 50ms");
    EXPECT_EQ(metric(link(late, "users", "web"), "circuit_breaker.opened"), 1);
    EXPECT_EQ(metric(link(late, "users", "web"), "circuit_breaker.slow_calls"), 100);  // later ones came back to an open breaker
    EXPECT_EQ(node(late, "web").arrivals, 105u);                                       // call 100 of 1.00 s was back at 1.051 s
    EXPECT_EQ(metric(link(slow("50ms", "slow_call: 50ms"), "users", "web"), "circuit_breaker.opened"), 0);
    EXPECT_EQ(metric(link(slow("51ms", ""), "users", "web"), "circuit_breaker.opened"), 0);
}

// Its share counts apart from that of failures: 40 % slow and 40 % failed open nothing at 50 % each, 50 % slow do.
TEST(CircuitBreaker, CountsSlowCallsApartFromFailures)
{
    const auto mixed = [](const char* slowUntil) {
        const auto world = build(std::string("nodes:\n  users: {type: client, arrivals: paced(100/s), sends: web}\n  web: {type: service, workers: 900, work: 1ms}\nlinks:\n  users -> web: {latency: 0s, policies: [circuit_breaker: {slow_call: 5ms, slow_rate: 50%}]}\n"
                                 "timeline:\n  - {at: 0.005s, for: ") + slowUntil + ", slow: web, factor: 9}\n  - {at: 0.595s, for: 0.4s, errors: web}\n", 1.5);
        world->advanceTo(world->end());
        return of(*world, "opened");
    };
    EXPECT_EQ(mixed("0.4s"), 0);
    EXPECT_EQ(mixed("0.5s"), 1);
}

// A small window does not wait for calls it cannot hold (resilience4j: the smaller of both counts).
TEST(CircuitBreaker, AsksForNoMoreCallsThanItsWindowHolds)
{
    const auto world = calls("window: 10", errorsDuring({{0, 100}}), 5);
    world->advanceTo(second(0.095));
    EXPECT_EQ(of(*world, "opened"), 0);
    world->advanceTo(second(0.1));
    EXPECT_EQ(of(*world, "opened"), 1);
}

// Ten seconds by whole seconds: failures of second 0 count until second 9 ends, however many calls came since.
TEST(CircuitBreaker, LooksBackOnTheLastSecondsIfItCountsByTime)
{
    const std::string breaker = "counting: time, span: 10s, minimum_calls: 5, failure_rate: 60%";
    const auto soon = build("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: web}\n  web: {type: service, workers: 9, work: 0s}\nlinks:\n  users -> web: {latency: 0s, policies: [circuit_breaker: {" + breaker + "}]}\n" + errorsDuring({{0, 1}, {9.5, 20}}), 30,
                            [] { Options options; options.trace = {0.5, 0.6, 2, 3, 9.9, 10.1}; return options; }());
    soon->advanceTo(second(9.8));
    EXPECT_EQ(of(*soon, "opened"), 0);
    soon->advanceTo(second(9.9));  // 3 of 5
    EXPECT_EQ(of(*soon, "opened"), 1);
    const auto late = build("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: web}\n  web: {type: service, workers: 9, work: 0s}\nlinks:\n  users -> web: {latency: 0s, policies: [circuit_breaker: {" + breaker + "}]}\n" + errorsDuring({{0, 1}, {9.5, 20}}), 30,
                            [] { Options options; options.trace = {0.5, 0.6, 2, 3, 10.1, 10.2, 10.3}; return options; }());
    late->advanceTo(second(10.2));  // 2 of 4: those of second 0 are forgotten
    EXPECT_EQ(of(*late, "opened"), 0);
    late->advanceTo(second(10.3));  // 3 of 5
    EXPECT_EQ(of(*late, "opened"), 1);
}

TEST(CircuitBreaker, ShowsItsStateOnItsLink)
{
    Options options;
    const auto world = calls("open_for: 5s", errorsDuring({{0, 1.005}}), 20);
    const auto state = [&] { return world->frame().edges.at(0).breaker; };
    world->advanceTo(second(0.9));
    EXPECT_EQ(state(), Breaker::closed);
    world->advanceTo(second(2));
    EXPECT_EQ(state(), Breaker::open);
    world->advanceTo(second(10));
    EXPECT_EQ(state(), Breaker::closed);
}

}  // namespace
}  // namespace tantrum::models
