// The network: how long messages take, what is lost, and who owns the work on the other side.
#include "tests/models/support/run.h"

#include <cmath>
#include <gtest/gtest.h>
#include <string>

namespace tantrum::models {
namespace {

using namespace support;

// Requests at the given moments over one link.
Results send(const std::string& link, std::vector<double> moments, double seconds, const std::string& web = "workers: 100, work: 10ms", const std::string& client = "", const std::string& more = "")
{
    Options options;
    options.trace = std::move(moments);
    return run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: web" + client + "}\n  web: {type: service, " + web + "}\nlinks:\n  users -> web: {" + link + "}\n" + more, seconds, options);
}

const LatencySummary& latency(const Results& results) { return client(results, "users").latency; }

TEST(Link, TakesItsLatencyOnceEachWay)
{
    EXPECT_NEAR(latency(send("latency: 3ms", {1}, 5)).mean, 0.016, 1e-12);
    EXPECT_NEAR(latency(send("latency: 0s", {1}, 5)).mean, 0.010, 1e-12);
}

TEST(Link, JittersEachMessageWithinItsBounds)
{
    const Results results = run("nodes:\n  users: {type: client, arrivals: paced(1000/s), sends: web}\n  web: {type: service, workers: 100, work: 0s}\n"
                                "links:\n  users -> web: {latency: 10ms, jitter: 4ms}\n", 20);
    const auto& histogram = client(results, "users").latencyHistogram;
    EXPECT_GE(histogram.minimum(), 12'000'000);
    EXPECT_LE(histogram.maximum(), 28'000'000);
    EXPECT_LT(histogram.minimum(), 13'000'000);  // the corner of the triangle: (1 / 16)^2 / 2 of 20,000
    EXPECT_GT(histogram.maximum(), 27'000'000);
    // The sum of two uniforms of +-4 ms has a deviation of 3.266 ms.
    EXPECT_NEAR(latency(results).mean, 0.020, 5 * 0.003266 / std::sqrt(20'000));
    EXPECT_NEAR(std::sqrt(histogram.variance()), 3.266e6, 0.1e6);
}

// A latency never becomes negative, however large the jitter.
TEST(Link, NeverArrivesBeforeItLeft)
{
    const Results results = run("nodes:\n  users: {type: client, arrivals: paced(1000/s), sends: web}\n  web: {type: service, workers: 100, work: 0s}\n"
                                "links:\n  users -> web: {latency: 1ms, jitter: 5ms}\n", 5);
    EXPECT_EQ(client(results, "users").latencyHistogram.minimum(), 0);
}

// 1250 bytes over 1 Mbit/s take 10 ms, the answer of 2500 takes 20, each way 5.
TEST(Link, SendsByteByByteOverItsBandwidth)
{
    EXPECT_NEAR(latency(send("latency: 5ms, bandwidth: 1Mbit/s", {1}, 5, "work: 0s", ", bytes: 1250B, reply_bytes: 2500B")).mean, 0.040, 1e-12);
}

// Messages of one direction wait for each other; the two directions do not.
TEST(Link, SendsOneMessageAfterTheOther)
{
    const Results results = send("latency: 5ms, bandwidth: 1Mbit/s", {1, 1, 1, 1.5}, 5, "workers: 9, work: 0s", ", bytes: 1250B");
    EXPECT_NEAR(latency(results).maximum, 0.040, 1e-12);
    EXPECT_NEAR(latency(results).mean, (20 + 30 + 40 + 20) / 4e3, 1e-12);
    const Results both = send("latency: 5ms, bandwidth: 1Mbit/s", {1, 1.01}, 5, "workers: 9, work: 0s", ", bytes: 1250B, reply_bytes: 1250B");
    EXPECT_NEAR(latency(both).maximum, 0.030, 1e-12);
}

// Datagrams: a call succeeds if neither message is lost.
TEST(Link, LosesDatagramsForGood)
{
    const Results results = run("nodes:\n  users: {type: client, arrivals: paced(1000/s), sends: web}\n  web: {type: service, workers: 100, work: 0s}\n"
                                "links:\n  users -> web: {latency: 1ms, loss: 30%, transport: datagram, policies: [timeout: 10ms]}\n", 20.05);
    const ClientResult& users = client(results, "users");
    const double finished = static_cast<double>(users.completed + users.failed);
    EXPECT_NEAR(static_cast<double>(users.completed) / finished, 0.49, 5 * 0.5 / std::sqrt(20'000));
    EXPECT_EQ(ended(users, Outcome::timeout), users.failed);
    EXPECT_NEAR(static_cast<double>(node(results, "web").arrivals), 0.7 * 20'050, 5 * std::sqrt(20'000 * 0.21));
    EXPECT_NEAR(static_cast<double>(link(results, "users", "web").lost), 0.51 * 20'050, 5 * std::sqrt(20'000 * 0.25));
}

// A stream sends lost data again after 200 ms, 400 ms more, 800 ms more …: nothing is lost, some of it is late.
TEST(Link, SendsLostDataAgainAsTcpDoes)
{
    const Results results = run("nodes:\n  users: {type: client, arrivals: spike(100/s 0.001/s 100s 1000s), sends: web}\n  web: {type: service, workers: 10000, work: 0s}\n"
                                "links:\n  users -> web: {latency: 1ms, loss: 20%}\n", 300);
    const ClientResult& users = client(results, "users");
    EXPECT_EQ(users.completed, users.offered);
    const double count = static_cast<double>(users.completed);
    const auto& histogram = users.latencyHistogram;
    EXPECT_NEAR(static_cast<double>(histogram.countAtOrBelow(3'000'000)) / count, 0.64, 5 * 0.48 / std::sqrt(count));
    // One of the two messages sent twice: 2 * 0.8^2 * 0.2.
    EXPECT_NEAR(static_cast<double>(histogram.countAtOrBelow(203'000'000) - histogram.countAtOrBelow(3'000'000)) / count, 0.256, 5 * 0.44 / std::sqrt(count));
}

// Fifteen times, up to two minutes apart: 0.2 + 0.4 + … + 102.4 + 5 * 120 s, as long as Linux tries.
TEST(Link, GivesUpAfterFifteenTries)
{
    const Results results = send("latency: 1ms, loss: 100%", {1}, 1000);
    EXPECT_EQ(ended(client(results, "users"), Outcome::unreachable), 1u);
    EXPECT_NEAR(client(results, "users").failureLatency.mean, 804.6, 1e-9);
    EXPECT_EQ(link(results, "users", "web").lost, 16u);
    EXPECT_EQ(node(results, "web").arrivals, 0u);
}

// Cut at 1 s for 1 s. What is on its way arrives; what is sent meanwhile gets through at the next try after the cut.
TEST(Link, ReachesTheOtherSideAgainWhenAPartitionHeals)
{
    const std::string cut = "timeline:\n  - {at: 1s, for: 1s, partition: [users, web]}\n";
    const Results request = send("latency: 1ms", {1.5}, 10, "work: 10ms", "", cut);
    EXPECT_NEAR(latency(request).mean, 0.2 + 0.4 + 0.012, 1e-12);  // lost at 1.5 and 1.7, sent at 2.1
    EXPECT_EQ(link(request, "users", "web").lost, 2u);
    const Results onItsWay = send("latency: 10ms", {0.995}, 10, "work: 10ms", "", cut);
    EXPECT_EQ(node(onItsWay, "web").arrivals, 1u);
    EXPECT_NEAR(latency(onItsWay).mean, 0.020 + 0.2 + 0.4 + 0.8 + 0.010, 1e-12);  // the answer: 1.015, 1.215, 1.615, 2.415
    const Results datagram = send("latency: 1ms, transport: datagram, policies: [timeout: 5s]", {1.5, 2.5}, 10, "work: 10ms", "", cut);
    EXPECT_EQ(client(datagram, "users").completed, 1u);
    EXPECT_EQ(ended(client(datagram, "users"), Outcome::timeout), 1u);
}

// The rule everything follows from: across a link the far side owns the work. A caller that gives up does not stop it …
TEST(Link, LetsAbandonedWorkGoOn)
{
    const Results results = send("latency: 1ms, policies: [timeout: 10ms]", {1, 2}, 5, "work: 100ms");
    EXPECT_EQ(ended(client(results, "users"), Outcome::timeout), 2u);
    EXPECT_EQ(node(results, "web").completed, 2u);
    EXPECT_NEAR(node(results, "web").utilization, 0.2 / 5, 1e-9);
}

// … unless the link carries cancellations: then it ends one latency after the caller left, be it at work or in line.
TEST(Link, StopsAbandonedWorkIfItCarriesCancellations)
{
    const Results results = send("latency: 1ms, cancellation: true, policies: [timeout: 10ms]", {1, 1, 2}, 5, "work: 100ms");
    EXPECT_EQ(ended(client(results, "users"), Outcome::timeout), 3u);
    EXPECT_EQ(ended(node(results, "web"), Outcome::timeout), 3u);
    EXPECT_NEAR(node(results, "web").utilization, 0.020 / 5, 1e-9);  // 1 ms to 11 ms, twice
    EXPECT_EQ(node(results, "web").completed, 0u);
    const Results tooFar = send("latency: 20ms, cancellation: true, policies: [timeout: 10ms]", {1}, 5, "work: 100ms");
    EXPECT_EQ(node(tooFar, "web").arrivals, 0u);  // its caller had left before it arrived
    const Results fine = send("latency: 1ms, cancellation: true, policies: [timeout: 1s]", {1, 1}, 5, "work: 100ms");
    EXPECT_EQ(client(fine, "users").completed, 2u);
}

// Without a link both live in one process: there the caller takes its work with it.
TEST(Link, IsWhatTheCallerThatGoesAwayNeedsToLeaveWorkBehind)
{
    Options options;
    options.trace = {1};
    const std::string nodes = "nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: web}\n  web: {type: service, workers: 9, operations: {page: [{call: db}]}}\n  db: {type: service, work: 1s}\n";
    const std::string crash = "timeline:\n  - {at: 1.1s, for: 1s, crash: web}\n";
    const Results together = run(nodes + crash, 5, options);
    EXPECT_EQ(node(together, "db").completed, 0u);
    EXPECT_EQ(ended(node(together, "db"), Outcome::timeout), 1u);
    const Results apart = run(nodes + "links:\n  web -> db: {latency: 1ms}\n" + crash, 5, options);
    EXPECT_EQ(node(apart, "db").completed, 1u);
    EXPECT_EQ(ended(client(apart, "users"), Outcome::crashed), 1u);
}

// The callee dies: before the message arrives, with the request in line, and at work. All callers learn so one latency
// later; an answer already on the wire arrives.
TEST(Link, TellsTheCallerThatTheCalleeDied)
{
    const Results results = send("latency: 10ms", {0.85, 0.90, 0.97, 0.995}, 5, "work: 100ms", "", "timeline:\n  - {at: 0.965s, for: 2s, crash: web}\n");
    // 0.85: answered at 0.96, on the wire at the crash. 0.90: begun at 0.96. 0.97 and 0.995 arrive at a dead host.
    const ClientResult& users = client(results, "users");
    EXPECT_EQ(users.completed, 1u);
    EXPECT_NEAR(users.latency.mean, 0.120, 1e-12);
    EXPECT_EQ(ended(users, Outcome::crashed), 3u);
    EXPECT_NEAR(users.failureLatency.maximum, 0.965 - 0.90 + 0.010, 1e-12);
    EXPECT_NEAR(users.failureLatency.mean, (0.075 + 0.020 + 0.020) / 3, 1e-12);
    EXPECT_EQ(ended(node(results, "web"), Outcome::crashed), 3u);
}

TEST(Link, ChangesItsLatencyAndLossLive)
{
    const Results results = send("latency: 1ms", {1, 3}, 500, "work: 10ms", "", "timeline:\n  - {at: 2s, set: users -> web.latency, to: 5ms}\n");
    EXPECT_NEAR(latency(results).mean, (0.012 + 0.020) / 2, 1e-12);
    const Results cut = send("latency: 1ms", {1, 3}, 5, "work: 10ms", "", "timeline:\n  - {at: 2s, set: users -> web.loss, to: 100%}\n");
    EXPECT_EQ(client(cut, "users").completed, 1u);
    EXPECT_EQ(client(cut, "users").inFlight, 1u);
}

// Every second draw of this law lies beyond the end of time, and jitter and a fault come on top.
TEST(Link, WhoseLatencyIsForEverDeliversNothing)
{
    const Results results = send("latency: pareto(10000h 0.1), jitter: 1s", support::atOnce(20, 3), 50, "work: 10ms", "",
                                 "timeline:\n  - {at: 2s, latency: users -> web, add: 10s, for: 20s}\n");
    EXPECT_EQ(client(results, "users").completed, 0u);
    EXPECT_EQ(client(results, "users").inFlight, 20u);
}

}  // namespace
}  // namespace tantrum::models
