// gRPC on a link: deadlines, cancellation, retries, throttling, hedging, and what one connection means behind balancers.
#include "tests/models/support/run.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace tantrum::models {
namespace {

using namespace support;

Results call(const std::string& grpc, std::vector<double> moments, double seconds, const std::string& web = "workers: 100, work: 100ms", const std::string& more = "", const std::string& latency = "0s")
{
    Options options;
    options.trace = std::move(moments);
    return run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: web}\n  web: {type: service, " + web + "}\nlinks:\n  users -> web: {latency: " + latency + ", policies: [grpc: {" + grpc +
                   "}]}\n" + more, seconds, options);
}

const ClientResult& users(const Results& results) { return client(results, "users"); }
double grpc(const Results& results, const std::string& key) { return metric(link(results, "users", "web"), "grpc." + key); }
const std::string fails = "workers: 100, operations: {get: [{work: 1ms}, {fail: 100%}]}";

// The deadline is for all attempts together: 20 ms of work, failing, 50 ms of wait ± 20 %, again …
TEST(Grpc, EndsACallWithAllItsAttemptsAtItsDeadline)
{
    const Results slow = call("deadline: 80ms", {1}, 5);
    EXPECT_EQ(ended(users(slow), Outcome::timeout), 1u);
    EXPECT_NEAR(users(slow).failureLatency.mean, 0.080, 1e-9);
    EXPECT_EQ(grpc(slow, "deadline_exceeded"), 1);
    const Results tries = call("deadline: 80ms, max_attempts: 5, retry_on: any, initial_backoff: 50ms", {1}, 5, "workers: 9, operations: {get: [{work: 20ms}, {fail: 100%}]}");
    EXPECT_EQ(ended(users(tries), Outcome::timeout), 1u);
    EXPECT_NEAR(users(tries).failureLatency.mean, 0.080, 1e-9);
}

// Through two hops: who waited at the top has gone, so the work at the bottom ends two latencies later.
TEST(Grpc, CancelsWorkDownEveryLink)
{
    Options options;
    options.trace = {1};
    const auto bottom = [&](const std::string& second) {
        const Results results = run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: web}\n  web: {type: service, workers: 9, operations: {get: [{call: db}]}}\n"
                                    "  db: {type: service, workers: 9, work: 1s}\nlinks:\n  users -> web: {latency: 10ms, policies: [grpc: {deadline: 100ms}]}\n  web -> db: {latency: 10ms" + second + "}\n",
                                    5, options);
        return node(results, "db").completed;
    };
    EXPECT_EQ(bottom(", policies: [grpc]"), 0u);
    EXPECT_EQ(bottom(""), 1u);  // a link that carries no cancellations leaves it running
}

// Waits before the attempts: 100, 200, 400, 500, each ± 20 %.
TEST(Grpc, RetriesAfterItsBackoff)
{
    const Results results = call("max_attempts: 5, retry_on: any, initial_backoff: 100ms, max_backoff: 500ms", {1}, 5, fails);
    EXPECT_EQ(node(results, "web").arrivals, 5u);
    EXPECT_EQ(grpc(results, "retries"), 4);
    EXPECT_GT(users(results).failureLatency.mean, 0.005 + 0.8 * 1.2);
    EXPECT_LT(users(results).failureLatency.mean, 0.005 + 1.2 * 1.2);
    const Results pushed = call("max_attempts: 3, retry_on: any, pushback: 1s", {1}, 5, fails);
    EXPECT_NEAR(users(pushed).failureLatency.mean, 2.003, 1e-9);
}

TEST(Grpc, RetriesOnlyWhatItIsToldTo)
{
    EXPECT_EQ(node(call("max_attempts: 3", {1}, 5, fails), "web").arrivals, 1u);  // INTERNAL
    EXPECT_EQ(node(call("", {1}, 5, fails), "web").arrivals, 1u);                 // no policy by default
    const std::string full = "workers: 1, queue: 0, work: 1s";
    EXPECT_EQ(grpc(call("max_attempts: 3", {1, 1.1}, 5, full), "retries"), 0);
    EXPECT_EQ(grpc(call("max_attempts: 3, retry_on: resource_exhausted", {1, 1.1}, 5, full), "retries"), 2);
    EXPECT_EQ(grpc(call("max_attempts: 3", {1}, 5, "workers: 9, operations: {get: [{fail: {share: 100%, outcome: crashed}}]}"), "retries"), 2);
}

// Validation A16: 10 tokens, every attempt fails: the fifth failure brings the count to 5, which is the threshold, and is not
// retried, nor is any later one.
TEST(Grpc, ThrottlesRetriesAtHalfItsTokens)
{
    const std::string policy = "max_attempts: 5, retry_on: any, initial_backoff: 1ms, max_tokens: 10, token_ratio: 0.1";
    const Results one = call(policy, {1}, 5, fails);
    EXPECT_EQ(node(one, "web").arrivals, 5u);
    EXPECT_EQ(grpc(one, "tokens"), 5);
    const Results calls = call("max_attempts: 3, retry_on: any, initial_backoff: 1ms, max_tokens: 10, token_ratio: 0.1", {1, 2, 3, 4}, 6, fails);
    EXPECT_EQ(node(calls, "web").arrivals, 3u + 2 + 1 + 1);  // failures 1-3, 4 and 5, 6, 7
    EXPECT_EQ(grpc(calls, "retries"), 3);
    EXPECT_EQ(grpc(calls, "throttled"), 3);
    EXPECT_EQ(grpc(calls, "tokens"), 3);
}

// Validation A16: tokens hold where failures × 1 = successes × 0.1, at a failing share of 0.1 / 1.1 = 0.0909 of the attempts. A bit
// fewer failures, and the bucket is full most of the time; a bit more, and it is empty most of the time.
TEST(Grpc, ThrottlesForGoodAboveOneFailureInEleven)
{
    const auto throttledShare = [](const std::string& share) {
        const Results results = run("nodes:\n  users: {type: client, arrivals: poisson(1000/s), sends: web}\n  web: {type: service, workers: 100, operations: {get: [{fail: " + share +
                                        "}]}}\nlinks:\n  users -> web: {latency: 0s, policies: [grpc: {max_attempts: 2, retry_on: any, initial_backoff: 1ms, max_tokens: 1000, token_ratio: 0.1}]}\n", 400);
        const double retries = metric(link(results, "users", "web"), "grpc.retries"), throttled = metric(link(results, "users", "web"), "grpc.throttled");
        return throttled / (retries + throttled);
    };
    EXPECT_LT(throttledShare("8%"), 0.01);
    // At 12 % with nothing retried the bucket sinks; the 400,000 calls begin with some 1000 - 500 tokens' worth of retries.
    EXPECT_GT(throttledShare("12%"), 0.5);
}

TEST(Grpc, SendsHedgesInsteadOfRetrying)
{
    // 100 ms of work, copies at 0, 30 and 60 ms: the first to come is the first sent; the others are cancelled.
    const Results late = call("max_attempts: 3, hedging_delay: 30ms", {1}, 5);
    EXPECT_NEAR(users(late).latency.mean, 0.100, 1e-9);
    EXPECT_EQ(grpc(late, "hedges"), 2);
    EXPECT_EQ(node(late, "web").arrivals, 3u);
    EXPECT_EQ(node(late, "web").completed, 1u);
    // A failure that could be retried fires the next at once, a fatal one ends the call.
    const Results failing = call("max_attempts: 3, hedging_delay: 30ms, retry_on: any", {1}, 5, fails);
    EXPECT_NEAR(users(failing).failureLatency.mean, 0.003, 1e-9);
    const Results fatal = call("max_attempts: 3, hedging_delay: 30ms", {1}, 5, fails);
    EXPECT_NEAR(users(fatal).failureLatency.mean, 0.001, 1e-9);
    EXPECT_EQ(node(fatal, "web").arrivals, 1u);
    // Throttled, no more copies are sent.
    const Results throttled = call("max_attempts: 5, hedging_delay: 30ms, retry_on: any, max_tokens: 2", {1}, 5, fails);
    EXPECT_EQ(node(throttled, "web").arrivals, 1u);
}

// The name's only connection stays with one of four replicas; one connection for each address uses all; so does a proxy of requests.
std::vector<std::uint64_t> spread(const std::string& balancer, const std::string& policy, const std::string& more = "")
{
    const Results results = run("nodes:\n  users: {type: client, arrivals: paced(100/s), sends: way}\n  way: {type: " + balancer + "}\n"
                                "  a: {type: service, work: 1ms}\n  b: {type: service, work: 1ms}\n  c: {type: service, work: 1ms}\n  d: {type: service, work: 1ms}\n"
                                "links:\n  users -> way: {latency: 1ms, policies: [" + policy + "]}\n" + more, 40);
    EXPECT_EQ(users(results).failed, 0u);
    std::vector<std::uint64_t> arrivals;
    for (const char* name : {"a", "b", "c", "d"}) arrivals.push_back(node(results, name).arrivals);
    std::sort(arrivals.begin(), arrivals.end());
    return arrivals;
}

TEST(Grpc, StaysWithOneReplicaBehindWhoSpreadsConnections)
{
    const std::vector<std::uint64_t> pinned = spread("nlb, targets: [a, b, c, d]", "grpc");
    EXPECT_EQ(pinned[2], 0u);
    EXPECT_GE(pinned[3], 3990u);
    EXPECT_EQ(spread("headless_service, addresses: [a, b, c, d]", "grpc")[2], 0u);
    const std::vector<std::uint64_t> each = spread("headless_service, addresses: [a, b, c, d]", "grpc: {balancing: round_robin, addresses: 4}");
    EXPECT_GE(each[0], 990u);
    const std::vector<std::uint64_t> requests = spread("alb, targets: [a, b, c, d]", "grpc");
    EXPECT_GE(requests[0], 990u);
    // Each call a connection of its own where no protocol says otherwise; six of HTTP/1.1, of which one request at a time needs one.
    EXPECT_GE(spread("nlb, targets: [a, b, c, d]", "timeout: 1s")[0], 800u);
    EXPECT_EQ(spread("nlb, targets: [a, b, c, d]", "http1")[2], 0u);
    EXPECT_GE(spread("nlb, targets: [a, b, c, d]", "http1: {keep_alive: false}")[0], 800u);
    // Connections that are opened anew every second spread in the course of time.
    EXPECT_GT(spread("nlb, targets: [a, b, c, d]", "grpc: {max_connection_age: 1s}")[0], 100u);
}

// The target dies, its connection breaks, and the next call's connection is given another target, once checks have found out; before
// that it may be given the dead one again.
TEST(Grpc, ConnectsToAnotherTargetWhenItsOwnDies)
{
    const Results results = run("nodes:\n  users: {type: client, arrivals: paced(100/s), sends: way}\n  way: {type: headless_service, addresses: [a, b]}\n"
                                "  a: {type: service, work: 1ms}\n  b: {type: service, work: 1ms}\nlinks:\n  users -> way: {latency: 1ms, policies: [grpc]}\n"
                                "timeline:\n  - {at: 5s, for: 30s, crash: a}\n", 10);
    EXPECT_LE(ended(users(results), Outcome::crashed), 2u);
    EXPECT_GE(node(results, "b").arrivals, 490u);
}

// Nobody listens: the first call learns so after a round trip, those of the next second fail at once, then it is tried again, after
// 1 s, 1.6 s, 2.56 s.
TEST(Grpc, PausesAfterVainAttemptsToConnect)
{
    const Results results = call("", {2, 2.5, 2.9, 3.1, 3.5, 10}, 20, "workers: 9, work: 1ms", "timeline:\n  - {at: 1s, for: 5s, crash: web}\n", "10ms");
    EXPECT_EQ(ended(users(results), Outcome::crashed), 5u);
    EXPECT_EQ(grpc(results, "unanswered"), 2);
    EXPECT_NEAR(users(results).failureLatency.mean, 2 * 0.020 / 5, 1e-9);
    EXPECT_EQ(users(results).completed, 1u);
}

}  // namespace
}  // namespace tantrum::models
