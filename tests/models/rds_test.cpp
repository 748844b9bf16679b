// Amazon RDS: max_connections by memory, burst credits, failover, replicas that lag.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

namespace tantrum::models {
namespace {

using namespace support;

// Constant times and no I/O that nobody asked for.
const std::string plain = "cores: 1000, read: 10ms, write: 10ms, cache_hit: 100%, write_ios: 0, storage: gp3";

Results ask(const std::string& database, const std::string& operation, std::vector<double> moments, double seconds = 10, const std::string& keys = "single", const std::string& more = "")
{
    Options options;
    options.trace = std::move(moments);
    return run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: db." + operation + ", keys: " + keys + "}\n  db: {type: rds, " + database + "}\n" + more, seconds, options);
}

std::vector<double> every(double step, double from, double until)
{
    std::vector<double> moments;
    for (int index = 0; from + step * index < until - 1e-9; ++index) moments.push_back(from + step * index);
    return moments;
}

// RDS user guide: PostgreSQL LEAST(memory / 9531392, 5000), MySQL memory / 12582880, MariaDB LEAST(memory / 25165760, 12000).
TEST(Rds, HasTheConnectionsThatFollowFromItsMemory)
{
    const std::pair<std::string, int> rows[]{{"db.t3.micro", 112}, {"db.t3.small", 225}, {"db.t3.medium", 450}, {"db.m5.large", 901}, {"db.m5.xlarge", 1802},
                                             {"db.r5.2xlarge", 5000}, {"db.m5.2xlarge, engine: mysql", 2730}, {"db.m5.2xlarge, engine: mariadb", 1365}};
    for (const auto& [chosen, connections] : rows) {
        const Results results = ask(plain + ", instance_class: " + chosen, "read", atOnce(6000, 1));
        EXPECT_EQ(metric(node(results, "db"), "max_connections"), connections) << chosen;
        EXPECT_EQ(client(results, "users").completed, static_cast<std::uint64_t>(connections)) << chosen;
        EXPECT_EQ(ended(client(results, "users"), Outcome::rejected), static_cast<std::uint64_t>(6000 - connections)) << chosen;
    }
}

TEST(Rds, SharesTheVcpusOfItsClass)
{
    const std::string small = "instance_class: db.t3.large, read: 10ms, cache_hit: 100%";
    EXPECT_NEAR(client(ask(small, "read", atOnce(6, 1)), "users").latency.mean, 0.030, 1e-9);  // two of them
}

// gp2: 3 IOPS for each GiB, at least 100; 3,000 while credits last (EBS user guide: 5.4 million at the beginning).
// 20 GiB have a baseline of 100. With 0.1 % of the credits, 5,400, and the 100 of the first second, 1,000 operations a second
// go on for 5,500 / 900 = 6.11 s; after that 100 a second are done. What is asked for in 10 s, 10,000 operations, is done
// after 6.11 + 3,889 / 100 = 45 s.
TEST(Rds, FallsToTheBaselineWhenItsBurstCreditsAreSpent)
{
    const std::string reads = "cores: 1000, read: 0, cache_hit: 0%, io_latency: 0, storage: gp2, allocated_storage: 20, burst_balance: 0.1%, max_connections: 200000";
    const Results results = ask(reads, "read", every(0.001, 1, 11), 60);
    EXPECT_EQ(client(results, "users").completed, 10'000u);
    EXPECT_NEAR(client(results, "users").latency.maximum, 35, 0.05);
    EXPECT_NEAR(begunBetween(results, "users", 0, 11), 10'000, 1);
    // With all of the credits nobody notices.
    const Results full = ask("cores: 1000, read: 0, cache_hit: 0%, io_latency: 0, storage: gp2, allocated_storage: 20", "read", every(0.001, 1, 11), 60);
    EXPECT_NEAR(client(full, "users").latency.maximum, 1.0 / 3000, 1e-6);
    EXPECT_NEAR(metric(node(full, "db"), "burst_balance"), 1 - (9000 - 49 * 100) / 5.4e6, 1e-5);  // earned back since
}

// gp3: 3,000 IOPS whatever the size, 12,000 from 400 GiB on.
TEST(Rds, DoesSteadyIopsOnGp3)
{
    for (const auto& [size, rate] : {std::pair(20, 3000.0), std::pair(399, 3000.0), std::pair(400, 12000.0)}) {
        const Results results = ask("cores: 1000, read: 0, cache_hit: 0%, io_latency: 0, storage: gp3, max_connections: 200000, allocated_storage: " + std::to_string(size), "read", atOnce(6000, 1));
        EXPECT_NEAR(client(results, "users").latency.maximum, 6000 / rate, 1e-3);
    }
}

// A write waits for one I/O, and the others take the volume's time all the same.
TEST(Rds, DoesSeveralIosForAWrite)
{
    const Results results = ask("cores: 1000, write: 0, write_ios: 3, io_latency: 0, storage: gp3", "write", {1});
    EXPECT_EQ(metric(node(results, "db"), "io_operations"), 3);
    EXPECT_NEAR(client(results, "users").latency.maximum, 0.001, 1e-6);
}

// A commit waits for the standby; of a cluster's two, for the sooner.
TEST(Rds, WaitsForItsStandbyAtEachCommit)
{
    EXPECT_NEAR(client(ask(plain + ", standby_commit: 2ms", "write", {1}), "users").latency.mean, 0.010, 1e-12);
    EXPECT_NEAR(client(ask(plain + ", standby_commit: 2ms, multi_az: instance", "write", {1}), "users").latency.mean, 0.012, 1e-12);
    const std::vector<double> moments = every(0.001, 1, 21);
    const double one = client(ask(plain + ", standby_commit: exponential(2ms), multi_az: instance", "write", moments, 30), "users").latency.mean;
    const double two = client(ask(plain + ", standby_commit: exponential(2ms), multi_az: cluster", "write", moments, 30), "users").latency.mean;
    EXPECT_NEAR(one - 0.010, 0.002, 0.0002);
    EXPECT_NEAR(two - 0.010, 0.001, 0.0001);
}

// Multi-AZ instance: 60 to 120 s without a writer, however soon the old host is back; then the standby serves. The cluster
// needs less than 35 s. Without a standby: until the host is back, and recovery.
TEST(Rds, FailsOverToItsStandby)
{
    const std::string crash = "timeline:\n  - {at: 10s, for: 5s, crash: db}\n";
    const std::vector<double> moments = every(0.5, 1, 200);
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        Options options;
        options.trace = moments;
        options.seed = seed;
        const auto outage = [&](const std::string& mode) {
            return run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: db.write}\n  db: {type: rds, " + plain + ", dns_ttl: 0, " + mode + "}\n" + crash, 210, options);
        };
        const Results instance = outage("multi_az: instance");
        const double took = metric(node(instance, "db"), "outage_s");
        EXPECT_GE(took, 60);
        EXPECT_LE(took, 120);
        EXPECT_EQ(metric(node(instance, "db"), "failovers"), 1);
        EXPECT_NEAR(static_cast<double>(ended(client(instance, "users"), Outcome::crashed)), took / 0.5, 1.01);
        const double cluster = metric(node(outage("multi_az: cluster"), "db"), "outage_s");
        EXPECT_GE(cluster, 15);
        EXPECT_LE(cluster, 35);
        const Results none = outage("restart: 10s");
        EXPECT_NEAR(metric(node(none, "db"), "outage_s"), 15, 1e-9);
        EXPECT_EQ(metric(node(none, "db"), "failovers"), 0);
    }
}

// After a failover the new writer is the one a crash strikes; the old one, back as the standby, takes over again.
TEST(Rds, FailsOverBackAndForth)
{
    const Results results = ask(plain + ", multi_az: instance, failover_time: 20s, dns_ttl: 0", "write", every(1, 0.5, 100), 100, "single",
                                "timeline:\n  - {at: 10s, for: 5s, crash: db}\n  - {at: 50s, for: 5s, crash: db}\n");
    EXPECT_EQ(metric(node(results, "db"), "failovers"), 2);
    EXPECT_EQ(ended(client(results, "users"), Outcome::crashed), 40u);
}

// Clients find the new writer when what they know of the old one expires, on average after half of it.
TEST(Rds, LosesCallsToClientsWithAnOldAddress)
{
    const Results results = ask(plain + ", multi_az: instance, failover_time: 20s, dns_ttl: 60s", "write", every(0.01, 0.005, 150), 150, "single",
                                "timeline:\n  - {at: 10s, for: 5s, crash: db}\n");
    EXPECT_NEAR(metric(node(results, "db"), "stale_dns"), 3000, 250);  // half of 60 s of 100 a second; five deviations
    EXPECT_NEAR(metric(node(results, "db"), "outage_s"), 20, 1e-9);
}

// One thread applies 100 writes a second. 1,500 come in 10 s: the replica is 500 behind, 5 s of work, and is even again at 16 s.
TEST(Rds, LetsItsReplicaFallBehindWhenWritesComeFasterThanTheyAreApplied)
{
    const std::string replica = plain + ", read_replicas: 1, apply: 10ms, replication_delay: 0";
    const Results results = ask(replica, "write", every(1.0 / 150, 1, 11), 11.5, "uniform(1000000)");
    EXPECT_NEAR(metric(node(results, "db"), "replica_lag_s"), 3.5, 0.05);   // at 11.5 s: what was written at 8 s
    EXPECT_NEAR(metric(node(ask(replica, "write", every(1.0 / 150, 1, 11), 15.9, "uniform(1000000)"), "db"), "replica_lag_s"), 5, 0.1);
    const Results later = ask(replica, "write", every(1.0 / 150, 1, 11), 16.5, "uniform(1000000)");
    EXPECT_EQ(metric(node(later, "db"), "replica_lag_s"), 0);
    EXPECT_NEAR(metric(node(later, "db"), "replica_lag_max_s"), 5, 0.1);
    const Results enough = ask(plain + ", read_replicas: 1, apply: 5ms, replication_delay: 20ms", "write", every(1.0 / 150, 1, 11), 15, "uniform(1000000)");
    EXPECT_NEAR(metric(node(enough, "db"), "replica_lag_max_s"), 0.025, 1e-6);
}

// A read of the row just written is stale until the replica has applied it; of another row it is not.
TEST(Rds, AnswersStaleReadsFromReplicasThatLag)
{
    const auto stale = [](const std::string& moments, const std::string& keys) {
        Options options;
        options.trace = {1, 2};
        return metric(node(run("nodes:\n  writers: {type: client, arrivals: paced(1/s), sends: db.write, keys: " + keys + "}\n"
                               "  readers: {type: client, arrivals: paced(10/s), sends: db." + moments + ", keys: single}\n"
                               "  db: {type: rds, " + plain + ", read_replicas: 1, apply: 300ms, replication_delay: 190ms}\n", 100.05, options), "db"), "stale_reads");
    };
    EXPECT_NEAR(stale("replica_read", "single"), 500, 105);  // for half of each second, give or take a read at the edges
    EXPECT_LE(stale("replica_read", "uniform(1000000000)"), 1);
    EXPECT_EQ(stale("read", "single"), 0);
}

// A replica that stands still, or is down, catches up afterwards; meanwhile another one answers.
TEST(Rds, CatchesUpAfterAReplicasCrash)
{
    const std::string two = plain + ", read_replicas: 2, apply: 1ms, replication_delay: 0";
    const Results results = ask(two, "write", every(0.01, 1, 11), 20, "uniform(1000000)", "timeline:\n  - {at: 2s, for: 5s, crash: db, replica: 2}\n");
    EXPECT_EQ(client(results, "users").completed, 1000u);
    EXPECT_NEAR(metric(node(results, "db"), "replica_lag_max_s"), 5, 0.1);
    EXPECT_EQ(metric(node(results, "db"), "replica_lag_s"), 0);
    const Results reads = ask(two, "replica_read", every(0.01, 1, 11), 20, "single", "timeline:\n  - {at: 2s, for: 5s, crash: db, replica: 2}\n");
    EXPECT_GE(client(reads, "users").completed, 998u);  // but for what it had in hand
}

}  // namespace
}  // namespace tantrum::models
