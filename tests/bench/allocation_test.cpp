// A kernel that allocates for each event is slow however it is tuned; here is where it would be seen.
#include "engine/pool.h"
#include "tests/bench/workloads.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

namespace {
std::uint64_t allocations = 0;
}

// The other forms of new are the standard library's and end here.
void* operator new(std::size_t size)
{
    ++allocations;
    if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace tantrum::bench {
namespace {

#ifdef TANTRUM_PLAIN_FRAMES
constexpr bool pooled = false;  // under this sanitizer each frame is an allocation, so that mistakes are seen
#else
constexpr bool pooled = true;
#endif

// In steady state, within one bucket of the series: the scenario made so long that its buckets are longer than the
// test.
std::uint64_t allocationsOf(const Workload& workload, std::uint64_t events)
{
    constexpr std::uint64_t warmUp = 1'000'000;
    const auto scenario = readScenario(workload);
    EXPECT_TRUE(scenario) << scenario.failure().message;
    models::WorldOptions options;
    options.duration = scenario->duration * 1000;
    Course course(workload, *scenario, options);
    EXPECT_EQ(course.world().advanceSome(warmUp, course.world().end()), models::World::Progress::reached);
    const std::uint64_t before = allocations;
    EXPECT_EQ(course.world().advanceSome(events, course.world().end()), models::World::Progress::reached);
    const std::uint64_t made = allocations - before;
    EXPECT_EQ(course.world().buckets(), 0u);
    return made;
}

// What is not owed to events: a queue deeper than ever before needs another chunk of frames, and a latency longer or
// shorter than ever before another octave of a histogram. One allocation in a thousand events would already be 100.
TEST(Allocation, IsNothingThatAnEventNeeds)
{
    if (!pooled) GTEST_SKIP() << "frames come from the heap under this sanitizer";
    constexpr std::uint64_t events = 100'000, forRecords = 10;
    for (const Workload& workload : workloads()) {
        if (workload.unit == Unit::event)
            continue;  // w5 is no steady state: caches load in single flight, queues fill, faults strike
        SCOPED_TRACE(workload.name);
        EXPECT_LE(allocationsOf(workload, events), forRecords);
    }
}

// The series is a vector for each of twelve columns, and grows as vectors do.
TEST(Allocation, OfABucketOfTheSeriesIsTwoForEachNodeAtMost)
{
    if (!pooled) GTEST_SKIP() << "frames come from the heap under this sanitizer";
    const Workload& workload = *findWorkload("w1b");
    const auto scenario = readScenario(workload);
    ASSERT_TRUE(scenario) << scenario.failure().message;
    Course course(workload, *scenario);
    course.warmUp();
    const std::uint64_t before = allocations, buckets = course.world().buckets();
    ASSERT_TRUE(course.advance(300'000));
    const std::uint64_t more = course.world().buckets() - buckets;
    EXPECT_GE(more, 50u);
    EXPECT_LE(allocations - before, more * 2 * course.world().topology().nodes.size());
}

}  // namespace
}  // namespace tantrum::bench
