// Rate limiters by the call: what passes at which moment (validation A12), and that what should decide alike does.
#include "tests/models/support/run.h"

#include "engine/random.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>

namespace tantrum::models {
namespace {

using namespace support;

std::string scenario(const std::string& limit) { return "nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: web}\n  web: {type: service, workers: 100000, work: 0s}\nlinks:\n  users -> web: {latency: 0s, policies: [rate_limit: {" + limit + "}]}\n"; }

Results limit(const std::string& limit, std::vector<double> moments, double seconds = 20)
{
    Options options;
    options.trace = std::move(moments);
    return run(scenario(limit), seconds, options);
}

std::uint64_t passed(const std::string& text, std::vector<double> moments) { return client(limit(text, std::move(moments)), "users").completed; }

std::vector<double> joined(std::vector<double> first, const std::vector<double>& second)
{
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

// Which of the calls passed, one character each: a link without latency sends and answers at the call's own moment.
std::string decisions(const std::string& text, const std::vector<double>& moments)
{
    Options options;
    options.trace = moments;
    const auto world = build(scenario(text), moments.back() + 1, options);
    std::string all;
    std::uint64_t before = 0;
    for (const double moment : moments) {
        world->advanceTo(second(moment));
        const std::uint64_t now = client(world->results(), "users").completed;
        all += now > before ? '+' : '-';
        before = now;
    }
    return all;
}

// A full bucket of 10 at 5/s, 30 requests at once: ten pass, then one each 200 ms and none earlier; in both forms.
TEST(RateLimit, PassesTheBurstAndThenOneEach200Milliseconds)
{
    for (const std::string algorithm : {"token_bucket", "gcra"}) {
        const std::string bucket = "rate: 5/s, burst: 10, algorithm: " + algorithm;
        EXPECT_EQ(passed(bucket, atOnce(30, 1)), 10u);
        for (int later = 1; later <= 4; ++later) {
            const double moment = 1 + 0.2 * later;
            EXPECT_EQ(passed(bucket, joined(atOnce(30, 1), atOnce(30, moment - 1e-6))), 9u + static_cast<unsigned>(later)) << algorithm;
            EXPECT_EQ(passed(bucket, joined(atOnce(30, 1), atOnce(30, moment))), 10u + static_cast<unsigned>(later)) << algorithm;
        }
    }
}

// GCRA is the token bucket in another notation (facts: "GCRA ≡ token bucket"): each of two thousand calls in three loads
// is decided alike; moments that fall exactly on a refill among them.
TEST(RateLimit, DecidesEachCallAlikeAsBucketAndAsCellRate)
{
    for (const double load : {0.8, 1.0, 2.0})
        for (const char* burst : {"1", "3", "10"}) {
            engine::RandomStream luck(7, "moments", burst);
            std::vector<double> moments;
            double now = 1;
            for (int call = 0; call < 700; ++call) {
                now += luck.exponential() / (100 * load);
                now = static_cast<double>(static_cast<long>(now * 1000)) / 1000 + (call % 3 ? 0 : 0.00037);
                if (!moments.empty() && now <= moments.back()) now = moments.back() + 1e-6;
                moments.push_back(now);
            }
            const std::string both = std::string("rate: 100/s, burst: ") + burst + ", algorithm: ";
            const std::string bucket = decisions(both + "token_bucket", moments);
            EXPECT_EQ(bucket, decisions(both + "gcra", moments)) << load << " " << burst;
            EXPECT_NE(bucket.find('-'), std::string::npos);
        }
}

// One passes at once, `burst` wait, the rest is refused; out they go one each 200 ms.
TEST(RateLimit, LetsALeakyBucketOutOneAtATime)
{
    const Results results = limit("rate: 5/s, burst: 10, algorithm: leaky_bucket", atOnce(30, 1));
    const ClientResult& users = client(results, "users");
    EXPECT_EQ(users.completed, 11u);
    EXPECT_EQ(ended(users, Outcome::rateLimited), 19u);
    EXPECT_NEAR(users.latency.maximum, 2, 1e-9);
    EXPECT_NEAR(users.latency.mean, 1, 1e-9);
    EXPECT_EQ(metric(link(results, "users", "web"), "rate_limit.refused"), 19);
}

// As a meter and as a queue the bucket refuses the same: a queue with b - 1 waiting is full when the bucket of b is empty.
TEST(RateLimit, RefusesAsALeakyBucketWhatTheTokenBucketRefuses)
{
    std::vector<double> moments;
    engine::RandomStream luck(3, "moments", "");
    for (double now = 1; moments.size() < 5000; now += luck.exponential() / 90) moments.push_back(now);
    const Results meter = limit("rate: 100/s, burst: 4", moments, 100);
    const Results queue = limit("rate: 100/s, burst: 3, algorithm: leaky_bucket", moments, 100);
    EXPECT_GT(client(meter, "users").failed, 100u);
    EXPECT_EQ(client(meter, "users").failed, client(queue, "users").failed);
}

// Whoever gives up waiting leaves the queue; the next one does not wait for him.
TEST(RateLimit, FreesThePlaceOfWhoeverLeavesTheLeakyBucket)
{
    Options options;
    options.trace = {1, 1.1, 1.6, 1.61};
    const Results results = run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: web}\n  web: {type: service, workers: 9, work: 0s}\nlinks:\n  users -> web: {latency: 0s, policies: [timeout: 450ms, rate_limit: {rate: 1/s, burst: 1, algorithm: leaky_bucket}]}\n", 9, options);
    EXPECT_EQ(client(results, "users").completed, 2u);                          // 1.0, and 1.6 at 2.0
    EXPECT_EQ(ended(client(results, "users"), Outcome::timeout), 1u);           // 1.1 left at 1.55
    EXPECT_EQ(ended(client(results, "users"), Outcome::rateLimited), 1u);       // 1.61 found the place taken
    EXPECT_NEAR(client(results, "users").latency.maximum, 0.4, 1e-9);
}

// A hundred at 0.99 s and a hundred at 1.01 s are two windows' calls for a fixed window, twice the limit for a log.
TEST(RateLimit, PassesTwiceTheLimitAcrossTheEdgeOfAFixedWindowAndNotOfASlidingLog)
{
    const std::vector<double> moments = joined(atOnce(100, 0.99), atOnce(100, 1.01));
    EXPECT_EQ(passed("rate: 100/s, algorithm: fixed_window", moments), 200u);
    EXPECT_EQ(passed("rate: 100/s, algorithm: sliding_log", moments), 100u);
    EXPECT_EQ(passed("rate: 100/s, algorithm: sliding_counter", moments), 101u);  // 99 of the first hundred count at f = .01
    EXPECT_EQ(passed("rate: 100/s, algorithm: fixed_window", joined(atOnce(300, 0.5), atOnce(300, 0.99))), 100u);
}

// A call leaves the log exactly one window after it passed.
TEST(RateLimit, ForgetsEachCallOneWindowLater)
{
    const std::string log = "rate: 100/s, window: 100ms, algorithm: sliding_log";
    EXPECT_EQ(passed(log, joined(atOnce(10, 1), atOnce(10, 1.0999))), 10u);
    EXPECT_EQ(passed(log, joined(atOnce(10, 1), atOnce(10, 1.1))), 20u);
    EXPECT_EQ(passed(log, joined(joined(atOnce(4, 1), atOnce(9, 1.05)), atOnce(9, 1.1))), 14u);
}

// f = .25, 80 calls in the window before, 30 in this one: 80 × .75 + 30 = 90 (validation A12); ten more would pass.
TEST(RateLimit, EstimatesASlidingCounterFromTwoWindows)
{
    const std::vector<double> moments = joined(atOnce(80, 0.5), atOnce(30, 1.25));
    Options options;
    options.trace = moments;
    const auto world = build(scenario("rate: 100/s, algorithm: sliding_counter"), 3, options);
    world->advanceTo(second(1.25));
    EXPECT_DOUBLE_EQ(metric(link(world->results(), "users", "web"), "rate_limit.estimate"), 90);
    EXPECT_EQ(passed("rate: 100/s, algorithm: sliding_counter", joined(moments, atOnce(30, 1.25))), 120u);
    EXPECT_EQ(passed("rate: 100/s, algorithm: sliding_counter", joined(moments, atOnce(300, 3))), 210u);  // two windows later all is forgotten
}

// In the long run all of them let the same rate pass: 50/s of a steady 200/s, but for what a burst or a window adds.
TEST(RateLimit, AgreesAboutTheLongRunWhateverTheAlgorithm)
{
    std::vector<double> moments;
    for (int call = 0; call < 200 * 60; ++call) moments.push_back(1 + call * 0.005);
    for (const char* algorithm : {"token_bucket", "gcra", "leaky_bucket", "fixed_window", "sliding_log", "sliding_counter"}) {
        const Results results = limit(std::string("rate: 50/s, burst: 10, algorithm: ") + algorithm, moments, 100);
        EXPECT_NEAR(static_cast<double>(client(results, "users").completed), 50 * 60, 60) << algorithm;
    }
}

}  // namespace
}  // namespace tantrum::models
