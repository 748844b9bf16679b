#include "engine/random.h"
#include "engine/scope.h"
#include "engine/simulation.h"
#include "tests/bench/clock.h"
#include "tests/bench/hand_loop.h"
#include "tests/bench/run.h"
#include "tests/bench/scale.h"

#include <fmt/format.h>

#include <algorithm>

namespace tantrum::bench {
namespace {

using engine::Duration;
using engine::Instant;

constexpr std::uint64_t sizes[]{100, 1'000, 10'000, 100'000, 1'000'000};
constexpr std::uint64_t leastEvents = 1'000'000;

// Each goes off and is set again, for ever (the hold model of priority queues).
engine::Task<void> holdForEver(engine::Simulation& simulation, engine::RandomStream& luck)
{
    for (;;) {
        const Duration span = Duration::fromNanoseconds(luck.exponential() * 1e9);
        co_await simulation.delay(span);
    }
}

double timersAt(std::uint64_t pending)
{
    engine::Simulation simulation;
    engine::Scope scope(simulation);
    engine::RandomStream luck(1, "bench", "hold");
    for (std::uint64_t timer = 0; timer < pending; ++timer) scope.spawn(holdForEver(simulation, luck));
    // Everyone's first timer, and then until the spans are mixed.
    simulation.run(Instant::never(), 2 * pending + leastEvents / 10);
    const std::uint64_t events = std::max(leastEvents, 2 * pending);
    const double start = cpuSeconds();
    simulation.run(Instant::never(), events);
    return (cpuSeconds() - start) * 1e9 / static_cast<double>(events);
}

// A million requests a second, whatever the number of users, on as many workers as are needed.
std::string usersThinking(std::uint64_t users)
{
    return fmt::format("tantrum: 1\nname: Users who think\nduration: 1000s\nwarmup: 0s\nnodes:\n"
                       "  users: {{type: client, arrivals: closed(users={} think=exponential({}us)), sends: server}}\n"
                       "  server: {{type: service, workers: 1000, work: exponential(10us)}}\n",
                       users, users);
}

app::Expected<double> usersAt(std::uint64_t users)
{
    const auto world = buildFrom(usersThinking(users));
    if (!world) return world.failure();
    if (const auto warm = advanceEvents(**world, 3 * users + leastEvents / 10); !warm) return warm.failure();
    const std::uint64_t before = (*world)->events();
    const double start = cpuSeconds();
    const auto done = advanceEvents(**world, std::max(leastEvents, 2 * users));
    const double took = cpuSeconds() - start;
    if (!done) return done.failure();
    return took * 1e9 / static_cast<double>((*world)->events() - before);
}

Figure figureOf(std::string name, double nanoseconds, double first)
{
    const double hand = runHandLoop(1'000'000, 1).nanoseconds;
    return {
        std::move(name),
        nanoseconds,
        "ns an event",
        {},
        fmt::format("{:.1f} times that with 100, {:.1f} times the hand loop", nanoseconds / first, nanoseconds / hand)};
}

}  // namespace

app::Expected<std::vector<Figure>> measurePending()
{
    std::vector<Figure> figures;
    for (const std::uint64_t size : sizes) {
        const double time = timersAt(size);
        figures.push_back(
            figureOf(fmt::format("{} timers pending", size), time, figures.empty() ? time : figures.front().value));
    }
    const std::size_t first = figures.size();
    for (const std::uint64_t size : sizes) {
        const auto time = usersAt(size);
        if (!time) return time.failure();
        figures.push_back(figureOf(fmt::format("{} users thinking", size), *time,
                                   figures.size() == first ? *time : figures[first].value));
    }
    return figures;
}

}  // namespace tantrum::bench
