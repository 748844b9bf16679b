// What a cache keeps, for how long, and what its misses cost.
#include "tests/models/support/run.h"

#include <cmath>
#include <gtest/gtest.h>
#include <string>
#include <utility>

namespace tantrum::models {
namespace {

using namespace support;

std::string reading(const std::string& cache, const std::string& arrivals, const std::string& db = "{type: service, workers: 100000, work: 0s}", const std::string& keys = "single")
{
    return "nodes:\n  readers: {type: client, arrivals: " + arrivals + ", sends: pages.get, keys: " + keys + "}\n  pages: {type: cache, backend: db, " + cache + "}\n  db: " + db + "\n";
}

// Each miss begins a time to live in which Poisson(lambda T) hits fall: hit ratio lambda T / (1 + lambda T).
TEST(Cache, HasTheHitRatioOfItsTimeToLive)
{
    const std::pair<const char*, double> rows[]{{"1ms", 0.1 / 1.1}, {"10ms", 1 / 2.0}, {"100ms", 10 / 11.0}};
    for (const auto& [ttl, expected] : rows) {
        const Results results = run(reading(std::string("ttl: ") + ttl, "poisson(100/s)"), 1000);
        EXPECT_NEAR(metric(node(results, "pages"), "hit_ratio"), expected, 5 * 2 * std::sqrt(expected * (1 - expected) / 100'000)) << ttl;
        EXPECT_EQ(metric(node(results, "pages"), "misses"), metric(node(results, "pages"), "loads"));
        EXPECT_EQ(node(results, "db").arrivals, static_cast<std::uint64_t>(metric(node(results, "pages"), "loads")));
    }
}

TEST(Cache, LoadsAKeyOnceForAllWhoMissItTogetherWithSingleFlight)
{
    Options options;
    options.trace = atOnce(50, 1);
    const std::string db = "{type: service, workers: 100, work: 100ms}";
    const Results stampede = run(reading("workers: 99", "trace(trace.csv)", db), 5, options);
    EXPECT_EQ(metric(node(stampede, "pages"), "loads"), 50);
    const Results shared = run(reading("workers: 99, single_flight: true", "trace(trace.csv)", db), 5, options);
    EXPECT_EQ(metric(node(shared, "pages"), "loads"), 1);
    EXPECT_EQ(client(shared, "readers").completed, 50u);
    EXPECT_NEAR(client(shared, "readers").latency.mean, 0.1, 1e-12);
}

// A load that fails fails for all who share it, and is not kept.
TEST(Cache, PassesAFailedLoadOnToAllWhoShareIt)
{
    Options options;
    options.trace = {1, 1, 1, 2};
    const Results results = run(reading("workers: 9, single_flight: true", "trace(trace.csv)", "{type: service, workers: 9, operations: {get: [{work: 10ms}, {fail: 100%}]}}"), 5, options);
    EXPECT_EQ(ended(client(results, "readers"), Outcome::error), 4u);
    EXPECT_EQ(metric(node(results, "pages"), "loads"), 2);
}

// Without it, everyone who asks while the first load runs loads too: 1 + lambda delta calls an expiry.
TEST(Cache, StampedesAtEachExpiryWithoutSingleFlight)
{
    const Results results = run(reading("workers: 100000, ttl: 500ms", "poisson(400/s)", "{type: service, workers: 100000, work: 100ms}"), 600);
    const NodeResult& pages = node(results, "pages");
    const double expiries = metric(pages, "expired") + 1;
    EXPECT_GT(expiries, 600);
    EXPECT_NEAR(metric(pages, "loads") / expiries, 1 + 400 * 0.1, 5 * std::sqrt(40 / expiries) + 0.1);
}

TEST(Cache, EvictsWhatDoesNotFit)
{
    const Results results = run(reading("capacity: 10", "poisson(1000/s)", "{type: service, workers: 100000, work: 0s}", "uniform(100)"), 100);
    const NodeResult& pages = node(results, "pages");
    EXPECT_EQ(metric(pages, "entries"), 10);
    EXPECT_NEAR(metric(pages, "hit_ratio"), 0.1, 5 * 0.3 / std::sqrt(100'000));  // 10 of 100 equally likely keys
    EXPECT_EQ(metric(pages, "evictions"), metric(pages, "loads") - 10);
}

// A crash empties it; so does a flush. Requests meanwhile are refused.
TEST(Cache, LosesItsEntriesInACrashAndAFlush)
{
    Options options;
    options.trace = {1, 2, 3, 5, 6, 7};
    const std::string events = "timeline:\n  - {at: 2.5s, for: 1s, crash: pages}\n  - {at: 5.5s, flush: pages}\n";
    const Results results = run(reading("capacity: 9", "trace(trace.csv)") + events, 10, options);
    const NodeResult& pages = node(results, "pages");
    EXPECT_EQ(metric(pages, "loads"), 3);  // 1, 5 and 6 s
    EXPECT_EQ(metric(pages, "hits"), 2);
    EXPECT_EQ(ended(client(results, "readers"), Outcome::crashed), 1u);
}

// Its workers are for look-ups alone: loads wait without one.
TEST(Cache, HoldsNoWorkerWhileItLoads)
{
    Options options;
    options.trace = atOnce(5, 1);
    const Results results = run(reading("work: 1ms, ttl: 1ms", "trace(trace.csv)", "{type: service, workers: 9, work: 100ms}"), 5, options);
    EXPECT_NEAR(client(results, "readers").latency.maximum, 0.105, 1e-12);
    EXPECT_NEAR(client(results, "readers").latency.mean, 0.103, 1e-12);
}

}  // namespace
}  // namespace tantrum::models
