#include "engine/distribution.h"

#include "engine/ensure.h"
#include "engine/mathematics.h"

#include <cmath>

namespace tantrum::engine {

// What first_, second_ and third_ mean:
//   normal            mean / deviation
//   lognormal         deviation of the logarithm
//   erlang            stages
//   gamma             shape; 1 / sqrt(9 d) with d = max(shape, shape + 1 if below 1) - 1/3
//   weibull, pareto   1 / shape
//   boundedPareto     1 / shape; ln(maximum / minimum); the unbounded law's probability of staying below the maximum
//   triangular        (mode - low) / (high - low)
//   hyperexponential  probability of the fast phase; of the slow one
struct Distribution::Parts {
    std::vector<double> cumulative;  // mixture: upper edges in [0, 1]
    std::vector<Distribution> laws;  // mixture
    std::vector<double> values;      // empirical
};

namespace {

bool isFinite(double value) { return value - value == 0; }

void requireNonNegative(double value, const char* message) { ENSURE(value >= 0 && isFinite(value), message); }

void requirePositive(double value, const char* message) { ENSURE(value > 0 && isFinite(value), message); }

// A sum of exponentials costs a draw each; beyond this the gamma algorithm is cheaper.
constexpr double mostSummedStages = 4;

double gammaDepth(double shape) { return (shape < 1 ? shape + 1 : shape) - 1.0 / 3; }

double gammaFactor(double shape) { return 1 / std::sqrt(9 * gammaDepth(shape)); }

double drawGamma(double shape, double factor, RandomStream& random)
{
    const double depth = gammaDepth(shape);
    while (true) {
        const double normal = random.normal();
        const double root = 1 + factor * normal;
        if (root <= 0) continue;
        const double cube = root * root * root;
        const double uniform = random.uniformOpen();
        const double square = normal * normal;
        // The squeeze settles nearly every draw without logarithms.
        if (uniform >= 1 - 0.0331 * square * square &&
            naturalLogarithm(uniform) >= 0.5 * square + depth * (1 - cube + naturalLogarithm(cube))) {
            continue;
        }
        // A shape below 1 is reached from shape + 1 through a factor U^(1/shape).
        return shape < 1 ? depth * cube * exponentialOf(-random.exponential() / shape) : depth * cube;
    }
}

// Of the standard normal given that it exceeds `threshold`.
double normalHazard(double threshold) { return normalDensity(threshold) / normalCumulative(-threshold); }

// (e^x - 1) / x, which is 1 at zero.
double relativeGrowth(double x) { return x == 0 ? 1 : exponentialMinusOne(x) / x; }

// The moment of order `order` of a Pareto law on [1, e^span].
double boundedParetoMoment(double order, double shape, double span)
{
    return relativeGrowth((order - shape) * span) / relativeGrowth(-shape * span);
}

}  // namespace

double Distribution::drawStandard(RandomStream& random) const
{
    switch (kind_) {
    case Kind::constant: return 0;
    case Kind::exponential: return random.exponential();
    case Kind::uniform: return random.uniform();
    case Kind::normal: {
        double value = first_ + random.normal();
        while (value < 0) value = first_ + random.normal();
        return value;
    }
    case Kind::lognormal: return exponentialOf(first_ * random.normal());
    case Kind::erlang: {
        if (first_ > mostSummedStages) return drawGamma(first_, second_, random);
        double sum = random.exponential();
        for (double stage = 1; stage < first_; ++stage) sum += random.exponential();
        return sum;
    }
    case Kind::gamma: return drawGamma(first_, second_, random);
    case Kind::weibull: return exponentialOf(first_ * naturalLogarithm(random.exponential()));
    case Kind::pareto: return exponentialOf(first_ * random.exponential());
    case Kind::boundedPareto: {
        const double logarithm = -first_ * naturalLogarithm(1 - random.uniform() * third_);
        return exponentialOf(logarithm < second_ ? logarithm : second_);
    }
    case Kind::triangular: {
        const double uniform = random.uniform();
        return uniform < first_ ? std::sqrt(uniform * first_) : 1 - std::sqrt((1 - uniform) * (1 - first_));
    }
    case Kind::hyperexponential: {
        const double chosen = random.chance(second_) ? second_ : first_;
        return random.exponential() * (0.5 / chosen);
    }
    case Kind::mixture: {
        const double uniform = random.uniform();
        std::size_t chosen = 0;
        while (uniform >= parts_->cumulative[chosen]) ++chosen;
        return parts_->laws[chosen].draw(random);
    }
    case Kind::empirical: return parts_->values[random.below(parts_->values.size())];
    }
    return 0;
}

double Distribution::standardMean() const
{
    switch (kind_) {
    case Kind::constant: return 0;
    case Kind::exponential: return 1;
    case Kind::uniform: return 0.5;
    case Kind::normal: return first_ + normalHazard(-first_);
    case Kind::lognormal: return exponentialOf(0.5 * first_ * first_);
    case Kind::erlang:
    case Kind::gamma: return first_;
    case Kind::weibull: return exponentialOf(logGamma(1 + first_));
    case Kind::pareto: return first_ < 1 ? 1 / (1 - first_) : detail::infinity;
    case Kind::boundedPareto: return boundedParetoMoment(1, 1 / first_, second_);
    case Kind::triangular: return (1 + first_) / 3;
    case Kind::hyperexponential: return 1;
    case Kind::mixture:
    case Kind::empirical: break;
    }
    double mean = 0;
    double below = 0;
    if (kind_ == Kind::empirical) {
        for (const double value : parts_->values) mean += value;
        return mean / static_cast<double>(parts_->values.size());
    }
    for (std::size_t i = 0; i < parts_->laws.size(); ++i) {
        const double weight = parts_->cumulative[i] - below;
        below = parts_->cumulative[i];
        if (weight > 0) mean += weight * parts_->laws[i].mean();
    }
    return mean;
}

double Distribution::standardVariance() const
{
    switch (kind_) {
    case Kind::constant: return 0;
    case Kind::exponential: return 1;
    case Kind::uniform: return 1.0 / 12;
    case Kind::normal: {
        const double hazard = normalHazard(-first_);
        return 1 - hazard * (hazard + first_);
    }
    case Kind::lognormal: {
        const double square = first_ * first_;
        return exponentialMinusOne(square) * exponentialOf(square);
    }
    case Kind::erlang:
    case Kind::gamma: return first_;
    case Kind::weibull: {
        const double once = 2 * logGamma(1 + first_);
        return exponentialOf(once) * exponentialMinusOne(logGamma(1 + 2 * first_) - once);
    }
    case Kind::pareto: {
        const double mean = 1 / (1 - first_);
        return first_ < 0.5 ? first_ * first_ * mean * mean / (1 - 2 * first_) : detail::infinity;
    }
    case Kind::boundedPareto: {
        const double mean = boundedParetoMoment(1, 1 / first_, second_);
        return boundedParetoMoment(2, 1 / first_, second_) - mean * mean;
    }
    case Kind::triangular: return (1 - first_ + first_ * first_) / 18;
    case Kind::hyperexponential: return 0.5 / (first_ * second_) - 1;
    case Kind::mixture:
    case Kind::empirical: break;
    }
    const double mean = standardMean();
    double sum = 0;
    double below = 0;
    if (kind_ == Kind::empirical) {
        for (const double value : parts_->values) sum += (value - mean) * (value - mean);
        return sum / static_cast<double>(parts_->values.size());
    }
    for (std::size_t i = 0; i < parts_->laws.size(); ++i) {
        const double weight = parts_->cumulative[i] - below;
        below = parts_->cumulative[i];
        if (!(weight > 0)) continue;
        const double variance = parts_->laws[i].variance();
        if (variance == detail::infinity) return variance;
        const double distance = parts_->laws[i].mean() - mean;
        sum += weight * (variance + distance * distance);
    }
    return sum;
}

Distribution::Distribution(Kind kind, double scale, double first, double second, double third)
    : kind_(scale == 0 ? Kind::constant : kind), scale_(scale), first_(first), second_(second), third_(third)
{
    if (kind_ != Kind::constant) spans_ = kind_ == Kind::mixture || kind_ == Kind::empirical ? Spans::any : Spans::varying;
}

Distribution Distribution::constant(double value)
{
    requireNonNegative(value, "a constant is finite and not negative");
    return shifted(value, Distribution{});
}

Distribution Distribution::exponential(double mean)
{
    requireNonNegative(mean, "a mean is finite and not negative");
    return {Kind::exponential, mean};
}

Distribution Distribution::uniform(double low, double high)
{
    ENSURE(low >= 0 && low <= high && isFinite(high), "uniform needs 0 <= low <= high");
    return shifted(low, {Kind::uniform, high - low});
}

Distribution Distribution::normal(double mean, double deviation)
{
    requireNonNegative(mean, "a truncated normal needs a mean that is finite and not negative");
    requireNonNegative(deviation, "a deviation is finite and not negative");
    return deviation == 0 ? constant(mean) : Distribution{Kind::normal, deviation, mean / deviation};
}

Distribution Distribution::lognormal(double median, double deviationOfLog)
{
    requirePositive(median, "a median is finite and positive");
    requireNonNegative(deviationOfLog, "a deviation is finite and not negative");
    return deviationOfLog == 0 ? constant(median) : Distribution{Kind::lognormal, median, deviationOfLog};
}

Distribution Distribution::lognormalFromPercentiles(double p50, double p99)
{
    ENSURE(p50 > 0 && p99 >= p50 && isFinite(p99), "lognormal needs 0 < p50 <= p99");
    constexpr double normalAt99 = 2.32634787404084110089;
    return lognormal(p50, naturalLogarithm(p99 / p50) / normalAt99);
}

Distribution Distribution::lognormalFromMoments(double mean, double deviation)
{
    requirePositive(mean, "the mean of a lognormal is finite and positive");
    requireNonNegative(deviation, "a deviation is finite and not negative");
    const double variation = deviation / mean;
    const double varianceOfLog = logarithmOfOnePlus(variation * variation);
    return lognormal(mean * exponentialOf(-0.5 * varianceOfLog), std::sqrt(varianceOfLog));
}

Distribution Distribution::erlang(std::uint32_t stages, double mean)
{
    ENSURE(stages >= 1, "erlang needs at least one stage");
    requireNonNegative(mean, "a mean is finite and not negative");
    if (stages == 1) return exponential(mean);
    return {Kind::erlang, mean / stages, static_cast<double>(stages), gammaFactor(stages)};
}

Distribution Distribution::gamma(double shape, double mean)
{
    requirePositive(shape, "a shape is finite and positive");
    requireNonNegative(mean, "a mean is finite and not negative");
    return {Kind::gamma, mean / shape, shape, gammaFactor(shape)};
}

Distribution Distribution::weibull(double shape, double scale)
{
    requirePositive(shape, "a shape is finite and positive");
    requireNonNegative(scale, "a scale is finite and not negative");
    return {Kind::weibull, scale, 1 / shape};
}

Distribution Distribution::pareto(double minimum, double shape)
{
    requirePositive(minimum, "the minimum of a Pareto law is finite and positive");
    requirePositive(shape, "a shape is finite and positive");
    return {Kind::pareto, minimum, 1 / shape};
}

Distribution Distribution::boundedPareto(double minimum, double maximum, double shape)
{
    ENSURE(minimum > 0 && maximum >= minimum && isFinite(maximum), "bounded Pareto needs 0 < minimum <= maximum");
    requirePositive(shape, "a shape is finite and positive");
    if (minimum == maximum) return constant(minimum);
    const double span = naturalLogarithm(maximum / minimum);
    return {Kind::boundedPareto, minimum, 1 / shape, span, -exponentialMinusOne(-shape * span)};
}

Distribution Distribution::triangular(double low, double mode, double high)
{
    ENSURE(low >= 0 && low <= mode && mode <= high && isFinite(high), "triangular needs 0 <= low <= mode <= high");
    if (low == high) return constant(low);
    return shifted(low, {Kind::triangular, high - low, (mode - low) / (high - low)});
}

Distribution Distribution::hyperexponential(double mean, double squaredVariation)
{
    requireNonNegative(mean, "a mean is finite and not negative");
    ENSURE(squaredVariation >= 1 && isFinite(squaredVariation), "hyperexponential needs a squared variation >= 1");
    if (squaredVariation == 1) return exponential(mean);
    const double root = std::sqrt((squaredVariation - 1) / (squaredVariation + 1));
    // The slow phase's probability (1 - root) / 2, without the cancellation.
    return {Kind::hyperexponential, mean, 0.5 * (1 + root), 1 / ((squaredVariation + 1) * (1 + root))};
}

Distribution Distribution::mixture(const std::vector<std::pair<double, Distribution>>& parts)
{
    double total = 0;
    for (const auto& [weight, law] : parts) {
        requireNonNegative(weight, "a weight is finite and not negative");
        total += weight;
    }
    ENSURE(total > 0, "a mixture needs a positive weight");
    auto shared = std::make_shared<Parts>();
    double cumulative = 0;
    for (const auto& [weight, law] : parts) {
        if (weight == 0) continue;
        cumulative += weight;
        shared->cumulative.push_back(cumulative / total);
        shared->laws.push_back(law);
    }
    // The last edge ends every search, whatever the rounding before it.
    shared->cumulative.back() = 1;
    if (shared->laws.size() == 1) return shared->laws.front();
    Distribution result{Kind::mixture, 1};
    result.parts_ = std::move(shared);
    return result;
}

Distribution Distribution::empirical(std::vector<double> values)
{
    ENSURE(!values.empty(), "an empirical law needs a value");
    for (const double value : values) requireNonNegative(value, "values are finite and not negative");
    if (values.size() == 1) return constant(values.front());
    auto shared = std::make_shared<Parts>();
    shared->values = std::move(values);
    Distribution result{Kind::empirical, 1};
    result.parts_ = std::move(shared);
    return result;
}

Distribution Distribution::shifted(double offset, const Distribution& original)
{
    requireNonNegative(offset, "an offset is finite and not negative");
    Distribution result = original;
    result.offset_ += offset;
    return result;
}

Distribution Distribution::scaled(double factor) const
{
    requireNonNegative(factor, "a factor is finite and not negative");
    if (factor == 0) return {};
    Distribution result = *this;
    result.offset_ *= factor;
    result.scale_ *= factor;
    return result;
}

}  // namespace tantrum::engine
