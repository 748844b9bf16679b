// HikariCP: a wait for a connection, its end, and leaks.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace tantrum::models {
namespace {

using namespace support;

Results ask(const std::string& pool, std::vector<double> moments, double seconds, const std::string& server = "type: service, workers: 1000000, work: 10s", const std::string& more = "")
{
    Options options;
    options.trace = std::move(moments);
    return run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: db}\n  db: {" + server + "}\n"
               "links:\n  users -> db: {latency: 0, policies: [hikaricp: {" + pool + "}]}\n" + more, seconds, options);
}

// HikariCP README: maximumPoolSize 10, connectionTimeout 30 s, then an exception. Ten calls of 10 s each at a time: 30 done by
// 31 s; the last ten of 40 would get a connection at 31 s exactly, and the eleventh of them not before 41 s.
TEST(HikariCp, LetsTenCallsThroughAndFailsWhoWaitsFor30Seconds)
{
    const Results results = ask("", atOnce(45, 1), 60);
    EXPECT_EQ(client(results, "users").completed, 30u);
    EXPECT_EQ(ended(client(results, "users"), Outcome::rejected), 15u);
    EXPECT_NEAR(client(results, "users").failureLatency.mean, 30, 1e-9);
    EXPECT_NEAR(client(results, "users").latency.maximum, 30, 1e-9);
    EXPECT_EQ(metric(link(results, "users", "db"), "hikaricp.timeouts"), 15);
    EXPECT_EQ(metric(link(results, "users", "db"), "hikaricp.pending_max"), 35);
}

TEST(HikariCp, ServesInOrderOfAskingAndGivesConnectionsBack)
{
    const Results results = ask("maximum_pool_size: 2", {1, 1, 2, 3}, 60);
    EXPECT_NEAR(client(results, "users").latency.mean, (10 + 10 + 19 + 18) / 4.0, 1e-9);
    EXPECT_EQ(metric(link(results, "users", "db"), "hikaricp.total"), 2);
}

// Every call keeps its connection: after three calls the pool of three is empty for ever.
TEST(HikariCp, IsEmptyForEverOnceAllConnectionsHaveLeaked)
{
    const Results results = ask("maximum_pool_size: 3, leak: 100%, connection_timeout: 1s", {1, 1, 1, 20, 40}, 60);
    EXPECT_EQ(client(results, "users").completed, 3u);
    EXPECT_EQ(ended(client(results, "users"), Outcome::rejected), 2u);
    EXPECT_EQ(metric(link(results, "users", "db"), "hikaricp.leaked"), 3);
    EXPECT_EQ(metric(link(results, "users", "db"), "hikaricp.total"), 0);
}

TEST(HikariCp, ChangesItsSizeLive)
{
    const Results results = ask("maximum_pool_size: 1", atOnce(4, 1), 60, "type: service, workers: 10, work: 10s", "timeline:\n  - {at: 6s, set: users -> db.hikaricp.maximum_pool_size, to: 3}\n");
    EXPECT_NEAR(client(results, "users").latency.mean, (10 + 15 + 15 + 20) / 4.0, 1e-9);
}

// minimumIdle = maximumPoolSize: the pool takes its connections at the server from the start. What the server has no room
// for is tried again every second; here a restart with more room would be needed.
TEST(HikariCp, TakesItsConnectionsAtTheServerWhetherItUsesThemOrNot)
{
    const std::string postgres = "type: postgres, max_connections: 13, read: 1s, cache_hit: 100%, cores: 100";
    const std::string others = "nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: db.read}\n  cron: {type: client, arrivals: trace(trace.csv), sends: db.read}\n  db: {" + postgres + "}\nlinks:\n  users -> db: {latency: 0, policies: [hikaricp: ";
    Options options;
    options.trace = {1};
    const Results full = run(others + "10]}\n", 10, options);
    EXPECT_EQ(client(full, "users").completed, 1u);  // ten connections, all of them the pool's
    EXPECT_EQ(ended(client(full, "cron"), Outcome::rejected), 1u);
    EXPECT_EQ(metric(node(full, "db"), "connections_max"), 10);
    const Results room = run(others + "9]}\n", 10, options);
    EXPECT_EQ(client(room, "cron").completed, 1u);
    const Results more = run(others + "25]}\n", 10, options);
    EXPECT_EQ(metric(link(more, "users", "db"), "hikaricp.total"), 10);
    EXPECT_EQ(metric(link(more, "users", "db"), "hikaricp.refused_by_server"), 1);
    EXPECT_EQ(client(more, "users").completed, 1u);
}

// The server's crash takes all connections; when it takes new ones again, so does the pool.
TEST(HikariCp, OpensItsConnectionsAnewAfterTheServersCrash)
{
    const std::string postgres = "type: postgres, read: 1s, cache_hit: 100%, cores: 100, startup: 1s, replay: 0";
    Options options;
    options.trace = {1, 1, 1, 2.5, 8};
    const Results results = run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: db.read}\n  db: {" + postgres + "}\n"
                                "links:\n  users -> db: {latency: 0, policies: [hikaricp: 2]}\ntimeline:\n  - {at: 1.5s, for: 3s, crash: db}\n", 20, options);
    // Two die with the server; the third and the fourth wait until the server has recovered at 5.5 s, and for the next try after.
    EXPECT_EQ(ended(client(results, "users"), Outcome::crashed), 2u);
    EXPECT_EQ(client(results, "users").completed, 3u);
    EXPECT_GE(client(results, "users").latency.maximum, 5.5);
    EXPECT_LE(client(results, "users").latency.maximum, 6.6);
    EXPECT_EQ(metric(node(results, "db"), "connections"), 2);
}

}  // namespace
}  // namespace tantrum::models
