#include "tests/theory/support/statistics.h"

#include <cmath>
#include <limits>

namespace tantrum::theory {
namespace {
constexpr double normalQuantile = 2.5758293035489;
}

double studentQuantile(std::size_t degreesOfFreedom)
{
    const double z = normalQuantile;
    const auto n = static_cast<double>(degreesOfFreedom);
    const double z3 = z * z * z;
    const double z5 = z3 * z * z;
    const double z7 = z5 * z * z;
    return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n) + (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n * n * n);
}

double halfWidth(std::span<const double> batches)
{
    double sum = 0, squares = 0, count = 0;
    for (const double batch : batches) {
        if (std::isnan(batch)) continue;
        sum += batch;
        count += 1;
    }
    if (count < 8) return std::numeric_limits<double>::infinity();
    const double mean = sum / count;
    for (const double batch : batches)
        if (!std::isnan(batch)) squares += (batch - mean) * (batch - mean);
    return studentQuantile(static_cast<std::size_t>(count) - 1) * std::sqrt(squares / (count - 1) / count);
}

double halfWidthOfShare(double p, double n) { return normalQuantile * std::sqrt(p * (1 - p) / n); }

}  // namespace tantrum::theory
