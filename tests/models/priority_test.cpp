// Who is served first by urgency, and who is shed; copies of which one is struck; the newest first once a queue builds up.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>
#include <string>

namespace tantrum::models {
namespace {

using namespace support;

// The same moments for both clients; the patient one stands first, so that of two at one moment its request is first.
Results serve(const std::string& service, std::vector<double> moments, const std::string& more = "", double seconds = 10)
{
    Options options;
    options.trace = std::move(moments);
    return run("nodes:\n  patient: {type: client, arrivals: trace(trace.csv), sends: web}\n"
               "  urgent: {type: client, arrivals: trace(trace.csv), sends: web, priority: 9}\n"
               "  web: {type: service, work: 1s, " + service + "}\n" + more, seconds, options);
}

// One worker: the patient request that came first stays in service, then both urgent ones, then the other patient one.
TEST(Priorities, ServesTheMostUrgentNextAndLetsWhoIsServedFinish)
{
    const Results results = serve("priorities: true", {1, 1.5});
    EXPECT_NEAR(client(results, "urgent").latency.mean, (2 + 2.5) / 2, 1e-9);
    EXPECT_NEAR(client(results, "patient").latency.mean, (1 + 3.5) / 2, 1e-9);
    const Results deaf = serve("workers: 1", {1, 1.5});
    EXPECT_NEAR(client(deaf, "patient").latency.mean, (1 + 2.5) / 2, 1e-9);
}

// A queue of two: full of patient ones it gives up the newest of them for each urgent one, and turns away an urgent one when only
// urgent ones wait.
TEST(Priorities, ShedsTheLeastUrgentWhenTheQueueIsFull)
{
    const Results results = serve("priorities: true, queue: 2", {1, 1, 1}, "links:\n  urgent -> web: {latency: 1ms}\n");
    EXPECT_EQ(client(results, "patient").completed, 1u);
    EXPECT_EQ(ended(client(results, "patient"), Outcome::rejected), 2u);
    EXPECT_EQ(client(results, "urgent").completed, 2u);
    EXPECT_EQ(ended(client(results, "urgent"), Outcome::rejected), 1u);
    EXPECT_EQ(metric(node(results, "web"), "shed"), 2);
    EXPECT_EQ(node(results, "web").queueMax, 2);
}

// A request hands its priority on to what is called on its behalf, and a policy replaces it for the operations it names.
TEST(Priorities, AreHandedOnAndReplacedByThePolicy)
{
    const std::string inner = "  inner: {type: service, priorities: true, operations: {read: [{work: 1s}], write: [{work: 1s}]}}\n";
    const auto through = [&](const std::string& policies) {
        Options options;
        options.trace = {1, 1.1};
        return run("nodes:\n  patient: {type: client, arrivals: trace(trace.csv), sends: web.reading}\n"
                   "  urgent: {type: client, arrivals: trace(trace.csv), sends: web.writing, priority: 5}\n"
                   "  web: {type: service, workers: 99, operations: {reading: [{call: inner.read}], writing: [{call: inner.write}]}}\n" + inner +
                   "links:\n  web -> inner: {latency: 0s" + policies + "}\n", 10, options);
    };
    EXPECT_NEAR(client(through(""), "urgent").latency.mean, (2 + 2.9) / 2, 1e-9);
    const Results replaced = through(", policies: [priority: {priority: 7, operations: [read]}]");
    EXPECT_NEAR(client(replaced, "patient").latency.mean, (1 + 1.9) / 2, 1e-9);
    EXPECT_NEAR(client(replaced, "urgent").latency.mean, (3 + 3.9) / 2, 1e-9);
    EXPECT_EQ(metric(link(replaced, "web", "inner"), "priority.set"), 2);
}

// Desks, too, lose what is inside when their replica crashes, and admit who waits when there are more workers.
TEST(Priorities, LoseWhatIsInsideInACrashAndFollowTheNumberOfWorkers)
{
    const Results crashed = serve("priorities: true", {1, 1, 5}, "timeline:\n  - {at: 1.5s, for: 1s, crash: web}\n");
    EXPECT_EQ(ended(client(crashed, "patient"), Outcome::crashed) + ended(client(crashed, "urgent"), Outcome::crashed), 4u);
    EXPECT_EQ(client(crashed, "patient").completed + client(crashed, "urgent").completed, 2u);
    const Results more = serve("priorities: true", {1, 1}, "timeline:\n  - {at: 1.5s, set: web.workers, to: 4}\n");
    EXPECT_NEAR(client(more, "patient").latency.maximum, 1.5, 1e-9);
}

TEST(Priorities, AreRefusedByAnEventLoopWithASentence)
{
    const auto world = build("nodes:\n  users: {type: client, sends: web}\n  web: {type: service, blocking: false, priorities: true, work: 1ms}\n", 5);
    world->advanceTo(second(5));
    EXPECT_NE(world->stopReason().find("need `blocking: true`"), std::string::npos) << world->stopReason();
}

// Five at once to one worker of 1 s: as long as more than one waits, the newest is next: 1, 2, 3, 4 by the last, the fifth …;
// the last one left is the second to come.
TEST(AdaptiveLifo, ServesTheNewestFirstOnlyWhileMoreWaitThanThereAreWorkers)
{
    Options options;
    options.trace = {1, 1.1, 1.2, 1.3, 1.4};
    const auto with = [&](const std::string& service) {
        return client(run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: web}\n  web: {type: service, work: 1s, " + service + "}\n", 20, options), "users").latency;
    };
    for (const char* desk : {"", ", priorities: true"}) {
        EXPECT_NEAR(with(std::string("discipline: adaptive_lifo") + desk).maximum, 4.9, 1e-9) << desk;
        EXPECT_NEAR(with(std::string("discipline: lifo") + desk).maximum, 4.9, 1e-9) << desk;
        EXPECT_NEAR(with(std::string("discipline: adaptive_lifo, workers: 4") + desk).maximum, 1.6, 1e-9) << desk;
    }
    options.trace = {1, 1, 1, 2.5, 3.2};  // two wait for two workers: in order; then none waits that long
    EXPECT_NEAR(with("discipline: adaptive_lifo, workers: 2").maximum, 2, 1e-9);
}

// Two replicas of one worker, work of 1 s. The second request's copies wait at both; the replica that is free first begins one and
// strikes the other.
std::string tied(const std::string& service, const std::string& policy = "hedge: {after: 0s, tied: true}")
{
    return "nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: web}\n  web: {type: service, replicas: 2, " + service + "}\n"
           "links:\n  users -> web: {latency: 0s, policies: [" + policy + "]}\n";
}

TEST(TiedRequests, AreBegunOnce)
{
    Options options;
    options.trace = {1, 1.2, 1.4};
    const Results results = run(tied("tie: 0s, work: 1s"), 10, options);
    EXPECT_EQ(client(results, "users").completed, 3u);
    EXPECT_NEAR(client(results, "users").latency.mean, (1 + 1 + 1.6) / 3, 1e-9);
    EXPECT_EQ(metric(node(results, "web"), "twins_cancelled"), 3);
    EXPECT_EQ(metric(node(results, "web"), "twins_begun"), 0);
    EXPECT_NEAR(node(results, "web").utilization * 2 * 10, 3, 1e-9);
    // Ties are between two, whatever else the policy would have sent.
    const Results four = run(tied("tie: 0s, work: 1s", "hedge: {after: 0s, tied: true, attempts: 4}"), 10, options);
    EXPECT_EQ(four.fingerprint, results.fingerprint);
    const Results untied = run(tied("tie: 0s, work: 1s", "hedge: 0s"), 10, options);
    EXPECT_NEAR(node(untied, "web").utilization * 2 * 10, 6, 1e-9);
}

// Both replicas idle, and the news takes 5 ms: both begin. If the second copy follows after twice that time, it does not.
TEST(TiedRequests, AreBothBegunWithinTheTimeTheNewsTakes)
{
    Options options;
    options.trace = {1};
    const Results both = run(tied("tie: 5ms, work: 1s"), 10, options);
    EXPECT_EQ(metric(node(both, "web"), "twins_begun"), 1);
    const Results later = run(tied("tie: 5ms, work: 1s", "hedge: {after: 10ms, tied: true}"), 10, options);
    EXPECT_EQ(metric(node(later, "web"), "twins_begun"), 0);
    EXPECT_EQ(metric(node(later, "web"), "twins_cancelled"), 1);
    EXPECT_NEAR(client(later, "users").latency.mean, 1, 1e-9);
}

// What the copy that was begun says, counts: an error, not that its twin was struck.
TEST(TiedRequests, EndAsTheCopyThatWasBegunDoes)
{
    Options options;
    options.trace = {1};
    const Results results = run(tied("tie: 0s, operations: {get: [{work: 1s}, {fail: 100%}]}"), 10, options);
    EXPECT_EQ(ended(client(results, "users"), Outcome::error), 1u);
    const Results crashed = run(tied("tie: 0s, work: 1s") + "timeline:\n  - {at: 1.5s, for: 1s, crash: web}\n", 10, options);
    EXPECT_EQ(ended(client(crashed, "users"), Outcome::crashed), 1u);
}

}  // namespace
}  // namespace tantrum::models
