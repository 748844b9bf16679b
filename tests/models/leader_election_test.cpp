// Leases: who leads, how long it takes until another does, and what fencing tokens are for.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>
#include <string>

namespace tantrum::models {
namespace {

using namespace support;

const std::string plain = "lock_time: 0s, jitter: 0";

Results lead(const std::string& election, std::vector<double> moments, const std::string& timeline, double seconds = 100)
{
    Options options;
    options.trace = std::move(moments);
    return run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: jobs}\n"
               "  jobs: {type: leader_election, work: 100ms, " + election + "}\n" + (timeline.empty() ? "" : "timeline:\n" + timeline), seconds, options);
}

TEST(LeaderElection, KeepsItsLeaderAsLongAsItRenews)
{
    const Results results = lead(plain, {1, 50, 90}, "");
    EXPECT_EQ(metric(node(results, "jobs"), "leader"), 1);
    EXPECT_EQ(metric(node(results, "jobs"), "token"), 1);
    EXPECT_EQ(metric(node(results, "jobs"), "takeovers"), 0);
    EXPECT_EQ(client(results, "users").completed, 3u);
}

// The leader dies at 31 s, having renewed at 30 s; those who look every 2 s find a lease older than 15 s at 46 s: the first look after
// 45 s. Until then there is no leader.
TEST(LeaderElection, TakesTheLeaseAfterItWasNotRenewedForItsLength)
{
    const Results results = lead(plain, {32, 44, 48}, "  - {at: 31s, crash: jobs, replica: 1}\n");
    EXPECT_EQ(metric(node(results, "jobs"), "takeovers"), 1);
    EXPECT_EQ(metric(node(results, "jobs"), "leader"), 2);
    EXPECT_NEAR(metric(node(results, "jobs"), "longest_takeover"), 16, 0.01);
    EXPECT_EQ(ended(client(results, "users"), Outcome::rejected), 2u);
    EXPECT_EQ(metric(node(results, "jobs"), "no_leader"), 2);
    EXPECT_EQ(client(results, "users").completed, 1u);
}

// With client-go's jitter the others look every 2 to 4.4 s: whatever the seed, the lease is taken within 15 to 19.4 s of its last renewal.
TEST(LeaderElection, TakesNoLongerThanTheLeaseAndOneLook)
{
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Options options;
        options.seed = seed;
        options.trace = {1};
        const Results results = run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: jobs}\n  jobs: {type: leader_election}\n"
                                    "timeline:\n  - {at: 31s, crash: jobs, replica: 1}\n", 60, options);
        EXPECT_GT(metric(node(results, "jobs"), "longest_takeover"), 15) << seed;
        EXPECT_LT(metric(node(results, "jobs"), "longest_takeover"), 19.42) << seed;
    }
}

// A process that was begun anew has forgotten that it led, and waits for its own lease to end like any other.
TEST(LeaderElection, ForgetsItsLeadershipInACrash)
{
    const Results results = lead("candidates: 1, " + plain, {33, 48}, "  - {at: 31s, for: 1s, crash: jobs}\n");
    EXPECT_EQ(ended(client(results, "users"), Outcome::rejected), 1u);
    EXPECT_EQ(client(results, "users").completed, 1u);
    EXPECT_EQ(metric(node(results, "jobs"), "token"), 2);
}

// The job that came at 30.95 s is half done when its leader stands still, from 31 s to 61 s. Another leads from 46 s on and writes at
// 50.1 s under token 2; at 61.05 s the old one writes under token 1.
TEST(LeaderElection, RefusesTheWritesOfALeaderThatWokeUpOnlyWithFencingTokens)
{
    const std::string pause = "  - {at: 31s, for: 30s, pause: jobs, replica: 1}\n";
    const Results fenced = lead(plain, {30.95, 50}, pause);
    EXPECT_EQ(metric(node(fenced, "jobs"), "fenced_writes"), 1);
    EXPECT_EQ(metric(node(fenced, "jobs"), "stale_writes"), 0);
    EXPECT_EQ(metric(node(fenced, "jobs"), "writes"), 1);
    EXPECT_EQ(ended(client(fenced, "users"), Outcome::error), 1u);
    const Results open = lead("fencing: false, " + plain, {30.95, 50}, pause);
    EXPECT_EQ(metric(node(open, "jobs"), "stale_writes"), 1);
    EXPECT_EQ(metric(node(open, "jobs"), "writes"), 2);
    EXPECT_EQ(client(open, "users").completed, 2u);
    // Nobody has written in between: the late write harms nothing, and no storage can know better.
    EXPECT_EQ(metric(node(lead(plain, {30.95}, pause), "jobs"), "fenced_writes"), 0);
}

// A pause shorter than the lease changes nothing but the time.
TEST(LeaderElection, OutlivesAPauseShorterThanTheLease)
{
    const Results results = lead(plain, {30.95, 40}, "  - {at: 31s, for: 8s, pause: jobs, replica: 1}\n");
    EXPECT_EQ(metric(node(results, "jobs"), "takeovers"), 0);
    EXPECT_EQ(client(results, "users").completed, 2u);
    EXPECT_NEAR(client(results, "users").latency.maximum, 8.1, 1e-6);
}

TEST(LeaderElection, WritesToItsStore)
{
    Options options;
    options.trace = {1, 2};
    const Results results = run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: jobs}\n  jobs: {type: leader_election, work: 100ms, store: db.write}\n"
                                "  db: {type: database, write: 50ms}\n", 10, options);
    EXPECT_EQ(metric(node(results, "db"), "writes"), 2);
    EXPECT_NEAR(client(results, "users").latency.mean, 0.15, 1e-9);
}

}  // namespace
}  // namespace tantrum::models
