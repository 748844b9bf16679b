// A16: what has to come out exactly, to the microsecond and the single call.
#include "tests/theory/support/experiment.h"

#include <gtest/gtest.h>

#include <string>

namespace tantrum::theory {
namespace {

std::string times(int count, const std::string& step)
{
    std::string text;
    for (int each = 0; each < count; ++each) text += (each ? ", " : "[") + step;
    return text + "]";
}

// Six connections, 100 ms a picture: 6 pictures take 100 ms, 7 take 200, 30 take 500, 100 take 1700; over HTTP/2 (up to
// 100 at once) all of them take 100.
TEST(Browser, ShowsAPageAfterAsManyRoundsAsItsConnectionsNeed)
{
    const std::pair<int, double> rows[]{{6, .1}, {7, .2}, {12, .2}, {30, .5}, {100, 1.7}};
    for (const auto& [pictures, seconds] : rows)
        for (const int connections : {6, 100}) {
            Experiment page{.file = "page.yaml"};
            page.settings = {{"page.show.0.together", times(pictures, "{call: pictures}")}, {"page -> pictures.bulkhead.concurrent", std::to_string(connections)}};
            page.seconds = 35 * sanitizerFactor;
            const Results results = runOnce(page);
            EXPECT_EQ(clientIn(results, "users").completed, 3u);
            EXPECT_NEAR(clientIn(results, "users").latency.maximum, connections == 100 ? .1 : seconds, 1e-6) << pictures << " pictures over " << connections << " connections";
        }
}

// A list and one field of each of its 50 entries: 51 calls, one after the other.
TEST(List, CostsACallForItselfAndOneForEachEntry)
{
    Experiment list{.file = "page.yaml"};
    list.settings = {{"page.show", "[{call: pictures}, {repeat: {times: 50, steps: [{call: pictures}]}}]"}};
    list.seconds = 39 * sanitizerFactor;
    const Results results = runOnce(list);
    EXPECT_EQ(clientIn(results, "users").completed, 3u);
    EXPECT_EQ(nodeIn(results, "pictures").completed, 3u * 51);
    EXPECT_NEAR(clientIn(results, "users").latency.mean, 5.1, 1e-6);
}

// Visibility 30 s, work 45 s: received at 0 and at 30 s, acknowledged at 45 s.
TEST(Message, WhoseWorkOutlastsItsVisibilityIsReceivedTwice)
{
    Experiment redelivery{.file = "redelivery.yaml"};
    redelivery.seconds = 990 * sanitizerFactor;
    const Results results = runOnce(redelivery);
    const auto& metrics = nodeIn(results, "queue").metrics;
    EXPECT_EQ(clientIn(results, "users").completed, 9u);
    EXPECT_EQ(metricOf(metrics, "delivered"), 18);
    EXPECT_EQ(metricOf(metrics, "acknowledged"), 9);
    EXPECT_NEAR(nodeIn(results, "queue").latency.maximum, 45, 1e-6);
}

// Never acknowledged, at most three deliveries: at 0, 30 and 60 s, given up at 90 s.
TEST(Message, ThatNobodyAcknowledgesIsGivenUpAfterItsLastDelivery)
{
    Experiment lost{.file = "redelivery.yaml"};
    lost.settings = {{"consumers.work", "1s"}, {"consumers.steps", "[{fail: 100%}]"}};
    lost.seconds = 995 * sanitizerFactor;
    const Results results = runOnce(lost);
    const auto& metrics = nodeIn(results, "queue").metrics;
    EXPECT_EQ(metricOf(metrics, "delivered"), 27);
    EXPECT_EQ(metricOf(metrics, "dead_lettered"), 9);
    EXPECT_NEAR(nodeIn(results, "queue").latency.maximum, 90, 1e-6);
}

}  // namespace
}  // namespace tantrum::theory
