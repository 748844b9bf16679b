// What the kernel is made of: the agenda, coroutines, histograms.
#include "engine/histogram.h"
#include "engine/random.h"
#include "engine/scope.h"
#include "engine/simulation.h"

#include <benchmark/benchmark.h>

#include <array>

namespace tantrum::bench {
namespace {

using engine::Duration;
using engine::Instant;
using engine::RandomStream;
using engine::Scope;
using engine::Simulation;
using engine::Task;

constexpr std::int64_t batch = 1000;

Task<void> holdAtRandom(Simulation& simulation, RandomStream& luck)
{
    for (;;) {
        const Duration span = Duration::fromNanoseconds(luck.exponential() * 1e6);
        co_await simulation.delay(span);
    }
}

Task<void> holdConstantly(Simulation& simulation, RandomStream& luck)
{
    const Duration first = Duration::fromNanoseconds(luck.uniform() * 1e6);
    co_await simulation.delay(first);
    for (;;) co_await simulation.delay(Duration::milliseconds(1));
}

// One event goes off and is set again, with so many pending.
template <class Process> void hold(benchmark::State& state, Process process)
{
    Simulation simulation;
    Scope scope(simulation);
    RandomStream luck(1, "bench", "hold");
    for (std::int64_t timer = 0; timer < state.range(0); ++timer) scope.spawn(process(simulation, luck));
    simulation.run(Instant::never(), static_cast<std::uint64_t>(4 * state.range(0) + batch));
    while (state.KeepRunningBatch(batch)) simulation.run(Instant::never(), batch);
}
void agendaOfRandomTimers(benchmark::State& state) { hold(state, holdAtRandom); }
void agendaOfOneLane(benchmark::State& state) { hold(state, holdConstantly); }
BENCHMARK(agendaOfRandomTimers)->RangeMultiplier(10)->Range(10, 1'000'000);
BENCHMARK(agendaOfOneLane)->RangeMultiplier(10)->Range(10, 1'000'000);

// Armed and given up before it is due, as timeouts mostly are; others are pending.
template <class Arm> void cancel(benchmark::State& state, Arm arm)
{
    Simulation simulation;
    Scope scope(simulation);
    RandomStream luck(1, "bench", "cancel");
    for (std::int64_t timer = 0; timer < state.range(0); ++timer) scope.spawn(holdAtRandom(simulation, luck));
    simulation.run(Instant::never(), static_cast<std::uint64_t>(4 * state.range(0)));
    engine::Wakeup wakeup;
    wakeup.aim(std::noop_coroutine());
    for (auto _ : state) {
        arm(simulation, wakeup, luck);
        wakeup.leave();
    }
}
void cancellationOfATimer(benchmark::State& state)
{
    cancel(state, [](Simulation& simulation, engine::Wakeup& wakeup, RandomStream& luck) {
        simulation.armAfter(wakeup, Duration::fromNanoseconds(luck.exponential() * 1e6), engine::Spans::varying);
    });
}
void cancellationInALane(benchmark::State& state)
{
    cancel(state, [](Simulation& simulation, engine::Wakeup& wakeup, RandomStream&) {
        simulation.armAfter(wakeup, Duration::milliseconds(50), engine::Spans::constant);
    });
}
BENCHMARK(cancellationOfATimer)->Arg(100)->Arg(10'000);
BENCHMARK(cancellationInALane)->Arg(100)->Arg(10'000);

Task<int> nested(int depth)
{
    if (depth == 0) co_return 1;
    const int below = co_await nested(depth - 1);
    co_return below + 1;
}
Task<void> awaitNested(int depth)
{
    for (std::int64_t turn = 0; turn < batch; ++turn) {
        const int levels = co_await nested(depth);
        benchmark::DoNotOptimize(levels);
    }
}
// A task that awaits a task that awaits a task, so many levels deep; none of them waits for time.
void nestedAwaits(benchmark::State& state)
{
    Simulation simulation;
    Scope scope(simulation);
    while (state.KeepRunningBatch(batch)) {
        scope.spawn(awaitNested(static_cast<int>(state.range(0))));
        simulation.run(Instant::never());
    }
}
BENCHMARK(nestedAwaits)->Arg(0)->Arg(1)->Arg(4)->Arg(16);

Task<void> atOnce() { co_return; }
// A process starts through the agenda, ends, and is gone.
void spawnedProcess(benchmark::State& state)
{
    Simulation simulation;
    Scope scope(simulation);
    for (auto _ : state) {
        scope.spawn(atOnce());
        simulation.run(Instant::never());
    }
}
BENCHMARK(spawnedProcess);

void histogramRecord(benchmark::State& state)
{
    constexpr std::size_t count = 1024;
    RandomStream luck(1, "bench", "histogram");
    std::array<std::int64_t, count> values;
    for (std::int64_t& value : values) value = static_cast<std::int64_t>(luck.exponential() * 1e6);
    engine::Histogram histogram;
    for (std::size_t at = 0; auto _ : state) histogram.record(values[at++ % count]);
    benchmark::DoNotOptimize(histogram.count());
}
BENCHMARK(histogramRecord);

void histogramPercentile(benchmark::State& state)
{
    RandomStream luck(1, "bench", "histogram");
    engine::Histogram histogram;
    for (int count = 0; count < 100'000; ++count) histogram.record(static_cast<std::int64_t>(luck.exponential() * 1e6));
    for (auto _ : state) benchmark::DoNotOptimize(histogram.percentile(99));
}
BENCHMARK(histogramPercentile);

}  // namespace
}  // namespace tantrum::bench
