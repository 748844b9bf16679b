// Topics: fan-out, isolation of failures, and the retries of the SNS developer guide.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>

#include <string>

namespace tantrum::models {
namespace {

using namespace support;

std::vector<double> moments(int count, double first, double apart)
{
    std::vector<double> all;
    for (int each = 0; each < count; ++each) all.push_back(first + apart * each);
    return all;
}

Results publish(const std::string& topic, std::vector<double> at, double seconds, const std::string& more)
{
    Options options;
    options.trace = std::move(at);
    return run("nodes:\n  shop: {type: client, arrivals: trace(trace.csv), sends: news.publish}\n  news: {type: topic, subscribers: " + topic + "}\n" + more, seconds, options);
}

const std::string two = "  billing: {type: sqs}\n  mail: {type: service, workers: 100, work: 50ms}\n";

// Every subscriber gets every message; the publisher waits for none of them.
TEST(Topic, CopiesEachMessageToEverySubscriber)
{
    const Results results = publish("[billing, mail]", moments(100, 1, 0.1), 30, two);
    EXPECT_EQ(metric(node(results, "billing"), "messages_sent"), 100);
    EXPECT_EQ(node(results, "mail").completed, 100u);
    EXPECT_EQ(metric(node(results, "news"), "notifications_delivered"), 200);
    EXPECT_EQ(metric(node(results, "news"), "delivery_attempts"), 200);
    EXPECT_EQ(client(results, "shop").latency.maximum, 0);
    EXPECT_NEAR(node(results, "news").latency.maximum, 0.05, 1e-9);  // until the last copy is delivered
}

// An endpoint that is down: its copies are tried four times, 20 s apart, and given up; the queue's are not late by a
// nanosecond.
TEST(Topic, RetriesAnEndpointThreeTimesTwentySecondsApartWithoutHoldingUpOthers)
{
    const Results results = publish("[billing, mail], dead_letter_to: dead", moments(10, 1, 1), 200, two + "  dead: {type: sqs}\ntimeline:\n  - {at: 0s, for: 199s, crash: mail}\n");
    EXPECT_EQ(metric(node(results, "billing"), "messages_sent"), 10);
    EXPECT_EQ(metric(node(results, "news"), "notifications_failed"), 10);
    EXPECT_EQ(metric(node(results, "news"), "delivery_attempts"), 10 + 40);
    EXPECT_EQ(metric(node(results, "news"), "retries"), 30);
    EXPECT_NEAR(node(results, "news").latency.maximum, 60, 1e-9);
    EXPECT_EQ(ended(node(results, "news"), Outcome::error), 10u);
    EXPECT_EQ(metric(node(results, "dead"), "messages_visible"), 10);
    EXPECT_EQ(client(results, "shop").completed, 10u);
    const Results lost = publish("[mail]", moments(10, 1, 1), 200, two + "timeline:\n  - {at: 0s, for: 199s, crash: mail}\n");
    EXPECT_EQ(metric(node(lost, "news"), "notifications_failed"), 10);
}

// A shorter outage: at the retry after 20 s it is back.
TEST(Topic, DeliversLateWhatAnEndpointMissed)
{
    const Results results = publish("mail", {1}, 100, two + "timeline:\n  - {at: 0s, for: 15s, crash: mail}\n");
    EXPECT_EQ(node(results, "mail").completed, 1u);
    EXPECT_NEAR(node(results, "news").latency.maximum, 20.05, 1e-9);
}

// A queue's copies: three at once, two after 1 s, then 1, 1.395, 1.946 s …, and every 20 s in the end: an outage of an hour
// loses nothing.
TEST(Topic, RetriesAQueueForAsLongAsItTakes)
{
    const auto until = [](int outage) { return node(publish("billing", {0.5}, 5000, two + "timeline:\n  - {at: 0s, for: " + std::to_string(outage) + "s, crash: billing}\n"), "news"); };
    EXPECT_NEAR(until(1).latency.maximum, 1, 1e-9);
    EXPECT_NEAR(until(4).latency.maximum, 1 + 1 + 1 + 1.395, 1e-9);
    const NodeResult hour = until(3600);
    EXPECT_EQ(metric(hour, "notifications_delivered"), 1);
    EXPECT_LT(hour.latency.maximum, 3600 - 0.5 + 20);
    EXPECT_GT(hour.latency.maximum, 3600 - 0.5);
}

// An endpoint that answers after the timeout gets the message again: it has done the work four times, and the copy counts as
// failed.
TEST(Topic, SendsAgainWhatIsAnsweredTooLate)
{
    const Results results = publish("slow", {1}, 200, "  slow: {type: service, workers: 10, work: 16s}\nlinks:\n  news -> slow: {latency: 1ms}\n");
    EXPECT_EQ(node(results, "slow").completed, 4u);
    EXPECT_EQ(metric(node(results, "news"), "notifications_failed"), 1);
    const Results patient = publish("slow, timeout: 20s", {1}, 200, "  slow: {type: service, workers: 10, work: 16s}\nlinks:\n  news -> slow: {latency: 1ms}\n");
    EXPECT_EQ(node(patient, "slow").completed, 1u);
}

// Filters are drawn for each subscriber apart: 30 % of 10,000 within five standard deviations.
TEST(Topic, DeliversTheShareThatAFilterLetsThrough)
{
    const Results results = publish("[billing, mail], filters: [100%, 30%]", moments(10'000, 1, 0.001), 60, two);
    EXPECT_EQ(metric(node(results, "billing"), "messages_sent"), 10'000);
    EXPECT_NEAR(static_cast<double>(node(results, "mail").completed), 3000, 5 * 46);
    EXPECT_EQ(metric(node(results, "news"), "notifications_filtered_out") + static_cast<double>(node(results, "mail").completed), 10'000);
    const Results none = publish("mail, filters: 0%", moments(10, 1, 1), 60, two);
    EXPECT_EQ(node(none, "news").completed, 10u);
    EXPECT_EQ(node(none, "mail").arrivals, 0u);
}

// Ten a second to each subscriber, evenly spaced: a hundred at once take ten seconds.
TEST(Topic, SpacesCopiesAtTheRateOfTheSubscription)
{
    const Results results = publish("[billing, mail], max_rate: 10/s", atOnce(100, 1), 60, two);
    EXPECT_NEAR(node(results, "news").latency.maximum, 9.9 + 0.05, 1e-6);
    EXPECT_EQ(node(results, "mail").completed, 100u);
}

TEST(Topic, RefusesPublishersDuringAnOutageAndDeliversWhatItHasAccepted)
{
    const Results results = publish("mail", moments(10, 0.97, 1), 60, two + "timeline:\n  - {at: 2s, for: 3s, crash: news}\n  - {at: 5.5s, for: 1s, errors: news, share: 100%}\n");
    EXPECT_EQ(ended(client(results, "shop"), Outcome::crashed), 3u);
    EXPECT_EQ(ended(client(results, "shop"), Outcome::error), 1u);
    EXPECT_EQ(node(results, "mail").completed, 6u);
}

// Fan-out to queues, each with consumers of its own.
TEST(Topic, FeedsQueuesWithConsumersOfTheirOwn)
{
    const Results results = publish("[billing, audit, stock]", moments(100, 1, 0.01), 60,
                                    "  billing: {type: sqs}\n  audit: {type: queue}\n  stock: {type: kafka}\n"
                                    "  b: {type: sqs_poller, consumes: billing, wait_time: 20s, work: 1ms}\n  a: {type: consumer, consumes: audit, work: 1ms}\n  s: {type: kafka_consumer, consumes: stock, work: 1ms, offset_reset: earliest}\n");
    EXPECT_EQ(metric(node(results, "b"), "handled"), 100);
    EXPECT_EQ(metric(node(results, "a"), "handled"), 100);
    EXPECT_EQ(metric(node(results, "s"), "records_consumed"), 100);
}

}  // namespace
}  // namespace tantrum::models
