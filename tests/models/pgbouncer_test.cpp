// PgBouncer: pool modes, limits, waits, the reserve.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace tantrum::models {
namespace {

using namespace support;

const std::string quick = "type: postgres, max_connections: 1003, read: 1s, write: 1s, fsync: 0, cache_hit: 100%, cores: 1000";

Results ask(const std::string& pool, std::vector<double> moments, double seconds = 30, const std::string& server = quick, const std::string& operation = "read", const std::string& more = "")
{
    Options options;
    options.trace = std::move(moments);
    return run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: pool." + operation + "}\n  pool: {type: pgbouncer, server: db, " + pool + "}\n  db: {" + server + "}\n" + more, seconds, options);
}

// PgBouncer config.md: default_pool_size 20, max_client_conn 100. Of 110 clients 10 are refused at once, the others come through
// in five rounds of 20.
TEST(PgBouncer, Has20ServerConnectionsFor100Clients)
{
    const Results results = ask("pool_mode: session", atOnce(110, 1));
    EXPECT_EQ(ended(client(results, "users"), Outcome::rejected), 10u);
    EXPECT_EQ(client(results, "users").completed, 100u);
    EXPECT_NEAR(client(results, "users").latency.mean, 3, 1e-9);
    EXPECT_NEAR(client(results, "users").latency.maximum, 5, 1e-9);
    EXPECT_EQ(metric(node(results, "pool"), "refused_clients"), 10);
    EXPECT_EQ(metric(node(results, "pool"), "cl_max"), 100);
    EXPECT_EQ(metric(node(results, "pool"), "sv_max"), 20);
    EXPECT_EQ(metric(node(results, "db"), "connections"), 20);  // they stay open
    EXPECT_EQ(metric(node(results, "db"), "connections_max"), 20);
}

// Three transactions of 1 s with 2 s of thought between them, one server connection, two clients. A session keeps it for all 7 s.
// By transaction the clients take turns: the second runs while the first thinks.
TEST(PgBouncer, KeepsAConnectionForTheSessionOrOnlyForTheTransaction)
{
    const std::string three = "default_pool_size: 1, transactions: 3, client_time: 2s";
    const Results session = ask(three, atOnce(2, 1));
    EXPECT_NEAR(client(session, "users").latency.mean, (7 + 14) / 2.0, 1e-9);
    const Results transaction = ask(three + ", pool_mode: transaction", atOnce(2, 1));
    EXPECT_NEAR(client(transaction, "users").latency.mean, (7 + 8) / 2.0, 1e-9);
    EXPECT_EQ(metric(node(transaction, "pool"), "transactions"), 6);
}

TEST(PgBouncer, RefusesTransactionsOfSeveralStatementsInStatementMode)
{
    const Results results = ask("pool_mode: statement", {1}, 30, quick, "transaction");
    EXPECT_EQ(ended(client(results, "users"), Outcome::error), 1u);
    EXPECT_EQ(metric(node(results, "pool"), "refused_statements"), 1);
    EXPECT_EQ(client(ask("pool_mode: statement", {1}, 30, quick, "update"), "users").completed, 1u);
    EXPECT_EQ(client(ask("pool_mode: transaction", {1}, 30, quick, "transaction"), "users").completed, 1u);
}

// query_wait_timeout 120 s by default: then the client is sent away.
TEST(PgBouncer, SendsClientsAwayAfterQueryWaitTimeout)
{
    const std::string slow = "type: postgres, read: 300s, cache_hit: 100%, cores: 1000";
    const Results results = ask("default_pool_size: 1", atOnce(2, 1), 400, slow);
    EXPECT_EQ(ended(client(results, "users"), Outcome::rejected), 1u);
    EXPECT_NEAR(client(results, "users").failureLatency.mean, 120, 1e-9);
    EXPECT_EQ(metric(node(results, "pool"), "query_wait_timeouts"), 1);
    EXPECT_NEAR(client(ask("default_pool_size: 1, query_wait_timeout: 3s", atOnce(2, 1), 400, slow), "users").failureLatency.mean, 3, 1e-9);
}

// reserve_pool 0 by default. With one in reserve, who has waited for 5 s takes it, and what comes back first goes on to the
// next in line; afterwards it is closed.
TEST(PgBouncer, OpensItsReserveForThoseWhoHaveWaitedFiveSeconds)
{
    const std::string slow = "type: postgres, read: 20s, cache_hit: 100%, cores: 1000";
    const Results none = ask("default_pool_size: 1", atOnce(2, 1), 100, slow);
    EXPECT_NEAR(client(none, "users").latency.maximum, 40, 1e-9);
    const Results one = ask("default_pool_size: 1, reserve_pool_size: 1", atOnce(3, 1), 100, slow);
    EXPECT_NEAR(client(one, "users").latency.mean, (20 + 25 + 40) / 3.0, 1e-9);
    EXPECT_EQ(metric(node(one, "pool"), "reserve_used"), 1);
    EXPECT_EQ(metric(node(one, "pool"), "sv_open"), 1);
    EXPECT_EQ(metric(node(one, "db"), "connections"), 1);
}

// A pool larger than the server: it makes do with the connections it gets, its clients wait instead of failing.
TEST(PgBouncer, MakesDoWithTheConnectionsTheServerHasRoomFor)
{
    const Results results = ask("default_pool_size: 10", atOnce(8, 1), 30, "type: postgres, max_connections: 7, read: 1s, cache_hit: 100%, cores: 1000");
    EXPECT_EQ(client(results, "users").completed, 8u);
    EXPECT_NEAR(client(results, "users").latency.maximum, 2, 1e-9);
    EXPECT_EQ(metric(node(results, "pool"), "sv_open"), 4);
    EXPECT_GE(metric(node(results, "pool"), "server_refused"), 1);
}

// Its crash ends its clients' sessions, and its connections are free for the next.
TEST(PgBouncer, EndsItsClientsSessionsInACrash)
{
    const Results results = ask("default_pool_size: 1", {1, 1, 3}, 30, quick, "read", "timeline:\n  - {at: 1.5s, for: 1s, crash: pool}\n");
    EXPECT_EQ(ended(client(results, "users"), Outcome::crashed), 2u);
    EXPECT_EQ(client(results, "users").completed, 1u);
}

// Any other service may stand behind it; then nobody counts its connections.
TEST(PgBouncer, PoolsConnectionsToOtherServersToo)
{
    const Results results = ask("default_pool_size: 2", atOnce(4, 1), 30, "type: service, workers: 100, work: 1s", "x");
    EXPECT_NEAR(client(results, "users").latency.maximum, 2, 1e-9);
}

}  // namespace
}  // namespace tantrum::models
