// What a cache keeps, for how long, and what its misses cost.
#include "engine/random.h"
#include "models/caches/eviction.h"
#include "tests/models/support/run.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <iterator>
#include <list>
#include <string>
#include <utility>

namespace tantrum::models {
namespace {

using namespace support;
using caches::EntryTable;
using caches::Eviction;
using Found = EntryTable::Found;
constexpr engine::Instant forEver = engine::Instant::never();

// Which of the keys are there; asks without using them, by storing nothing: on a copy.
std::vector<std::uint64_t> keysIn(const EntryTable& table, std::uint64_t most)
{
    EntryTable copy = table;
    std::vector<std::uint64_t> keys;
    for (std::uint64_t key = 0; key <= most; ++key)
        if (copy.remove(key)) keys.push_back(key);
    return keys;
}

std::vector<std::uint64_t> afterTrace(Eviction eviction)
{
    EntryTable table(3, eviction);
    for (const std::uint64_t key : {1u, 2u, 3u}) table.store(key, forEver);
    for (const std::uint64_t key : {1u, 1u, 2u}) EXPECT_EQ(table.lookUp(key, {}), Found::yes);
    EXPECT_EQ(table.lookUp(9, {}), Found::no);
    EXPECT_TRUE(table.store(4, forEver));
    EXPECT_TRUE(table.store(5, forEver));
    EXPECT_EQ(table.size(), 3u);
    return keysIn(table, 9);
}

// 1 2 3 come in; 1 is used twice, 2 once, last; then 4 and 5 want room.
TEST(EntryTable, LetsGoInTheOrderItsPolicySays)
{
    EXPECT_EQ(afterTrace(Eviction::fifo), (std::vector<std::uint64_t>{3, 4, 5}));
    EXPECT_EQ(afterTrace(Eviction::lru), (std::vector<std::uint64_t>{2, 4, 5}));
    EXPECT_EQ(afterTrace(Eviction::lfu), (std::vector<std::uint64_t>{1, 2, 5}));
}

TEST(EntryTable, ForgetsWhatHasExpired)
{
    EntryTable table(3, Eviction::lru);
    table.store(1, second(10));
    EXPECT_EQ(table.lookUp(1, second(9.999999999)), Found::yes);
    EXPECT_EQ(table.lookUp(1, second(10)), Found::expired);
    EXPECT_EQ(table.lookUp(1, second(10)), Found::no);
    table.store(1, second(20));
    table.store(1, second(30));  // renewed
    EXPECT_EQ(table.size(), 1u);
    EXPECT_EQ(table.lookUp(1, second(25)), Found::yes);
}

// The definitions, slow and plain: a list in the order of eviction, or with its counts of uses.
class PlainTable {
public:
    PlainTable(std::size_t capacity, Eviction eviction) : capacity_(capacity), eviction_(eviction) {}
    bool lookUp(std::uint64_t key)
    {
        const auto found = find(key);
        if (found == entries_.end()) return false;
        use(found);
        return true;
    }
    void store(std::uint64_t key)
    {
        if (const auto found = find(key); found != entries_.end()) return use(found);
        if (entries_.size() == capacity_) entries_.erase(victim());
        entries_.push_back({key, 1});
    }
    bool remove(std::uint64_t key)
    {
        const auto found = find(key);
        if (found == entries_.end()) return false;
        entries_.erase(found);
        return true;
    }
    std::vector<std::uint64_t> keys() const
    {
        std::vector<std::uint64_t> keys;
        for (const Entry& entry : entries_) keys.push_back(entry.key);
        std::sort(keys.begin(), keys.end());
        return keys;
    }

private:
    struct Entry {
        std::uint64_t key, uses;
    };
    using Place = std::list<Entry>::iterator;
    Place find(std::uint64_t key)
    {
        return std::find_if(entries_.begin(), entries_.end(), [key](const Entry& entry) { return entry.key == key; });
    }
    void use(Place place)
    {
        ++place->uses;
        if (eviction_ != Eviction::fifo) entries_.splice(entries_.end(), entries_, place);
    }
    Place victim()
    {
        if (eviction_ != Eviction::lfu) return entries_.begin();
        return std::min_element(entries_.begin(), entries_.end(), [](const Entry& left, const Entry& right) { return left.uses < right.uses; });
    }
    std::size_t capacity_;
    Eviction eviction_;
    std::list<Entry> entries_;
};

TEST(EntryTable, KeepsExactlyWhatTheDefinitionKeeps)
{
    for (const Eviction eviction : {Eviction::lru, Eviction::fifo, Eviction::lfu}) {
        engine::RandomStream random(17);
        constexpr std::uint64_t universe = 60;
        EntryTable table(20, eviction);
        PlainTable plain(20, eviction);
        for (int turn = 0; turn < 20'000; ++turn) {
            const std::uint64_t key = std::min(random.below(universe), random.below(universe));
            switch (random.below(8)) {
            case 0: ASSERT_EQ(table.remove(key), plain.remove(key)); break;
            case 1:
            case 2:
            case 3:
                table.store(key, forEver);
                plain.store(key);
                break;
            default: ASSERT_EQ(table.lookUp(key, {}) == Found::yes, plain.lookUp(key)); break;
            }
            if (turn % 50 == 0) {
                ASSERT_EQ(keysIn(table, universe), plain.keys()) << turn;
            }
        }
    }
}

// Beyond the first table of buckets it grows; nothing is lost on the way.
TEST(EntryTable, GrowsToItsCapacity)
{
    for (const Eviction eviction : {Eviction::lru, Eviction::lfu}) {
        EntryTable table(10'000, eviction);
        for (std::uint64_t key = 0; key < 20'000; ++key) {
            table.store(key, forEver);
            if (key % 3 == 0) table.lookUp(key, {});
        }
        EXPECT_EQ(table.size(), 10'000u);
        std::size_t found = 0;
        for (std::uint64_t key = 0; key < 20'000; ++key) found += table.lookUp(key, {}) == Found::yes;
        EXPECT_EQ(found, 10'000u);
        table.clear();
        EXPECT_EQ(table.size(), 0u);
        EXPECT_EQ(table.lookUp(19'999, {}), Found::no);
    }
}

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
