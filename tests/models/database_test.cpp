// Connections and locked rows.
#include "engine/scope.h"
#include "models/row_locks.h"
#include "tests/models/support/run.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace tantrum::models {
namespace {

using namespace support;

Results ask(const std::string& database, const std::string& operation, std::vector<double> moments, const std::string& keys = "single", const std::string& more = "")
{
    Options options;
    options.trace = std::move(moments);
    return run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: db." + operation + ", keys: " + keys + "}\n  db: {type: database, " + database + "}\n" + more, 10, options);
}

TEST(Database, HandlesAsManyCallsAtOnceAsItHasConnections)
{
    const Results results = ask("connections: 2, read: 10ms, write: 30ms", "read", atOnce(5, 1));
    EXPECT_NEAR(client(results, "users").latency.maximum, 0.030, 1e-12);
    EXPECT_NEAR(client(results, "users").latency.mean, 0.018, 1e-12);
    EXPECT_EQ(metric(node(results, "db"), "reads"), 5);
    const Results writes = ask("connections: 2, read: 10ms, write: 30ms", "write", atOnce(2, 1));
    EXPECT_NEAR(client(writes, "users").latency.maximum, 0.030, 1e-12);
    EXPECT_EQ(metric(node(writes, "db"), "writes"), 2);
}

TEST(Database, RejectsCallsWhenTooManyWaitForAConnection)
{
    const Results results = ask("connections: 2, queue: 1, read: 10ms", "read", atOnce(5, 1));
    EXPECT_EQ(ended(client(results, "users"), Outcome::rejected), 2u);
}

// Writes to one row wait for each other, in order, connection in hand; reads and other rows do not.
TEST(Database, SerialisesWritesToOneRow)
{
    const std::string locks = "row_locks: true, write: 10ms, read: 10ms";
    const Results results = ask(locks, "write", atOnce(4, 1));
    EXPECT_NEAR(client(results, "users").latency.mean, 0.025, 1e-12);
    EXPECT_NEAR(client(results, "users").latency.maximum, 0.040, 1e-12);
    EXPECT_EQ(metric(node(results, "db"), "lock_waits"), 3);
    EXPECT_NEAR(client(ask(locks, "read", atOnce(4, 1)), "users").latency.maximum, 0.010, 1e-12);
    EXPECT_NEAR(client(ask("write: 10ms", "write", atOnce(4, 1)), "users").latency.maximum, 0.010, 1e-12);
    EXPECT_LT(client(ask(locks, "write", atOnce(4, 1), "uniform(1000000000)"), "users").latency.maximum, 0.025);
}

TEST(Database, SharesItsCoresAmongRunningStatements)
{
    const Results results = ask("connections: 10, cores: 2, read: 10ms", "read", atOnce(6, 1));
    EXPECT_NEAR(client(results, "users").latency.mean, 0.030, 1e-9);
}

// The host dies with locks held and waited for: all callers learn so, and the rows are free when it is back.
TEST(Database, FreesItsLocksWhenItCrashes)
{
    const Results results = ask("row_locks: true, write: 1s", "write", {1, 1, 1, 3}, "single", "timeline:\n  - {at: 1.5s, for: 1s, crash: db}\n");
    EXPECT_EQ(ended(client(results, "users"), Outcome::crashed), 3u);
    EXPECT_NEAR(client(results, "users").failureLatency.mean, 0.5, 1e-12);
    EXPECT_NEAR(client(results, "users").latency.mean, 1, 1e-12);
}

TEST(Database, ChangesItsConnectionsLive)
{
    const Results results = ask("connections: 1, read: 1s", "read", atOnce(4, 1), "single", "timeline:\n  - {at: 1.5s, set: db.connections, to: 3}\n");
    EXPECT_NEAR(client(results, "users").latency.maximum, 2, 1e-12);  // 1, 1.5, 1.5, 2
}

class RowLocksTest : public testing::Test {
protected:
    Simulation simulation;
    RowLocks locks{simulation};
    std::vector<std::string> log;

    Task<void> writer(std::string name, std::uint64_t key)
    {
        const RowLocks::Lock lock = co_await locks.acquire(key);
        log.push_back(name + " at " + std::to_string(simulation.now().count() / 1'000'000));
        co_await simulation.delay(Duration::milliseconds(10));
    }
    void run(std::int64_t milliseconds) { simulation.run(Instant::at(Duration::milliseconds(milliseconds))); }
};

using Log = std::vector<std::string>;

TEST_F(RowLocksTest, GrantEachRowInOrderOfAsking)
{
    engine::Scope scope(simulation);
    for (const char* name : {"a", "b", "c"}) scope.spawn(writer(name, 1));
    scope.spawn(writer("x", 2));
    run(5);
    EXPECT_TRUE(locks.held(1) && locks.held(2));
    run(100);
    EXPECT_EQ(log, (Log{"a at 0", "x at 0", "b at 10", "c at 20"}));
    EXPECT_FALSE(locks.held(1) || locks.held(2));
}

// Holder, waiter, and one granted but not awake die: the lock goes on to the next each time.
TEST_F(RowLocksTest, PassALockOnWhenItsHolderOrNextInLineDies)
{
    engine::Scope first(simulation), second(simulation), third(simulation), rest(simulation);
    first.spawn(writer("a", 1));
    second.spawn(writer("b", 1));
    third.spawn(writer("c", 1));
    rest.spawn(writer("d", 1));
    run(3);
    third.cancelAll();  // waits
    first.cancelAll();  // holds: b is granted, and has not woken
    second.cancelAll();
    run(100);
    EXPECT_EQ(log, (Log{"a at 0", "d at 3"}));
    EXPECT_FALSE(locks.held(1));
}

}  // namespace
}  // namespace tantrum::models
