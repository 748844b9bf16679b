#include "engine/mathematics.h"

#include <array>
#include <cmath>

namespace tantrum::engine {

namespace {

// A value carried as an unevaluated sum of two doubles, about 106 bits. Products are split after Veltkamp and Dekker
// instead of using a fused multiply-add, which not every processor has.
struct Pair {
    double high;
    double low;
};

constexpr Pair quickSum(double larger, double smaller)
{
    const double sum = larger + smaller;
    return {sum, smaller - (sum - larger)};
}

constexpr Pair exactSum(double a, double b)
{
    const double sum = a + b;
    const double part = sum - a;
    return {sum, (a - (sum - part)) + (b - part)};
}

constexpr Pair exactProduct(double a, double b)
{
    constexpr double splitter = 0x1p27 + 1;
    const double scaledA = a * splitter;
    const double highA = scaledA - (scaledA - a);
    const double lowA = a - highA;
    const double scaledB = b * splitter;
    const double highB = scaledB - (scaledB - b);
    const double lowB = b - highB;
    const double product = a * b;
    return {product, ((highA * highB - product) + highA * lowB + lowA * highB) + lowA * lowB};
}

constexpr Pair product(Pair a, Pair b)
{
    const Pair leading = exactProduct(a.high, b.high);
    return quickSum(leading.high, leading.low + (a.high * b.low + a.low * b.high));
}

constexpr Pair sum(Pair a, Pair b)
{
    const Pair leading = exactSum(a.high, b.high);
    return quickSum(leading.high, leading.low + (a.low + b.low));
}

// ln of a mantissa near 1 to about 2^-100, by the series of 2 atanh((x - 1) / (x + 1)); for the table below.
constexpr Pair logarithmBySeries(double x)
{
    const double divisor = x + 1;
    const double quotient = (x - 1) / divisor;
    const Pair back = exactProduct(quotient, divisor);
    const Pair s = quickSum(quotient, ((x - 1 - back.high) - back.low) / divisor);
    const Pair z = product(s, s);
    Pair total{0, 0};
    for (double odd = 43; odd >= 1; odd -= 2) {
        const double coefficient = 2 / odd;
        const Pair exact = exactProduct(coefficient, odd);
        total = sum(product(total, z), {coefficient, ((2 - exact.high) - exact.low) / odd});
    }
    return product(s, total);
}

constexpr int firstCentre = 45;  // of the mantissas sqrt(1/2) to sqrt(2), in steps of 1/64
constexpr auto centreLogarithms = [] {
    std::array<Pair, 47> table{};
    for (int i = 0; i < 47; ++i) table[static_cast<std::size_t>(i)] = logarithmBySeries((firstCentre + i) / 64.0);
    return table;
}();

// ln x to about 2^-66 relative: the exponent's part, the nearest centre's logarithm, and 2 atanh(s) for the rest, of
// which only the leading term 2s needs both halves. Near 1 the first two vanish and nothing cancels.
Pair preciseLogarithm(double positive)
{
    const auto [mantissa, exponent] = detail::splitBinary(positive);
    const int nearest = static_cast<int>(mantissa * 64 + 0.5);
    const double centre = nearest / 64.0;
    const Pair& tabulated = centreLogarithms[static_cast<std::size_t>(nearest - firstCentre)];
    const double f = mantissa - centre;
    const Pair divisor = exactSum(mantissa, centre);
    const double inverse = 1 / divisor.high;
    const double s = f * inverse;
    const Pair back = exactProduct(s, divisor.high);
    const double rest = ((f - back.high) - back.low - s * divisor.low) * inverse;
    const double z = s * s;
    const double series = s * z * (2.0 / 3 + z * (2.0 / 5 + z * (2.0 / 7 + z * (2.0 / 9))));
    const Pair scale = quickSum(exponent * detail::logarithmOfTwoHigh, tabulated.high);
    const Pair leading = quickSum(scale.high, 2 * s);
    const double low = exponent * detail::logarithmOfTwoLow + tabulated.low + scale.low;
    return quickSum(leading.high, leading.low + (low + (2 * rest + series)));
}

// The upper tail of the normal law by its continued fraction (Laplace), x >= 2.
double normalUpperTail(double x)
{
    double fraction = x;
    for (int depth = 200; depth > 0; --depth) fraction = x + depth / fraction;
    return normalDensity(x) / fraction;
}

}  // namespace

double powerOf(double base, double exponent)
{
    if (exponent == 0 || base == 1) return 1;
    if (!(base >= 0) || exponent != exponent) return detail::notANumber;
    const bool grows = (base > 1) == (exponent > 0);
    if (base == 0 || base == detail::infinity) return grows ? detail::infinity : 0;
    // |ln base| is at least 2^-53 here, so a larger exponent leaves the range; it would also overflow the split below.
    if (exponent > 0x1p64 || exponent < -0x1p64) return grows ? detail::infinity : 0;
    const Pair logarithm = preciseLogarithm(base);
    const Pair leading = exactProduct(logarithm.high, exponent);
    return detail::exponentialWithTail(leading.high, leading.low + logarithm.low * exponent);
}

// Kahan's correction: the rounding of 1 + x, or of e^x, is divided out again.
double logarithmOfOnePlus(double x)
{
    const double sum = 1 + x;
    if (sum == 1 || sum == detail::infinity) return x;
    return naturalLogarithm(sum) * (x / (sum - 1));
}

double exponentialMinusOne(double x)
{
    const double power = exponentialOf(x);
    if (power == 1) return x;
    if (power == detail::infinity) return power;
    const double difference = power - 1;
    if (difference == -1) return -1;
    return difference * (x / naturalLogarithm(power));
}

// Stirling's series beyond 12; below, the recurrence Gamma(x + 1) = x Gamma(x) lifts the argument.
double logGamma(double x)
{
    if (x == 1 || x == 2) return 0;
    double lifted = 1;
    for (; x < 12; x += 1) lifted *= x;
    const double inverse = 1 / x;
    const double square = inverse * inverse;
    const double series =
        inverse *
        (1.0 / 12 -
         square * (1.0 / 360 -
                   square * (1.0 / 1260 - square * (1.0 / 1680 - square * (1.0 / 1188 - square * 691.0 / 360360)))));
    constexpr double halfLogarithmOfTwoPi = 0.918938533204672741780;
    return (x - 0.5) * naturalLogarithm(x) - x + halfLogarithmOfTwoPi + series - naturalLogarithm(lifted);
}

double normalDensity(double x)
{
    constexpr double inverseRootOfTwoPi = 0.398942280401432677940;
    // x * x in two parts: its rounding would be amplified by the exponential far out.
    const Pair square = exactProduct(x, x);
    return inverseRootOfTwoPi * detail::exponentialWithTail(-0.5 * square.high, -0.5 * square.low);
}

double normalCumulative(double x)
{
    if (x < -2) return normalUpperTail(-x);
    if (x > 2) return 1 - normalUpperTail(x);
    // All terms of one sign: density * (x + x^3/3 + x^5/15 + ...).
    double term = x;
    double total = x;
    for (int odd = 3; odd < 90; odd += 2) {
        term *= x * x / odd;
        total += term;
    }
    return 0.5 + normalDensity(x) * total;
}

double normalQuantile(double probability)
{
    if (!(probability > 0 && probability < 1)) {
        if (probability == 0) return -detail::infinity;
        return probability == 1 ? detail::infinity : detail::notANumber;
    }
    if (probability > 0.5) return -normalQuantile(1 - probability);
    // Halving: the function is monotone, and 64 steps exhaust a double in this range.
    double low = -40;
    double high = 0;
    for (int step = 0; step < 64; ++step) {
        const double middle = 0.5 * (low + high);
        (normalCumulative(middle) < probability ? low : high) = middle;
    }
    return 0.5 * (low + high);
}

}  // namespace tantrum::engine
