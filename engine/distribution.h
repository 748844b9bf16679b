// A law of non-negative random values, compiled once when a scenario loads and drawn from millions of times.
#pragma once

#include "engine/random.h"
#include "engine/time.h"

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace tantrum::engine {

/// A value, cheap to copy. Every law has the form offset + scale * (a standard law); the unit of a draw is that of the
/// parameters, which for times is the nanosecond. Factories abort on arguments out of the stated range. A law without
/// spread (deviation 0, low == high, mean 0) becomes a constant.
class Distribution {
public:
    enum class Kind : std::uint8_t {
        constant,
        exponential,
        uniform,
        normal,
        lognormal,
        erlang,
        gamma,
        weibull,
        pareto,
        boundedPareto,
        triangular,
        hyperexponential,
        mixture,
        empirical
    };

    /// Always zero.
    Distribution() = default;
    /// value >= 0.
    static Distribution constant(double value);
    /// mean >= 0.
    static Distribution exponential(double mean);
    /// 0 <= low <= high.
    static Distribution uniform(double low, double high);
    /// mean >= 0, deviation >= 0: those of the untruncated law. Negative draws are redrawn, and mean() and variance()
    /// tell what is drawn, which exceeds `mean` noticeably once the deviation is above a third of it.
    static Distribution normal(double mean, double deviation);
    /// median > 0, deviationOfLog >= 0.
    static Distribution lognormal(double median, double deviationOfLog);
    /// 0 < p50 <= p99.
    static Distribution lognormalFromPercentiles(double p50, double p99);
    /// mean > 0, deviation >= 0: those of the values themselves, not of their logarithms.
    static Distribution lognormalFromMoments(double mean, double deviation);
    /// The sum of `stages` >= 1 exponentials; squared variation 1 / stages.
    static Distribution erlang(std::uint32_t stages, double mean);
    /// shape > 0, mean >= 0; squared variation 1 / shape (Marsaglia and Tsang 2000).
    static Distribution gamma(double shape, double mean);
    /// shape > 0, scale >= 0; P(X > x) = exp(-(x / scale)^shape).
    static Distribution weibull(double shape, double scale);
    /// minimum > 0, shape > 0; P(X > x) = (minimum / x)^shape. Mean infinite up to shape 1, variance up to shape 2.
    static Distribution pareto(double minimum, double shape);
    /// 0 < minimum <= maximum: the same law, given that it stays at or below the maximum.
    static Distribution boundedPareto(double minimum, double maximum, double shape);
    /// 0 <= low <= mode <= high.
    static Distribution triangular(double low, double mode, double high);
    /// Two exponential phases that carry half the mean each (balanced means); mean >= 0, squaredVariation >= 1.
    static Distribution hyperexponential(double mean, double squaredVariation);
    /// One of the parts, chosen by weight. At least one part, weights >= 0 and not all 0.
    static Distribution mixture(const std::vector<std::pair<double, Distribution>>& parts);
    /// Plain resampling: each of the values (>= 0, at least one) with equal probability, so that their mean, their
    /// spread and their ties survive. Copies share the values.
    static Distribution empirical(std::vector<double> values);
    /// offset >= 0 later than `original`; keeps its kind.
    static Distribution shifted(double offset, const Distribution& original);
    /// Every draw times factor >= 0 (a slower machine, another unit); keeps the kind unless the factor is 0.
    Distribution scaled(double factor) const;

    /// One value, >= 0. A heavy tail may draw infinity.
    double draw(RandomStream& random) const
    {
        if (kind_ == Kind::exponential) [[likely]]
            return offset_ + scale_ * random.exponential();
        if (kind_ == Kind::constant) return offset_;
        return offset_ + scale_ * drawStandard(random);
    }
    /// The draw as nanoseconds, rounded to the nearest; saturates at Duration::max().
    Duration sample(RandomStream& random) const
    {
        const double nanoseconds = draw(random);
        if (!(nanoseconds < 9.2e18)) [[unlikely]]
            return Duration::max();
        return Duration::nanoseconds(static_cast<std::int64_t>(nanoseconds + 0.5));
    }

    double mean() const { return scale_ == 0 ? offset_ : offset_ + scale_ * standardMean(); }
    double variance() const { return scale_ == 0 ? 0 : scale_ * scale_ * standardVariance(); }
    bool isConstant() const { return kind_ == Kind::constant; }
    /// What is known of its draws as spans of time.
    Spans spans() const { return spans_; }
    Kind kind() const { return kind_; }

private:
    struct Parts;

    Distribution(Kind kind, double scale, double first = 0, double second = 0, double third = 0);
    double drawStandard(RandomStream& random) const;
    double standardMean() const;
    double standardVariance() const;

    Kind kind_ = Kind::constant;
    Spans spans_ = Spans::constant;
    double offset_ = 0;
    double scale_ = 0;  // 0 exactly for a constant
    double first_ = 0;  // the standard law's parameters; distribution.cpp lists them by kind
    double second_ = 0;
    double third_ = 0;
    std::shared_ptr<const Parts> parts_;
};

}  // namespace tantrum::engine
