#include "engine/distribution.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

namespace tantrum::engine {
namespace {

using Cumulative = std::function<double(double)>;

double normalBelow(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

// The regularised lower incomplete gamma function by its series.
double gammaBelow(double shape, double x)
{
    if (x <= 0) return 0;
    double term = 1 / shape;
    double sum = term;
    for (int i = 1; i < 2000 && term > sum * 1e-17; ++i) sum += term *= x / (shape + i);
    return sum * std::exp(shape * std::log(x) - x - std::lgamma(shape));
}

struct Case {
    std::string name;
    Distribution law;
    Cumulative cumulative;  // with libm: the other way to the same law
    double mean;
    double variance;
    std::uint64_t golden;  // hash of the first 20,000 draws, by g++ 12 -O3
};

void PrintTo(const Case& tested, std::ostream* out) { *out << tested.name; }

const double unlimited = std::numeric_limits<double>::infinity();

std::vector<Case> cases()
{
    const auto exponentialBelow = [](double mean) { return [mean](double x) { return -std::expm1(-x / mean); }; };
    const double hazard = std::exp(-0.5) / std::sqrt(2 * std::acos(-1.0)) / normalBelow(1);
    const double fast = 0.5 * (1 + std::sqrt(3.0 / 5));
    const auto hyper = [fast](double x) {
        return -fast * std::expm1(-x * fast / 5) - (1 - fast) * std::expm1(-x * (1 - fast) / 5);
    };
    const double kept = 1 - std::pow(0.01, 1.5);
    const double boundedMean = 3 * 1.5 / 0.5 * (1 - std::pow(0.01, 0.5)) / kept;
    const double boundedSquare = 9 * 1.5 / 0.5 * (std::pow(100, 0.5) - 1) / kept;
    const auto triangle = [](double x) {
        return x < 3 ? (x - 2) * (x - 2) / (8 * 1) : 1 - (10 - x) * (10 - x) / (8 * 7);
    };
    const double logDeviation = std::log(10.0) / 2.3263478740408411;
    const double fitted = std::exp(logDeviation * logDeviation);
    return {
        {"Exponential", Distribution::exponential(10), exponentialBelow(10), 10, 100, 0xa1bd0f9c9d32c55},
        {"Uniform", Distribution::uniform(3, 7), [](double x) { return (x - 3) / 4; }, 5, 16.0 / 12,
         0x91e2d6e8be713bbd},
        {"NormalFarFromZero", Distribution::normal(10, 1), [](double x) { return normalBelow(x - 10); }, 10, 1,
         0x89c15811dc0ff9c3},
        {"NormalTruncated", Distribution::normal(2, 2),
         [](double x) { return (normalBelow((x - 2) / 2) - normalBelow(-1)) / normalBelow(1); }, 2 + 2 * hazard,
         4 * (1 - hazard - hazard * hazard), 0x5c7a1692d2729526},
        {"HalfNormal", Distribution::normal(0, 1), [](double x) { return std::erf(x / std::sqrt(2.0)); },
         std::sqrt(2 / std::acos(-1.0)), 1 - 2 / std::acos(-1.0), 0x4a3cc81d1d93c28f},
        {"Lognormal", Distribution::lognormal(5, 0.5), [](double x) { return normalBelow(std::log(x / 5) / 0.5); },
         5 * std::exp(0.125), 25 * std::exp(0.25) * std::expm1(0.25), 0xe8583a219ea38e8c},
        {"LognormalFromPercentiles", Distribution::lognormalFromPercentiles(5, 50),
         [logDeviation](double x) { return normalBelow(std::log(x / 5) / logDeviation); }, 5 * std::sqrt(fitted),
         25 * fitted * (fitted - 1), 0xcfb08fad51cff275},
        {"LognormalFromMoments", Distribution::lognormalFromMoments(10, 5),
         [](double x) {
             return normalBelow(std::log(x / 10) / std::sqrt(std::log(1.25)) + 0.5 * std::sqrt(std::log(1.25)));
         },
         10, 25, 0x9e7b7f435c51429d},
        {"ErlangSummed", Distribution::erlang(3, 6), [](double x) { return gammaBelow(3, x / 2); }, 6, 12,
         0x241b09616dff4b2a},
        {"ErlangByGamma", Distribution::erlang(20, 40), [](double x) { return gammaBelow(20, x / 2); }, 40, 80,
         0x1d78ce49177d88f4},
        {"GammaBelowOne", Distribution::gamma(0.4, 2), [](double x) { return gammaBelow(0.4, x / 5); }, 2, 10,
         0x698e4f09b663b6b5},
        {"GammaAboveOne", Distribution::gamma(2.5, 5), [](double x) { return gammaBelow(2.5, x / 2); }, 5, 10,
         0xa258a8e92237825c},
        {"WeibullBelowOne", Distribution::weibull(0.5, 2), [](double x) { return -std::expm1(-std::sqrt(x / 2)); }, 4,
         80, 0x83301ce5b2a5cafc},
        {"WeibullAboveOne", Distribution::weibull(3, 2), [](double x) { return -std::expm1(-x * x * x / 8); },
         2 * std::tgamma(4.0 / 3), 4 * (std::tgamma(5.0 / 3) - std::pow(std::tgamma(4.0 / 3), 2)), 0x8142c0aa3742aa5c},
        {"ParetoWithVariance", Distribution::pareto(2, 5), [](double x) { return 1 - std::pow(2 / x, 5); }, 2.5,
         4 * 5.0 / (16 * 3), 0x9b18c5167b355a53},
        {"ParetoWithoutVariance", Distribution::pareto(2, 1.5), [](double x) { return 1 - std::pow(2 / x, 1.5); }, 6,
         unlimited, 0xf2207d302b7236df},
        {"ParetoWithoutMean", Distribution::pareto(2, 0.8), [](double x) { return 1 - std::pow(2 / x, 0.8); },
         unlimited, unlimited, 0x34ab4296440a6721},
        {"BoundedPareto", Distribution::boundedPareto(3, 300, 1.5),
         [kept](double x) { return (1 - std::pow(3 / x, 1.5)) / kept; }, boundedMean,
         boundedSquare - boundedMean * boundedMean, 0x5673a24406843fe5},
        {"Triangular", Distribution::triangular(2, 3, 10), triangle, 5, (4 + 9 + 100 - 6 - 20 - 30) / 18.0,
         0xa33802a8757b211f},
        {"Hyperexponential", Distribution::hyperexponential(10, 4), hyper, 10, 400, 0xfb6465e67abfb112},
        {"Mixture", Distribution::mixture({{1, Distribution::exponential(4)}, {3, Distribution::uniform(8, 16)}}),
         [exponentialBelow](double x) {
             return 0.25 * exponentialBelow(4)(x) + 0.75 * std::clamp((x - 8) / 8, 0.0, 1.0);
         },
         10, 0.25 * (16 + 36) + 0.75 * (64.0 / 12 + 4), 0x7ba9c94c43de9078},
        {"Shifted", Distribution::shifted(7, Distribution::exponential(10)),
         [](double x) { return -std::expm1(-(x - 7) / 10); }, 17, 100, 0xfc32151b12c32d74},
        {"Scaled", Distribution::shifted(7, Distribution::gamma(2.5, 5)).scaled(3),
         [](double x) { return gammaBelow(2.5, (x / 3 - 7) / 2); }, 36, 90, 0x2d0a70d3df374ddd},
    };
}

class Law : public testing::TestWithParam<Case> {
protected:
    static std::vector<double> drawSome(int number)
    {
        RandomStream random(2024, GetParam().name, "test");
        std::vector<double> sample;
        for (int i = 0; i < number; ++i) sample.push_back(GetParam().law.draw(random));
        return sample;
    }
};

// The guard of determinism: every build must repeat these bits.
TEST_P(Law, DrawsTheSameBitsOnEveryMachine)
{
    std::uint64_t hash = 0;
    for (const double value : drawSome(20'000)) {
        hash = (hash ^ std::bit_cast<std::uint64_t>(value)) * 0x100000001b3;
        hash ^= hash >> 29;
    }
    EXPECT_EQ(hash, GetParam().golden) << GetParam().name;
}

// Kolmogorov-Smirnov at 3 / sqrt(n): a false alarm has probability 2 exp(-18) = 3e-8.
TEST_P(Law, FollowsItsDistributionFunction)
{
    std::vector<double> sample = drawSome(200'000);
    std::sort(sample.begin(), sample.end());
    const double number = static_cast<double>(sample.size());
    EXPECT_GE(sample.front(), 0);
    double gap = 0;
    for (std::size_t i = 0; i < sample.size(); ++i) {
        const double theory = GetParam().cumulative(sample[i]);
        gap = std::max({gap, theory - static_cast<double>(i) / number, static_cast<double>(i + 1) / number - theory});
    }
    EXPECT_LT(gap * std::sqrt(number), 3);
}

// Utilisation and stability are computed from these before a run; a wrong one blames the wrong node.
TEST_P(Law, TellsItsTrueMeanAndVariance)
{
    const Case& tested = GetParam();
    if (tested.mean == unlimited) {
        EXPECT_EQ(tested.law.mean(), unlimited);
    } else {
        EXPECT_NEAR(tested.law.mean() / tested.mean, 1, 1e-12);
    }
    if (tested.variance == unlimited) {
        EXPECT_EQ(tested.law.variance(), unlimited);
    } else {
        EXPECT_NEAR(tested.law.variance() / tested.variance, 1, 1e-11);
    }
}

// The sample's moments, where they settle: seven estimated deviations, since skewed laws are not quite normal yet.
TEST_P(Law, DrawsItsMeanAndVariance)
{
    const Case& tested = GetParam();
    if (tested.variance == unlimited || tested.name == "LognormalFromPercentiles") return;
    const std::vector<double> sample = drawSome(400'000);
    const double number = static_cast<double>(sample.size());
    double mean = 0;
    for (const double value : sample) mean += value / number;
    EXPECT_NEAR(mean, tested.mean, 7 * std::sqrt(tested.variance / number));
    double variance = 0;
    double fourth = 0;
    for (const double value : sample) {
        const double square = (value - tested.mean) * (value - tested.mean);
        variance += square / number;
        fourth += square * square / number;
    }
    EXPECT_NEAR(variance, tested.variance, 7 * std::sqrt((fourth - variance * variance) / number));
}

// Time-valued draws are rounded to nanoseconds, and two calls must take the same numbers from the stream.
TEST_P(Law, SamplesTheRoundedDraw)
{
    RandomStream first(5);
    RandomStream second(5);
    const Distribution inMicroseconds = GetParam().law.scaled(1000);
    for (int i = 0; i < 1000; ++i) {
        const double drawn = inMicroseconds.draw(first);
        ASSERT_EQ(inMicroseconds.sample(second), Duration::fromNanoseconds(drawn));
    }
}

INSTANTIATE_TEST_SUITE_P(Distribution, Law, testing::ValuesIn(cases()),
                         [](const testing::TestParamInfo<Case>& tested) { return tested.param.name; });

// Constants take no random number, so that switching jitter off in one place leaves the rest of a stream alone.
TEST(Distribution, ConstantTakesNothingFromTheStream)
{
    const Distribution law = Distribution::shifted(2, Distribution::constant(5)).scaled(3);
    RandomStream random(1);
    RandomStream untouched(1);
    EXPECT_EQ(law.draw(random), 21);
    EXPECT_EQ(law.sample(random), Duration::nanoseconds(21));
    EXPECT_EQ(random.next(), untouched.next());
    EXPECT_TRUE(law.isConstant());
    EXPECT_EQ(law.mean(), 21);
    EXPECT_EQ(law.variance(), 0);
}

// Degenerate parameters are legal in a scenario and must not divide by zero or take draws.
TEST(Distribution, LawsWithoutSpreadAreConstants)
{
    for (const Distribution& law :
         {Distribution::uniform(4, 4), Distribution::normal(4, 0), Distribution::lognormal(4, 0),
          Distribution::lognormalFromPercentiles(4, 4), Distribution::lognormalFromMoments(4, 0),
          Distribution::boundedPareto(4, 4, 2), Distribution::triangular(4, 4, 4), Distribution::empirical({4}),
          Distribution::mixture({{2, Distribution::constant(4)}, {0, Distribution::exponential(1)}})}) {
        EXPECT_TRUE(law.isConstant());
        EXPECT_EQ(law.mean(), 4);
        EXPECT_EQ(law.variance(), 0);
    }
    EXPECT_TRUE(Distribution::exponential(0).isConstant());
    EXPECT_TRUE(Distribution::gamma(0.5, 5).scaled(0).isConstant());
    EXPECT_TRUE(Distribution{}.isConstant());
}

// Special parameters reduce to the exponential, which has the fast path.
TEST(Distribution, SpecialCasesBecomeExponential)
{
    EXPECT_EQ(Distribution::erlang(1, 5).kind(), Distribution::Kind::exponential);
    EXPECT_EQ(Distribution::hyperexponential(5, 1).kind(), Distribution::Kind::exponential);
}

// Modes at the ends are the two right triangles.
TEST(Distribution, TriangularMayPeakAtEitherEnd)
{
    RandomStream random(3);
    const Distribution falling = Distribution::triangular(1, 1, 4);
    const Distribution rising = Distribution::triangular(1, 4, 4);
    EXPECT_DOUBLE_EQ(falling.mean(), 2);
    EXPECT_DOUBLE_EQ(rising.mean(), 3);
    int belowMiddle = 0;
    for (int i = 0; i < 100'000; ++i) {
        belowMiddle += falling.draw(random) < 2.5 ? 1 : 0;
        belowMiddle -= rising.draw(random) < 2.5 ? 1 : 0;
    }
    EXPECT_NEAR(belowMiddle, 50'000, 6 * std::sqrt(2 * 100'000 * 0.1875));
}

// Resampling keeps ties: a quarter of the records being 1000 means a quarter of the draws, not an interpolation.
TEST(Distribution, EmpiricalResamplesTheValues)
{
    const Distribution law = Distribution::empirical({1, 1, 1000, 2});
    EXPECT_EQ(law.mean(), 251);
    EXPECT_DOUBLE_EQ(law.variance(), (2 * 250.0 * 250 + 749.0 * 749 + 249.0 * 249) / 4);
    RandomStream random(4);
    int ones = 0;
    int thousands = 0;
    for (int i = 0; i < 100'000; ++i) {
        const double value = law.draw(random);
        ASSERT_TRUE(value == 1 || value == 2 || value == 1000);
        ones += value == 1 ? 1 : 0;
        thousands += value == 1000 ? 1 : 0;
    }
    EXPECT_NEAR(ones, 50'000, 6 * std::sqrt(25'000.0));
    EXPECT_NEAR(thousands, 25'000, 6 * std::sqrt(18'750.0));
    const Distribution copy = law;
    RandomStream first(5);
    RandomStream second(5);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(copy.draw(first), law.draw(second));
}

// Zero weights drop out; infinite parts dominate.
TEST(Distribution, MixtureOfAHeavyTailHasItsMoments)
{
    const Distribution law =
        Distribution::mixture({{0.9, Distribution::constant(1)}, {0.1, Distribution::pareto(1, 1.5)}});
    EXPECT_NEAR(law.mean(), 0.9 + 0.1 * 3, 1e-12);
    EXPECT_EQ(law.variance(), unlimited);
    EXPECT_EQ(Distribution::mixture({{0.9, law}, {0.1, Distribution::pareto(1, 0.5)}}).mean(), unlimited);
    EXPECT_EQ(Distribution::mixture({{0.9, law}, {0.1, Distribution::pareto(1, 0.5)}}).variance(), unlimited);
}

// No heavy tail leaves the clock.
TEST(Distribution, AHugeDrawSaturates)
{
    RandomStream random(6);
    const Distribution law = Distribution::pareto(1e18, 0.01);
    bool saturated = false;
    for (int i = 0; i < 100; ++i) saturated |= law.sample(random) == Duration::max();
    EXPECT_TRUE(saturated);
}

// A bounded law keeps its promise whatever the rounding; the shapes 1 and 2 are the removable poles of its moments.
TEST(Distribution, BoundedParetoStaysInsideAtEveryShape)
{
    for (const double shape : {0.01, 1.0, 2.0, 50.0}) {
        const Distribution law = Distribution::boundedPareto(2, 20, shape);
        RandomStream random(7);
        for (int i = 0; i < 20'000; ++i) {
            const double value = law.draw(random);
            ASSERT_GE(value, 2);
            ASSERT_LE(value, 20 * (1 + 1e-15));
        }
        const Distribution beside = Distribution::boundedPareto(2, 20, shape * (1 + 1e-7));
        EXPECT_NEAR(law.mean() / beside.mean(), 1, 1e-5);
        EXPECT_NEAR(law.variance() / beside.variance(), 1, 1e-5);
    }
}

// The reader validates; whoever gets past it has made a mistake that must not pass silently.
TEST(DistributionDeathTest, InvalidArgumentsAbort)
{
    EXPECT_DEATH(Distribution::exponential(-1), "not negative");
    EXPECT_DEATH(Distribution::exponential(unlimited), "finite");
    EXPECT_DEATH(Distribution::uniform(2, 1), "low <= high");
    EXPECT_DEATH(Distribution::normal(std::nan(""), 1), "finite");
    EXPECT_DEATH(Distribution::hyperexponential(1, 0.5), "squared variation");
    EXPECT_DEATH(Distribution::mixture({}), "positive weight");
    EXPECT_DEATH(Distribution::empirical({}), "needs a value");
    EXPECT_DEATH(Distribution::shifted(-1, Distribution{}), "not negative");
}

}  // namespace
}  // namespace tantrum::engine
