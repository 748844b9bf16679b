// Redis as its users meet it: one thread, a full memory, keys that expire, restarts, failovers.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>

#include <string>

namespace tantrum::models {
namespace {

using namespace support;

std::string clientOf(const std::string& name, const std::string& operation, const std::string& arrivals, const std::string& keys = "single")
{
    return "  " + name + ": {type: client, arrivals: " + arrivals + ", sends: redis." + operation + ", keys: " + keys + "}\n";
}
std::string redis(const std::string& settings) { return "  redis: {type: redis, " + settings + "}\n"; }
// So many a second, half a gap after 0 first, until then.
Options writes(int perSecond, double until)
{
    Options options;
    for (int write = 0; write < perSecond * until; ++write) options.trace.push_back((write + .5) / perSecond);
    return options;
}
const std::string given = "trace(trace.csv)";
const NodeResult& redisIn(const Results& results) { return node(results, "redis"); }

// A hundred commands of 10 us at one instant: the last answer comes after 1 ms, the mean after 505 us.
TEST(Redis, ExecutesOneCommandAfterTheOther)
{
    Options options;
    options.trace = atOnce(100, 1);
    const Results results = run("nodes:\n" + clientOf("users", "set", "trace(trace.csv)", "uniform(1000)") + redis("command: 10us"), 5, options);
    EXPECT_NEAR(client(results, "users").latency.maximum, 1e-3, 1e-12);
    EXPECT_NEAR(client(results, "users").latency.mean, 505e-6, 1e-12);
}

// `keys` over 1000 keys of 10 us takes 10 ms and a command; a get that comes in the middle waits for the rest of it.
TEST(Redis, LetsEverybodyWaitForACommandOverAllKeys)
{
    const std::string nodes = "nodes:\n" + clientOf("writers", "set", given, "uniform(1000)") + clientOf("operators", "keys", "paced(1/s)") + clientOf("readers", "get", "paced(1000/s)") + redis("command: 1us, per_key: 10us");
    const Results results = run(nodes, 5, writes(50'000, .9));
    EXPECT_EQ(metric(redisIn(results), "keys"), 1000);
    EXPECT_NEAR(client(results, "operators").latency.maximum, 10e-3, 1e-4);
    EXPECT_NEAR(client(results, "readers").latency.maximum, 10e-3, 1.1e-3);
    EXPECT_LT(client(results, "readers").latency.p50, 5e-6);
}

// 10 kB in values of 1 kB: the eleventh write is over, the twelfth refused; reads go on.
TEST(Redis, RefusesWritesAtMaxmemoryWithoutEviction)
{
    Options options;
    options.trace = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    const std::string nodes = "nodes:\n" + clientOf("writers", "set", "trace(trace.csv)", "uniform(1000000000)") + clientOf("readers", "get", "paced(1/s)") + redis("maxmemory: 10kB, value_size: 1kB, key_overhead: 0B");
    const Results results = run(nodes, 20, options);
    EXPECT_EQ(ended(client(results, "writers"), Outcome::ok), 11u);
    EXPECT_EQ(ended(client(results, "writers"), Outcome::error), 4u);
    EXPECT_EQ(metric(redisIn(results), "oom_errors"), 4);
    EXPECT_EQ(metric(redisIn(results), "used_memory"), 11'000);
    EXPECT_GE(ended(client(results, "readers"), Outcome::ok), 19u);
}

TEST(Redis, EvictsAtMaxmemoryByEveryPolicyThatMay)
{
    for (const std::string policy : {"allkeys-lru", "volatile-lru", "allkeys-lfu", "volatile-lfu", "allkeys-random", "volatile-random", "volatile-ttl"}) {
        const std::string nodes = "nodes:\n" + clientOf("writers", "set", "paced(1000/s)", "uniform(1000000000)") + redis("maxmemory: 100kB, value_size: 900B, key_overhead: 100B, ttl: 1h, maxmemory_policy: " + policy);
        const Results results = run(nodes, 5);
        EXPECT_NEAR(metric(redisIn(results), "keys"), 100.5, .5) << policy;  // over by the last write
        EXPECT_EQ(metric(redisIn(results), "evicted_keys") + metric(redisIn(results), "keys"), static_cast<double>(client(results, "writers").completed)) << policy;
        EXPECT_EQ(metric(redisIn(results), "oom_errors"), 0) << policy;
    }
}

// Nobody asks for them again: the cycle finds 2000 keys whose time is over, ten times a second 20 and more.
TEST(Redis, RemovesExpiredKeysNobodyAsksFor)
{
    const std::string nodes = "nodes:\n" + clientOf("writers", "set", given, "uniform(1000000000)") + redis("ttl: 1s");
    const Options options = writes(2000, 1);
    EXPECT_EQ(metric(redisIn(run(nodes, 1, options)), "keys"), 2000);
    const Results results = run(nodes, 10, options);
    EXPECT_EQ(metric(redisIn(results), "keys"), 0);
    EXPECT_EQ(metric(redisIn(results), "expired_keys"), 2000);
}

// 100,000 keys expire at one moment. The cycle holds the thread for a quarter of each 100 ms, no longer.
TEST(Redis, StandsStillForAQuarterOfTheTimeWhenMuchExpires)
{
    const std::string nodes = "nodes:\n" + clientOf("writers", "set", given, "uniform(1000000000)") + clientOf("readers", "get", "paced(1000/s)") + redis("ttl: 2s, command: 1us");
    const Results results = run(nodes, 6, writes(100'000, 1));
    EXPECT_GT(client(results, "readers").latency.maximum, 5e-3);
    EXPECT_LT(client(results, "readers").latency.maximum, 25e-3 + 1e-3);
    EXPECT_LT(metric(redisIn(results), "keys"), 100);
}

TEST(Redis, AcceptsSoManyClientsAndNoMore)
{
    Options options;
    options.trace = atOnce(10, 1);
    const Results results = run("nodes:\n" + clientOf("users", "get", "trace(trace.csv)") + redis("maxclients: 6"), 5, options);
    EXPECT_EQ(ended(client(results, "users"), Outcome::rejected), 4u);
    EXPECT_EQ(metric(redisIn(results), "rejected_connections"), 4);
}

// 100 writes a second for 10.5 s, then a crash of 1 s. Without persistence all is gone; a log on disk each second has what
// was there at 10 s; one that is written through has all; snapshots have nothing before their first save point.
TEST(Redis, HasAfterARestartWhatWasOnDisk)
{
    const auto after = [](const std::string& persistence) {
        const std::string nodes = "nodes:\n" + clientOf("writers", "set", given, "uniform(1000000000)") + redis("persistence: " + persistence);
        return metric(redisIn(run(nodes + "timeline:\n  - {at: 10.505s, for: 1s, crash: redis}\n", 20, writes(100, 10.5))), "keys");
    };
    EXPECT_EQ(after("none"), 0);
    EXPECT_EQ(after("rdb"), 0);
    EXPECT_NEAR(after("aof_everysec"), 1000, 1);
    EXPECT_NEAR(after("aof_always"), 1050, 1);
}

// 1000 writes a second: more than 10,000 in a minute, so that a snapshot is taken just after 60 s, and what was written
// until then survives. 60,000 keys of 1024 + 96 B: at 12.8 ms a GB the fork takes 860 us.
TEST(Redis, SavesASnapshotAtItsSavePoints)
{
    const std::string nodes = "nodes:\n" + clientOf("writers", "set", given, "uniform(1000000000)") + redis("persistence: rdb");
    const Results results = run(nodes + "timeline:\n  - {at: 70s, for: 1s, crash: redis}\n", 80, writes(1000, 70));
    EXPECT_EQ(metric(redisIn(results), "rdb_saves"), 1);
    EXPECT_NEAR(metric(redisIn(results), "keys"), 60'100, 5);  // the cycle of 60.1 s is the first after more than 60 s
    EXPECT_NEAR(metric(redisIn(results), "latest_fork"), 60'100 * 1120 * 12.8e-12, 1e-6);
    EXPECT_NEAR(metric(redisIn(results), "lost_writes"), 9'900, 5);
}

// 67 MB from a disk of 100 MB/s: commands fail for 0.67 s after the restart.
TEST(Redis, RefusesCommandsWhileItLoads)
{
    const std::string nodes = "nodes:\n" + clientOf("writers", "set", given, "uniform(1000000000)") + clientOf("readers", "get", "paced(100/s)") + redis("persistence: aof_always, fsync: 0s");
    const Results results = run(nodes + "timeline:\n  - {at: 7s, for: 1s, crash: redis}\n", 12, writes(10'000, 6));
    EXPECT_NEAR(static_cast<double>(ended(client(results, "readers"), Outcome::crashed)), 100, 1);
    EXPECT_NEAR(static_cast<double>(ended(client(results, "readers"), Outcome::error)), 67, 2);
}

// The primary dies at 10 s. Sentinel takes it for down after 30 s and has a replica in its place a second later: 31 s
// without Redis. It was 200 ms behind, so that 200 of the 1000 writes of the last second are lost.
TEST(Redis, FailsOverAfterSentinelsPatienceAndLosesWhatWasNotReplicated)
{
    const std::string nodes = "nodes:\n" + clientOf("writers", "set", "paced(1000/s)", "uniform(1000000000)") + redis("replicas: 1, replication_lag: 200ms");
    const Results results = run(nodes + "timeline:\n  - {at: 10s, for: 60s, crash: redis, replica: 1}\n", 60);
    EXPECT_EQ(metric(redisIn(results), "failovers"), 1);
    EXPECT_NEAR(static_cast<double>(ended(client(results, "writers"), Outcome::crashed)), 31'000, 2);
    EXPECT_NEAR(metric(redisIn(results), "lost_writes"), 200, 1);
    EXPECT_EQ(metric(redisIn(results), "keys"), static_cast<double>(ended(client(results, "writers"), Outcome::ok)) - metric(redisIn(results), "lost_writes"));
}

// Back after 5 s, before anybody took its place, and without persistence: empty, and its replicas copy that. (Redis
// documentation, Replication: safety of replication when the primary has persistence turned off.)
TEST(Redis, LosesEverythingWhenAPrimaryWithoutPersistenceIsBackBeforeSentinelActs)
{
    const std::string nodes = "nodes:\n" + clientOf("writers", "set", given, "uniform(1000000000)") + redis("replicas: 2, persistence: none");
    const Options options = writes(1000, 10);
    EXPECT_EQ(metric(redisIn(run(nodes + "timeline:\n  - {at: 12s, for: 5s, crash: redis, replica: 1}\n", 60, options)), "keys"), 0);
    EXPECT_GT(metric(redisIn(run(nodes + "timeline:\n  - {at: 12s, for: 40s, crash: redis, replica: 1}\n", 60, options)), "keys"), 9'990);
}

// A primary that stands still is replaced as well; what had reached it and was not done is refused when it wakes.
TEST(Redis, FailsOverFromAPrimaryThatStandsStill)
{
    const std::string nodes = "nodes:\n" + clientOf("writers", "set", "paced(100/s)", "uniform(1000000000)") + redis("replicas: 1");
    const Results results = run(nodes + "timeline:\n  - {at: 10s, for: 50s, pause: redis, replica: 1}\n", 70);
    EXPECT_EQ(metric(redisIn(results), "failovers"), 1);
    EXPECT_EQ(metric(redisIn(results), "lost_writes"), 0);
    EXPECT_GT(ended(client(results, "writers"), Outcome::error), 3000u);
}

// Each key is read 5 ms after it was written, from a replica that is 10 ms behind; or 1 ms behind.
TEST(Redis, IsReadStaleFromAReplicaThatIsBehind)
{
    for (const bool behind : {true, false}) {
        const std::string steps = "nodes:\n  users: {type: client, arrivals: paced(10/s), sends: web, keys: uniform(1000000000)}\n"
                                  "  web: {type: service, workers: 9, operations: {page: [{call: redis.set}, {work: 5ms}, {call: redis.get}]}}\n";
        const Results results = run(steps + redis(std::string("replicas: 2, reads: replicas, replication_lag: ") + (behind ? "10ms" : "1ms")), 10);
        EXPECT_EQ(metric(redisIn(results), behind ? "stale_reads" : "keyspace_hits"), static_cast<double>(client(results, "users").completed));
        EXPECT_EQ(metric(redisIn(results), "keyspace_misses"), behind ? static_cast<double>(client(results, "users").completed) : 0);
    }
}

TEST(Redis, RefusesWritesWithoutTheReplicasItNeeds)
{
    const std::string nodes = "nodes:\n" + clientOf("writers", "set", "paced(10/s)") + redis("replicas: 1, min_replicas_to_write: 1");
    const Results results = run(nodes + "timeline:\n  - {at: 5.05s, for: 2s, crash: redis, replica: 2}\n", 10);
    EXPECT_EQ(ended(client(results, "writers"), Outcome::error), 20u);
}

// One of four shards dies at 10.5 s and has no replica. Its quarter of the keys fails at once; after 15 s the cluster
// knows, and refuses everything, unless full coverage is not required. With a replica it is over a second later.
TEST(RedisCluster, RefusesEverythingWhenSlotsAreWithoutAPrimary)
{
    const auto outcomes = [](const std::string& settings) {
        const std::string nodes = "nodes:\n" + clientOf("readers", "get", "paced(1000/s)", "uniform(1000000)") + redis("shards: 4, " + settings);
        return run(nodes + "timeline:\n  - {at: 10.5s, for: 100s, crash: redis, replica: 1}\n", 40.5);
    };
    const Results covered = outcomes("replicas: 0"), partly = outcomes("replicas: 0, require_full_coverage: false"), replicated = outcomes("replicas: 1");
    const auto count = [](const Results& results, Outcome outcome) { return static_cast<double>(ended(client(results, "readers"), outcome)); };
    EXPECT_NEAR(count(covered, Outcome::error), 14'500 * .75, 500);  // looked at once a second: from 26 s on
    EXPECT_NEAR(count(covered, Outcome::crashed), 30'000 * .25, 500);
    EXPECT_EQ(count(partly, Outcome::error), 0);
    EXPECT_NEAR(count(partly, Outcome::crashed), 30'000 * .25, 500);
    EXPECT_NEAR(count(replicated, Outcome::crashed), 16'500 * .25, 500);  // until 27 s
    EXPECT_EQ(metric(redisIn(replicated), "failovers"), 1);
}

// Cache-aside through the step of a service: 10 keys, each loaded once.
TEST(Redis, ServesTheCacheStep)
{
    const Results results = run("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web, keys: uniform(10)}\n"
                                "  web: {type: service, workers: 9, operations: {page: [cache: {in: redis, steps: [call: db.read]}]}}\n"
                                "  db: {type: database, read: 1ms}\n" + redis("ttl: 1h"), 100);
    EXPECT_EQ(metric(redisIn(results), "keys"), 10);
    EXPECT_NEAR(static_cast<double>(node(results, "db").arrivals), 10, 3);
    EXPECT_EQ(metric(redisIn(results), "keyspace_misses"), static_cast<double>(node(results, "db").arrivals));
}

}  // namespace
}  // namespace tantrum::models
