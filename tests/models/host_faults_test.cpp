// Faults made of others: what they do, when, to whom, and that all is well again afterwards.
#include "tests/models/support/run.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>

namespace tantrum::models {
namespace {

using namespace support;

Results live(const std::string& timeline, const std::string& expect, double seconds = 12, const std::string& web = "workers: 50, work: 20ms", const std::string& arrivals = "paced(10/s)")
{
    return run("nodes:\n  users: {type: client, arrivals: " + arrivals + ", sends: web}\n  web: {type: service, " + web + "}\nlinks:\n  users -> web: {latency: 5ms}\ntimeline:\n" + timeline + (expect.empty() ? "" : "expect:\n" + expect), seconds);
}

void expectAllPass(const Results& results)
{
    for (const ExpectResult& each : results.expect) EXPECT_TRUE(each.passed) << each.text << ": " << each.value << " " << each.remark;
}

// Three quarters stolen: work takes four times as long, the network does not. All of it: nothing goes on until the end.
TEST(CpuSteal, LeavesWorkTheRestOfTheTime)
{
    expectAllPass(live("  - {at: 2.05s, for: 4s, cpu_steal: web, share: 75%}\n",
                       "  - mean(users.latency) == 90ms within 0.0001% between 2.2s and 6s\n  - mean(users.latency) == 30ms within 0.0001% after 6.2s\n"));
    expectAllPass(live("  - {at: 2.05s, for: 4s, cpu_steal: web, share: 100%}\n", "  - max(users.latency) > 3.9s\n  - mean(users.latency) == 30ms within 0.0001% after 6.2s\n"));
}

// One replica of two, so half of the calls take three times as long, and half of those fail; 4,000 calls.
TEST(GrayFailure, IsSlowAndWrongOnOneReplica)
{
    const Results results = live("  - {at: 0s, for: 40s, gray_failure: web, share: 50%, factor: 3, replica: 1}\n", "  - max(users.latency) == 70ms within 0.0001% before 40s\n  - max(users.latency) == 30ms within 0.0001% after 40.2s\n", 60, "replicas: 2, workers: 50, work: 20ms", "paced(100/s)");
    expectAllPass(results);
    EXPECT_NEAR(static_cast<double>(ended(client(results, "users"), Outcome::error)), 1000, 5 * 22.4);  // sqrt(2000 / 4)
}

// Three zones, replicas in turn: of five replicas of web two stand in zone 2, of orders' three one, of db's one none.
TEST(ZoneOutage, TakesEveryThirdReplicaOfAllItsNodes)
{
    const auto world = build("nodes:\n  users: {type: client, arrivals: paced(10/s), sends: web}\n  web: {type: service, replicas: 5, operations: {get: [{call: orders}]}}\n  orders: {type: service, replicas: 3, operations: {get: [{call: db}]}}\n  db: {type: service, work: 1ms}\n"
                             "timeline:\n  - {at: 1.05s, for: 3s, zone_outage: [web, orders, db], zone: 2}\n", 8);
    const auto up = [&](std::size_t node) { return world->frame().nodes.at(node).replicasUp; };
    world->advanceTo(second(3.5));
    EXPECT_EQ(up(1), 3);
    EXPECT_EQ(up(2), 2);
    EXPECT_EQ(up(3), 1);
    world->advanceTo(second(7));
    EXPECT_EQ(up(1), 5);
    EXPECT_EQ(up(2), 3);
    world->advanceTo(world->end());
    EXPECT_EQ(client(world->results(), "users").failed, 0u);  // the others take over
}

// A second of pause after each second of work: a call of 20 ms waits for up to a second. Afterwards none does.
TEST(GcPauses, StopTheWorldAgainAndAgain)
{
    const Results results = live("  - {at: 2s, for: 60s, gc_pauses: web, every: 1s, length: 1s}\n", "  - max(users.latency) == 30ms within 0.0001% before 1.9s\n  - max(users.latency) < 1.0301s\n  - max(users.latency) > 900ms between 4s and 60s\n"
                                 "  - mean(users.latency) > 200ms between 5s and 60s\n  - mean(users.latency) < 350ms between 5s and 60s\n  - max(users.latency) == 30ms within 0.0001% after 64s\n", 80);
    expectAllPass(results);
    EXPECT_EQ(client(results, "users").failed, 0u);
}

// Full after 9 to 11 s, killed, back a second later, to leak again: in 60 s four or five times down, pauses longer and longer.
TEST(MemoryLeak, EndsInAKillAndBeginsAnew)
{
    const Results results = live("  - {at: 0s, for: 60s, memory_leak: web, fills_in: 10s, every: 500ms, length: 10ms, restart: 1s}\n", "  - max(users.latency) < 50ms before 2s\n  - max(users.latency) > 60ms before 12s\n  - max(users.latency) == 30ms within 0.0001% after 63s\n  - error_rate(users) <= 0% after 63s\n", 80);
    expectAllPass(results);
    const auto crashed = ended(client(results, "users"), Outcome::crashed);
    EXPECT_GE(crashed, 4u * 10);  // ten calls a second, each second down
    EXPECT_LE(crashed, 6u * 12);
}

// The network's own errors apart, a node that does not understand the parts of a fault is not aimed at.
TEST(ComposedFaults, StrikeNodesThatUnderstandTheirParts)
{
    EXPECT_NO_THROW(read("nodes:\n  users: {type: client, arrivals: paced(1/s), sends: web}\n  web: {type: service}\ntimeline:\n  - {at: 1s, for: 1s, memory_leak: web}\n", 5));
    const auto world = build("nodes:\n  users: {type: client, arrivals: paced(1/s), sends: web}\n  web: {type: service}\n", 5);
    const auto& faults = world->topology().nodes.at(1).faults;
    for (const char* fault : {"crash", "zone_outage", "gc_pauses", "memory_leak", "gray_failure", "cpu_steal"}) EXPECT_NE(std::find(faults.begin(), faults.end(), fault), faults.end()) << fault;
    const auto& ofClients = world->topology().nodes.at(0).faults;
    EXPECT_EQ(ofClients, (std::vector<std::string>{"load", "hot_key", "thundering_herd"}));
}

}  // namespace
}  // namespace tantrum::models
