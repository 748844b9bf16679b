// Laws of work done at once: the slowest of many, the fastest of many, and the second copy.
#include "tests/theory/support/experiment.h"
#include "tests/theory/support/statistics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tantrum::theory {
namespace {

constexpr double ms = 1e-3;

std::string branches(int count)
{
    std::string text;
    for (int branch = 0; branch < count; ++branch) text += std::string(branch ? ", " : "[") + "{work: exponential(1ms)}";
    return text + "]";
}

// The maximum of n exponentials has mean 1 + 1/2 + … + 1/n (Rényi 1953), the minimum 1/n. Independent samples: a
// relative deviation of at most 1 for each, so that 400,000 of them are within 0.5 % but once in 600; T1 is 1 %.
TEST(WorkInParallel, TakesTheHarmonicSumForAllAndAnNthForTheFirst)
{
    for (const int count : {1, 2, 5, 20}) {
        double harmonic = 0;
        for (int term = 1; term <= count; ++term) harmonic += 1.0 / term;
        Experiment parallel{.file = "parallel.yaml"};
        parallel.settings = {{"server.all.0.together", branches(count)}, {"server.first.0.first_of", branches(count)}};
        parallel.seconds = 40;
        expectLaw(parallel, {meanLatency("all_users", harmonic * ms), meanLatency("first_users", 1.0 / count * ms)});
    }
}

// min(X, d + X') for exponentials: 1 - e^-d + e^-d / 2; a share e^-d of the calls sends the second copy (Dean and
// Barroso, The Tail at Scale, 2013, is the practice).
TEST(HedgedCall, TakesTheEarlierOfTwoAnswers)
{
    for (const double after : {0.0, .5, 1.0, 3.0}) {
        Experiment hedge{.file = "hedge.yaml"};
        hedge.settings = {{"users -> server.hedge.after", milliseconds(after)}};
        hedge.seconds = 40;
        const auto copies = [](const Results& results) {
            const auto& link = linkIn(results, "users", "server");
            return metricOf(link.metrics, "hedge.hedges") / static_cast<double>(link.calls);
        };
        const auto interval = [share = std::exp(-after)](const Results& results) { return halfWidthOfShare(share, static_cast<double>(linkIn(results, "users", "server").calls)); };
        expectLaw(hedge, {meanLatency("users", (1 - std::exp(-after) / 2) * ms), {"second copies", std::exp(-after), 0, copies, {}, interval}});
    }
}

}  // namespace
}  // namespace tantrum::theory
