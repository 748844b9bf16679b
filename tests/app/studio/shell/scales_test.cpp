#include "app/studio/timeline/timeline_scale.h"
#include "app/studio/transport/speed_scale.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tantrum::studio {
namespace {

TEST(SpeedScale, IsLogarithmicFromAThousandthToAThousandAndThenWithoutLimit)
{
    EXPECT_DOUBLE_EQ(SpeedScale::speedAt(0), 0.001);
    EXPECT_DOUBLE_EQ(SpeedScale::speedAt(480), 1);
    EXPECT_DOUBLE_EQ(SpeedScale::speedAt(960), 1000);
    EXPECT_TRUE(std::isinf(SpeedScale::speedAt(SpeedScale::last)));
    EXPECT_DOUBLE_EQ(SpeedScale::speedAt(484), 1) << "close to a power of ten counts as it";
}

TEST(SpeedScale, FindsThePositionOfASpeedAgain)
{
    for (const double speed : {0.001, 0.01, 0.05, 0.3, 1.0, 2.5, 10.0, 300.0, 1000.0})
        EXPECT_NEAR(SpeedScale::speedAt(SpeedScale::positionOf(speed)) / speed, 1, 0.02) << speed;
    EXPECT_EQ(SpeedScale::positionOf(INFINITY), SpeedScale::last);
    for (int position = 1; position <= SpeedScale::last; ++position)
        EXPECT_GE(SpeedScale::speedAt(position), SpeedScale::speedAt(position - 1));
}

TEST(SpeedScale, ReadsWhatPeopleWrite)
{
    EXPECT_EQ(SpeedScale::parse("2"), 2);
    EXPECT_EQ(SpeedScale::parse(" 0.5x "), 0.5);
    EXPECT_EQ(SpeedScale::parse("10×"), 10);
    EXPECT_EQ(SpeedScale::parse("×10"), 10);
    EXPECT_EQ(SpeedScale::parse("1/100"), 0.01);
    EXPECT_TRUE(std::isinf(SpeedScale::parse("max").value()));
    for (const char* bad : {"", "fast", "0", "-1", "1/0", "0.0001", "x", "1e999"}) EXPECT_FALSE(SpeedScale::parse(bad)) << bad;
}

TEST(SpeedScale, WritesWithAsManyDigitsAsMatter)
{
    EXPECT_EQ(SpeedScale::textOf(1), "1.0×");
    EXPECT_EQ(SpeedScale::textOf(0.001), "0.001×");
    EXPECT_EQ(SpeedScale::textOf(250), "250×");
    EXPECT_EQ(SpeedScale::textOf(INFINITY), "max");
}

TEST(TimelineScale, MapsTimeToPixelsAndBackAndStaysInsideTheRun)
{
    const TimelineScale scale(8, 800, 240);
    EXPECT_DOUBLE_EQ(scale.xOf(0), 8);
    EXPECT_DOUBLE_EQ(scale.xOf(240), 808);
    EXPECT_DOUBLE_EQ(scale.secondsAt(408), 120);
    EXPECT_DOUBLE_EQ(scale.secondsAt(-50), 0);
    EXPECT_DOUBLE_EQ(scale.secondsAt(5000), 240);
}

TEST(TimelineScale, PutsTicksAtRoundTimesFarEnoughApart)
{
    EXPECT_DOUBLE_EQ(TimelineScale(0, 800, 240).tickStep(60), 20);
    EXPECT_DOUBLE_EQ(TimelineScale(0, 800, 3600).tickStep(60), 300);
    EXPECT_DOUBLE_EQ(TimelineScale(0, 800, 0.01).tickStep(60), 0.001);
    for (const double length : {0.003, 1.0, 77.0, 300.0, 7200.0, 86'400.0, 4e6}) {
        const TimelineScale scale(0, 900, length);
        EXPECT_GE(scale.tickStep(60) * 900 / length, 60 * (1 - 1e-9)) << length;
    }
}

TEST(TimelineScale, NamesTicksInOneUnit)
{
    EXPECT_EQ(TimelineScale::tickText(40, 20), "40 s");
    EXPECT_EQ(TimelineScale::tickText(600, 300), "10 min");
    EXPECT_EQ(TimelineScale::tickText(0.002, 0.001), "2 ms");
    EXPECT_EQ(TimelineScale::tickText(7200, 3600), "2 h");
}

}  // namespace
}  // namespace tantrum::studio
