// Elementary functions of our own. A C library may round differently on another machine (glibc chooses variants by
// processor), and one differing bit in a service time is another run. Only +, -, *, / and integer operations on IEEE
// doubles are used, in a fixed order; compile with -ffp-contract=off.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>

namespace tantrum::engine {

namespace detail {
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();
constexpr double logarithmOfTwoHigh = 0x1.62e42fefp-1;  // 33 bits, so that a product with an exponent is exact
constexpr double logarithmOfTwoLow = 0x1.473de6af278edp-34;

/// A positive number as mantissa * 2^exponent with the mantissa in [sqrt(1/2), sqrt(2)).
struct Binary {
    double mantissa;
    double exponent;
};

constexpr Binary splitBinary(double positive)
{
    std::int64_t raised = 0;
    if (positive < std::numeric_limits<double>::min()) {
        positive *= 0x1p54;
        raised = 54;
    }
    const auto bits = std::bit_cast<std::int64_t>(positive);
    const std::int64_t exponent = (bits - 0x3fe6a09e667f3bcd) >> 52;
    return {std::bit_cast<double>(bits - exponent * (std::int64_t{1} << 52)), static_cast<double>(exponent - raised)};
}

/// e^(x + tail) for |tail| far below |x|: reduction by ln 2, then our minimax polynomial on [-ln2/2, ln2/2].
constexpr double exponentialWithTail(double x, double tail)
{
    if (!(x < 709.79)) return x == x ? infinity : x;
    if (x < -745.2) return 0;
    constexpr double roundToInteger = 0x1.8p52;
    const double power = (x * 0x1.71547652b82fep0 + roundToInteger) - roundToInteger;
    const double high = x - power * logarithmOfTwoHigh;
    const double low = power * logarithmOfTwoLow - tail;
    const double r = high - low;
    const double r2 = r * r;
    const double r4 = r2 * r2;
    const double first = (0x1p-1 + r * 0x1.5555555555557p-3) + r2 * (0x1.5555555555556p-5 + r * 0x1.11111111100dcp-7);
    const double second =
        (0x1.6c16c16c162d4p-10 + r * 0x1.a01a01abe7fe1p-13) + r2 * (0x1.a01a01a6d889cp-16 + r * 0x1.71de0231960ebp-19);
    const double third = (0x1.27e4db646b17ep-22 + r * 0x1.af4de97ca4194p-26) + r2 * 0x1.1f730349868cep-29;
    const double value = 1 + (high + (r2 * (first + r4 * (second + r4 * third)) - low));
    // Two factors, because 2^power itself may be out of range where the result is not.
    const auto whole = static_cast<std::int64_t>(power);
    const std::int64_t half = whole >> 1;
    return value * std::bit_cast<double>((half + 1023) << 52) * std::bit_cast<double>((whole - half + 1023) << 52);
}
}  // namespace detail

/// ln x, within 1 ulp. Minus infinity at zero, NaN below. With s = f / (2 + f) and x = 2^k (1 + f), ln(1 + f) is
/// 2 atanh(s); the odd series beyond 2s is our minimax polynomial.
constexpr double naturalLogarithm(double x)
{
    if (!(x > 0)) return x == 0 ? -detail::infinity : detail::notANumber;
    if (x == detail::infinity) return x;
    const auto [mantissa, exponent] = detail::splitBinary(x);
    const double f = mantissa - 1;
    const double s = f / (2 + f);
    const double z = s * s;
    const double w = z * z;
    const double even =
        0x1.5555555555555p-1 + w * (0x1.2492492476c87p-2 + w * (0x1.745cf901605f7p-3 + w * 0x1.0fbe83c2cbcf3p-3));
    const double odd =
        0x1.9999999999a38p-2 + w * (0x1.c71c720160b47p-3 + w * (0x1.3b1c360763b8ap-3 + w * 0x1.0c04595972ab8p-3));
    const double series = z * (even + z * odd);
    const double halfSquare = 0.5 * f * f;
    return exponent * detail::logarithmOfTwoHigh -
           ((halfSquare - (s * (halfSquare + series) + exponent * detail::logarithmOfTwoLow)) - f);
}

/// e^x, within 1 ulp; 0 and infinity beyond the range.
constexpr double exponentialOf(double x) { return detail::exponentialWithTail(x, 0); }

/// base^exponent, within 1 ulp, for base >= 0 (NaN below, except that anything to the power 0 is 1).
double powerOf(double base, double exponent);
/// ln(1 + x) and e^x - 1 without cancellation near zero, within 3 ulp.
double logarithmOfOnePlus(double x);
double exponentialMinusOne(double x);
/// ln Gamma(x) for x > 0; error below 2e-14, relative where the value exceeds 1 and absolute elsewhere.
double logGamma(double x);
/// The standard normal law: density, distribution function (relative error below 1e-13, also in the lower tail), and
/// its inverse for 0 < probability < 1 (absolute error below 1e-12). Load-time functions, not fast.
double normalDensity(double x);
double normalCumulative(double x);
double normalQuantile(double probability);

}  // namespace tantrum::engine
