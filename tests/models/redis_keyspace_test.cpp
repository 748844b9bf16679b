// What Redis keeps and lets go of: counters, samples and the candidates between two evictions.
#include "models/caches/redis_keyspace.h"
#include "tests/models/support/run.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tantrum::models {
namespace {

using namespace support;
using caches::RedisKeyspace;
using caches::RedisPolicy;
constexpr engine::Instant forEver = engine::Instant::never();

RedisKeyspace::Settings settingsOf(RedisPolicy policy, std::int64_t maxmemory = 1000, std::int64_t samples = 5)
{
    RedisKeyspace::Settings settings;
    settings.policy = policy;
    settings.maxmemory = maxmemory;
    settings.samples = samples;
    return settings;
}
RedisKeyspace keyspace(const RedisKeyspace::Settings& settings, std::uint64_t seed = 1) { return RedisKeyspace(settings, engine::RandomStream(seed)); }

// The mean counter after so many uses in no time.
double counterAfter(int uses, double logFactor)
{
    double sum = 0;
    constexpr int keys = 40;
    RedisKeyspace::Settings settings = settingsOf(RedisPolicy::allkeysLfu);
    settings.lfuLogFactor = logFactor;
    RedisKeyspace space = keyspace(settings);
    for (std::uint64_t key = 0; key < keys; ++key) {
        space.set(key, 1, forEver, {});
        for (int use = 0; use < uses; ++use) space.get(key, {});
        sum += space.counter(key, {});
    }
    return sum / keys;
}

// The table in redis.conf at lfu-log-factor, each entry one run of theirs: 10 after 100 hits, 18 after 1000, 142 after
// 100,000 at the default factor of 10; 104 and 255 at factor 0, 18 and 49 at factor 1, 8 and 11 at factor 100.
TEST(RedisLfu, CountsUsesAsItsConfigurationSays)
{
    EXPECT_NEAR(counterAfter(100, 10), 10, 1);
    EXPECT_NEAR(counterAfter(1000, 10), 18, 2);
    EXPECT_NEAR(counterAfter(100'000, 10), 142, 5);
    EXPECT_NEAR(counterAfter(100, 0), 104, 1);
    EXPECT_EQ(counterAfter(1000, 0), 255);
    EXPECT_NEAR(counterAfter(100, 1), 18, 1);
    EXPECT_NEAR(counterAfter(1000, 1), 49, 2);
    EXPECT_NEAR(counterAfter(100, 100), 7, 1);
    EXPECT_NEAR(counterAfter(1000, 100), 10, 1);
}

// A new key has 5, so that it is not the first to go; each minute without a use takes one.
TEST(RedisLfu, StartsAtFiveAndDecaysByTheMinute)
{
    RedisKeyspace space = keyspace(settingsOf(RedisPolicy::allkeysLfu));
    space.set(1, 1, forEver, second(30));
    EXPECT_EQ(space.counter(1, second(30)), 5);
    EXPECT_EQ(space.counter(1, second(59)), 5);
    EXPECT_EQ(space.counter(1, second(60)), 4);
    EXPECT_EQ(space.counter(1, second(60 * 5)), 0);
    EXPECT_EQ(space.counter(1, second(60 * 500)), 0);
}

// With as many samples as keys nothing is left to chance: 10 keys of 100 B, then one more than fits.
TEST(RedisEviction, TakesTheBestOfWhatItSamples)
{
    const auto gone = [](RedisPolicy policy) {
        RedisKeyspace space = keyspace(settingsOf(policy, 1000, 64));
        for (std::uint64_t key = 0; key < 10; ++key) space.set(key, 100, key % 2 == 0 ? forEver : second(1000 - static_cast<double>(key)), second(static_cast<double>(key)));
        for (const std::uint64_t key : {0, 1, 2}) space.get(key, second(20));
        for (int time = 0; time < 20; ++time)
            for (std::uint64_t key = 0; key < 10; ++key)
                if (key != 4 && key != 7) space.get(key, second(key < 3 ? 20 : static_cast<double>(key)));
        EXPECT_TRUE(space.makeRoom(second(21)));
        EXPECT_EQ(space.evicted(), 0u);
        space.set(10, 100, forEver, second(21));
        EXPECT_TRUE(space.makeRoom(second(21)));
        EXPECT_EQ(space.evicted(), 1u);
        EXPECT_EQ(space.memory(), 1000);
        for (std::uint64_t key = 0; key < 10; ++key)
            if (!space.get(key, second(21)).found) return static_cast<int>(key);
        return -1;
    };
    EXPECT_EQ(gone(RedisPolicy::allkeysLru), 3);     // 0, 1 and 2 were used at 20 s
    EXPECT_EQ(gone(RedisPolicy::volatileLru), 3);    // the odd ones have a time to live
    EXPECT_EQ(gone(RedisPolicy::volatileTtl), 9);    // 991 s is the nearest end
    EXPECT_TRUE(gone(RedisPolicy::allkeysLfu) == 4 || gone(RedisPolicy::allkeysLfu) == 7);  // used once and never again
    EXPECT_EQ(gone(RedisPolicy::volatileLfu), 7);
    EXPECT_EQ(gone(RedisPolicy::volatileRandom) % 2, 1);
}

// noeviction, and a volatile policy that finds no key with a time to live: nothing may go.
TEST(RedisEviction, FailsWhenNothingMayGo)
{
    for (const RedisPolicy policy : {RedisPolicy::noEviction, RedisPolicy::volatileLru, RedisPolicy::volatileLfu, RedisPolicy::volatileRandom, RedisPolicy::volatileTtl}) {
        RedisKeyspace space = keyspace(settingsOf(policy));
        for (std::uint64_t key = 0; key < 11; ++key) space.set(key, 100, forEver, {});
        EXPECT_FALSE(space.makeRoom({}));
        EXPECT_EQ(space.keys(), 11u);
        space.set(5, 100, second(10), {});
        EXPECT_EQ(space.makeRoom({}), policy != RedisPolicy::noEviction);
        EXPECT_EQ(space.keys(), policy == RedisPolicy::noEviction ? 11u : 10u);
    }
}

// More samples are nearer to LRU. A popular tenth, asked for nine times out of ten: the share of finds rises from
// random's with 1 sample, 3, 5 and 10, and stays below what LRU without sampling finds.
TEST(RedisEviction, IsTheNearerToLruTheMoreItSamples)
{
    const auto hits = [](RedisPolicy policy, std::int64_t samples) {
        RedisKeyspace space = keyspace(settingsOf(policy, 200, samples));
        engine::RandomStream luck(9);
        int found = 0;
        for (int turn = 0; turn < 100'000; ++turn) {
            const engine::Instant now = second(turn);
            const std::uint64_t key = luck.chance(.9) ? luck.below(100) : 100 + luck.below(900);
            space.makeRoom(now);
            if (space.get(key, now).found)
                ++found;
            else
                space.set(key, 1, forEver, now);
        }
        return found / 100'000.;
    };
    const double random = hits(RedisPolicy::allkeysRandom, 5), one = hits(RedisPolicy::allkeysLru, 1), three = hits(RedisPolicy::allkeysLru, 3);
    const double five = hits(RedisPolicy::allkeysLru, 5), ten = hits(RedisPolicy::allkeysLru, 10), all = hits(RedisPolicy::allkeysLru, 1000);
    EXPECT_LT(random, three);
    EXPECT_LT(one, three);
    EXPECT_LT(three, five);
    EXPECT_LT(five, ten + .002);
    EXPECT_LT(ten, all + .002);
    EXPECT_GT(ten, all - .01);
}

TEST(RedisExpiry, IsNoticedOnAccessAndByTheCycle)
{
    RedisKeyspace space = keyspace(settingsOf(RedisPolicy::noEviction));
    for (std::uint64_t key = 0; key < 1000; ++key) space.set(key, 1, second(key < 900 ? 10 : 1000), {});
    EXPECT_TRUE(space.get(1, second(9.999)).found);
    EXPECT_TRUE(space.get(1, second(10)).expired);
    EXPECT_EQ(space.keys(), 999u);
    RedisKeyspace::Round round = space.expireSome(second(10));
    EXPECT_EQ(round.sampled, 20u);
    EXPECT_NEAR(static_cast<double>(round.expired), 18, 5 * std::sqrt(20 * .9 * .1));
    for (int turn = 0; turn < 10'000; ++turn) space.expireSome(second(10));
    EXPECT_EQ(space.keys(), 100u);  // every one of them comes up sooner or later
    EXPECT_EQ(space.volatileKeys(), 100u);
    EXPECT_EQ(space.memory(), 100);
}

// What a replica has not got yet, or the disk: new keys go, old ones fall back.
TEST(RedisKeyspace, ForgetsWritesSinceAMoment)
{
    RedisKeyspace space = keyspace(settingsOf(RedisPolicy::noEviction));
    space.set(1, 10, forEver, second(1));
    space.set(2, 10, forEver, second(2));
    space.set(1, 10, forEver, second(3));
    space.set(3, 10, forEver, second(3));
    EXPECT_EQ(space.forgetSince(second(2)), 2u);
    EXPECT_EQ(space.keys(), 2u);
    EXPECT_TRUE(space.get(1, second(4)).found);
    EXPECT_TRUE(space.get(2, second(4)).found);
    EXPECT_EQ(space.forgetSince(second(2)), 0u);
}

}  // namespace
}  // namespace tantrum::models
