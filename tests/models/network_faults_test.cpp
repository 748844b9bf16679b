// Faults of the network beyond loss and latency: what arrives twice, late, slowly, in one direction only, or nowhere by its name.
#include "tests/models/support/run.h"

#include <cmath>
#include <gtest/gtest.h>
#include <string>

namespace tantrum::models {
namespace {

using namespace support;

// A hundred calls a second of 10 ms over a link of 5 ms.
Results calls(const std::string& link, const std::string& timeline, double seconds = 10, const std::string& expect = "", const std::string& web = "workers: 50, work: 10ms", const std::string& users = "arrivals: paced(100/s)")
{
    return run("nodes:\n  users: {type: client, " + users + ", sends: web}\n  web: {type: service, " + web + "}\nlinks:\n  users -> web: {" + link + "}\ntimeline:\n" + timeline +
                   (expect.empty() ? "" : "expect:\n" + expect), seconds);
}

std::uint64_t sent(const Results& results, const char* from = "users", const char* to = "web") { return link(results, from, to).attempts; }

void expectAllPass(const Results& results)
{
    for (const ExpectResult& each : results.expect) EXPECT_TRUE(each.passed) << each.text << ": " << each.value << " " << each.remark;
}

// Requests: twice at the callee, once at the caller, whatever the transport. 500 of them, all while it lasts.
TEST(Duplicate, MakesTheCalleeWorkTwiceForOneAnswer)
{
    for (const std::string transport : {"stream", "datagram"}) {
        const Results results = calls("latency: 5ms, transport: " + transport, "  - {at: 2.005s, for: 5s, duplicate: users -> web, share: 100%}\n", 10.057);
        EXPECT_EQ(client(results, "users").offered, client(results, "users").completed + client(results, "users").inFlight);
        EXPECT_EQ(client(results, "users").failed, 0u);
        EXPECT_EQ(node(results, "web").arrivals, node(results, "web").completed + node(results, "web").inFlight);
        EXPECT_EQ(node(results, "web").arrivals, sent(results) + 500) << transport;
        EXPECT_EQ(sent(results), client(results, "users").offered);
    }
}

// Shares combine as independent ones: of a thousand requests 0.5 + 0.5 - 0.25. The tolerance is five standard errors.
TEST(Duplicate, CombinesWhenNestedAndEndsExactly)
{
    const Results results = calls("latency: 5ms", "  - {at: 0s, for: 10s, duplicate: users -> web, share: 50%}\n  - {at: 0s, for: 10s, duplicate: \"* -> *\", share: 50%}\n", 20.057);
    EXPECT_NEAR(static_cast<double>(node(results, "web").arrivals - sent(results)), 750, 5 * std::sqrt(1000 * 0.75 * 0.25));
}

// Packets, as netem repeats them: a datagram is handled twice, TCP throws the copy away.
TEST(Duplicate, OfPacketsIsSeenByDatagramsOnly)
{
    const std::string fault = "  - {at: 2.005s, for: 5s, duplicate: users -> web, share: 100%, what: packets}\n";
    const Results datagrams = calls("latency: 5ms, transport: datagram", fault, 10.057), stream = calls("latency: 5ms", fault, 10.057);
    EXPECT_EQ(node(datagrams, "web").arrivals, sent(datagrams) + 500);
    EXPECT_EQ(node(stream, "web").arrivals, sent(stream));
}

// What TCP throws away was on the wire all the same: 1250 bytes take 5 ms of the 10 between two requests, twice as many all of it.
TEST(Duplicate, OfPacketsCostsAStreamItsBandwidth)
{
    const std::string users = "arrivals: paced(100/s), bytes: 1250B";
    const std::string wire = "latency: 5ms, bandwidth: 2Mbit/s", fault = "  - {at: 2.005s, for: 5s, duplicate: users -> web, share: 100%, what: packets}\n";
    expectAllPass(calls(wire, fault, 10, "  - max(users.latency) == 25ms within 0.0001%\n", "workers: 50, work: 10ms", users));
    expectAllPass(calls("latency: 5ms, bandwidth: 1500kbit/s", fault, 10, "  - max(users.latency) > 500ms\n", "workers: 50, work: 10ms", users));
}

// A message published twice is two messages, and is delivered twice.
TEST(Duplicate, OfAPublisherPutsMessagesIntoTheQueueTwice)
{
    const Results results = run("nodes:\n  users: {type: client, arrivals: paced(10/s), sends: web}\n  web: {type: service, workers: 9, operations: {put: [{publish: jobs}]}}\n"
                                "  jobs: {type: queue}\n  worker: {type: consumer, consumes: jobs, concurrency: 5, work: 1ms}\n"
                                "links: {web -> jobs: {latency: 1ms}}\ntimeline:\n  - {at: 0s, duplicate: web -> jobs, share: 100%}\n", 10.05);
    EXPECT_EQ(metric(node(results, "jobs"), "published"), 2 * static_cast<double>(sent(results, "web", "jobs")));
    EXPECT_EQ(metric(node(results, "worker"), "handled"), metric(node(results, "jobs"), "published"));
}

// What shares a connection waits behind the late message; without one each message is late for itself alone. Each request is
// answered before the next but one begins, so exactly those behind a late one are late, too.
TEST(Reorder, HoldsUpWhatSharesAConnection)
{
    const std::string fault = "  - {at: 2.005s, for: 5s, reorder: users -> web, share: 10%, by: 100ms}\n";
    const auto late = [](const Results& results) {
        const auto& histogram = client(results, "users").latencyHistogram;
        return static_cast<double>(client(results, "users").completed - histogram.countAtOrBelow(21'000'000));
    };
    // 500 requests and 500 answers, a tenth of each: 1 - 0.9^2 of the calls.
    const double alone = late(calls("latency: 5ms", fault, 10));
    EXPECT_NEAR(alone, 95, 5 * std::sqrt(500 * 0.19 * 0.81));
    EXPECT_NEAR(late(calls("latency: 5ms, transport: datagram", fault, 10)), 95, 5 * std::sqrt(500 * 0.19 * 0.81));
    EXPECT_NEAR(late(calls("latency: 5ms, policies: [http3]", fault, 10)), 95, 5 * std::sqrt(500 * 0.19 * 0.81));
    // One late message and the ten of the next 100 ms: 1 - 0.9^10 each way, nearly everybody.
    const double shared = late(calls("latency: 5ms, policies: [http2]", fault, 10));
    EXPECT_GT(shared, 350);
    EXPECT_LE(shared, 520);
}

TEST(Reorder, LetsLaterDatagramsOvertake)
{
    expectAllPass(calls("latency: 5ms, transport: datagram", "  - {at: 0s, for: 9s, reorder: users -> web, share: 100%, by: 30ms}\n  - {at: 0s, for: 5s, reorder: users -> web, share: 100%, by: 10ms}\n", 12,
                        "  - mean(users.latency) == 100ms within 0.0001% before 4.8s\n  - mean(users.latency) == 80ms within 0.0001% between 5.2s and 8.8s\n  - mean(users.latency) == 20ms within 0.0001% after 9.2s\n"));
}

// 1250 bytes at 2 Mbit/s: 5 ms more each way that carries them, and as before afterwards.
TEST(BandwidthFault, ThrottlesEachDirection)
{
    const std::string users = "arrivals: paced(10/s), bytes: 1250B, reply_bytes: 2500B";
    expectAllPass(calls("latency: 5ms", "  - {at: 2.05s, for: 4s, bandwidth: users -> web, rate: 2Mbit/s}\n  - {at: 3.05s, for: 1s, bandwidth: \"* -> *\", rate: 1Mbit/s}\n", 10,
                        "  - mean(users.latency) == 20ms within 0.0001% before 2s\n  - mean(users.latency) == 35ms within 0.0001% between 2.2s and 3s\n"
                        "  - mean(users.latency) == 50ms within 0.0001% between 3.2s and 4s\n  - mean(users.latency) == 35ms within 0.0001% between 4.2s and 6s\n"
                        "  - mean(users.latency) == 20ms within 0.0001% after 6.2s\n", "workers: 50, work: 10ms", users));
}

// It never makes a link faster than it is.
TEST(BandwidthFault, LeavesANarrowerLinkAsItIs)
{
    expectAllPass(calls("latency: 5ms, bandwidth: 1Mbit/s", "  - {at: 0s, bandwidth: users -> web, rate: 8Mbit/s}\n", 10, "  - mean(users.latency) == 30ms within 0.0001%\n", "workers: 50, work: 10ms", "arrivals: paced(10/s), bytes: 1250B"));
}

// More than the wire carries: 100 requests a second of 1250 bytes are 1 Mbit/s; at half of that the last of 8 s waits for 4.
TEST(BandwidthFault, MakesALongerLineOfWhatItCannotCarry)
{
    const Results results = calls("latency: 5ms", "  - {at: 0s, for: 20s, bandwidth: users -> web, rate: 500kbit/s}\n", 20, "", "workers: 50, work: 10ms", "arrivals: spike(100/s 0.000001/s 8s 1000s), bytes: 1250B");
    const auto& users = client(results, "users");
    EXPECT_EQ(users.completed, users.offered);
    EXPECT_GT(users.latency.maximum, 0.7 * static_cast<double>(users.offered) * 0.01);
}

// Only what opens connections needs the name. Without a protocol each call does.
TEST(DnsFailure, FailsEveryCallWithoutAProtocol)
{
    const Results results = calls("latency: 5ms", "  - {at: 2.005s, for: 2s, dns_failure: users -> web, fails_after: 300ms}\n", 10);
    EXPECT_EQ(ended(client(results, "users"), Outcome::unreachable), 200u);
    EXPECT_NEAR(client(results, "users").failureLatency.mean, 0.3, 1e-9);
    EXPECT_EQ(client(results, "users").failed, 200u);
}

TEST(DnsFailure, IsNotNoticedByOpenConnections)
{
    for (const std::string protocol : {"http2", "grpc", "http3", "http1", "hikaricp"}) {
        const Results results = calls("latency: 5ms, policies: [" + protocol + "]", "  - {at: 2.005s, for: 2s, dns_failure: users -> web}\n", 10);
        EXPECT_EQ(client(results, "users").failed, 0u) << protocol;
    }
}

// The callee dies for a moment and with it the connections: nobody finds it again until names are resolved. Calls that wait
// for the resolver meanwhile learn so after 200 ms.
TEST(DnsFailure, KeepsWhatHasToConnectAnewAway)
{
    const Results results = calls("latency: 5ms, policies: [http2]", "  - {at: 2.005s, for: 4s, dns_failure: users -> web, fails_after: 200ms}\n  - {at: 3.005s, for: 10ms, crash: web}\n", 10,
                                  "  - error_rate(users) <= 0% before 2.9s\n  - error_rate(users) >= 100% between 3.1s and 5.8s\n  - error_rate(users) <= 0% after 6.3s\n");
    expectAllPass(results);
    EXPECT_GT(ended(client(results, "users"), Outcome::unreachable), 250u);
    const Results kept = calls("latency: 5ms, policies: [http1: {keep_alive: false, connections: 100}]", "  - {at: 2.005s, for: 2s, dns_failure: users -> web, fails_after: 0s}\n", 10);
    EXPECT_EQ(ended(client(kept, "users"), Outcome::unreachable), 200u);
}

// A callee whose clock is ahead finds requests expired that are not, and drops them; one behind does not know better. A
// deadline of 100 ms; the request arrives 5 ms after it was made, into an idle service.
TEST(ClockSkew, MakesTheCalleeJudgeDeadlinesWrongly)
{
    const auto expired = [](const std::string& skew, const std::string& link = "latency: 5ms, policies: [timeout: 100ms]") {
        return ended(node(calls(link, "  - {at: 2.005s, for: 2s, clock_skew: " + skew + "}\n", 10, "", "workers: 50, work: 10ms, drop_expired: true"), "web"), Outcome::expired);
    };
    EXPECT_EQ(expired("web, by: 94ms"), 0u);
    EXPECT_EQ(expired("web, by: 96ms"), 200u);
    EXPECT_EQ(expired("web, by: 10s, direction: behind"), 0u);
    EXPECT_EQ(expired("users, by: 10s"), 0u);
    EXPECT_EQ(expired("users, by: 96ms, direction: behind"), 200u);
    EXPECT_EQ(expired("web, by: 10s", "latency: 5ms, policies: [timeout: 100ms, grpc]"), 0u) << "gRPC sends what is left";
    // The missing millisecond is there after 1.11 s of 900 ppm: from 3.12 s to 4.00 s.
    EXPECT_EQ(expired("web, by: 94ms, drift: 900"), 89u);
}

// A callee behind does work for callers that have gone: of a queue that takes longer than the deadline, none is dropped.
TEST(ClockSkew, LetsACalleeBehindWorkInVain)
{
    const auto worked = [](const std::string& timeline) {
        const Results results = calls("latency: 5ms, policies: [timeout: 100ms]", timeline, 20, "", "workers: 1, queue: 1000, work: 20ms, drop_expired: true", "arrivals: spike(100/s 0.000001/s 5s 1000s)");
        return std::pair(node(results, "web").completed, ended(node(results, "web"), Outcome::expired));
    };
    EXPECT_GT(worked("  - {at: 0s, for: 1ns, slow: web}\n").second, 100u);
    EXPECT_EQ(worked("  - {at: 0s, clock_skew: web, by: 1h, direction: behind}\n").second, 0u);
    EXPECT_GT(worked("  - {at: 0s, clock_skew: web, by: 1h, direction: behind}\n").first, worked("  - {at: 0s, for: 1ns, slow: web}\n").first);
}

// The service hears and is not heard: all 200 requests are worked off, all 200 callers time out.
TEST(PartitionFault, InOneDirectionLetsTheWorkBeDoneForNobody)
{
    const std::string link = "latency: 5ms, policies: [timeout: 50ms]";
    const Results out = calls(link, "  - {at: 2.007s, for: 2s, partition: [web, users], direction: out}\n", 10.057);
    EXPECT_EQ(node(out, "web").arrivals, sent(out));
    EXPECT_EQ(node(out, "web").completed + node(out, "web").inFlight, sent(out));
    EXPECT_EQ(ended(client(out, "users"), Outcome::timeout), 200u);  // of 2.00 s, whose answer leaves 15 ms later, to 3.99 s
    const Results in = calls("latency: 5ms, transport: datagram, policies: [timeout: 50ms]", "  - {at: 2.007s, for: 2s, partition: [web, users], direction: in}\n", 10.057);
    EXPECT_EQ(node(in, "web").arrivals, sent(in) - 200);
    EXPECT_EQ(ended(client(in, "users"), Outcome::timeout), 200u);
    // Named the other way round it is the same: what the users send is lost.
    const Results same = calls("latency: 5ms, transport: datagram, policies: [timeout: 50ms]", "  - {at: 2.007s, for: 2s, partition: [users, web], direction: out}\n", 10.057);
    EXPECT_EQ(node(same, "web").arrivals, sent(same) - 200);
}

// Alone: whatever it sends, as a caller and as a callee. And with a cut in both directions around it only the last end heals.
TEST(PartitionFault, InOneDirectionCutsOneNodeOffFromAll)
{
    const std::string chain = "nodes:\n  users: {type: client, arrivals: paced(10/s), sends: web}\n  web: {type: service, workers: 50, operations: {get: [{call: db}]}}\n  db: {type: service, workers: 50, work: 1ms}\n"
                              "links:\n  \"* -> *\": {latency: 1ms, transport: datagram, policies: [timeout: 50ms]}\ntimeline:\n";
    const Results out = run(chain + "  - {at: 2.05s, for: 2s, partition: web, direction: out}\n", 10.05);
    EXPECT_EQ(node(out, "web").arrivals, sent(out));
    EXPECT_EQ(node(out, "db").arrivals, sent(out) - 20);
    const Results in = run(chain + "  - {at: 2.05s, for: 2s, partition: web, direction: in}\n", 10.05);
    EXPECT_EQ(node(in, "web").arrivals, sent(in) - 20);
    EXPECT_EQ(node(in, "db").arrivals, sent(in) - 20);
    const Results nested = run(chain + "  - {at: 2.05s, for: 4s, partition: db, direction: out}\n  - {at: 3.05s, for: 1s, partition: [web, db]}\n", 10.05);
    EXPECT_EQ(client(nested, "users").failed, 40u);
    EXPECT_EQ(node(nested, "db").arrivals, sent(nested) - 10);
}

// What happened is told in words, and a cut in one direction shows as a cut.
TEST(Faults, OfTheNetworkAreTold)
{
    const auto world = build("nodes:\n  users: {type: client, arrivals: paced(10/s), sends: web}\n  web: {type: service, workers: 50, work: 20ms}\nlinks: {users -> web: {latency: 1ms}}\n"
                             "timeline:\n  - {at: 1s, for: 1s, partition: [web, users], direction: out}\n  - {at: 2s, for: 1s, duplicate: users -> web, share: 5%}\n  - {at: 3s, for: 1s, reorder: users -> web, by: 2ms}\n"
                             "  - {at: 4s, for: 1s, bandwidth: users -> web}\n  - {at: 5s, for: 1s, dns_failure: users -> web}\n  - {at: 6s, for: 1s, clock_skew: web, drift: 50}\n", 10);
    world->advanceTo(world->end());
    const auto& all = world->happenings();
    ASSERT_EQ(all.size(), 6u);
    EXPECT_EQ(all[0].text, "partition, only out");
    EXPECT_EQ(all[1].text, "duplicates 5 % of requests");
    EXPECT_EQ(all[2].text, "reorders 25 % by 2ms");
    EXPECT_EQ(all[3].text, "bandwidth 1Mbit/s");
    EXPECT_EQ(all[4].text, "DNS failure");
    EXPECT_EQ(all[5].text, "clock 1s ahead, drifting by 50 ppm");
}

}  // namespace
}  // namespace tantrum::models
