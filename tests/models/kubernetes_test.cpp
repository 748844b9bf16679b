// Deployments: pods and their probes, back-off, autoscaling and rollouts.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>

namespace tantrum::models {
namespace {

using namespace support;

Results deploy(const std::string& pods, double seconds, const std::string& arrivals = "paced(100/s)", const std::string& more = "")
{
    return run("nodes:\n  users: {type: client, arrivals: " + arrivals + ", sends: web}\n  web: {type: kubernetes, " + pods + "}\n" + more, seconds);
}
double of(const Results& results, std::string_view key) { return metric(node(results, "web"), key); }
std::uint64_t refused(const Results& results) { return ended(client(results, "users"), Outcome::crashed); }

// `current` pods that use `use` of what they request (0.1 of a core, ten milliseconds a request), with that target. Round robin, so that
// all use the same.
Results scaled(int current, double use, double target, double seconds, const std::string& more = "")
{
    const double rate = current * use * 0.1 / 0.01;
    return deploy("replicas: " + std::to_string(current) + ", balance: round_robin, work: 10ms, start_time: 0s, cpu_request: 0.1, hpa: true, max_replicas: 100, target_utilization: " +
                      std::to_string(target) + more, seconds, "paced(" + std::to_string(rate) + "/s)");
}

// Kubernetes' own example and others, worked out by hand: ceil(current × metric / target), nothing within 10 %. The first sync is at 15 s.
TEST(Kubernetes, ScalesUpAsTheAutoscalersFormulaSays)
{
    EXPECT_EQ(of(scaled(50, 0.90, 0.75, 16), "replicas"), 60);
    EXPECT_EQ(of(scaled(3, 2.00, 1.00, 16), "replicas"), 6);
    EXPECT_EQ(of(scaled(10, 0.54, 0.50, 16), "replicas"), 10);
    EXPECT_EQ(of(scaled(10, 0.56, 0.50, 16), "replicas"), 12);
    EXPECT_NEAR(of(scaled(10, 0.56, 0.50, 16), "cpu_utilization"), 0.56, 0.01);
}

// Four more or as many again in each 15 s: 1, then 5, then the 10 that were asked for; then 50 % each, as wanted.
TEST(Kubernetes, ScalesUpInSteps)
{
    EXPECT_EQ(of(scaled(1, 5.00, 0.50, 16), "replicas"), 5);
    EXPECT_EQ(of(scaled(1, 5.00, 0.50, 31), "replicas"), 10);
    EXPECT_EQ(of(scaled(1, 5.00, 0.50, 120), "replicas"), 10);
}

// Not before every recommendation of 300 s says so; the number at the beginning counts as one, at the first sync.
TEST(Kubernetes, ScalesDownAfterFiveMinutes)
{
    EXPECT_EQ(of(scaled(4, 0.50, 1.00, 329), "replicas"), 4);
    EXPECT_EQ(of(scaled(4, 0.50, 1.00, 331), "replicas"), 2);
    EXPECT_EQ(of(scaled(10, 0.44, 0.50, 331), "replicas"), 9);
    EXPECT_EQ(of(scaled(4, 0.50, 1.00, 46, ", stabilization: 15s"), "replicas"), 2);
}

// 25 % of ten: three more, rounded up; two fewer, rounded down. New pods need 5 s and a probe.
TEST(Kubernetes, RollsOverWithinItsSurgeAndUnavailability)
{
    const Results results = deploy("replicas: 10, readiness: true, work: 1ms", 200, "paced(100/s)", "timeline:\n  - {at: 20s, deploy: web, version: v2}\n");
    EXPECT_EQ(of(results, "pods_max"), 13);
    EXPECT_EQ(of(results, "ready_min"), 8);
    EXPECT_EQ(of(results, "updated"), 1);
    EXPECT_EQ(of(results, "rollouts"), 1);
    EXPECT_EQ(of(results, "pods"), 10);
    EXPECT_EQ(client(results, "users").failed, 0u);
    // Five new ones (three of the surge, two in place of those taken away) are found ready with the second probe, 10 s later; then five more.
    EXPECT_NEAR(of(results, "rollout_time"), 20, 0.1);
}

TEST(Kubernetes, RollsOneByOneWithoutSurgeOrUnavailability)
{
    const Results results = deploy("replicas: 3, max_surge: 0%, max_unavailable: 0%, readiness: true, work: 1ms", 200, "paced(10/s)", "timeline:\n  - {at: 20s, deploy: web, version: v2}\n");
    EXPECT_EQ(of(results, "pods_max"), 3);
    EXPECT_EQ(of(results, "ready_min"), 2);
    EXPECT_EQ(of(results, "updated"), 1);
}

// Without a readiness probe a pod that does not listen yet gets requests: each new one refuses its share for the 5 s it needs.
TEST(Kubernetes, SendsRequestsToPodsThatDoNotListenYetWithoutAReadinessProbe)
{
    const std::string roll = "timeline:\n  - {at: 20s, deploy: web, version: v2}\n";
    EXPECT_GT(refused(deploy("replicas: 4, work: 1ms", 60, "paced(100/s)", roll)), 100u);
    EXPECT_EQ(refused(deploy("replicas: 4, readiness: true, work: 1ms", 60, "paced(100/s)", roll)), 0u);
}

// All old ones go at once; the new ones answer 5 s later.
TEST(Kubernetes, IsDownWhileItIsRecreated)
{
    const Results results = deploy("replicas: 4, readiness: true, probe_period: 1s, work: 1ms", 60, "paced(100/s)",
                                   "timeline:\n  - {at: 20.005s, deploy: web, version: v2, strategy: recreate}\n");
    EXPECT_EQ(of(results, "ready_min"), 0);
    EXPECT_EQ(of(results, "pods_max"), 4);
    EXPECT_NEAR(static_cast<double>(refused(results)), 500, 105);  // until the first probe after 5 s
    EXPECT_EQ(of(results, "updated"), 1);
}

// What a pod has when it is taken away, it finishes, for 30 s; then it is killed.
TEST(Kubernetes, LetsPodsFinishWithinTheirGrace)
{
    const auto scaledDown = [](const std::string& work) {
        Options options;
        options.trace = atOnce(10, 1);
        return run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: web}\n  web: {type: kubernetes, replicas: 10, balance: round_robin, work: " + work +
                       "}\ntimeline:\n  - {at: 2s, set: web.replicas, to: 1}\n", 60, options);
    };
    EXPECT_EQ(client(scaledDown("25s"), "users").failed, 0u);
    const Results killed = scaledDown("40s");
    EXPECT_EQ(client(killed, "users").completed, 1u);
    EXPECT_EQ(refused(killed), 9u);
    EXPECT_EQ(of(killed, "pods"), 1);
}

// At once, then after 10, 20, 40, 80, 160, 300 s; each attempt takes the 5 s of a start. Crashed at 10: restarts at 10, 25, 50, 95, 180, 345, 650.
TEST(Kubernetes, BacksOffFromAContainerThatKeepsCrashing)
{
    const auto crashed = [](double seconds) { return of(deploy("work: 1ms", seconds, "paced(1/s)", "timeline:\n  - {at: 10s, crash: web}\n"), "restarts"); };
    EXPECT_EQ(crashed(16), 2);   // the second is decided at 15 s, and takes place at 25
    EXPECT_EQ(crashed(29), 2);
    EXPECT_EQ(crashed(31), 3);
    EXPECT_EQ(crashed(649), 7);
    EXPECT_EQ(crashed(656), 8);
}

// A kill: back after the 5 s of a start, without back-off.
TEST(Kubernetes, RestartsAContainerAtOnceTheFirstTime)
{
    const Results results = deploy("work: 1ms", 30, "paced(100/s)", "timeline:\n  - {at: 10.005s, for: 1ns, crash: web}\n");
    EXPECT_EQ(refused(results), 500u);
    EXPECT_EQ(of(results, "restarts"), 1);
}

// A pod that hangs: three probes of 1 s fail, at 20, 30 and 40 s; liveness restarts it (5 s), readiness only takes it out of the Service.
TEST(Kubernetes, RestartsOrAvoidsAPodThatHangs)
{
    const std::string pause = "timeline:\n  - {at: 15s, for: 100s, pause: web, replica: 1}\n";
    const std::string policies = "links:\n  users -> web: {policies: [timeout: 500ms]}\n";
    const Results avoided = deploy("replicas: 2, balance: round_robin, readiness: true, work: 1ms", 120, "paced(10/s)", policies + pause);
    EXPECT_EQ(of(avoided, "restarts"), 0);
    EXPECT_EQ(of(avoided, "ready_min"), 1);
    EXPECT_NEAR(static_cast<double>(ended(client(avoided, "users"), Outcome::timeout)), (41 - 15) * 5, 1);
    const Results restarted = deploy("replicas: 2, balance: round_robin, readiness: true, liveness: true, work: 1ms", 50, "paced(10/s)", policies + pause);
    EXPECT_EQ(of(restarted, "restarts"), 1);
}

// An overloaded pod fails its probe, too: it waits for a worker.
TEST(Kubernetes, RestartsPodsThatAreOnlyBusyWhenLivenessIsProbed)
{
    EXPECT_GT(of(deploy("workers: 2, liveness: true, work: 100ms", 100, "paced(30/s)"), "restarts"), 0);
    EXPECT_EQ(of(deploy("workers: 2, work: 100ms", 100, "paced(30/s)"), "restarts"), 0);
}

TEST(Kubernetes, KillsAPodBeyondItsMemory)
{
    const Results results = deploy("memory_limit: 60MB, memory_base: 50MB, memory_leak: 100kB, work: 1ms", 30, "paced(10/s)");
    EXPECT_EQ(of(results, "oom_kills"), 2);  // after 101 requests; 50 meet nobody; 101 more
    EXPECT_EQ(of(results, "restarts"), 2);
}

// A whole second fleet, then everything at once, then the old one goes.
TEST(Kubernetes, SwitchesOverFromBlueToGreen)
{
    const std::string pods = "replicas: 4, readiness: true, work: 1ms, versions: {v2: {errors: 100%}}";
    const std::string blueGreen = "timeline:\n  - {at: 20.005s, deploy: web, version: v2, strategy: blue_green, keep: 20s}\n";
    const Results results = deploy(pods, 100, "paced(100/s)", blueGreen + "expect:\n  - error_rate(users) <= 0% before 29s\n  - error_rate(users) >= 100% after 31s\n");
    for (const ExpectResult& each : results.expect) EXPECT_TRUE(each.passed) << each.text << each.value;
    EXPECT_EQ(of(results, "pods_max"), 8);
    EXPECT_EQ(of(results, "pods"), 4);
    EXPECT_EQ(of(results, "updated"), 1);
    EXPECT_NEAR(of(results, "rollout_time"), 30, 0.1);
}

// 5 % of the traffic for 10 s at an error rate of 20 %: the gate takes it back, and no step comes after.
TEST(Kubernetes, TakesABadCanaryBack)
{
    const std::string pods = "replicas: 4, readiness: true, work: 1ms, versions: {v2: {errors: 20%}}";
    const std::string canary = "timeline:\n  - {at: 20s, deploy: web, version: v2, strategy: canary, soak: 30s}\n";
    const Results results = deploy(pods, 200, "paced(1000/s)", canary);
    EXPECT_EQ(of(results, "rollbacks"), 1);
    EXPECT_EQ(of(results, "rollouts"), 0);
    EXPECT_EQ(of(results, "updated"), 1);  // what is wanted in the end is v1 again
    EXPECT_EQ(of(results, "pods_max"), 5);
    EXPECT_EQ(of(results, "pods"), 4);
    // Exposure: weight × soak × rate; the tolerances are five standard errors.
    EXPECT_NEAR(of(results, "new_answered"), 0.05 * 30 * 1000, 5 * 38);
    EXPECT_NEAR(of(results, "new_failed"), 0.2 * 0.05 * 30 * 1000, 5 * 17);
}

TEST(Kubernetes, RollsAGoodCanaryOut)
{
    const Results results = deploy("replicas: 4, readiness: true, work: 1ms, versions: {v2: {errors: 1%}}", 400, "paced(1000/s)",
                                   "timeline:\n  - {at: 20s, deploy: web, version: v2, strategy: canary, soak: 30s}\n");
    EXPECT_EQ(of(results, "rollbacks"), 0);
    EXPECT_EQ(of(results, "rollouts"), 1);
    EXPECT_EQ(of(results, "updated"), 1);
    EXPECT_EQ(of(results, "pods_max"), 8);
    EXPECT_EQ(of(results, "pods"), 4);
    EXPECT_GE(of(results, "ready_min"), 4);
}

// A version that does not start: rolling stands still with eight of ten pods, and only the deadline says so. Rolling back ends it.
TEST(Kubernetes, StandsStillWithAVersionThatDoesNotStart)
{
    const std::string pods = "replicas: 10, readiness: true, work: 1ms, progress_deadline: 100s, versions: {v2: {starts: false}}";
    const Results stuck = deploy(pods, 300, "paced(100/s)", "timeline:\n  - {at: 20s, deploy: web, version: v2}\n");
    EXPECT_EQ(of(stuck, "ready"), 8);
    EXPECT_EQ(of(stuck, "pods"), 13);
    EXPECT_EQ(of(stuck, "deadlines_exceeded"), 1);
    EXPECT_EQ(of(stuck, "rollouts"), 0);
    EXPECT_EQ(client(stuck, "users").failed, 0u);
    const Results back = deploy(pods, 300, "paced(100/s)", "timeline:\n  - {at: 20s, deploy: web, version: v2}\n  - {at: 200s, deploy: web, version: v1}\n");
    EXPECT_EQ(of(back, "ready"), 10);
    EXPECT_EQ(of(back, "pods"), 10);
    const Results canary = deploy(pods, 300, "paced(100/s)", "timeline:\n  - {at: 20s, deploy: web, version: v2, strategy: canary}\n");
    EXPECT_EQ(of(canary, "rollbacks"), 1);
    EXPECT_EQ(of(canary, "pods"), 10);
}

// A version that needs 1.5 times the work, and one under way that is given up for another.
TEST(Kubernetes, RunsVersionsAsTheyAreDescribed)
{
    const std::string pods = "replicas: 2, readiness: true, work: 10ms, versions: {v2: {work: x1.5}, v3: {errors: 100%}}";
    const Results results = deploy(pods, 100, "paced(10/s)", "timeline:\n  - {at: 20s, deploy: web, version: v3, strategy: blue_green}\n  - {at: 25s, deploy: web, version: v2}\n"
                                                             "expect:\n  - mean(users.latency) == 15ms within 0.001% after 60s\n");
    EXPECT_TRUE(results.expect.front().passed) << results.expect.front().value;
    EXPECT_EQ(client(results, "users").failed, 0u);
    EXPECT_EQ(of(results, "pods"), 2);
}

}  // namespace
}  // namespace tantrum::models
