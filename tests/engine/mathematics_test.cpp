#include "engine/mathematics.h"
#include "engine/random.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>

namespace tantrum::engine {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// The distance from the 80-bit reference in units of the last place of a double.
double ulps(double got, long double wanted)
{
    int exponent = 0;
    std::frexp(static_cast<double>(wanted), &exponent);
    return static_cast<double>(std::fabs(got - wanted) / std::ldexp(1.0L, std::max(exponent - 53, -1074)));
}

bool isSame(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

// The contract says 1 ulp over the whole range; cancellation near 1 is where a logarithm usually fails.
TEST(Mathematics, NaturalLogarithmIsWithinOneUlp)
{
    RandomStream random(1);
    double worst = 0;
    for (int i = 0; i < 300'000; ++i) {
        const double wide = std::ldexp(1 + random.uniform(), static_cast<int>(random.below(2040)) - 1020);
        const double nearOne = 1 + (random.uniform() - 0.5) * std::ldexp(1.0, -static_cast<int>(random.below(50)));
        const double subnormal = static_cast<double>(random.below(1'000'000) + 1) * 0x1p-1074;
        for (const double x : {wide, nearOne, subnormal}) {
            if (x != 1) worst = std::max(worst, ulps(naturalLogarithm(x), std::log(static_cast<long double>(x))));
        }
    }
    EXPECT_LT(worst, 1);
}

// As above, into the subnormal results.
TEST(Mathematics, ExponentialIsWithinOneUlp)
{
    RandomStream random(2);
    double worst = 0;
    for (int i = 0; i < 300'000; ++i) {
        const double wide = random.uniform() * 1454 - 744.5;
        const double narrow = (random.uniform() - 0.5) * std::ldexp(1.0, -static_cast<int>(random.below(50)));
        for (const double x : {wide, narrow}) {
            worst = std::max(worst, ulps(exponentialOf(x), std::exp(static_cast<long double>(x))));
        }
    }
    EXPECT_LT(worst, 1);
}

// A power amplifies the logarithm's error up to seven hundred times; this is what the double-double part is for.
TEST(Mathematics, PowerIsWithinOneUlp)
{
    RandomStream random(3);
    double worst = 0;
    for (int i = 0; i < 300'000; ++i) {
        const double wide = std::ldexp(1 + random.uniform(), static_cast<int>(random.below(400)) - 200);
        const double nearOne = 1 + (random.uniform() - 0.5) * std::ldexp(1.0, -static_cast<int>(random.below(50)));
        for (const double base : {wide, nearOne}) {
            if (base == 1) continue;
            const double exponent = (random.uniform() - 0.5) * 1400 / std::log(base);
            worst = std::max(worst, ulps(powerOf(base, exponent), std::pow(static_cast<long double>(base), exponent)));
        }
    }
    EXPECT_LT(worst, 1);
}

// Whole powers that fit a double have no excuse: back-off delays are such powers.
TEST(Mathematics, SmallWholePowersAreExact)
{
    for (int base = 1; base <= 10; ++base) {
        double power = 1;
        for (int exponent = 0; exponent <= 15; ++exponent, power *= base) EXPECT_EQ(powerOf(base, exponent), power);
    }
}

// The edges of the domain, where a polynomial knows nothing.
TEST(Mathematics, SpecialValuesAreThoseOfTheStandardLibrary)
{
    EXPECT_EQ(naturalLogarithm(0), -infinity);
    EXPECT_EQ(naturalLogarithm(infinity), infinity);
    EXPECT_EQ(naturalLogarithm(1), 0);
    EXPECT_TRUE(std::isnan(naturalLogarithm(-1)));
    EXPECT_TRUE(std::isnan(naturalLogarithm(std::nan(""))));
    EXPECT_EQ(exponentialOf(0), 1);
    EXPECT_EQ(exponentialOf(infinity), infinity);
    EXPECT_EQ(exponentialOf(-infinity), 0);
    EXPECT_EQ(exponentialOf(709.785), infinity);
    EXPECT_LT(exponentialOf(709.78), infinity);
    EXPECT_EQ(exponentialOf(-746), 0);
    EXPECT_TRUE(std::isnan(exponentialOf(std::nan(""))));
    for (const double base : {0.0, 0.5, 1.0, 2.0, infinity}) {
        for (const double exponent : {-infinity, -1e300, -2.0, 0.0, 2.0, 1e300, infinity}) {
            EXPECT_EQ(powerOf(base, exponent), std::pow(base, exponent)) << base << " ^ " << exponent;
        }
    }
    EXPECT_TRUE(std::isnan(powerOf(-2, 0.5)));
    EXPECT_EQ(logarithmOfOnePlus(-1), -infinity);
    EXPECT_EQ(logarithmOfOnePlus(infinity), infinity);
    EXPECT_EQ(exponentialMinusOne(-infinity), -1);
    EXPECT_EQ(exponentialMinusOne(1000), infinity);
}

// Zipf sampling near exponent 1 and log-normal fits rely on these not cancelling.
TEST(Mathematics, FunctionsNearZeroDoNotCancel)
{
    RandomStream random(4);
    double worst = 0;
    for (int i = 0; i < 200'000; ++i) {
        const double x = (random.uniform() - 0.5) * std::ldexp(1.0, 1 - static_cast<int>(random.below(60)));
        if (x == 0) continue;
        worst = std::max(worst, ulps(logarithmOfOnePlus(x), std::log1p(static_cast<long double>(x))));
        worst = std::max(worst, ulps(exponentialMinusOne(x), std::expm1(static_cast<long double>(x))));
    }
    EXPECT_LT(worst, 3);
}

// Weibull means need Gamma just above 1, where its logarithm crosses zero.
TEST(Mathematics, LogGammaAgreesWithTheReference)
{
    for (double x = 0.01; x < 200; x *= 1.01) {
        const double wanted = static_cast<double>(std::lgamma(static_cast<long double>(x)));
        EXPECT_NEAR(logGamma(x), wanted, 2e-14 * std::max(1.0, std::fabs(wanted))) << x;
    }
    EXPECT_EQ(logGamma(1), 0);
    EXPECT_EQ(logGamma(2), 0);
}

// Truncated means divide by tail probabilities, so the tail must be right relative to itself.
TEST(Mathematics, NormalDistributionFunctionIsRelativelyExactInItsTail)
{
    for (double x = -30; x < 30; x += 0.0625) {
        const long double wanted = 0.5L * std::erfc(-x / std::sqrt(2.0L));
        EXPECT_NEAR(static_cast<double>(normalCumulative(x) / wanted), 1, 1e-13) << x;
    }
}

// Confidence intervals and percentiles of fitted laws.
TEST(Mathematics, NormalQuantileInvertsTheDistributionFunction)
{
    for (double x = -30; x < 5; x += 0.25) EXPECT_NEAR(normalQuantile(normalCumulative(x)), x, x < 2 ? 1e-12 : 1e-9);
    EXPECT_NEAR(normalQuantile(0.975), 1.959963984540054, 1e-13);
    EXPECT_EQ(normalQuantile(0), -infinity);
    EXPECT_EQ(normalQuantile(1), infinity);
}

// The guard of determinism: one bit of difference on another compiler or machine is another run. The values were
// produced by g++ 12 -O3; every build must repeat them.
TEST(Mathematics, BitPatternsAreThoseOfEveryOtherMachine)
{
    std::uint64_t hash = 0;
    RandomStream random(5);
    for (int i = 0; i < 20'000; ++i) {
        const double x = random.uniform() * 40 + 1e-9;
        const double y = random.uniform() * 8 - 4;
        for (const double value : {naturalLogarithm(x), exponentialOf(y), powerOf(x, y), logarithmOfOnePlus(x),
                                   exponentialMinusOne(y), logGamma(x), normalDensity(y), normalCumulative(y)}) {
            hash = (hash ^ std::bit_cast<std::uint64_t>(value)) * 0x100000001b3;
            hash ^= hash >> 29;
        }
    }
    EXPECT_EQ(hash, 0xc3e0a2ebe231db8fU);
    EXPECT_TRUE(isSame(naturalLogarithm(10), 0x1.26bb1bbb55516p+1));
    EXPECT_TRUE(isSame(exponentialOf(1), 0x1.5bf0a8b14576ap+1));
    EXPECT_TRUE(isSame(powerOf(10, 0.5), 0x1.94c583ada5b52p+1));
}

// The ziggurat's tables are computed by the compiler; its arithmetic must be the machine's.
TEST(Mathematics, CompileTimeAndRunTimeAgree)
{
    constexpr double logarithm = naturalLogarithm(0.3);
    constexpr double power = exponentialOf(-7.3);
    volatile double first = 0.3;
    volatile double second = -7.3;
    EXPECT_TRUE(isSame(naturalLogarithm(first), logarithm));
    EXPECT_TRUE(isSame(exponentialOf(second), power));
}

}  // namespace
}  // namespace tantrum::engine
