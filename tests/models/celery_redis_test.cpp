// Celery on Redis: the same worker as on RabbitMQ, on a broker that knows no consumers.
#include "models/caches/redis_lists.h"
#include "models/scenario/catalogue.h"
#include "models/scenario/reader.h"
#include "tests/models/support/run.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <string>

namespace tantrum::models {
namespace {

using namespace support;

// Tasks at the given moments; the broker takes no time.
Results tasks(std::vector<double> moments, double seconds, const std::string& worker, const std::string& more = "", const std::string& redis = "", const std::string& client = "")
{
    Options options;
    options.trace = std::move(moments);
    return run("nodes:\n  web: {type: client, arrivals: trace(trace.csv), sends: redis.tasks" + client + "}\n"
               "  redis: {type: redis, command: 0s, lists: [tasks]" + redis + "}\n  worker: {type: celery, consumes: redis.tasks, " + worker + "}\n" + more, seconds, options);
}

double of(const Results& results, std::string_view key) { return metric(node(results, "worker"), key); }
double broker(const Results& results, std::string_view key) { return metric(node(results, "redis"), key); }

// As on RabbitMQ: what a worker reserves is its own affair.
TEST(CeleryOnRedis, ReservesItsPrefetchBesidesWhatRunsUnlessItAcknowledgesLate)
{
    const Results early = tasks(atOnce(100, 1), 5, "concurrency: 10, prefetch_multiplier: 1, work: 100s");
    EXPECT_EQ(of(early, "started"), 10);
    EXPECT_EQ(of(early, "received"), 20);
    EXPECT_EQ(broker(early, "unacknowledged"), 10);
    EXPECT_EQ(broker(early, "messages"), 80);
    const Results late = tasks(atOnce(100, 1), 5, "concurrency: 10, prefetch_multiplier: 1, acks_late: true, work: 100s");
    EXPECT_EQ(of(late, "started"), 10);
    EXPECT_EQ(of(late, "received"), 10);
    EXPECT_EQ(broker(late, "messages"), 90);
}

// A worker that waits in BRPOP has the task at the moment it is pushed, not when it next asks.
TEST(CeleryOnRedis, ServesAWaitingWorkerAtOnce)
{
    EXPECT_EQ(of(tasks({5.5}, 5.51, "work: 1s"), "started"), 1);
    EXPECT_EQ(of(tasks({5.5}, 10, "work: 1s"), "succeeded"), 1);
}

// The documented loop: a countdown of 4 h under a visibility timeout of 1 h. Popped at 10 s, and again as soon as somebody
// looks, every 100 s: at 3700, 7300 and 10,900 s. All four copies wait in memory and are executed at 4 h; the
// first to be acknowledged takes it off the broker's books.
TEST(CeleryOnRedis, ExecutesATaskAsOftenAsItsTimeExceedsTheVisibilityTimeout)
{
    const Results loop = tasks({10}, 18'000, "concurrency: 1, countdown: 4h, work: 1s");
    EXPECT_EQ(of(loop, "received"), 4);
    EXPECT_EQ(of(loop, "succeeded"), 4);
    EXPECT_EQ(broker(loop, "restored"), 3);
    EXPECT_EQ(broker(loop, "unacknowledged"), 0);
    const Results patient = tasks({10}, 18'000, "concurrency: 1, countdown: 4h, work: 1s, visibility_timeout: 5h");
    EXPECT_EQ(of(patient, "succeeded"), 1);
    EXPECT_EQ(broker(patient, "restored"), 0);
}

// Late acknowledgement makes a long task one of these; early acknowledgement has it off the books before it begins.
TEST(CeleryOnRedis, RunsLongTasksAgainOnlyIfItAcknowledgesLate)
{
    const std::string longTask = "concurrency: 4, work: 250s, visibility_timeout: 100s, restore_interval: 10s";
    EXPECT_EQ(of(tasks({1}, 600, longTask + ", acks_late: true"), "succeeded"), 3);  // popped at 1, 110 and 210 s
    EXPECT_EQ(of(tasks({1}, 600, longTask), "succeeded"), 1);
}

// A worker that is killed takes nothing back with it: RabbitMQ sees its connection go and has all ten done soon, Redis
// waits for the visibility timeout (eight were in its hands: 2 running and 6 reserved).
TEST(CeleryOnRedis, LeavesTheTasksOfADeadWorkerUntilTheirVisibilityTimeout)
{
    const std::string worker = "concurrency: 2, acks_late: true, work: 1s, visibility_timeout: 60s, restore_interval: 10s";
    const std::string crash = "timeline:\n  - {at: 1.5s, for: 1s, crash: worker}\n";
    EXPECT_EQ(of(tasks(atOnce(10, 1), 60, worker, crash), "succeeded"), 2);
    EXPECT_EQ(of(tasks(atOnce(10, 1), 100, worker, crash), "succeeded"), 10);
    const Results early = tasks(atOnce(10, 1), 200, "concurrency: 2, work: 1s, visibility_timeout: 60s, restore_interval: 10s", crash);
    EXPECT_EQ(of(early, "lost"), 2);
    EXPECT_EQ(of(early, "succeeded"), 8);
}

// Retries go to the same list, carrying their time.
TEST(CeleryOnRedis, RetriesOverTheSameList)
{
    const Results results = tasks({1}, 1000, "steps: [{fail: 100%}], autoretry: true");
    EXPECT_EQ(of(results, "started"), 4);
    EXPECT_EQ(of(results, "retried"), 3);
    EXPECT_EQ(of(results, "failed"), 1);
    EXPECT_EQ(broker(results, "messages") + broker(results, "unacknowledged"), 0);
}

// A broker that is down: places of the prefetch are asked for again, and what aof_everysec kept is executed.
TEST(CeleryOnRedis, GoesOnWhenItsBrokerIsBack)
{
    const std::string crash = "timeline:\n  - {at: 10s, for: 5s, crash: redis}\n";
    const Results kept = tasks(atOnce(40, 1), 100, "concurrency: 1, prefetch_multiplier: 1, work: 1s", crash, ", persistence: aof_everysec");
    EXPECT_GE(of(kept, "reconnects"), 1);
    EXPECT_EQ(of(kept, "succeeded"), 40);
    const Results empty = tasks(atOnce(40, 1), 100, "concurrency: 1, prefetch_multiplier: 1, work: 1s", crash, ", persistence: none");
    EXPECT_GT(broker(empty, "lost_messages"), 20);
    EXPECT_LT(of(empty, "succeeded"), 20);
}

// Replication is asynchronous: ten pushes a second, acknowledged, and those of the last second are gone with the primary.
TEST(CeleryOnRedis, LosesAcknowledgedPushesInAFailover)
{
    std::vector<double> moments;
    for (int push = 0; push < 100; ++push) moments.push_back((push + .5) / 10);
    Options options;
    options.trace = moments;
    const Results results = run("nodes:\n  web: {type: client, arrivals: trace(trace.csv), sends: redis.tasks}\n"
                                "  redis: {type: redis, command: 0s, lists: [tasks], replicas: 1, replication_lag: 1s, down_after: 2s}\n"
                                "timeline:\n  - {at: 10s, crash: redis, replica: 1}\n", 20, options);
    EXPECT_EQ(ended(client(results, "web"), Outcome::ok), 100u);
    EXPECT_EQ(metric(node(results, "redis"), "failovers"), 1);
    EXPECT_EQ(metric(node(results, "redis"), "lost_messages"), 10);
    EXPECT_EQ(metric(node(results, "redis"), "messages"), 90);
}

// Messages share the memory with keys: over maxmemory a push is refused, popping goes on.
TEST(CeleryOnRedis, RefusesPushesOverMaxmemory)
{
    const Results results = tasks(atOnce(20, 1), 30, "concurrency: 1, prefetch_multiplier: 1, work: 1s", "", ", maxmemory: 10kB, key_overhead: 0B", ", bytes: 1kB");
    EXPECT_EQ(broker(results, "oom_errors"), static_cast<double>(ended(client(results, "web"), Outcome::error)));
    EXPECT_GE(ended(client(results, "web"), Outcome::error), 7u);
    EXPECT_EQ(of(results, "succeeded"), static_cast<double>(ended(client(results, "web"), Outcome::ok)));
}

// Whoever polls without Celery pops and acknowledges as well.
TEST(CeleryOnRedis, FeedsPlainConsumersToo)
{
    Options options;
    options.trace = atOnce(10, 1);
    const Results results = run("nodes:\n  web: {type: client, arrivals: trace(trace.csv), sends: redis.jobs}\n  redis: {type: redis, lists: [jobs]}\n"
                                "  hands: {type: consumer, consumes: redis, concurrency: 2, work: 1s}\n", 20, options);
    EXPECT_EQ(metric(node(results, "hands"), "handled"), 10);
    EXPECT_EQ(metric(node(results, "redis"), "unacknowledged"), 0);
}

// kombu's order: by level over all lists first, then the lists in turn.
TEST(RedisLists, ArePoppedByPriorityAndThenInTurn)
{
    engine::Simulation simulation;
    caches::RedisListNames names;
    names.names = {"a", "b"};
    caches::RedisLists lists(simulation, names, 5, 0);
    const auto use = [&](std::uint16_t operation, std::uint64_t key = 0) {
        Request request;
        request.operation = operation;
        request.key = key;
        return lists.execute(request);
    };
    const std::vector<std::string> operations = lists.operations();
    ASSERT_EQ(operations[1], "a-3");
    ASSERT_EQ(operations[4], "b");
    constexpr std::uint16_t a = 5, a3 = 6, b = 9, b3 = 10, pop = 13, acknowledge = 15;
    for (const auto& [operation, key] : {std::pair{a3, 1}, {b3, 2}, {a, 3}, {a, 4}, {b, 5}, {b, 6}}) use(static_cast<std::uint16_t>(operation), static_cast<std::uint64_t>(key));
    std::vector<std::uint64_t> order;
    for (int turn = 0; turn < 6; ++turn) order.push_back(use(pop).key);
    EXPECT_EQ(order, (std::vector<std::uint64_t>{3, 5, 4, 6, 1, 2}));
    EXPECT_FALSE(use(pop).found);
    EXPECT_FALSE(use(acknowledge, 12345).found);
}

// A message that was restored keeps its tag: its first holder's acknowledgement finds it on the second one's account, but
// not while it lies in the list again.
TEST(RedisLists, KeepTheTagOfWhatTheyRestore)
{
    engine::Simulation simulation;
    caches::RedisListNames names;
    names.names = {"a"};
    caches::RedisLists lists(simulation, names, 0, 0);
    constexpr std::uint16_t push = 0, pop = 4, acknowledge = 6, restore = 8;
    const auto use = [&](std::uint16_t operation, std::uint64_t key = 0) {
        Request request;
        request.operation = operation;
        request.key = key;
        return lists.execute(request);
    };
    use(push);
    const std::uint64_t tag = use(pop).token;
    EXPECT_EQ(use(restore, 0).key, 1u);
    EXPECT_FALSE(use(acknowledge, tag).found);
    EXPECT_EQ(lists.ready().level(), 1);
    EXPECT_EQ(use(pop).token, tag);
    EXPECT_TRUE(use(acknowledge, tag).found);
    EXPECT_FALSE(use(acknowledge, tag).found);
    EXPECT_EQ(lists.unacknowledged(), 0);
}

std::string problemOf(const std::string& nodes)
{
    const auto read = scenario::read("tantrum: 1\nduration: 1h\nnodes:\n  web: {type: client, sends: s}\n  s: {type: service, operations: {a: [publish: r.jobs]}}\n" + nodes, "test", catalogue());
    if (read.diagnostics.size() != 1) return fmt::format("{} problems", read.diagnostics.size());
    const auto& found = read.diagnostics.front();
    return fmt::format("{}:{}: {}{}{}", found.position.line, found.position.column, found.message, found.hint.empty() ? "" : " | ", found.hint);
}

TEST(CeleryOnRedis, MistakesAreToldWithTheirPlace)
{
    const std::string good = "  r: {type: redis, lists: [jobs]}\n";
    EXPECT_EQ(problemOf(good + "  w: {type: celery, consumes: r}\n"), "0 problems");
    EXPECT_EQ(problemOf(good + "  w: {type: celery, consumes: r.jbos}\n"), "7:31: 'r' declares no 'jbos' under 'lists' | say which, e.g. r.jobs; did you mean 'jobs'?");
    EXPECT_EQ(problemOf(good + "  w: {type: celery, consumes: r.get}\n").substr(0, 46), "7:31: 'r' declares no 'get' under 'lists' | sa");
    EXPECT_EQ(problemOf(good + "  w: {type: celery, consumes: s}\n"), "7:31: 's' is a service: it cannot be a broker of Celery tasks | nodes here that can: r");
    EXPECT_EQ(problemOf("  r: {type: redis}\n"), "5:48: 'r' declares nothing that could keep messages | add 'lists' to it");
    EXPECT_EQ(problemOf("  r: {type: redis, lists: [jobs, jobs]}\n"), "6:34: 'jobs' is already a list or one of its levels of priority | give the list another name");
    EXPECT_EQ(problemOf("  r: {type: redis, lists: [jobs, get]}\n"), "6:34: 'get' is already a command | give the list another name");
}

}  // namespace
}  // namespace tantrum::models
