#include "engine/far_timers.h"

#include "engine/random.h"
#include "engine/time.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace tantrum::engine::detail {
namespace {

struct ByOrder {
    bool operator()(const AgendaKey& left, const AgendaKey& right) const { return left < right; }
};

struct Kind {
    std::string name;
    std::function<std::uint64_t(RandomStream&)> draw;
};

std::vector<Kind> spansOfAllKinds()
{
    return {
        {"exponential", [](RandomStream& luck) { return static_cast<std::uint64_t>(luck.exponential() * 1e9); }},
        {"a millisecond or half a minute",
         [](RandomStream& luck) { return luck.chance(0.3) ? luck.below(1'000'000) : 30'000'000'000 + luck.below(1'000'000); }},
        {"one instant", [](RandomStream&) { return std::uint64_t{0}; }},
        {"nearly always one instant", [](RandomStream& luck) { return luck.chance(0.99) ? 5'000 : luck.below(1'000'000'000'000); }},
        {"a few nanoseconds", [](RandomStream& luck) { return luck.below(20); }},
        {"to the end of time",
         [](RandomStream& luck) { return static_cast<std::uint64_t>(Instant::never().count()) - luck.below(1'000'000'000'000); }},
    };
}

// What is taken is always everything up to from(), and nothing later: against a sorted set, while timers are set again.
TEST(FarTimers, AreTakenInTheOrderOfTimeWhateverTheirSpans)
{
    for (const Kind& spans : spansOfAllKinds()) {
        SCOPED_TRACE(spans.name);
        RandomStream luck(7, "test", spans.name);
        std::uint64_t order = 0, now = 0;
        const auto fresh = [&] {
            const std::uint64_t latest = static_cast<std::uint64_t>(Instant::never().count());
            return AgendaKey{std::min(now + spans.draw(luck), latest), order++};
        };
        std::set<AgendaKey, ByOrder> expected;
        std::vector<AgendaKey> first;
        for (int key = 0; key < 20'000; ++key) expected.insert(first.emplace_back(fresh()));
        FarTimers timers;
        timers.spread(first);
        EXPECT_EQ(timers.from(), expected.begin()->time);

        std::vector<AgendaKey> taken;
        while (!timers.empty()) {
            ASSERT_EQ(timers.size(), expected.size());
            ASSERT_EQ(timers.earliest(), expected.begin()->time);
            taken.clear();
            timers.takeNext(taken);
            ASSERT_FALSE(taken.empty());
            std::sort(taken.begin(), taken.end());
            for (const AgendaKey& key : taken) {
                ASSERT_EQ(key.time, expected.begin()->time);
                ASSERT_EQ(key.orderAndSlot, expected.begin()->orderAndSlot);
                expected.erase(expected.begin());
                now = key.time;
                if (order >= 60'000) continue;
                const AgendaKey next = fresh();
                if (next.time < timers.from()) continue;  // the agenda's heap would keep it
                expected.insert(next);
                timers.add(next);
            }
            if (!expected.empty()) { ASSERT_GE(expected.begin()->time, timers.from()); }
        }
        EXPECT_TRUE(expected.empty());
    }
}

TEST(FarTimers, HandOutTheLastFewTogether)
{
    std::vector<AgendaKey> keys;
    for (std::uint64_t order = 0; order < 1'000; ++order) keys.push_back({order * 1'000'000, order});
    FarTimers timers;
    timers.spread(keys);
    std::vector<AgendaKey> taken;
    std::size_t last = 0;
    for (; !timers.empty(); last = taken.size() - last) {
        last = taken.size();
        timers.takeNext(taken);
    }
    EXPECT_EQ(taken.size(), 1'000u);
    EXPECT_GT(last, 50u);
    EXPECT_EQ(timers.from(), ~std::uint64_t{0});  // and keep nothing more
}

TEST(FarTimers, AreAllTakenAtOnceWhenAsked)
{
    std::vector<AgendaKey> keys;
    for (std::uint64_t order = 0; order < 1'000; ++order) keys.push_back({order % 10 * 1'000'000, order});
    FarTimers timers;
    timers.spread(keys);
    timers.add({500'000'000, 1'000});
    std::vector<AgendaKey> taken;
    timers.takeAll(taken);
    EXPECT_EQ(taken.size(), 1'001u);
    EXPECT_TRUE(timers.empty());
}

}  // namespace
}  // namespace tantrum::engine::detail
