// Raft: elections, commits by majorities, lost leaders, and what must never be lost.
#include "models/databases/raft_log.h"
#include "tests/models/support/run.h"

#include <cmath>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace tantrum::models {
namespace {

using namespace support;

const std::string plain = "network: 2ms, fsync: 5ms, read: 1ms, ";

Results ask(const std::string& group, const std::string& operation, std::vector<double> moments, double seconds = 10, const std::string& more = "", std::uint64_t seed = 1)
{
    Options options;
    options.trace = std::move(moments);
    options.seed = seed;
    return run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: store." + operation + "}\n  store: {type: raft_group, " + group + "}\n" + more, seconds, options);
}

std::vector<double> every(double step, double from, double until)
{
    std::vector<double> moments;
    for (int index = 0; from + step * index < until - 1e-9; ++index) moments.push_back(from + step * index);
    return moments;
}

// Ongaro's dissertation: the earliest of s timeouts U(150, 300 ms) is at 150 + 150 / (s + 1) ms on average, and within the first
// quarter with probability 1 - (3/4)^s: 180 ms and .6836 for s = 4. Of 1,000 groups: five standard errors.
TEST(RaftGroup, BeginsItsFirstElectionWithTheEarliestOfItsMembersTimeouts)
{
    for (const int servers : {1, 4, 9}) {
        const int groups = 1000;
        double sum = 0;
        int early = 0;
        for (int seed = 1; seed <= groups; ++seed) {
            const double first = metric(node(ask("members: " + std::to_string(servers), "propose", {0.49}, 0.5, "", static_cast<std::uint64_t>(seed)), "store"), "first_election_s");
            sum += first;
            early += first < 0.1875;
        }
        const double s = servers, deviation = 0.15 * std::sqrt(s / (s + 2)) / (s + 1), share = 1 - std::pow(0.75, s);
        EXPECT_NEAR(sum / groups, 0.15 + 0.15 / (s + 1), 5 * deviation / std::sqrt(groups)) << servers;
        EXPECT_NEAR(static_cast<double>(early) / groups, share, 5 * std::sqrt(share * (1 - share) / groups)) << servers;
    }
}

// A round trip and a flush; the leader's own flush goes on meanwhile. A group of one needs only that. Reads ask the leader alone.
TEST(RaftGroup, CommitsWhenAMajorityHasTheEntryOnDisk)
{
    EXPECT_NEAR(client(ask(plain + "members: 5", "propose", {5}), "users").latency.mean, 0.009, 1e-9);
    EXPECT_NEAR(client(ask(plain + "members: 1", "propose", {5}), "users").latency.mean, 0.005, 1e-9);
    EXPECT_NEAR(client(ask(plain + "members: 5", "read", {5}), "users").latency.mean, 0.001, 1e-9);
    // What comes during a flush goes with the next, all together: nine entries 1 ms after the first arrive at the followers 1 ms
    // into its flush, which they have to wait for.
    std::vector<double> moments = atOnce(9, 5.001);
    moments.insert(moments.begin(), 5);
    const Results batch = ask(plain + "members: 3", "propose", moments);
    EXPECT_NEAR(client(batch, "users").latency.maximum, 0.013, 1e-9);
    EXPECT_EQ(metric(node(batch, "store"), "committed"), 10);
}

// 3 of 5: with two members down it goes on, with three it does not, and afterwards it does again.
TEST(RaftGroup, NeedsAMajority)
{
    const auto withDown = [](int down) {
        std::string faults = "timeline:\n";
        for (int member = 0; member < down; ++member) faults += "  - {at: 2s, for: 10s, crash: store, replica: " + std::to_string(2 + member) + "}\n";
        return ask(plain + "members: 5", "propose", every(0.1, 3, 18), 20, faults);
    };
    EXPECT_EQ(client(withDown(2), "users").completed, 150u);
    const Results three = withDown(3);
    EXPECT_GE(client(three, "users").completed, 50u);
    EXPECT_EQ(metric(node(three, "store"), "lost_commits"), 0);
}

// The leader dies: nobody leads until a follower's timeout and an election; then all goes on. The old leader comes back as a follower.
TEST(RaftGroup, ElectsANewLeaderWhenItsLeaderDies)
{
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const Results results = ask("members: 5", "propose", every(0.01, 2, 6), 10, "timeline:\n  - {at: 3s, for: 2s, crash: store, replica: 1}\n", seed);
        EXPECT_GE(metric(node(results, "store"), "leaders_elected"), 2);
        EXPECT_EQ(metric(node(results, "store"), "lost_commits"), 0);
        EXPECT_GE(metric(node(results, "store"), "leaderless_max_s"), 0.1);   // the last heartbeat was up to 50 ms before
        EXPECT_LE(metric(node(results, "store"), "leaderless_max_s"), 2.0);   // a few split votes at the worst
        EXPECT_GT(metric(node(results, "store"), "no_leader"), 8);
        EXPECT_GT(client(results, "users").completed, 200u);
    }
}

// A leader that stands still is replaced; when it goes on it is deposed, and what it was asked for meanwhile fails.
TEST(RaftGroup, DeposesALeaderThatStoodStill)
{
    const Results results = ask("members: 3", "propose", every(0.01, 2, 6), 10, "timeline:\n  - {at: 3s, for: 2s, pause: store, replica: 1}\n");
    EXPECT_GE(metric(node(results, "store"), "leaders_elected"), 2);
    EXPECT_GT(metric(node(results, "store"), "lost_leadership"), 5);
    EXPECT_EQ(metric(node(results, "store"), "lost_commits"), 0);
}

// Timeouts that are all the same split the votes again and again; Raft's cure is to draw them.
TEST(RaftGroup, SplitsVotesWhenTimeoutsAreNotDrawn)
{
    const Results same = ask("members: 5, network: 2ms, election_timeout_min: 150ms, election_timeout_max: 150ms", "propose", {9}, 10);
    EXPECT_EQ(metric(node(same, "store"), "leaders_elected"), 0);
    EXPECT_GT(metric(node(same, "store"), "elections"), 250);
    EXPECT_EQ(metric(node(ask("members: 5, network: 2ms", "propose", {9}, 10), "store"), "leaders_elected"), 1);
}

// What was committed is never lost, whoever dies and however often (leader completeness; Ongaro, 3.6.3).
TEST(RaftGroup, NeverLosesWhatItHasCommitted)
{
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        std::string faults = "timeline:\n";
        for (int round = 0; round < 12; ++round) {
            const std::string member = std::to_string(1 + (round * 7 + static_cast<int>(seed)) % 5), other = std::to_string(1 + (round * 3 + static_cast<int>(seed)) % 5);
            faults += "  - {at: " + std::to_string(2 + round) + "s, for: 700ms, crash: store, replica: " + member + "}\n  - {at: " + std::to_string(2 + round) + ".3s, for: 900ms, " + (round % 3 ? "pause" : "crash") + ": store, replica: " + other + "}\n";
        }
        const Results results = ask("members: 5, network: exponential(5ms), fsync: exponential(10ms)", "propose", every(0.005, 1, 15), 20, faults, seed);
        EXPECT_EQ(metric(node(results, "store"), "lost_commits"), 0) << seed;
        EXPECT_GT(metric(node(results, "store"), "committed"), 500) << seed;
    }
}

using databases::RaftLog;

// Logs part where their terms do: 1 1 1 2 2 against 1 1 1 3.
TEST(RaftLogTest, FindsWhereTwoLogsPart)
{
    RaftLog left, right;
    EXPECT_EQ(RaftLog::common(left, right), 0u);
    for (const std::uint64_t term : {1, 1, 1, 2, 2}) left.append(term);
    for (const std::uint64_t term : {1, 1, 1, 3}) right.append(term);
    EXPECT_EQ(RaftLog::common(left, right), 3u);
    EXPECT_EQ(RaftLog::common(right, left), 3u);
    EXPECT_EQ(left.termAt(3), 1u);
    EXPECT_EQ(left.termAt(4), 2u);
    EXPECT_EQ(left.termAt(6), 0u);
    left.truncate(3);
    EXPECT_EQ(left.last(), 3u);
    left.extend(right, 4);
    EXPECT_EQ(left.lastTerm(), 3u);
    EXPECT_EQ(RaftLog::common(left, right), 4u);
    left.truncate(0);
    EXPECT_EQ(left.last(), 0u);
}

}  // namespace
}  // namespace tantrum::models
