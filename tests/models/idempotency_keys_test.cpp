// Idempotency keys: what is carried out once, replayed, refused or waited for, and when that comes to an end.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>
#include <string>

namespace tantrum::models {
namespace {

using namespace support;

// Requests at the given moments for a payment that takes 1 s, through keys that take no time of their own.
Results pay(const std::string& keys, std::vector<double> moments, const std::string& policies = "", const std::string& more = "", double seconds = 60)
{
    Options options;
    options.trace = std::move(moments);
    return run("nodes:\n  shop: {type: client, arrivals: trace(trace.csv), sends: keys.charge}\n"
               "  keys: {type: idempotency_keys, backend: payments, lookup: 0s" + keys + "}\n"
               "  payments: {type: service, workers: 99, operations: {charge: [{work: 1s}]}}\n"
               "links:\n  shop -> keys: {latency: 0s" + policies + "}\n" + more, seconds, options);
}

// Waits 0.7 s, tries again 0.5 s later: the retry at 1.2 s finds the first done and gets its answer.
const char* const impatient = ", policies: [retry: {attempts: 3, backoff: fixed(500ms), jitter: none}, timeout: 700ms]";

TEST(IdempotencyKeys, ReplayTheAnswerOfWhatIsDone)
{
    const Results results = pay("", {1}, impatient);
    EXPECT_EQ(node(results, "payments").completed, 1u);
    EXPECT_EQ(metric(node(results, "keys"), "executed"), 1);
    EXPECT_EQ(metric(node(results, "keys"), "replayed"), 1);
    EXPECT_EQ(metric(node(results, "keys"), "executed_twice"), 0);
    EXPECT_EQ(client(results, "shop").completed, 1u);
    EXPECT_NEAR(client(results, "shop").latency.mean, 1.2, 1e-9);
}

// The same without: each of three attempts is carried out, none is heard of.
TEST(IdempotencyKeys, CountWhatIsDoneTwiceWhenTheyAreNotLookedAt)
{
    const Results results = pay(", enabled: false", {1}, impatient);
    EXPECT_EQ(node(results, "payments").completed, 3u);
    EXPECT_EQ(metric(node(results, "keys"), "executed_twice"), 2);
    EXPECT_EQ(client(results, "shop").failed, 1u);
}

// Two copies at once: the second is a conflict, or waits for the first.
TEST(IdempotencyKeys, RefuseOrHoldWhatComesWhileTheFirstIsUnderWay)
{
    const std::string hedged = ", policies: [hedge: 300ms]";
    const Results conflict = pay("", {1}, hedged);
    EXPECT_EQ(metric(node(conflict, "keys"), "conflicts"), 1);
    EXPECT_EQ(ended(node(conflict, "keys"), Outcome::rejected), 1u);
    EXPECT_EQ(node(conflict, "payments").completed, 1u);
    const Results wait = pay(", in_progress: wait", {1}, hedged);
    EXPECT_EQ(metric(node(wait, "keys"), "waited"), 1);
    EXPECT_EQ(node(wait, "payments").completed, 1u);
    EXPECT_NEAR(client(wait, "shop").latency.mean, 1, 1e-9);
}

// Each request of a client has a key of its own, whatever it is about; by key, two about the same thing share one.
TEST(IdempotencyKeys, AreSharedByRetriesOrByAllThatAsksForTheSame)
{
    EXPECT_EQ(node(pay("", {1, 5}), "payments").completed, 2u);
    const Results shared = pay(", by: key", {1, 5});
    EXPECT_EQ(node(shared, "payments").completed, 1u);
    EXPECT_EQ(client(shared, "shop").completed, 2u);
    EXPECT_NEAR(client(shared, "shop").latency.mean, 0.5, 1e-9);
}

// Two clients' first requests at the same moment are two requests.
TEST(IdempotencyKeys, TellTheRequestsOfDifferentClientsApart)
{
    const Results results = pay("", {1}, "", "", 10);
    EXPECT_EQ(node(results, "payments").completed, 1u);
    Options options;
    options.trace = {1};
    const Results two = run("nodes:\n  one: {type: client, arrivals: trace(trace.csv), sends: keys}\n  other: {type: client, arrivals: trace(trace.csv), sends: keys, priority: 3}\n"
                            "  keys: {type: idempotency_keys, backend: payments}\n  payments: {type: service, workers: 9, work: 1s}\n", 10, options);
    EXPECT_EQ(node(two, "payments").completed, 2u);
    EXPECT_EQ(metric(node(two, "keys"), "conflicts"), 0);
}

TEST(IdempotencyKeys, AreForgottenAfterTheirTime)
{
    EXPECT_EQ(node(pay(", by: key, ttl: 10s", {1, 11.9}), "payments").completed, 1u);
    const Results later = pay(", by: key, ttl: 10s", {1, 12.1});
    EXPECT_EQ(node(later, "payments").completed, 2u);
    EXPECT_EQ(metric(node(later, "keys"), "executed_twice"), 0);  // nobody remembers
}

// An error is an answer: the retry gets it again. Not kept, the retry is carried out. A refusal never is one.
TEST(IdempotencyKeys, KeepErrorsIfTheyAreToldTo)
{
    Options options;
    options.trace = {1};
    const auto failing = [&](const std::string& keys, const std::string& service) {
        return run("nodes:\n  shop: {type: client, arrivals: trace(trace.csv), sends: keys}\n  keys: {type: idempotency_keys, backend: payments" + keys + "}\n"
                   "  payments: {type: service, " + service + "}\n"
                   "links:\n  shop -> keys: {latency: 0s, policies: [retry: {attempts: 3}]}\n", 20, options);
    };
    const std::string broken = "operations: {charge: [{work: 10ms}, {fail: 100%}]}";
    EXPECT_EQ(node(failing("", broken), "payments").arrivals, 1u);
    EXPECT_EQ(metric(node(failing("", broken), "keys"), "replayed"), 2);
    EXPECT_EQ(node(failing(", keep_errors: false", broken), "payments").arrivals, 3u);
    EXPECT_EQ(node(failing("", "operations: {charge: [{fail: {share: 100%, outcome: rejected}}]}"), "payments").arrivals, 3u);
}

// A process that dies leaves its locks behind: retries are conflicts until the lock is over, 3 s after the first.
TEST(IdempotencyKeys, AreLockedAfterACrashUntilTheLockIsOver)
{
    const std::string crash = "timeline:\n  - {at: 1.5s, for: 100ms, crash: keys}\n";
    const Results results = pay(", lock: 3s", {1}, ", policies: [retry: {attempts: 9, backoff: fixed(1s), jitter: none}]", crash);
    EXPECT_EQ(metric(node(results, "keys"), "conflicts"), 2);  // at 2.5 s and 3.5 s, not at 4.5 s
    EXPECT_EQ(metric(node(results, "keys"), "locks_expired"), 1);
    EXPECT_EQ(client(results, "shop").completed, 1u);
}

// A lock shorter than the work: the retry is carried out beside the first, and both are done.
TEST(IdempotencyKeys, DoNotHoldWithALockShorterThanTheWork)
{
    const Results results = pay(", lock: 500ms", {1}, ", policies: [retry: {attempts: 2, backoff: fixed(100ms), jitter: none}, timeout: 700ms]");
    EXPECT_EQ(metric(node(results, "keys"), "executed_twice"), 1);
    EXPECT_EQ(metric(node(results, "keys"), "locks_expired"), 1);
}

}  // namespace
}  // namespace tantrum::models
