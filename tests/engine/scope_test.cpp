#include "engine/race.h"
#include "engine/scope.h"
#include "engine/simulation.h"
#include "engine/slots.h"
#include "engine/task.h"

#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tantrum::engine {
namespace {

Duration ns(std::int64_t count) { return Duration::nanoseconds(count); }
Instant at(std::int64_t count) { return Instant::at(ns(count)); }

// A reply as models have it: knows how a death looks.
struct Answered {
    enum class How { nothing, well, died } how = How::nothing;
    static Answered died() { return Answered{How::died}; }
    static Answered well() { return Answered{How::well}; }
};
using How = Answered::How;

struct Counted {
    explicit Counted(int& of) : count(of) { ++count; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() { --count; }
    int& count;
};

Task<void> process(Simulation& simulation, Duration span, int& alive, std::vector<std::int64_t>& ended)
{
    const Counted counted(alive);
    co_await simulation.delay(span);
    ended.push_back(simulation.now().count());
}

// A host's work dies with it, whether it has begun, waits, or has not begun yet, and nothing leaks.
TEST(Scope, EndsAllItsProcessesWhenCancelled)
{
    Simulation simulation;
    int alive = 0;
    std::vector<std::int64_t> ended;
    Scope scope(simulation);
    scope.spawn(process(simulation, ns(10), alive, ended));
    scope.spawn(process(simulation, ns(1000), alive, ended));
    scope.spawnAfter(ns(500), process(simulation, ns(1), alive, ended));
    EXPECT_EQ(alive, 0);  // through the agenda, not at once
    simulation.run(at(100));
    EXPECT_EQ(alive, 1);
    EXPECT_EQ(ended, (std::vector<std::int64_t>{10}));
    scope.cancelAll();
    EXPECT_TRUE(scope.empty());
    EXPECT_EQ(alive, 0);
    EXPECT_EQ(simulation.run(at(10'000)), Simulation::Pause::idle);
    EXPECT_EQ(ended.size(), 1u);
}

// A crashed host comes back and works again.
TEST(Scope, TakesNewProcessesAfterItWasCancelled)
{
    Simulation simulation;
    int alive = 0;
    std::vector<std::int64_t> ended;
    Scope scope(simulation);
    scope.cancelAll();
    scope.spawn(process(simulation, ns(5), alive, ended));
    simulation.run(at(100));
    EXPECT_EQ(ended, (std::vector<std::int64_t>{5}));
    EXPECT_TRUE(scope.empty());
}

// A process that ends leaves by itself: a server's scope does not grow with the requests it has served.
TEST(Scope, ForgetsProcessesThatEnd)
{
    Simulation simulation;
    int alive = 0;
    std::vector<std::int64_t> ended;
    Scope scope(simulation);
    for (int turn = 0; turn < 10'000; ++turn) scope.spawnAfter(ns(turn), process(simulation, ns(3), alive, ended));
    simulation.run(at(20'000));
    EXPECT_EQ(ended.size(), 10'000u);
    EXPECT_EQ(alive, 0);
    EXPECT_TRUE(scope.empty());
}

TEST(Scope, CancelsWhenItDies)
{
    Simulation simulation;
    int alive = 0;
    std::vector<std::int64_t> ended;
    {
        Scope scope(simulation);
        scope.spawn(process(simulation, ns(50), alive, ended));
        simulation.run(at(1));
        EXPECT_EQ(alive, 1);
    }
    EXPECT_EQ(alive, 0);
    EXPECT_EQ(simulation.run(at(100)), Simulation::Pause::idle);
}

// Taking a world down: all processes end while all parts still stand.
TEST(Scope, CancelsEveryScopeOfASimulation)
{
    Simulation simulation;
    int alive = 0;
    std::vector<std::int64_t> ended;
    Scope one(simulation), two(simulation), three(simulation);
    for (Scope* scope : {&one, &two, &three}) scope->spawn(process(simulation, ns(50), alive, ended));
    simulation.run(at(1));
    EXPECT_EQ(alive, 3);
    Scope::cancelEverything(simulation);
    EXPECT_EQ(alive, 0);
}

Task<Answered> serve(Simulation& simulation, Scope& host, Slots& workers, Duration span, int& alive)
{
    const Counted counted(alive);
    Resident<Answered> here;
    co_await here.enter(host);
    const Permit permit = co_await workers.acquire();
    co_await simulation.delay(span);
    co_return Answered::well();
}

struct Heard {
    Answered reply;
    std::int64_t when = -1;
};

Task<void> ask(Simulation& simulation, Task<Answered> call, Heard& heard)
{
    const Answered reply = co_await std::move(call);
    heard = {reply, simulation.now().count()};
}

// A crash ends work in hand and work in line on the spot; each caller learns so at the same instant, not earlier than
// through the agenda, and none of them hangs.
TEST(Resident, IsReplacedByTheNewsOfItsDeathWhenItsScopeIsCancelled)
{
    Simulation simulation;
    Scope callers(simulation), host(simulation);
    Slots workers(simulation, 1);
    int alive = 0;
    Heard working, queued, done;
    callers.spawn(ask(simulation, serve(simulation, host, workers, ns(10), alive), done));
    callers.spawn(ask(simulation, serve(simulation, host, workers, ns(1000), alive), working));
    callers.spawn(ask(simulation, serve(simulation, host, workers, ns(1000), alive), queued));
    simulation.run(at(100));
    EXPECT_EQ(alive, 2);
    host.cancelAll();
    EXPECT_EQ(alive, 0);
    EXPECT_TRUE(host.empty());
    EXPECT_EQ(workers.taken(), 0);
    EXPECT_EQ(workers.queue().level(), 0);
    EXPECT_EQ(working.when, -1);
    simulation.run(at(100));
    EXPECT_EQ(working.when, 100);
    EXPECT_EQ(queued.when, 100);
    EXPECT_EQ(working.reply.how, How::died);
    EXPECT_EQ(queued.reply.how, How::died);
    EXPECT_EQ(done.reply.how, How::well);
    EXPECT_EQ(done.when, 10);
    EXPECT_TRUE(callers.empty());
}

// The caller goes away first: its callee's frame is the caller's to destroy.
TEST(Resident, DiesWithItsCaller)
{
    Simulation simulation;
    Scope callers(simulation), host(simulation);
    Slots workers(simulation, 1);
    int alive = 0;
    Heard heard;
    callers.spawn(ask(simulation, serve(simulation, host, workers, ns(1000), alive), heard));
    simulation.run(at(100));
    EXPECT_FALSE(host.empty());
    callers.cancelAll();
    EXPECT_EQ(alive, 0);
    EXPECT_TRUE(host.empty());
    EXPECT_EQ(workers.taken(), 0);
    host.cancelAll();
    EXPECT_EQ(simulation.run(at(5000)), Simulation::Pause::idle);
    EXPECT_EQ(heard.when, -1);
}

// Crash and caller's death at one instant, in either order: the substitute is as cancellable as what it stands for.
TEST(Resident, CanBeCancelledAfterItWasReplaced)
{
    Simulation simulation;
    Scope callers(simulation), host(simulation);
    Slots workers(simulation, 1);
    int alive = 0;
    Heard heard;
    callers.spawn(ask(simulation, serve(simulation, host, workers, ns(1000), alive), heard));
    simulation.run(at(100));
    host.cancelAll();
    callers.cancelAll();
    EXPECT_EQ(simulation.run(at(5000)), Simulation::Pause::idle);
    EXPECT_EQ(heard.when, -1);
}

Task<void> askWithin(Simulation& simulation, Duration limit, Task<Answered> call, Heard& heard)
{
    const std::optional<Answered> reply = co_await within(simulation, limit, std::move(call));
    heard = {reply.value_or(Answered{}), simulation.now().count()};
}

// A timeout around a call that dies: the news arrives inside the limit, and the timer goes away with the call.
TEST(Resident, TellsItsDeathThroughARace)
{
    Simulation simulation;
    Scope callers(simulation), host(simulation);
    Slots workers(simulation, 5);
    int alive = 0;
    Heard dying, late;
    callers.spawn(askWithin(simulation, ns(500), serve(simulation, host, workers, ns(1000), alive), dying));
    callers.spawn(askWithin(simulation, ns(50), serve(simulation, host, workers, ns(1000), alive), late));
    simulation.run(at(100));
    EXPECT_EQ(late.when, 50);
    EXPECT_EQ(late.reply.how, How::nothing);
    host.cancelAll();
    EXPECT_EQ(simulation.run(at(5000)), Simulation::Pause::idle);
    EXPECT_EQ(dying.when, 100);
    EXPECT_EQ(dying.reply.how, How::died);
    EXPECT_EQ(alive, 0);
}

Task<Answered> passOn(Simulation& simulation, Scope& host, Scope& next, Slots& workers, int& alive)
{
    const Counted counted(alive);
    Resident<Answered> here;
    co_await here.enter(host);
    co_return co_await serve(simulation, next, workers, ns(1000), alive);
}

// A chain of calls: the host in the middle dies, with it what it had asked for; the caller hears of one death.
TEST(Resident, TakesWhatItCalledWithItWhenItsHostDies)
{
    Simulation simulation;
    Scope callers(simulation), middle(simulation), last(simulation);
    Slots workers(simulation, 5);
    int alive = 0;
    Heard heard;
    callers.spawn(ask(simulation, passOn(simulation, middle, last, workers, alive), heard));
    simulation.run(at(100));
    EXPECT_EQ(alive, 2);
    middle.cancelAll();
    EXPECT_EQ(alive, 0);
    EXPECT_TRUE(last.empty());
    simulation.run(at(100));
    EXPECT_EQ(heard.reply.how, How::died);
    EXPECT_EQ(heard.when, 100);
}

// The far end of a chain dies: the middle goes on with the news.
TEST(Resident, LetsItsCallerOnAnotherHostLive)
{
    Simulation simulation;
    Scope callers(simulation), middle(simulation), last(simulation);
    Slots workers(simulation, 5);
    int alive = 0;
    Heard heard;
    callers.spawn(ask(simulation, passOn(simulation, middle, last, workers, alive), heard));
    simulation.run(at(100));
    last.cancelAll();
    EXPECT_EQ(alive, 1);
    simulation.run(at(100));
    EXPECT_EQ(alive, 0);
    EXPECT_EQ(heard.reply.how, How::died);
}

// A host that calls itself: both frames stand in the scope that is cancelled.
TEST(Resident, MayCallItsOwnHost)
{
    Simulation simulation;
    Scope callers(simulation), host(simulation);
    Slots workers(simulation, 5);
    int alive = 0;
    Heard heard;
    callers.spawn(ask(simulation, passOn(simulation, host, host, workers, alive), heard));
    simulation.run(at(100));
    EXPECT_EQ(alive, 2);
    host.cancelAll();
    EXPECT_EQ(alive, 0);
    simulation.run(at(100));
    EXPECT_EQ(heard.reply.how, How::died);
}

// A caller that lives in the same scope dies with it and is told nothing.
TEST(Resident, DiesSilentlyWithACallerInTheSameScope)
{
    Simulation simulation;
    Scope host(simulation);
    Slots workers(simulation, 5);
    int alive = 0;
    Heard heard;
    host.spawn(ask(simulation, serve(simulation, host, workers, ns(1000), alive), heard));
    simulation.run(at(100));
    host.cancelAll();
    EXPECT_EQ(alive, 0);
    EXPECT_EQ(simulation.run(at(5000)), Simulation::Pause::idle);
    EXPECT_EQ(heard.when, -1);
}

}  // namespace
}  // namespace tantrum::engine
