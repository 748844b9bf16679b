#include "engine/random.h"
#include "engine/statistics.h"

#include <cmath>
#include <gtest/gtest.h>

namespace tantrum::engine {
namespace {

Instant at(std::int64_t nanoseconds) { return Instant::at(Duration::nanoseconds(nanoseconds)); }

// The definition, by hand: 0 for 10 ns, 3 for 20 ns, 1 for 10 ns.
TEST(Gauge, MeanIsTheIntegralOverTime)
{
    Gauge gauge;
    gauge.set(at(10), 3);
    gauge.add(at(30), -2);
    EXPECT_EQ(gauge.level(), 1);
    EXPECT_EQ(gauge.maximum(), 3);
    EXPECT_EQ(gauge.integral(at(40)), 70);
    EXPECT_DOUBLE_EQ(gauge.mean(at(40)), 70.0 / 40);
}

// The end of a warm-up or a window: history goes, the level stays and is the new maximum.
TEST(Gauge, RestartKeepsTheLevelAndForgetsTheRest)
{
    Gauge gauge;
    gauge.set(at(0), 5);
    gauge.set(at(10), 2);
    gauge.restart(at(100));
    EXPECT_EQ(gauge.maximum(), 2);
    EXPECT_EQ(gauge.mean(at(100)), 2);
    EXPECT_EQ(gauge.mean(at(200)), 2);
    gauge.add(at(150), 2);
    EXPECT_EQ(gauge.mean(at(200)), 3);
    EXPECT_EQ(gauge.maximum(), 4);
}

// A level that lasts no time counts for the maximum only.
TEST(Gauge, ChangesAtOneInstantWeighNothing)
{
    Gauge gauge;
    gauge.set(at(5), 100);
    gauge.set(at(5), 1);
    EXPECT_EQ(gauge.maximum(), 100);
    EXPECT_DOUBLE_EQ(gauge.mean(at(10)), 0.5);
    EXPECT_EQ(Gauge{}.mean(at(0)), 0);
}

// Whole levels over hours of nanoseconds stay exact: the integral is a sum of whole numbers below 2^53.
TEST(Gauge, WholeLevelsGiveAnExactIntegral)
{
    RandomStream random(1);
    Gauge gauge;
    std::int64_t now = 0;
    std::int64_t level = 0;
    std::int64_t integral = 0;
    for (int i = 0; i < 100'000; ++i) {
        const auto step = static_cast<std::int64_t>(random.below(1'000'000));
        now += step;
        integral += level * step;
        level = static_cast<std::int64_t>(random.below(100));
        gauge.set(at(now), level);
    }
    EXPECT_EQ(gauge.integral(at(now)), static_cast<double>(integral));
}

// Against the two-pass definition.
TEST(Moments, AreMeanAndUnbiasedVariance)
{
    Moments moments;
    EXPECT_EQ(moments.mean(), 0);
    EXPECT_EQ(moments.variance(), 0);
    moments.record(4);
    EXPECT_EQ(moments.variance(), 0);
    moments.record(7);
    moments.record(13);
    EXPECT_EQ(moments.count(), 3U);
    EXPECT_DOUBLE_EQ(moments.mean(), 8);
    EXPECT_DOUBLE_EQ(moments.sum(), 24);
    EXPECT_DOUBLE_EQ(moments.variance(), 21);
    EXPECT_DOUBLE_EQ(moments.deviation(), std::sqrt(21.0));
    moments.clear();
    EXPECT_EQ(moments.count(), 0U);
}

// Plain sums of squares lose everything when the mean is a million deviations: instants of a long run do that.
TEST(Moments, SurviveASmallSpreadAroundALargeMean)
{
    Moments moments;
    for (int i = 0; i < 1000; ++i) moments.record(1e12 + i % 2);
    EXPECT_NEAR(moments.variance(), 0.25 * 1000 / 999, 1e-9);
}

// Replications run on several threads and are joined afterwards.
TEST(Moments, MergingEqualsRecordingJointly)
{
    RandomStream random(2);
    Moments joint;
    Moments left;
    Moments right;
    for (int i = 0; i < 10'000; ++i) {
        const double value = 50 + random.normal() * (i % 3);
        joint.record(value);
        (i < 3000 ? left : right).record(value);
    }
    Moments merged;
    merged.merge(left);
    merged.merge(right);
    merged.merge(Moments{});
    EXPECT_EQ(merged.count(), joint.count());
    EXPECT_NEAR(merged.mean(), joint.mean(), 1e-12 * joint.mean());
    EXPECT_NEAR(merged.variance(), joint.variance(), 1e-10 * joint.variance());
}

}  // namespace
}  // namespace tantrum::engine
