// What each order of eviction keeps, traced by hand from its definition, and against slow and plain ones.
#include "engine/random.h"
#include "models/caches/eviction.h"
#include "tests/models/support/run.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <list>
#include <map>
#include <vector>

namespace tantrum::models {
namespace {

using namespace support;
using caches::EntryTable;
using caches::Eviction;
using caches::FrequencySketch;
using Found = EntryTable::Found;
using Keys = std::vector<std::uint64_t>;
constexpr engine::Instant forEver = engine::Instant::never();
constexpr Eviction everyOrder[]{Eviction::lru, Eviction::fifo, Eviction::lfu, Eviction::random, Eviction::clock, Eviction::sieve, Eviction::s3Fifo, Eviction::tinyLfu, Eviction::arc};

// Which of the keys are there; asks without using them, by storing nothing: on a copy.
std::vector<std::uint64_t> keysIn(const EntryTable& table, std::uint64_t most)
{
    EntryTable copy = table;
    std::vector<std::uint64_t> keys;
    for (std::uint64_t key = 0; key <= most; ++key)
        if (copy.remove(key)) keys.push_back(key);
    return keys;
}

Keys afterTrace(Eviction eviction)
{
    EntryTable table(3, eviction);
    for (const std::uint64_t key : {1u, 2u, 3u}) table.store(key, forEver);
    for (const std::uint64_t key : {1u, 1u, 2u}) EXPECT_EQ(table.lookUp(key, {}), Found::yes);
    EXPECT_EQ(table.lookUp(9, {}), Found::no);
    EXPECT_EQ(table.store(4, forEver), 1u);
    EXPECT_EQ(table.store(5, forEver), 1u);
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
    for (const Eviction eviction : everyOrder) {
        EntryTable table(10'000, eviction);
        for (std::uint64_t key = 0; key < 20'000; ++key) {
            table.store(key, forEver);
            if (key % 3 == 0) table.lookUp(key, {});
        }
        EXPECT_GE(table.size(), 9'900u);  // S3-FIFO may let two go for one that comes
        const std::size_t size = table.size();
        std::size_t found = 0;
        for (std::uint64_t key = 0; key < 20'000; ++key) found += table.lookUp(key, {}) == Found::yes;
        EXPECT_EQ(found, size);
        table.clear();
        EXPECT_EQ(table.size(), 0u);
        EXPECT_EQ(table.lookUp(19'999, {}), Found::no);
    }
}

// A table and what is done to it, for traces that read like those of the papers.
struct Trace {
    Trace(std::size_t capacity, Eviction eviction) : table(capacity, eviction) {}
    Trace& store(std::initializer_list<std::uint64_t> keys)
    {
        for (const std::uint64_t key : keys) table.store(key, forEver);
        return *this;
    }
    Trace& use(std::uint64_t key, int times = 1)
    {
        for (int time = 0; time < times; ++time) EXPECT_EQ(table.lookUp(key, {}), Found::yes) << key;
        return *this;
    }
    Keys keys() const { return keysIn(table, 30); }
    EntryTable table;
};

// Second chance: 1 was used, so that 2 goes; having been spared once, 1 goes in its turn.
TEST(Clock, SparesOnceWhatWasUsed)
{
    Trace trace(3, Eviction::clock);
    EXPECT_EQ(trace.store({1, 2, 3}).use(1).store({4}).keys(), (Keys{1, 3, 4}));
    EXPECT_EQ(trace.store({5}).keys(), (Keys{1, 4, 5}));
    EXPECT_EQ(trace.store({6}).keys(), (Keys{4, 5, 6}));
}

// NSDI 2024, algorithm 1. The hand takes the mark of 1, lets go of 2 and stays at 3; then takes the mark of 3 and lets
// go of 4, new as it is; beyond the newest it begins again at the oldest.
TEST(Sieve, LetsItsHandGoFromTheOldestToTheNewest)
{
    Trace trace(3, Eviction::sieve);
    EXPECT_EQ(trace.store({1, 2, 3}).use(1).use(3).store({4}).keys(), (Keys{1, 3, 4}));
    EXPECT_EQ(trace.store({5}).keys(), (Keys{1, 3, 5}));
    EXPECT_EQ(trace.store({6}).keys(), (Keys{3, 5, 6}));
}

// The entry the hand rests on may be deleted; the hand goes on from the next.
TEST(Sieve, KeepsItsPlaceWhenTheEntryUnderTheHandGoes)
{
    Trace trace(3, Eviction::sieve);
    trace.store({1, 2, 3}).use(1).store({4});  // the hand is at 3
    EXPECT_TRUE(trace.table.remove(3));
    EXPECT_EQ(trace.store({5, 6}).keys(), (Keys{1, 5, 6}));
}

// SOSP 2023, algorithm 1, with room for 10: small 1, main 9. 1 goes unused, 2 used but once; 3, used twice, goes on to the
// main FIFO instead of 4's going with it. 1 comes back while it is remembered and goes there at once: both outlive a scan.
TEST(S3Fifo, LetsEntriesProveThemselvesInTheSmallQueue)
{
    Trace trace(10, Eviction::s3Fifo);
    trace.store({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}).use(2).use(3, 2);
    EXPECT_EQ(trace.store({11}).keys(), (Keys{2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
    EXPECT_EQ(trace.store({12}).keys(), (Keys{3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
    EXPECT_EQ(trace.store({13}).keys(), (Keys{3, 5, 6, 7, 8, 9, 10, 11, 12, 13}));
    EXPECT_EQ(trace.store({1}).keys(), (Keys{1, 3, 6, 7, 8, 9, 10, 11, 12, 13}));
    EXPECT_EQ(trace.store({14, 15, 16, 17, 18, 19, 20, 21, 22, 23}).keys(), (Keys{1, 3, 16, 17, 18, 19, 20, 21, 22, 23}));
}

// Room for 3: small 1, main 2. Each entry that goes on to the full main FIFO pushes another out; 1, used ten times, is
// spared three times and no more.
TEST(S3Fifo, CountsNoMoreThanThreeUses)
{
    Trace trace(3, Eviction::s3Fifo);
    EXPECT_EQ(trace.store({1, 2, 3}).use(1, 2).store({4}).keys(), (Keys{1, 3, 4}));
    EXPECT_EQ(trace.use(1, 10).use(3, 2).store({5}).keys(), (Keys{1, 3, 5}));
    EXPECT_EQ(trace.use(5, 2).store({6}).keys(), (Keys{1, 5, 6}));
    EXPECT_EQ(trace.use(6, 2).store({7}).keys(), (Keys{1, 6, 7}));
    EXPECT_EQ(trace.use(7, 2).store({8}).keys(), (Keys{1, 7, 8}));
    EXPECT_EQ(trace.use(8, 2).store({9}).keys(), (Keys{7, 8, 9}));
}

// FAST 2003, figure 4, with room for 2 (T1, T2: there, seen once or again; B1, B2: their ghosts; p: the target of T1).
TEST(AdaptiveReplacement, LearnsFromItsGhostsWhichSideGivesWay)
{
    Trace trace(2, Eviction::arc);
    EXPECT_EQ(trace.store({1, 2}).use(1).store({3}).keys(), (Keys{1, 3}));  // T1 3, T2 1, B1 2, p 0
    EXPECT_EQ(trace.store({2}).keys(), (Keys{2, 3}));                       // a hit in B1: p 1, so T2 gives way: B2 1
    EXPECT_EQ(trace.store({1}).keys(), (Keys{1, 2}));                       // a hit in B2: p 0, T1 gives way: B1 3, T2 2 1
    EXPECT_EQ(trace.store({4}).keys(), (Keys{1, 4}));                       // T1 4, T2 1, B1 3, B2 2
    EXPECT_EQ(trace.store({5}).keys(), (Keys{1, 5}));                       // T1 and B1 hold 2: 3 is forgotten, B1 4
    EXPECT_EQ(trace.store({3}).keys(), (Keys{1, 3}));                       // remembered, it would have cost 1 its place
}

// TOS 2017, with room for 4: window 1, main 3, of which 2 protected. 4 leaves the window, no better than 1, and goes; 5
// has been used and takes the place of 1. Of three that were used again the first is on probation again, and worth more
// than 6.
TEST(WindowTinyLfu, KeepsWhatWasAskedForMoreOften)
{
    Trace trace(4, Eviction::tinyLfu);
    EXPECT_EQ(trace.store({1, 2, 3, 4, 5}).keys(), (Keys{1, 2, 3, 5}));
    EXPECT_EQ(trace.use(5).store({6}).keys(), (Keys{2, 3, 5, 6}));
    EXPECT_EQ(trace.use(2).use(3).use(5).store({7}).keys(), (Keys{2, 3, 5, 7}));
    EXPECT_EQ(trace.use(7).use(7).store({8}).keys(), (Keys{3, 5, 7, 8}));
}

// Four bits a counter, all halved after ten times the capacity.
TEST(FrequencySketch, CountsToFifteenAndForgetsByHalves)
{
    FrequencySketch sketch(100);
    for (int time = 0; time < 5; ++time) sketch.increment(1);
    for (int time = 0; time < 50; ++time) sketch.increment(2);
    EXPECT_EQ(sketch.estimate(1), 5u);
    EXPECT_EQ(sketch.estimate(2), 15u);
    EXPECT_EQ(sketch.estimate(3), 0u);
    // 5 + 15 were counted; a thousandth increment halves.
    for (std::uint64_t key = 100; key < 100 + 979; ++key) sketch.increment(key);
    const unsigned before = sketch.estimate(2);
    sketch.increment(50);
    EXPECT_EQ(before, 15u);
    EXPECT_EQ(sketch.estimate(2), 7u);
}

// Of 10 entries the one that goes is each equally often, whatever was used: within 5 deviations in 10,000 draws.
TEST(RandomOrder, LetsGoOfAnyEntryAndTheSameForTheSameLuck)
{
    std::map<std::uint64_t, int> gone;
    engine::RandomStream luck(5);
    for (int round = 0; round < 10'000; ++round) {
        const std::uint64_t seed = luck.next();
        EntryTable table(10, Eviction::random, engine::RandomStream(seed)), same(10, Eviction::random, engine::RandomStream(seed));
        for (std::uint64_t key = 0; key < 11; ++key) table.store(key, forEver), same.store(key, forEver);
        EXPECT_EQ(keysIn(table, 20), keysIn(same, 20));
        for (std::uint64_t key = 0; key < 10; ++key)
            if (table.find(key) == EntryTable::none) ++gone[key];
    }
    for (const auto& [key, times] : gone) EXPECT_NEAR(times, 1000, 5 * std::sqrt(10'000 * .1 * .9)) << key;
    EXPECT_EQ(gone.size(), 10u);
}

// Whatever is stored, asked for, deleted and left to expire: no order loses count, keeps more than fits, lets go without
// need or finds what was deleted. Small tables meet every corner: one that holds a single entry has no main part at all.
TEST(EveryOrder, KeepsWhatFitsAndNothingElse)
{
    for (const Eviction eviction : everyOrder)
        for (const std::size_t capacity : {1u, 2u, 3u, 7u, 20u, 150u}) {
            engine::RandomStream random(23);
            EntryTable table(capacity, eviction);
            std::map<std::uint64_t, engine::Instant> there;  // may hold what has been evicted, too
            for (int turn = 0; turn < 20'000; ++turn) {
                const engine::Instant now = second(turn);
                const std::uint64_t key = std::min(random.below(capacity * 3), random.below(capacity * 3));
                const std::size_t before = table.size();
                switch (random.below(10)) {
                case 0:
                    ASSERT_LE(table.remove(key), there.contains(key));
                    there.erase(key);
                    break;
                case 1:
                case 2:
                case 3:
                case 4: {
                    const bool known = table.find(key) != EntryTable::none;
                    const std::size_t evicted = table.store(key, now + engine::Duration::seconds(1 + static_cast<std::int64_t>(random.below(200))));
                    there[key] = table.expires(table.find(key));
                    ASSERT_EQ(table.size(), before + !known - evicted);
                    ASSERT_TRUE(evicted == 0 || (before == capacity && !known));
                    break;
                }
                default: {
                    const Found found = table.lookUp(key, now);
                    ASSERT_TRUE(found == Found::no || there.contains(key));
                    ASSERT_TRUE(found == Found::no || (there[key] > now) == (found == Found::yes));
                    break;
                }
                }
                ASSERT_LE(table.size(), capacity);
                if (turn % 5000 == 4999) table.clear(), there.clear();
            }
        }
}

}  // namespace
}  // namespace tantrum::models
