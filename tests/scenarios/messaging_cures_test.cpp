// The cures that the scenarios of SQS, Kafka and topics name cure, whatever the seed.
#include "tests/scenarios/support/files.h"

#include <gtest/gtest.h>

namespace tantrum::scenarios {
namespace {

std::filesystem::path library(const std::string& name) { return std::filesystem::path(TANTRUM_SOURCE_DIR) / "scenarios/library" / (name + ".yaml"); }

constexpr std::uint64_t seeds[]{1, 2, 3, 4, 5};

TEST(SqsVisibility, ShorterThanTheWorkMakesDuplicatesForEverySeed)
{
    for (const std::uint64_t seed : seeds) {
        expectItsClaims({.file = library("sqs-visibility")}, seed);
        expectItsClaims({library("sqs-visibility"), {{"jobs.visibility", "5min"}}, {"metric(jobs.redelivered) <= 0", "metric(jobs.dead_lettered) <= 0"}}, seed);
    }
}

TEST(SqsFifoGroups, LimitTheThroughputWhateverTheWorkersForEverySeed)
{
    for (const std::uint64_t seed : seeds) {
        expectItsClaims({.file = library("sqs-fifo")}, seed);
        expectItsClaims({library("sqs-fifo"), {{"workers.concurrency", "320"}}, {"queue_mean(events) > 4000 after 270s"}}, seed);
        expectItsClaims({library("sqs-fifo"), {{"events.groups", "64"}}, {"queue_max(events) < 50"}}, seed);
    }
}

TEST(KafkaRebalance, TakesFarLongerThanTheAbsenceThatCausedItForEverySeed)
{
    for (const std::uint64_t seed : seeds) {
        expectItsClaims({.file = library("kafka-rebalance")}, seed);
        expectItsClaims({library("kafka-rebalance"), {{"billing.static_membership", "true"}}, {"metric(billing.rebalances) <= 1", "queue_max(orders) < 4000"}}, seed);
        expectItsClaims({library("kafka-rebalance"), {{"billing.assignment", "cooperative"}}, {"metric(billing.rebalancing) > 35s", "queue_max(orders) < 7500"}}, seed);
    }
}

TEST(KafkaAcks, OfTheLeaderAloneAreNoPromiseForEverySeed)
{
    for (const std::uint64_t seed : seeds) {
        expectItsClaims({.file = library("kafka-acks")}, seed);
        expectItsClaims({library("kafka-acks"), {{"payments.acks", "all"}}, {"metric(payments.lost_records) <= 0", "error_rate(shop) <= 0%"}}, seed);
    }
}

TEST(TopicFanOut, LosesWhatAnEndpointMissedUnlessAQueueStandsBetweenForEverySeed)
{
    for (const std::uint64_t seed : seeds) {
        expectItsClaims({.file = library("topic-fan-out")}, seed);
        expectItsClaims({library("topic-fan-out"), {{"orders.subscribers", "[stock,billing,letters]"}}, {"metric(orders.notifications_failed) <= 0", "metric(letters.messages_visible) <= 0"}}, seed);
    }
}

TEST(CeleryOnRedis, SendsRemindersAgainAndAgainUnlessItIsPatientForEverySeed)
{
    for (const std::uint64_t seed : seeds) {
        expectItsClaims({.file = library("celery-redis")}, seed);
        expectItsClaims({library("celery-redis"), {{"hasty_worker.visibility_timeout", "4h"}}, {"metric(hasty_worker.succeeded) < 520", "metric(redis.restored) < 170"}}, seed);
    }
}

TEST(CeleryBeat, ForgetsWhatItDidNotWriteDownForEverySeed)
{
    for (const std::uint64_t seed : seeds) {
        expectItsClaims({.file = library("celery-beat")}, seed);
        expectItsClaims({library("celery-beat"), {{"bills.sync_every", "0s"}}, {"metric(bills.repeated) <= 0"}}, seed);
    }
}

TEST(RedisFailover, LosesWhatWasAcknowledgedForEverySeed)
{
    for (const std::uint64_t seed : seeds) {
        expectItsClaims({.file = library("redis-failover")}, seed);
        expectItsClaims({library("redis-failover"), {{"carts.replicas", "0"}, {"carts.persistence", "aof_always"}}, {"metric(carts.lost_writes) <= 0", "metric(carts.lost_messages) <= 0"}}, seed);
    }
}

}  // namespace
}  // namespace tantrum::scenarios
