// An API gateway: its throttle, its timeout, its cache.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>
#include <string>

namespace tantrum::models {
namespace {

using namespace support;

// A token bucket that is full at first: exactly 5,000 of 6,000 at once pass, then one each 100 µs: 500 µs later
// five of eight.
TEST(ApiGateway, ThrottlesBeyondItsRateAndBurst)
{
    Options options;
    options.trace = atOnce(6000, 1);
    options.trace.insert(options.trace.end(), 8, 1.0005);
    const Results results = run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: api}\n  api: {type: api_gateway, integration: web}\n  web: {type: service, workers: 10000, work: 1ms}\n", 5, options);
    EXPECT_EQ(client(results, "users").completed, 5005u);
    EXPECT_EQ(ended(client(results, "users"), Outcome::rateLimited), 1003u);
    EXPECT_EQ(metric(node(results, "api"), "throttled"), 1003);
}

TEST(ApiGateway, AnswersAfterTwentyNineSecondsAndCachesIfItShould)
{
    Options options;
    options.trace = {1, 2, 300, 302, 400};
    const auto api = [&](const std::string& more, const std::string& work) {
        return run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: api, bytes: 1MB}\n  api: {type: api_gateway, integration: web" + more + "}\n  web: {type: service, workers: 9, work: " + work + "}\n", 500, options);
    };
    const Results slow = api("", "30s");
    EXPECT_EQ(ended(client(slow, "users"), Outcome::timeout), 5u);
    EXPECT_NEAR(client(slow, "users").failureLatency.mean, 29, 1e-9);
    // Kept for 300 s: loaded at 1 and at 302 s.
    const Results cached = api(", cache: true", "10ms");
    EXPECT_EQ(node(cached, "web").arrivals, 2u);
    EXPECT_EQ(metric(node(cached, "api"), "cache_hits"), 3);
    EXPECT_EQ(node(api("", "10ms"), "web").arrivals, 5u);
    EXPECT_EQ(ended(client(api(", payload: 999KB", "10ms"), "users"), Outcome::rejected), 5u);
}

}  // namespace
}  // namespace tantrum::models
