#include "app/studio/charts/chart_content.h"
#include "app/studio/charts/heat_chart.h"
#include "app/studio/commands/command_palette.h"
#include "app/studio/edits.h"
#include "scenarios.h"

#include <gtest/gtest.h>

#include <QTest>

#include <cmath>

namespace tantrum::studio {
namespace {

TEST(Thinned, KeepsEveryPeakWhateverTheWidth)
{
    std::vector<double> keys, values, thinKeys, thinValues;
    for (int i = 0; i < 100'000; ++i) {
        keys.push_back(i);
        values.push_back(i == 54'321 ? 1000 : i == 77'777 ? -5 : 1);
    }
    thinned(keys, values, 300, thinKeys, thinValues);
    EXPECT_LE(thinKeys.size(), 600U);
    EXPECT_EQ(*std::max_element(thinValues.begin(), thinValues.end()), 1000);
    EXPECT_EQ(*std::min_element(thinValues.begin(), thinValues.end()), -5);
    EXPECT_TRUE(std::is_sorted(thinKeys.begin(), thinKeys.end()));
}

TEST(Thinned, KeepsGapsAndShortSeriesAsTheyAre)
{
    const double none = std::nan("");
    std::vector<double> keys, values;
    thinned({1, 2, 3}, {1, none, 3}, 300, keys, values);
    EXPECT_EQ(keys.size(), 3U);
    EXPECT_TRUE(std::isnan(values[1]));
}

TEST(Ranges, AreRoundAndHoldTheValues)
{
    for (const double largest : {0.3, 1.0, 7.0, 99.0, 420.0, 1545.0, 1e6}) {
        const NiceRange range = niceRange(largest);
        EXPECT_GE(range.upper, largest);
        EXPECT_LE(range.upper, largest * 1.7) << largest;
    }
    const auto [lower, upper] = logRange(0.012, 0.5);
    EXPECT_LE(lower, 0.012);
    EXPECT_GE(upper, 0.5);
    const auto [single, above] = logRange(0.01, 0.01);
    EXPECT_GE(above / single, 9.9);
    EXPECT_LE(single, 0.01);
    EXPECT_GE(above, 0.01);
}

class RunCharts : public testing::Test {
protected:
    RunCharts()
    {
        document_.openText(twoNodes, "two.yaml");
        edits_.restart();
        run_.runToEnd();
        arrived_ = QTest::qWaitFor([&] { return run_.isOver() && run_.recording().columns() > 0; }, 30'000);
        input_.recording = &run_.recording();
        input_.topology = &run_.topology();
        input_.scope = 0;
        input_.to = input_.cursor = 20;
    }
    ScenarioDocument document_{models::catalogue()};
    studio::Run run_;
    Edits edits_{document_, run_};
    ChartInput input_;
    bool arrived_ = false;
};

TEST_F(RunCharts, ShowWhatTheRunRecorded)
{
    ASSERT_TRUE(arrived_);
    const ChartContent throughput = throughputContent(input_);
    ASSERT_EQ(throughput.lines.size(), 3U);
    double sum = 0;
    for (const double value : throughput.lines[0].values) sum += value;
    EXPECT_NEAR(sum / static_cast<double>(throughput.lines[0].values.size()), 100, 15);
    EXPECT_EQ(latencyContent(input_).scale, ChartScale::seconds);
    EXPECT_FALSE(latencyContent(input_).isEmpty());
}

TEST_F(RunCharts, SayTooFewInsteadOfAPercentileThatRestsOnAHandfulOfSamples)
{
    ASSERT_TRUE(arrived_);
    const ChartContent latency = latencyContent(input_);
    EXPECT_NE(latency.lines[0].value, "too few");
    EXPECT_EQ(latency.lines[2].value, "too few") << "2,000 answers leave 20 beyond p99";
}

TEST_F(RunCharts, MapLatencyWithoutLosingRequests)
{
    ASSERT_TRUE(arrived_);
    double whole = 0, merged = 0;
    for (const std::uint32_t count : run_.recording().heat(0)) whole += count;
    const HeatCells cells = heatCells(run_.recording(), 0, 0, 20, 7);
    EXPECT_LE(cells.columns, 7);
    for (const double count : cells.counts) merged += count;
    EXPECT_GT(whole, 0);
    EXPECT_DOUBLE_EQ(whole, merged);
}

TEST(CommandMatch, PrefersWholeWordsAndAllowsGaps)
{
    EXPECT_EQ(matchOf("", "anything"), 0);
    EXPECT_EQ(matchOf("play", "Play"), 0);
    EXPECT_LT(matchOf("zoom", "Zoom in"), matchOf("zi", "Zoom in"));
    EXPECT_EQ(matchOf("xyz", "Play"), -1);
}

}  // namespace
}  // namespace tantrum::studio
