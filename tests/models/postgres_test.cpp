// PostgreSQL: connections, group commit, row locks and deadlocks, checkpoints, recovery.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace tantrum::models {
namespace {

using namespace support;

// Every time constant, no disk, no wear: what is left is the behaviour under test.
const std::string plain = "read: 10ms, write: 10ms, fsync: 5ms, cache_hit: 100%, contention: 0%, cores: 1000";

// The same with other values of parameters it names.
std::string plainBut(const std::string& key, const std::string& value)
{
    std::string text = ", " + plain;
    const std::size_t begin = text.find(", " + key + ": ");
    text.replace(begin, text.find(',', begin + 1) - begin, ", " + key + ": " + value);
    return text.substr(2);
}

Results ask(const std::string& database, const std::string& operation, std::vector<double> moments, double seconds = 10, const std::string& keys = "single", const std::string& more = "")
{
    Options options;
    options.trace = std::move(moments);
    return run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: db." + operation + ", keys: " + keys + "}\n  db: {type: postgres, " + database + "}\n" + more, seconds, options);
}

// PostgreSQL 15 postgresql.conf.sample: max_connections 100, of which superuser_reserved_connections 3. The 98th is not
// queued: it hears "sorry, too many clients already".
TEST(Postgres, Admits97ConnectionsByDefaultAndRefusesTheNextAtOnce)
{
    const Results results = ask(plain, "read", atOnce(120, 1));
    EXPECT_EQ(client(results, "users").completed, 97u);
    EXPECT_EQ(ended(client(results, "users"), Outcome::rejected), 23u);
    EXPECT_NEAR(client(results, "users").failureLatency.maximum, 0, 1e-12);
    EXPECT_EQ(metric(node(results, "db"), "too_many_clients"), 23);
    EXPECT_EQ(metric(node(results, "db"), "connections_max"), 97);
    const Results fewer = ask(plain + ", max_connections: 10, superuser_reserved_connections: 0", "read", atOnce(120, 1));
    EXPECT_EQ(client(fewer, "users").completed, 10u);
}

TEST(Postgres, TakesTheTimeOfAForkForConnectionsThatAreNotPooled)
{
    EXPECT_NEAR(client(ask(plain + ", connect: 4ms", "read", {1}), "users").latency.mean, 0.014, 1e-12);
}

// One flush at a time. The first commit at 10 ms is flushed by 15; nine more that come in between share the next.
TEST(Postgres, CarriesAllCommitsOfOneFlushTogether)
{
    std::vector<double> moments{1};
    for (int each = 0; each < 9; ++each) moments.push_back(1.001);
    const Results results = ask(plain, "write", moments);
    EXPECT_EQ(metric(node(results, "db"), "wal_flushes"), 2);
    EXPECT_EQ(metric(node(results, "db"), "commits"), 10);
    EXPECT_NEAR(client(results, "users").latency.maximum, 0.019, 1e-12);  // until 1.015 + 0.005
    EXPECT_EQ(metric(node(ask(plain, "read", moments), "db"), "wal_flushes"), 0);
}

// synchronous_commit off: nobody waits, and what was confirmed within wal_writer_delay before a crash is lost. The first
// two go to disk at 1.210, the third, confirmed at 1.310, is lost at 1.400.
TEST(Postgres, LosesConfirmedCommitsInACrashOnlyWithoutSynchronousCommit)
{
    const std::string crash = "timeline:\n  - {at: 1.4s, for: 1s, crash: db}\n";
    const Results lazy = ask(plain + ", synchronous_commit: false", "write", {1, 1.1, 1.3}, 10, "single", crash);
    EXPECT_EQ(client(lazy, "users").completed, 3u);
    EXPECT_NEAR(client(lazy, "users").latency.maximum, 0.010, 1e-12);
    EXPECT_EQ(metric(node(lazy, "db"), "lost_commits"), 1);
    EXPECT_EQ(metric(node(ask(plain, "write", {1, 1.1, 1.3}, 10, "single", crash), "db"), "lost_commits"), 0);
}

// Updates of one row wait until the commit of the one before; inserts and reads do not.
TEST(Postgres, HoldsARowFromTheUpdateToTheCommit)
{
    const Results updates = ask(plain, "update", atOnce(3, 1));
    EXPECT_NEAR(client(updates, "users").latency.maximum, 0.045, 1e-12);
    EXPECT_EQ(metric(node(updates, "db"), "lock_waits"), 2);
    EXPECT_NEAR(client(ask(plain, "write", atOnce(3, 1)), "users").latency.maximum, 0.020, 1e-12);  // two flushes at most
    EXPECT_LT(client(ask(plain, "update", atOnce(3, 1), 10, "uniform(1000000000)"), "users").latency.maximum, 0.026);
}

// Two rows, many transactions that lock them in either order: some deadlock, and each deadlock lasts deadlock_timeout
// (PostgreSQL 15: 1 s) from the later wait on. The victim fails, the other goes on.
TEST(Postgres, EndsADeadlockAfterDeadlockTimeoutByFailingTheOneWhoLooks)
{
    const std::string two = plain + ", hot_rows: 2, client_time: 50ms";
    std::vector<double> moments;
    for (int pair = 0; pair < 40; ++pair) moments.insert(moments.end(), 2, 1.0 + 3 * pair);
    const Results results = ask(two, "transaction", moments, 130, "uniform(2)");
    const double deadlocks = metric(node(results, "db"), "deadlocks");
    EXPECT_GT(deadlocks, 0);  // a pair deadlocks with probability 1/8
    EXPECT_EQ(ended(client(results, "users"), Outcome::error), static_cast<std::uint64_t>(deadlocks));
    // First row 10 ms, 50 ms idle; then both wait for the other's row from 60 ms on, until 1.060 s.
    EXPECT_NEAR(client(results, "users").failureLatency.mean, 1.060, 1e-9);
    EXPECT_NEAR(client(results, "users").failureLatency.maximum, 1.060, 1e-9);
    const Results sooner = ask(two + ", deadlock_timeout: 200ms", "transaction", moments, 130, "uniform(2)");
    EXPECT_NEAR(client(sooner, "users").failureLatency.maximum, 0.260, 1e-9);
    const Results sorted = ask(two + ", lock_order: sorted", "transaction", moments, 130, "uniform(2)");
    EXPECT_EQ(metric(node(sorted, "db"), "deadlocks"), 0);
    EXPECT_EQ(client(sorted, "users").completed, 80u);
}

// A long wait is no deadlock: whoever has looked goes on waiting in its place.
TEST(Postgres, GoesOnWaitingWhenThereIsNoDeadlock)
{
    const Results results = ask(plainBut("write", "1500ms"), "update", atOnce(3, 1), 20);
    EXPECT_EQ(client(results, "users").completed, 3u);
    EXPECT_EQ(metric(node(results, "db"), "deadlocks"), 0);
    EXPECT_NEAR(client(results, "users").latency.maximum, 3 * 1.505, 1e-9);
}

// The sizing rule 2 x cores + spindles: statements that are half the time on disk reach their best throughput with two for
// each core; with many more it falls, slowly. 4 cores, 1 ms of processor and 1 ms of disk each: at most 4,000 a second.
TEST(Postgres, IsFastestNearTwiceAsManyStatementsAsCoresAndFallsSlowlyBeyond)
{
    const auto throughput = [](int users) {
        return client(run("nodes:\n  users: {type: client, arrivals: closed(users=" + std::to_string(users) + " think=0), sends: db.read}\n"
                          "  db: {type: postgres, cores: 4, read: exponential(1ms), cache_hit: 0%, disk_read: exponential(1ms)}\n", 20), "users").throughputPerSecond;
    };
    const double four = throughput(4), eight = throughput(8), sixteen = throughput(16), ninety = throughput(90);
    EXPECT_GT(eight, 1.4 * four);
    EXPECT_GT(sixteen, eight);
    EXPECT_LT(sixteen, 1.25 * eight);
    EXPECT_LT(ninety, 0.85 * sixteen);
    EXPECT_GT(ninety, 0.5 * sixteen);
}

// checkpoint_timeout 5 min, spread over 0.9 of it: between 300 s and 570 s the log is slower, then not, and from 600 s on again.
TEST(Postgres, WritesCheckpointsThatSlowDiskAndLog)
{
    const std::string twice = plain + ", checkpoint_io: 2";
    const std::vector<double> moments{290, 310, 560, 580, 610};
    const Results results = ask(twice, "write", moments, 620);
    EXPECT_EQ(metric(node(results, "db"), "checkpoints"), 2);
    EXPECT_NEAR(client(results, "users").latency.mean, 0.010 + (5 + 10 + 10 + 5 + 10) / 5e3, 1e-12);
    EXPECT_EQ(metric(node(ask(twice, "read", moments, 620), "db"), "checkpoints"), 0);  // nothing was written
}

// After a crash what was committed since the last checkpoint is replayed, and nobody gets in meanwhile: 10 s for 10 commits.
TEST(Postgres, RecoversBeforeItTakesConnectionsAgain)
{
    std::vector<double> moments(10, 1);
    moments.insert(moments.end(), {2.5, 6, 14.9, 15.1});
    const Results results = ask(plain + ", startup: 2s, replay: 1s", "write", moments, 20, "uniform(100)", "timeline:\n  - {at: 2s, for: 1s, crash: db}\n");
    EXPECT_NEAR(metric(node(results, "db"), "recovery_s"), 12, 1e-9);
    EXPECT_EQ(ended(client(results, "users"), Outcome::crashed), 3u);
    EXPECT_EQ(client(results, "users").completed, 11u);
}

// What a complete checkpoint has written needs no replay.
TEST(Postgres, RecoversSoonerAfterACheckpoint)
{
    std::vector<double> moments(10, 1);
    moments.push_back(580);
    const Results results = ask(plain + ", startup: 2s, replay: 1s", "write", moments, 600, "uniform(100)", "timeline:\n  - {at: 590s, for: 1s, crash: db}\n");
    EXPECT_NEAR(metric(node(results, "db"), "recovery_s"), 3, 1e-9);
}

// Holder, waiters and those at the log die together; all learn so, and the rows are free afterwards.
TEST(Postgres, ForgetsLocksAndFlushesInACrash)
{
    const Results results = ask(plainBut("fsync", "1s") + ", startup: 1s, replay: 0", "update", {1, 1, 1, 1.2, 5, 5}, 20, "single", "timeline:\n  - {at: 1.5s, for: 1s, crash: db}\n");
    EXPECT_EQ(ended(client(results, "users"), Outcome::crashed), 4u);
    EXPECT_EQ(client(results, "users").completed, 2u);
    EXPECT_NEAR(client(results, "users").latency.maximum, 2.020, 1e-9);
}

// A caller that goes away takes its transaction with it: rolled back, its rows free.
TEST(Postgres, RollsBackWhenItsCallerGoesAway)
{
    Options options;
    options.trace = {1, 1.01, 2};
    const Results results = run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: db.update}\n  db: {type: postgres, " + plainBut("write", "50ms") + "}\n"
                                "links:\n  users -> db: {latency: 0, cancellation: true, policies: [timeout: 58ms]}\n", 5, options);
    EXPECT_EQ(ended(client(results, "users"), Outcome::timeout), 1u);   // the second waits for the first from 10 to 55 ms
    EXPECT_EQ(client(results, "users").completed, 2u);
    EXPECT_EQ(metric(node(results, "db"), "commits"), 2);
}

}  // namespace
}  // namespace tantrum::models
