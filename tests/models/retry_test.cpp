// When a call is tried again, how long after, how often in all, and for how long the budget lasts.
#include "tests/models/support/run.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <string>

namespace tantrum::models {
namespace {

using namespace support;

const std::string broken = "workers: 100, operations: {get: [{fail: 100%}]}";

std::string scenario(const std::string& retry, const std::string& arrivals, const std::string& web)
{
    return "nodes:\n  users: {type: client, arrivals: " + arrivals + ", sends: web}\n  web: {type: service, " + web + "}\nlinks:\n  users -> web: {latency: 0s, policies: [retry: {" + retry + "}]}\n";
}

Results fail(const std::string& retry, std::vector<double> moments = {1}, double seconds = 100)
{
    Options options;
    options.trace = std::move(moments);
    return run(scenario(retry, "trace(trace.csv)", broken), seconds, options);
}

// The waits before each retry of many calls, one list a call. Calls are one minute apart, so the passages tell.
std::vector<std::vector<double>> waits(const std::string& retry, int calls)
{
    Options options;
    options.passages = true;
    for (int call = 1; call <= calls; ++call) options.trace.push_back(60.0 * call);
    const auto world = build(scenario(retry, "trace(trace.csv)", broken), 60.0 * (calls + 1), options);
    world->advanceTo(world->end());
    std::vector<Passage> passages;
    world->takePassages(passages);
    std::vector<std::vector<double>> all;
    double last = 0;
    for (const Passage& passage : passages) {
        if (passage.returning) continue;
        const double now = passage.departure.inSeconds();
        if (passage.mark == Mark::request)
            all.emplace_back();
        else
            all.back().push_back(now - last);
        last = now;
    }
    EXPECT_EQ(all.size(), static_cast<std::size_t>(calls));
    return all;
}

TEST(Retry, DoublesItsWaitUpToTheLongest)
{
    const Results results = fail("attempts: 5, backoff: exponential(50ms max=200ms), jitter: none");
    EXPECT_NEAR(client(results, "users").failureLatency.mean, 0.050 + 0.100 + 0.200 + 0.200, 1e-12);
    EXPECT_EQ(link(results, "users", "web").attempts, 5u);
    EXPECT_NEAR(client(fail("attempts: 4, backoff: exponential(10ms factor=3), jitter: none"), "users").failureLatency.mean, 0.130, 1e-12);
}

TEST(Retry, WaitsTheSameEachTimeWithAFixedBackoff)
{
    EXPECT_NEAR(client(fail("attempts: 4, backoff: fixed(100ms), jitter: none"), "users").failureLatency.mean, 0.3, 1e-12);
}

TEST(Retry, TriesOnceWithOneAttempt)
{
    const Results results = fail("attempts: 1");
    EXPECT_EQ(link(results, "users", "web").attempts, 1u);
    EXPECT_EQ(client(results, "users").failureLatency.mean, 0);
}

// Bounds and means of each jitter, as AWS's article gives them. The mean of n uniforms over a width w is off by w / sqrt(12 n).
TEST(Retry, JittersItsWaitsWithinTheirBounds)
{
    const auto check = [](const char* jitter, double low, double high, std::size_t retry, double mean) {
        const auto all = waits(std::string("attempts: 4, backoff: exponential(100ms max=250ms), jitter: ") + jitter, 400);
        double sum = 0, least = 1e9, largest = 0;
        for (const auto& call : all) {
            ASSERT_EQ(call.size(), 3u);
            const double wait = call[retry];
            sum += wait;
            least = std::min(least, wait);
            largest = std::max(largest, wait);
        }
        const double width = high - low;
        EXPECT_GE(least, low - 1e-9) << jitter;
        EXPECT_LE(largest, high + 1e-9) << jitter;
        EXPECT_LT(least, low + 0.05 * width + 1e-9) << jitter;  // (1 - 0.05)^400 = 1e-9
        EXPECT_GT(largest, high - 0.05 * width - 1e-9) << jitter;
        if (mean > 0) {
            EXPECT_NEAR(sum / 400, mean, 5 * width / std::sqrt(12 * 400) + 1e-9) << jitter;
        }
    };
    check("none", 0.25, 0.25, 2, 0.25);
    check("full", 0, 0.1, 0, 0.05);
    check("full", 0, 0.25, 2, 0.125);
    check("equal", 0.05, 0.1, 0, 0.075);
    check("equal", 0.125, 0.25, 2, 0.1875);
    check("decorrelated", 0.1, 0.25, 0, 0);  // U(100, 300), cut at 250
}

// Each wait is drawn from the base to three times the last one.
TEST(Retry, DecorrelatesEachWaitFromTheLast)
{
    for (const auto& call : waits("attempts: 6, backoff: exponential(100ms max=2s), jitter: decorrelated", 300)) {
        double last = 0.1;
        for (const double wait : call) {
            EXPECT_GE(wait, 0.1 - 1e-9);
            EXPECT_LE(wait, std::min(2.0, 3 * last) + 1e-9);
            last = wait;
        }
    }
}

// Attempts for each call at a chance p of failure: (1 - p^n) / (1 - p); at p = 1 exactly n.
TEST(Retry, MultipliesCallsAsTheSeriesSays)
{
    for (const int attempts : {2, 3, 4}) {
        const Results results = fail("attempts: " + std::to_string(attempts) + ", backoff: fixed(1ms)", atOnce(100, 1));
        EXPECT_EQ(link(results, "users", "web").attempts, 100u * static_cast<unsigned>(attempts));
        EXPECT_EQ(metric(link(results, "users", "web"), "retry.retries"), 100 * (attempts - 1));
    }
    const struct {
        const char *share, *attempts;
        double expected, deviation;
    } rows[]{{"10%", "3", 1.11, 0.4}, {"50%", "2", 1.5, 0.5}, {"50%", "3", 1.75, 0.83}, {"50%", "4", 1.875, 1.06}, {"90%", "4", 3.439, 1.09}};
    for (const auto& row : rows) {
        const Results results = run(scenario(std::string("attempts: ") + row.attempts + ", backoff: fixed(1ms), jitter: none", "paced(1000/s)", std::string("workers: 100, operations: {get: [{fail: ") + row.share + "}]}"), 20);
        const LinkResult& way = link(results, "users", "web");
        EXPECT_NEAR(static_cast<double>(way.attempts) / static_cast<double>(way.calls), row.expected, 5 * row.deviation / std::sqrt(20'000) + 0.001) << row.share << " " << row.attempts;
    }
}

// Three layers that each try four times: the last is asked 4^3 times for one request.
TEST(Retry, MultipliesLayerByLayer)
{
    Options options;
    options.trace = {1};
    const Results results = run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: a}\n  a: {type: service, operations: {get: [{call: b}]}}\n  b: {type: service, operations: {get: [{call: c}]}}\n"
                                "  c: {type: service, operations: {get: [{fail: 100%}]}}\nlinks:\n  \"* -> *\": {latency: 1ms, policies: [retry: {attempts: 4, backoff: fixed(1ms)}]}\n", 100, options);
    EXPECT_EQ(node(results, "a").arrivals, 4u);
    EXPECT_EQ(node(results, "b").arrivals, 16u);
    EXPECT_EQ(node(results, "c").arrivals, 64u);
}

// The bucket: ten tokens at first, each call earns its share, each retry costs one. A thousand calls that all fail get
// ten retries and what 999 calls earn (the first finds the bucket full).
TEST(Retry, SpendsItsBudgetToTheLastToken)
{
    std::vector<double> moments;
    for (int call = 1; call <= 1000; ++call) moments.push_back(0.1 * call);
    for (const auto& [budget, expected] : {std::pair("12.5%", 10 + 124), std::pair("10%", 10 + 99), std::pair("50%", 10 + 499), std::pair("0%", 10)}) {
        const Results results = fail(std::string("attempts: 4, backoff: fixed(1ms), budget: ") + budget, moments, 200);
        EXPECT_EQ(metric(link(results, "users", "web"), "retry.retries"), expected) << budget;
        EXPECT_EQ(link(results, "users", "web").attempts, 1000u + static_cast<unsigned>(expected)) << budget;
    }
}

// Ten calls at ten percent earn one whole retry, though 0.1 is no number a computer has.
TEST(Retry, EarnsAWholeRetryInAWholeNumberOfCalls)
{
    std::vector<double> moments;
    for (int call = 1; call <= 11; ++call) moments.push_back(call);
    const Results results = fail("attempts: 2, backoff: fixed(1ms), budget: 10%, burst: 1", moments);
    EXPECT_EQ(metric(link(results, "users", "web"), "retry.retries"), 2);  // the first call's, and one after ten more
    EXPECT_EQ(metric(link(results, "users", "web"), "retry.refused"), 9);
}

// A quiet time saves up no more than the burst.
TEST(Retry, SavesUpNoMoreThanItsBurst)
{
    Options options;
    for (int call = 1; call <= 100; ++call) options.trace.push_back(0.1 * call);
    for (int call = 1; call <= 100; ++call) options.trace.push_back(20 + 0.001 * call);
    const Results results = run(scenario("attempts: 2, backoff: fixed(1ms), budget: 12.5%, burst: 4", "trace(trace.csv)", "workers: 99, work: 0s") + "timeline:\n  - {at: 15s, errors: web}\n", 60, options);
    EXPECT_EQ(metric(link(results, "users", "web"), "retry.retries"), 4 + 12);
}

// AWS's quota (validation A16): of 500 tokens all failing calls get exactly 100 retries, 50 if every failure is a timeout,
// 35 at the cost of 14.
TEST(Retry, SpendsAnAwsQuotaToItsLastToken)
{
    std::vector<double> moments;
    for (int call = 1; call <= 300; ++call) moments.push_back(0.1 * call);
    const std::string quick = "attempts: 3, backoff: fixed(1ms), quota: 500";
    EXPECT_EQ(metric(link(fail(quick, moments), "users", "web"), "retry.retries"), 100);
    EXPECT_EQ(metric(link(fail(quick + ", quota_cost: 14", moments), "users", "web"), "retry.retries"), 35);
    EXPECT_EQ(metric(link(fail(quick + ", quota_cost: 14", moments), "users", "web"), "retry.quota_left"), 10);
    Options options;
    options.trace = moments;
    const Results late = run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: web}\n  web: {type: service, workers: 900, work: 1s}\nlinks:\n  users -> web: {latency: 0s, policies: [retry: {" + quick + "}, timeout: 20ms]}\n", 60, options);
    EXPECT_EQ(metric(link(late, "users", "web"), "retry.retries"), 50);
    EXPECT_EQ(link(late, "users", "web").attempts, 350u);
    // Spent, it lets none through for ever: nothing refills it with time.
    EXPECT_EQ(metric(link(late, "users", "web"), "retry.refused"), 300 - 25);
}

// A success returns what its last retry cost, and without a retry one token, up to the quota.
TEST(Retry, GivesTheCostBackOnSuccess)
{
    const auto left = [](const std::string& timeline, std::vector<double> moments) {
        Options options;
        options.trace = std::move(moments);
        return metric(link(run(scenario("attempts: 3, backoff: fixed(100ms), jitter: none, quota: 100", "trace(trace.csv)", "workers: 9, work: 0s") + timeline, 60, options), "users", "web"), "retry.quota_left");
    };
    EXPECT_EQ(left("", {1, 2, 3}), 100);
    EXPECT_EQ(left("timeline:\n  - {at: 1s, for: 150ms, errors: web}\n", {1.01}), 95);            // two retries, the last one returned
    EXPECT_EQ(left("timeline:\n  - {at: 1s, for: 50ms, errors: web}\n", {1.01}), 100);            // one
    EXPECT_EQ(left("timeline:\n  - {at: 1s, for: 1s, errors: web}\n", {1.01, 3, 4, 5}), 93);      // all three failed, then 1 each
}

// A breaker's refusal is worth another try only if the scenario says so.
TEST(Retry, TriesRefusalsAgainOnlyIfItShould)
{
    const auto attempts = [](const char* again) {
        Options options;
        options.trace = {1, 1.001};
        const Results results = run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: web}\n  web: {type: service, work: 0s}\nlinks:\n  users -> web: {latency: 0s, policies: [retry: {attempts: 3, backoff: fixed(600ms), jitter: none, retry_refusals: " +
                                        std::string(again) + "}, rate_limit: {rate: 1/s, burst: 1}]}\n", 10, options);
        return std::pair(client(results, "users").completed, metric(link(results, "users", "web"), "rate_limit.refused"));
    };
    EXPECT_EQ(attempts("true"), std::pair(std::uint64_t{2}, 2.0));   // refused at 1.001 and 1.601, passed at 2.201
    EXPECT_EQ(attempts("false"), std::pair(std::uint64_t{1}, 1.0));
}

}  // namespace
}  // namespace tantrum::models
