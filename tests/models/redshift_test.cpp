// Amazon Redshift: slots, short queries, extra clusters, monitoring rules.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace tantrum::models {
namespace {

using namespace support;

const std::string classes = "operations: {short: [{work: 1s}], long: [{work: 30s}], etl: [{work: 60s}]}";
const std::string plain = "compile: 0, short_query_acceleration: false, ";

Results ask(const std::string& warehouse, const std::string& operation, std::vector<double> moments, double seconds, const std::string& more = "")
{
    Options options;
    options.trace = std::move(moments);
    return run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: warehouse." + operation + "}\n  warehouse: {type: redshift, " + warehouse + classes + "}\n" + more, seconds, options);
}

// Redshift developer guide: five slots by default, and whoever finds them taken waits, first come first served.
TEST(Redshift, RunsFiveQueriesAtATimeAndLetsTheOthersWait)
{
    const Results results = ask(plain, "long", atOnce(12, 1), 200);
    EXPECT_EQ(client(results, "users").completed, 12u);
    EXPECT_NEAR(client(results, "users").latency.mean, (5 * 30 + 5 * 60 + 2 * 90) / 12.0, 1e-9);
    EXPECT_EQ(metric(node(results, "warehouse"), "queued"), 7);
    EXPECT_NEAR(metric(node(results, "warehouse"), "queue_wait_max_s"), 60, 1e-9);
    EXPECT_NEAR(client(ask(plain + "slots: 12, ", "long", atOnce(12, 1), 200), "users").latency.maximum, 30, 1e-9);
}

// wlm_query_slot_count: queries that take three of five slots run one at a time. What waits for three holds up those behind it.
TEST(Redshift, GivesAQuerySeveralSlots)
{
    const Results results = ask(plain + "wlm_query_slot_count: 3, slot_count_for: etl long, ", "long", atOnce(3, 1), 200);
    EXPECT_NEAR(client(results, "users").latency.mean, (30 + 60 + 90) / 3.0, 1e-9);
    const Results all = ask(plain + "wlm_query_slot_count: 50, slot_count_for: \"long\", ", "long", atOnce(2, 1), 200);
    EXPECT_NEAR(client(all, "users").latency.mean, 45, 1e-9);  // more than there are: all
}

// At most 50 slots in all user queues.
TEST(Redshift, HasAtMost50SlotsInBothQueues)
{
    const Results results = ask(plain + "slots: 40, second_slots: 49, second_queue_takes: etl, ", "etl", atOnce(20, 1), 200);
    EXPECT_NEAR(client(results, "users").latency.maximum, 120, 1e-9);  // ten at a time
}

TEST(Redshift, SendsOperationsToTheSecondQueue)
{
    const std::string two = plain + "slots: 1, second_slots: 1, second_queue_takes: \"etl, load\", ";
    Options options;
    options.trace = {1};
    const Results results = run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: warehouse.long}\n  loaders: {type: client, arrivals: trace(trace.csv), sends: warehouse.etl}\n"
                                "  warehouse: {type: redshift, " + two + classes + "}\n", 200, options);
    EXPECT_NEAR(client(results, "users").latency.mean, 30, 1e-9);
    EXPECT_NEAR(client(results, "loaders").latency.mean, 60, 1e-9);
}

// Five long queries have all slots. Short ones pass by, six at a time; long ones do not, and without acceleration nobody does.
TEST(Redshift, LetsShortQueriesPass)
{
    const auto shortOnes = [](const std::string& warehouse) {
        Options options;
        options.trace = atOnce(8, 1);
        return run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: shorts}\n  analysts: {type: client, arrivals: closed(users=5 think=0), sends: warehouse.long}\n"
                   "  shorts: {type: service, workers: 100, operations: {a: [{work: 1s}, {call: warehouse.short}]}}\n"
                   "  warehouse: {type: redshift, compile: 0, " + warehouse + classes + "}\n", 100, options);
    };
    const Results accelerated = shortOnes("");
    EXPECT_EQ(metric(node(accelerated, "warehouse"), "sqa_queries"), 6);
    // Six at 2 s; the other two wait for slots, behind nobody, until the long ones end at 30 s.
    EXPECT_NEAR(client(accelerated, "users").latency.mean, (6 * 2 + 2 * 30) / 8.0, 0.01);
    const Results patient = shortOnes("short_query_acceleration: false, ");
    EXPECT_EQ(metric(node(patient, "warehouse"), "sqa_queries"), 0);
    EXPECT_GT(client(patient, "users").latency.mean, 29);
    EXPECT_EQ(metric(node(shortOnes("sqa_threshold: 20s, "), "warehouse"), "sqa_queries"), 6);
}

// Concurrency scaling auto, one extra cluster by default: ready after 30 s, with as many slots as the main one.
TEST(Redshift, SendsWhatDoesNotFitToAnExtraCluster)
{
    const Results off = ask(plain, "etl", atOnce(10, 1), 400);
    EXPECT_NEAR(client(off, "users").latency.maximum, 120, 1e-9);
    const Results on = ask(plain + "concurrency_scaling: auto, ", "etl", atOnce(10, 1), 400);
    EXPECT_NEAR(client(on, "users").latency.mean, (5 * 60 + 5 * 90) / 10.0, 1e-9);
    EXPECT_EQ(metric(node(on, "warehouse"), "scaling_queries"), 5);
    EXPECT_EQ(metric(node(on, "warehouse"), "scaling_clusters"), 0);              // given back after 60 s idle
    EXPECT_NEAR(metric(node(on, "warehouse"), "scaling_s"), 60 + 60, 1e-9);       // 31 to 151 s
    const Results none = ask(plain + "concurrency_scaling: auto, max_concurrency_scaling_clusters: 0, ", "etl", atOnce(10, 1), 400);
    EXPECT_NEAR(client(none, "users").latency.maximum, 120, 1e-9);
    // One cluster after the other is started, each when there is still somebody waiting.
    const Results three = ask(plain + "concurrency_scaling: auto, max_concurrency_scaling_clusters: 3, scaling_start: 10s, ", "etl", atOnce(20, 1), 400);
    EXPECT_NEAR(client(three, "users").latency.mean, 60 + (10 + 20 + 30) / 4.0, 1e-9);
}

// Rules are looked at every ten seconds: a query begun at 1 s and over 12 s is found at 20 s.
TEST(Redshift, AbortsQueriesThatRunTooLong)
{
    const Results results = ask(plain + "rule_execution_time: 12s, ", "long", {1}, 100);
    EXPECT_EQ(ended(client(results, "users"), Outcome::error), 1u);
    EXPECT_NEAR(client(results, "users").failureLatency.mean, 19, 1e-9);
    EXPECT_EQ(metric(node(results, "warehouse"), "rule_aborted"), 1);
    EXPECT_EQ(client(ask(plain + "rule_execution_time: 12s, ", "short", {1}, 100), "users").completed, 1u);
    const Results logged = ask(plain + "rule_execution_time: 12s, rule_action: log, ", "long", {1}, 100);
    EXPECT_EQ(metric(node(logged, "warehouse"), "rule_logged"), 1);
    EXPECT_EQ(client(logged, "users").completed, 1u);
}

// Hop: the query begins anew in the second queue, and its slot is free. Without a second queue it is cancelled.
TEST(Redshift, MovesQueriesThatRunTooLongToTheSecondQueue)
{
    const std::string hop = plain + "slots: 1, rule_execution_time: 12s, rule_action: hop, ";
    const Results results = ask(hop + "second_slots: 1, ", "long", {1, 1}, 200);
    EXPECT_EQ(client(results, "users").completed, 2u);
    EXPECT_EQ(metric(node(results, "warehouse"), "rule_hopped"), 2);
    // The first runs until 20 s, then 30 s in the second queue; the other runs from 20 s to 40 s, waits until 50 s, and runs until 80 s.
    EXPECT_NEAR(client(results, "users").latency.mean, (49 + 79) / 2.0, 1e-9);
    EXPECT_EQ(metric(node(ask(hop, "long", {1}, 200), "warehouse"), "rule_aborted"), 1);
}

TEST(Redshift, CompilesTheFirstQueryOfEachClass)
{
    const Results results = ask("compile: 4s, short_query_acceleration: false, ", "short", {1, 20}, 100);
    EXPECT_NEAR(client(results, "users").latency.mean, (5 + 1) / 2.0, 1e-9);
    EXPECT_EQ(metric(node(results, "warehouse"), "compiled"), 1);
}

TEST(Redshift, RefusesConnectionsBeyond500)
{
    const Results results = ask(plain, "long", atOnce(503, 1), 10);
    EXPECT_EQ(ended(client(results, "users"), Outcome::rejected), 3u);
}

// With `cores`, ten slots instead of five do not make a cluster faster.
TEST(Redshift, SharesACluster)
{
    EXPECT_NEAR(client(ask(plain + "slots: 10, cores: 5, ", "long", atOnce(10, 1), 200), "users").latency.mean, 60, 1e-6);
}

// A crash ends all, in slots, in line, on extra clusters; afterwards all slots are free.
TEST(Redshift, BeginsAnewAfterACrash)
{
    const Results results = ask(plain + "concurrency_scaling: auto, scaling_start: 5s, ", "long", {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 30, 30, 30, 30, 30}, 200,
                                "timeline:\n  - {at: 20s, for: 5s, crash: warehouse}\n");
    EXPECT_EQ(ended(client(results, "users"), Outcome::crashed), 12u);
    EXPECT_NEAR(client(results, "users").latency.maximum, 30, 1e-9);
    EXPECT_EQ(metric(node(results, "warehouse"), "scaling_clusters"), 0);
}

}  // namespace
}  // namespace tantrum::models
