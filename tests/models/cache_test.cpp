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

// An origin that fails is asked once in 5 s; everybody else gets the failure that is kept. Without, everybody asks.
TEST(Cache, KeepsFailuresForAWhile)
{
    Options options;
    options.trace = {1, 2, 3, 5.9, 6, 7, 11};
    const std::string broken = "{type: service, operations: {get: [fail: 100%]}}";
    const Results kept = run(reading("negative_ttl: 5s", "trace(trace.csv)", broken), 20, options);
    EXPECT_EQ(metric(node(kept, "pages"), "loads"), 3);  // 1, 6 and 11 s
    EXPECT_EQ(metric(node(kept, "pages"), "cached_failures"), 4);
    EXPECT_EQ(ended(client(kept, "readers"), Outcome::error), 7u);
    EXPECT_EQ(metric(node(run(reading("workers: 9", "trace(trace.csv)", broken), 20, options), "pages"), "loads"), 7);
}

// Loaded at 1 s in 100 ms, kept 10 s: at 9.2 s it has lived 81 % of that and is loaded anew, once, while everybody is
// answered at once; the new one lives until 19.3 s.
TEST(Cache, RefreshesAheadWithoutAnybodyWaiting)
{
    Options options;
    options.trace = {1, 9, 9.2, 9.21, 9.29, 15, 19.2};
    const Results results = run(reading("ttl: 10s, refresh_ahead: 80%", "trace(trace.csv)", "{type: service, workers: 9, work: 100ms}"), 19.25, options);
    EXPECT_EQ(metric(node(results, "pages"), "refreshes"), 2);  // and at 19.2 s
    EXPECT_EQ(metric(node(results, "pages"), "misses"), 1);
    EXPECT_NEAR(client(results, "readers").latency.mean, .1 / 7, 1e-12);
}

// Vattani, Chierichetti and Lowenstein, VLDB 2015: an entry is taken for expired if now - beta * delta * ln(U) >= expiry, which
// for a time `left` before its end has probability exp(-left / (beta * delta)). Each key is loaded in 100 ms, kept for 1 s
// and asked for once more at a known time before that is over.
TEST(Cache, TakesAnEntryForExpiredEarlyAsXFetchSays)
{
    for (const double beta : {.5, 1.0, 2.0})
        for (const double left : {.02, .1, .3}) {
            const std::string nodes = "nodes:\n  users: {type: client, arrivals: paced(200/s), sends: web, keys: uniform(1000000000)}\n"
                                      "  web: {type: service, workers: 100000, operations: {page: [{call: pages.get}, {work: " + std::to_string(1 - left) + "s}, {call: pages.get}]}}\n"
                                      "  pages: {type: cache, capacity: 1000000, ttl: 1s, backend: db, early_expiry: " + std::to_string(beta) + "}\n  db: {type: service, workers: 100000, work: 100ms}\n";
            const Results results = run(nodes, 100);
            const double asked = static_cast<double>(client(results, "users").completed), law = std::exp(-left / (beta * .1));
            EXPECT_NEAR(metric(node(results, "pages"), "early_loads") / asked, law, 5 * std::sqrt(law * (1 - law) / asked) + .002) << beta << ' ' << left;
            EXPECT_EQ(metric(node(results, "pages"), "expired"), 0);
        }
}

std::string writing(const std::string& cache, const std::string& keys, const std::string& events = "")
{
    return "nodes:\n  writers: {type: client, arrivals: trace(trace.csv), sends: pages.set, keys: " + keys + "}\n  pages: {type: cache, capacity: 1000, origin: db.write, " + cache + "}\n"
           "  db: {type: database, write: 10ms}\n" + events;
}

// The caller waits for the database, and learns if that fails; what failed is not kept.
TEST(Cache, WritesThrough)
{
    Options options;
    options.trace = {1, 2, 3};
    const Results results = run(writing("writes: through", "uniform(1000000000)", "timeline:\n  - {at: 2.5s, for: 1s, errors: db, share: 100%}\n"), 5, options);
    EXPECT_EQ(metric(node(results, "pages"), "writes"), 3);
    EXPECT_EQ(metric(node(results, "pages"), "entries"), 2);
    EXPECT_NEAR(client(results, "writers").latency.mean, .01, 1e-12);
    EXPECT_EQ(ended(client(results, "writers"), Outcome::error), 1u);
}

// Acknowledged at once. 100 keys set in the first second are one batch at 1 s, or ten of ten; the same key a hundred times is
// written once.
TEST(Cache, WritesBehindInBatches)
{
    Options options;
    for (int write = 0; write < 100; ++write) options.trace.push_back(.0005 + write * .0099);
    const auto writes = [&](const std::string& cache, const std::string& keys) { return metric(node(run(writing("writes: behind, " + cache, keys), 5, options), "pages"), "writes"); };
    EXPECT_EQ(writes("flush_every: 1s", "uniform(1000000000)"), 1);
    EXPECT_EQ(writes("flush_every: 1s, flush_batch: 10", "uniform(1000000000)"), 10);
    EXPECT_EQ(writes("flush_every: 1s, flush_batch: 1", "single"), 1);
    EXPECT_EQ(client(run(writing("writes: behind", "single"), 5, options), "writers").latency.maximum, 0);
}

// Of ten writes, one each 100 ms from 0.05 s on, the last five come after the flush at 0.5 s; at 0.96 s the cache crashes.
TEST(Cache, LosesInACrashWhatItHasNotYetWrittenBehind)
{
    Options options;
    for (int write = 0; write < 10; ++write) options.trace.push_back(.05 + write * .1);
    const Results results = run(writing("writes: behind, flush_every: 500ms", "uniform(1000000000)", "timeline:\n  - {at: 0.96s, for: 1s, crash: pages}\n"), 5, options);
    EXPECT_EQ(client(results, "writers").completed, 10u);
    EXPECT_EQ(metric(node(results, "pages"), "lost_writes"), 5);
    EXPECT_EQ(metric(node(results, "pages"), "dirty"), 0);
}

// The database is away for 3 s: nothing is lost, the batch is tried again. Only as many keys wait as the cache may hold.
TEST(Cache, KeepsWhatItCouldNotWriteBehind)
{
    Options options;
    options.trace = {1.5, 1.6, 1.7};
    const std::string outage = "timeline:\n  - {at: 1s, for: 3s, crash: db}\n";
    const Results results = run(writing("writes: behind", "uniform(1000000000)", outage), 3.5, options);
    EXPECT_EQ(metric(node(results, "pages"), "dirty"), 3);
    EXPECT_EQ(metric(node(run(writing("writes: behind", "uniform(1000000000)", outage), 10, options), "pages"), "dirty"), 0);
    options.trace = atOnce(1500, 1.5);
    EXPECT_NEAR(static_cast<double>(ended(client(run(writing("writes: behind, workers: 9", "uniform(1000000000)", outage), 3.5, options), "writers"), Outcome::rejected)), 500, 1);
}

}  // namespace
}  // namespace tantrum::models
