#include "app/studio/canvas/traffic.h"

#include <gtest/gtest.h>
#include <map>
#include <vector>

namespace tantrum::studio {

using engine::Duration;
using engine::Instant;
using models::Mark;
using models::Passage;

namespace {

Instant at(double seconds) { return Instant::at(Duration::fromSeconds(seconds)); }

Passage passage(double departure, double arrival, int edge = 0, bool returning = false)
{
    Passage result;
    result.departure = at(departure);
    result.arrival = at(arrival);
    result.edge = edge;
    result.returning = returning;
    return result;
}

std::vector<Dot> dotsOf(const Traffic& traffic)
{
    std::vector<Dot> dots;
    traffic.forEachDot([&](const Dot& dot) { dots.push_back(dot); });
    return dots;
}

Traffic withLinks(int count, double length = 240)
{
    Traffic traffic;
    traffic.reset(std::vector<double>(static_cast<std::size_t>(count), length));
    return traffic;
}

}  // namespace

// The promise of the picture: a dot is where the message is, in simulated time.
TEST(Traffic, DotsMoveLinearlyBetweenDepartureAndArrival)
{
    Traffic traffic = withLinks(1);
    traffic.add(std::vector{passage(10, 14)});
    for (const auto& [time, share] : {std::pair{10.0, 0.0}, {11.0, 0.25}, {13.0, 0.75}}) {
        traffic.setTime(at(time), 1);
        const auto dots = dotsOf(traffic);
        ASSERT_EQ(dots.size(), 1U);
        EXPECT_NEAR(dots[0].share, share, 1e-9);
    }
    traffic.setTime(at(14), 1);
    EXPECT_TRUE(dotsOf(traffic).empty());
}

// A reply starts at the callee.
TEST(Traffic, RepliesTravelBackwards)
{
    Traffic traffic = withLinks(1);
    traffic.add(std::vector{passage(0, 4, 0, true)});
    traffic.setTime(at(1), 1);
    EXPECT_NEAR(dotsOf(traffic).at(0).share, 0.75, 1e-9);
}

// A dropped message that simply vanished would look like one that arrived.
TEST(Traffic, LostMessagesEndInACrossHalfWay)
{
    Traffic traffic = withLinks(1);
    Passage lost = passage(0, 4);
    lost.lost = true;
    lost.mark = Mark::message;
    traffic.add(std::vector{lost});
    traffic.setTime(at(1), 1);
    EXPECT_EQ(dotsOf(traffic).at(0).mark, Mark::message);
    traffic.setTime(at(3), 1);
    EXPECT_EQ(dotsOf(traffic).at(0).mark, Mark::crashed);
    EXPECT_NEAR(dotsOf(traffic).at(0).share, Traffic::lostAt, 1e-9);
}

// In-process calls take no time at all and would never be seen; at any speed they show for as long to the viewer.
TEST(Traffic, InstantPassagesAreShownForAFixedTimeOfTheViewer)
{
    for (const double speed : {0.1, 1.0, 5.0}) {
        Traffic traffic = withLinks(1);
        traffic.setTime(at(0), speed);
        traffic.add(std::vector{passage(0, 0)});
        traffic.setTime(at(speed * Traffic::leastScreenSeconds * 0.9), speed);
        EXPECT_EQ(dotsOf(traffic).size(), 1U) << speed;
        traffic.setTime(at(speed * Traffic::leastScreenSeconds * 1.01), speed);
        EXPECT_TRUE(dotsOf(traffic).empty()) << speed;
    }
}

// A thousand requests a second on one link would be a solid smear.
TEST(Traffic, ShowsAtMostADozenDotsOnALane)
{
    Traffic traffic = withLinks(2, 400);
    std::vector<Passage> passages;
    for (int i = 0; i < 4000; ++i) passages.push_back(passage(i * 0.001, i * 0.001 + 1, 0, i % 2 == 1));
    traffic.add(passages);
    traffic.setTime(at(3), 1);
    std::map<bool, int> lanes;
    for (const Dot& dot : dotsOf(traffic)) ++lanes[dot.returning];
    EXPECT_LE(lanes[false], Traffic::dotsPerLane + 1);
    EXPECT_GE(lanes[false], Traffic::dotsPerLane - 2);
    EXPECT_LE(lanes[true], Traffic::dotsPerLane + 1);
}

// Even spacing is what makes a sample legible; the jitter keeps it from looking like a chain.
TEST(Traffic, SpacesTheSampleEvenlyWithALittleJitter)
{
    Traffic traffic = withLinks(1, 400);
    std::vector<Passage> passages;
    for (int i = 0; i < 4000; ++i) passages.push_back(passage(i * 0.001, i * 0.001 + 1));
    traffic.add(passages);
    traffic.setTime(at(3), 1);
    auto dots = dotsOf(traffic);
    double smallest = 1, largest = 0;
    for (std::size_t i = 1; i < dots.size(); ++i) {
        const double gap = std::abs(dots[i].share - dots[i - 1].share) * Traffic::dotsPerLane;
        smallest = std::min(smallest, gap);
        largest = std::max(largest, gap);
    }
    EXPECT_GT(smallest, 0.8);
    EXPECT_LT(largest, 1.25);
    EXPECT_LT(smallest, largest);
}

// The frame benchmark must not be answered by painting fewer dots.
TEST(Traffic, KeepsEverythingWhenAllAreWanted)
{
    Traffic traffic = withLinks(1);
    traffic.setWantsAll(true);
    std::vector<Passage> passages;
    for (int i = 0; i < 5000; ++i) passages.push_back(passage(0, 2));
    traffic.add(passages);
    traffic.setTime(at(1), 1);
    EXPECT_EQ(traffic.visibleCount(), 5000U);
}

// A run of hours must not fill the memory with dots nobody sees any more.
TEST(Traffic, ForgetsWhatHasArrivedAndIgnoresForeignLinks)
{
    Traffic traffic = withLinks(1);
    traffic.add(std::vector{passage(0, 1), passage(0.5, 1.5), passage(0, 1, 7), passage(0, 1, -1)});
    EXPECT_EQ(traffic.size(), 2U);
    traffic.setTime(at(2), 1);
    EXPECT_EQ(traffic.size(), 0U);
}

}  // namespace tantrum::studio
