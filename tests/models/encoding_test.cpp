// What an encoding saves in bytes and costs in time.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>
#include <string>

namespace tantrum::models {
namespace {

using namespace support;

// 100 kB over 10 Mbit/s take 80 ms as JSON and 1 ms to write and read; 35 % of that, and 0.2 ms, as Protobuf.
TEST(Encoding, SavesBytesForTime)
{
    Options options;
    options.trace = {1};
    const auto mean = [&](const std::string& encoding) {
        return client(run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: web, reply_bytes: 100KB}\n  web: {type: service, work: 0s}\nlinks:\n  users -> web: {latency: 0s, bandwidth: 10Mbit/s, policies: [encoding: " + encoding + "]}\n", 5, options), "users").latency.mean;
    };
    EXPECT_NEAR(mean("json"), 0.081, 1e-9);
    EXPECT_NEAR(mean("protobuf"), 0.028 + 0.0002, 1e-9);
    EXPECT_NEAR(mean("json_gzip"), 0.016 + 0.0035, 1e-9);
    EXPECT_NEAR(mean("{format: custom, size_factor: 0.5, per_byte: 100ns}"), 0.040 + 0.010, 1e-9);
}

}  // namespace
}  // namespace tantrum::models
