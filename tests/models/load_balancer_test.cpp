// Who gets the next request.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>
#include <string>

namespace tantrum::models {
namespace {

using namespace support;

std::string three(const std::string& balancer, const std::string& a, const std::string& b, const std::string& c, const std::string& arrivals)
{
    return "nodes:\n  users: {type: client, arrivals: " + arrivals + ", sends: lb}\n  lb: {type: load_balancer, backends: [a, b, c], " + balancer + "}\n  a: {type: service, " + a +
           "}\n  b: {type: service, " + b + "}\n  c: {type: service, " + c + "}\n";
}

TEST(LoadBalancer, TakesTurnsExactlyWithRoundRobin)
{
    const Results results = run(three("algorithm: round_robin", "work: 1ms", "work: 2ms", "work: 3ms", "paced(100/s)"), 9);
    for (const char* name : {"a", "b", "c"}) EXPECT_EQ(node(results, name).arrivals, 300u) << name;
}

// Each replica is a backend of its own.
TEST(LoadBalancer, SeesEachReplicaAsABackend)
{
    const Results results = run(three("algorithm: round_robin", "replicas: 4, work: 1ms", "work: 1ms", "work: 1ms", "paced(100/s)"), 6);
    EXPECT_EQ(node(results, "a").arrivals, 400u);
    EXPECT_EQ(node(results, "b").arrivals, 100u);
    EXPECT_EQ(link(results, "lb", "a").calls, 400u);
}

TEST(LoadBalancer, SpreadsEvenlyAtRandom)
{
    const Results results = run(three("algorithm: random", "work: 0s", "work: 0s", "work: 0s", "paced(1000/s)"), 18);
    for (const char* name : {"a", "b", "c"}) EXPECT_NEAR(static_cast<double>(node(results, name).arrivals), 6000, 5 * 63.3) << name;
}

// One backend takes a second, two a millisecond: it has one request of ours nearly all the time, and gets no second one.
TEST(LoadBalancer, PicksTheIdleBackendWithLeastRequests)
{
    const Results results = run(three("algorithm: least_requests", "workers: 9, work: 1s", "work: 1ms", "work: 1ms", "paced(100/s)"), 20);
    EXPECT_LE(node(results, "a").arrivals, 20u);
    EXPECT_GE(node(results, "a").arrivals, 18u);
    EXPECT_NEAR(static_cast<double>(node(results, "b").arrivals), 990, 10);
    EXPECT_NEAR(client(results, "users").latency.p50, 0.001, 1e-5);
}

// Eight servers at 80 %: random 50 ms, two choices 19.5 ms (Mitzenmacher 2001, many servers), and knowing all better still.
TEST(LoadBalancer, IsBetterWithTwoChoicesThanAtRandomAndBetterStillWithLeastRequests)
{
    const auto mean = [](const char* algorithm) {
        const Results results = run(std::string("warmup: 20s\nnodes:\n  users: {type: client, arrivals: poisson(640/s), sends: lb}\n  lb: {type: load_balancer, backends: [web], algorithm: ") +
                                        algorithm + "}\n  web: {type: service, replicas: 8, work: exponential(10ms)}\n", 250);
        return client(results, "users").latency.mean;
    };
    const double random = mean("random"), two = mean("two_choices"), least = mean("least_requests");
    EXPECT_NEAR(random, 0.050, 0.010);
    EXPECT_NEAR(two, 0.0200, 0.0025);
    EXPECT_LT(least, 0.8 * two);
}

// A backend that fails five times in a row is put aside for 10 s; each time it comes back it costs five failures more.
TEST(LoadBalancer, PutsFailingBackendsAside)
{
    const Results results = run(three("eject_after: 5", "operations: {get: [{fail: 100%}]}", "work: 1ms", "work: 1ms", "paced(30/s)"), 65);
    const NodeResult& lb = node(results, "lb");
    EXPECT_EQ(metric(lb, "ejected"), 7);  // every 10.5 s, first after 0.5 s
    EXPECT_EQ(node(results, "a").arrivals, 35u);
    EXPECT_EQ(client(results, "users").failed, 35u);
}

// Successes in between start the count anew, and a crashed backend counts as failing.
TEST(LoadBalancer, CountsOnlyFailuresInARow)
{
    const Results healthy = run(three("eject_after: 5", "operations: {get: [{fail: 20%}]}", "work: 1ms", "work: 1ms", "paced(30/s)"), 30);
    EXPECT_LE(metric(node(healthy, "lb"), "ejected"), 2);  // 0.2^5, 300 times
    const Results crashed = run(three("eject_after: 5", "work: 1ms", "work: 1ms", "work: 1ms", "paced(30/s)") + "timeline:\n  - {at: 1.01s, for: 5s, crash: a}\n", 20);
    EXPECT_EQ(metric(node(crashed, "lb"), "ejected"), 1);
    EXPECT_EQ(ended(client(crashed, "users"), Outcome::crashed), 5u);
}

// With nobody left it uses everybody: a bad backend is better than none.
TEST(LoadBalancer, FailsOpenWhenEveryBackendIsPutAside)
{
    const std::string bad = "operations: {get: [{fail: 100%}]}";
    const Results results = run(three("eject_after: 2", bad, bad, bad, "paced(30/s)"), 5);
    EXPECT_EQ(client(results, "users").failed, 150u);
    EXPECT_GT(node(results, "a").arrivals, 10u);
}

// A request's operation reaches the backend by name, through two balancers, whichever of them the file names first.
TEST(LoadBalancer, PassesTheOperationOnThroughBalancersInAnyOrder)
{
    const std::string users = "  users: {type: client, arrivals: paced(10/s), sends: outer.slow}\n";
    const std::string outer = "  outer: {type: load_balancer, backends: [inner]}\n";
    const std::string inner = "  inner: {type: load_balancer, backends: [web]}\n";
    const std::string web = "  web: {type: service, workers: 9, operations: {quick: [{work: 1ms}], slow: [{work: 50ms}]}}\n";
    for (const std::string& nodes : {users + outer + inner + web, web + inner + outer + users, inner + outer + users + web}) {
        const Results results = run("nodes:\n" + nodes, 5);
        EXPECT_NEAR(client(results, "users").latency.mean, 0.050, 1e-9);
    }
}

TEST(LoadBalancer, TakesItsOwnTimeAndRefusesWhenItIsDown)
{
    const Results results = run(three("work: 5ms", "work: 1ms", "work: 1ms", "work: 1ms", "paced(10/s)") + "timeline:\n  - {at: 5.05s, for: 2s, crash: lb}\n", 10);
    EXPECT_NEAR(client(results, "users").latency.mean, 0.006, 1e-9);
    EXPECT_EQ(ended(client(results, "users"), Outcome::crashed), 20u);
}

}  // namespace
}  // namespace tantrum::models
