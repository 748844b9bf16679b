// Amazon SQS and its pollers: numbers from the developer guide, and the exact lines of A16.
#include "engine/random.h"
#include "models/messaging/sqs_store.h"
#include "tests/models/support/run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
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

// Messages at the given moments into the queue `jobs`; the rest of the scenario stands in `more`.
Results publish(const std::string& queue, std::vector<double> at, double seconds, const std::string& more, double traceRate = 0)
{
    Options options;
    options.trace = std::move(at);
    options.traceRate = traceRate;
    return run("nodes:\n  shop: {type: client, arrivals: trace(trace.csv), sends: jobs.publish}\n  jobs: {type: sqs" + queue + "}\n" + more, seconds, options);
}

std::string poller(const std::string& parameters) { return "  hands: {type: sqs_poller, consumes: jobs, " + parameters + "}\n"; }

// When the pollers began with a message, in order, from the traces.
std::vector<double> receives(const Results& results)
{
    std::vector<double> begun;
    for (const Span& span : results.traces.spans)
        if (span.kind == SpanKind::stay && results.traces.nodes[span.place] == "hands") begun.push_back(span.begun.inSeconds());
    std::sort(begun.begin(), begun.end());
    return begun;
}
void expectReceives(const Results& results, const std::vector<double>& expected)
{
    const std::vector<double> begun = receives(results);
    ASSERT_EQ(begun.size(), expected.size());
    for (std::size_t each = 0; each < begun.size(); ++each) EXPECT_NEAR(begun[each], expected[each], 1e-6);
}

const std::string longPoll = "wait_time: 20s, ";

// A16: one group and 100 ms of work are 10 messages a second, whatever the number of consumers; eight groups are 80.
TEST(SqsFifo, WorksOnAsManyMessagesAsThereAreGroups)
{
    for (const int loops : {1, 4, 32}) {
        const Results one = publish(", fifo: true, groups: 1", atOnce(200, 0), 10.05, poller(longPoll + "work: 100ms, concurrency: " + std::to_string(loops)));
        EXPECT_EQ(metric(node(one, "hands"), "handled"), 100) << loops;
    }
    for (const int loops : {8, 32}) {
        const Results eight = run("nodes:\n  shop: {type: client, arrivals: paced(300/s), sends: jobs.publish, keys: uniform(8)}\n  jobs: {type: sqs, fifo: true, groups: 8}\n" +
                                      poller(longPoll + "work: 100ms, concurrency: " + std::to_string(loops)), 60);
        EXPECT_NEAR(metric(node(eight, "hands"), "handled"), 80 * 60, 8 * 3) << loops;  // each group begins with its first message
    }
    const Results three = run("nodes:\n  shop: {type: client, arrivals: paced(300/s), sends: jobs.publish, keys: uniform(8)}\n  jobs: {type: sqs, fifo: true, groups: 8}\n" + poller(longPoll + "work: 100ms, concurrency: 3"), 60);
    EXPECT_NEAR(metric(node(three, "hands"), "handled"), 30 * 60, 3);
}

// A16: visibility 30 s, work 45 s, delete at the end, idle consumers waiting: received at 0 and at 30 s, deleted at 45 s.
TEST(SqsStandard, HandsAMessageOutTwiceWhenItsWorkOutlastsItsVisibility)
{
    const Results results = publish("", {0}, 300, poller(longPoll + "work: 45s, concurrency: 4"), 1);
    expectReceives(results, {0, 30});
    EXPECT_EQ(metric(node(results, "jobs"), "messages_received"), 2);
    EXPECT_EQ(metric(node(results, "jobs"), "messages_deleted"), 1);
    EXPECT_NEAR(node(results, "jobs").latency.maximum, 45, 1e-6);
    EXPECT_EQ(node(results, "jobs").inFlight, 0u);
}

// A16: never deleted, maxReceiveCount 3: received at 0, 30 and 60 s; the next receive, at 90 s or later, moves it.
TEST(SqsStandard, MovesAMessageToTheDeadLettersAtTheReceiveThatWouldBeTooMany)
{
    const std::string queues = ", dead_letter_to: dead, max_receive_count: 3";
    const std::string dead = "  dead: {type: sqs}\n";
    const Results waiting = publish(queues, {0}, 300, poller(longPoll + "work: 1s, deletes: never") + dead, 1);
    expectReceives(waiting, {0, 30, 60});
    EXPECT_EQ(metric(node(waiting, "jobs"), "dead_lettered"), 1);
    EXPECT_NEAR(node(waiting, "jobs").latency.maximum, 90, 1e-6);
    EXPECT_EQ(metric(node(waiting, "dead"), "messages_visible"), 1);
    // It is the receive that moves it, not the time: with the consumer gone from 70 to 200 s, it is moved at 200 s.
    const Results away = publish(queues, {0}, 300, poller(longPoll + "work: 1s, deletes: never") + dead + "timeline:\n  - {at: 70s, for: 130s, crash: hands}\n", 1);
    expectReceives(away, {0, 30, 60});
    EXPECT_NEAR(node(away, "jobs").latency.maximum, 200, 1e-6);
    // Without a dead-letter queue it comes back for ever.
    const Results without = publish(", max_receive_count: 3", {0}, 295, poller(longPoll + "work: 1s, deletes: never"), 1);
    EXPECT_EQ(receives(without).size(), 10u);
}

// A dead-letter queue that is down gets the message when it is back: the service does not lose it.
TEST(SqsStandard, MovesMessagesEvenThoughTheDeadLetterQueueIsDown)
{
    const Results results = publish(", dead_letter_to: dead, max_receive_count: 1", {0}, 300, poller(longPoll + "deletes: never") + "  dead: {type: sqs}\ntimeline:\n  - {at: 10s, for: 60s, crash: dead}\n");
    EXPECT_EQ(metric(node(results, "dead"), "messages_visible"), 1);
}

// What was received counts from the receive, and all messages of a batch were received at once: ten of 5 s each outlast
// 30 s, so the last ones come back (and an idle loop has them a second time). The loops begin when all ten are there.
TEST(SqsStandard, LetsTheClockRunForAWholeBatch)
{
    const std::string later = "timeline:\n  - {at: 0s, for: 1s, crash: hands}\n";
    const Results batch = publish("", atOnce(10, 0.5), 300, poller(longPoll + "work: 5s, batch_size: 10, concurrency: 1") + later);
    EXPECT_EQ(metric(node(batch, "jobs"), "redelivered"), 0);  // alone, the loop deletes late, but in time: old receipts do
    const Results two = publish("", atOnce(10, 0.5), 300, poller(longPoll + "work: 5s, batch_size: 10, concurrency: 2") + later);
    EXPECT_EQ(metric(node(two, "jobs"), "redelivered"), 4);  // all but six are deleted after 30 s, the sixth just then
    EXPECT_EQ(metric(node(two, "jobs"), "messages_deleted"), 10);
    const Results cured = publish(", visibility: 60s", atOnce(10, 0.5), 300, poller(longPoll + "work: 5s, batch_size: 10, concurrency: 2") + later);
    EXPECT_EQ(metric(node(cured, "jobs"), "redelivered"), 0);
}

// One call for up to ten messages: receive and delete of 100 messages are 20 calls, one by one 200.
TEST(SqsStandard, TakesUpToTenMessagesWithOneCall)
{
    const std::string links = "links:\n  hands -> jobs: {latency: 5ms}\n";
    const Results batched = publish("", atOnce(100, 1), 10, poller(longPoll + "work: 1ms, batch_size: 10, deletes: batch") + links);
    EXPECT_EQ(metric(node(batched, "jobs"), "messages_deleted"), 100);
    EXPECT_EQ(metric(node(batched, "jobs"), "api_requests"), 100 + 2 * 11 + 1);  // the poll that waited gets one, ten more the rest; the last waits
    const Results single = publish("", atOnce(100, 1), 10, poller(longPoll + "work: 1ms") + links);
    EXPECT_EQ(metric(node(single, "jobs"), "api_requests"), 100 + 200 + 1);
}

// A short poll asks each server with a chance of 50 %: the only message is found by every second poll in the mean, and a
// poll every 100 ms needs 100 ms more for each failure. A long poll asks all: never a false empty.
TEST(SqsStandard, AnswersShortPollsWithFalseEmpties)
{
    const Results shortPolls = publish(", short_poll_sample: 50%", moments(1000, 1, 10), 10'100, poller("work: 0s, wait_time: 0s"));
    const double found = metric(node(shortPolls, "jobs"), "messages_received");
    EXPECT_EQ(found, 1000);
    EXPECT_NEAR(node(shortPolls, "jobs").latency.mean, 0.1, 0.02);  // up to the next poll 0 (at the same instants), then 1 more in the mean
    EXPECT_GT(metric(node(shortPolls, "jobs"), "empty_receives"), 90'000);
    const Results longPolls = publish(", short_poll_sample: 50%", moments(1000, 1, 10), 10'000, poller("work: 0s, wait_time: 20s"));
    EXPECT_EQ(node(longPolls, "jobs").latency.maximum, 0);
    EXPECT_EQ(metric(node(longPolls, "jobs"), "empty_receives"), 0);
}

// Long polling is what saves calls: an idle queue costs 3 a minute instead of 600.
TEST(SqsStandard, EndsALongPollAfterItsWait)
{
    const Results results = publish("", {1000}, 60.5, poller("wait_time: 20s"));
    EXPECT_EQ(metric(node(results, "jobs"), "empty_receives"), 3);
    const Results queueSays = publish(", receive_wait: 10s", {1000}, 60.5, poller("work: 0s"));
    EXPECT_EQ(metric(node(queueSays, "jobs"), "empty_receives"), 6);
    const Results often = publish("", {1000}, 60.05, poller("work: 0s"));
    EXPECT_EQ(metric(node(often, "jobs"), "empty_receives"), 601);
}

TEST(SqsStandard, HidesANewMessageForItsDelay)
{
    const Results results = publish(", delay: 15s", {1, 2}, 60, poller(longPoll + "work: 1s"), 1);
    expectReceives(results, {16, 17});
}

TEST(SqsStandard, ThrowsMessagesAwayAfterTheirRetentionEvenInFlight)
{
    const Results results = publish(", retention: 60s, visibility: 50s", {0, 10}, 200, poller(longPoll + "deletes: never, work: 100s"));
    EXPECT_EQ(metric(node(results, "jobs"), "expired"), 2);
    EXPECT_EQ(ended(node(results, "jobs"), Outcome::expired), 2u);
    EXPECT_NEAR(node(results, "jobs").latency.maximum, 60, 1e-9);
    EXPECT_EQ(node(results, "jobs").inFlight, 0u);
}

// At the limit a standard queue refuses short polls (OverLimit) and lets long polls wait; a FIFO queue finds nothing.
TEST(SqsLimits, HandsOutNoMoreThanMayBeInFlight)
{
    const std::string hands = "work: 5s, concurrency: 6";
    const Results shortPolls = publish(", max_in_flight: 3, short_poll_sample: 100%", atOnce(20, 0.05), 4.95, poller(hands));
    EXPECT_EQ(metric(node(shortPolls, "jobs"), "messages_not_visible"), 3);
    EXPECT_GT(metric(node(shortPolls, "jobs"), "over_limit"), 3 * 4);
    const Results longPolls = publish(", max_in_flight: 3", atOnce(20, 0.05), 10.2, poller(longPoll + hands));
    EXPECT_EQ(metric(node(longPolls, "jobs"), "over_limit"), 0);
    EXPECT_EQ(metric(node(longPolls, "jobs"), "messages_received"), 9);  // three at a time, every 5 s
    const Results fifo = publish(", fifo: true, fifo_max_in_flight: 1, deduplication: off", atOnce(20, 0.05), 4.95, poller("work: 5s, concurrency: 6, batch_size: 10"));
    EXPECT_EQ(metric(node(fifo, "jobs"), "messages_not_visible"), 1);
    EXPECT_EQ(metric(node(fifo, "jobs"), "over_limit"), 0);
}

// 300 calls of each method a second; with batches of ten, 3,000 messages.
TEST(SqsFifo, ThrottlesEachMethodAtThreeHundredCallsASecond)
{
    const std::string shop = "nodes:\n  shop: {type: client, arrivals: paced(5000/s), sends: jobs.publish}\n";
    const Results single = run(shop + "  jobs: {type: sqs, fifo: true}\n", 9.999);
    EXPECT_EQ(client(single, "shop").completed, 3000u);
    EXPECT_EQ(ended(client(single, "shop"), Outcome::rateLimited), client(single, "shop").failed);
    EXPECT_EQ(metric(node(single, "jobs"), "throttled"), static_cast<double>(client(single, "shop").failed));
    const Results batched = run(shop + "  jobs: {type: sqs, fifo: true, send_batch: 10}\n", 10);
    EXPECT_NEAR(static_cast<double>(client(batched, "shop").completed), 30'000, 20);
    const Results standard = run(shop + "  jobs: {type: sqs}\n", 10);
    EXPECT_NEAR(static_cast<double>(client(standard, "shop").completed), 50'000, 1);
}

// Strict order within a group, also when its first message fails at first: ages in one group of five messages, of which the
// one with 30 s of visibility blocks all others.
TEST(SqsFifo, HandsNothingOutOfAGroupWhileOneOfItsMessagesIsInFlight)
{
    const Results results = publish(", fifo: true, groups: 1, dead_letter_to: dead, max_receive_count: 2", {0, 1, 2}, 200, poller(longPoll + "deletes: never, concurrency: 5") + "  dead: {type: sqs, fifo: true}\n", 1);
    expectReceives(results, {0, 30, 60, 90, 120, 150});
    EXPECT_EQ(metric(node(results, "jobs"), "dead_lettered"), 3);
}

// A batch may hold several messages of one group, in order; the group is open again when all of them are deleted.
TEST(SqsFifo, FillsABatchFromOneGroupFirst)
{
    const Results results = publish(", fifo: true, groups: 1", moments(12, 0, 0.01), 20, poller(longPoll + "batch_size: 10, work: 1s, concurrency: 3"), 1);
    // The first alone, since the poll was waiting; then ten at once; then the last.
    expectReceives(results, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
    EXPECT_EQ(metric(node(results, "hands"), "polls"), 3 + 3);
}

// FIFO: a delete after the visibility timeout fails, for its receipt has expired; the message is handled again, for ever.
TEST(SqsFifo, RefusesAnExpiredReceipt)
{
    const Results results = publish(", fifo: true", {0}, 100, poller(longPoll + "work: 45s"));
    EXPECT_EQ(metric(node(results, "jobs"), "messages_deleted"), 0);
    EXPECT_EQ(metric(node(results, "jobs"), "expired_receipts"), 2);
    EXPECT_EQ(metric(node(results, "hands"), "failed_deletes"), 2);
}

// Five minutes: a second send of the same id is accepted and not delivered; after them it is a new message. The interval
// runs from the first, whatever comes between.
TEST(SqsFifo, DeliversNoDuplicateWithinFiveMinutes)
{
    const Results byKey = publish(", fifo: true, deduplication: key", {0, 100, 299, 300, 301, 599, 601}, 700, poller(longPoll + "work: 1s"), 1);
    EXPECT_EQ(client(byKey, "shop").completed, 7u);
    EXPECT_EQ(metric(node(byKey, "jobs"), "deduplicated"), 4);
    expectReceives(byKey, {0, 300, 601});
}

// The window's table against a plain map: 100,000 sends of few ids, many at once and far apart, so that it grows, wraps around
// and forgets.
TEST(SqsFifo, RemembersExactlyTheIdsOfItsInterval)
{
    messaging::DeduplicationWindow window;
    std::map<std::uint64_t, Instant> reference;
    engine::RandomStream luck(7, "sqs", "ids");
    const Duration interval = Duration::milliseconds(100);
    Instant now;
    std::uint64_t known = 0;
    for (int send = 0; send < 100'000; ++send) {
        const std::uint64_t id = luck.below(300);
        const auto found = reference.find(id);
        const bool expected = found != reference.end() && found->second + interval > now;
        ASSERT_EQ(window.isKnown(id, now, interval), expected) << send;
        known += expected;
        if (!expected) window.accept(id, now), reference[id] = now;
        now = now + Duration::microseconds(static_cast<std::int64_t>(luck.below(send % 1000 < 500 ? 100 : 3000)));
    }
    EXPECT_GT(known, 20'000u);
    EXPECT_LT(known, 90'000u);
}

// A publisher that retries because the answer was late sends the message twice: a FIFO queue takes the second for a
// duplicate, a standard queue delivers both.
TEST(SqsFifo, TakesARetryForADuplicate)
{
    const std::string more = poller(longPoll + "work: 1ms") + "links:\n  shop -> jobs: {latency: 80ms, policies: [retry: {attempts: 2, backoff: fixed(10ms)}, timeout: 100ms]}\n";
    const Results fifo = publish(", fifo: true", moments(10, 0, 1), 20, more);
    EXPECT_EQ(metric(node(fifo, "jobs"), "deduplicated"), 10);
    EXPECT_EQ(metric(node(fifo, "hands"), "handled"), 10);
    const Results standard = publish("", moments(10, 0, 1), 20, more);
    EXPECT_EQ(metric(node(standard, "hands"), "handled"), 20);
}

// The first message is handled at 1 s and its failure is not the end of the batch: what succeeded is deleted with one call.
TEST(SqsPoller, DeletesOfABatchWhatSucceeded)
{
    const Results results = publish(", visibility: 20s", atOnce(100, 0.5), 15, poller(longPoll + "batch_size: 10, deletes: batch, work: 10ms, steps: [{fail: 30%}]"));
    const double handled = metric(node(results, "hands"), "handled");
    EXPECT_EQ(handled + metric(node(results, "hands"), "failures"), 100);
    EXPECT_EQ(metric(node(results, "jobs"), "messages_deleted"), handled);
    EXPECT_EQ(metric(node(results, "jobs"), "messages_not_visible"), 100 - handled);
}

TEST(SqsPoller, GivesAMessageBackAtOnceIfItIsToldSo)
{
    const Results results = publish(", dead_letter_to: dead, max_receive_count: 4", {0}, 60, poller(longPoll + "work: 1s, steps: [{fail: 100%}], on_failure: return") + "  dead: {type: sqs}\n", 1);
    expectReceives(results, {0, 1, 2, 3});
    EXPECT_NEAR(node(results, "jobs").latency.maximum, 4, 1e-9);
}

// At least once, also over a network: what a crashed poller had in hand, or was being handed, comes back.
TEST(SqsPoller, LosesNothingInACrash)
{
    for (const char* cancellation : {"true", "false"})
        for (const char* deletes : {"each", "batch"}) {
            const Results results = run(std::string("nodes:\n  shop: {type: client, arrivals: spike(100/s 0.001/s 10s 1000s), sends: jobs}\n  jobs: {type: sqs, visibility: 5s}\n") +
                                            poller(longPoll + "concurrency: 4, batch_size: 10, work: exponential(30ms), deletes: " + deletes) + "links:\n  hands -> jobs: {latency: 3ms, cancellation: " + cancellation +
                                            "}\ntimeline:\n  - {at: 3s, for: 1s, crash: hands}\n  - {at: 7s, for: 500ms, crash: hands}\n", 90);
            EXPECT_GT(metric(node(results, "jobs"), "redelivered"), 0);
            EXPECT_EQ(metric(node(results, "jobs"), "messages_deleted"), metric(node(results, "jobs"), "messages_sent")) << cancellation << deletes;
        }
}

// The plain consumer asks for one message at a time, knows nothing of batches, and asks again at once when it got nothing:
// its receives are long polls even where the queue's are short.
TEST(Sqs, WorksWithAPlainConsumer)
{
    const Results results = publish("", atOnce(10, 1), 20, "  packer: {type: consumer, consumes: jobs, work: 100ms}\n");
    EXPECT_EQ(metric(node(results, "packer"), "handled"), 10);
    EXPECT_NEAR(node(results, "jobs").latency.maximum, 1, 1e-9);
}

// And the poller works with a plain queue, one message at a time.
TEST(Sqs, PollerWorksWithAPlainQueue)
{
    const Results results = run("nodes:\n  shop: {type: client, arrivals: paced(10/s), sends: jobs}\n  jobs: {type: queue}\n" + poller("work: 10ms, batch_size: 10, deletes: batch"), 10.05);
    EXPECT_EQ(metric(node(results, "hands"), "handled"), metric(node(results, "jobs"), "acknowledged"));
    EXPECT_NEAR(metric(node(results, "hands"), "handled"), 100, 1);
}

TEST(Sqs, KeepsItsMessagesThroughAnOutageAndLosesThemInAPurge)
{
    const Results outage = publish("", moments(10, 0.5, 1), 60, poller(longPoll + "work: 10ms") + "timeline:\n  - {at: 3s, for: 4s, crash: jobs}\n");
    EXPECT_EQ(ended(client(outage, "shop"), Outcome::crashed), 4u);
    EXPECT_EQ(metric(node(outage, "jobs"), "messages_deleted"), 6);
    const Results purge = publish(", delay: 30s", moments(10, 0.5, 1), 90, poller(longPoll + "work: 10ms") + "timeline:\n  - {at: 5s, flush: jobs}\n");
    EXPECT_EQ(metric(node(purge, "jobs"), "purged"), 5);
    EXPECT_EQ(metric(node(purge, "jobs"), "messages_deleted"), 5);
}

TEST(Sqs, ChangesItsVisibilityAndRetentionLive)
{
    const Results results = publish(", visibility: 1h", {0.5, 2.5}, 10.3, poller(longPoll + "concurrency: 2, deletes: never") + "timeline:\n  - {at: 1s, set: jobs.visibility, to: 1s}\n");
    EXPECT_EQ(metric(node(results, "jobs"), "redelivered"), 7);  // the second: 3.5, 4.5, … 9.5
    const Results sooner = publish("", {0.5}, 100, "timeline:\n  - {at: 80s, set: jobs.retention, to: 60s}\n");
    EXPECT_EQ(metric(node(sooner, "jobs"), "expired"), 1);
    EXPECT_NEAR(node(sooner, "jobs").latency.maximum, 79.5, 1e-9);
}

}  // namespace
}  // namespace tantrum::models
