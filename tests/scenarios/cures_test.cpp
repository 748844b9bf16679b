// What the library's scenarios show is a property of the system, not of a lucky seed, and the cures they name cure.
#include "tests/scenarios/support/files.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tantrum::scenarios {
namespace {

std::filesystem::path library(const std::string& name) { return std::filesystem::path(TANTRUM_SOURCE_DIR) / "scenarios/library" / (name + ".yaml"); }

constexpr std::uint64_t seeds[]{1, 2, 3, 4, 5};

// Goodput over stretches of ten seconds, by the start of the stretch.
std::vector<std::pair<double, double>> goodputByTenSeconds(const models::Results& results)
{
    std::vector<std::pair<double, double>> stretches;
    const auto& series = results.series;
    const auto each = static_cast<std::size_t>(10 / series.bucketSeconds);
    const auto& goodput = series.clients.front().goodputPerSecond;
    for (std::size_t from = 0; from + each <= goodput.size(); from += each) {
        double sum = 0;
        for (std::size_t bucket = from; bucket < from + each; ++bucket) sum += static_cast<double>(goodput[bucket]);
        stretches.emplace_back(static_cast<double>(from) * series.bucketSeconds, sum / static_cast<double>(each));
    }
    return stretches;
}

// Bronson et al., Metastable Failures in Distributed Systems (HotOS 2021): the trigger is gone, the failure stays.
TEST(RetryStorm, StaysDownForMoreThanFiveMinutesAfterTheOutageForEverySeed)
{
    const auto scenario = read({.file = library("retry-storm")});
    ASSERT_TRUE(scenario);
    for (const std::uint64_t seed : seeds) {
        const models::Results results = run(*scenario, seed);
        double down = 0;
        for (const auto& [from, goodput] : goodputByTenSeconds(results)) {
            if (from < 60 && from >= 10) {
                EXPECT_GT(goodput, 240) << "before the outage, at " << from << " s, seed " << seed;
            }
            if (from < 70) continue;
            EXPECT_LT(goodput, 28) << "at " << from << " s, seed " << seed;
            if (goodput < 28) down += 10;
        }
        EXPECT_GE(down, 300) << "seed " << seed;
    }
}

TEST(RetryStorm, EndsByItselfWithARetryBudgetForEverySeed)
{
    for (const std::uint64_t seed : seeds)
        expectItsClaims({library("retry-storm"), {{"checkout -> payments.retry.budget", "10%"}},
                         {"goodput(shoppers) > 270/s before 60s", "goodput(shoppers) > 270/s after 100s", "attempts(checkout -> payments) < 1.02 after 100s"}}, seed);
}

TEST(RetryStorm, EndsByItselfWhenPaymentsDropsWhatNobodyWaitsForForEverySeed)
{
    for (const std::uint64_t seed : seeds)
        expectItsClaims({library("retry-storm"), {{"payments.drop_expired", "true"}},
                         {"goodput(shoppers) > 270/s before 60s", "goodput(shoppers) > 270/s after 80s", "utilization(payments) < 80% after 80s"}}, seed);
}

// Without retries there is no storm: the retries are the cause, not the outage.
TEST(RetryStorm, DoesNotHappenWithoutRetriesAndWithAShortQueue)
{
    expectItsClaims({library("retry-storm"), {{"checkout -> payments.retry.attempts", "1"}, {"payments.queue", "200"}}, {"goodput(shoppers) > 270/s after 80s"}});
}

TEST(SlowDependency, TakesThePageDownForEverySeed)
{
    for (const std::uint64_t seed : seeds) expectItsClaims({.file = library("slow-dependency")}, seed);
}

TEST(SlowDependency, IsContainedByABulkheadAndATimeoutTogetherForEverySeed)
{
    for (const std::uint64_t seed : seeds)
        expectItsClaims({library("slow-dependency"), {{"shop -> recommendations.bulkhead.concurrent", "10"}, {"shop -> recommendations.timeout.limit", "100ms"}},
                         {"goodput(visitors) > 190/s between 70s and 120s", "p99(visitors.latency) < 250ms between 70s and 120s", "error_rate(visitors) < 1%"}}, seed);
}

TEST(SlowDependency, IsNotContainedByALongTimeoutAlone)
{
    expectItsClaims({library("slow-dependency"), {{"shop -> recommendations.timeout.limit", "1s"}}, {"goodput(visitors) < 100/s between 70s and 120s"}});
}

TEST(CacheStampede, OverrunsTheDatabaseForEverySeed)
{
    for (const std::uint64_t seed : seeds) expectItsClaims({.file = library("cache-stampede")}, seed);
}

TEST(CacheStampede, IsOneQueryForEachExpiryWithSingleFlightForEverySeed)
{
    for (const std::uint64_t seed : seeds)
        expectItsClaims({library("cache-stampede"), {{"pages.single_flight", "true"}},
                         {"metric(pages.loads) <= 11", "queue_max(db) <= 0", "utilization(db) < 1%", "max(readers.latency) < 1s"}}, seed);
}

TEST(RedisOutOfMemory, RefusesEveryWriteForEverySeed)
{
    for (const std::uint64_t seed : seeds) expectItsClaims({.file = library("redis-out-of-memory")}, seed);
}

TEST(RedisOutOfMemory, DoesNotHappenWithEvictionOrATimeToLiveForEverySeed)
{
    for (const std::uint64_t seed : seeds) {
        expectItsClaims({library("redis-out-of-memory"), {{"sessions.maxmemory_policy", "allkeys-lru"}}, {"error_rate(visitors) <= 0%", "metric(sessions.evicted_keys) > 10000"}}, seed);
        expectItsClaims({library("redis-out-of-memory"), {{"sessions.ttl", "30s"}}, {"error_rate(visitors) <= 0%", "metric(sessions.evicted_keys) <= 0"}}, seed);
    }
}

TEST(CdnOriginOutage, ComesThroughToReadersForEverySeed)
{
    for (const std::uint64_t seed : seeds) expectItsClaims({.file = library("cdn-origin-outage")}, seed);
}

TEST(CdnOriginOutage, IsHiddenByStalePagesForEverySeed)
{
    for (const std::uint64_t seed : seeds)
        expectItsClaims({library("cdn-origin-outage"), {{"edge1.stale_if_error", "1h"}, {"edge2.stale_if_error", "1h"}, {"edge3.stale_if_error", "1h"}},
                         {"error_rate(europe) < 0.5%", "error_rate(asia) < 0.5%", "metric(edge1.stale_if_error) > 1000"}}, seed);
}

TEST(QueueBacklog, TakesFourMinutesForOneMinuteOfOutageForEverySeed)
{
    for (const std::uint64_t seed : seeds) expectItsClaims({.file = library("queue-backlog")}, seed);
}

TEST(QueueBacklog, DrainsSoonerWithMoreConsumersForEverySeed)
{
    for (const std::uint64_t seed : seeds)
        expectItsClaims({library("queue-backlog"), {{"packers.concurrency", "20"}}, {"queue_max(orders) > 5500", "queue_mean(orders) < 10 between 200s and 240s"}}, seed);
}

TEST(LoadBalancers, DifferAsTheyDoForEverySeed)
{
    for (const std::uint64_t seed : seeds) expectItsClaims({.file = library("load-balancers")}, seed);
}

TEST(Overload, StarvesEveryoneForEverySeed)
{
    for (const std::uint64_t seed : seeds) expectItsClaims({.file = library("overload")}, seed);
}

TEST(Overload, ServesAsManyAsItCanOnceSomebodySaysNoForEverySeed)
{
    const std::vector<std::vector<std::pair<std::string, std::string>>> cures{
        {{"readers -> search.codel.concurrent", "12"}, {"readers -> search.codel.law", "controlled_delay"}},
        {{"readers -> search.concurrency_limit.algorithm", "gradient2"}},
        {{"readers -> search.rate_limit.rate", "950/s"}}};
    for (const auto& cure : cures)
        for (const std::uint64_t seed : seeds)
            expectItsClaims({library("overload"), cure, {"goodput(readers) > 590/s before 60s", "goodput(readers) > 920/s between 70s and 120s", "goodput(readers) > 580/s after 125s"}}, seed);
}

// The number the file's text gives away: at 80 % it is 5 ms.
TEST(OneQueueOneWorker, AtEightyPercentAnswersInFiveMilliseconds)
{
    if (sanitized()) GTEST_SKIP() << "fifty million requests";
    expectItsClaims({library("mm1"), {{"requests.arrivals", "poisson(800/s)"}, {"duration", "20000s"}}, {"mean(requests.latency) == 5ms within 2%"}});
}

}  // namespace
}  // namespace tantrum::scenarios
