// The balancers that are real products: how long a dead target gets requests, who is put aside and for how long, and what
// happens when no target is left.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>
#include <string>

namespace tantrum::models {
namespace {

using namespace support;

// Targets a, b and c behind `lb`, 100 requests a second.
Results three(const std::string& lb, const std::string& timeline, double seconds, const std::string& a = "workers: 1000, work: 1ms", const std::string& arrivals = "paced(100/s)", const std::string& policies = "")
{
    return run("nodes:\n  users: {type: client, arrivals: " + arrivals + ", sends: lb}\n  lb: {type: " + lb + "}\n  a: {type: service, " + a +
                   "}\n  b: {type: service, workers: 1000, work: 1ms}\n  c: {type: service, workers: 1000, work: 1ms}\nlinks:\n  users -> lb: {latency: 0s" + policies + "}\n  lb -> *: {latency: 0s}\n" +
                   (timeline.empty() ? "" : "timeline:\n" + timeline), seconds);
}
const std::string alb = "alb, targets: [a, b, c]", nlb = "nlb, targets: [a, b, c]", envoy = "envoy, cluster: [a, b, c]", nginx = "nginx, upstream: [a, b, c]", haproxy = "haproxy, servers: [a, b, c]";
double lb(const Results& results, const char* key) { return metric(node(results, "lb"), key); }
const ClientResult& users(const Results& results) { return client(results, "users"); }
const std::string failing = "workers: 1000, operations: {get: [{fail: 100%}]}";

// Checks at 30, 60, 90 s … A target dead from 31 s on fails those at 60 and 90 s, and gets a third of the requests of 59 s.
TEST(Alb, TakesADeadTargetOutAfterTwoChecks)
{
    const Results results = three(alb, "  - {at: 31s, for: 400s, crash: a}\n", 200);
    EXPECT_EQ(lb(results, "turned_unhealthy"), 1);
    EXPECT_EQ(lb(results, "healthy_targets"), 2);
    EXPECT_NEAR(static_cast<double>(ended(users(results), Outcome::crashed)), 5900 / 3.0, 2);
    // Back at 100 s: five checks, 120 to 240 s.
    const Results back = three(alb, "  - {at: 31s, for: 69s, crash: a}\n", 300);
    EXPECT_NEAR(static_cast<double>(node(back, "a").arrivals), 9000 / 3.0 + 6000 / 3.0, 4);
    EXPECT_EQ(lb(back, "healthy_targets"), 3);
}

// A process that stands still answers no HTTP check, but its kernel opens TCP connections for it.
TEST(Alb, ChecksTheProcessAndNlbOnlyThePort)
{
    const std::string pause = "  - {at: 31s, for: 400s, pause: a}\n";
    EXPECT_EQ(lb(three(alb + ", idle_timeout: 5s", pause, 130), "turned_unhealthy"), 1);
    EXPECT_EQ(lb(three(nlb, pause, 130, "work: 1ms", "paced(1/s)"), "turned_unhealthy"), 0);
    EXPECT_EQ(lb(three(nlb + ", check: http", pause, 130, "work: 1ms", "paced(1/s)"), "turned_unhealthy"), 1);
}

// A check that is a request waits behind the others: overload alone takes a target out, and its load goes to the next.
TEST(Alb, TakesOverloadForIllnessIfTheCheckIsARequest)
{
    const std::string slow = "workers: 1, work: 40ms";
    EXPECT_EQ(lb(three(alb + ", idle_timeout: 4s", "", 120, slow), "turned_unhealthy"), 0);
    EXPECT_EQ(lb(three(alb + ", idle_timeout: 4s, check: request", "", 120, slow), "turned_unhealthy"), 1);
}

TEST(Alb, FailsOpenWithAllTargetsUnhealthy)
{
    const std::string all = "  - {at: 31s, for: 100s, errors: a, share: 100%}\n  - {at: 31s, for: 100s, errors: b, share: 100%}\n  - {at: 31s, for: 100s, errors: c, share: 100%}\n";
    const Results results = three(alb, all, 100);
    EXPECT_EQ(lb(results, "healthy_targets"), 0);
    EXPECT_NEAR(lb(results, "failed_open"), 1000, 2);  // from 90 s on
    EXPECT_EQ(lb(results, "no_target"), 0);
}

TEST(Alb, AnswersForATargetThatTakesTooLong)
{
    const Results results = three(alb + ", idle_timeout: 1s", "", 10, "workers: 1000, work: 2s");
    EXPECT_NEAR(static_cast<double>(ended(users(results), Outcome::timeout)), 300, 1);
    EXPECT_EQ(lb(results, "target_timeouts"), static_cast<double>(ended(users(results), Outcome::timeout)));
    EXPECT_NEAR(users(results).failureLatency.mean, 1, 1e-9);
}

// Deregistered at 10 s, registered again at 20 s with a slow start of 60 s: its share grows in a straight line, half of it on average.
TEST(Alb, DeregistersTargetsAndStartsThemSlowly)
{
    const std::string set = "  - {at: 10s, set: lb.deregister, to: [a]}\n";
    EXPECT_NEAR(static_cast<double>(node(three(alb, set, 20), "a").arrivals), 333, 2);
    const std::string back = set + "  - {at: 20s, set: lb.deregister, to: [b]}\n";
    const auto after = [&](const std::string& balancer) { return static_cast<double>(node(three(balancer, back, 80), "a").arrivals) - 333; };
    EXPECT_NEAR(after(alb), 3000, 5);
    const double slow = after(alb + ", slow_start: 60s");  // with share f against 1 - f passed over: f / (1 + f) of 100 a second
    EXPECT_NEAR(slow, 6000 * (1 - 0.6931), 5 * 40);
}

// A dead target's connections: pinned ones go on failing until their owner opens new ones, which NLB gives to healthy targets.
TEST(Nlb, KeepsConnectionsWithTheirTargetAndDrainsThemInTime)
{
    const std::string h2 = ", policies: [http2]";
    const Results results = three(nlb, "", 10, "workers: 1000, work: 1ms", "paced(100/s)", h2);
    EXPECT_EQ(lb(results, "flows"), 1);
    std::string pinned;
    for (const char* name : {"a", "b", "c"})
        if (node(results, name).arrivals > 0) pinned += name;
    ASSERT_EQ(pinned.size(), 1u);
    const std::string drain = "  - {at: 10s, set: lb.deregister, to: [" + pinned + "]}\n";
    const Results drained = three(nlb + ", deregistration_delay: 5s", drain, 20, "workers: 1000, work: 1ms", "paced(100/s)", h2);
    EXPECT_NEAR(static_cast<double>(node(drained, pinned).arrivals), 1500, 2);
    EXPECT_EQ(users(drained).failed, 0u);
}

// Five failures in a row eject for 30 s × the number of ejections; a sweep every 10 s brings it back. At 100/3 requests a second the
// first comes at 0.15 s: out until the sweep at 40 s, five failures, out for 60 s until the one at 110 s.
TEST(Envoy, EjectsForLongerEachTime)
{
    const Results results = three(envoy + ", consecutive_5xx: 5", "", 100, failing);
    EXPECT_EQ(lb(results, "ejected"), 2);
    EXPECT_EQ(node(results, "a").arrivals, 10u);
    const Results longer = three(envoy + ", consecutive_5xx: 5", "", 115, failing);
    EXPECT_EQ(lb(longer, "ejected"), 3);
    EXPECT_EQ(lb(three(envoy, "", 10, failing), "ejected"), 0);  // off unless set
}

// Of ten hosts one may be out at a time (10 %), and of three one, too.
TEST(Envoy, EjectsNoMoreThanItsShareButAlwaysOne)
{
    const auto ejected = [](int replicas, const std::string& share) {
        const Results results = run("nodes:\n  users: {type: client, arrivals: paced(100/s), sends: lb}\n  lb: {type: envoy, cluster: [web], consecutive_5xx: 5, panic_threshold: 0%, max_ejection_percent: " + share +
                                        "}\n  web: {type: service, replicas: " + std::to_string(replicas) + ", operations: {get: [{fail: 100%}]}}\n", 9);
        return metric(node(results, "lb"), "ejected");
    };
    EXPECT_EQ(ejected(10, "10%"), 1);
    EXPECT_EQ(ejected(3, "10%"), 1);
    EXPECT_EQ(ejected(10, "35%"), 3);
    EXPECT_EQ(ejected(4, "100%"), 4);
}

// Outlier detection of either balancer: ten hosts, of which the first fails 40 % of its requests, never five in a row for long; of 200 requests
// each in an interval the others fail none. Mean .96, deviation .12: the limit is .96 - 1.9 * .12 = .732, and .6 is below it.
TEST(OutlierDetection, EjectsWhoSucceedsLessOftenThanItsPeersInEnvoyAndInTheLoadBalancer)
{
    for (const char* balancer : {"envoy, cluster: [bad, good]", "load_balancer, backends: [bad, good]"}) {
        const auto with = [&](const std::string& detection, int peers = 9) {
            return run("nodes:\n  users: {type: client, arrivals: paced(200/s), sends: lb}\n  lb: {type: " + std::string(balancer) + detection + "}\n"
                       "  bad: {type: service, operations: {get: [{fail: 40%}]}}\n  good: {type: service, replicas: " + std::to_string(peers) + ", operations: {get: [{fail: 0%}]}}\n", 19);
        };
        const Results results = with(", success_rate: true");
        EXPECT_EQ(lb(results, "ejected"), 1) << balancer;
        EXPECT_NEAR(static_cast<double>(node(results, "bad").arrivals), 200, 1) << balancer;  // until the first sweep at 10 s
        EXPECT_EQ(lb(with(", success_rate: true, success_rate_factor: 4"), "ejected"), 0) << balancer;
        EXPECT_EQ(lb(with(", success_rate: true, request_volume: 201"), "ejected"), 0) << balancer;
        EXPECT_EQ(lb(with(", success_rate: true", 3), "ejected"), 0) << balancer;  // four hosts, and it takes five
        EXPECT_EQ(lb(with(", failure_percentage: 30%"), "ejected"), 1) << balancer;
        EXPECT_EQ(lb(with(", failure_percentage: 50%"), "ejected"), 0) << balancer;
        EXPECT_EQ(lb(with(""), "ejected"), 0) << balancer;
    }
}

// The load balancer's is Envoy's: see Envoy.EjectsForLongerEachTime.
TEST(OutlierDetection, EjectsForLongerEachTimeInTheLoadBalancer)
{
    const std::string balancer = "load_balancer, backends: [a, b, c], consecutive_5xx: 5";
    const Results results = three(balancer, "", 100, failing);
    EXPECT_EQ(lb(results, "ejected"), 2);
    EXPECT_EQ(node(results, "a").arrivals, 10u);
    EXPECT_EQ(lb(three(balancer, "", 115, failing), "ejected"), 3);
    const Results later = three(balancer.substr(0, balancer.find(", consecutive")), "  - {at: 1s, set: lb.consecutive_5xx, to: 5}\n", 100, failing);
    EXPECT_EQ(lb(later, "ejected"), 2);
}

// Two of three out: fewer than half are fit, and all are used.
TEST(Envoy, PanicsWithFewerThanHalfItsHosts)
{
    const std::string two = "  - {at: 5s, for: 100s, crash: a}\n  - {at: 5s, for: 100s, crash: b}\n";
    const std::string checked = envoy + ", check_interval: 1s, unhealthy_threshold: 2";
    const Results panics = three(checked, two, 20);
    EXPECT_GT(lb(panics, "failed_open"), 1250);
    EXPECT_GT(users(panics).failed, 900u);
    const Results calm = three(checked + ", panic_threshold: 0%", two, 20);
    EXPECT_EQ(lb(calm, "failed_open"), 0);
    EXPECT_LT(users(calm).failed, 150u);
    const Results none = three(checked + ", panic_threshold: 0%", two + "  - {at: 5s, for: 100s, crash: c}\n", 20);
    EXPECT_GT(lb(none, "no_target"), 1250);
}

// 15 s of route timeout; and beyond max_requests at once 503.
TEST(Envoy, EndsSlowRequestsAndBoundsThoseAtOnce)
{
    const Results results = three(envoy + ", max_requests: 100", "", 14, "workers: 1000, work: 60s");
    EXPECT_EQ(lb(results, "target_timeouts"), 0);
    EXPECT_GT(lb(results, "overflow"), 500);
    const Results slow = three(envoy, "", 20, "workers: 1000, work: 60s");
    EXPECT_NEAR(lb(slow, "target_timeouts"), 500 / 3.0, 2);
    EXPECT_NEAR(users(slow).failureLatency.mean, 15, 1e-9);
}

// A dead server costs one try each ten seconds, and nobody an error: at 100/3 a second it is tried at once after each pause.
TEST(Nginx, TriesTheNextServerAndLeavesADeadOneAlone)
{
    const Results results = three(nginx, "  - {at: 5.005s, for: 100s, crash: a}\n", 36);
    EXPECT_EQ(users(results).failed, 0u);
    EXPECT_EQ(lb(results, "ejected"), 4);  // 5, 15, 25, 35 s
    EXPECT_EQ(lb(results, "tried_again"), 4);
    // Answers that are errors do not count.
    EXPECT_EQ(lb(three(nginx, "", 10, failing), "ejected"), 0);
    EXPECT_EQ(lb(three(nginx + ", max_fails: 0", "  - {at: 5.005s, for: 100s, crash: a}\n", 36), "ejected"), 0);
}

TEST(Nginx, HasNoLiveUpstreamsWhenAllAreOut)
{
    const std::string all = "  - {at: 5s, for: 100s, crash: a}\n  - {at: 5s, for: 100s, crash: b}\n  - {at: 5s, for: 100s, crash: c}\n";
    const Results results = three(nginx, all, 14);
    EXPECT_GT(ended(users(results), Outcome::rejected), 880u);
    EXPECT_EQ(lb(results, "ejected"), 3);
    // A lone server is never taken out.
    const Results alone = three("nginx, upstream: [a]", all, 14);
    EXPECT_EQ(lb(alone, "ejected"), 0);
    EXPECT_GT(ended(users(alone), Outcome::crashed), 880u);
}

// Out after three checks of two seconds; meanwhile refused connections go to the next server.
TEST(HaProxy, RedispatchesUntilItsChecksFindOut)
{
    const Results results = three(haproxy, "  - {at: 5s, for: 20s, crash: a}\n", 40);
    EXPECT_EQ(users(results).failed, 0u);
    // Failed checks at 6, 8 and 10 s. What a refuses takes b's turn, so that a has every second request.
    EXPECT_NEAR(lb(results, "tried_again"), 250, 2);
    EXPECT_EQ(lb(results, "healthy_targets"), 3);           // up again at 28 s
    const Results refused = three(haproxy + ", retries: 0", "  - {at: 5s, for: 20s, crash: a}\n", 40);
    EXPECT_NEAR(static_cast<double>(ended(users(refused), Outcome::crashed)), 500 / 3.0, 2);
}

// Thirty at once, 100 ms each, two at a time on each of three servers: five rounds, and no server has more than two inside.
TEST(HaProxy, QueuesInsteadOfItsServers)
{
    Options options;
    options.trace = atOnce(30, 1);
    const auto last = [&](const std::string& maxconn) {
        return client(run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: lb}\n  lb: {type: haproxy, servers: [web]" + maxconn + "}\n  web: {type: service, replicas: 3, workers: 100, work: 100ms}\n", 5, options), "users").latency.maximum;
    };
    EXPECT_NEAR(last(", maxconn: 2"), 0.5, 1e-9);
    EXPECT_NEAR(last(""), 0.1, 1e-9);
}

}  // namespace
}  // namespace tantrum::models
