// Timeout, bulkhead, rate limit, hedge, and the order in which policies stand. Retry and circuit breaker have their own.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>
#include <string>

namespace tantrum::models {
namespace {

using namespace support;

// Requests at the given moments over a link of no latency with these policies.
Results call(const std::string& policies, std::vector<double> moments, double seconds, const std::string& web = "workers: 100, work: 100ms", const std::string& more = "")
{
    Options options;
    options.trace = std::move(moments);
    return run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: web}\n  web: {type: service, " + web + "}\nlinks:\n  users -> web: {latency: 0s, policies: [" + policies + "]}\n" + more, seconds, options);
}

const ClientResult& users(const Results& results) { return client(results, "users"); }
double policy(const Results& results, const char* key) { return metric(link(results, "users", "web"), key); }

TEST(Timeout, EndsACallAtExactlyItsLimit)
{
    const Results late = call("timeout: 99ms", {1}, 5);
    EXPECT_EQ(ended(users(late), Outcome::timeout), 1u);
    EXPECT_NEAR(users(late).failureLatency.mean, 0.099, 1e-12);
    EXPECT_EQ(policy(late, "timeout.timeouts"), 1);
    const Results intime = call("timeout: 101ms", {1}, 5);
    EXPECT_EQ(users(intime).completed, 1u);
    EXPECT_EQ(policy(intime, "timeout.timeouts"), 0);
}

TEST(Timeout, ChangesItsLimitLive)
{
    const Results results = call("timeout: 50ms", {1, 3}, 5, "workers: 9, work: 100ms", "timeline:\n  - {at: 2s, set: users -> web.timeout.limit, to: 1s}\n");
    EXPECT_EQ(users(results).completed, 1u);
    EXPECT_EQ(users(results).failed, 1u);
}

// Innermost first or outermost first: each attempt has 10 ms, or all of them together.
TEST(Policies, MeanSomethingElseInAnotherOrder)
{
    const std::string retry = "retry: {attempts: 3, backoff: fixed(5ms), jitter: none}";
    const Results inside = call(retry + ", timeout: 10ms", {1}, 5);
    EXPECT_NEAR(users(inside).failureLatency.mean, 3 * 0.010 + 2 * 0.005, 1e-12);
    EXPECT_EQ(policy(inside, "timeout.timeouts"), 3);
    EXPECT_EQ(link(inside, "users", "web").attempts, 3u);
    EXPECT_EQ(node(inside, "web").arrivals, 3u);
    const Results outside = call("timeout: 10ms, " + retry, {1}, 5);
    EXPECT_NEAR(users(outside).failureLatency.mean, 0.010, 1e-12);
    EXPECT_EQ(link(outside, "users", "web").attempts, 1u);
    EXPECT_EQ(link(outside, "users", "web").calls, 1u);
}

// A breaker outside a retry judges calls, inside it judges attempts: after 4 calls of 3 attempts it has seen 4 or 12.
TEST(Policies, LetABreakerSeeCallsOrAttempts)
{
    const std::string retry = "retry: {attempts: 3, backoff: fixed(1ms), jitter: none, retry_refusals: false}";
    const std::string breaker = "circuit_breaker: {window: 10, minimum_calls: 10}";
    const std::string broken = "workers: 9, operations: {get: [{fail: 100%}]}";
    const Results outside = call(breaker + ", " + retry, {1, 2, 3, 4}, 5, broken);
    EXPECT_EQ(policy(outside, "circuit_breaker.opened"), 0);
    EXPECT_EQ(link(outside, "users", "web").attempts, 12u);
    const Results inside = call(retry + ", " + breaker, {1, 2, 3, 4}, 5, broken);
    EXPECT_EQ(policy(inside, "circuit_breaker.opened"), 1);
    EXPECT_EQ(link(inside, "users", "web").attempts, 10u);
    EXPECT_EQ(ended(users(inside), Outcome::circuitOpen), 1u);
}

TEST(Bulkhead, LetsSoManyInLetsSoManyWaitAndRefusesTheRest)
{
    const Results results = call("bulkhead: {concurrent: 3, queue: 2}", atOnce(10, 1), 5);
    EXPECT_EQ(users(results).completed, 5u);
    EXPECT_EQ(ended(users(results), Outcome::rejected), 5u);
    EXPECT_EQ(policy(results, "bulkhead.refused"), 5);
    EXPECT_NEAR(users(results).latency.maximum, 0.2, 1e-12);
    EXPECT_EQ(node(results, "web").arrivals, 5u);
}

// A caller that gives up makes room, though the callee goes on.
TEST(Bulkhead, FreesThePlaceOfACallThatWasAbandoned)
{
    const Results results = call("timeout: 10ms, bulkhead: 1", {1, 1.005, 1.011}, 5);
    EXPECT_EQ(ended(users(results), Outcome::rejected), 1u);
    EXPECT_EQ(ended(users(results), Outcome::timeout), 2u);
    EXPECT_EQ(node(results, "web").completed, 2u);
}

TEST(Bulkhead, ChangesItsPlacesLive)
{
    const Results results = call("bulkhead: {concurrent: 1, queue: 9}", atOnce(4, 1), 5, "workers: 9, work: 1s", "timeline:\n  - {at: 1.5s, set: users -> web.bulkhead.concurrent, to: 9}\n");
    EXPECT_NEAR(users(results).latency.maximum, 1.5, 1e-12);
}

// A full bucket of 10 at 5/s, 30 requests at once: exactly ten pass, then one each 200 ms.
TEST(RateLimit, PassesTheBurstAndThenOneAtATime)
{
    std::vector<double> moments = atOnce(30, 1);
    for (int tick = 1; tick <= 100; ++tick) moments.push_back(1 + 0.02 * tick);  // to 3 s, ten times as fast as allowed
    const Results results = call("rate_limit: {rate: 5/s, burst: 10}", moments, 5, "workers: 99, work: 0s");
    EXPECT_EQ(users(results).completed, 20u);
    EXPECT_EQ(ended(users(results), Outcome::rateLimited), 110u);
    EXPECT_EQ(policy(results, "rate_limit.refused"), 110);
    // At 1.2, 1.4, …: the tenth part of the later ones, none before its time.
    EXPECT_EQ(call("rate_limit: {rate: 5/s, burst: 10}", [] { auto all = atOnce(10, 1); all.push_back(1.199); return all; }(), 5, "workers: 99, work: 0s").clients[0].completed, 10u);
    EXPECT_EQ(call("rate_limit: {rate: 5/s, burst: 10}", [] { auto all = atOnce(10, 1); all.push_back(1.2); return all; }(), 5, "workers: 99, work: 0s").clients[0].completed, 11u);
}

TEST(RateLimit, SavesUpNoMoreThanItsBurst)
{
    const Results results = call("rate_limit: {rate: 100/s, burst: 3}", [] { auto all = atOnce(9, 1); const auto more = atOnce(9, 4); all.insert(all.end(), more.begin(), more.end()); return all; }(), 5);
    EXPECT_EQ(users(results).completed, 6u);
}

// A bucket of b refilled at rate 1 under Poisson arrivals loses what M/D/1/b loses (validation A12). A million requests;
// the loss's standard error is below 0.0008.
TEST(RateLimit, LosesWhatTheBooksSay)
{
    const struct {
        const char *arrivals, *burst;
        double loss;
    } rows[]{{"poisson(1000/s)", "5", .103449}, {"poisson(900/s)", "2", .234637}};
    for (const auto& row : rows) {
        const Results results = run(std::string("nodes:\n  users: {type: client, arrivals: ") + row.arrivals + ", sends: web}\n  web: {type: service, workers: 9, work: 0s}\nlinks:\n  users -> web: {latency: 0s, policies: [rate_limit: {rate: 1000/s, burst: " + row.burst + "}]}\n", 1000);
        EXPECT_NEAR(static_cast<double>(users(results).failed) / static_cast<double>(users(results).offered), row.loss, 0.004) << row.arrivals;
    }
}

TEST(RateLimit, ChangesItsRateLive)
{
    std::vector<double> moments;
    for (int tick = 1; tick <= 400; ++tick) moments.push_back(0.01 * tick);
    const Results results = call("rate_limit: {rate: 10/s, burst: 1}", moments, 5, "workers: 9, work: 0s", "timeline:\n  - {at: 2.005s, set: users -> web.rate_limit.rate, to: 50/s}\n");
    EXPECT_NEAR(static_cast<double>(users(results).completed), 20 + 100, 2);
}

// The first copy got lost; the second, sent 50 ms later, answers.
TEST(Hedge, AnswersWithTheSecondCopyWhenTheFirstIsLate)
{
    Options options;
    options.trace = {1};
    const Results results = run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: web}\n  web: {type: service, workers: 9, work: 10ms}\n"
                                "links:\n  users -> web: {latency: 1ms, transport: datagram, policies: [hedge: 50ms]}\ntimeline:\n  - {at: 0.999s, for: 10ms, partition: [users, web]}\n", 5, options);
    EXPECT_NEAR(users(results).latency.mean, 0.062, 1e-12);
    EXPECT_EQ(policy(results, "hedge.hedges"), 1);
    EXPECT_EQ(link(results, "users", "web").attempts, 2u);
    EXPECT_EQ(ended(link(results, "users", "web"), Outcome::timeout), 1u);  // the loser
}

// The copy that is no longer needed is cancelled; over a link that carries cancellations its worker is free again.
TEST(Hedge, CancelsTheCopyThatLost)
{
    const Results results = run("nodes:\n  users: {type: client, arrivals: paced(1/s), sends: web}\n  web: {type: service, workers: 9, work: 100ms}\n"
                                "links:\n  users -> web: {latency: 0s, cancellation: true, policies: [hedge: 60ms]}\n", 10.5);
    EXPECT_NEAR(users(results).latency.maximum, 0.1, 1e-12);
    EXPECT_EQ(policy(results, "hedge.hedges"), 10);
    EXPECT_EQ(node(results, "web").completed, 10u);
    EXPECT_EQ(ended(node(results, "web"), Outcome::timeout), 10u);
    EXPECT_NEAR(node(results, "web").utilization * 9 * 10.5, 10 * (0.1 + 0.04), 1e-9);
}

TEST(Hedge, SendsNothingMoreWhenTheAnswerIsInTime)
{
    const Results results = call("hedge: 101ms", {1, 2}, 5);
    EXPECT_EQ(policy(results, "hedge.hedges"), 0);
    EXPECT_EQ(link(results, "users", "web").attempts, 2u);
}

// An early failure sends the next copy at once; if all fail, so does the call, once.
TEST(Hedge, AsksAgainAtOnceAfterAnEarlyFailure)
{
    const Results results = call("hedge: {after: 1s, attempts: 3}", {1}, 5, "workers: 9, operations: {get: [{work: 5ms}, {fail: 100%}]}");
    EXPECT_EQ(ended(users(results), Outcome::error), 1u);
    EXPECT_NEAR(users(results).failureLatency.mean, 0.015, 1e-12);
    EXPECT_EQ(node(results, "web").arrivals, 3u);
}

TEST(Hedge, AsksAllAtOnceWhenItDoesNotWait)
{
    const Results results = call("hedge: {after: 0s, attempts: 4}", {1}, 5);
    EXPECT_EQ(node(results, "web").arrivals, 4u);
    EXPECT_NEAR(users(results).latency.mean, 0.1, 1e-12);
}

}  // namespace
}  // namespace tantrum::models
