// All participants or none, and what it costs.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>
#include <string>

namespace tantrum::models {
namespace {

using namespace support;

Results transfer(const std::string& coordinator, const std::string& accounts, const std::string& ledger, const std::string& more = "",
                 std::vector<double> moments = {1}, double seconds = 30)
{
    Options options;
    options.trace = std::move(moments);
    return run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: transfer}\n"
               "  transfer: {type: two_phase_commit, participants: [accounts, ledger]" + coordinator + "}\n"
               "  accounts: {type: participant" + accounts + "}\n  ledger: {type: participant" + ledger + "}\n" + more, seconds, options);
}

const std::string away = "links:\n  transfer -> accounts: {latency: 1ms}\n  transfer -> ledger: {latency: 4ms}\n";

// Both rounds wait for the farther participant: 4 + 3 + 2 + 4 for the votes, 5 to force the decision, 4 + 2 + 4 to tell.
TEST(TwoPhaseCommit, TakesTwoRoundsAndTheirForcedWrites)
{
    const Results results = transfer(", log: 5ms", ", work: 3ms, log: 2ms", ", work: 3ms, log: 2ms", away);
    EXPECT_DOUBLE_EQ(client(results, "users").latency.maximum, 0.028);
    EXPECT_EQ(metric(node(results, "transfer"), "committed"), 1);
    EXPECT_EQ(metric(node(results, "ledger"), "in_doubt"), 0);
    // From its yes at 9 ms after the start to the decision, heard at 22 and written at 24.
    EXPECT_NEAR(metric(node(results, "ledger"), "locked_mean"), 0.015, 1e-12);
}

TEST(TwoPhaseCommit, IsUndoneByASingleNo)
{
    const Results results = transfer("", ", work: 3ms", ", work: 3ms, votes_no: 100%", away);
    EXPECT_EQ(ended(client(results, "users"), Outcome::rejected), 1u);
    EXPECT_EQ(metric(node(results, "transfer"), "aborted"), 1);
    EXPECT_EQ(metric(node(results, "accounts"), "prepared"), 1);
    EXPECT_EQ(metric(node(results, "accounts"), "in_doubt"), 0);  // told, and its lock is free
}

// The second transaction on the row waits for the first one's commit at both participants, then takes as long itself.
TEST(TwoPhaseCommit, KeepsTheRowLockedUntilTheDecision)
{
    const Results results = transfer("", ", work: 3ms", ", work: 3ms", away, {1, 1.001});
    EXPECT_EQ(metric(node(results, "accounts"), "lock_waits") + metric(node(results, "ledger"), "lock_waits"), 2);
    // Asked at 1.005 at the ledger; free at 1.015, when the first commit arrives there; voted 1.018, decided 1.022, told 1.030.
    EXPECT_NEAR(client(results, "users").latency.maximum, 0.029, 1e-9);
}

// Dies between the votes and the decision: both are in doubt for two seconds, and a transaction on the same row waits as long.
// Nothing was in the log, so it is undone.
TEST(TwoPhaseCommit, LeavesParticipantsInDoubtWhileTheCoordinatorIsDead)
{
    const Results results = transfer(", log: 5ms", ", work: 3ms", ", work: 3ms", away + "timeline:\n  - {at: 1.013s, for: 2s, crash: transfer}\n", {1, 4});
    EXPECT_EQ(ended(client(results, "users"), Outcome::crashed), 1u);
    EXPECT_EQ(metric(node(results, "transfer"), "resumed"), 1);
    EXPECT_EQ(metric(node(results, "transfer"), "aborted"), 1);
    EXPECT_EQ(metric(node(results, "transfer"), "committed"), 1);
    EXPECT_NEAR(metric(node(results, "accounts"), "locked_mean"), (2.009 + 0.014) / 2, 1e-9);  // 1.005 to 3.014; 4.004 to 4.018
}

// Dies after the decision was forced, before everybody heard: it is carried out after the restart.
TEST(TwoPhaseCommit, KeepsADecisionThatIsInTheLog)
{
    const Results results = transfer(", log: 5ms", ", work: 3ms", ", work: 3ms", away + "timeline:\n  - {at: 1.018s, for: 2s, crash: transfer}\n");
    EXPECT_EQ(metric(node(results, "transfer"), "committed"), 1);
    EXPECT_EQ(metric(node(results, "transfer"), "aborted"), 0);
}

// A participant that promised and died has its lock back with its life, and hears the decision when it can.
TEST(TwoPhaseCommit, RepeatsItsDecisionUntilAParticipantIsBack)
{
    const Results results = transfer(", log: 5ms", ", work: 3ms", ", work: 3ms", away + "timeline:\n  - {at: 1.012s, for: 3.5s, crash: ledger}\n");
    EXPECT_EQ(metric(node(results, "transfer"), "committed"), 1);
    EXPECT_EQ(metric(node(results, "transfer"), "decision_retries"), 4);
    EXPECT_EQ(metric(node(results, "ledger"), "in_doubt"), 0);
}

// It died before it promised: nobody hears a yes, so the answer is no.
TEST(TwoPhaseCommit, TakesADeadParticipantForANo)
{
    const Results results = transfer("", ", work: 3ms", ", work: 3ms", away + "timeline:\n  - {at: 1.005s, for: 1s, crash: ledger}\n");
    EXPECT_EQ(metric(node(results, "transfer"), "aborted"), 1);
    EXPECT_EQ(metric(node(results, "ledger"), "prepared"), 0);
    EXPECT_EQ(metric(node(results, "accounts"), "in_doubt"), 0);
}

// Two coordinators reach the participants in opposite orders: each holds what the other waits for, until a vote is missing.
TEST(TwoPhaseCommit, EndsADeadlockByItsTimeout)
{
    Options options;
    options.trace = {1};
    const std::string coordinator = ": {type: two_phase_commit, participants: [accounts, ledger], prepare_timeout: ";
    const Results results = run("nodes:\n  one: {type: client, arrivals: trace(trace.csv), sends: east}\n  two: {type: client, arrivals: trace(trace.csv), sends: west}\n"
                                "  east" + coordinator + "500ms}\n  west" + coordinator + "5s}\n  accounts: {type: participant}\n  ledger: {type: participant}\n"
                                "links:\n  east -> accounts: {latency: 1ms}\n  east -> ledger: {latency: 9ms}\n  west -> accounts: {latency: 9ms}\n  west -> ledger: {latency: 1ms}\n", 30, options);
    EXPECT_EQ(ended(client(results, "one"), Outcome::timeout), 1u);
    EXPECT_EQ(client(results, "two").completed, 1u);
    EXPECT_GT(client(results, "two").latency.maximum, 0.5);
}

// The abort overtakes the question, which waits for a connection: the late question must not lock what nobody will free.
TEST(TwoPhaseCommit, DoesNotPromiseWhatIsAlreadyOver)
{
    const Results results = transfer(", prepare_timeout: 20ms", ", work: 3ms", ", work: 50ms, connections: 1", "", {1, 1.001, 5});
    EXPECT_EQ(metric(node(results, "ledger"), "in_doubt"), 0);
    EXPECT_EQ(metric(node(results, "accounts"), "in_doubt"), 0);
    EXPECT_EQ(metric(node(results, "transfer"), "aborted"), 3);
}

// Atomicity: whatever dies, participants agree. Both have committed as often, and nobody stays in doubt.
TEST(TwoPhaseCommit, IsAtomicThroughCrashesOfEverybody)
{
    std::vector<double> moments;
    for (int index = 0; index < 200; ++index) moments.push_back(1 + 0.02 * index);
    const Results results = transfer(", log: 1ms", ", work: 2ms, votes_no: 10%", ", work: 2ms, votes_no: 10%",
                                     away + "timeline:\n  - {at: 1.5s, for: 300ms, crash: transfer}\n  - {at: 2.2s, for: 500ms, crash: ledger}\n  - {at: 3.1s, for: 400ms, crash: accounts}\n", moments, 60);
    EXPECT_EQ(metric(node(results, "transfer"), "open"), 0);
    EXPECT_EQ(metric(node(results, "accounts"), "in_doubt"), 0);
    EXPECT_EQ(metric(node(results, "ledger"), "in_doubt"), 0);
    EXPECT_GT(metric(node(results, "transfer"), "committed"), 50);
    EXPECT_GT(metric(node(results, "transfer"), "aborted"), 20);
}

}  // namespace
}  // namespace tantrum::models
