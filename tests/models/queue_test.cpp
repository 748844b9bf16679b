// Messages and their consumers.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>
#include <string>

namespace tantrum::models {
namespace {

using namespace support;

// Messages at the given moments into a queue; what consumes it stands in `more`.
Results publish(const std::string& queue, std::vector<double> moments, double seconds, const std::string& more = "")
{
    Options options;
    options.trace = std::move(moments);
    return run("nodes:\n  shop: {type: client, arrivals: trace(trace.csv), sends: orders.publish}\n  orders: {type: queue" + queue + "}\n" + more, seconds, options);
}

std::string consumer(const std::string& parameters) { return "  packer: {type: consumer, consumes: orders, " + parameters + "}\n"; }

// One worker of 10 ms, three messages a millisecond apart: their ages when done are 10, 19 and 28 ms only in turn.
TEST(Queue, DeliversInTheOrderOfArrival)
{
    const Results results = publish("", {1, 1.001, 1.002}, 5, consumer("work: 10ms"));
    EXPECT_NEAR(node(results, "orders").latency.maximum, 0.028, 1e-12);
    EXPECT_NEAR(node(results, "orders").latency.mean, 0.019, 1e-12);
    EXPECT_EQ(client(results, "shop").latency.maximum, 0);  // nobody waits for the handling
}

TEST(Queue, RejectsNewMessagesWhenItIsFull)
{
    const Results results = publish(", max_length: 4", atOnce(10, 1), 2);
    EXPECT_EQ(client(results, "shop").completed, 4u);
    EXPECT_EQ(ended(client(results, "shop"), Outcome::rejected), 6u);
    EXPECT_EQ(metric(node(results, "orders"), "dropped"), 6);
    EXPECT_EQ(node(results, "orders").inFlight, 4u);
}

// Room for two of the messages of 1, 2, 3 and 4 s: the last two survive until the consumer is back at 5 s.
TEST(Queue, DropsItsOldestMessageWhenItIsFull)
{
    const Results results = publish(", max_length: 2, overflow: drop_oldest", {1, 2, 3, 4}, 10, consumer("work: 0s") + "timeline:\n  - {at: 0s, for: 5s, crash: packer}\n");
    EXPECT_EQ(client(results, "shop").completed, 4u);
    EXPECT_EQ(metric(node(results, "orders"), "dropped"), 2);
    EXPECT_EQ(metric(node(results, "orders"), "acknowledged"), 2);
    EXPECT_NEAR(node(results, "orders").latency.mean, (2 + 2 + 2 + 1) / 4.0, 1e-9);  // two dropped at two seconds, two handled
    const Results rejecting = publish(", max_length: 2", {1, 2, 3, 4}, 10, consumer("work: 0s") + "timeline:\n  - {at: 0s, for: 5s, crash: packer}\n");
    EXPECT_NEAR(node(rejecting, "orders").latency.mean, (4 + 3) / 2.0, 1e-9);
}

// Messages out at a consumer do not count towards the bound.
TEST(Queue, CountsOnlyWaitingMessagesTowardsItsLength)
{
    const Results spread = publish(", max_length: 1", {1, 1.1, 1.2, 1.3}, 5, consumer("concurrency: 2, work: 1s"));
    EXPECT_EQ(client(spread, "shop").completed, 3u);
}

// A waiting consumer is called at the instant of the message, the one who waits longest first.
TEST(Queue, CallsAWaitingConsumerAtOnce)
{
    const Results results = publish(", receive_wait: 300ms", {1.05, 2.5, 7.77}, 10, consumer("concurrency: 3, work: 20ms"));
    EXPECT_NEAR(node(results, "orders").latency.maximum, 0.020, 1e-12);
    EXPECT_EQ(metric(node(results, "orders"), "acknowledged"), 3);
}

// Never acknowledged: out again after each second of visibility, for ever.
TEST(Queue, DeliversAgainWhatIsNotAcknowledgedInTime)
{
    const Results results = publish(", visibility: 1s", {0.5}, 10.4, consumer("steps: [{fail: 100%}]"));
    EXPECT_EQ(metric(node(results, "orders"), "delivered"), 10);
    EXPECT_EQ(metric(node(results, "orders"), "redelivered"), 9);
    EXPECT_EQ(metric(node(results, "orders"), "unacknowledged"), 1);
    EXPECT_EQ(metric(node(results, "packer"), "failures"), 10);
    EXPECT_EQ(node(results, "orders").inFlight, 1u);
}

TEST(Queue, GivesAMessageUpAfterItsLastDelivery)
{
    const Results results = publish(", visibility: 1s, max_deliveries: 3, dead_letters: dead", {0.5}, 10, consumer("steps: [{fail: 100%}]") + "  dead: {type: queue}\n");
    const NodeResult& orders = node(results, "orders");
    EXPECT_EQ(metric(orders, "delivered"), 3);
    EXPECT_EQ(metric(orders, "dead_lettered"), 1);
    EXPECT_EQ(ended(orders, Outcome::error), 1u);
    EXPECT_NEAR(orders.latency.maximum, 3, 1e-12);
    EXPECT_EQ(metric(node(results, "dead"), "published"), 1);
    EXPECT_EQ(node(results, "dead").inFlight, 1u);
    const Results lost = publish(", visibility: 1s, max_deliveries: 1", {0.5}, 10, consumer("steps: [{fail: 100%}]"));
    EXPECT_EQ(metric(node(lost, "orders"), "dead_lettered"), 1);
    EXPECT_EQ(node(lost, "orders").inFlight, 0u);
}

// Work of 1.5 s under a visibility of 1 s. One worker: the message is visible again when the late acknowledgement comes,
// and is done with. Two: the second has begun it too by then, and its own acknowledgement finds nothing.
TEST(Queue, AcceptsALateAcknowledgementOnce)
{
    const Results one = publish(", visibility: 1s", {0.5}, 10, consumer("work: 1.5s"));
    EXPECT_EQ(metric(node(one, "orders"), "delivered"), 1);
    EXPECT_EQ(metric(node(one, "orders"), "acknowledged"), 1);
    EXPECT_NEAR(node(one, "orders").latency.maximum, 1.5, 1e-12);
    const Results two = publish(", visibility: 1s", {0.5}, 10, consumer("concurrency: 2, work: 1.5s"));
    EXPECT_EQ(metric(node(two, "orders"), "delivered"), 2);
    EXPECT_EQ(metric(node(two, "orders"), "acknowledged"), 1);
    EXPECT_EQ(metric(node(two, "packer"), "handled"), 2);
    EXPECT_EQ(node(two, "orders").inFlight, 0u);
}

// A late acknowledgement must not touch the next message that happens to lie in the same place.
TEST(Queue, DoesNotMistakeALateAcknowledgementForAnotherMessages)
{
    const Results results = publish(", visibility: 1s, max_deliveries: 1", {0.5, 1.6}, 10, consumer("concurrency: 2, work: 1.4s"));
    // The first is given up at 1.5 and acknowledged at 1.9; the second takes its place at 1.6 and is given up at 2.6.
    EXPECT_EQ(metric(node(results, "orders"), "acknowledged"), 0);
    EXPECT_EQ(metric(node(results, "orders"), "dead_lettered"), 2);
}

TEST(Queue, TakesAMessageBackAtOnceOrForGoodAsItsConsumerSays)
{
    const Results returned = publish(", max_deliveries: 4", {1}, 10, consumer("work: 100ms, steps: [{fail: 100%}], on_failure: return"));
    EXPECT_EQ(metric(node(returned, "orders"), "delivered"), 4);
    EXPECT_NEAR(node(returned, "orders").latency.maximum, 0.4, 1e-12);
    const Results dropped = publish("", {1}, 10, consumer("work: 100ms, steps: [{fail: 100%}], on_failure: drop"));
    EXPECT_EQ(metric(node(dropped, "orders"), "acknowledged"), 1);
    EXPECT_EQ(metric(node(dropped, "packer"), "failures"), 1);
}

// At least once: what a crashed consumer had in hand comes back after its visibility, and all is done in the end.
TEST(Queue, LosesNothingWhenItsConsumerCrashes)
{
    const Results results = run("nodes:\n  shop: {type: client, arrivals: spike(100/s 0.001/s 10s 1000s), sends: orders}\n  orders: {type: queue, visibility: 2s}\n" + consumer("concurrency: 4, work: exponential(30ms)") +
                                    "timeline:\n  - {at: 3s, for: 1s, crash: packer}\n  - {at: 7s, for: 500ms, crash: packer}\n", 60);
    const NodeResult& orders = node(results, "orders");
    EXPECT_GT(metric(orders, "redelivered"), 0);
    EXPECT_LE(metric(orders, "redelivered"), 8);
    EXPECT_EQ(metric(orders, "acknowledged"), metric(orders, "published"));
    EXPECT_EQ(ended(node(results, "packer"), Outcome::crashed), static_cast<std::uint64_t>(metric(orders, "redelivered")));
}

// The same over a network, where a dead consumer may still be handed a message.
TEST(Queue, LosesNothingOverALinkEither)
{
    for (const char* cancellation : {"true", "false"}) {
        const Results results = run("nodes:\n  shop: {type: client, arrivals: spike(100/s 0.001/s 10s 1000s), sends: orders}\n  orders: {type: queue, visibility: 2s}\n" + consumer("concurrency: 4, work: exponential(30ms)") +
                                        "links:\n  packer -> orders: {latency: 3ms, cancellation: " + cancellation + "}\ntimeline:\n  - {at: 3s, for: 1s, crash: packer}\n  - {at: 7s, for: 500ms, crash: packer}\n", 60);
        EXPECT_EQ(metric(node(results, "orders"), "acknowledged"), metric(node(results, "orders"), "published")) << cancellation;
    }
}

// Messages survive a crash of the queue itself; calls to it fail meanwhile, and its consumers come back by themselves.
TEST(Queue, KeepsItsMessagesThroughACrashOfItsOwn)
{
    const Results results = publish("", {0.5, 0.6, 2, 4}, 20, consumer("work: 1.2s") + "timeline:\n  - {at: 1s, for: 2s, crash: orders}\n");
    EXPECT_EQ(ended(client(results, "shop"), Outcome::crashed), 1u);
    EXPECT_EQ(client(results, "shop").completed, 3u);
    EXPECT_EQ(node(results, "orders").inFlight, 1u);  // the first's acknowledgement failed; it is out for 30 s
    EXPECT_EQ(metric(node(results, "orders"), "acknowledged"), 2);
}

TEST(Queue, ThrowsAwayWhatWaitsWhenItIsFlushed)
{
    const Results results = publish("", atOnce(10, 1), 20, consumer("concurrency: 2, work: 1s") + "timeline:\n  - {at: 1.5s, flush: orders}\n");
    EXPECT_EQ(metric(node(results, "orders"), "acknowledged"), 2);
    EXPECT_EQ(metric(node(results, "orders"), "dropped"), 8);
    EXPECT_EQ(node(results, "orders").inFlight, 0u);
}

// A visibility made shorter counts from then on, though an older message is still out for longer.
TEST(Queue, ChangesItsVisibilityLive)
{
    const Results results = publish(", visibility: 1h", {0.5, 2.5}, 10.3, consumer("concurrency: 2, steps: [{fail: 100%}]") + "timeline:\n  - {at: 1s, set: orders.visibility, to: 1s}\n");
    EXPECT_EQ(metric(node(results, "orders"), "redelivered"), 7);  // the second: 3.5, 4.5, … 9.5
}

// 10 a second with one worker, 40 with four; the surplus leaves after its message.
TEST(Consumer, ChangesItsConcurrencyLive)
{
    const Results results = publish("", atOnce(1000, 0.05), 30, consumer("work: 100ms") + "timeline:\n  - {at: 10s, set: packer.concurrency, to: 4}\n  - {at: 20s, set: packer.concurrency, to: 2}\n");
    EXPECT_NEAR(metric(node(results, "packer"), "handled"), 100 + 400 + 200, 4);
    EXPECT_EQ(node(results, "orders").inFlight, static_cast<std::uint64_t>(1000 - metric(node(results, "orders"), "acknowledged")));
}

// More workers than messages: each of those hired later gets its share, and those let go while they wait leave in peace.
TEST(Consumer, HiresAndLetsGoWorkersThatWait)
{
    const Results results = publish(", receive_wait: 1s", {0.5, 5, 5, 5, 5, 15, 15, 15}, 30, consumer("work: 1s") + "timeline:\n  - {at: 2s, set: packer.concurrency, to: 4}\n  - {at: 10s, set: packer.concurrency, to: 1}\n");
    EXPECT_EQ(metric(node(results, "packer"), "handled"), 8);
    EXPECT_NEAR(node(results, "orders").latency.maximum, 3, 1e-9);  // the last of three, one after the other
}

TEST(Consumer, SlowsDownAndPausesWithItsHost)
{
    const Results results = publish("", {1, 3, 5}, 20, consumer("work: 100ms") + "timeline:\n  - {at: 2s, for: 2s, slow: packer, factor: 3}\n  - {at: 5.05s, for: 1s, pause: packer}\n");
    EXPECT_NEAR(node(results, "orders").latency.mean, (0.1 + 0.3 + 1.1) / 3, 1e-9);
}

}  // namespace
}  // namespace tantrum::models
