// What goes wrong for a while, and that it is all over afterwards.
#include "tests/models/support/run.h"

#include <cmath>
#include <gtest/gtest.h>
#include <string>

namespace tantrum::models {
namespace {

using namespace support;

// Ten calls a second of 20 ms each over a link of 5 ms; what happens, and what is asked about it.
Results live(const std::string& timeline, const std::string& expect, double seconds = 12, const std::string& web = "workers: 50, work: 20ms", const std::string& arrivals = "paced(10/s)")
{
    return run("nodes:\n  users: {type: client, arrivals: " + arrivals + ", sends: web}\n  web: {type: service, " + web + "}\nlinks:\n  users -> web: {latency: 5ms}\n" +
                   (timeline.empty() ? "" : "timeline:\n" + timeline) + (expect.empty() ? "" : "expect:\n" + expect), seconds);
}

void expectAllPass(const Results& results)
{
    for (const ExpectResult& each : results.expect) EXPECT_TRUE(each.passed) << each.text << ": " << each.value << " " << each.remark;
}

// Slow and slower still, then each ends: factors multiply, and in the end the speed is exactly what it was.
TEST(Slow, MultipliesWhenNestedAndEndsExactly)
{
    expectAllPass(live("  - {at: 2.05s, for: 6s, slow: web, factor: 2}\n  - {at: 4.05s, for: 2s, slow: web, factor: 3}\n",
                       "  - mean(users.latency) == 30ms within 0.0001% before 2s\n"
                       "  - mean(users.latency) == 50ms within 0.0001% between 2.2s and 4s\n"
                       "  - mean(users.latency) == 130ms within 0.0001% between 4.3s and 6s\n"
                       "  - mean(users.latency) == 50ms within 0.0001% between 6.3s and 8s\n"
                       "  - mean(users.latency) == 30ms within 0.0001% after 8.2s\n"));
}

// The same fault twice at once, the first ending inside the second.
TEST(Slow, EndsEachOfTwoEqualFaultsOnItsOwn)
{
    expectAllPass(live("  - {at: 2.05s, for: 4s, slow: web, factor: 2}\n  - {at: 4.05s, for: 4s, slow: web, factor: 2}\n",
                       "  - mean(users.latency) == 50ms within 0.0001% between 2.2s and 4s\n"
                       "  - mean(users.latency) == 90ms within 0.0001% between 4.3s and 6s\n"
                       "  - mean(users.latency) == 50ms within 0.0001% between 6.3s and 8s\n"
                       "  - mean(users.latency) == 30ms within 0.0001% after 8.2s\n"));
}

// It stretches shared cores as it stretches workers of their own.
TEST(Slow, StretchesSharedCores)
{
    expectAllPass(live("  - {at: 2.05s, for: 4s, slow: web, factor: 3}\n",
                       "  - mean(users.latency) == 70ms within 0.0001% between 2.2s and 6s\n  - mean(users.latency) == 30ms within 0.0001% after 6.2s\n", 12, "workers: 50, cores: 2, work: 20ms"));
}

TEST(Slow, StrikesOneReplicaAlone)
{
    expectAllPass(live("  - {at: 2.05s, for: 4s, slow: web, factor: 3, replica: 2}\n",
                       "  - max(users.latency) == 70ms within 0.0001% between 2.2s and 6s\n"
                       "  - mean(users.latency) == 50ms within 0.0001% between 2.2s and 6s\n"
                       "  - max(users.latency) == 30ms within 0.0001% after 6.2s\n", 12, "replicas: 2, workers: 50, work: 20ms"));
}

// The process stands still: calls of 2.1 s to 2.9 s all end 5 ms after their rest is worked off at 3.05 s.
TEST(Pause, HoldsUpWorkAndLetsItGoOnWhereItStopped)
{
    const Results results = live("  - {at: 2.015s, for: 1s, pause: web}\n", "  - max(users.latency) == 1.03s within 0.0001%\n  - max(users.latency) == 30ms within 0.0001% after 3.1s\n"
                                                                            "  - error_rate(users) <= 0%\n");
    expectAllPass(results);  // the call of 2.0 s had 10 of its 20 ms done
    EXPECT_NEAR(client(results, "users").latencyHistogram.quantile(0.5) * 1e-9, 0.030, 2e-4);
}

TEST(Pause, LastsAsLongAsAnyOfTheNestedOnes)
{
    const Results results = live("  - {at: 2.05s, for: 2s, pause: web}\n  - {at: 3.05s, for: 2s, pause: web}\n  - {at: 3.25s, for: 100ms, slow: web, factor: 9}\n", "  - throughput(users) <= 0/s between 2.1s and 5s\n"
                                                                                                                                                                   "  - max(users.latency) == 30ms within 0.0001% after 5.1s\n");
    expectAllPass(results);
}

// Work under way is lost at once and its callers learn so at the same instant; then calls are refused until the restart.
TEST(Crash, EndsWorkRefusesCallsAndIsOverExactly)
{
    const Results results = live("  - {at: 2.015s, for: 1s, crash: web}\n", "");
    const ClientResult& users = client(results, "users");
    EXPECT_EQ(ended(users, Outcome::crashed), 11u);  // the call of 2.0 s, and 2.1 to 3.0 s
    EXPECT_NEAR(users.failureLatency.maximum, 0.020, 1e-12);
    EXPECT_NEAR(users.failureLatency.mean, (0.020 + 10 * 0.010) / 11, 1e-12);
    EXPECT_NEAR(users.latency.maximum, 0.030, 1e-12);
}

TEST(Crash, NestsAndEndsWithTheLast)
{
    const Results results = live("  - {at: 2.05s, for: 2s, crash: web}\n  - {at: 3.05s, for: 3s, crash: web}\n", "");
    EXPECT_EQ(ended(client(results, "users"), Outcome::crashed), 40u);  // 2.1 s to 6.0 s
}

// One of two replicas dies with the call it has in hand (every second one is replica 2's); the other serves everybody.
TEST(Crash, OfOneReplicaLeavesTheOthersToServe)
{
    const Results results = live("  - {at: 2.012s, for: 4s, crash: web, replica: 2}\n  - {at: 8.05s, for: 1s, crash: web, replica: 1}\n", "", 12, "replicas: 2, workers: 50, work: 20ms");
    EXPECT_EQ(client(results, "users").failed, 1u);
    EXPECT_EQ(ended(client(results, "users"), Outcome::crashed), 1u);
    EXPECT_NEAR(client(results, "users").failureLatency.mean, 0.017, 1e-12);
}

// A crash while the host stands still, and the other way round: each goes its own way.
TEST(Crash, OverlapsWithAPauseAndASlowdown)
{
    const Results results = live("  - {at: 2.05s, for: 3s, pause: web}\n  - {at: 3.05s, for: 1s, crash: web}\n  - {at: 3.55s, for: 3s, slow: web, factor: 2}\n",
                                 "  - max(users.latency) == 50ms within 0.0001% between 5.2s and 6.5s\n  - max(users.latency) == 30ms within 0.0001% after 6.7s\n");
    expectAllPass(results);
    EXPECT_EQ(ended(client(results, "users"), Outcome::crashed), 20u);  // those of 2.1 s to 3.0 s that stood still, and 3.1 s to 4.0 s
}

TEST(Errors, FailTheirShareOfRequests)
{
    const Results results = live("  - {at: 10.0005s, for: 10s, errors: web, share: 20%}\n", "  - error_rate(users) <= 0% before 10s\n  - error_rate(users) <= 0% after 20.1s\n", 30, "workers: 50, work: 1ms", "paced(1000/s)");
    expectAllPass(results);
    EXPECT_NEAR(static_cast<double>(ended(client(results, "users"), Outcome::error)), 2000, 5 * std::sqrt(10'000 * 0.16));
}

// Two shares at once let through what both let through, and all is exactly over in the end.
TEST(Errors, CombineWhenNested)
{
    const Results results = live("  - {at: 0s, for: 20s, errors: web, share: 50%}\n  - {at: 10.0005s, for: 20s, errors: web, share: 20%}\n", "  - error_rate(users) <= 0% after 30.1s\n", 40, "workers: 50, work: 1ms", "paced(1000/s)");
    expectAllPass(results);
    EXPECT_NEAR(static_cast<double>(ended(client(results, "users"), Outcome::error)), 5000 + 6000 + 2000, 5 * std::sqrt(10'000 * (0.25 + 0.24 + 0.16)));
}

TEST(LatencyFault, AddsToBothWaysAndNests)
{
    expectAllPass(live("  - {at: 2.05s, for: 6s, latency: users -> web, add: 40ms}\n  - {at: 4.05s, for: 2s, latency: \"* -> *\", add: 10ms}\n",
                       "  - mean(users.latency) == 30ms within 0.0001% before 2s\n"
                       "  - mean(users.latency) == 110ms within 0.0001% between 2.3s and 4s\n"
                       "  - mean(users.latency) == 130ms within 0.0001% between 4.3s and 6s\n"
                       "  - mean(users.latency) == 110ms within 0.0001% between 6.3s and 8s\n"
                       "  - mean(users.latency) == 30ms within 0.0001% after 8.2s\n"));
}

// Nested shares keep what both keep, each way: first 75 %, then 84 %, then 36 % of the calls fail. The tolerances are
// five standard errors.
TEST(PacketLoss, LosesItsShareAndNests)
{
    expectAllPass(run("nodes:\n  users: {type: client, arrivals: paced(1000/s), sends: web}\n  web: {type: service, workers: 50, work: 1ms}\n"
                      "links:\n  users -> web: {latency: 1ms, transport: datagram, policies: [timeout: 50ms]}\n"
                      "timeline:\n  - {at: 0s, for: 20s, packet_loss: users -> web, share: 50%}\n  - {at: 10s, for: 20s, packet_loss: users -> web, share: 20%}\n"
                      "expect:\n  - error_rate(users) == 75% within 3% between 0.1s and 10s\n  - error_rate(users) == 84% within 3% between 10.1s and 20s\n"
                      "  - error_rate(users) == 36% within 7% between 20.1s and 30s\n  - error_rate(users) <= 0% after 30.1s\n", 40));
}

// Cut off twice, from one side by name and once as a whole: open again only when both are over.
TEST(PartitionFault, NestsAndHealsWithTheLast)
{
    const Results results = live("  - {at: 2.05s, for: 2s, partition: [users, web]}\n  - {at: 3.05s, for: 3s, partition: web}\n",
                                 "  - throughput(users) <= 0/s between 2.1s and 6s\n  - max(users.latency) == 30ms within 0.0001% after 16s\n", 30);
    expectAllPass(results);
    EXPECT_EQ(client(results, "users").failed, 0u);
}

// Groups: the two named cannot reach each other, everybody else can.
TEST(PartitionFault, CutsOnlyBetweenThoseItNames)
{
    const Results results = run("nodes:\n  users: {type: client, arrivals: paced(10/s), sends: a}\n  others: {type: client, arrivals: paced(10/s), sends: b}\n"
                                "  a: {type: service, workers: 50, operations: {get: [{call: b}]}}\n  b: {type: service, workers: 50, work: 1ms}\n"
                                "links:\n  \"* -> *\": {latency: 1ms, transport: datagram, policies: [timeout: 50ms]}\ntimeline:\n  - {at: 2.05s, for: 2s, partition: [a, b]}\n", 10);
    EXPECT_EQ(client(results, "others").failed, 0u);
    EXPECT_EQ(client(results, "users").failed, 20u);
}

// More of an open load, of users, and both at once.
TEST(Load, MultipliesArrivalsAndNests)
{
    const Results results = live("  - {at: 2.05s, for: 6s, load: users, factor: 2}\n  - {at: 4.05s, for: 2s, load: users, factor: 5}\n",
                                 "  - offered(users) == 20/s within 2% between 2.05s and 4.05s\n  - offered(users) == 100/s within 1% between 4.05s and 6.05s\n"
                                 "  - offered(users) == 20/s within 3% between 6.05s and 8.05s\n  - offered(users) == 10/s within 3% between 8.05s and 12.05s\n", 12.1);
    expectAllPass(results);
}

TEST(Load, MultipliesClosedUsers)
{
    const Results results = live("  - {at: 100s, for: 100s, load: users, factor: 3}\n", "  - throughput(users) == 50/s within 1% before 100s\n  - throughput(users) == 150/s within 1% between 100s and 200s\n"
                                                                                       "  - throughput(users) == 50/s within 1% after 200s\n", 300, "workers: 50, work: 20ms", "closed(users=5 think=70ms)");
    expectAllPass(results);
}

// What happened stands on the timeline, with its time, its end and its words.
TEST(Faults, AreTold)
{
    const auto world = build("nodes:\n  users: {type: client, arrivals: paced(10/s), sends: web}\n  web: {type: service, workers: 50, work: 20ms}\n  pages: {type: cache}\n"
                             "timeline:\n  - {at: 1s, for: 2s, slow: web, factor: 4}\n  - {at: 2s, crash: web}\n  - {at: 3s, flush: pages}\n  - {at: 4s, set: web.workers, to: 7}\n", 10);
    world->advanceTo(world->end());
    const auto& all = world->happenings();
    ASSERT_EQ(all.size(), 4u);
    EXPECT_EQ(all[0].text, "slow ×4");
    EXPECT_EQ(all[0].target, "web");
    EXPECT_EQ(all[0].from, second(1));
    EXPECT_EQ(all[0].until, second(3));
    EXPECT_EQ(all[1].until, engine::Instant::never());
    EXPECT_EQ(all[2].from, all[2].until);
    EXPECT_EQ(all[3].text, "workers → 7");
    EXPECT_EQ(all[3].kind, Happening::Kind::change);
    EXPECT_FALSE(all[0].byUser);
}

}  // namespace
}  // namespace tantrum::models
