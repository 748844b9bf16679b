#include "engine/scope.h"
#include "engine/simulation.h"
#include "engine/slots.h"

#include <deque>
#include <gtest/gtest.h>
#include <utility>
#include <vector>

namespace tantrum::engine {
namespace {

Duration ns(std::int64_t count) { return Duration::nanoseconds(count); }
Instant at(std::int64_t count) { return Instant::at(ns(count)); }

struct Stay {
    int who;
    std::int64_t begun;
    bool operator==(const Stay&) const = default;
};

// Who got in, when, and who was refused.
class Door {
public:
    explicit Door(std::int64_t places, std::int64_t queue = Slots::unlimited,
                  Slots::Discipline discipline = Slots::Discipline::firstInFirstOut)
        : slots(simulation, places, queue, discipline)
    {
    }
    void come(int who, Duration stay)
    {
        visitors.push_back(visit(*this, who, stay));
        visitors.back().start();
    }
    void leave(std::size_t visitor) { visitors[visitor].reset(); }

    Simulation simulation;
    Slots slots;
    std::vector<Stay> stays;
    std::vector<int> refused;
    std::deque<Task<void>> visitors;

private:
    static Task<void> visit(Door& door, int who, Duration stay)
    {
        const Permit permit = co_await door.slots.acquire();
        if (!permit) {
            door.refused.push_back(who);
            co_return;
        }
        door.stays.push_back({who, door.simulation.now().count()});
        co_await door.simulation.delay(stay);
    }
};

TEST(Slots, ServesInTheOrderOfArrival)
{
    Door door(2);
    for (int who = 0; who < 5; ++who) door.come(who, ns(100));
    EXPECT_EQ(door.slots.taken(), 2);
    EXPECT_EQ(door.slots.queue().level(), 3);
    door.simulation.run(at(1000));
    EXPECT_EQ(door.stays, (std::vector<Stay>{{0, 0}, {1, 0}, {2, 100}, {3, 100}, {4, 200}}));
    EXPECT_EQ(door.slots.taken(), 0);
    EXPECT_EQ(door.slots.queue().maximum(), 3);
}

TEST(Slots, ServesTheNewestFirstWhenLastInFirstOut)
{
    Door door(1, Slots::unlimited, Slots::Discipline::lastInFirstOut);
    for (int who = 0; who < 4; ++who) door.come(who, ns(100));
    door.simulation.run(at(1000));
    EXPECT_EQ(door.stays, (std::vector<Stay>{{0, 0}, {3, 100}, {2, 200}, {1, 300}}));
}

// The bound is on who waits, not on who is inside; a refusal takes no time and no event.
TEST(Slots, RefusesWhenTheQueueIsFull)
{
    Door door(1, 2);
    for (int who = 0; who < 5; ++who) door.come(who, ns(100));
    EXPECT_EQ(door.refused, (std::vector{3, 4}));
    door.simulation.run(at(1000));
    EXPECT_EQ(door.stays.size(), 3u);
    Door strict(1, 0);
    strict.come(0, ns(100));
    strict.come(1, ns(100));
    EXPECT_EQ(strict.refused, (std::vector{1}));
}

// A place that was granted but whose holder is destroyed before it woke must not be lost.
TEST(Slots, PassesThePermitOnWhenTheGrantedOneIsDestroyedBeforeItWoke)
{
    Door door(1);
    for (int who = 0; who < 4; ++who) door.come(who, ns(100));
    door.simulation.run(at(50));
    door.leave(0);  // grants to 1, which has not woken
    EXPECT_EQ(door.slots.taken(), 1);
    EXPECT_EQ(door.slots.queue().level(), 2);
    door.leave(1);  // passes on to 2
    EXPECT_EQ(door.slots.taken(), 1);
    EXPECT_EQ(door.slots.queue().level(), 1);
    door.simulation.run(at(1000));
    EXPECT_EQ(door.stays, (std::vector<Stay>{{0, 0}, {2, 50}, {3, 150}}));
    EXPECT_EQ(door.slots.taken(), 0);
    EXPECT_EQ(door.slots.queue().level(), 0);
}

// A freed place belongs to who waits, even before that one has woken: a newcomer at the same instant stands behind.
TEST(Slots, LetsNobodyJumpTheQueue)
{
    Door door(1);
    door.come(0, ns(100));
    door.come(1, ns(100));
    door.leave(0);
    door.come(2, ns(100));
    EXPECT_FALSE(door.slots.tryAcquire());
    door.simulation.run(at(1000));
    EXPECT_EQ(door.stays, (std::vector<Stay>{{0, 0}, {1, 0}, {2, 100}}));
}

// Live edits: more places admit at once, fewer take effect as permits return.
TEST(Slots, ChangesTheNumberOfPlacesLive)
{
    Door door(1);
    for (int who = 0; who < 6; ++who) door.come(who, ns(100));
    door.simulation.run(at(10));
    door.slots.setPlaces(3);
    door.simulation.run(at(10));
    EXPECT_EQ(door.stays, (std::vector<Stay>{{0, 0}, {1, 10}, {2, 10}}));
    door.slots.setPlaces(1);
    EXPECT_EQ(door.slots.taken(), 3);
    door.simulation.run(at(1000));
    EXPECT_EQ(door.stays, (std::vector<Stay>{{0, 0}, {1, 10}, {2, 10}, {3, 110}, {4, 210}, {5, 310}}));
}

TEST(Slots, ChangesTheQueueLimitLiveForThoseWhoComeLater)
{
    Door door(1, 3);
    for (int who = 0; who < 4; ++who) door.come(who, ns(100));
    door.slots.setQueueLimit(1);
    EXPECT_EQ(door.slots.queue().level(), 3);
    door.come(4, ns(100));
    EXPECT_EQ(door.refused, (std::vector{4}));
    door.simulation.run(at(1000));
    EXPECT_EQ(door.stays.size(), 4u);
}

TEST(Slots, ChangesTheDisciplineLive)
{
    Door door(1);
    for (int who = 0; who < 4; ++who) door.come(who, ns(100));
    door.slots.setDiscipline(Slots::Discipline::lastInFirstOut);
    door.simulation.run(at(150));
    door.slots.setDiscipline(Slots::Discipline::firstInFirstOut);
    door.simulation.run(at(1000));
    EXPECT_EQ(door.stays, (std::vector<Stay>{{0, 0}, {3, 100}, {1, 200}, {2, 300}}));
}

TEST(Slots, TakesAPlaceWithoutWaitingOnlyIfOneIsFree)
{
    Simulation simulation;
    Slots slots(simulation, 1);
    Permit first = slots.tryAcquire();
    EXPECT_TRUE(static_cast<bool>(first));
    EXPECT_FALSE(static_cast<bool>(slots.tryAcquire()));
    Permit moved = std::move(first);
    EXPECT_FALSE(static_cast<bool>(first));
    EXPECT_EQ(slots.taken(), 1);
    moved.release();
    moved.release();
    EXPECT_EQ(slots.taken(), 0);
}

// Utilisation and queue length on the charts come from these two gauges.
TEST(Slots, MeasuresBusyAndQueueOverTime)
{
    Door door(1);
    door.come(0, ns(100));
    door.come(1, ns(100));
    door.simulation.run(at(400));
    EXPECT_DOUBLE_EQ(door.slots.busy().mean(at(400)), 0.5);
    EXPECT_DOUBLE_EQ(door.slots.queue().mean(at(400)), 0.25);
}

}  // namespace
}  // namespace tantrum::engine
