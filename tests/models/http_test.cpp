// HTTP/1.1, 2 and 3 on a link: how many requests are under way at once, what connections cost, and whom a loss holds up.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>
#include <string>

namespace tantrum::models {
namespace {

using namespace support;

Results call(const std::string& protocol, std::vector<double> moments, double seconds, const std::string& link = "latency: 0s", const std::string& web = "workers: 1000, work: 100ms",
             const std::string& client = "", const std::string& more = "")
{
    Options options;
    options.trace = std::move(moments);
    return run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: web" + client + "}\n  web: {type: service, " + web + "}\nlinks:\n  users -> web: {" + link +
                   ", policies: [" + protocol + "]}\n" + more, seconds, options);
}

const LatencySummary& latency(const Results& results) { return client(results, "users").latency; }
double policy(const Results& results, const char* key) { return metric(link(results, "users", "web"), key); }

// Validation A16: requests of 100 ms over six connections come in rounds.
TEST(Http1, TakesRequestsInRoundsOfItsSixConnections)
{
    const std::pair<std::size_t, double> expected[]{{6, 0.1}, {7, 0.2}, {12, 0.2}, {30, 0.5}, {100, 1.7}};
    for (const auto& [requests, seconds] : expected) {
        const Results results = call("http1", atOnce(requests, 1), 5);
        EXPECT_EQ(client(results, "users").completed, requests);
        EXPECT_NEAR(latency(results).maximum, seconds, 1e-9) << requests;
        EXPECT_EQ(policy(results, "http1.waited"), static_cast<double>(requests) - 6);
    }
}

// Validation A16, the same over HTTP/2: all at once, up to 100 streams; the 101st waits for a stream.
TEST(Http2, TakesAHundredRequestsAtOnce)
{
    EXPECT_NEAR(latency(call("http2", atOnce(100, 1), 5)).maximum, 0.1, 1e-9);
    const Results more = call("http2", atOnce(101, 1), 5);
    EXPECT_NEAR(latency(more).maximum, 0.2, 1e-9);
    EXPECT_EQ(policy(more, "http2.waited"), 1);
    EXPECT_EQ(policy(more, "http2.streams_max"), 100);
    EXPECT_EQ(policy(more, "http2.opened"), 1);
}

// One way 10 ms, work 100 ms. A new connection: a round trip for TCP and one (1.3) or two (1.2) for TLS; a kept one: none.
TEST(Http1, PaysForNewConnectionsInRoundTrips)
{
    const auto first = [](const std::string& protocol, std::vector<double> moments) { return latency(call(protocol, std::move(moments), 20, "latency: 10ms")).maximum; };
    EXPECT_NEAR(first("http1", {1}), 0.140, 1e-9);
    EXPECT_NEAR(first("http1: {tls: tls13}", {1}), 0.160, 1e-9);
    EXPECT_NEAR(first("http1: {tls: tls12}", {1}), 0.180, 1e-9);
    const auto second = [&](const std::string& protocol) { return latency(call(protocol, {1, 2}, 20, "latency: 10ms")).mean * 2; };
    EXPECT_NEAR(second("http1: {tls: tls13}"), 0.160 + 0.120, 1e-9);
    EXPECT_NEAR(second("http1: {tls: tls13, keep_alive: false}"), 0.160 + 0.140, 1e-9);  // the session is resumed
    EXPECT_NEAR(second("http1: {tls: tls12, keep_alive: false}"), 0.180 + 0.160, 1e-9);
    EXPECT_NEAR(second("http1: {tls: tls12, keep_alive: false, resumption: false}"), 2 * 0.180, 1e-9);
    EXPECT_NEAR(second("http1: {idle: 500ms}"), 2 * 0.140, 1e-9);
}

TEST(Http2, OpensOneConnectionForAllWhoComeMeanwhile)
{
    const Results results = call("http2", {1, 1.01, 1.02, 2}, 5, "latency: 10ms");
    EXPECT_EQ(policy(results, "http2.opened"), 1);
    // Opened from 1 to 1.04 s: they wait 40, 30, 20 and 0 ms.
    EXPECT_NEAR(latency(results).mean, 0.120 + (0.040 + 0.030 + 0.020) / 4, 1e-9);
}

TEST(Http3, OpensWithOneRoundTripAndAgainWithNone)
{
    const Results results = call("http3: {idle: 500ms}", {1, 5}, 8, "latency: 10ms");
    EXPECT_NEAR(latency(results).maximum, 0.140, 1e-9);
    EXPECT_NEAR(latency(results).mean, 0.130, 1e-9);
    EXPECT_EQ(policy(results, "http3.opened"), 2);
}

// Who gives up in the middle of an exchange closes the connection; HTTP/2 resets the stream and keeps the connection, and the
// callee learns of it.
TEST(Http1, ClosesTheConnectionOfWhoGivesUp)
{
    const std::string slow = "workers: 10, work: 1s";
    const Results one = call("timeout: 100ms, http1", {1, 2}, 5, "latency: 10ms", slow);
    EXPECT_EQ(policy(one, "http1.opened"), 2);
    EXPECT_EQ(node(one, "web").completed, 2u);
    const Results two = call("timeout: 100ms, http2", {1, 2}, 5, "latency: 10ms", slow);
    EXPECT_EQ(policy(two, "http2.opened"), 1);
    EXPECT_EQ(node(two, "web").completed, 0u);
}

TEST(Http1, OpensANewConnectionAfterACrash)
{
    const std::string crash = "timeline:\n  - {at: 2.05s, for: 1s, crash: web}\n";
    EXPECT_EQ(policy(call("http1", {1, 2, 4}, 6, "latency: 10ms", "work: 100ms", "", crash), "http1.opened"), 2);
    EXPECT_EQ(policy(call("http2", {1, 2, 4}, 6, "latency: 10ms", "work: 100ms", "", crash), "http2.opened"), 2);
}

// Linux asks again after 1, 2, 4 … 32 s and gives up after 127 s. Cut until 4.5 s, the SYN of 1 + 1 + 2 + 4 s comes through.
TEST(Http1, AsksAgainWhenNobodyAnswers)
{
    const std::string cut = "timeline:\n  - {at: 0.5s, for: 4s, partition: [users, web]}\n";
    EXPECT_NEAR(latency(call("http1", {1}, 10, "latency: 10ms", "work: 100ms", "", cut)).mean, 7 + 0.140, 1e-9);
    const std::string forever = "timeline:\n  - {at: 0.5s, for: 300s, partition: [users, web]}\n";
    const Results dead = call("http2", {1}, 200, "latency: 10ms", "work: 100ms", "", forever);
    EXPECT_EQ(ended(client(dead, "users"), Outcome::unreachable), 1u);
    EXPECT_NEAR(client(dead, "users").failureLatency.mean, 127, 1e-9);
}

TEST(Http1, RefusesWhatFindsTheLineFull)
{
    const Results results = call("http1: {connections: 2, queue: 3}", atOnce(10, 1), 5);
    EXPECT_EQ(ended(client(results, "users"), Outcome::rejected), 5u);
    EXPECT_EQ(policy(results, "http1.refused"), 5);
}

// A request is lost while the network is cut for a moment and sent again 200 ms later. Those after it on the same connection wait
// for it with HTTP/2; with HTTP/3, and on connections of their own, they do not.
TEST(Http2, HoldsEverythingUpBehindALoss)
{
    const std::string cut = "timeline:\n  - {at: 1.9995s, for: 1ms, partition: [users, web]}\n";
    const auto slow = [&](const std::string& protocol) {
        const Results results = call(protocol, {1, 2, 2.05, 2.1, 2.15, 2.3}, 5, "latency: 10ms", "workers: 10, work: 0s", "", cut);
        EXPECT_EQ(client(results, "users").completed, 6u);
        return latency(results);
    };
    // First with its handshake 20 + 40 (TLS 1.3). The lost one: 220. Behind it: 170, 120, 70; the last: 20.
    EXPECT_NEAR(slow("http2").mean * 6, 0.060 + 0.220 + 0.170 + 0.120 + 0.070 + 0.020, 1e-9);
    EXPECT_NEAR(slow("http3").mean * 6, 0.040 + 0.220 + 4 * 0.020, 1e-9);
    // The second to come opens a second connection; the rest use that.
    EXPECT_NEAR(slow("http1").mean * 6, 0.040 + 0.220 + 0.040 + 3 * 0.020, 1e-9);
}

// The same for answers: 1.9995 to 2.0005 s is when the answers of the second are sent.
TEST(Http2, HoldsAnswersUpBehindALostAnswer)
{
    const std::string cut = "timeline:\n  - {at: 1.9995s, for: 1ms, partition: [users, web]}\n";
    const Results results = call("http2", {1, 1.99, 2.05, 2.3}, 5, "latency: 10ms", "workers: 10, work: 0s", "", cut);
    EXPECT_NEAR(latency(results).mean * 4, 0.060 + 0.220 + 0.160 + 0.020, 1e-9);
}

// 200,000 bytes through a window of 65,535: three times the receiver has to announce more room, 20 ms each. At 10 Mbit/s a
// window takes 52 ms to send, and the announcement is there in time.
TEST(Http2, WaitsForRoomInItsWindow)
{
    const std::string big = ", reply_bytes: 200000B";
    EXPECT_NEAR(latency(call("http2", {1}, 5, "latency: 10ms", "work: 0s", big)).mean, 0.060 + 3 * 0.020, 1e-9);
    EXPECT_NEAR(latency(call("http2: {window: 1MB}", {1}, 5, "latency: 10ms", "work: 0s", big)).mean, 0.060, 1e-9);
    EXPECT_NEAR(latency(call("http2", {1}, 5, "latency: 10ms, bandwidth: 10Mbit/s", "work: 0s", big)).mean, 0.060 + 0.160, 1e-9);
}

TEST(Http2, ChangesItsStreamsLive)
{
    const Results results = call("http2: {streams: 1}", atOnce(5, 1), 5, "latency: 0s", "workers: 10, work: 100ms", "", "timeline:\n  - {at: 1.05s, set: users -> web.http2.streams, to: 10}\n");
    EXPECT_NEAR(latency(results).maximum, 0.150, 1e-9);
}

}  // namespace
}  // namespace tantrum::models
