#include "engine/processor.h"
#include "engine/random.h"
#include "engine/simulation.h"
#include "engine/task.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <gtest/gtest.h>
#include <vector>

namespace tantrum::engine {
namespace {

Duration ms(std::int64_t count) { return Duration::milliseconds(count); }
Duration ns(std::int64_t count) { return Duration::nanoseconds(count); }
Instant at(Duration time) { return Instant::at(time); }
constexpr std::int64_t never = -1;

// Jobs on a processor of either kind, and when each ended, in nanoseconds.
template <class P> class Jobs {
public:
    explicit Jobs(P& of, Simulation& in) : processor(of), simulation(in) {}
    void begin(Duration demand)
    {
        ended.push_back(never);
        tasks.push_back(work(*this, ended.size() - 1, demand));
        tasks.back().start();
    }
    void cancel(std::size_t job) { tasks[job].reset(); }

    P& processor;
    Simulation& simulation;
    std::vector<std::int64_t> ended;
    std::deque<Task<void>> tasks;

private:
    static Task<void> work(Jobs& jobs, std::size_t index, Duration demand)
    {
        co_await jobs.processor.work(demand);
        jobs.ended[index] = jobs.simulation.now().count();
    }
};

std::vector<std::int64_t> milliseconds(std::initializer_list<std::int64_t> times)
{
    std::vector<std::int64_t> all;
    for (std::int64_t time : times) all.push_back(time < 0 ? never : time * 1'000'000);
    return all;
}

class ProcessorTest : public testing::Test {
protected:
    Simulation simulation;
    Processor processor{simulation};
    Jobs<Processor> jobs{processor, simulation};
};

TEST_F(ProcessorTest, GivesEveryJobItsOwnSpeed)
{
    jobs.begin(ms(10));
    jobs.begin(ms(20));
    jobs.begin(ms(10));
    simulation.run(at(ms(100)));
    EXPECT_EQ(jobs.ended, milliseconds({10, 20, 10}));
}

// A host that slows down mid-work stretches what is left, to the nanosecond.
TEST_F(ProcessorTest, StretchesWorkUnderWayWhenItSlowsDown)
{
    jobs.begin(ms(10));
    simulation.run(at(ms(3)));
    processor.setSpeed(0.25);
    jobs.begin(ms(1));
    simulation.run(at(ms(100)));
    EXPECT_EQ(jobs.ended, milliseconds({3 + 7 * 4, 3 + 4}));
}

TEST_F(ProcessorTest, ShortensWorkUnderWayWhenItSpeedsUp)
{
    processor.setSpeed(0.5);
    jobs.begin(ms(10));
    simulation.run(at(ms(4)));  // 2 ms done
    processor.setSpeed(4);
    simulation.run(at(ms(100)));
    EXPECT_EQ(jobs.ended, milliseconds({6}));
}

// A garbage collection: everything stands still and goes on where it stopped, newcomers included.
TEST_F(ProcessorTest, StandsStillAndGoesOnWhereItStopped)
{
    jobs.begin(ms(10));
    simulation.run(at(ms(4)));
    processor.setSpeed(0);
    simulation.run(at(ms(50)));
    jobs.begin(ms(5));
    simulation.run(at(ms(100)));
    EXPECT_EQ(jobs.ended, milliseconds({never, never}));
    processor.setSpeed(1);
    simulation.run(at(ms(200)));
    EXPECT_EQ(jobs.ended, milliseconds({106, 105}));
}

// Of work that is given up, what was done counts as demanded: 4 of 10 ms; 2 of 10 ms at half speed, where it then stands
// still; nothing of what nobody came to do.
TEST_F(ProcessorTest, CountsOfWorkThatIsGivenUpWhatWasDone)
{
    jobs.begin(ms(10));
    simulation.run(at(ms(4)));
    EXPECT_EQ(processor.demanded(), 10'000'000u);
    jobs.cancel(0);
    EXPECT_EQ(processor.demanded(), 4'000'000u);
    processor.setSpeed(0.5);
    jobs.begin(ms(10));
    jobs.begin(ms(10));
    simulation.run(at(ms(8)));
    jobs.cancel(1);
    EXPECT_EQ(processor.demanded(), 4'000'000u + 2'000'000u + 10'000'000u);
    processor.setSpeed(0);
    simulation.run(at(ms(50)));
    jobs.cancel(2);
    jobs.begin(ms(10));
    jobs.cancel(3);
    EXPECT_EQ(processor.demanded(), 4'000'000u + 2'000'000u + 2'000'000u);
    processor.setSpeed(1);
    jobs.begin(ms(10));
    simulation.run(at(ms(100)));
    EXPECT_EQ(processor.demanded(), 8'000'000u + 10'000'000u);
}

// Many changes in a row lose nothing: the speeds are powers of two, the answer is a whole nanosecond.
TEST_F(ProcessorTest, StaysExactOverManyChangesOfSpeed)
{
    jobs.begin(ns(1'000'000'008));
    std::int64_t done = 0, time = 0;
    constexpr double speeds[]{1, 0.5, 2, 0, 0.25, 4};
    for (int change = 0; change < 600; ++change) {
        const double speed = speeds[change % 6];
        processor.setSpeed(speed);
        time += 80;
        done += static_cast<std::int64_t>(80 * speed);
        simulation.run(at(ns(time)));
    }
    processor.setSpeed(1);
    simulation.run(at(ms(10'000)));
    EXPECT_EQ(jobs.ended.front(), time + 1'000'000'008 - done);
}

TEST_F(ProcessorTest, ForgetsAJobThatIsCancelled)
{
    jobs.begin(ms(10));
    jobs.begin(ms(10));
    simulation.run(at(ms(2)));
    jobs.cancel(0);
    processor.setSpeed(0.5);
    simulation.run(at(ms(100)));
    EXPECT_EQ(jobs.ended, milliseconds({never, 18}));
}

// Work of no length takes no time, but a host that stands still does not do even that.
TEST_F(ProcessorTest, DoesNoWorkWhileItStandsStillHoweverShort)
{
    jobs.begin(ms(0));
    simulation.run(at(ms(0)));
    EXPECT_EQ(jobs.ended, milliseconds({0}));
    processor.setSpeed(0);
    jobs.begin(ms(0));
    simulation.run(at(ms(7)));
    EXPECT_EQ(jobs.ended[1], never);
    processor.setSpeed(1);
    simulation.run(at(ms(7)));
    EXPECT_EQ(jobs.ended, milliseconds({0, 7}));
}

class SharedProcessorTest : public testing::Test {
protected:
    Simulation simulation;
    SharedProcessor processor{simulation, 1};
    Jobs<SharedProcessor> jobs{processor, simulation};
};

TEST_F(SharedProcessorTest, GivesTwoEqualJobsOnOneCoreHalfOfIt)
{
    jobs.begin(ms(10));
    jobs.begin(ms(10));
    EXPECT_EQ(processor.jobs(), 2u);
    simulation.run(at(ms(100)));
    EXPECT_EQ(jobs.ended, milliseconds({20, 20}));
    EXPECT_EQ(processor.jobs(), 0u);
}

TEST_F(SharedProcessorTest, SpeedsUpWhenAShortJobLeaves)
{
    jobs.begin(ms(10));
    jobs.begin(ms(20));
    simulation.run(at(ms(100)));
    EXPECT_EQ(jobs.ended, milliseconds({20, 30}));
}

// 4 ms alone, then two share: 6 ms of the first take 12, the second has 4 left after it.
TEST_F(SharedProcessorTest, SlowsDownWhenAJobJoins)
{
    jobs.begin(ms(10));
    simulation.run(at(ms(4)));
    jobs.begin(ms(10));
    simulation.run(at(ms(100)));
    EXPECT_EQ(jobs.ended, milliseconds({16, 20}));
}

// No job is faster than one core, however many there are.
TEST_F(SharedProcessorTest, GivesNoJobMoreThanOneCore)
{
    processor.setCores(2);
    jobs.begin(ms(10));
    jobs.begin(ms(10));
    simulation.run(at(ms(50)));
    for (int job = 0; job < 4; ++job) jobs.begin(ms(10));
    simulation.run(at(ms(200)));
    EXPECT_EQ(jobs.ended, milliseconds({10, 10, 70, 70, 70, 70}));
}

// The users of what is cancelled feel it at once.
TEST_F(SharedProcessorTest, SpeedsUpTheOthersWhenAJobIsCancelled)
{
    jobs.begin(ms(10));
    jobs.begin(ms(30));
    simulation.run(at(ms(10)));  // 5 ms each
    jobs.cancel(0);              // the one that was to finish first
    simulation.run(at(ms(200)));
    EXPECT_EQ(jobs.ended, milliseconds({never, 35}));
    jobs.begin(ms(10));
    jobs.begin(ms(30));
    simulation.run(at(ms(210)));
    jobs.cancel(3);
    simulation.run(at(ms(400)));
    EXPECT_EQ(jobs.ended[2], ms(215).count());
}

TEST_F(SharedProcessorTest, StretchesWorkUnderWayWhenItSlowsDownOrStandsStill)
{
    jobs.begin(ms(10));
    jobs.begin(ms(10));
    simulation.run(at(ms(4)));  // 2 ms each
    processor.setSpeed(0.5);
    simulation.run(at(ms(12)));  // 4 ms each
    processor.setSpeed(0);
    simulation.run(at(ms(20)));
    processor.setSpeed(2);  // 6 ms each, at the speed of one core
    simulation.run(at(ms(100)));
    EXPECT_EQ(jobs.ended, milliseconds({26, 26}));
}

TEST_F(SharedProcessorTest, ChangesItsCoresUnderWay)
{
    for (int job = 0; job < 4; ++job) jobs.begin(ms(10));
    simulation.run(at(ms(20)));  // 5 ms each
    processor.setCores(2);
    simulation.run(at(ms(25)));  // 7.5 ms each
    processor.setCores(0.5);     // half a core for four
    simulation.run(at(ms(100)));
    EXPECT_EQ(jobs.ended, milliseconds({45, 45, 45, 45}));
}

// Against the definition: all jobs advance together, worked out by hand in small steps of who leaves next.
TEST_F(SharedProcessorTest, FinishesRandomJobsWhenTheDefinitionSays)
{
    constexpr std::size_t count = 300;
    constexpr double cores = 2;
    processor.setCores(cores);
    RandomStream random(5);
    std::vector<double> arrival, demand;
    double time = 0;
    for (std::size_t job = 0; job < count; ++job) {
        arrival.push_back(std::floor(time += random.exponential() * 1e6));
        demand.push_back(std::floor(random.exponential() * 1.9e6) + 1);
    }
    std::vector<double> left = demand, expected(count, -1);
    std::vector<std::size_t> inside;
    double now = 0;
    for (std::size_t next = 0; next < count || !inside.empty();) {
        const double speed = inside.empty() ? 1 : std::min(1.0, cores / static_cast<double>(inside.size()));
        const auto first = std::min_element(inside.begin(), inside.end(), [&](std::size_t a, std::size_t b) { return left[a] < left[b]; });
        const double finish = inside.empty() ? INFINITY : now + left[*first] / speed;
        const double until = next < count ? std::min(finish, arrival[next]) : finish;
        for (std::size_t job : inside) left[job] -= (until - now) * speed;
        now = until;
        if (next < count && until == arrival[next]) {
            inside.push_back(next++);
        } else {
            expected[*first] = now;
            inside.erase(first);
        }
    }
    for (std::size_t job = 0; job < count; ++job) {
        simulation.run(at(ns(static_cast<std::int64_t>(arrival[job]))));
        jobs.begin(ns(static_cast<std::int64_t>(demand[job])));
    }
    simulation.run(Instant::never());
    for (std::size_t job = 0; job < count; ++job)
        EXPECT_NEAR(static_cast<double>(jobs.ended[job]), expected[job], 200) << job;  // rounding to whole nanoseconds, a few hundred times
}

// Bandwidth control: `threads` jobs that share W ms of work, with a quota of q ms in each 100 ms, ending at the given time.
std::vector<std::int64_t> throttled(std::int64_t work, std::int64_t quota, int threads, std::int64_t begin = 0)
{
    Simulation simulation;
    SharedProcessor processor(simulation, 64);
    Jobs<SharedProcessor> jobs(processor, simulation);
    processor.setQuota(ms(quota), ms(100));
    simulation.run(at(ms(begin)));
    for (int job = 0; job < threads; ++job) jobs.begin(Duration::microseconds(work * 1000 / threads));
    simulation.run(at(ms(10'000)));
    return jobs.ended;
}
std::vector<std::int64_t> allAt(double milliseconds, int threads) { return std::vector<std::int64_t>(static_cast<std::size_t>(threads), std::llround(milliseconds * 1e6)); }

// Linux CFS bandwidth control, worked out by hand: n busy threads use a quota q within q / n, then stand still until the
// period ends. Who ends in the moment the quota does is not held up.
TEST(Quota, HoldsABurstUpAsLinuxDoes)
{
    EXPECT_EQ(throttled(200, 50, 1), allAt(350, 1));
    EXPECT_EQ(throttled(200, 20, 1), allAt(920, 1));
    EXPECT_EQ(throttled(60, 50, 1), allAt(110, 1));
    EXPECT_EQ(throttled(50, 50, 1), allAt(50, 1));
    EXPECT_EQ(throttled(30, 10, 1), allAt(210, 1));
    EXPECT_EQ(throttled(200, 50, 4), allAt(312.5, 4));
    EXPECT_EQ(throttled(400, 200, 4), allAt(150, 4));
    EXPECT_EQ(throttled(800, 200, 8), allAt(325, 8));
    EXPECT_EQ(throttled(100, 200, 1), allAt(100, 1));
}

// The periods do not begin with the work: a burst of 60 ms at 70 ms has 30 in what is left of this period.
TEST(Quota, CountsPeriodsFromWhenItWasSet)
{
    EXPECT_EQ(throttled(60, 50, 1, 70), allAt(130, 1));
    EXPECT_EQ(throttled(60, 20, 1, 70), allAt(220, 1));  // 70 to 90, 100 to 120, 200 to 220
}

class QuotaTest : public testing::Test {
protected:
    Simulation simulation;
    SharedProcessor processor{simulation, 4};
    Jobs<SharedProcessor> jobs{processor, simulation};
};

TEST_F(QuotaTest, HoldsNewcomersUpToo)
{
    processor.setQuota(ms(40), ms(100));
    jobs.begin(ms(50));
    simulation.run(at(ms(60)));
    jobs.begin(ms(5));
    simulation.run(at(ms(1000)));
    EXPECT_EQ(jobs.ended, milliseconds({110, 105}));
    EXPECT_EQ(processor.throttling().periods, 2u);
    EXPECT_EQ(processor.throttling().throttled, 1u);
    EXPECT_EQ(processor.throttling().time, ms(60));
    EXPECT_EQ(processor.used(), 55e6);
}

// What was not used is lost: each period begins with the quota and no more.
TEST_F(QuotaTest, SavesNothingUp)
{
    processor.setQuota(ms(30), ms(100));
    simulation.run(at(ms(300)));
    jobs.begin(ms(60));
    simulation.run(at(ms(1000)));
    EXPECT_EQ(jobs.ended, milliseconds({430}));
}

TEST_F(QuotaTest, FeelsNothingOfAQuotaThatSuffices)
{
    processor.setQuota(ms(400), ms(100));
    for (int job = 0; job < 4; ++job) jobs.begin(ms(500));
    simulation.run(at(ms(1000)));
    EXPECT_EQ(jobs.ended, milliseconds({500, 500, 500, 500}));
    EXPECT_EQ(processor.throttling().periods, 5u);
    EXPECT_EQ(processor.throttling().throttled, 0u);
}

// A cancelled job's share is not used: 20 ms alone, 5 for two, then the other alone until the quota of 40 is gone at 35.
TEST_F(QuotaTest, IsLeftByWhoIsCancelled)
{
    processor.setQuota(ms(40), ms(100));
    jobs.begin(ms(50));
    simulation.run(at(ms(20)));
    jobs.begin(ms(50));
    simulation.run(at(ms(25)));
    jobs.cancel(1);
    simulation.run(at(ms(30)));
    EXPECT_EQ(processor.used(), 35e6);
    simulation.run(at(ms(70)));
    jobs.cancel(0);
    simulation.run(at(ms(130)));
    jobs.begin(ms(40));
    simulation.run(at(ms(1000)));
    EXPECT_EQ(jobs.ended, milliseconds({never, never, 170}));
}

// A slow host uses its quota for less: half the speed, 20 ms of core time for 10 of work. One that stands still uses none.
TEST_F(QuotaTest, IsUsedBySlowHostsAndNotByStandingOnes)
{
    processor.setQuota(ms(20), ms(100));
    processor.setSpeed(0.5);
    jobs.begin(ms(20));
    simulation.run(at(ms(110)));  // 10 by 20, 15 by 110
    processor.setSpeed(0);
    simulation.run(at(ms(150)));
    processor.setSpeed(0.5);
    EXPECT_EQ(processor.used(), 30e6);
    simulation.run(at(ms(1000)));
    EXPECT_EQ(jobs.ended, milliseconds({160}));
}

TEST_F(QuotaTest, ChangesUnderWay)
{
    processor.setQuota(ms(20), ms(100));
    jobs.begin(ms(100));
    simulation.run(at(ms(50)));          // 20 done, standing
    processor.setQuota(ms(60), ms(100));
    simulation.run(at(ms(110)));         // 60 by 90, 70 by 110
    processor.setQuota(ms(5), ms(100));  // used up already
    simulation.run(at(ms(210)));         // 75 by 205
    processor.setQuota(Duration::max(), ms(100));
    simulation.run(at(ms(1000)));
    EXPECT_EQ(jobs.ended, milliseconds({235}));
}

// Jobs come and go in the middle of the heap: nobody is lost, nobody is early, and the rest end in the order of what is left.
TEST_F(SharedProcessorTest, SurvivesRandomCancellations)
{
    RandomStream random(6);
    std::vector<Duration> demands;
    for (int job = 0; job < 400; ++job) {
        demands.push_back(ns(1 + static_cast<std::int64_t>(random.below(1'000'000))));
        jobs.begin(demands.back());
        if (random.chance(0.5)) jobs.cancel(random.below(jobs.tasks.size()));
        simulation.run(simulation.now() + ns(static_cast<std::int64_t>(random.below(300'000))));
    }
    EXPECT_EQ(simulation.run(Instant::never()), Simulation::Pause::idle);
    EXPECT_EQ(processor.jobs(), 0u);
    for (std::size_t job = 0; job < jobs.tasks.size(); ++job) EXPECT_NE(static_cast<bool>(jobs.tasks[job]) && !jobs.tasks[job].done(), true) << job;
}

}  // namespace
}  // namespace tantrum::engine
