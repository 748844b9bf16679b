// Replications: the same numbers whatever the threads, each of them a run of its own.
#include "app/core/replications.h"
#include "app/core/runner.h"
#include "models/scenario/catalogue.h"
#include "models/scenario/reader.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>
#include <set>

namespace tantrum::app {
namespace {

using nlohmann::json;

models::scenario::Scenario scenarioOf(const std::string& rest)
{
    auto result = models::scenario::read("tantrum: 1\nname: Shop\nseed: 7\n" + rest, "shop.yaml", models::catalogue());
    EXPECT_TRUE(result.scenario) << (result.diagnostics.empty() ? "" : result.diagnostics.front().message);
    return std::move(*result.scenario);
}

models::scenario::Scenario shop()
{
    return scenarioOf("duration: 20s\nwarmup: 2s\nnodes:\n  shoppers: {type: client, arrivals: poisson(80/s), sends: web}\n  web: {type: service, work: exponential(10ms)}\n"
                      "links:\n  shoppers -> web: {latency: exponential(1ms), policies: [timeout: 200ms]}\n"
                      "expect:\n  - goodput(shoppers) > 1/s\n  - mean(shoppers.latency) < 45ms\n");
}

Replications replicated(const models::scenario::Scenario& scenario, std::size_t count, std::size_t jobs)
{
    ReplicationOptions options;
    options.count = count;
    options.jobs = jobs;
    return replicate(scenario, options);
}

json withoutTimes(const Replications& replications)
{
    json document = json::parse(replicationsJson(replications));
    document.erase("wall_s");
    document.erase("cpu_s");
    return document;
}

TEST(Replications, AreTheSameWhateverTheNumberOfThreads)
{
    const auto scenario = shop();
    const json alone = withoutTimes(replicated(scenario, 12, 1));
    for (const std::size_t jobs : {2u, 5u, 30u, 0u}) EXPECT_EQ(withoutTimes(replicated(scenario, 12, jobs)), alone) << jobs;
    EXPECT_NE(withoutTimes(replicated(scenario, 11, 2)), alone);
}

TEST(Replications, AreRunsThatRepeatAloneWithTheirSeed)
{
    const auto scenario = shop();
    const Replications replications = replicated(scenario, 4, 2);
    ASSERT_EQ(replications.runs.size(), 4u);
    std::set<std::uint64_t> fingerprints;
    for (std::size_t index = 0; index < 4; ++index) {
        const Replication& one = replications.runs[index];
        EXPECT_EQ(one.seed, 7 + index);
        RunOptions options;
        options.world.seed = one.seed;
        const models::Results results = run(scenario, options).results;
        EXPECT_EQ(results.fingerprint, one.fingerprint);
        EXPECT_EQ(results.requests, one.requests);
        for (std::size_t metric = 0; metric < replications.metrics.size(); ++metric) {
            if (replications.metrics[metric].key == "p99") {
                EXPECT_EQ(one.values[metric], results.clients[0].latency.p99);
            }
            if (replications.metrics[metric].key == "utilization") {
                EXPECT_EQ(one.values[metric], results.nodes[0].utilization);
            }
        }
        ASSERT_EQ(one.claimsKept.size(), 2u);
        EXPECT_EQ(one.claimsKept[1], results.expect[1].passed);
        fingerprints.insert(one.fingerprint);
    }
    EXPECT_EQ(fingerprints.size(), 4u);
}

TEST(Replications, HaveMeansWithStudentsInterval)
{
    const Aggregate none = aggregateOf({std::nan("")}), one = aggregateOf({3, std::nan("")}), five = aggregateOf({1, 2, 3, 4, 5});
    EXPECT_EQ(none.count, 0u);
    EXPECT_TRUE(std::isnan(none.mean));
    EXPECT_EQ(one.mean, 3);
    EXPECT_FALSE(one.interval.known());
    EXPECT_EQ(five.mean, 3);
    EXPECT_NEAR(five.deviation, std::sqrt(2.5), 1e-15);
    EXPECT_NEAR(five.interval.high, 3 + 2.776445 * std::sqrt(2.5 / 5), 1e-6);
    EXPECT_NEAR(five.interval.low, 3 - 2.776445 * std::sqrt(2.5 / 5), 1e-6);
    EXPECT_EQ(five.minimum, 1);
    EXPECT_EQ(five.maximum, 5);
}

// M/M/1 at 80 %: the mean is 50 ms; the interval over 30 short runs has it, but for the bias of starting empty.
TEST(Replications, CoverWhatTheoryKnows)
{
    const auto scenario = scenarioOf("duration: 120s\nwarmup: 20s\nnodes:\n  users: {type: client, arrivals: poisson(800/s), sends: web}\n  web: {type: service, work: exponential(1ms)}\n");
    const Replications replications = replicated(scenario, 30, 2);
    for (std::size_t metric = 0; metric < replications.metrics.size(); ++metric) {
        const Aggregate aggregate = replications.aggregate(metric);
        const auto& key = replications.metrics[metric].key;
        EXPECT_EQ(aggregate.count, 30u);
        if (key == "mean") {
            EXPECT_NEAR(aggregate.mean, 0.005, 2 * (aggregate.interval.high - aggregate.mean));
        }
        if (key == "utilization") {
            EXPECT_NEAR(aggregate.mean, 0.8, 2 * (aggregate.interval.high - aggregate.mean));
        }
    }
}

TEST(Replications, SeedsGoRoundAtTheEndOfTheirRange)
{
    ReplicationOptions options;
    options.world.seed = std::numeric_limits<std::uint64_t>::max();
    options.count = 2;
    const Replications replications = replicate(shop(), options);
    EXPECT_EQ(replications.runs[0].seed, std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(replications.runs[1].seed, 0u);
}

// A circle that a throw of dice closes in some runs and not in others.
TEST(Replications, StoppedByAGuardAreNamedAndLeftOutOfTheMeans)
{
    const auto scenario = scenarioOf("duration: 10s\nnodes:\n  users: {type: client, arrivals: paced(10/s), sends: a}\n"
                                     "  a: {type: service, workers: 1000, operations: {get: [{choose: [{share: 96%, steps: [{call: b}]}, {steps: [{work: 1ms}]}]}]}}\n"
                                     "  b: {type: service, workers: 1000, operations: {get: [{choose: [{share: 96%, steps: [{call: a}]}, {steps: [{work: 1ms}]}]}]}}\n");
    const Replications replications = replicated(scenario, 40, 2);
    const std::size_t stopped = replications.stopped();
    ASSERT_GT(stopped, 0u);
    ASSERT_LT(stopped, 40u);
    EXPECT_EQ(replications.aggregate(0).count, 40 - stopped);
    const std::string text = replicationsText(replications);
    EXPECT_NE(text.find("was stopped by a guard"), std::string::npos);
    EXPECT_NE(text.find("endless circle"), std::string::npos);
    EXPECT_EQ(json::parse(replicationsJson(replications))["stopped"], stopped);
}

TEST(Replications, AuditEveryRunIfAskedTo)
{
    ReplicationOptions options;
    options.count = 3;
    options.audit = true;
    EXPECT_EQ(replicate(shop(), options).violations(), 0u);
}

TEST(Replications, TellHowFarTheyAre)
{
    ReplicationOptions options;
    options.count = 400;
    options.jobs = 2;
    double last = 0;
    std::size_t calls = 0;
    options.onProgress = [&](std::size_t ended, double share) {
        EXPECT_LE(ended, 400u);
        EXPECT_GE(share, static_cast<double>(ended) / 400 - 1e-9);
        last = share;
        ++calls;
    };
    replicate(shop(), options);
    EXPECT_GT(calls, 0u);
    EXPECT_EQ(last, 1);
}

}  // namespace
}  // namespace tantrum::app
