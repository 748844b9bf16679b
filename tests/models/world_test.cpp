// The world as a whole: the same run again, what a person does during it, what it promises to count, and when it stops.
#include "tests/models/support/run.h"

#include <cmath>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace tantrum::models {
namespace {

using namespace support;

// A bit of everything.
const std::string mess =
    "nodes:\n"
    "  users: {type: client, arrivals: poisson(200/s), sends: lb.buy, keys: zipf(1000 1.0), bytes: uniform(100B 2000B)}\n"
    "  regulars: {type: client, arrivals: closed(users=10 think=exponential(200ms)), sends: web.buy, keys: uniform(50)}\n"
    "  lb: {type: load_balancer, backends: [web], algorithm: two_choices, eject_after: 20}\n"
    "  web:\n"
    "    type: service\n"
    "    replicas: 3\n"
    "    workers: 8\n"
    "    queue: 40\n"
    "    operations:\n"
    "      buy:\n"
    "        - work: exponential(5ms)\n"
    "        - cache: {in: redis, single_flight: true, steps: [{call: db.read}]}\n"
    "        - together: [{call: prices}, {call: prices, optional: true}]\n"
    "        - choose: [{share: 30%, steps: [{call: db.write, otherwise: [{work: 1ms}]}]}, {steps: [{first_of: [{call: prices}, {call: search}]}]}]\n"
    "        - publish: orders\n"
    "  prices: {type: service, workers: 20, cores: 2, work: lognormal(p50=3ms p99=30ms)}\n"
    "  search: {type: service, workers: 9, blocking: false, queue: 20, drop_expired: true, work: exponential(8ms)}\n"
    "  redis: {type: cache, capacity: 200, ttl: 2s, ttl_jitter: 10%, work: 0.1ms}\n"
    "  db: {type: database, connections: 10, queue: 30, row_locks: true, read: exponential(4ms), write: exponential(6ms)}\n"
    "  orders: {type: queue, visibility: 1s, max_deliveries: 3, max_length: 500, overflow: drop_oldest, dead_letters: dead}\n"
    "  dead: {type: queue, max_length: 50}\n"
    "  packers: {type: consumer, consumes: orders, concurrency: 6, work: exponential(20ms), steps: [{fail: 5%}]}\n"
    "links:\n"
    "  \"* -> *\": {latency: normal(0.5ms 0.1ms)}\n"
    "  lb -> web: {latency: 1ms, jitter: 0.5ms, bandwidth: 100Mbit/s}\n"
    "  web -> db:\n"
    "    latency: 1ms\n"
    "    loss: 0.5%\n"
    "    policies: [bulkhead: {concurrent: 20, queue: 10}, retry: {attempts: 3, backoff: exponential(10ms), jitter: decorrelated, budget: 20%}, circuit_breaker: {window: 50, minimum_calls: 20, open_for: 1s}, timeout: 60ms]\n"
    "  web -> prices: {latency: 0.3ms, cancellation: true, policies: [rate_limit: {rate: 400/s, burst: 40}, hedge: 15ms, timeout: 100ms]}\n"
    "timeline:\n"
    "  - {at: 3s, for: 1s, crash: web, replica: 2}\n"
    "  - {at: 4s, for: 1s, pause: db}\n"
    "  - {at: 5s, for: 2s, slow: prices, factor: 4}\n"
    "  - {at: 6s, for: 1s, partition: [web, db]}\n"
    "  - {at: 7s, for: 1s, errors: search, share: 40%}\n"
    "  - {at: 8s, for: 1s, crash: packers}\n"
    "  - {at: 8.5s, flush: redis}\n"
    "  - {at: 9s, for: 1s, load: users, factor: 3}\n"
    "  - {at: 9s, for: 1s, load: regulars, factor: 2}\n"
    "  - {at: 9.2s, for: 500ms, crash: redis}\n"
    "  - {at: 10s, for: 1s, packet_loss: \"* -> *\", share: 10%}\n"
    "  - {at: 10s, for: 1s, latency: lb -> web, add: 5ms}\n"
    "  - {at: 10.5s, for: 500ms, crash: orders}\n"
    "  - {at: 11s, set: web.workers, to: 4}\n"
    "  - {at: 11s, set: web -> db.retry.attempts, to: 2}\n"
    "  - {at: 11.5s, set: packers.concurrency, to: 2}\n";

// At every moment of a wild run all requests are accounted for, at every node and on every link.
TEST(World, AccountsForEveryRequestAtAnyMoment)
{
    const auto world = build(mess, 14);
    for (int step = 1; step <= 140; ++step) {
        world->advanceTo(second(0.1 * step));
        expectConservation(*world);
    }
    const Results results = world->results();
    EXPECT_GT(client(results, "users").completed, 500u);
    EXPECT_GT(client(results, "users").failed, 50u);
    EXPECT_EQ(results.stopReason, "");
}

// The same scenario and seed: the same run, bit for bit, however it is cut into steps, and whether or not it is watched.
TEST(World, RepeatsARunExactly)
{
    const auto fingerprint = [](std::uint64_t seed, bool watched, double step, std::uint64_t events) {
        Options options;
        options.seed = seed;
        options.passages = options.frames = watched;
        const auto world = build(mess, 12, options);
        for (double time = step; world->now() < world->end(); time += step) {
            if (events)
                while (world->advanceSome(events, second(time)) == World::Progress::reached && world->now() < second(time)) {}
            else
                world->advanceTo(second(time));
        }
        EXPECT_EQ(world->unaccounted(), 0);
        return world->fingerprint();
    };
    const std::uint64_t first = fingerprint(1, false, 12, 0);
    EXPECT_EQ(fingerprint(1, false, 12, 0), first);
    EXPECT_EQ(fingerprint(1, true, 12, 0), first);
    EXPECT_EQ(fingerprint(1, false, 0.017, 0), first);
    EXPECT_EQ(fingerprint(1, true, 0.5, 13), first);
    EXPECT_NE(fingerprint(2, false, 12, 0), first);
}

// Luck belongs to a node by its name: another client beside it changes nothing for the others.
TEST(World, LeavesTheLuckOfOthersUnchangedWhenANodeIsAdded)
{
    const std::string nodes = "nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web, keys: zipf(100 1)}\n  web: {type: service, workers: 3, work: exponential(20ms)}\n";
    const std::string links = "links:\n  users -> web: {latency: exponential(1ms), loss: 1%, policies: [retry: {attempts: 3}, timeout: 100ms]}\n";
    const Results alone = run(nodes + links, 100);
    const Results beside = run(nodes + "  strangers: {type: client, arrivals: poisson(300/s), sends: shop}\n  shop: {type: service, workers: 9, work: exponential(20ms)}\n" + links, 100);
    const ClientResult &one = client(alone, "users"), &other = client(beside, "users");
    EXPECT_EQ(one.offered, other.offered);
    EXPECT_EQ(one.outcomes, other.outcomes);
    EXPECT_TRUE(one.latencyHistogram == other.latencyHistogram);
    EXPECT_EQ(node(alone, "web").queueMean, node(beside, "web").queueMean);
    EXPECT_EQ(link(alone, "users", "web").attempts, link(beside, "users", "web").attempts);
    EXPECT_NE(alone.fingerprint, beside.fingerprint);
}

// A person's hand at a moment is the scenario's own line at that moment: what was tried out can be written down.
TEST(World, DoesWhatItIsToldAsIfTheTimelineHadSaidSo)
{
    const std::string nodes = "nodes:\n  users: {type: client, arrivals: poisson(300/s), sends: web}\n  web: {type: service, replicas: 2, workers: 4, queue: 50, work: exponential(20ms)}\n  pages: {type: cache}\n"
                              "links:\n  users -> web: {latency: exponential(1ms), policies: [retry: {attempts: 3}, timeout: 200ms]}\n";
    for (const char* entry : {"{crash: web, for: 1s}", "{crash: web, replica: 2}", "{pause: web, for: 300ms}", "{slow: web, factor: 3, for: 2s}", "{errors: web, share: 30%, for: 1s}", "{load: users, factor: 2, for: 2s}",
                              "{partition: [users, web], for: 1s}", "{packet_loss: users -> web, share: 20%}", "{latency: users -> web, add: 7ms, for: 1s}", "{flush: pages}", "{set: web.workers, to: 2}",
                              "{set: users.arrivals, to: poisson(500/s)}", "{set: users -> web.timeout.limit, to: 20ms}", "{set: users -> web.latency, to: 3ms}"}) {
        const std::string text(entry);
        const Results written = run(nodes + "timeline:\n  - {at: 2.5s, " + text.substr(1) + "\n", 6);
        const auto world = build(nodes, 6);
        world->advanceTo(second(2.5));
        ASSERT_EQ(world->apply(text), "") << text;
        world->advanceTo(world->end());
        EXPECT_EQ(world->fingerprint(), written.fingerprint) << text;
        ASSERT_EQ(world->happenings().size(), 1u);
        EXPECT_TRUE(world->happenings()[0].byUser);
        const Results untouched = run(nodes, 6);
        EXPECT_EQ(world->fingerprint() == untouched.fingerprint, text.starts_with("{flush")) << text;
        expectConservation(*world);
    }
}

// The window stops between any two events; the rest of the instant comes before the hand.
TEST(World, FinishesTheInstantBeforeItDoesWhatItIsTold)
{
    const std::string nodes = "nodes:\n  users: {type: client, arrivals: closed(100 1s), sends: web}\n  web: {type: service, workers: 9, work: 1ms}\n";
    const auto world = build(nodes, 3);
    world->advanceSome(130, world->end());
    EXPECT_EQ(world->now(), second(1));
    ASSERT_EQ(world->apply("{crash: web}"), "");
    world->advanceTo(world->end());
    EXPECT_EQ(world->fingerprint(), run(nodes + "timeline:\n  - {at: 1s, crash: web}\n", 3).fingerprint);
}

TEST(World, SaysWhyItRefusesWhatItIsTold)
{
    const std::string nodes = "nodes:\n  users: {type: client, arrivals: paced(10/s), sends: web}\n  web: {type: service, work: 1ms}\n";
    const auto world = build(nodes, 3);
    world->advanceTo(second(1));
    const std::uint64_t before = world->fingerprint();
    for (const char* entry : {"crash", "", "{crash: wbe}", "{crash: users}", "{explode: web}", "{set: web.replicas, to: 3}", "{set: web.workers, to: 0}", "{crash: web, for: 3 apples}", "{crash: web", "{}", "{at: 2s, crash: web}"})
        EXPECT_NE(world->apply(entry), "") << entry;
    EXPECT_EQ(world->fingerprint(), before);
    EXPECT_TRUE(world->happenings().empty());
    world->advanceTo(world->end());
    EXPECT_NE(world->apply("{crash: web}"), "");
}

// The scenario's own claims, in their windows: 10 a second in turn served, refused, served.
TEST(World, JudgesExpectationsInTheirWindows)
{
    const Results results = run("warmup: 1s\nnodes:\n  users: {type: client, arrivals: paced(10/s), sends: web}\n  web: {type: service, work: 50ms}\nlinks:\n  users -> web: {latency: 5ms, policies: [retry: {attempts: 2, backoff: fixed(1ms)}]}\n"
                                "timeline:\n  - {at: 4.05s, for: 2s, crash: web}\n"
                                "expect:\n"
                                "  - mean(users.latency) == 60ms within 0.001%\n"
                                "  - p50(users.latency) == 60ms within 1%\n"
                                "  - p99(users.latency) < 61ms\n"
                                "  - max(users.latency) < 60ms\n"
                                "  - offered(users) == 10/s within 0.001%\n"
                                "  - goodput(users) >= 10/s before 4s\n"
                                "  - goodput(users) <= 0/s between 4.1s and 6s\n"
                                "  - error_rate(users) >= 100% between 4.1s and 6s\n"
                                "  - error_rate(users) <= 0% after 6.1s\n"
                                "  - throughput(users) == 10/s within 6% between 4.1s and 6s\n"
                                "  - utilization(web) == 50% within 1% before 4s\n"
                                "  - queue_max(web) <= 0\n"
                                "  - attempts(users -> web) == 2 within 3% between 4.1s and 6s\n"
                                "  - attempts(users -> web) <= 1 after 6.1s\n"
                                "  - mean(users.latency) > 1ms between 4.1s and 6s\n", 10);
    ASSERT_EQ(results.expect.size(), 15u);
    for (std::size_t index = 0; index < results.expect.size(); ++index) {
        const ExpectResult& each = results.expect[index];
        EXPECT_EQ(each.passed, index != 3 && index != 14) << each.text << ": " << each.value;
    }
    EXPECT_TRUE(std::isnan(results.expect[14].value));  // nobody was served
    EXPECT_FALSE(results.expect[14].remark.empty());
}

#if defined(__SANITIZE_ADDRESS__)
#define SKIP_UNDER_SANITIZER() GTEST_SKIP() << "too many events for a sanitizer"
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SKIP_UNDER_SANITIZER() GTEST_SKIP() << "too many events for a sanitizer"
#endif
#endif
#ifndef SKIP_UNDER_SANITIZER
#define SKIP_UNDER_SANITIZER() static_cast<void>(0)
#endif

std::string reasonOfStop(const std::string& yaml, double seconds)
{
    const auto world = build(yaml, seconds);
    EXPECT_EQ(world->advanceTo(world->end()), World::Progress::stopped);
    EXPECT_EQ(world->advanceTo(world->end()), World::Progress::stopped);  // and so it stays
    EXPECT_EQ(world->results().stopReason, world->stopReason());
    EXPECT_LT(world->now(), world->end());
    EXPECT_EQ(world->unaccounted(), 0);
    EXPECT_NE(world->apply("{load: users, factor: 2}"), "");
    return world->stopReason();
}

// An overloaded queue without bound is stopped before it eats the machine, and named.
TEST(Guard, StopsAQueueThatGrowsWithoutEndAndNamesIt)
{
    SKIP_UNDER_SANITIZER();
    const std::string reason = reasonOfStop("nodes:\n  users: {type: client, arrivals: paced(1000000/s), sends: orders}\n  orders: {type: queue}\n", 100);
    EXPECT_NE(reason.find("'orders' grows without end"), std::string::npos) << reason;
}

// Somebody who asks again without waiting: time stands still, and the one who is asked is named.
TEST(Guard, StopsAStormAtOneInstantAndNamesItsCentre)
{
    SKIP_UNDER_SANITIZER();
    const std::string reason = reasonOfStop("nodes:\n  users: {type: client, arrivals: closed(users=1), sends: web}\n  web: {type: service, work: 0s}\n", 1);
    EXPECT_NE(reason.find("'web'"), std::string::npos) << reason;
    EXPECT_NE(reason.find("time stands still"), std::string::npos) << reason;
}

// Services that call each other for ever, which no reader can see because it is a matter of chance.
TEST(Guard, StopsServicesThatCallEachOtherEndlessly)
{
    const std::string reason = reasonOfStop("nodes:\n  users: {type: client, arrivals: paced(10/s), sends: a}\n"
                                            "  a: {type: service, workers: 1000, operations: {get: [{choose: [{share: 99.99%, steps: [{call: b}]}, {steps: [{work: 1ms}]}]}]}}\n"
                                            "  b: {type: service, workers: 1000, operations: {get: [{choose: [{share: 99.99%, steps: [{call: a}]}, {steps: [{work: 1ms}]}]}]}}\n", 100);
    EXPECT_NE(reason.find("endless circle"), std::string::npos) << reason;
}

// The same through what only passes requests on, with and without a network: balancers and caches in a circle.
TEST(Guard, StopsBalancersAndCachesInACircle)
{
    const std::string users = "nodes:\n  users: {type: client, arrivals: paced(10/s), sends: a}\n";
    for (const std::string& circle : {users + "  a: {type: load_balancer, backends: [b]}\n  b: {type: load_balancer, backends: [a]}\n",
                                      users + "  a: {type: load_balancer, backends: [a]}\n",
                                      users + "  a: {type: cache, workers: 1000, backend: b.get}\n  b: {type: cache, workers: 1000, backend: a.get}\n",
                                      users + "  a: {type: cache, workers: 1000, backend: b}\n  b: {type: load_balancer, backends: [a]}\nlinks:\n  \"* -> *\": {latency: 0s}\n"}) {
        const std::string reason = reasonOfStop(circle, 100);
        EXPECT_NE(reason.find("endless circle"), std::string::npos) << reason;
    }
}

// A program of a billion empty turns: no event would ever end, and neither the guard nor the window would get a look in.
TEST(Guard, GetsALookIntoLoopsInWhichNothingHappens)
{
    const auto world = build("nodes:\n  users: {type: client, arrivals: paced(10/s), sends: web}\n"
                             "  web: {type: service, operations: {get: [{repeat: {times: 30000, steps: [{repeat: {times: 30000, steps: [{fail: 0%}]}}]}}]}}\n", 100);
    EXPECT_EQ(world->advanceSome(1000, world->end()), World::Progress::reached);
    EXPECT_EQ(world->now(), second(0.1));
    EXPECT_EQ(world->unaccounted(), 0);
}

// A bounded overload is nobody's business.
TEST(Guard, LetsBoundedOverloadGoOn)
{
    const Results results = run("nodes:\n  users: {type: client, arrivals: poisson(20000/s), sends: web}\n  web: {type: service, workers: 2, queue: 100, work: 1ms}\n", 20);
    EXPECT_GT(client(results, "users").failed, 300'000u);
}

}  // namespace
}  // namespace tantrum::models
