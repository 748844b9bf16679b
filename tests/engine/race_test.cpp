#include "engine/race.h"
#include "engine/scope.h"
#include "engine/simulation.h"
#include "engine/slots.h"

#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <vector>

namespace tantrum::engine {
namespace {

Duration ns(std::int64_t count) { return Duration::nanoseconds(count); }
Instant at(std::int64_t count) { return Instant::at(ns(count)); }
using Log = std::vector<std::string>;

struct Witness {
    Witness(Log& to, std::string name) : log(to), what(std::move(name)) {}
    Witness(const Witness&) = delete;
    Witness& operator=(const Witness&) = delete;
    ~Witness() { log.push_back(what + " gone"); }
    Log& log;
    std::string what;
};

Task<int> runner(Simulation& simulation, Duration span, int value, Log& log)
{
    const Witness witness(log, "runner " + std::to_string(value));
    if (span.count() >= 0) co_await simulation.delay(span);
    log.push_back("runner " + std::to_string(value) + " done");
    co_return value;
}

Task<void> race(Simulation& simulation, Duration limit, Duration span, Log& log)
{
    const std::optional<int> result = co_await within(simulation, limit, runner(simulation, span, 1, log));
    log.push_back(result ? "result" : "nothing");
    co_await simulation.delay(ns(1000));
    log.push_back("end at " + std::to_string(simulation.now().count()));
}

TEST(Within, GivesTheResultOfATaskThatIsInTime)
{
    Simulation simulation;
    Log log;
    Task<void> task = race(simulation, ns(100), ns(60), log);
    task.start();
    simulation.run(at(10'000));
    EXPECT_EQ(log, (Log{"runner 1 done", "runner 1 gone", "result", "end at 1060"}));
    EXPECT_EQ(simulation.events(), 2u);  // the timer never fired
}

// The loser must be gone before anybody acts on the timeout: its worker is free for the retry.
TEST(Within, CancelsTheLoserBeforeTheResultIsUsed)
{
    Simulation simulation;
    Log log;
    Task<void> task = race(simulation, ns(100), ns(150), log);
    task.start();
    EXPECT_EQ(simulation.run(at(10'000)), Simulation::Pause::idle);
    EXPECT_EQ(log, (Log{"runner 1 gone", "nothing", "end at 1100"}));
}

// Both at one instant: the task set its alarm before the limit was armed, so the task wins.
TEST(Within, LetsInsertionDecideATie)
{
    Simulation simulation;
    Log log;
    Task<void> task = race(simulation, ns(100), ns(100), log);
    task.start();
    simulation.run(at(10'000));
    ASSERT_EQ(log.size(), 4u);
    EXPECT_EQ(log[2], "result");
}

// No timer for what is answered at once: a cache hit costs no event.
TEST(Within, ArmsNothingForATaskThatEndsAtOnce)
{
    Simulation simulation;
    Log log;
    Task<void> task = race(simulation, ns(100), ns(-1), log);
    task.start();
    EXPECT_EQ(log, (Log{"runner 1 done", "runner 1 gone", "result"}));
    simulation.run(at(10'000));
    EXPECT_EQ(simulation.events(), 1u);
}

// Whoever races may be destroyed too: both runner and timer go.
TEST(Within, GoesAwayWithItsOwner)
{
    Simulation simulation;
    Log log;
    Task<void> task = race(simulation, ns(100), ns(150), log);
    task.start();
    simulation.run(at(50));
    task.reset();
    EXPECT_EQ(log, (Log{"runner 1 gone"}));
    EXPECT_EQ(simulation.run(at(10'000)), Simulation::Pause::idle);
    EXPECT_EQ(simulation.events(), 0u);
}

Task<int> work(Simulation& simulation, Slots& workers, Duration span)
{
    const Permit permit = co_await workers.acquire();
    co_await simulation.delay(span);
    co_return 1;
}

Task<void> impatient(Simulation& simulation, Slots& workers, Duration limit, Duration span, std::vector<std::int64_t>& ok)
{
    const std::optional<int> result = co_await within(simulation, limit, work(simulation, workers, span));
    if (result) ok.push_back(simulation.now().count());
}

// Within one process a timeout frees the worker: the next in line works from that very instant.
TEST(Within, FreesTheWorkerOfALocalCallThatTookTooLong)
{
    Simulation simulation;
    Scope scope(simulation);
    Slots workers(simulation, 1);
    std::vector<std::int64_t> ok;
    scope.spawn(impatient(simulation, workers, ns(100), ns(100'000), ok));
    scope.spawn(impatient(simulation, workers, ns(1000), ns(50), ok));
    simulation.run(at(5000));
    EXPECT_EQ(ok, (std::vector<std::int64_t>{150}));
    EXPECT_EQ(workers.taken(), 0);
}

// Nested limits: the outer one ends both, the inner one only itself.
Task<int> inner(Simulation& simulation, Duration limit, Log& log)
{
    const std::optional<int> result = co_await within(simulation, limit, runner(simulation, ns(1000), 1, log));
    log.push_back("inner over");
    co_return result.value_or(-1);
}
Task<void> outer(Simulation& simulation, Duration outerLimit, Duration innerLimit, Log& log)
{
    const std::optional<int> result = co_await within(simulation, outerLimit, inner(simulation, innerLimit, log));
    log.push_back(result ? "outer has " + std::to_string(*result) : "outer over");
}

TEST(Within, NestsAndTheEarlierLimitWins)
{
    Simulation simulation;
    Log log;
    Task<void> first = outer(simulation, ns(100), ns(200), log);
    first.start();
    simulation.run(at(1000));
    EXPECT_EQ(log, (Log{"runner 1 gone", "outer over"}));
    log.clear();
    Task<void> second = outer(simulation, ns(200), ns(100), log);
    second.start();
    simulation.run(at(5000));
    EXPECT_EQ(log, (Log{"runner 1 gone", "inner over", "outer has -1"}));
}

// What a hedge does: the second copy after a while, the first answer wins, the other is cancelled.
Task<void> hedge(Simulation& simulation, Duration first, Duration second, Duration after, Log& log)
{
    Finishes finishes(simulation);
    RunningSet<int> copies(2, finishes);
    copies.add(runner(simulation, first, 1, log));
    bool finished = co_await finishes.more(0, after);
    if (!finished) {
        copies.add(runner(simulation, second, 2, log));
        finished = co_await finishes.more(0);
    }
    for (std::size_t index = 0; index < copies.size(); ++index)
        if (copies[index].finished()) log.push_back("answer " + std::to_string(copies[index].result()) + " at " + std::to_string(simulation.now().count()));
}

TEST(RunningSet, CancelsTheSlowerCopyOfAHedge)
{
    Simulation simulation;
    Log log;
    Task<void> task = hedge(simulation, ns(1000), ns(100), ns(50), log);
    task.start();
    EXPECT_EQ(simulation.run(at(10'000)), Simulation::Pause::idle);
    EXPECT_EQ(log, (Log{"runner 2 done", "runner 2 gone", "answer 2 at 150", "runner 1 gone"}));
}

TEST(RunningSet, SendsNoSecondCopyWhenTheFirstIsFast)
{
    Simulation simulation;
    Log log;
    Task<void> task = hedge(simulation, ns(30), ns(100), ns(50), log);
    task.start();
    EXPECT_EQ(simulation.run(at(10'000)), Simulation::Pause::idle);
    EXPECT_EQ(log, (Log{"runner 1 done", "runner 1 gone", "answer 1 at 30"}));
}

// A caller that goes away takes all copies with it, at any moment.
TEST(RunningSet, DiesWithItsOwner)
{
    for (std::int64_t moment = 0; moment < 160; moment += 10) {
        Simulation simulation;
        Log log;
        Task<void> task = hedge(simulation, ns(1000), ns(100), ns(50), log);
        task.start();
        simulation.run(at(moment));
        task.reset();
        simulation.run(at(10'000));
        int gone = 0;
        for (const std::string& line : log) gone += line.ends_with("gone");
        EXPECT_EQ(gone, moment < 50 ? 1 : 2) << moment;
    }
}

Task<void> gather(Simulation& simulation, std::vector<Duration> spans, std::int64_t& done, Log& log)
{
    Finishes finishes(simulation);
    RunningSet<int> branches(spans.size(), finishes);
    for (std::size_t index = 0; index < spans.size(); ++index) branches.add(runner(simulation, spans[index], static_cast<int>(index), log));
    while (finishes.count() < static_cast<int>(branches.size())) co_await finishes.more(finishes.count());
    done = simulation.now().count();
}

// Joining takes as long as the slowest, whatever the order of ends, ends at one instant and at the start included.
TEST(RunningSet, JoinsWhenTheLastIsDone)
{
    Simulation simulation;
    Log log;
    std::int64_t done = -1;
    Task<void> task = gather(simulation, {ns(70), ns(-1), ns(20), ns(70), ns(0)}, done, log);
    task.start();
    simulation.run(at(10'000));
    EXPECT_EQ(done, 70);
}

}  // namespace
}  // namespace tantrum::engine
