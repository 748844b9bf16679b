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

}  // namespace
}  // namespace tantrum::models
