// Memory: what the pool promises, and that a run in steady state takes none. This file counts every allocation of the
// test program.
#include "engine/pool.h"
#include "engine/random.h"
#include "engine/simulation.h"
#include "engine/task.h"
#include "models/scenario/reader.h"
#include "models/world/world.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <new>
#include <set>
#include <string>
#include <vector>

namespace {
std::uint64_t allocations = 0;
std::uint64_t allocatedBytes = 0;
}  // namespace

#ifndef TANTRUM_PLAIN_FRAMES  // a sanitizer brings its own

[[gnu::noinline]] void* operator new(std::size_t size)  // inlined, its malloc is taken for a mistake by g++
{
    ++allocations;
    allocatedBytes += size;
    if (void* memory = std::malloc(size ? size : 1)) return memory;
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

#endif

namespace tantrum::engine {
namespace {

#ifdef TANTRUM_PLAIN_FRAMES
#define SKIP_WITHOUT_POOL() GTEST_SKIP() << "frames are allocated one by one under the address sanitizer"
#else
#define SKIP_WITHOUT_POOL() static_cast<void>(0)
#endif

// The last frame given back is the warmest memory there is.
TEST(FramePool, GivesOutFirstWhatCameBackLast)
{
    SKIP_WITHOUT_POOL();
    void* first = FramePool::allocate(100);
    void* second = FramePool::allocate(100);
    EXPECT_NE(first, second);
    FramePool::release(first, 100);
    FramePool::release(second, 100);
    EXPECT_EQ(FramePool::allocate(97), second);  // of one class
    EXPECT_EQ(FramePool::allocate(128), first);
    FramePool::release(first, 128);
    FramePool::release(second, 97);
}

// Blocks of all sizes, small and large, never overlap and hold what is written into them.
TEST(FramePool, KeepsBlocksOfAllSizesApart)
{
    struct Block {
        unsigned char* memory;
        std::size_t size;
        unsigned char mark;
    };
    RandomStream random(3);
    std::vector<Block> blocks;
    for (int turn = 0; turn < 20'000; ++turn) {
        if (!blocks.empty() && random.chance(0.5)) {
            const std::size_t index = random.below(blocks.size());
            const Block block = blocks[index];
            for (std::size_t byte = 0; byte < block.size; byte += 31) ASSERT_EQ(block.memory[byte], block.mark);
            ASSERT_EQ(block.memory[block.size - 1], block.mark);
            FramePool::release(block.memory, block.size);
            blocks[index] = blocks.back();
            blocks.pop_back();
        } else {
            const std::size_t size = 1 + random.below(random.chance(0.1) ? 9000 : 2100);
            auto* memory = static_cast<unsigned char*>(FramePool::allocate(size));
            ASSERT_EQ(reinterpret_cast<std::uintptr_t>(memory) % 16, 0u);
            const auto mark = static_cast<unsigned char>(turn);
            std::memset(memory, mark, size);
            blocks.push_back({memory, size, mark});
        }
    }
    for (const Block& block : blocks) FramePool::release(block.memory, block.size);
}

// What a guard watches: grows with what is taken, and large blocks go back to the system.
TEST(FramePool, TellsHowMuchItHasTaken)
{
    const std::size_t before = FramePool::reservedBytes();
    void* large = FramePool::allocate(1'000'000);
    EXPECT_EQ(FramePool::reservedBytes(), before + 1'000'000);
    FramePool::release(large, 1'000'000);
    EXPECT_EQ(FramePool::reservedBytes(), before);
}

Task<void> sleeps(Simulation& simulation, Duration span) { co_await simulation.delay(span); }

// A caller that always answers in time cancels its timer each time: dead keys must not pile up. 100,000 of them alive at
// once would take some 3 MB.
TEST(Simulation, StaysBoundedWhenTimersAreCancelledAllTheTime)
{
    SKIP_WITHOUT_POOL();
    Simulation simulation;
    RandomStream random(8);
    const std::uint64_t before = allocatedBytes;
    for (int turn = 0; turn < 100'000; ++turn) {
        Task<void> task = sleeps(simulation, Duration::nanoseconds(1 + static_cast<std::int64_t>(random.below(1'000'000'000'000))));
        task.start();
    }
    EXPECT_LT(allocatedBytes - before, 300'000u);  // a chunk of the pool, and the rebuilds' scratch space
    EXPECT_EQ(simulation.run(Instant::never()), Simulation::Pause::idle);
    EXPECT_EQ(simulation.events(), 0u);
}

// The same with 10,000 alive at any time: memory follows what is alive, not what has been.
TEST(Simulation, KeepsItsMemoryToWhatIsAlive)
{
    SKIP_WITHOUT_POOL();
    Simulation simulation;
    RandomStream random(9);
    std::vector<Task<void>> alive(10'000);
    const auto replace = [&](std::size_t index) {
        alive[index] = sleeps(simulation, Duration::nanoseconds(1 + static_cast<std::int64_t>(random.below(1'000'000'000'000))));
        alive[index].start();
    };
    const auto churn = [&] {
        const std::uint64_t before = allocatedBytes;
        for (int turn = 0; turn < 100'000; ++turn) replace(random.below(alive.size()));
        return allocatedBytes - before;
    };
    for (std::size_t index = 0; index < alive.size(); ++index) replace(index);
    churn();
    const std::uint64_t second = churn(), third = churn();
    // Rebuilds copy the heap (16 bytes a timer, alive or dead) every 10,000 cancellations at most; nothing grows.
    EXPECT_LE(third, second + second / 2);
    alive.clear();
}

// The promise that makes it fast: after the warm-up a client, a timeout, a retry, a link and a service run on the memory
// they have, answers and timeouts alike. Within one bucket of the series, as each new one is a row in a table.
TEST(World, AllocatesNothingInSteadyState)
{
    SKIP_WITHOUT_POOL();
    using namespace models;
    const std::string text = R"(tantrum: 1
name: steady
duration: 1000s
nodes:
  users: {type: client, arrivals: poisson(2000/s), sends: web}
  web: {type: service, workers: 8, queue: 50, work: exponential(3ms)}
links:
  users -> web:
    latency: normal(0.5ms 0.1ms)
    policies: [retry: {attempts: 3, backoff: exponential(5ms), jitter: full, budget: 20%}, timeout: 15ms]
)";
    const scenario::ReadResult read = scenario::read(text, "steady.yaml", catalogue());
    ASSERT_TRUE(read.scenario);
    WorldOptions options;
    options.mostBuckets = 100;  // of 10 s
    const auto world = World::build(*read.scenario, options);
    std::uint64_t taken = 0, events = 0;
    for (int bucket = 40; bucket < 48; ++bucket) {  // histograms have seen every octave by then
        if (bucket % 5 == 2) continue;              // one of forty batches ends there, and is kept
        world->advanceTo(Instant::at(Duration::milliseconds(bucket * 10'000 + 100)));
        const std::uint64_t before = allocations, begun = world->events();
        world->advanceTo(Instant::at(Duration::milliseconds(bucket * 10'000 + 9'900)));
        taken += allocations - before;
        events += world->events() - begun;
    }
    EXPECT_EQ(taken, 0u);
    EXPECT_GT(events, 400'000u);
    const Results results = world->results();
    ASSERT_EQ(results.clients.size(), 1u);
    EXPECT_GT(results.clients[0].failed, 100u);  // timeouts fired, retries were made
    EXPECT_EQ(world->unaccounted(), 0);
}

}  // namespace
}  // namespace tantrum::engine
