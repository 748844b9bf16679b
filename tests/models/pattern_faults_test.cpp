// Faults of disks, pools, keys, herds, messages and spot capacity.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>

namespace tantrum::models {
namespace {

using namespace support;

// Reads go on, writes fail, and afterwards all is as before.
TEST(DiskFull, FailsTheWritesOfADatabaseAndNotItsReads)
{
    for (const char* db : {"database", "postgres", "rds"}) {
        const Results results = run("nodes:\n  readers: {type: client, arrivals: paced(10/s), sends: db.read}\n  writers: {type: client, arrivals: paced(10/s), sends: db.write}\n"
                                    "  db: {type: " + std::string(db) + "}\ntimeline:\n  - {at: 10.05s, for: 10s, disk_full: db}\n", 30);
        EXPECT_EQ(client(results, "readers").failed, 0u) << db;
        EXPECT_EQ(ended(client(results, "writers"), Outcome::error), 100u) << db;
        EXPECT_EQ(client(results, "writers").failed, 100u) << db;
    }
}

// RabbitMQ's disk alarm: publishers wait from the check at 12.5 s to that at 22.5 s, consumers drain what is there.
TEST(DiskFull, BlocksThePublishersOfRabbitMq)
{
    const Results results = run("nodes:\n  shop: {type: client, arrivals: paced(10/s), sends: rabbit.orders}\n  rabbit: {type: rabbitmq, queues: {orders: {}}}\n"
                                "  fulfil: {type: rabbitmq_consumer, consumes: rabbit.orders, prefetch: 10, work: 1ms}\n"
                                "timeline:\n  - {at: 11s, for: 10s, disk_full: rabbit}\n", 22);
    EXPECT_EQ(metric(node(results, "rabbit"), "memory_alarms"), 1);
    EXPECT_NEAR(metric(node(results, "rabbit"), "blocked_publishers"), 95, 1);
    EXPECT_EQ(metric(node(results, "rabbit"), "ready"), 0);
    const Results over = run("nodes:\n  shop: {type: client, arrivals: paced(10/s), sends: rabbit.orders}\n  rabbit: {type: rabbitmq, queues: {orders: {}}}\n"
                             "timeline:\n  - {at: 11s, for: 10s, disk_full: rabbit}\n", 30);
    EXPECT_EQ(client(over, "shop").failed, 0u);
    EXPECT_NEAR(client(over, "shop").latency.maximum, 10, 0.2);
}

// Every call loses its connection: three calls, and the pool of three is empty; whoever waits at the restart gets one.
TEST(ConnectionLeak, EmptiesThePoolUntilItsProcessIsBegunAnew)
{
    Options options;
    options.trace = {1, 2, 3, 4, 5, 25};
    for (const char* db : {"type: service, workers: 100, work: 10ms", "type: postgres"}) {
        const Results results = run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: db}\n  db: {" + std::string(db) + "}\n"
                                    "links:\n  users -> db: {latency: 0s, policies: [hikaricp: 3]}\n"
                                    "timeline:\n  - {at: 0.5s, for: 19.5s, connection_leak: users -> db, share: 100%}\n", 40, options);
        EXPECT_EQ(client(results, "users").completed, 6u) << db;
        EXPECT_NEAR(client(results, "users").latency.maximum, 16, 0.1) << db;  // from 4 s to the restart at 20 s
        EXPECT_EQ(metric(link(results, "users", "db"), "hikaricp.leaked"), 0) << db;
        EXPECT_EQ(metric(link(results, "users", "db"), "hikaricp.total"), 3) << db;
    }
}

// All requests for one row: 20 a second of which each takes 100 ms one after the other. Before, every key is another.
TEST(HotKey, BringsAllRequestsToOneRow)
{
    const std::string nodes = "nodes:\n  users: {type: client, arrivals: paced(20/s), sends: db.write, keys: uniform(1000000000)}\n  db: {type: database, row_locks: true, write: 100ms}\n";
    EXPECT_EQ(metric(node(run(nodes, 20), "db"), "lock_waits"), 0);
    const Results hot = run(nodes + "timeline:\n  - {at: 5s, for: 5s, hot_key: users, share: 100%}\n", 20);
    EXPECT_NEAR(metric(node(hot, "db"), "lock_waits"), 99, 1);
    EXPECT_NEAR(client(hot, "users").latency.maximum, 5, 0.2);  // at 10 s half of the 100 wait
    const Results some = run(nodes + "timeline:\n  - {at: 5s, for: 10s, hot_key: users, share: 20%}\n", 20);
    EXPECT_LT(metric(node(some, "db"), "lock_waits"), 40);
}

// Closed users all ask at that moment; open arrivals are joined by the crowd.
TEST(ThunderingHerd, BringsEverybodyAtTheSameMoment)
{
    const Results closed = run("nodes:\n  users: {type: client, arrivals: closed(users=50 think=1000s), sends: web}\n  web: {type: service, work: 10ms}\n"
                               "timeline:\n  - {at: 5s, thundering_herd: users}\n", 20);
    EXPECT_EQ(client(closed, "users").completed, 50u);
    EXPECT_NEAR(client(closed, "users").latency.maximum, 0.5, 1e-9);
    const Results open = run("nodes:\n  users: {type: client, arrivals: paced(1/s), sends: web}\n  web: {type: service, queue: 99, work: 10ms}\n"
                             "timeline:\n  - {at: 5.5s, thundering_herd: users, requests: 150}\n", 20);
    EXPECT_EQ(ended(client(open, "users"), Outcome::rejected), 50u);
    EXPECT_EQ(client(open, "users").offered, 20u + 150u);  // the last as the run ends
}

// The same message fails each time it is delivered, the others never: after three deliveries it is a dead letter.
TEST(PoisonMessage, FailsAtEveryDeliveryUntilItIsADeadLetter)
{
    const Results results = run("nodes:\n  shop: {type: client, arrivals: paced(10/s), sends: orders, keys: uniform(1000000)}\n"
                                "  orders: {type: queue, max_deliveries: 3, dead_letters: failed}\n  failed: {type: queue}\n"
                                "  fulfil: {type: consumer, consumes: orders, concurrency: 4, work: 1ms, on_failure: return}\n"
                                "timeline:\n  - {at: 10.05s, for: 20s, poison_message: fulfil, share: 25%}\n", 60);
    const double dead = metric(node(results, "orders"), "dead_lettered");
    EXPECT_NEAR(dead, 50, 5 * std::sqrt(200 * .25 * .75));
    EXPECT_EQ(metric(node(results, "fulfil"), "failures"), 3 * dead);
    EXPECT_EQ(metric(node(results, "failed"), "published"), dead);
    EXPECT_EQ(metric(node(results, "orders"), "acknowledged"), 599 - dead);
}

// What begun during the fault stays poison after it; without a limit of deliveries it comes back for ever.
TEST(PoisonMessage, StaysOneAfterTheFaultIsOver)
{
    const Results results = run("nodes:\n  shop: {type: client, arrivals: paced(1/s), sends: orders}\n  orders: {type: queue, visibility: 1s}\n"
                                "  fulfil: {type: consumer, consumes: orders, concurrency: 4, work: 1ms}\n"
                                "timeline:\n  - {at: 1.5s, for: 1s, poison_message: fulfil, share: 100%}\n", 62.5);
    EXPECT_EQ(metric(node(results, "fulfil"), "failures"), 61);  // of the message of 2 s
    EXPECT_EQ(metric(node(results, "orders"), "acknowledged"), 61);
}

TEST(PoisonMessage, IsUnderstoodByEveryConsumer)
{
    const std::string shop = "nodes:\n  shop: {type: client, arrivals: paced(10/s), sends: ";
    const std::string fault = "timeline:\n  - {at: 0s, poison_message: fulfil, share: 100%}\n";
    const auto failed = [&](const std::string& nodes, const std::string& handled) {
        const Results results = run(shop + nodes + fault, 10);
        EXPECT_GT(metric(node(results, "fulfil"), "failures"), 40) << nodes;
        return std::pair(metric(node(results, "fulfil"), "failures"), metric(node(results, "fulfil"), handled));
    };
    EXPECT_EQ(failed("rabbit.orders}\n  rabbit: {type: rabbitmq, queues: {orders: {}}}\n  fulfil: {type: rabbitmq_consumer, consumes: rabbit.orders, work: 1ms, on_failure: reject}\n", "handled").second, 0);
    EXPECT_EQ(failed("orders}\n  orders: {type: sqs}\n  fulfil: {type: sqs_poller, consumes: orders, work: 1ms}\n", "handled").second, 0);
    const auto [failures, consumed] = failed("log}\n  log: {type: kafka}\n  fulfil: {type: kafka_consumer, consumes: log, work: 1ms}\n", "records_consumed");
    EXPECT_EQ(failures, consumed);
}

// Two of four get two minutes' notice, and two others are launched at once: after 60 s of starting there are four again.
TEST(SpotInterruption, TakesInstancesBackAfterTheirNotice)
{
    const std::string nodes = "nodes:\n  users: {type: client, arrivals: paced(20/s), sends: web}\n  web: {type: ec2, desired: 4, max: 8, start_time: 60s, work: 10ms}\n";
    const Results results = run(nodes + "timeline:\n  - {at: 30s, spot_interruption: web, instances: 2}\n", 200);
    EXPECT_EQ(metric(node(results, "web"), "interruptions"), 2);
    EXPECT_EQ(metric(node(results, "web"), "in_service_min"), 2);
    EXPECT_EQ(metric(node(results, "web"), "in_service"), 4);
    EXPECT_EQ(client(results, "users").failed, 0u);
    // Without notice what is inside is lost.
    const std::string slow = "nodes:\n  users: {type: client, arrivals: paced(20/s), sends: web}\n  web: {type: ec2, desired: 4, max: 8, start_time: 60s, workers: 100, vcpus: 64, work: 1s}\n";
    EXPECT_EQ(client(run(slow + "timeline:\n  - {at: 30s, spot_interruption: web, instances: 2}\n", 100), "users").failed, 0u);
    EXPECT_GT(client(run(slow + "timeline:\n  - {at: 30s, spot_interruption: web, instances: 2, notice: 0s}\n", 100), "users").failed, 5u);
}

}  // namespace
}  // namespace tantrum::models
