// Amazon S3: rates of a prefix, Slow Down, splits, latency by size.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace tantrum::models {
namespace {

using namespace support;

Results ask(const std::string& bucket, const std::string& operation, std::vector<double> moments, double seconds = 10, const std::string& keys = "uniform(1000000)", const std::string& more = "")
{
    Options options;
    options.trace = std::move(moments);
    return run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: bucket." + operation + ", keys: " + keys + more + "}\n  bucket: {type: s3, first_byte: 10ms, object_size: 0B" + bucket + "}\n", seconds, options);
}

// S3 user guide: 5,500 GET or HEAD and 3,500 PUT or DELETE requests a second for each prefix; the rest hears 503 Slow Down, at
// once. A full second's worth is let through at a time; 100 ms later there is room for a tenth of it.
TEST(S3, TakesSoManyRequestsASecondForEachPrefixAndNoMore)
{
    std::vector<double> moments = atOnce(8000, 1);
    moments.insert(moments.end(), 2000, 1.1);
    for (const auto& [operation, first, second] : {std::tuple("get", 5500, 550), std::tuple("head", 5500, 550), std::tuple("put", 3500, 350), std::tuple("delete", 3500, 350)}) {
        const Results results = ask("", operation, moments);
        EXPECT_EQ(client(results, "users").completed, static_cast<std::uint64_t>(first + second)) << operation;
        EXPECT_EQ(ended(client(results, "users"), Outcome::rateLimited), static_cast<std::uint64_t>(10'000 - first - second)) << operation;
        EXPECT_NEAR(client(results, "users").failureLatency.maximum, 0, 1e-12);
    }
}

// Reads and writes have rates of their own, and so has each prefix.
TEST(S3, CountsReadsAndWritesAndPrefixesApart)
{
    Options options;
    options.trace = atOnce(8000, 1);
    const Results both = run("nodes:\n  readers: {type: client, arrivals: trace(trace.csv), sends: bucket.get}\n  writers: {type: client, arrivals: trace(trace.csv), sends: bucket.put}\n  bucket: {type: s3}\n", 10, options);
    EXPECT_EQ(metric(node(both, "bucket"), "slow_down_reads"), 2500);
    EXPECT_EQ(metric(node(both, "bucket"), "slow_down_writes"), 4500);
    EXPECT_EQ(client(ask(", prefixes: 4", "get", atOnce(16'000, 1)), "users").completed, 16'000u);
    EXPECT_NEAR(static_cast<double>(client(ask(", prefixes: 4", "get", atOnce(40'000, 1)), "users").completed), 22'000, 1e-9);
}

// Twice the rate of a prefix: half is turned away, until the prefix has been over its rate for as long as a split takes; then
// two partitions take all of it.
TEST(S3, SplitsAPrefixThatIsOverItsRateForLong)
{
    const Results results = run("nodes:\n  users: {type: client, arrivals: paced(1900/s), sends: bucket.get, keys: uniform(1000000)}\n"
                                "  bucket: {type: s3, reads_per_prefix: 1000/s, burst: 100ms, split_after: 60s}\n"
                                "expect:\n  - error_rate(users) > 0% between 10s and 59s\n  - error_rate(users) > 0% after 65s\n", 120);
    EXPECT_NEAR(value(results, "error_rate(users) > 0% between 10s"), 9.0 / 19, 0.002);
    EXPECT_NEAR(value(results, "error_rate(users) > 0% after 65s"), 0, 0.005);
    EXPECT_EQ(metric(node(results, "bucket"), "splits"), 1);
    EXPECT_EQ(metric(node(results, "bucket"), "partitions"), 2);
}

// One object is on one partition: no split helps.
TEST(S3, CannotSplitASingleHotObject)
{
    const Results results = run("nodes:\n  users: {type: client, arrivals: paced(2000/s), sends: bucket.get, keys: single}\n"
                                "  bucket: {type: s3, reads_per_prefix: 1000/s, burst: 100ms, split_after: 10s}\n"
                                "expect:\n  - error_rate(users) > 0% after 60s\n", 120);
    EXPECT_NEAR(value(results, "error_rate(users)"), 0.5, 0.006);  // each new partition begins with its burst
    EXPECT_GE(metric(node(results, "bucket"), "splits"), 3);
}

// Overloads with pauses of more than ten seconds between them do not add up.
TEST(S3, DoesNotSplitForShortPeaks)
{
    std::vector<double> moments;
    for (int peak = 0; peak < 20; ++peak) moments.insert(moments.end(), 200, 1 + 20.0 * peak);
    EXPECT_EQ(metric(node(ask(", reads_per_prefix: 100/s, split_after: 60s", "get", moments, 500), "bucket"), "splits"), 0);
}

// First byte plus size over the 90 MB/s of a connection: 45 MB take half a second more.
TEST(S3, TakesTheTimeOfTheObjectsSize)
{
    EXPECT_NEAR(client(ask("", "get", {1}, 10, "single", ", reply_bytes: 45MB"), "users").latency.mean, 0.510, 1e-9);
    EXPECT_NEAR(client(ask("", "put", {1}, 10, "single", ", bytes: 9MB"), "users").latency.mean, 0.110, 1e-9);
    EXPECT_NEAR(client(ask("", "head", {1}, 10, "single", ", reply_bytes: 45MB"), "users").latency.mean, 0.010, 1e-9);
    const Results usual = run("nodes:\n  users: {type: client, arrivals: paced(1/s), sends: bucket.get}\n  bucket: {type: s3, first_byte: 10ms, object_size: 9MB}\n", 5.5);
    EXPECT_NEAR(client(usual, "users").latency.mean, 0.110, 1e-9);
    EXPECT_EQ(metric(node(usual, "bucket"), "bytes_downloaded"), 9e6 * static_cast<double>(client(usual, "users").completed));
}

}  // namespace
}  // namespace tantrum::models
