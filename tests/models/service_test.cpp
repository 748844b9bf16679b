// Workers, queues, replicas and the steps of operations.
#include "tests/models/support/run.h"

#include <cmath>
#include <gtest/gtest.h>

namespace tantrum::models {
namespace {

using namespace support;

constexpr double sigmas = 5;

// Requests at the given moments to a service described by the rest.
Results serve(const std::string& service, std::vector<double> moments, double seconds = 5, const std::string& more = "")
{
    Options options;
    options.trace = std::move(moments);
    return run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: web}\n  web: {type: service, " + service + "}\n" + more, seconds, options);
}

const LatencySummary& latency(const Results& results) { return client(results, "users").latency; }

TEST(Service, HandlesAsManyRequestsAtOnceAsItHasWorkers)
{
    const Results results = serve("workers: 2, work: 10ms", atOnce(5, 1));
    EXPECT_NEAR(latency(results).maximum, 0.030, 1e-12);
    EXPECT_NEAR(latency(results).mean, (10 + 10 + 20 + 20 + 30) / 5e3, 1e-12);
    EXPECT_EQ(node(results, "web").queueMax, 3);
}

TEST(Service, RejectsAtOnceWhatFindsTheQueueFull)
{
    const Results results = serve("workers: 2, queue: 3, work: 10ms", atOnce(10, 1));
    EXPECT_EQ(ended(client(results, "users"), Outcome::ok), 5u);
    EXPECT_EQ(ended(client(results, "users"), Outcome::rejected), 5u);
    EXPECT_EQ(client(results, "users").failureLatency.maximum, 0);
}

// Three that come a millisecond apart to one worker of 10 ms: 10, 19, 28 in turn; newest first the last needs 18, the
// second 29.
TEST(Service, ServesTheNewestFirstWithLifo)
{
    EXPECT_NEAR(latency(serve("work: 10ms", {1, 1.001, 1.002})).maximum, 0.028, 1e-12);
    const Results newest = serve("work: 10ms, discipline: lifo", {1, 1.001, 1.002});
    EXPECT_NEAR(latency(newest).maximum, 0.029, 1e-12);
    EXPECT_NEAR(latency(newest).mean, 0.019, 1e-12);
}

// Each replica has its own workers and its own queue; round robin gives each every third request.
TEST(Service, SpreadsRequestsOverItsReplicas)
{
    EXPECT_NEAR(latency(serve("replicas: 3, work: 30ms", {1, 1.01, 1.02, 1.03, 1.04, 1.05})).maximum, 0.030, 1e-12);
    const Results results = serve("replicas: 3, work: 30ms, queue: 1", atOnce(9, 1));
    EXPECT_EQ(client(results, "users").completed, 6u);
    EXPECT_EQ(ended(client(results, "users"), Outcome::rejected), 3u);
}

// Two requests of 1 s on replica 1 and 2 of three; the next three all fit only if the idle one is found each time.
TEST(Service, FindsTheIdleReplicaWithLeastRequests)
{
    EXPECT_NEAR(latency(serve("replicas: 3, balance: least_requests, work: 1s", {1, 1.1, 1.2, 2.05, 2.15, 2.25})).maximum, 1, 1e-12);
    EXPECT_NEAR(latency(serve("replicas: 2, balance: least_requests, queue: 0, work: 100ms", {1, 1.01, 1.101, 1.111}, 5)).maximum, 0.1, 1e-12);
}

// A random choice gives each of four replicas its share; with no queue, what meets a busy one is refused.
TEST(Service, SpreadsAtRandomWithBalanceRandom)
{
    const Results results = run("nodes:\n  users: {type: client, arrivals: paced(1000/s), sends: web}\n"
                                "  web: {type: service, replicas: 4, balance: random, queue: 0, work: 0.9ms}\n", 20);
    EXPECT_EQ(client(results, "users").failed, 0u);  // each is done before the next comes
    const Results pairs = run("nodes:\n  users: {type: client, arrivals: paced(1000/s), sends: web}\n"
                              "  web: {type: service, replicas: 4, balance: random, queue: 0, work: 1.9ms}\n", 20);
    // A request is refused exactly if it meets the replica its accepted predecessor took: r = (1 - r) / 4.
    const double refused = static_cast<double>(client(pairs, "users").failed) / 20'000;
    EXPECT_NEAR(refused, 0.2, sigmas * std::sqrt(0.16 / 20'000));
}

// One worker: blocking it waits with its request for the database, 100 ms each; as an event loop only its own
// millisecond queues.
TEST(Service, HoldsAWorkerWhileItWaitsOnlyIfItBlocks)
{
    const std::string operations = "operations: {page: [{work: 1ms}, {call: db}]}";
    const std::string db = "  db: {type: service, workers: 100, work: 99ms}\n";
    EXPECT_NEAR(latency(serve(operations, atOnce(10, 1), 5, db)).maximum, 1.000, 1e-12);
    const Results loop = serve("blocking: false, " + operations, atOnce(10, 1), 5, db);
    EXPECT_NEAR(latency(loop).maximum, 0.109, 1e-12);
    EXPECT_NEAR(latency(loop).mean, 0.1045, 1e-12);
}

// In an event loop the queue bound is on work that waits for a worker.
TEST(Service, RejectsInAnEventLoopWhenItsWorkQueueIsFull)
{
    const Results results = serve("blocking: false, queue: 2, work: 10ms", atOnce(5, 1));
    EXPECT_EQ(client(results, "users").completed, 3u);
    EXPECT_EQ(ended(client(results, "users"), Outcome::rejected), 2u);
}

TEST(Service, SharesItsCoresEquallyAmongRunningWork)
{
    EXPECT_NEAR(latency(serve("workers: 4, cores: 2, work: 10ms", atOnce(4, 1))).mean, 0.020, 1e-9);
    const Results queued = serve("workers: 2, cores: 1, work: 10ms", atOnce(4, 1));
    EXPECT_NEAR(latency(queued).mean, 0.030, 1e-9);  // 20, 20, 40, 40
    EXPECT_NEAR(latency(queued).maximum, 0.040, 1e-9);
}

// Processor sharing is insensitive: whatever the law of the work, the mean is that of M/M/1, 1 / (mu - lambda) (Kleinrock
// 1976, 4.4); first come first served would give 21.7 ms for constant work. 280,000 requests leave a standard error
// below 2 %.
TEST(Service, HasTheMeanOfMM1UnderProcessorSharingWhateverTheLaw)
{
    for (const char* work : {"10ms", "exponential(10ms)"}) {
        const Results results = run(std::string("warmup: 10s\nnodes:\n  users: {type: client, arrivals: poisson(70/s), sends: web}\n"
                                                "  web: {type: service, workers: 100000, cores: 1, work: ") + work + "}\n", 4000);
        EXPECT_NEAR(latency(results).mean, 1.0 / (100 - 70), 0.1 / (100 - 70)) << work;
    }
}

// One worker of 100 ms, callers that wait 150: the second is begun in time and answered too late, the third is dropped
// before it costs anything.
TEST(Service, DropsExpiredWorkBeforeItIsBegun)
{
    const std::string link = "links:\n  users -> web: {latency: 0s, policies: [timeout: 150ms]}\n";
    const Results results = serve("work: 100ms, drop_expired: true", atOnce(3, 1), 5, link);
    EXPECT_EQ(ended(client(results, "users"), Outcome::ok), 1u);
    EXPECT_EQ(ended(client(results, "users"), Outcome::timeout), 2u);
    EXPECT_EQ(ended(node(results, "web"), Outcome::expired), 1u);
    EXPECT_NEAR(node(results, "web").utilization, 0.2 / 5, 1e-9);
    const Results wasteful = serve("work: 100ms", atOnce(3, 1), 5, link);
    EXPECT_EQ(node(wasteful, "web").completed, 3u);
    EXPECT_NEAR(node(wasteful, "web").utilization, 0.3 / 5, 1e-9);
}

TEST(Service, FailsTheShareOfRequestsItsStepSays)
{
    const Results results = run("nodes:\n  users: {type: client, arrivals: paced(1000/s), sends: web.get}\n"
                                "  web: {type: service, operations: {get: [{fail: 30%}, {work: 0.1ms}]}}\n", 20);
    const double failed = static_cast<double>(ended(client(results, "users"), Outcome::error));
    EXPECT_NEAR(failed, 6000, sigmas * std::sqrt(20'000 * 0.21));
    EXPECT_NEAR(client(results, "users").failureLatency.maximum, 0, 1e-12);
    const Results rejects = serve("operations: {get: [{work: 1ms}, {fail: {share: 100%, outcome: rate_limited}}, {work: 1s}]}", {1});
    EXPECT_EQ(ended(client(rejects, "users"), Outcome::rateLimited), 1u);
    EXPECT_NEAR(client(rejects, "users").failureLatency.maximum, 0.001, 1e-12);
}

// Several operations of one service share its workers and are told apart by name.
TEST(Service, RunsTheOperationThatIsCalled)
{
    const Results results = run("nodes:\n  readers: {type: client, arrivals: paced(10/s), sends: web.read}\n"
                                "  writers: {type: client, arrivals: paced(10/s), sends: web.write}\n"
                                "  web: {type: service, workers: 9, operations: {read: [{work: 1ms}], write: [{work: 5ms}, {work: 2ms}]}}\n", 10);
    EXPECT_NEAR(client(results, "readers").latency.mean, 0.001, 1e-12);
    EXPECT_NEAR(client(results, "writers").latency.mean, 0.007, 1e-12);
}

TEST(Service, ChangesItsWorkersAndQueueLive)
{
    const Results results = serve("work: 1s", atOnce(4, 1), 10, "timeline:\n  - {at: 1.5s, set: web.workers, to: 4}\n");
    EXPECT_NEAR(latency(results).maximum, 1.5, 1e-12);
    const Results bounded = serve("work: 1s", {1, 1, 2.5, 2.5}, 10, "timeline:\n  - {at: 1.5s, set: web.queue, to: 1}\n");
    EXPECT_EQ(ended(client(bounded, "users"), Outcome::rejected), 1u);
}

// The slider of `work` moves whatever kind of service it belongs to.
TEST(Service, ChangesItsWorkLiveWhateverItsKind)
{
    for (const char* kind : {"", "cores: 9, ", "blocking: false, "}) {
        const Results results = serve(std::string(kind) + "workers: 9, work: 10ms", {1, 3}, 5, "timeline:\n  - {at: 2s, set: web.work, to: 40ms}\n");
        EXPECT_NEAR(latency(results).maximum, 0.040, 1e-9) << kind;
        EXPECT_NEAR(latency(results).mean, 0.025, 1e-9) << kind;
    }
}

// --- steps ---

Results steps(const std::string& program, std::vector<double> moments = {1}, const std::string& more = "")
{
    return serve("workers: 50, operations: {page: [" + program + "]}", std::move(moments), 20,
                 "  fast: {type: service, workers: 50, work: 10ms}\n  slow: {type: service, workers: 50, work: 70ms}\n"
                 "  broken: {type: service, workers: 50, operations: {get: [{work: 5ms}, {fail: 100%}]}}\n" + more);
}

TEST(Steps, RunOneAfterTheOther)
{
    EXPECT_NEAR(latency(steps("{work: 1ms}, {call: fast}, {call: slow}")).mean, 0.081, 1e-12);
}

TEST(Steps, TakeTogetherAsLongAsTheSlowest)
{
    EXPECT_NEAR(latency(steps("{together: [{call: fast}, {call: slow}, [{call: fast}, {call: fast}]]}, {work: 1ms}")).mean, 0.071, 1e-12);
}

// All branches end before a failure of one is passed on.
TEST(Steps, FailTogetherWithTheFirstFailureAfterAllAreDone)
{
    const Results results = steps("{together: [{call: broken}, {call: slow}]}, {work: 1s}");
    EXPECT_EQ(ended(client(results, "users"), Outcome::error), 1u);
    EXPECT_NEAR(client(results, "users").failureLatency.mean, 0.070, 1e-12);
    EXPECT_EQ(node(results, "slow").completed, 1u);
}

// The slower branch is cancelled where it stands: within a process that frees its worker.
TEST(Steps, TakeTheFirstSuccessAndCancelTheRest)
{
    const Results results = steps("{first_of: [{call: slow}, {call: broken}, {call: fast}]}");
    EXPECT_NEAR(latency(results).mean, 0.010, 1e-12);
    EXPECT_EQ(ended(node(results, "slow"), Outcome::timeout), 1u);
    EXPECT_NEAR(node(results, "slow").utilization * 50 * 20, 0.010, 1e-9);
    const Results hopeless = steps("{first_of: [{call: broken}, {call: broken}]}");
    EXPECT_EQ(ended(client(hopeless, "users"), Outcome::error), 1u);
}

TEST(Steps, RepeatAsOftenAsTheySay)
{
    const Results results = steps("{repeat: {times: 4, steps: [{call: fast}, {work: 1ms}]}}");
    EXPECT_NEAR(latency(results).mean, 0.044, 1e-12);
    EXPECT_EQ(node(results, "fast").arrivals, 4u);
    EXPECT_EQ(node(steps("{repeat: {times: 4, steps: [{call: broken}]}}"), "broken").arrivals, 1u);  // a failure ends it
}

TEST(Steps, ChooseBranchesByTheirShares)
{
    const Results results = run("nodes:\n  users: {type: client, arrivals: paced(1000/s), sends: web}\n"
                                "  web: {type: service, operations: {page: [{choose: [{share: 70%, steps: [{call: a}]}, {share: 20%, steps: [{call: b}]}, {steps: [{call: c}]}]}]}}\n"
                                "  a: {type: service, work: 0s}\n  b: {type: service, work: 0s}\n  c: {type: service, work: 0s}\n", 20);
    EXPECT_NEAR(static_cast<double>(node(results, "a").arrivals), 14'000, sigmas * std::sqrt(20'000 * 0.21));
    EXPECT_NEAR(static_cast<double>(node(results, "b").arrivals), 4'000, sigmas * std::sqrt(20'000 * 0.16));
    EXPECT_NEAR(static_cast<double>(node(results, "c").arrivals), 2'000, sigmas * std::sqrt(20'000 * 0.09));
}

TEST(Steps, IgnoreTheFailureOfAnOptionalCallAndMakeUpForAnother)
{
    EXPECT_NEAR(latency(steps("{call: broken, optional: true}, {work: 1ms}")).mean, 0.006, 1e-12);
    EXPECT_NEAR(latency(steps("{call: broken, otherwise: [{call: fast}]}, {work: 1ms}")).mean, 0.016, 1e-12);
    const Results both = steps("{call: broken, otherwise: [{call: broken}]}, {work: 1ms}");
    EXPECT_EQ(ended(client(both, "users"), Outcome::error), 1u);
    EXPECT_EQ(node(both, "broken").arrivals, 2u);
}

// A message is handed over, not waited for; it is sent though its request fails afterwards.
TEST(Steps, PublishWithoutWaiting)
{
    const Results results = steps("{publish: orders}, {work: 1ms}, {fail: 100%}", {1}, "  orders: {type: queue}\nlinks:\n  web -> orders: {latency: 500ms}\n");
    EXPECT_NEAR(client(results, "users").failureLatency.mean, 0.001, 1e-12);
    EXPECT_EQ(metric(node(results, "orders"), "published"), 1);
}

// Cache-aside: the first loads and stores, the second finds it; a cache that is down is a miss.
TEST(Steps, LoadAndStoreWhatTheCacheDoesNotHave)
{
    const std::string program = "{cache: {in: redis, steps: [{call: slow}]}}";
    const Results results = steps(program, {1, 2}, "  redis: {type: cache, work: 1ms}\n");
    EXPECT_NEAR(latency(results).maximum, 0.072, 1e-12);
    EXPECT_NEAR(latency(results).mean, (0.072 + 0.001) / 2, 1e-12);
    const Results down = steps(program, {1, 2}, "  redis: {type: cache, work: 1ms}\ntimeline:\n  - {at: 0.5s, crash: redis}\n");
    EXPECT_NEAR(latency(down).mean, 0.070, 1e-12);
    EXPECT_EQ(node(down, "slow").arrivals, 2u);
}

TEST(Steps, ShareOneLoadAmongConcurrentMissesWithSingleFlight)
{
    const std::string redis = "  redis: {type: cache, workers: 99, work: 1ms}\n";
    EXPECT_EQ(node(steps("{cache: {in: redis, steps: [{call: slow}]}}", atOnce(20, 1), redis), "slow").arrivals, 20u);
    const Results shared = steps("{cache: {in: redis, single_flight: true, steps: [{call: slow}]}}", atOnce(20, 1), redis);
    EXPECT_EQ(node(shared, "slow").arrivals, 1u);
    EXPECT_EQ(client(shared, "users").completed, 20u);
}

}  // namespace
}  // namespace tantrum::models
