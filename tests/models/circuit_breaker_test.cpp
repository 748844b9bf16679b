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
