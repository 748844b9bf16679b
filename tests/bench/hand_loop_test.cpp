// A yardstick that does less than it says makes everything look slow.
#include "tests/bench/hand_loop.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tantrum::bench {
namespace {

// M/M/1 (Kleinrock): mean sojourn 1 / (1 - load), quantiles of the exponential law. With so many customers the standard
// error of the mean is 0.5 % (Daley 1968), so that five of them pass for any seed.
class HandLoops : public testing::TestWithParam<HandLoop (*)(std::uint64_t, std::uint64_t)> {};

TEST_P(HandLoops, AreQueuesOfOneWorkerByTheirMeanAndTheirTail)
{
    const HandLoop loop = GetParam()(20'000'000, 7);
    const double mean = 1 / (1 - handLoopLoad);
    EXPECT_NEAR(loop.meanSojourn, mean, 0.025 * mean);
    EXPECT_NEAR(loop.percentile99, mean * std::log(100), 0.05 * mean * std::log(100));
    EXPECT_GT(loop.nanoseconds, 0);
}

INSTANTIATE_TEST_SUITE_P(Bench, HandLoops, testing::Values(&runHandLoop, &runTightLoop));

}  // namespace
}  // namespace tantrum::bench
