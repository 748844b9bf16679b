// Containers: CPU quota, memory limit, restart policy, health check.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>

namespace tantrum::models {
namespace {

using namespace support;

// Requests at the given moments to a container described by the rest.
Results serve(const std::string& container, std::vector<double> moments, double seconds = 5, const std::string& more = "")
{
    Options options;
    options.trace = std::move(moments);
    return run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: web}\n  web: {type: docker, " + container + "}\n" + more, seconds, options);
}

double slowest(const Results& results) { return client(results, "users").latency.maximum; }
std::uint64_t good(const Results& results) { return client(results, "users").completed; }

// W ms of work in all, on `threads` threads that begin at the start of a period, with a quota of q ms in 100. Both as one request
// that does its work in parallel branches and as so many requests at once.
void expectThrottled(int work, int quota, int threads, double expected)
{
    const std::string each = std::to_string(work * 1000 / threads) + "us";
    const std::string cpus = "cores: 8, cpus: " + std::to_string(quota / 100.0) + ", ";
    std::string branches;
    for (int thread = 0; thread < threads; ++thread) branches += (thread ? ", {work: " : "{work: ") + each + "}";
    for (const double begin : {0.0, 1.3}) {
        EXPECT_NEAR(slowest(serve(cpus + "operations: {burst: [{together: [" + branches + "]}]}", {begin})), expected, 1e-9) << work << " of " << quota;
        EXPECT_NEAR(slowest(serve(cpus + "workers: 8, work: " + each, atOnce(static_cast<std::size_t>(threads), begin))), expected, 1e-9) << work << " of " << quota;
    }
}

// Linux CFS bandwidth control, worked out by hand; the period is Docker's default of 100 ms.
TEST(Container, IsThrottledAsLinuxThrottles)
{
    expectThrottled(200, 50, 1, 0.350);
    expectThrottled(200, 20, 1, 0.920);
    expectThrottled(60, 50, 1, 0.110);
    expectThrottled(50, 50, 1, 0.050);
    expectThrottled(30, 10, 1, 0.210);
    expectThrottled(200, 50, 4, 0.3125);
    expectThrottled(400, 200, 4, 0.150);
    expectThrottled(800, 200, 8, 0.325);
    expectThrottled(100, 200, 1, 0.100);
}

// Two bursts of 60 ms, half a second apart, with 20 ms in each period: each runs in three periods and stands still 2 × 80 ms.
TEST(Container, CountsItsThrottlingAsCpuStatDoes)
{
    const Results results = serve("cpus: 0.2, work: 60ms", {0, 0.5}, 1);
    EXPECT_EQ(metric(node(results, "web"), "nr_periods"), 6);
    EXPECT_EQ(metric(node(results, "web"), "nr_throttled"), 4);
    EXPECT_NEAR(metric(node(results, "web"), "throttled_time"), 0.320, 1e-9);
    EXPECT_NEAR(metric(node(results, "web"), "cpu_usage"), 0.120, 1e-9);
    EXPECT_NEAR(metric(node(results, "web"), "cpu_utilization"), 0.6, 1e-9);
}

// Without a quota the host's cores are all that bounds it, and a quota beyond them changes nothing.
TEST(Container, IsBoundByTheCoresOfItsHost)
{
    EXPECT_NEAR(slowest(serve("cores: 2, work: 100ms", atOnce(4, 1))), 0.2, 1e-9);
    EXPECT_NEAR(slowest(serve("cores: 2, cpus: 3, work: 100ms", atOnce(4, 1))), 0.2, 1e-9);
}

TEST(Container, FollowsItsQuotaWhenThatChanges)
{
    const Results results = serve("cpus: 0.1, work: 100ms", {1, 2}, 5, "timeline:\n  - {at: 1.95s, set: web.cpus, to: 1}\n");
    EXPECT_EQ(good(results), 2u);
    EXPECT_NEAR(slowest(results), 0.910, 1e-9);  // ten periods of 10 ms; the second request needs 100 ms
    EXPECT_NEAR(client(results, "users").latency.mean, (0.910 + 0.100) / 2, 1e-9);
}

// 50 MB and 10 for each request inside: four fit into 90, the fifth is one too many. All five are lost; exit code 137.
TEST(Container, IsKilledWhenItsMemoryIsBeyondTheLimit)
{
    const std::string memory = "memory: 90MB, memory_base: 50MB, memory_per_request: 10MB, work: 100ms";
    const Results fit = serve(memory, atOnce(4, 1));
    EXPECT_EQ(good(fit), 4u);
    EXPECT_EQ(metric(node(fit, "web"), "memory_max"), 90e6);
    EXPECT_EQ(metric(node(fit, "web"), "oom_kills"), 0);
    const Results killed = serve(memory, {1, 1, 1, 1, 1, 2});
    EXPECT_EQ(ended(client(killed, "users"), Outcome::crashed), 6u);  // and the sixth finds nobody: no restart policy
    EXPECT_EQ(metric(node(killed, "web"), "oom_kills"), 1);
    EXPECT_EQ(metric(node(killed, "web"), "exit_code"), 137);
    EXPECT_EQ(metric(node(killed, "web"), "restarts"), 0);
}

// Who waits holds memory too; who is rejected does not.
TEST(Container, HoldsMemoryForThoseWhoWait)
{
    const std::string memory = "workers: 1, memory: 90MB, memory_base: 50MB, memory_per_request: 10MB, work: 10ms";
    EXPECT_EQ(good(serve(memory, atOnce(5, 1))), 0u);
    EXPECT_EQ(good(serve(memory + ", queue: 3", atOnce(9, 1))), 4u);
}

// Each request leaves 1 MB behind: of 40 MB that are free the forty-first is too many, as long as the process is the same.
TEST(Container, LeaksUntilItIsKilledAndBeginsAnew)
{
    const Results results = run("nodes:\n  users: {type: client, arrivals: paced(10/s), sends: web}\n"
                                "  web: {type: docker, memory: 90MB, memory_base: 50MB, memory_leak: 1MB, work: 1ms, restart: always, start_time: 500ms}\n", 8);
    EXPECT_EQ(metric(node(results, "web"), "oom_kills"), 1);
    EXPECT_EQ(metric(node(results, "web"), "restarts"), 1);
    // Killed with the end of the forty-first; 100 ms of delay and 500 ms of start, in which six come. 33 more leave 7 MB.
    EXPECT_EQ(ended(client(results, "users"), Outcome::crashed), 6u);
}

// What it took after a restart is not mixed up with what requests held before.
TEST(Container, ForgetsWhatARequestHeldWhenItsProcessEnds)
{
    const Results results = serve("memory: 90MB, memory_base: 50MB, memory_per_request: 10MB, work: 100ms, restart: always, start_time: 100ms",
                                  {1, 1, 1, 1.01, 1.02, 2, 2, 2, 2, 3, 3, 3, 3});
    EXPECT_EQ(metric(node(results, "web"), "oom_kills"), 1);
    EXPECT_EQ(good(results), 8u);
}

// A crash that lasts: each start fails at once. Delays 100, 200, 400 … ms, each start 50 ms: attempts end at 0.15, 0.4, 0.85,
// 1.7, 3.35 after the crash at 1 s.
TEST(Container, IsStartedAgainWithADelayThatDoubles)
{
    const std::string crash = "timeline:\n  - {at: 1s, for: 3s, crash: web}\n";
    const Results results = serve("work: 1ms, restart: always, start_time: 50ms", {0.5, 4.34, 4.36}, 5, crash);
    EXPECT_EQ(metric(node(results, "web"), "restarts"), 5);
    EXPECT_EQ(good(results), 2u);
    EXPECT_EQ(ended(client(results, "users"), Outcome::crashed), 1u);
}

// At most a minute: 0.1 × 2^n, n < 10, is 102.3 s and ten starts; from then on one each 60 s and a start of 50 ms.
TEST(Container, IsNeverDelayedForMoreThanAMinute)
{
    const Results results = serve("work: 1ms, restart: always, start_time: 50ms", {0.5}, 300, "timeline:\n  - {at: 1s, crash: web}\n");
    // Starts at 1 + 0.1 × (2^n - 1) + 0.05 × (n - 1): the tenth at 103.75, then 163.8, 223.85, 283.9.
    EXPECT_EQ(metric(node(results, "web"), "restarts"), 14);
}

// Ten seconds without an exit forget the doubling: killed at 1 s and 1.3 s it waits 100 and 200 ms, at 20 s 100 ms again.
TEST(Container, ForgetsItsDelayOnceItRanTenSeconds)
{
    const std::string kills = "timeline:\n  - {at: 1s, for: 1ns, crash: web}\n  - {at: 1.3s, for: 1ns, crash: web}\n  - {at: 20s, for: 1ns, crash: web}\n";
    const Results results = serve("work: 1ms, restart: always, start_time: 0s", {1.09, 1.11, 1.49, 1.51, 20.09, 20.11}, 30, kills);
    EXPECT_EQ(good(results), 3u);
    EXPECT_EQ(metric(node(results, "web"), "restarts"), 3);
}

TEST(Container, StaysDownWithoutARestartPolicyOrWhenItsRetriesAreSpent)
{
    const std::string kill = "timeline:\n  - {at: 1s, for: 1ns, crash: web}\n";
    EXPECT_EQ(good(serve("work: 1ms", {0.5, 2, 3}, 5, kill)), 1u);
    EXPECT_EQ(good(serve("work: 1ms, restart: on-failure", {0.5, 2, 3}, 5, kill)), 3u);
    EXPECT_EQ(good(serve("work: 1ms, restart: unless-stopped", {0.5, 2, 3}, 5, kill)), 3u);
    const Results spent = serve("work: 1ms, restart: on-failure, maximum_retry_count: 3, start_time: 1ms", {0.5, 20}, 30, "timeline:\n  - {at: 1s, for: 5s, crash: web}\n");
    EXPECT_EQ(good(spent), 1u);
    EXPECT_EQ(metric(node(spent, "web"), "restarts"), 3);
}

// Checks each 30 s after the one before; one that hangs is given up after 30. A pause at 50 s fails those of 60, 120 and 180 s: unhealthy
// from 210 s on, until the next check, at 240 s, finds it awake. Docker does nothing about it.
TEST(Container, IsUnhealthyAfterThreeFailuresAndIsNotRestartedForIt)
{
    const Results results = serve("work: 1ms, restart: always, healthcheck: true, health_work: 0s", {1}, 300, "timeline:\n  - {at: 50s, for: 165s, pause: web}\n");
    EXPECT_EQ(metric(node(results, "web"), "health_failures"), 3);
    EXPECT_NEAR(metric(node(results, "web"), "unhealthy_time"), 30, 1e-6);
    EXPECT_EQ(metric(node(results, "web"), "restarts"), 0);
}

// A saturated container looks unhealthy: the check waits for a thread like everybody.
TEST(Container, LooksUnhealthyWhenItsThreadsAreTaken)
{
    const Results results = serve("workers: 2, work: 250s, healthcheck: true", atOnce(4, 1), 290);
    EXPECT_EQ(metric(node(results, "web"), "health_failures"), 4);  // 30 to 60, 90 to 120, 150 to 180, 210 to 240
}

// In the start period checks come each 5 s and their failures do not count.
TEST(Container, ForgivesFailuresInTheStartPeriod)
{
    const std::string container = "work: 1ms, healthcheck: true, health_timeout: 1s, health_work: 0s, health_start_period: ";
    const std::string pause = "timeline:\n  - {at: 1ms, for: 99.999s, pause: web}\n";
    const Results forgiven = serve(container + "100s", {0}, 200, pause);
    EXPECT_EQ(metric(node(forgiven, "web"), "health_failures"), 16);  // each 5 s and the second it takes; the last from 95 to 96
    EXPECT_EQ(metric(node(forgiven, "web"), "unhealthy_time"), 0);
    EXPECT_GT(metric(node(serve(container + "0s", {0}, 200, pause), "web"), "unhealthy_time"), 0);
}

// Slow hosts work for longer and use the quota for less: 60 ms at half the speed are 120 ms of core time.
TEST(Container, UsesItsQuotaForLessWhenItIsSlow)
{
    EXPECT_NEAR(slowest(serve("cpus: 0.5, work: 60ms", {1}, 5, "timeline:\n  - {at: 0s, slow: web, factor: 2}\n")), 0.220, 1e-9);
}

}  // namespace
}  // namespace tantrum::models
