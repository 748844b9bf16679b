#include "app/studio/timeline/timeline_widget.h"

#include <gtest/gtest.h>

#include <QSignalSpy>
#include <QTest>

namespace tantrum::studio {
namespace {

TimelineMark span(double from, double until, const char* text)
{
    TimelineMark mark;
    mark.from = from;
    mark.until = until;
    mark.text = text;
    return mark;
}

class TimelineTest : public testing::Test {
protected:
    TimelineTest()
    {
        timeline_.resize(816, TimelineWidget::fixedHeight);
        timeline_.setTimes(100, 60, 60);
        timeline_.setMarks({span(20, 40, "slow ×4"), span(50, 50, "workers → 32")});
    }
    TimelineWidget timeline_;
};

TEST_F(TimelineTest, FindsSpansAboveAndMomentsInsideTheStrip)
{
    const TimelineScale scale = timeline_.scale();
    EXPECT_EQ(timeline_.markAt({scale.xOf(30), 8}), 0U);
    EXPECT_EQ(timeline_.markAt({scale.xOf(50), 28}), 1U);
    EXPECT_FALSE(timeline_.markAt({scale.xOf(30), 28}));
    EXPECT_FALSE(timeline_.markAt({scale.xOf(45), 8}));
}

TEST_F(TimelineTest, ClickingAsksForThatMomentButNeverForTheFuture)
{
    QSignalSpy sought(&timeline_, &TimelineWidget::sought);
    QTest::mouseClick(&timeline_, Qt::LeftButton, {}, QPoint(qRound(timeline_.scale().xOf(10)), 28));
    QTest::mouseClick(&timeline_, Qt::LeftButton, {}, QPoint(qRound(timeline_.scale().xOf(90)), 28));
    ASSERT_EQ(sought.size(), 2);
    EXPECT_NEAR(sought[0][0].toDouble(), 10, 0.1);
    EXPECT_DOUBLE_EQ(sought[1][0].toDouble(), 60);
}

TEST_F(TimelineTest, DraggingAsksAgainAndAgain)
{
    QSignalSpy sought(&timeline_, &TimelineWidget::sought);
    const auto at = [&](double seconds) { return QPoint(qRound(timeline_.scale().xOf(seconds)), 28); };
    QTest::mousePress(&timeline_, Qt::LeftButton, {}, at(10));
    QTest::mouseMove(&timeline_, at(12));
    QTest::mouseMove(&timeline_, at(14));
    QTest::mouseRelease(&timeline_, Qt::LeftButton, {}, at(14));
    QTest::mouseMove(&timeline_, at(5));
    EXPECT_GE(sought.size(), 3);
    EXPECT_NEAR(sought.back()[0].toDouble(), 14, 0.1);
}

TEST_F(TimelineTest, GoesFromMarkerToMarker)
{
    EXPECT_EQ(timeline_.nextMark(0), 20);
    EXPECT_EQ(timeline_.nextMark(20), 50);
    EXPECT_FALSE(timeline_.nextMark(50));
    EXPECT_EQ(timeline_.previousMark(60), 50);
    EXPECT_FALSE(timeline_.previousMark(20));
}

TEST_F(TimelineTest, PaintsFailuresHangingFromTheTop)
{
    timeline_.setHealth(std::vector<float>(60, 0.5F), 1);
    const QImage picture = timeline_.grab().toImage();
    const int x = qRound(timeline_.scale().xOf(10));
    EXPECT_GT(picture.pixelColor(x, 23).red(), picture.pixelColor(x, 23).green());
    EXPECT_GT(picture.pixelColor(x, 33).green(), picture.pixelColor(x, 33).red());
}

}  // namespace
}  // namespace tantrum::studio
