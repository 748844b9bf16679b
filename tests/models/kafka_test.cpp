// Kafka topics and consumer groups: defaults of the clients' and brokers' configurations, and the exact line of A16.
#include "models/messaging/kafka_log.h"
#include "tests/models/support/run.h"

#include <gtest/gtest.h>

#include <algorithm>
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

Results publish(const std::string& topic, std::vector<double> at, double seconds, const std::string& more = "")
{
    Options options;
    options.trace = std::move(at);
    return run("nodes:\n  shop: {type: client, arrivals: trace(trace.csv), sends: log.publish}\n  log: {type: kafka" + topic + "}\n" + more, seconds, options);
}

// Six records a moment, one for each of six partitions, or as said.
Results stream(const std::string& topic, double perSecond, double seconds, const std::string& more)
{
    return run("nodes:\n  shop: {type: client, arrivals: paced(" + std::to_string(perSecond) + "/s), sends: log.publish}\n  log: {type: kafka, partitioner: round_robin" + topic + "}\n" + more, seconds);
}

std::string group(const std::string& parameters) { return "  readers: {type: kafka_consumer, consumes: log, " + parameters + "}\n"; }
const std::string earliest = "offset_reset: earliest, ";

double consumed(const Results& results) { return metric(node(results, "readers"), "records_consumed"); }

// A16: six partitions, equal keys: the throughput of 1, 2, 3, 6 and 8 members is as 1, 2, 3, 6 and 6. After the initial delay
// of 3 s each handles 100 records a second.
TEST(KafkaConsumer, ScalesWithItsMembersUpToThePartitions)
{
    const std::pair<int, int> rows[]{{1, 1}, {2, 2}, {3, 3}, {6, 6}, {8, 6}};
    for (const auto& [members, ratio] : rows) {
        const Results results = stream(", partitions: 6", 1200, 23.005, group(earliest + "work: 10ms, members: " + std::to_string(members)));
        EXPECT_EQ(consumed(results), ratio * 2000) << members;
        EXPECT_EQ(metric(node(results, "readers"), "members_assigned"), ratio);
    }
}

// Every record once, and each partition's in order: without failures nothing is replayed, and nothing is left.
TEST(KafkaConsumer, HandlesEveryRecordOnceWhileNothingFails)
{
    for (const char* assignment : {"eager", "cooperative"}) {
        const Results results = publish(", partitions: 4, partitioner: sticky", moments(500, 1, 0.01), 60, group(earliest + "work: 1ms, members: 3, assignment: " + assignment));
        EXPECT_EQ(consumed(results), 500);
        EXPECT_EQ(metric(node(results, "readers"), "replayed"), 0);
        EXPECT_EQ(metric(node(results, "readers"), "records_lag"), 0);
        EXPECT_EQ(metric(node(results, "log"), "lag"), 0);
        EXPECT_EQ(metric(node(results, "readers"), "failed_commits"), 0);
    }
}

// The first rebalance waits 3 s for more members; a group without commits then begins at the end: what came before is not read.
TEST(KafkaConsumer, BeginsAtTheEndUnlessItIsToldOtherwise)
{
    const Results latest = publish("", moments(10, 0.5, 1), 30, group("work: 1ms"));
    EXPECT_EQ(consumed(latest), 7);
    const Results first = publish("", moments(10, 0.5, 1), 30, group(earliest + "work: 1ms"));
    EXPECT_EQ(consumed(first), 10);
}

// Two groups read the same records, each at its own pace.
TEST(KafkaConsumer, SharesTheLogWithOtherGroups)
{
    const Results results = publish(", partitions: 2, partitioner: round_robin", moments(100, 4, 0.01), 60, group(earliest + "work: 1ms") + "  others: {type: kafka_consumer, consumes: log, work: 100ms, members: 2, offset_reset: earliest}\n");
    EXPECT_EQ(consumed(results), 100);
    EXPECT_EQ(metric(node(results, "others"), "records_consumed"), 100);
    EXPECT_EQ(metric(node(results, "log"), "records_in"), 100);
}

// Auto commit, 5 s: a crash replays what was handled since the last commit. Commits at 5 and 10 s; a crash at 12 s
// replays the records of 10 to 12 s. With a commit after each record nothing is replayed.
TEST(KafkaConsumer, ReplaysWhatItHadNotCommittedWhenItCrashed)
{
    const std::string crash = "timeline:\n  - {at: 12s, for: 60s, crash: readers}\n";
    const auto results = [&](const std::string& commit) { return publish("", moments(1000, 3.005, 0.01), 100, group(earliest + "work: 1ms, max_poll_records: 1, " + commit) + crash); };
    const Results automatic = results("commit: auto");
    EXPECT_NEAR(metric(node(automatic, "readers"), "replayed"), 200, 5);
    EXPECT_EQ(consumed(automatic), 1000 + metric(node(automatic, "readers"), "replayed"));
    EXPECT_EQ(metric(node(automatic, "readers"), "records_lag"), 0);
    const Results each = results("commit: record");
    EXPECT_LE(metric(node(each, "readers"), "replayed"), 1);
    EXPECT_EQ(metric(node(each, "readers"), "records_lag"), 0);
}

// A crashed member is missed after its session of 45 s (its last heartbeat came at most 3 s before the crash); until then its
// partitions stand still, and then the others get them.
TEST(KafkaConsumer, GivesADeadMembersPartitionsToTheOthersAfterItsSession)
{
    const std::string crash = "timeline:\n  - {at: 30s, for: 1h, crash: readers, replica: 2}\n";
    const Results before = stream(", partitions: 2", 100, 71, group(earliest + "work: 1ms, members: 2") + crash);
    EXPECT_EQ(metric(node(before, "readers"), "rebalances"), 1);
    EXPECT_NEAR(metric(node(before, "readers"), "records_lag_max"), 50 * 41, 50 * 6);
    const Results after = stream(", partitions: 2", 100, 100, group(earliest + "work: 1ms, members: 2") + crash);
    EXPECT_EQ(metric(node(after, "readers"), "rebalances"), 2);
    EXPECT_EQ(metric(node(after, "readers"), "expired_sessions"), 1);
    EXPECT_EQ(metric(node(after, "readers"), "members_assigned"), 1);
    EXPECT_LT(metric(node(after, "readers"), "records_lag"), 100 * 6);
}

// Back after 5 s it is a new member, and the rebalance waits for the old one's session: 42 to 45 s from the crash, in which
// eager members all stand still. Static membership: no rebalance at all.
TEST(KafkaConsumer, WaitsForTheGhostOfAMemberThatIsBackSoon)
{
    const std::string crash = "timeline:\n  - {at: 30s, for: 5s, crash: readers, replica: 2}\n";
    const Results dynamic = stream(", partitions: 2", 100, 100, group(earliest + "work: 1ms, members: 2") + crash);
    EXPECT_EQ(metric(node(dynamic, "readers"), "rebalances"), 2);
    EXPECT_GT(metric(node(dynamic, "readers"), "rebalancing"), 3 + 36);
    EXPECT_LT(metric(node(dynamic, "readers"), "rebalancing"), 3 + 41);
    const Results still = stream(", partitions: 2", 100, 69, group(earliest + "work: 1ms, members: 2") + crash);
    EXPECT_GT(metric(node(still, "readers"), "records_lag"), 100 * 30);  // both stand
    const Results kept = stream(", partitions: 2", 100, 100, group(earliest + "work: 1ms, members: 2, static_membership: true") + crash);
    EXPECT_EQ(metric(node(kept, "readers"), "rebalances"), 1);
    EXPECT_LT(metric(node(kept, "readers"), "records_lag"), 100 * 6);
    EXPECT_EQ(metric(node(kept, "readers"), "members_assigned"), 2);
}

// Cooperative: while the group waits for the ghost, the member that stayed goes on with its own partition.
TEST(KafkaConsumer, GoesOnDuringACooperativeRebalance)
{
    const std::string crash = "timeline:\n  - {at: 30s, for: 5s, crash: readers, replica: 2}\n";
    const Results results = stream(", partitions: 2", 100, 69, group(earliest + "work: 1ms, members: 2, assignment: cooperative") + crash);
    EXPECT_LT(metric(node(results, "readers"), "records_lag"), 50 * 48);  // one of two stands
    EXPECT_GT(metric(node(results, "readers"), "records_lag"), 50 * 30);
    const Results after = stream(", partitions: 2", 100, 120, group(earliest + "work: 1ms, members: 2, assignment: cooperative") + crash);
    EXPECT_LT(metric(node(after, "readers"), "records_lag"), 100 * 6);
    EXPECT_EQ(metric(node(after, "readers"), "members_assigned"), 2);
}

// A member that comes back after its session: sticky assignment moves as many partitions as make the shares even.
TEST(KafkaConsumer, MovesPartitionsBackInTwoRounds)
{
    const std::string crash = "timeline:\n  - {at: 30s, for: 60s, crash: readers, replica: 2}\n";
    for (const char* assignment : {"eager", "cooperative"}) {
        const Results results = stream(", partitions: 4", 100, 200, group(earliest + "work: 1ms, members: 2, assignment: " + assignment) + crash);
        EXPECT_EQ(metric(node(results, "readers"), "members_assigned"), 2) << assignment;
        EXPECT_LT(metric(node(results, "readers"), "records_lag"), 100 * 6) << assignment;
        EXPECT_EQ(metric(node(results, "readers"), "rebalances"), std::string(assignment) == "eager" ? 3 : 4) << assignment;
    }
}

// A poll that does not come within max.poll.interval: the member leaves, its commit fails, its batch is handled again and
// again, though its heartbeats were in time.
TEST(KafkaConsumer, LeavesWhenItsPollComesTooLate)
{
    const Results results = publish("", atOnce(500, 4), 2000, group(earliest + "work: 1s, commit: batch"));
    EXPECT_GE(metric(node(results, "readers"), "failed_commits"), 3);
    EXPECT_EQ(metric(node(results, "readers"), "records_lag"), 499);  // the poll that waited got one record, and was in time
    EXPECT_GT(metric(node(results, "readers"), "replayed"), 900);
    const Results fewer = publish("", atOnce(500, 4), 2000, group(earliest + "work: 1s, commit: batch, max_poll_records: 100"));
    EXPECT_EQ(metric(node(fewer, "readers"), "failed_commits"), 0);
    EXPECT_EQ(metric(node(fewer, "readers"), "replayed"), 0);
    EXPECT_EQ(metric(node(fewer, "readers"), "records_lag"), 0);
}

// A process that stands still sends no heartbeats either.
TEST(KafkaConsumer, IsTakenForDeadInALongPause)
{
    const Results results = stream(", partitions: 2", 100, 150, group(earliest + "work: 1ms, members: 2") + "timeline:\n  - {at: 30s, for: 60s, pause: readers, replica: 1}\n");
    EXPECT_EQ(metric(node(results, "readers"), "expired_sessions"), 1);
    EXPECT_EQ(metric(node(results, "readers"), "members_assigned"), 2);
    EXPECT_LT(metric(node(results, "readers"), "records_lag"), 100 * 6);
}

// Cut off from the brokers, a member is alive and yet taken for dead; once it is heard of again, it joins anew.
TEST(KafkaConsumer, IsTakenForDeadWhenItIsCutOff)
{
    const Results results = stream(", partitions: 2", 100, 300, group(earliest + "work: 1ms, members: 1") + "  others: {type: kafka_consumer, consumes: log, members: 1, offset_reset: earliest, work: 1ms}\n" +
                                                                    "links:\n  readers -> log: {latency: 1ms}\ntimeline:\n  - {at: 30s, for: 100s, partition: [readers, log]}\n");
    EXPECT_EQ(metric(node(results, "readers"), "expired_sessions"), 1);
    EXPECT_EQ(metric(node(results, "readers"), "members_assigned"), 1);
    EXPECT_LT(metric(node(results, "readers"), "records_lag"), 100 * 6);
    EXPECT_EQ(metric(node(results, "others"), "expired_sessions"), 0);
}

// acks=1 waits for the leader alone, acks=all for the followers too, acks=0 for nobody.
TEST(KafkaTopic, AnswersAsItsAcksSay)
{
    const auto latency = [](const std::string& acks) { return client(publish(", replication: 3, replication_time: 2ms, acks: " + acks, moments(10, 1, 1), 20), "shop").latency.maximum; };
    EXPECT_NEAR(latency("all"), 0.002, 1e-9);
    EXPECT_EQ(latency("1"), 0);
    EXPECT_EQ(latency("0"), 0);
}

// Records wait for their batch: linger from its first record, or until it is full. One request for ten of them.
TEST(KafkaTopic, GathersRecordsIntoBatches)
{
    const Results lingering = publish(", linger: 5ms", moments(10, 1, 0.0001), 2);
    EXPECT_EQ(metric(node(lingering, "log"), "produce_requests"), 1);
    EXPECT_NEAR(client(lingering, "shop").latency.maximum, 0.005, 1e-9);
    const Results single = publish("", moments(10, 1, 0.0001), 2);
    EXPECT_EQ(metric(node(single, "log"), "produce_requests"), 10);
    EXPECT_EQ(client(single, "shop").latency.maximum, 0);
    const Results full = run("nodes:\n  shop: {type: client, arrivals: paced(1000/s), sends: log.publish, bytes: 4KiB}\n  log: {type: kafka, linger: 1s}\n", 2);
    EXPECT_NEAR(client(full, "shop").latency.maximum, 0.003, 1e-9);  // four fill a batch
}

// The leader's broker dies: nothing is taken until the controller misses it after 9 s, then a follower leads. Records of that
// time are late, none is lost.
TEST(KafkaTopic, ElectsAnotherLeaderAfterTheBrokersTimeout)
{
    const Results results = publish(", replication: 3, replication_time: 1ms", moments(60, 0.5, 1), 100, "timeline:\n  - {at: 20s, for: 30s, crash: log, replica: 1}\n");
    EXPECT_EQ(client(results, "shop").completed, 60u);
    EXPECT_NEAR(client(results, "shop").latency.maximum, 8.5 + 0.001, 1e-9);
    EXPECT_EQ(metric(node(results, "log"), "leader_elections"), 1);
    EXPECT_EQ(metric(node(results, "log"), "lost_records"), 0);
    EXPECT_EQ(metric(node(results, "log"), "under_replicated_partitions"), 0);
}

// A dead follower holds acks=all up until it is dropped from the in-sync replicas.
TEST(KafkaTopic, WaitsForADeadFollowerUntilItIsMissed)
{
    const Results all = publish(", replication: 3", moments(60, 0.5, 1), 100, "timeline:\n  - {at: 20s, for: 30s, crash: log, replica: 2}\n");
    EXPECT_NEAR(client(all, "shop").latency.maximum, 8.5 + 0.001, 1e-9);
    EXPECT_EQ(metric(node(all, "log"), "leader_elections"), 0);
    const Results leader = publish(", replication: 3, acks: 1", moments(60, 0.5, 1), 100, "timeline:\n  - {at: 20s, for: 30s, crash: log, replica: 2}\n");
    EXPECT_EQ(client(leader, "shop").latency.maximum, 0);
}

// Two in-sync replicas wanted, one left: refused, and retried for 120 s; a shorter outage is survived.
TEST(KafkaTopic, RefusesRecordsForLackOfInSyncReplicas)
{
    const std::string topic = ", replication: 2, min_insync_replicas: 2";
    const Results longOutage = publish(topic, {50}, 400, "timeline:\n  - {at: 20s, for: 300s, crash: log, replica: 2}\n");
    EXPECT_EQ(ended(client(longOutage, "shop"), Outcome::rejected), 1u);
    EXPECT_NEAR(client(longOutage, "shop").failureLatency.maximum, 120, 1e-9);
    EXPECT_EQ(metric(node(longOutage, "log"), "not_enough_replicas"), 1);
    const Results survived = publish(topic, {50}, 400, "timeline:\n  - {at: 20s, for: 60s, crash: log, replica: 2}\n");
    EXPECT_NEAR(client(survived, "shop").latency.maximum, 30 + 10 + 0.001, 1e-9);  // back at 80 s, in sync at 90 s
    const Results one = publish(", replication: 2", {50}, 400, "timeline:\n  - {at: 20s, for: 300s, crash: log, replica: 2}\n");
    EXPECT_EQ(client(one, "shop").latency.maximum, 0);
}

// Without any replica: delivery timeout. acks=0 does not even know.
TEST(KafkaTopic, FailsWithoutALeader)
{
    const std::string outage = "timeline:\n  - {at: 20s, for: 300s, crash: log}\n";
    const Results all = publish(", replication: 3", {50}, 400, outage);
    EXPECT_EQ(ended(client(all, "shop"), Outcome::timeout), 1u);
    EXPECT_NEAR(client(all, "shop").failureLatency.maximum, 120, 1e-9);
    const Results none = publish(", replication: 3, acks: 0", {50}, 400, outage);
    EXPECT_EQ(client(none, "shop").completed, 1u);
    EXPECT_EQ(metric(node(none, "log"), "lost_records"), 1);
}

// acks=1 loses what the followers did not have yet, acks=all does not: records every millisecond, followers 100 ms behind.
TEST(KafkaTopic, LosesAcknowledgedRecordsWithItsLeaderUnlessAllReplicasAcknowledge)
{
    const std::string crash = "timeline:\n  - {at: 20.0005s, for: 60s, crash: log, replica: 1}\n";
    const Results leader = publish(", replication: 3, replication_time: 100ms, acks: 1", moments(2000, 19, 0.001), 100, group(earliest + "work: 0s") + crash);
    EXPECT_EQ(client(leader, "shop").completed, 2000u);
    EXPECT_EQ(metric(node(leader, "log"), "lost_records"), 100);
    EXPECT_EQ(consumed(leader), 1900);
    const Results all = publish(", replication: 3, replication_time: 100ms", moments(2000, 19, 0.001), 100, group(earliest + "work: 0s") + crash);
    EXPECT_EQ(client(all, "shop").completed, 2000u);
    EXPECT_EQ(metric(node(all, "log"), "lost_records"), 0);
    EXPECT_EQ(consumed(all), 2000);
}

// Consumers see no record before all in-sync replicas have it, however early its publisher was answered.
TEST(KafkaTopic, ShowsConsumersNothingBeyondTheHighWatermark)
{
    Options options;
    options.trace = moments(20, 5, 0.03);
    options.traceRate = 1;
    const Results results = run("nodes:\n  shop: {type: client, arrivals: trace(trace.csv), sends: log.publish}\n  log: {type: kafka, replication: 3, replication_time: 100ms, acks: 1}\n" + group(earliest + "work: 0s"), 20, options);
    EXPECT_EQ(client(results, "shop").latency.maximum, 0);
    std::vector<double> begun;
    for (const Span& span : results.traces.spans)
        if (span.kind == SpanKind::stay && results.traces.nodes[span.place] == "readers") begun.push_back(span.begun.inSeconds());
    ASSERT_EQ(begun.size(), 20u);
    std::sort(begun.begin(), begun.end());
    for (std::size_t each = 0; each < 20; ++each) EXPECT_NEAR(begun[each], 5.1 + 0.03 * static_cast<double>(each), 1e-9);
}

// The only in-sync replica dies. Clean: no leader until it is back. Unclean: one that missed 30 s of records leads, and they
// are gone.
TEST(KafkaTopic, PrefersToBeOfflineToAnUncleanElection)
{
    const std::string crashes = group(earliest + "work: 0s") + "timeline:\n  - {at: 20s, for: 100s, crash: log, replica: 2}\n  - {at: 59.9s, for: 100s, crash: log, replica: 1}\n";
    const Results clean = publish(", replication: 2, delivery_timeout: 10s", moments(180, 0.5, 1), 300, crashes);
    EXPECT_EQ(metric(node(clean, "log"), "lost_records"), 0);
    EXPECT_EQ(metric(node(clean, "log"), "unclean_elections"), 0);
    EXPECT_EQ(ended(client(clean, "shop"), Outcome::timeout), 90u);  // of 59.9 to 159.9 s, but for those whose 10 s reach its end
    const Results unclean = publish(", replication: 2, delivery_timeout: 10s, unclean_election: true", moments(180, 0.5, 1), 300, crashes);
    EXPECT_EQ(metric(node(unclean, "log"), "unclean_elections"), 1);
    EXPECT_NEAR(metric(node(unclean, "log"), "lost_records"), 60 - 20, 1);
    EXPECT_LT(ended(client(unclean, "shop"), Outcome::timeout), 61u);
    // What came after the cut is read, at the offsets of what was lost and had been read before.
    EXPECT_EQ(consumed(unclean), static_cast<double>(client(unclean, "shop").completed));
    EXPECT_EQ(metric(node(unclean, "readers"), "records_lag"), 0);
}

// Retention does not ask whether anybody has read: a group that is away too long finds its records deleted.
TEST(KafkaTopic, DeletesWhatIsTooOldOrTooMuch)
{
    const std::string away = group(earliest + "work: 1ms") + "timeline:\n  - {at: 20s, for: 3000s, crash: readers}\n";
    const Results old = publish(", retention: 1000s", moments(100, 60, 10), 4000, away);
    EXPECT_EQ(metric(node(old, "log"), "deleted_unread"), 100);
    const Results young = publish(", retention: 1h", moments(100, 60, 10), 4000, away);
    EXPECT_EQ(metric(node(young, "log"), "deleted_unread"), 0);
    EXPECT_EQ(consumed(young), 100);
    const Results much = run("nodes:\n  shop: {type: client, arrivals: paced(1/s), sends: log.publish, bytes: 100B}\n  log: {type: kafka, retention_bytes: 10000B}\n" + group(earliest + "work: 1ms, members: 1") + "timeline:\n  - {at: 0s, for: 1h, crash: readers}\n", 310);
    EXPECT_NEAR(metric(node(much, "log"), "deleted_unread"), 200, 1);
}

// Kafka's own function, computed apart from ours by a program that gets its published values ("foobar": -790332482) right.
TEST(KafkaTopic, HashesKeysAsKafkaDoes)
{
    EXPECT_EQ(messaging::kafkaHash(0), 1624723715u);
    EXPECT_EQ(messaging::kafkaHash(1), 2100486060u);
    EXPECT_EQ(messaging::kafkaHash(42), 506863552u);
    EXPECT_EQ(messaging::kafkaHash(0x0123456789abcdef), 1387567705u);
}

// A key always goes to the same partition.
TEST(KafkaTopic, SendsAKeyToThePartitionOfItsHash)
{
    const Results hot = run("nodes:\n  shop: {type: client, arrivals: paced(100/s), sends: log.publish}\n  log: {type: kafka, partitions: 6}\n" + group(earliest + "work: 100ms, members: 6"), 103.05);
    EXPECT_EQ(consumed(hot), 1000);  // one key, one partition, one member at work
    const std::string hotOne = "records_lag_" + std::to_string(messaging::kafkaHash(0) % 6);
    for (int partition = 0; partition < 6; ++partition) {
        const std::string key = "records_lag_" + std::to_string(partition);
        EXPECT_EQ(metric(node(hot, "readers"), key), key == hotOne ? metric(node(hot, "readers"), "records_lag_max") : 0);
    }
    EXPECT_EQ(metric(node(hot, "readers"), "lagging_partition"), messaging::kafkaHash(0) % 6);
    const Results spread = run("nodes:\n  shop: {type: client, arrivals: paced(100/s), sends: log.publish, keys: uniform(1000)}\n  log: {type: kafka, partitions: 6}\n" + group(earliest + "work: 10ms, members: 6"), 103.05);
    EXPECT_GT(consumed(spread), 10'000);
}

TEST(KafkaTopic, StopsTheRunRatherThanHoldTooMuch)
{
    Options options;
    const auto world = build("nodes:\n  shop: {type: client, arrivals: paced(200000/s), sends: log.publish}\n  log: {type: kafka}\n" + group(earliest + "work: 1s"), 60, options);
    while (world->advanceSome(1'000'000, world->end()) == World::Progress::reached && world->now() < world->end()) {
    }
    EXPECT_NE(world->stopReason().find("4,000,000 records"), std::string::npos) << world->stopReason();
}

}  // namespace
}  // namespace tantrum::models
