// Laws of arrivals whose rate varies: a Poisson process all the same, as many in each stretch as the rate's integral says.
#include "tests/theory/support/experiment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

namespace tantrum::theory {
namespace {

// Lewis and Shedler 1979: thinning gives independent Poisson counts. Each of the (at most 40) counts of each of five
// seeds within 5.5 deviations is missed once in 1e5 suites; the sum of their squares, chi-squared with as many degrees
// of freedom, within 5 deviations of Wilson and Hilferty's approximation (1931), once in 1e6.
void expectCounts(const std::string& arrivals, const std::function<double(double)>& cumulated)
{
    Experiment varying{.file = "varying.yaml"};
    varying.settings = {{"users.arrivals", arrivals}};
    varying.seconds = 100 * sanitizerFactor;
    double squares = 0;
    int counts = 0;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        const Results results = runOnce(varying, seedFor(static_cast<int>(seed)));
        const double length = results.series.bucketSeconds;
        const std::vector<float>& rates = results.series.clients.front().ratePerSecond;
        for (std::size_t bucket = 0; bucket < rates.size(); ++bucket) {
            const double from = static_cast<double>(bucket) * length;
            const double expected = cumulated(from + length) - cumulated(from);
            const double deviation = (static_cast<double>(rates[bucket]) * length - expected) / std::sqrt(expected);
            EXPECT_LE(std::abs(deviation), 5.5) << arrivals << ": from " << from << " s on " << expected << " were expected";
            squares += deviation * deviation;
            ++counts;
        }
    }
    ASSERT_GE(counts, 80);
    const double degrees = counts, part = 2 / (9 * degrees);
    const double normal = (std::cbrt(squares / degrees) - (1 - part)) / std::sqrt(part);
    EXPECT_LE(std::abs(normal), 5) << arrivals << ": the counts vary " << squares / degrees << " times as much as those of a Poisson process";
}

TEST(VaryingArrivals, AreAsManyAsTheirRateSaysAndAsUnevenAsPoissons)
{
    expectCounts("poisson(500/s)", [](double t) { return 500 * t; });
    expectCounts("ramp(100/s 900/s 60s)", [](double t) { return t < 60 ? 100 * t + 800 * t * t / 120 : 30'000 + 900 * (t - 60); });
    expectCounts("spike(100/s 2000/s 33s 21s)", [](double t) { return 100 * t + 1900 * std::min(21.0, std::max(0.0, t - 33)); });
    expectCounts("steps(900/s 13s 100/s 31s 400/s)", [](double t) { return 900 * std::min(t, 13.0) + 100 * std::min(31.0, std::max(0.0, t - 13)) + 400 * std::max(0.0, t - 44); });
    expectCounts("diurnal(500/s swing=80% period=13s)", [](double t) {
        const double turn = 2 * std::numbers::pi / 13;
        return 500 * (t + .8 * (1 - std::cos(turn * t)) / turn);
    });
}

}  // namespace
}  // namespace tantrum::theory
