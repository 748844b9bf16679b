// Groups of instances: how long they take, how they are scaled, what their credits are worth.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>

namespace tantrum::models {
namespace {

using namespace support;

Results group(const std::string& instances, double seconds, const std::string& arrivals = "paced(10/s)", const std::string& more = "")
{
    return run("nodes:\n  users: {type: client, arrivals: " + arrivals + ", sends: web}\n  web: {type: ec2, start_time: 60s, " + instances + "}\n" + more, seconds);
}
double of(const Results& results, std::string_view key) { return metric(node(results, "web"), key); }
std::uint64_t refused(const Results& results) { return ended(client(results, "users"), Outcome::crashed); }

// A dead instance is found by the check of the next full minute, and its successor takes another to start.
TEST(AutoScalingGroup, ReplacesADeadInstanceMinutesLater)
{
    const Results results = group("desired: 1, work: 1ms", 200, "paced(10/s)", "timeline:\n  - {at: 10.05s, for: 1ns, crash: web}\n");
    EXPECT_NEAR(static_cast<double>(refused(results)), (120 - 10.05) * 10, 1);
    EXPECT_EQ(of(results, "replaced"), 1);
    EXPECT_EQ(of(results, "launched"), 2);
    const Results graced = group("desired: 1, health_grace: 300s, work: 1ms", 500, "paced(10/s)", "timeline:\n  - {at: 10.05s, for: 1ns, crash: web}\n");
    EXPECT_NEAR(static_cast<double>(refused(graced)), (420 - 10.05) * 10, 1);
}

// 3.2 cores of work on two instances of two: 80 %. Three minutes above 50 %, then 2 × 80 / 50, rounded up; a minute to start.
TEST(AutoScalingGroup, ScalesOutAfterThreeMinutesAboveItsTarget)
{
    const auto scaled = [](double seconds) { return group("desired: 2, scaling: true, target: 50%, work: 10ms", seconds, "paced(320/s)"); };
    EXPECT_EQ(of(scaled(179), "desired"), 2);
    EXPECT_EQ(of(scaled(181), "desired"), 4);
    EXPECT_EQ(of(scaled(239), "in_service"), 2);
    EXPECT_EQ(of(scaled(241), "in_service"), 4);
    EXPECT_EQ(of(scaled(1500), "desired"), 4);  // 40 %: 3.2 of them would do
    EXPECT_NEAR(of(scaled(181), "cpu_utilization"), 0.8, 0.001);
}

// Four at 10 %: fifteen minutes below 90 % of the target, then 4 × 10 / 50, rounded up.
TEST(AutoScalingGroup, ScalesInAfterFifteenMinutesBelowItsTarget)
{
    const auto scaled = [](double seconds) { return group("desired: 4, scaling: true, target: 50%, work: 10ms", seconds, "paced(80/s)"); };
    EXPECT_EQ(of(scaled(899), "desired"), 4);
    EXPECT_EQ(of(scaled(901), "desired"), 1);
    EXPECT_EQ(of(group("desired: 4, min: 3, scaling: true, target: 50%, work: 10ms", 1000, "paced(80/s)"), "desired"), 3);
}

// One core of two vCPUs is used; 0.4 credits a minute are earned, 1 is spent: the 2 that it came with last 200 s.
TEST(AutoScalingGroup, SlowsDownToItsBaselineWithoutCredits)
{
    const std::string instance = "desired: 1, max: 1, baseline: 20%, launch_credits: 1, work: 10ms, credits: ";
    const auto held = [&](double seconds) { return group(instance + "standard", seconds, "paced(100/s)"); };
    EXPECT_EQ(of(held(199), "throttled_time"), 0);
    EXPECT_NEAR(of(held(300), "throttled_time"), 100, 1.5);
    EXPECT_NEAR(of(held(100), "credit_balance"), 2 - 100.0 / 60 * 0.6, 0.001);
    EXPECT_EQ(client(held(199), "users").latency.maximum, 0.01);
    EXPECT_GT(client(held(300), "users").latency.maximum, 1);  // 40 of 100 requests a second
    const Results unlimited = group(instance + "unlimited", 300, "paced(100/s)");
    EXPECT_EQ(of(unlimited, "throttled_time"), 0);
    EXPECT_NEAR(of(unlimited, "surplus_credits"), 100.0 / 60 * 0.6, 0.02);
    EXPECT_EQ(of(group(instance + "none", 300, "paced(100/s)"), "throttled_time"), 0);
}

// Less than the baseline is earned back, to be spent at full speed.
TEST(AutoScalingGroup, EarnsCreditsWhileItHasLittleToDo)
{
    const Results results = group("desired: 1, baseline: 20%, credits: standard, work: 10ms", 600, "paced(10/s)");
    EXPECT_NEAR(of(results, "credit_balance"), 10 * (0.4 - 0.1), 0.01);
}

// Two minutes' notice after 300 s: no new requests from then on, and a successor a minute later.
TEST(AutoScalingGroup, LosesSpotInstances)
{
    const Results results = group("desired: 1, spot: 300s, work: 1ms", 400.05, "paced(10/s)");
    EXPECT_EQ(of(results, "interruptions"), 1);
    EXPECT_NEAR(static_cast<double>(refused(results)), 600, 2);
    Options options;
    options.trace = {299};
    const auto inside = [&](const std::string& work) {
        return run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: web}\n  web: {type: ec2, desired: 1, spot: 300s, work: " + work + "}\n", 1000, options);
    };
    EXPECT_EQ(client(inside("110s"), "users").completed, 1u);
    EXPECT_EQ(client(inside("130s"), "users").completed, 0u);  // gone at 420 s
}

// An instance refresh: one of ten at a time, each a minute.
TEST(AutoScalingGroup, RefreshesItsInstancesWithNinetyPercentInService)
{
    const Results results = group("desired: 10, drain: 1s, work: 1ms", 1000, "paced(10/s)", "timeline:\n  - {at: 20s, deploy: web, version: v2}\n");
    EXPECT_EQ(of(results, "instances_max"), 10);
    EXPECT_EQ(of(results, "in_service_min"), 9);
    EXPECT_EQ(of(results, "rollouts"), 1);
    EXPECT_EQ(client(results, "users").failed, 0u);
    EXPECT_EQ(of(group("desired: 20, max: 20, drain: 1s, work: 1ms", 1000, "paced(10/s)", "timeline:\n  - {at: 20s, deploy: web, version: v2}\n"), "in_service_min"), 18);
}

TEST(AutoScalingGroup, CostsWhatItsInstancesCost)
{
    EXPECT_NEAR(of(group("desired: 2, price: $0.0832, work: 1ms", 3600, "paced(1/s)"), "cost"), 2 * 0.0832, 1e-9);
}

}  // namespace
}  // namespace tantrum::models
