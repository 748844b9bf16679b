// A change and its message: both or neither, sooner or later.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>
#include <string>

namespace tantrum::models {
namespace {

using namespace support;

Results sell(const std::string& outbox, const std::string& more, std::vector<double> moments, double seconds = 60)
{
    Options options;
    options.trace = std::move(moments);
    return run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: shop}\n"
               "  shop: {type: outbox, to: orders, work: 4ms" + outbox + "}\n  orders: {type: queue}\n" + more, seconds, options);
}

// Committed at 1.004 s; the relay looks at 1.0, 2.0 … s.
TEST(Outbox, AnswersAtItsCommitAndPublishesAtTheNextLook)
{
    const Results results = sell("", "", {1});
    EXPECT_DOUBLE_EQ(client(results, "users").latency.maximum, 0.004);
    EXPECT_EQ(metric(node(results, "shop"), "published"), 1);
    EXPECT_NEAR(metric(node(results, "shop"), "lag_mean"), 0.996, 1e-9);
}

// Looks of a relay fall anywhere between two commits: the mean lag is half the time between them, plus the publishing.
TEST(Outbox, IsHalfAPollLateOnAverage)
{
    std::vector<double> moments;
    for (int index = 0; index < 1000; ++index) moments.push_back(1 + 0.0137 * index);
    const Results results = sell(", poll_every: 100ms, batch: 1000", "", moments);
    EXPECT_EQ(metric(node(results, "shop"), "published"), 1000);
    EXPECT_NEAR(metric(node(results, "shop"), "lag_mean"), 0.050, 0.002);
}

// No more than a batch a look; the rest waits for the next one.
TEST(Outbox, PublishesABatchALook)
{
    const Results results = sell(", batch: 10", "", atOnce(25, 1.5), 3.5);
    EXPECT_EQ(metric(node(results, "shop"), "published"), 20);
    EXPECT_EQ(metric(node(results, "shop"), "pending"), 5);
}

// The broker is down from 1.5 s to 4.2 s: shopping goes on, nothing is lost, and order is kept by waiting.
TEST(Outbox, KeepsMessagesWhileTheBrokerIsDown)
{
    const Results results = sell("", "timeline:\n  - {at: 1.5s, for: 2.7s, crash: orders}\n", {1.6, 1.7, 1.8});
    EXPECT_EQ(client(results, "users").completed, 3u);
    EXPECT_EQ(metric(node(results, "shop"), "failures"), 2);  // at 2 s, and at 4 s after a wait of one
    EXPECT_EQ(metric(node(results, "shop"), "published"), 3);
    EXPECT_EQ(node(results, "orders").inFlight, 3u);
}

// The relay dies before it hears that the broker has the message: after the restart it goes out again.
TEST(Outbox, PublishesAgainWhatItDidNotHearOf)
{
    const Results results = sell("", "links:\n  shop -> orders: {latency: 100ms}\ntimeline:\n  - {at: 2.15s, for: 1s, crash: shop}\n", {1.5});
    EXPECT_EQ(metric(node(results, "shop"), "published"), 1);
    EXPECT_EQ(metric(node(results, "shop"), "published_again"), 1);
    EXPECT_EQ(node(results, "orders").arrivals, 2u);
}

// What did not commit has no message.
TEST(Outbox, SaysNothingOfWhatWasNotCommitted)
{
    const Results results = sell("", "timeline:\n  - {at: 1.002s, for: 1s, crash: shop}\n", {1, 3});
    EXPECT_EQ(ended(client(results, "users"), Outcome::crashed), 1u);
    EXPECT_EQ(node(results, "orders").arrivals, 1u);
}

}  // namespace
}  // namespace tantrum::models
