#include "engine/random.h"
#include "engine/simulation.h"
#include "engine/task.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

namespace tantrum::engine {
namespace {

Duration ns(std::int64_t count) { return Duration::nanoseconds(count); }
Instant at(std::int64_t count) { return Instant::at(ns(count)); }

// A wakeup with somebody to wake, armed and cancelled from outside; calls back each time it fires.
class Appointment {
public:
    using Fired = std::function<void(int)>;
    Appointment(int id, const Fired& fired) : process_(wait(*this, id, fired)) { process_.start(); }
    Wakeup wakeup;

private:
    struct Sleep {
        explicit Sleep(Appointment& of) : appointment(of) {}
        bool await_ready() const { return false; }
        void await_suspend(std::coroutine_handle<> self) { appointment.wakeup.aim(self); }
        void await_resume() const {}
        Appointment& appointment;
    };
    static Task<void> wait(Appointment& self, int id, const Fired& fired)
    {
        for (;;) {
            co_await Sleep(self);
            fired(id);
        }
    }
    Task<void> process_;
};

// Some appointments and what became of them.
class Diary {
public:
    explicit Diary(int count)
    {
        for (int id = 0; id < count; ++id) appointments_.push_back(std::make_unique<Appointment>(id, fired_));
    }
    Simulation simulation;
    std::vector<std::pair<int, std::int64_t>> happened;  ///< who and when
    Wakeup& operator[](int id) { return appointments_[static_cast<std::size_t>(id)]->wakeup; }
    std::vector<int> order() const
    {
        std::vector<int> ids;
        for (const auto& [id, time] : happened) ids.push_back(id);
        return ids;
    }

private:
    Appointment::Fired fired_ = [this](int id) { happened.emplace_back(id, simulation.now().count()); };
    std::vector<std::unique_ptr<Appointment>> appointments_;
};

// The kernel against the definition: thousands of random appointments, made and cancelled at random moments and from
// inside events, over delays that repeat (lanes), that do not (heap), that are zero (now) and that fall on one instant.
// The definition is a sorted set of (time, number of the arming).
class Reference {
public:
    Reference(std::uint64_t seed, int count, double cancels, std::uint64_t horizon)
        : random_(seed), cancels_(cancels), horizon_(horizon), due_(static_cast<std::size_t>(count))
    {
        for (int id = 0; id < count; ++id) appointments_.push_back(std::make_unique<Appointment>(id, fired_));
    }

    void run(std::uint64_t events)
    {
        stopAfter_ = events;
        for (std::size_t id = 0; id < appointments_.size(); ++id) arm(id);
        while (simulation_.run(simulation_.now() + ns(static_cast<std::int64_t>(random_.below(horizon_ * 2))),
                               1 + random_.below(50)) != Simulation::Pause::idle) {
            if (pending_.empty()) continue;
            // Between two steps the clock is never past what is still to come.
            ASSERT_LE(simulation_.now().count(), std::get<0>(*pending_.begin()));
            ASSERT_LE(simulation_.nextDue().count(), std::get<0>(*pending_.begin()));
            act();
        }
        EXPECT_TRUE(pending_.empty());
        EXPECT_EQ(simulation_.events(), events_);
        EXPECT_GE(events_, events);
    }

private:
    using Due = std::tuple<std::int64_t, std::uint64_t, std::size_t>;

    void fire(int id)
    {
        ++events_;
        ASSERT_FALSE(pending_.empty());
        const auto [time, order, expected] = *pending_.begin();
        ASSERT_EQ(static_cast<std::size_t>(id), expected) << "event " << events_;
        ASSERT_EQ(simulation_.now().count(), time);
        pending_.erase(pending_.begin());
        act();
        if (events_ < stopAfter_ && !appointments_[expected]->wakeup.pending()) arm(expected);
    }

    void act()
    {
        if (!random_.chance(cancels_)) return;
        const std::size_t id = random_.below(appointments_.size());
        Wakeup& wakeup = appointments_[id]->wakeup;
        const bool pending = pending_.erase(due_[id]) > 0;
        ASSERT_EQ(wakeup.pending(), pending);
        wakeup.leave();
        ASSERT_FALSE(wakeup.pending());
        if (events_ < stopAfter_) arm(id);
    }

    void arm(std::size_t id)
    {
        Wakeup& wakeup = appointments_[id]->wakeup;
        constexpr std::int64_t constants[]{1, 10, 100, 100, 1000, 12'345, 500'000};
        std::int64_t span = 0;
        switch (random_.below(7)) {
        case 0: simulation_.armNow(wakeup); break;
        case 1: simulation_.armAfter(wakeup, ns(span = -static_cast<std::int64_t>(random_.below(3)))); break;
        case 2: simulation_.armAfter(wakeup, ns(span = constants[random_.below(7)])); break;
        case 3: simulation_.armAfter(wakeup, ns(span = constants[random_.below(7)]), Spans::constant); break;
        case 4: simulation_.armAfter(wakeup, ns(span = static_cast<std::int64_t>(random_.below(horizon_)))); break;
        case 5: simulation_.armAfter(wakeup, ns(span = static_cast<std::int64_t>(random_.below(horizon_))), Spans::varying); break;
        default: simulation_.armAfter(wakeup, ns(span = static_cast<std::int64_t>(random_.below(20)))); break;
        }
        due_[id] = Due(simulation_.now().count() + std::max<std::int64_t>(span, 0), armings_++, id);
        pending_.insert(due_[id]);
        ASSERT_EQ(wakeup.due().count(), std::get<0>(due_[id]));
    }

    Simulation simulation_;
    RandomStream random_;
    double cancels_;
    std::uint64_t horizon_;
    std::uint64_t events_ = 0, stopAfter_ = 0, armings_ = 0;
    std::vector<Due> due_;  ///< of each appointment, its last
    std::set<Due> pending_;
    Appointment::Fired fired_ = [this](int id) { fire(id); };
    std::vector<std::unique_ptr<Appointment>> appointments_;
};

TEST(Simulation, ExecutesInTheOrderOfTimeAndInsertionWhereverATimerIsKept)
{
    Reference(1, 20, 0.3, 2'000).run(30'000);         // fits into the sorted front
    Reference(2, 300, 0.3, 1'000'000).run(30'000);    // front and heap
    Reference(3, 5'000, 0.5, 10'000'000).run(40'000); // a deep heap
    Reference(4, 2'000, 0.95, 300).run(30'000);       // many equal times, nearly all cancelled
    Reference(5, 1'000, 0, 100'000).run(30'000);      // nobody cancels
    Reference(6, 150'000, 0.1, 1'000'000'000).run(400'000);     // buckets, and what lies beyond them
    Reference(7, 150'000, 0.9, 100'000'000'000).run(300'000);   // buckets emptied by cancelling
    Reference(8, 150'000, 0.1, 200'000).run(400'000);           // many of one instant in a bucket
}

// More distinct constants than there are lanes: what has no lane stands in the heap, in the same order.
TEST(Simulation, KeepsTheOrderWhenLanesRunOut)
{
    Diary diary(400);
    std::vector<std::pair<std::int64_t, int>> expected;
    for (int id = 0; id < 400; ++id) {
        const std::int64_t span = 1 + (id * 37) % 200;
        diary.simulation.armAfter(diary[id], ns(span), Spans::constant);
        expected.emplace_back(span, id);
    }
    std::stable_sort(expected.begin(), expected.end(), [](const auto& left, const auto& right) { return left.first < right.first; });
    EXPECT_EQ(diary.simulation.run(Instant::never()), Simulation::Pause::idle);
    ASSERT_EQ(diary.happened.size(), expected.size());
    for (std::size_t index = 0; index < expected.size(); ++index)
        EXPECT_EQ(diary.happened[index], std::pair(expected[index].second, expected[index].first));
}

// One instant, four ways to be due at it: insertion alone decides.
TEST(Simulation, LetsInsertionDecideAtOneInstant)
{
    Diary diary(6);
    diary.simulation.armAfter(diary[3], ns(10), Spans::constant);  // lane
    diary.simulation.armAfter(diary[1], ns(10));          // the same lane
    diary.simulation.armAfter(diary[4], ns(5));
    diary.simulation.run(at(5));
    diary.simulation.armAfter(diary[0], ns(5));           // timer
    diary.simulation.armAfter(diary[2], ns(5), Spans::constant);   // another lane
    diary.simulation.run(at(9));
    diary.simulation.armAfter(diary[5], ns(1));
    diary.simulation.run(at(10));
    EXPECT_EQ(diary.order(), (std::vector{4, 3, 1, 0, 2, 5}));
}

// What was armed for this instant earlier comes before what is armed at it now.
TEST(Simulation, RunsWhatWasDueBeforeWhatIsArmedNow)
{
    Simulation simulation;
    std::vector<int> order;
    std::unique_ptr<Appointment> late;
    const Appointment::Fired note = [&](int id) { order.push_back(id); };
    const Appointment::Fired first = [&](int id) {
        order.push_back(id);
        simulation.armNow(late->wakeup);
    };
    late = std::make_unique<Appointment>(9, note);
    Appointment one(1, first), two(2, note), three(3, note);
    simulation.armAfter(one.wakeup, ns(10));
    simulation.armAfter(two.wakeup, ns(10));
    simulation.armAfter(three.wakeup, ns(10), Spans::constant);
    simulation.run(at(100));
    EXPECT_EQ(order, (std::vector{1, 2, 3, 9}));
}

// Cancelling from each of the places where an appointment can stand, in front of others that stay.
TEST(Simulation, CancelsFromTheNowQueue)
{
    Diary diary(3);
    for (int id = 0; id < 3; ++id) diary.simulation.armNow(diary[id]);
    diary[1].leave();
    diary[0].leave();
    diary.simulation.run(at(0));
    EXPECT_EQ(diary.order(), (std::vector{2}));
}

TEST(Simulation, CancelsTheHeadTheMiddleAndTheTailOfALane)
{
    for (int gone = 0; gone < 5; ++gone) {
        Diary diary(5);
        std::vector<int> expected;
        for (int id = 0; id < 5; ++id) {
            diary.simulation.armAfter(diary[id], ns(100), Spans::constant);
            if (id != gone) expected.push_back(id);
            diary.simulation.run(at(id + 1));
        }
        diary[gone].leave();
        diary.simulation.run(at(1000));
        EXPECT_EQ(diary.order(), expected) << gone;
        for (const auto& [id, time] : diary.happened) EXPECT_EQ(time, 100 + id);
    }
}

// A lane whose only or all members left still stands in the agenda with a stale key; it must serve again.
TEST(Simulation, ReusesALaneThatWasEmptied)
{
    Diary diary(3);
    for (int turn = 0; turn < 5; ++turn) {
        for (int id = 0; id < 3; ++id) diary.simulation.armAfter(diary[id], ns(100), Spans::constant);
        for (int id = 0; id < 3; ++id) diary[id].leave();
        diary.simulation.run(diary.simulation.now() + ns(turn % 2 ? 150 : 50));
    }
    const std::int64_t now = diary.simulation.now().count();
    diary.simulation.armAfter(diary[2], ns(100), Spans::constant);
    diary.simulation.run(at(now + 1000));
    EXPECT_EQ(diary.happened, (std::vector{std::pair(2, now + 100)}));
}

TEST(Simulation, CancelsFromTheFrontAndFromTheHeap)
{
    constexpr int count = 500;  // the front holds 48
    Diary diary(count);
    std::vector<int> expected;
    for (int id = 0; id < count; ++id) diary.simulation.armAfter(diary[id], ns(10'000 + id * 7));
    for (int id = 0; id < count; ++id) {
        if (id % 3 == 0)
            diary[id].leave();
        else
            expected.push_back(id);
    }
    EXPECT_EQ(diary.simulation.run(Instant::never()), Simulation::Pause::idle);
    EXPECT_EQ(diary.order(), expected);
    EXPECT_EQ(diary.simulation.events(), expected.size());
}

// The timer armed last has no place among the others yet; what is asked of the agenda counts it all the same.
TEST(Simulation, KnowsOfTheTimerArmedLastAndForgetsItWhenItIsCancelled)
{
    Diary diary(3);
    diary.simulation.armAfter(diary[0], ns(50), Spans::varying);
    EXPECT_EQ(diary.simulation.nextDue(), at(50));
    diary.simulation.armAfter(diary[1], ns(20), Spans::varying);
    EXPECT_EQ(diary.simulation.nextDue(), at(20));
    EXPECT_TRUE(diary[1].pending());
    diary[1].leave();
    EXPECT_FALSE(diary[1].pending());
    EXPECT_EQ(diary.simulation.nextDue(), at(50));
    diary.simulation.armAfter(diary[1], ns(70), Spans::varying);
    diary.simulation.armAfter(diary[2], ns(50), Spans::varying);
    EXPECT_EQ(diary.simulation.run(at(60)), Simulation::Pause::limit);
    EXPECT_EQ(diary.order(), (std::vector{0, 2}));
    EXPECT_EQ(diary.simulation.run(Instant::never()), Simulation::Pause::idle);
    EXPECT_EQ(diary.happened.back(), std::pair(1, std::int64_t{70}));
    EXPECT_EQ(diary.simulation.nextDue(), Instant::never());
}

// Leaving twice, and dying while pending, are both harmless.
TEST(Simulation, ForgetsAWakeupThatDies)
{
    Simulation simulation;
    std::vector<int> order;
    const Appointment::Fired note = [&](int id) { order.push_back(id); };
    auto first = std::make_unique<Appointment>(0, note);
    auto second = std::make_unique<Appointment>(1, note);
    auto third = std::make_unique<Appointment>(2, note);
    simulation.armNow(first->wakeup);
    simulation.armAfter(second->wakeup, ns(10));
    simulation.armAfter(third->wakeup, ns(20), Spans::constant);
    third->wakeup.leave();
    third->wakeup.leave();
    first.reset();
    second.reset();
    third.reset();
    EXPECT_EQ(simulation.run(Instant::never()), Simulation::Pause::idle);
    EXPECT_EQ(simulation.events(), 0u);
}

// The contract of run(): up to and including the limit, at most the budget, and what it says about why it paused.
TEST(Simulation, RunsUpToAndIncludingItsLimit)
{
    Diary diary(3);
    diary.simulation.armAfter(diary[0], ns(10));
    diary.simulation.armAfter(diary[1], ns(20));
    diary.simulation.armAfter(diary[2], ns(21));
    EXPECT_EQ(diary.simulation.run(at(20)), Simulation::Pause::limit);
    EXPECT_EQ(diary.order(), (std::vector{0, 1}));
    EXPECT_EQ(diary.simulation.now(), at(20));
    EXPECT_EQ(diary.simulation.nextDue(), at(21));
    EXPECT_EQ(diary.simulation.run(at(15)), Simulation::Pause::limit);  // the clock never goes back
    EXPECT_EQ(diary.simulation.now(), at(20));
    EXPECT_EQ(diary.simulation.run(at(50)), Simulation::Pause::idle);
    EXPECT_EQ(diary.simulation.now(), at(50));
    EXPECT_EQ(diary.simulation.nextDue(), Instant::never());
}

TEST(Simulation, StopsInTheMiddleOfAnInstantWhenTheBudgetEnds)
{
    Diary diary(4);
    for (int id = 0; id < 4; ++id) diary.simulation.armAfter(diary[id], ns(10));
    EXPECT_EQ(diary.simulation.run(at(100), 3), Simulation::Pause::budget);
    EXPECT_EQ(diary.order(), (std::vector{0, 1, 2}));
    EXPECT_EQ(diary.simulation.now(), at(10));
    EXPECT_EQ(diary.simulation.run(at(100), 0), Simulation::Pause::budget);
    EXPECT_EQ(diary.happened.size(), 3u);
    EXPECT_EQ(diary.simulation.run(at(100), 100), Simulation::Pause::idle);
    EXPECT_EQ(diary.order(), (std::vector{0, 1, 2, 3}));
    EXPECT_EQ(diary.simulation.now(), at(100));
}

// A run without end keeps the time of its last event: there is no limit to go to.
TEST(Simulation, KeepsTheTimeOfTheLastEventWhenThereIsNoLimit)
{
    Diary diary(1);
    diary.simulation.armAfter(diary[0], ns(77));
    EXPECT_EQ(diary.simulation.run(Instant::never()), Simulation::Pause::idle);
    EXPECT_EQ(diary.simulation.now(), at(77));
}

// How a run is cut into pieces must not show: the window runs frame by frame, the command line in one go.
TEST(Simulation, HasTheSameFingerprintHoweverItIsCutIntoPieces)
{
    const auto fingerprint = [](std::int64_t piece, std::uint64_t budget) {
        Simulation simulation;
        RandomStream random(99);
        std::vector<std::unique_ptr<Appointment>> all;
        const Appointment::Fired again = [&](int id) {
            Wakeup& wakeup = all[static_cast<std::size_t>(id)]->wakeup;
            simulation.armAfter(wakeup, ns(static_cast<std::int64_t>(random.below(1000))));
            all[random.below(all.size())]->wakeup.leave();
            if (!wakeup.pending()) simulation.armAfter(wakeup, ns(50), Spans::constant);
        };
        for (int id = 0; id < 100; ++id) {
            all.push_back(std::make_unique<Appointment>(id, again));
            simulation.armAfter(all.back()->wakeup, ns(id % 7));
        }
        for (std::int64_t time = 0; time < 20'000;) {
            time = std::min<std::int64_t>(20'000, time + piece);
            while (simulation.run(at(time), budget) == Simulation::Pause::budget) {}
        }
        EXPECT_GT(simulation.events(), 300u);
        return simulation.fingerprint();
    };
    const std::uint64_t whole = fingerprint(20'000, ~std::uint64_t{0});
    EXPECT_EQ(fingerprint(1, ~std::uint64_t{0}), whole);
    EXPECT_EQ(fingerprint(333, 1), whole);
    EXPECT_EQ(fingerprint(20'000, 7), whole);
}

// Two runs that differ in one event, or in its time alone, must not look the same.
TEST(Simulation, ChangesItsFingerprintWithWhatWasExecutedAndWhen)
{
    const auto fingerprint = [](std::int64_t first, std::int64_t second) {
        Diary diary(2);
        diary.simulation.armAfter(diary[0], ns(first));
        if (second > 0) diary.simulation.armAfter(diary[1], ns(second));
        diary.simulation.run(at(1000));
        return diary.simulation.fingerprint();
    };
    const std::set<std::uint64_t> all{fingerprint(10, 20), fingerprint(20, 10), fingerprint(10, 21), fingerprint(10, 0), fingerprint(11, 20)};
    EXPECT_EQ(all.size(), 5u);
    EXPECT_EQ(fingerprint(10, 20), fingerprint(10, 20));
}

// A wait beyond the end of time waits for ever instead of wrapping round to the past.
TEST(Simulation, NeverWakesWhoWaitsBeyondTheEndOfTime)
{
    Diary diary(2);
    diary.simulation.run(at(1000));
    diary.simulation.armAfter(diary[0], Duration::max());
    diary.simulation.armAfter(diary[1], ns(5));
    EXPECT_EQ(diary.simulation.run(at(1'000'000'000'000)), Simulation::Pause::limit);
    EXPECT_EQ(diary.order(), (std::vector{1}));
    EXPECT_TRUE(diary[0].pending());
}

Task<void> sleeper(Simulation& simulation, Duration span, std::vector<std::int64_t>& woken)
{
    co_await simulation.delay(span);
    woken.push_back(simulation.now().count());
}

// What models use: co_await delay. Negative spans are zero, and zero goes through the agenda too.
TEST(Simulation, DelaysACoroutineByExactlyItsSpan)
{
    Simulation simulation;
    std::vector<std::int64_t> woken;
    Task<void> later = sleeper(simulation, ns(42), woken);
    Task<void> now = sleeper(simulation, ns(0), woken);
    Task<void> past = sleeper(simulation, ns(-5), woken);
    later.start();
    now.start();
    past.start();
    EXPECT_TRUE(woken.empty());
    simulation.run(at(100));
    EXPECT_EQ(woken, (std::vector<std::int64_t>{0, 0, 42}));
}

}  // namespace
}  // namespace tantrum::engine
