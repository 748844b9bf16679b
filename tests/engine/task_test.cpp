#include "engine/pool.h"
#include "engine/scope.h"
#include "engine/simulation.h"
#include "engine/slots.h"
#include "engine/task.h"

#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

namespace tantrum::engine {
namespace {

Duration ns(std::int64_t count) { return Duration::nanoseconds(count); }
Instant at(std::int64_t count) { return Instant::at(ns(count)); }

// Notes when the frame it lives in ends, by whichever way.
struct Witness {
    Witness(std::vector<std::string>& to, std::string name) : log(to), what(std::move(name)) {}
    Witness(const Witness&) = delete;
    Witness& operator=(const Witness&) = delete;
    ~Witness() { log.push_back(what); }
    std::vector<std::string>& log;
    std::string what;
};

Task<int> immediate(int value) { co_return value; }

Task<int> delayed(Simulation& simulation, Duration span, int value)
{
    co_await simulation.delay(span);
    co_return value;
}

Task<void> notes(std::vector<std::string>& log)
{
    log.push_back("begun");
    co_return;
}

// Eager start would make the order of a race's runners depend on the compiler's argument order.
TEST(Task, DoesNothingUntilItIsStarted)
{
    std::vector<std::string> log;
    {
        Task<void> task = notes(log);
        EXPECT_TRUE(log.empty());
    }
    EXPECT_TRUE(log.empty());
    Task<void> task = notes(log);
    EXPECT_TRUE(task.start());
    EXPECT_EQ(log, (std::vector<std::string>{"begun"}));
}

// The whole point of owning coroutines: destroying the outermost ends all inside it, innermost first.
TEST(Task, EndsEverythingInsideItWhenDestroyed)
{
    struct Nest {
        static Task<int> inner(Simulation& simulation, std::vector<std::string>& log)
        {
            const Witness witness(log, "inner");
            co_await simulation.delay(ns(100));
            co_return 1;
        }
        static Task<int> middle(Simulation& simulation, std::vector<std::string>& log)
        {
            const Witness witness(log, "middle");
            co_return co_await inner(simulation, log);
        }
        static Task<void> outer(Simulation& simulation, std::vector<std::string>& log)
        {
            const Witness witness(log, "outer");
            co_await middle(simulation, log);
            log.push_back("never");
        }
    };
    Simulation simulation;
    std::vector<std::string> log;
    {
        Task<void> task = Nest::outer(simulation, log);
        EXPECT_FALSE(task.start());
        simulation.run(at(50));
        EXPECT_TRUE(log.empty());
    }
    EXPECT_EQ(log, (std::vector<std::string>{"inner", "middle", "outer"}));
    EXPECT_EQ(simulation.run(at(1000)), Simulation::Pause::idle);
    EXPECT_EQ(simulation.events(), 0u);
}

// A cancelled process gives back what it holds and what it stands in line for.
TEST(Task, LeavesQueuesAndReturnsPermitsWhenDestroyed)
{
    struct Worker {
        static Task<void> work(Simulation& simulation, Slots& slots)
        {
            const Permit permit = co_await slots.acquire();
            co_await simulation.delay(ns(100));
        }
    };
    Simulation simulation;
    Slots slots(simulation, 1);
    Task<void> holder = Worker::work(simulation, slots);
    Task<void> waiter = Worker::work(simulation, slots);
    Task<void> third = Worker::work(simulation, slots);
    holder.start();
    waiter.start();
    third.start();
    EXPECT_EQ(slots.queue().level(), 2);
    waiter.reset();
    EXPECT_EQ(slots.queue().level(), 1);
    EXPECT_EQ(slots.taken(), 1);
    holder.reset();  // the place passes on to the third
    EXPECT_EQ(slots.queue().level(), 0);
    EXPECT_EQ(slots.taken(), 1);
    simulation.run(at(1000));
    EXPECT_TRUE(third.done());
    EXPECT_EQ(slots.taken(), 0);
}

Task<int> sum(Simulation& simulation)
{
    const int first = co_await delayed(simulation, ns(10), 3);
    const int second = co_await immediate(4);
    co_return first + second;
}

TEST(Task, HandsItsResultToWhoAwaitsIt)
{
    Simulation simulation;
    Task<int> task = sum(simulation);
    EXPECT_FALSE(task.start());
    simulation.run(at(9));
    EXPECT_FALSE(task.done());
    simulation.run(at(10));
    ASSERT_TRUE(task.done());
    EXPECT_EQ(task.result(), 7);
}

// Tasks are kept in containers before they start.
TEST(Task, MovesAndCancelsWhatItReplaces)
{
    Simulation simulation;
    std::vector<std::string> log;
    Task<void> first = notes(log), second;
    EXPECT_FALSE(static_cast<bool>(second));
    second = std::move(first);
    EXPECT_FALSE(static_cast<bool>(first));
    second = notes(log);  // the first is destroyed unstarted
    second.start();
    EXPECT_EQ(log.size(), 1u);
}

Task<void> awaitMany(int times, long long& total)
{
    for (int turn = 0; turn < times; ++turn) total += co_await immediate(1);
}

// A loop of calls that are answered at once (a cache that hits) must not grow the stack, in any build.
TEST(Task, AwaitsAMillionTasksThatEndAtOnce)
{
    long long total = 0;
    Task<void> task = awaitMany(1'000'000, total);
    EXPECT_TRUE(task.start());
    EXPECT_EQ(total, 1'000'000);
}

Task<void> awaitManyNested(Simulation& simulation, int times, long long& total)
{
    for (int turn = 0; turn < times; ++turn) {
        total += co_await sum(simulation);
        for (int inner = 0; inner < 10; ++inner) total += co_await immediate(1);
    }
}

// The same when each turn also waits: resuming a parent must not pile up on the child that resumed it.
TEST(Task, AwaitsManyTasksThatWaitOneAfterTheOther)
{
    Simulation simulation;
    long long total = 0;
    Task<void> task = awaitManyNested(simulation, 100'000, total);
    task.start();
    EXPECT_EQ(simulation.run(Instant::never()), Simulation::Pause::idle);
    EXPECT_TRUE(task.done());
    EXPECT_EQ(total, 1'700'000);
    EXPECT_EQ(simulation.now(), at(1'000'000));
}

}  // namespace
}  // namespace tantrum::engine
