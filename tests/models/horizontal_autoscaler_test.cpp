// The arithmetic of the Kubernetes autoscaler, as its documentation gives it.
#include "models/compute/horizontal_autoscaler.h"

#include <gtest/gtest.h>
#include <vector>

namespace tantrum::models::compute {
namespace {

using engine::Duration;
using engine::Instant;
using Pod = HorizontalAutoscaler::Pod;
using Rules = HorizontalAutoscaler::Rules;

Rules rules(double target, std::int64_t most = 1'000)
{
    Rules made;
    made.most = most;
    made.target = target;
    return made;
}
std::vector<Pod> pods(std::size_t count, double use)
{
    Pod pod;
    pod.use = use;
    return std::vector<Pod>(count, pod);
}
void add(std::vector<Pod>& all, std::size_t count, Pod::State state)
{
    Pod pod;
    pod.state = state;
    all.insert(all.end(), count, pod);
}
std::int64_t recommended(std::size_t current, double use, double target)
{
    return HorizontalAutoscaler(rules(target)).recommend(static_cast<std::int64_t>(current), pods(current, use));
}
Instant at(int seconds) { return Instant::at(Duration::seconds(seconds)); }

// desired = ceil(current × metric / target), nothing within 10 %; 50 -> 60 is the documentation's own example.
TEST(HorizontalAutoscaler, MultipliesAndRoundsUp)
{
    EXPECT_EQ(recommended(50, 0.90, 0.75), 60);
    EXPECT_EQ(recommended(3, 2.00, 1.00), 6);
    EXPECT_EQ(recommended(4, 0.50, 1.00), 2);
    EXPECT_EQ(recommended(10, 0.54, 0.50), 10);
    EXPECT_EQ(recommended(10, 0.56, 0.50), 12);
    EXPECT_EQ(recommended(10, 0.44, 0.50), 9);
    EXPECT_EQ(recommended(1, 5.00, 0.50), 10);
}

// At most as many again or four more in 15 s.
TEST(HorizontalAutoscaler, GrowsInSteps)
{
    HorizontalAutoscaler scaler(rules(0.5));
    EXPECT_EQ(scaler.decide(at(15), 1, pods(1, 5.0)), 5);
    EXPECT_EQ(scaler.decide(at(16), 5, pods(5, 1.0)), 5);  // the period's share is used up
    EXPECT_EQ(scaler.decide(at(30), 5, pods(5, 1.0)), 10);
    EXPECT_EQ(scaler.decide(at(45), 10, pods(10, 5.0)), 20);
}

TEST(HorizontalAutoscaler, StaysWithinItsLimits)
{
    HorizontalAutoscaler scaler(rules(0.5, 7));
    EXPECT_EQ(scaler.decide(at(15), 5, pods(5, 5.0)), 7);
    EXPECT_EQ(scaler.decide(at(30), 7, pods(7, 5.0)), 7);
    EXPECT_EQ(scaler.decide(at(1'000), 7, pods(7, 0)), 1);
}

// Fewer only when nothing of the last 300 s asked for more; the number it began with counts as such.
TEST(HorizontalAutoscaler, WaitsFiveMinutesBeforeItShrinks)
{
    HorizontalAutoscaler scaler(rules(1));
    for (int second = 15; second <= 315; second += 15) EXPECT_EQ(scaler.decide(at(second), 4, pods(4, 0.5)), 4) << second;
    EXPECT_EQ(scaler.decide(at(330), 4, pods(4, 0.5)), 2);
    EXPECT_EQ(scaler.decide(at(345), 2, pods(2, 2.0)), 4);
}

// Not ready: idle when it would grow; without influence when it would shrink.
TEST(HorizontalAutoscaler, TakesPodsThatAreNotReadyForIdleWhenItWouldGrow)
{
    const HorizontalAutoscaler scaler(rules(0.5));
    auto all = pods(1, 5.0);
    add(all, 4, Pod::State::unready);
    EXPECT_EQ(scaler.recommend(5, all), 10);  // 500 % of five pods
    all = pods(4, 0.9);
    add(all, 4, Pod::State::unready);
    EXPECT_EQ(scaler.recommend(8, all), 8);   // 45 %: that would turn round
    all = pods(4, 0.25);
    add(all, 4, Pod::State::unready);
    EXPECT_EQ(scaler.recommend(8, all), 2);
}

// Without a metric: idle when it would grow, busy when it would shrink.
TEST(HorizontalAutoscaler, TakesPodsWithoutMetricForWhatHoldsItBack)
{
    const HorizontalAutoscaler scaler(rules(0.5));
    auto all = pods(2, 1.0);
    add(all, 1, Pod::State::missing);
    EXPECT_EQ(scaler.recommend(3, all), 4);   // 200 % of three at 50 %
    all = pods(4, 0.2);
    add(all, 1, Pod::State::missing);
    EXPECT_EQ(scaler.recommend(5, all), 4);   // 180 % of five at 50 %
    all.clear();
    add(all, 3, Pod::State::missing);
    EXPECT_EQ(scaler.recommend(3, all), 3);
}

}  // namespace
}  // namespace tantrum::models::compute
