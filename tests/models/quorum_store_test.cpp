// A quorum store: quorums, staleness, hints, sloppy quorums, repair.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace tantrum::models {
namespace {

using namespace support;

const std::string plain = "network: 0, read: 10ms, write: 10ms, ";

Results ask(const std::string& store, const std::string& operation, std::vector<double> moments, double seconds = 10, const std::string& more = "", const std::string& keys = "single")
{
    Options options;
    options.trace = std::move(moments);
    return run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: store." + operation + ", keys: " + keys + "}\n  store: {type: quorum_store, " + store + "}\n" + more, seconds, options);
}

TEST(QuorumStore, TakesThereAndBackAndTheWorkOfAReplica)
{
    EXPECT_NEAR(client(ask("network: 3ms, read: 10ms, write: 20ms", "read", {1}), "users").latency.mean, 0.016, 1e-12);
    EXPECT_NEAR(client(ask("network: 3ms, read: 10ms, write: 20ms", "write", {1}), "users").latency.mean, 0.026, 1e-12);
}

// One of three nodes stands still: two answers come all the same, three do not, and after 2 s the coordinator gives up.
TEST(QuorumStore, WaitsForTheQuorumAndNoLonger)
{
    const std::string pause = "timeline:\n  - {at: 0s, for: 9s, pause: store, replica: 2}\n";
    for (const auto& [quorum, outcome] : {std::pair("write_quorum: 2", Outcome::ok), std::pair("write_quorum: 3", Outcome::timeout), std::pair("write_quorum: 7", Outcome::timeout)}) {
        const Results results = ask(plain + quorum, "write", {1}, 10, pause);
        EXPECT_EQ(ended(client(results, "users"), outcome), 1u) << quorum;
        EXPECT_NEAR(outcome == Outcome::ok ? client(results, "users").latency.mean : client(results, "users").failureLatency.mean, outcome == Outcome::ok ? 0.010 : 2, 1e-9);
    }
}

// N = 3, R = W = 2: one node down is one too few for nobody, two are.
TEST(QuorumStore, IsUnavailableAtOnceWithoutAQuorum)
{
    const std::string one = "timeline:\n  - {at: 0s, for: 9s, crash: store, replica: 1}\n", two = one + "  - {at: 0s, for: 9s, crash: store, replica: 3}\n";
    for (const char* operation : {"read", "write"}) {
        EXPECT_EQ(client(ask(plain, operation, {1}, 10, one), "users").completed, 1u);
        const Results results = ask(plain, operation, {1}, 10, two);
        EXPECT_EQ(ended(client(results, "users"), Outcome::error), 1u);
        EXPECT_NEAR(client(results, "users").failureLatency.mean, 0, 1e-12);
        EXPECT_EQ(client(ask(plain + "read_quorum: 1, write_quorum: 1", operation, {1}, 10, two), "users").completed, 1u);
    }
}

Results readersAndWriters(const std::string& store, const std::string& more = "", double seconds = 100, std::uint64_t seed = 1)
{
    Options options;
    options.seed = seed;
    return run("nodes:\n  writers: {type: client, arrivals: poisson(50/s), sends: store.write, keys: uniform(20)}\n  readers: {type: client, arrivals: poisson(200/s), sends: store.read, keys: uniform(20)}\n"
               "  store: {type: quorum_store, " + store + "}\n" + more, seconds, options);
}

// R + W > N: every read meets every confirmed write, whatever fails meanwhile. Dynamo's and Cassandra's rule.
TEST(QuorumStore, NeverAnswersStaleWhenQuorumsOverlap)
{
    const std::string faults = "timeline:\n  - {at: 10s, for: 10s, crash: store, replica: 1}\n  - {at: 15s, for: 20s, slow: store, factor: 30, replica: 2}\n  - {at: 50s, for: 10s, pause: store, replica: 3}\n";
    for (const std::string& quorums : {std::string("read_quorum: 2, write_quorum: 2"), std::string("read_quorum: 1, write_quorum: 3"), std::string("read_quorum: 3, write_quorum: 1")})
        for (std::uint64_t seed = 1; seed <= 3; ++seed) {
            const Results results = readersAndWriters(quorums + ", write: exponential(20ms), read_repair: false", faults, 100, seed);
            EXPECT_EQ(metric(node(results, "store"), "stale_reads"), 0) << quorums;
            EXPECT_GT(client(results, "readers").completed, 1000u);
        }
    const Results weak = readersAndWriters("read_quorum: 1, write_quorum: 1, write: exponential(20ms), read_repair: false");
    EXPECT_GT(metric(node(weak, "store"), "stale_reads"), 100);
}

// What a node missed comes to it when it is back, one hint after the other; until then keys differ.
TEST(QuorumStore, DeliversHintsToANodeThatComesBack)
{
    std::vector<double> moments;
    for (int each = 0; each < 100; ++each) moments.push_back(1 + 0.02 * each);
    const std::string crash = "timeline:\n  - {at: 0.5s, for: 5s, crash: store, replica: 1}\n";
    const Results during = ask(plain, "write", moments, 5, crash, "uniform(1000000000)");
    EXPECT_EQ(metric(node(during, "store"), "hints_pending"), 100);
    EXPECT_EQ(metric(node(during, "store"), "divergent_keys"), 100);
    const Results half = ask(plain, "write", moments, 6.005, crash, "uniform(1000000000)");
    EXPECT_EQ(metric(node(half, "store"), "hints_replayed"), 50);  // 10 ms each from 5.5 s on
    const Results after = ask(plain, "write", moments, 7, crash, "uniform(1000000000)");
    EXPECT_EQ(metric(node(after, "store"), "hints_pending"), 0);
    EXPECT_EQ(metric(node(after, "store"), "divergent_keys"), 0);
    EXPECT_EQ(metric(node(ask(plain + "hinted_handoff: false", "write", moments, 7, crash, "uniform(1000000000)"), "store"), "divergent_keys"), 100);
}

// Without hints, reads find out and repair what they have heard to be old.
TEST(QuorumStore, RepairsWhatAReadFindsOld)
{
    const std::string crash = "timeline:\n  - {at: 0.5s, for: 1s, crash: store, replica: 1}\n";
    Options options;
    options.trace = {1};
    const auto keysThatDiffer = [&](const std::string& repair) {
        const Results results = run("nodes:\n  writers: {type: client, arrivals: trace(trace.csv), sends: store.write}\n  readers: {type: client, arrivals: paced(1/s), sends: store.read}\n"
                                    "  store: {type: quorum_store, hinted_handoff: false, read_quorum: 3, " + plain + repair + "}\n" + crash, 10, options);
        return metric(node(results, "store"), "divergent_keys");
    };
    EXPECT_EQ(keysThatDiffer("read_repair: true"), 0);
    EXPECT_EQ(keysThatDiffer("read_repair: false"), 1);
}

// Sloppy: with two of the key's three nodes down, two others of five stand in. Writes go on, and the reads that follow
// when the nodes are back do not see them before the hints are delivered.
TEST(QuorumStore, LetsOtherNodesStandInWhenTheQuorumIsSloppy)
{
    const std::string crash = "timeline:\n  - {at: 0.5s, for: 2s, crash: store, replica: 1}\n  - {at: 0.5s, for: 2s, crash: store, replica: 2}\n"
                              "  - {at: 0.5s, for: 2s, crash: store, replica: 3}\n";
    std::vector<double> moments;
    for (int each = 0; each < 60; ++each) moments.push_back(1 + 0.01 * each);
    const std::string five = plain + "nodes: 6, ";
    const Results strict = ask(five, "write", moments, 5, crash, "uniform(1000000000)");
    EXPECT_GT(ended(client(strict, "users"), Outcome::error), 10u);
    const Results sloppy = ask(five + "sloppy_quorum: true", "write", moments, 5, crash, "uniform(1000000000)");
    EXPECT_EQ(client(sloppy, "users").completed, 60u);
    EXPECT_GT(metric(node(sloppy, "store"), "sloppy_writes"), 60);
    EXPECT_EQ(metric(node(sloppy, "store"), "divergent_keys"), 0);
}

// A node that dies with a write in hand gets it by hint; the write itself is done when the others have it.
TEST(QuorumStore, HintsWhatANodeHadInHandWhenItDied)
{
    const Results results = ask(plain, "write", {1}, 5, "timeline:\n  - {at: 1.005s, for: 1s, crash: store, replica: 2}\n");
    EXPECT_EQ(client(results, "users").completed, 1u);
    EXPECT_EQ(metric(node(results, "store"), "hints_replayed"), 1);
    EXPECT_EQ(metric(node(results, "store"), "divergent_keys"), 0);
}

}  // namespace
}  // namespace tantrum::models
