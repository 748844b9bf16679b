// Refusing what cannot be served: by the client's own count, by waits in a queue, by a limit that finds itself.
#include "tests/models/support/run.h"

#include <cmath>
#include <gtest/gtest.h>
#include <string>

namespace tantrum::models {
namespace {

using namespace support;

// A backend of 1000/s with a queue that is always full, and what the throttle lets through to it.
Results overload(double offered, const std::string& throttle)
{
    return run("nodes:\n  users: {type: client, arrivals: \"poisson(" + std::to_string(offered) + "/s)\", sends: web}\n  web: {type: service, workers: 10, queue: 50, work: 10ms}\nlinks:\n  users -> web: {latency: 0s, policies: [" + throttle + "]}\nwarmup: 200s\n", 600);
}

// SRE book, chapter 21, K = 2 (validation A16): offered/capacity 3, 5, 10: the client refuses .333, .6, .8, and the
// backend sees twice its capacity, to 2 %.
TEST(AdaptiveThrottle, LetsTwiceTheCapacityThrough)
{
    for (const auto& [times, refused] : {std::pair(3.0, .333), std::pair(5.0, .6), std::pair(10.0, .8)}) {
        const Results results = overload(1000 * times, "adaptive_throttle: {}");
        const LinkResult& way = link(results, "users", "web");
        EXPECT_NEAR(metric(way, "adaptive_throttle.refused") / static_cast<double>(way.calls), refused, 0.02 * (1 - refused)) << times;
        EXPECT_NEAR(static_cast<double>(way.attempts) / 600, 2000, 0.02 * 2000) << times;
        EXPECT_NEAR(static_cast<double>(node(results, "web").completed) / 600, 1000, 2) << times;
        EXPECT_NEAR(metric(way, "adaptive_throttle.refusal_now"), refused, 0.02) << times;
    }
}

// Only the first calls find requests without accepts: those under way. Their share is soon below one in two.
TEST(AdaptiveThrottle, RefusesNothingButAtTheStartWhileTheBackendKeepsUp)
{
    const auto world = build("nodes:\n  users: {type: client, arrivals: poisson(900/s), sends: web}\n  web: {type: service, workers: 10, work: 10ms}\nlinks:\n  users -> web: {latency: 0s, policies: [adaptive_throttle: {}]}\n", 60);
    world->advanceTo(second(1));
    const double first = metric(link(world->results(), "users", "web"), "adaptive_throttle.refused");
    EXPECT_LT(first, 100);
    world->advanceTo(world->end());
    EXPECT_EQ(metric(link(world->results(), "users", "web"), "adaptive_throttle.refused"), first);
}

// A smaller K lets less through: with 1.1 the backend sees 1.1 times its capacity. It also grows by no more than a tenth
// each window, so the window is short here.
TEST(AdaptiveThrottle, LetsKTimesTheCapacityThrough)
{
    const Results results = overload(3000, "adaptive_throttle: {k: 1.1, window: 2s}");
    EXPECT_NEAR(static_cast<double>(link(results, "users", "web").attempts) / 600, 1100, 0.03 * 1100);
}

// During an outage about one call each window is let through; after it each accepted one lets two more through, so that it
// recovers within a few windows. Errors are answers, if they are said to be.
TEST(AdaptiveThrottle, RecoversAfterAnOutageAndCountsErrorsAsItIsTold)
{
    const auto throttled = [](const std::string& throttle, const std::string& fault, double from, double until) {
        const auto world = build("nodes:\n  users: {type: client, arrivals: paced(100/s), sends: web}\n  web: {type: service, workers: 10, work: 1ms}\nlinks:\n  users -> web: {latency: 0s, policies: [adaptive_throttle: {" + throttle + "}]}\ntimeline:\n  - {at: 60s, for: 60s, " + fault + ": web}\n", 400);
        world->advanceTo(second(from));
        const double before = metric(link(world->results(), "users", "web"), "adaptive_throttle.refused");
        world->advanceTo(second(until));
        return metric(link(world->results(), "users", "web"), "adaptive_throttle.refused") - before;
    };
    EXPECT_GT(throttled("window: 5s", "crash", 60, 120), 5000);
    EXPECT_EQ(throttled("window: 5s", "crash", 10, 60), 0);
    EXPECT_EQ(throttled("window: 5s", "crash", 250, 400), 0);
    EXPECT_EQ(throttled("window: 5s", "errors", 10, 400), 0);
    EXPECT_GT(throttled("window: 5s, errors_are_accepted: false", "errors", 60, 120), 5000);
}

// 60,000 at once at one each 10 µs: waits grow past the target of 5 ms after 5 ms and stay above it. An interval later
// the first is dropped, then after 100, 70.7, 57.7, 50 ms … (validation A16; RFC 8289, interval/√count). A drop falls on
// the next call that leaves the queue, at most 10 µs later.
TEST(Codel, DropsMoreAndMoreOftenWhileWaitsAreTooLong)
{
    Options options;
    options.trace = atOnce(60'000, 1);
    const auto world = build("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: web}\n  web: {type: service, workers: 1, work: 10us}\nlinks:\n  users -> web: {latency: 0s, policies: [codel: {concurrent: 1, queue: 100000}]}\n", 3, options);
    const auto dropped = [&](double moment) {
        world->advanceTo(second(moment));
        return metric(link(world->results(), "users", "web"), "codel.dropped");
    };
    double moment = 1.105;
    EXPECT_EQ(dropped(moment - 1e-5), 0);
    for (int count = 1; count <= 5; ++count) {
        EXPECT_EQ(dropped(moment - 1e-6), count - 1) << count;
        EXPECT_EQ(dropped(moment + 1.5e-5), count) << count;
        moment += 0.1 / std::sqrt(count);
    }
}

// A burst that drains within an interval of getting late loses nothing, nor does a load whose waits are short.
TEST(Codel, LeavesAloneWhatDrainsInTime)
{
    Options options;
    options.trace = atOnce(100, 1);
    const std::string nodes = "nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: web}\n  web: {type: service, workers: 1, work: 1ms}\nlinks:\n  users -> web: {latency: 0s, policies: [codel: {concurrent: 1, queue: ";
    const Results burst = run(nodes + "1000}]}\n", 3, options);
    EXPECT_EQ(client(burst, "users").completed, 100u);
    EXPECT_NEAR(client(burst, "users").latency.maximum, 0.1, 1e-9);
    EXPECT_EQ(ended(client(run(nodes + "30}]}\n", 3, options), "users"), Outcome::rejected), 69u);  // one served, thirty wait
}

// Twice the load a server can take. A plain bulkhead's queue fills, everybody waits for all of it. CoDel's own law is
// meant for senders that slow down; controlled delay keeps the wait at its target, and with the newest first those
// served have hardly waited.
TEST(Codel, KeepsWaitsShortUnderOverload)
{
    const auto median = [](const std::string& policy) {
        const Results results = run("nodes:\n  users: {type: client, arrivals: poisson(2000/s), sends: web}\n  web: {type: service, workers: 10, work: 10ms}\nlinks:\n  users -> web: {latency: 0s, policies: [" + policy + "]}\nwarmup: 5s\n", 30);
        EXPECT_NEAR(client(results, "users").goodputPerSecond, 1000, 10) << policy;
        return client(results, "users").latency.p50;
    };
    EXPECT_NEAR(median("bulkhead: {concurrent: 10, queue: 1000}"), 1.01, 0.02);
    EXPECT_LT(median("codel: {concurrent: 10, law: controlled_delay}"), 0.0165);
    EXPECT_LT(median("codel: {concurrent: 10, law: controlled_delay, order: adaptive_lifo}"), 0.0165);
}

// A backend of ten workers at 10 ms, 1000/s, whose queue has no end, and a limit in front of it.
Results limited(const std::string& policies, double offered, double seconds = 60, const std::string& more = "", const std::string& web = "workers: 10, work: 10ms")
{
    return run("nodes:\n  users: {type: client, arrivals: \"poisson(" + std::to_string(offered) + "/s)\", sends: web}\n  web: {type: service, " + web + "}\nlinks:\n  users -> web: {latency: 0s, policies: [" + policies + "]}\nwarmup: 10s\n" + more, seconds);
}
double ofLimit(const Results& results, const char* key) { return metric(link(results, "users", "web"), std::string("concurrency_limit.") + key); }

// Three times the capacity: whatever finds the limit, the backend is kept busy and its queue short, where without a limit
// the wait grows for as long as the run lasts.
TEST(ConcurrencyLimit, KeepsTheBackendBusyAndItsQueueShort)
{
    for (const auto& [policy, longest] : {std::pair("concurrency_limit: vegas", .03), std::pair("concurrency_limit: {algorithm: envoy, remeasure: 15s}", .05), std::pair("concurrency_limit: {algorithm: gradient2, least: 5}", .3),
                                          std::pair("concurrency_limit: {algorithm: aimd, too_long: 30ms, least: 10}", .035)}) {
        const Results results = limited(policy, 3000);
        EXPECT_GT(client(results, "users").goodputPerSecond, 930) << policy;
        EXPECT_LT(client(results, "users").latency.p50, longest) << policy;
        EXPECT_GT(ofLimit(results, "refused"), 1900 * 50) << policy;
        EXPECT_LE(ofLimit(results, "under_way"), ofLimit(results, "limit") + 100) << policy;
    }
    EXPECT_GT(client(limited("timeout: 1000s", 3000), "users").latency.p50, 10);
}

// Enough room: no call is refused for long. Limits do not grow while less than half of them is used.
TEST(ConcurrencyLimit, LeavesALightLoadAloneAndDoesNotGrowUnused)
{
    for (const char* algorithm : {"vegas", "gradient2", "aimd"}) {
        const Results results = limited(std::string("concurrency_limit: ") + algorithm, 200, 60, "", "workers: 100, work: 10ms");
        EXPECT_EQ(ofLimit(results, "refused"), 0) << algorithm;
        EXPECT_LE(ofLimit(results, "limit"), 40) << algorithm;
    }
}

// Netflix AIMDLimit: 20 at first, one more for each success at half use, nine tenths rounded down after a drop, within its bounds.
TEST(ConcurrencyLimit, AddsOneAndTakesATenthAsAimd)
{
    const auto limit = [](std::vector<double> moments, const std::string& web, const std::string& inner = "") {
        Options options;
        options.trace = std::move(moments);
        return ofLimit(run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: web}\n  web: {type: service, " + web + "}\nlinks:\n  users -> web: {latency: 0s, policies: [concurrency_limit: {algorithm: aimd, least: 3}" + inner + "]}\n", 20, options), "limit");
    };
    EXPECT_EQ(limit(atOnce(9, 1), "workers: 99, work: 10ms"), 20);    // less than half of it used
    EXPECT_EQ(limit(atOnce(20, 1), "workers: 99, work: 10ms"), 20 + 11);  // the 10th to the 20th: 2 × 10 are 20, 2 × 11 more than 21 …
    EXPECT_EQ(limit(atOnce(1, 1), "workers: 99, work: 10ms", ", timeout: 5ms"), 18);
    EXPECT_EQ(limit(atOnce(3, 1), "workers: 99, work: 10ms", ", timeout: 5ms"), 14);  // 18, 16, 14
    EXPECT_EQ(limit({1, 2, 3}, "workers: 99, work: 6s"), 14);                          // longer than 5 s: as good as dropped
    EXPECT_EQ(limit(atOnce(20, 1), "workers: 99, work: 10ms", ", timeout: 5ms"), 3);   // no lower than its least
    EXPECT_EQ(limit({1}, "workers: 99, operations: {get: [{fail: 100%}]}"), 20);       // an error says nothing about capacity
}

// Envoy: three at a time until fifty calls were measured, whatever is offered; the excess is refused at once.
TEST(ConcurrencyLimit, MeasuresItsMinimumWithThreeAtATimeAsEnvoy)
{
    const auto world = build("nodes:\n  users: {type: client, arrivals: paced(1000/s), sends: web}\n  web: {type: service, workers: 100, work: 10ms}\nlinks:\n  users -> web: {latency: 0s, policies: [concurrency_limit: envoy]}\n", 100);
    const auto value = [&](const char* key) { return ofLimit(world->results(), key); };
    world->advanceTo(second(0.16));  // three each 10 ms
    EXPECT_EQ(value("limit"), 3);
    EXPECT_EQ(value("unloaded"), 0);
    world->advanceTo(second(0.19));
    EXPECT_NEAR(value("unloaded"), 0.010, 0.0001);
    const double refused = value("refused");
    EXPECT_NEAR(refused, 190 - 51 - 3, 8);
    world->advanceTo(second(10));    // ten under way are enough; the headroom lets it grow until nothing is refused
    EXPECT_GE(value("limit"), 10);
    const double settled = value("refused");
    world->advanceTo(second(59));
    EXPECT_EQ(value("refused"), settled);
    world->advanceTo(second(75));    // measured again, 60 to 69 s later
    EXPECT_GT(value("refused"), settled + 80);
    expectConservation(*world);
}

}  // namespace
}  // namespace tantrum::models
