// A request's whole time, what stands in when nothing else helps, and hedges that know when.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>
#include <string>

namespace tantrum::models {
namespace {

using namespace support;

// users -> web -> orders -> db, each with work of its own around its call, and policies on every link.
Results chain(const std::string& policies, const std::string& work, std::vector<double> moments = {1})
{
    Options options;
    options.trace = std::move(moments);
    return run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: web}\n  web: {type: service, workers: 9, operations: {get: [{work: " + work + "}, {call: orders}]}}\n"
               "  orders: {type: service, workers: 9, operations: {get: [{work: " + work + "}, {call: db}]}}\n  db: {type: service, workers: 9, work: 100ms}\nlinks:\n  \"* -> *\": {latency: 10ms, policies: [" + policies + "]}\n", 20, options);
}

// 20 + 20 + 100 ms of work and six ways of 10 ms are 200 ms: in time with as much, not with less.
TEST(Deadline, LimitsTheWholeRequest)
{
    EXPECT_EQ(client(chain("deadline: 201ms", "20ms"), "users").completed, 1u);
    const Results late = chain("deadline: 199ms", "20ms");
    EXPECT_EQ(ended(client(late, "users"), Outcome::timeout), 1u);
    EXPECT_NEAR(client(late, "users").failureLatency.mean, 0.199, 1e-9);
}

// A timeout of 150 ms on each call lets the chain take 200 ms beyond its first call; a deadline leaves each hop less: the
// innermost call, made at 70 ms, gives up at 150 ms like all others.
TEST(Deadline, LeavesEachHopWhatIsLeft)
{
    const Results results = chain("deadline: 150ms", "20ms");
    for (const auto& [from, to] : {std::pair("users", "web"), std::pair("web", "orders"), std::pair("orders", "db")})
        EXPECT_EQ(metric(link(results, from, to), "deadline.exceeded"), 1) << from;
    EXPECT_NEAR(client(results, "users").failureLatency.mean, 0.150, 1e-9);
    EXPECT_EQ(node(results, "db").arrivals, 1u);
}

// At 120 ms nothing is left of 100 ms: the call to db, due at 120 ms, is not made.
TEST(Deadline, MakesNoCallForWhichNothingIsLeft)
{
    const Results results = chain("deadline: 100ms", "50ms");
    EXPECT_EQ(node(results, "orders").arrivals, 1u);
    EXPECT_EQ(node(results, "db").arrivals, 0u);
    EXPECT_EQ(metric(link(results, "orders", "db"), "deadline.spent"), 1);
    EXPECT_EQ(link(results, "orders", "db").attempts, 0u);
}

// With 30 ms kept back a hop, the innermost gives up at 150 - 60 ms, and its callers hear of it before their own time is up.
TEST(Deadline, KeepsSomethingForTheWayBack)
{
    const Results results = chain("deadline: {limit: 150ms, reserve: 30ms}", "20ms");
    EXPECT_EQ(metric(link(results, "orders", "db"), "deadline.exceeded"), 1);
    EXPECT_EQ(metric(link(results, "web", "orders"), "deadline.exceeded"), 0);
    EXPECT_EQ(metric(link(results, "users", "web"), "deadline.exceeded"), 0);
    EXPECT_EQ(client(results, "users").failed, 1u);
    EXPECT_NEAR(client(results, "users").failureLatency.mean, 0.090 + 0.020, 1e-9);
}

// Retries inside share the one limit: three attempts of 40 ms would take longer than 100 ms.
TEST(Deadline, LimitsAllAttemptsTogether)
{
    Options options;
    options.trace = {1};
    const Results results = run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: web}\n  web: {type: service, workers: 9, work: 1s}\nlinks:\n  users -> web: {latency: 0s, policies: [deadline: 100ms, retry: {attempts: 9, backoff: fixed(5ms), jitter: none}, timeout: 40ms]}\n", 9, options);
    EXPECT_NEAR(client(results, "users").failureLatency.mean, 0.1, 1e-9);
    EXPECT_EQ(link(results, "users", "web").attempts, 3u);
}

// What is left travels along: a service that drops expired work does not begin what waited too long in its queue.
TEST(Deadline, TellsTheCalleeWhenItIsOver)
{
    Options options;
    options.trace = atOnce(5, 1);
    const Results results = run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: web}\n  web: {type: service, workers: 1, work: 100ms, drop_expired: true}\nlinks:\n  users -> web: {latency: 0s, policies: [deadline: 250ms]}\n", 9, options);
    EXPECT_EQ(client(results, "users").completed, 2u);
    EXPECT_EQ(ended(node(results, "web"), Outcome::expired), 2u);  // the third had begun in time
}

const std::string two = "nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: web.full}\n  web: {type: service, workers: 9, operations: {full: [{work: 50ms}, {fail: 100%}], short: [{work: 5ms}]}}\nlinks:\n  users -> web: {latency: 0s, policies: [";

TEST(Fallback, AnswersWithADefaultWhenTheCallFails)
{
    Options options;
    options.trace = {1, 2, 3};
    const Results results = run(two + "fallback: {}, timeout: 20ms]}\n", 9, options);
    EXPECT_EQ(client(results, "users").completed, 3u);
    EXPECT_NEAR(client(results, "users").latency.maximum, 0.020, 1e-9);
    EXPECT_EQ(metric(link(results, "users", "web"), "fallback.fallbacks"), 3);
    EXPECT_EQ(metric(link(results, "users", "web"), "fallback.failures"), 3);
}

// The full answer fails after 50 ms, the short one takes 5 ms more; a default only if that fails as well.
TEST(Fallback, AsksForAnotherOperation)
{
    Options options;
    options.trace = {1, 2, 3};
    const Results results = run(two + "fallback: {operation: short, answers: false}]}\n", 9, options);
    EXPECT_EQ(client(results, "users").completed, 3u);
    EXPECT_NEAR(client(results, "users").latency.mean, 0.055, 1e-9);
    EXPECT_EQ(node(results, "web").arrivals, 6u);
    const Results down = run(two + "fallback: {operation: short, answers: false}]}\ntimeline:\n  - {at: 1.5s, for: 1s, crash: web}\n", 9, options);
    EXPECT_EQ(client(down, "users").completed, 2u);
    EXPECT_EQ(client(down, "users").failed, 1u);
}

TEST(Fallback, LeavesSuccessAlone)
{
    Options options;
    options.trace = {1};
    const Results results = run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: web}\n  web: {type: service, workers: 9, work: 5ms}\nlinks:\n  users -> web: {latency: 0s, policies: [fallback: {}]}\n", 9, options);
    EXPECT_NEAR(client(results, "users").latency.mean, 0.005, 1e-9);
    EXPECT_EQ(metric(link(results, "users", "web"), "fallback.failures"), 0);
}

// The Tail at Scale: hedged at the 95th percentile of its own history, 5 % of the calls are sent twice. Work of an
// exponential law of mean 10 ms: the percentile is 10 ln 20 = 29.96 ms. 20,000 calls: the share's deviation is .15 %, that
// of a percentile of a thousand values 5 %.
TEST(Hedge, WaitsForAPercentileOfItsOwnHistory)
{
    const Results results = run("nodes:\n  users: {type: client, arrivals: paced(100/s), sends: web}\n  web: {type: service, workers: 99, work: exponential(10ms)}\nlinks:\n  users -> web: {latency: 0s, policies: [hedge: {after: 1s, percentile: 95%}]}\n", 200);
    EXPECT_NEAR(metric(link(results, "users", "web"), "hedge.hedges") / 20'000, 0.05, 0.01);
    EXPECT_NEAR(metric(link(results, "users", "web"), "hedge.wait"), 0.02996, 0.008);
    EXPECT_LT(client(results, "users").latency.p99, 0.0461);  // 10 ln 100 without
}

}  // namespace
}  // namespace tantrum::models
