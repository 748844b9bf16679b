// Zones at work: what a call between them takes, what an outage of one takes down, and balancers that keep to theirs.
#include "tests/models/support/run.h"

#include "models/scenario/catalogue.h"
#include "models/scenario/reader.h"

#include <gtest/gtest.h>
#include <string>

namespace tantrum::models {
namespace {

using namespace support;

void expectAllPass(const Results& results)
{
    for (const ExpectResult& each : results.expect) EXPECT_TRUE(each.passed) << each.text << ": " << each.value << " " << each.remark;
}

const std::string tree = "nodes:\n  users: {type: client, arrivals: paced(10/s), sends: web, zone: us-east-1a}\n"
                         "  web: {type: service, workers: 50, zone: eu-west-1a, operations: {get: [{call: db}, {work: 1ms}]}}\n"
                         "  db: {type: service, workers: 50, work: 2ms, zone: eu-west-1b}\n"
                         "zones: {round_trips: {us-east-1 eu-west-1: 80ms, eu-west-1a eu-west-1b: 1.4ms}}\n";

// No link is declared: 80 ms there and back, 1.4 ms there and back, 3 ms of work.
TEST(Zones, MakeEveryCallTakeItsRoundTrip)
{
    expectAllPass(run(tree + "expect:\n  - mean(users.latency) == 84.4ms within 0.0001%\n", 5));
}

// Exactly as if the halves of the round trips stood in the file as latencies.
TEST(Zones, AreLatenciesAndNothingElse)
{
    const std::string plain = "nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web%A}\n  web: {type: service, workers: 2, work: exponential(10ms)%B}\n";
    const auto with = [&](std::string a, std::string b, const std::string& rest) {
        std::string text = plain;
        text.replace(text.find("%A"), 2, a).replace(text.find("%B"), 2, b);
        return build(text + rest, 20);
    };
    const auto zoned = with(", zone: eu-west-1a", ", zone: eu-west-1b", "zones: {between_zones: 3ms}\n");
    const auto written = with("", "", "links: {users -> web: {latency: 1.5ms}}\n");
    zoned->advanceTo(zoned->end());
    written->advanceTo(written->end());
    EXPECT_EQ(zoned->fingerprint(), written->fingerprint());
}

// The latency of all links is no latency of those between zones, be it set live or from the beginning.
TEST(Zones, AreNotUndoneByWhatIsSetForAllLinks)
{
    const std::string more = "links: {\"* -> *\": {latency: 3ms}}\ntimeline:\n  - {at: 2.05s, set: \"* -> *.latency\", to: 50ms}\n";
    expectAllPass(run(tree + more + "expect:\n  - max(users.latency) == 84.4ms within 0.0001%\n", 5));
}

// By name: everything in the zone that can crash, and only that. The client in the zone goes on asking.
TEST(ZoneOutage, TakesDownTheZoneThatIsNamed)
{
    const Results results = run("nodes:\n  users: {type: client, arrivals: paced(10/s), sends: one, zone: eu-west-1a}\n  others: {type: client, arrivals: paced(10/s), sends: two}\n"
                                "  one: {type: service, replicas: 3, workers: 50, work: 1ms, zone: eu-west-1a}\n  two: {type: service, workers: 50, work: 1ms, zone: eu-west-1b}\n"
                                "zones: {}\ntimeline:\n  - {at: 2.05s, for: 2s, zone_outage: eu-west-1a}\n", 6);
    EXPECT_EQ(ended(client(results, "users"), Outcome::crashed), 20u);
    EXPECT_EQ(client(results, "users").failed, 20u);
    EXPECT_EQ(client(results, "others").failed, 0u);
}

// A zone and a node beside it; a host that is named twice crashes once and is up again when the outage is over.
TEST(ZoneOutage, TakesZonesAndNodesTogether)
{
    const auto world = build("nodes:\n  users: {type: client, arrivals: paced(10/s), sends: one}\n  others: {type: client, arrivals: paced(10/s), sends: two}\n"
                             "  one: {type: service, workers: 50, work: 1ms, zone: eu-west-1a}\n  two: {type: service, workers: 50, work: 1ms}\n"
                             "zones: {}\ntimeline:\n  - {at: 2.05s, for: 2s, zone_outage: [eu-west-1a, one, two], zones: 1}\n", 6);
    world->advanceTo(world->end());
    EXPECT_EQ(client(world->results(), "users").failed, 20u);
    EXPECT_EQ(client(world->results(), "others").failed, 20u);
    EXPECT_EQ(world->happenings().front().target, "eu-west-1a, one, two");
}

TEST(ZoneOutage, SaysWhatItDoesNotKnow)
{
    const auto result = scenario::read("tantrum: 1\nduration: 1s\nnodes:\n  one: {type: service, work: 1ms, zone: eu-west-1a}\nzones: {}\ntimeline:\n  - {at: 0s, zone_outage: eu-west-1b}\n", "test.yaml", catalogue());
    ASSERT_EQ(result.diagnostics.size(), 1u);
    EXPECT_EQ(result.diagnostics.front().message, "there is no node or zone 'eu-west-1b'");
    EXPECT_EQ(result.diagnostics.front().hint, "did you mean 'eu-west-1a'?");
    EXPECT_EQ(result.diagnostics.front().position.line, 7u);
}

std::string behind(const std::string& balancer)
{
    return "nodes:\n  users: {type: client, arrivals: paced(100/s), sends: front}\n  front: {" + balancer + ", zone: eu-west-1a}\n"
           "  near: {type: service, workers: 50, work: 1ms, zone: eu-west-1a}\n  away: {type: service, workers: 50, work: 1ms, zone: eu-west-1b}\nzones: {between_zones: 1ms}\n";
}

// Cross-zone balancing is on at an ALB and off at an NLB, unless they say otherwise.
TEST(Balancers, KeepToTheirZoneAsTheRealOnesDo)
{
    for (const auto& [balancer, keeps] : {std::pair("type: nlb, targets: [near, away]", true), std::pair("type: nlb, cross_zone: true, targets: [near, away]", false),
                                          std::pair("type: alb, targets: [near, away]", false), std::pair("type: alb, cross_zone: false, targets: [near, away]", true)}) {
        const Results results = run(behind(balancer), 10);
        const auto away = node(results, "away").arrivals;
        if (keeps)
            EXPECT_EQ(away, 0u) << balancer;
        else
            EXPECT_GT(away, 400u) << balancer;
        EXPECT_EQ(client(results, "users").failed, 0u) << balancer;
    }
}

// A zone whose targets are all out is left: the others take over when the checks have found out, and give back afterwards.
TEST(Balancers, LeaveTheirZoneWhenNothingInItIsFit)
{
    const std::string outage = "timeline:\n  - {at: 20.05s, for: 100s, crash: near}\n";
    const Results results = run(behind("type: nlb, targets: [near, away], interval: 5s, unhealthy_threshold: 2, healthy_threshold: 2") + outage +
                                    "expect:\n  - error_rate(users) == 100% between 21s and 25s\n  - error_rate(users) <= 0% between 31s and 120s\n"
                                    "  - error_rate(users) <= 0% after 121s\n", 160);
    expectAllPass(results);
    EXPECT_NEAR(static_cast<double>(node(results, "away").arrivals), 100 * (130 - 30), 101);  // out at the second check, back at the second
}

}  // namespace
}  // namespace tantrum::models
