// Concurrency limits that find themselves from how long calls take and whether they are dropped.
#pragma once

#include "engine/histogram.h"
#include "engine/random.h"
#include "engine/time.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace tantrum::models::policies {

using engine::Duration;
using engine::Instant;

/// What one finished call tells: when it began, how long it took, how many were under way when it began, itself
/// included, and whether it was dropped for lack of capacity.
struct Sample {
    Instant begun, now;
    double took = 1;  ///< nanoseconds, > 0
    std::int64_t underWay = 1;
    bool dropped = false;
};

struct LimitBounds {
    double initial = 20, least = 20, most = 200;
};

class ConcurrencyLimit {
public:
    virtual ~ConcurrencyLimit() = default;
    /// Asked before every call.
    virtual double limit(Instant now) = 0;
    virtual void learn(const Sample& sample) = 0;
    /// Seconds: what it takes for the time of an unloaded call; 0: not known.
    virtual double unloaded() const { return 0; }
};

/// One more while at least half the limit is used, a tenth less for each drop or call that takes too long (Netflix AIMDLimit).
class AdditiveLimit final : public ConcurrencyLimit {
public:
    AdditiveLimit(LimitBounds bounds, double ratio, Duration tooLong) : bounds_(bounds), ratio_(ratio), tooLong_(static_cast<double>(tooLong.count())), limit_(bounds.initial) {}
    double limit(Instant) override { return limit_; }
    void learn(const Sample& sample) override
    {
        if (sample.dropped || sample.took > tooLong_)
            limit_ = std::floor(limit_ * ratio_);
        else if (static_cast<double>(sample.underWay) * 2 >= limit_)
            limit_ += 1;
        limit_ = std::clamp(limit_, bounds_.least, bounds_.most);
    }

private:
    LimitBounds bounds_;
    double ratio_, tooLong_, limit_;
};

/// After TCP Vegas: estimates the queue at the callee from the shortest time seen (Netflix VegasLimit).
class VegasLimit final : public ConcurrencyLimit {
public:
    VegasLimit(LimitBounds bounds, engine::RandomStream luck) : bounds_(bounds), luck_(luck), limit_(bounds.initial) { drawProbe(); }
    double limit(Instant) override { return std::floor(limit_); }
    double unloaded() const override { return shortest_ * 1e-9; }
    void learn(const Sample& sample) override
    {
        if (++samples_ >= probeShare_ * 30 * limit_) {  // what is shortest may have changed: believe this one
            drawProbe();
            samples_ = 0;
            shortest_ = sample.took;
            return;
        }
        if (shortest_ == 0 || sample.took < shortest_) {
            shortest_ = sample.took;
            return;
        }
        const double queue = std::ceil(limit_ * (1 - shortest_ / sample.took));
        const double step = logarithm(limit_);
        double next = limit_;
        if (sample.dropped)
            next -= step;
        else if (static_cast<double>(sample.underWay) * 2 < limit_)
            return;  // does not need what it has
        else if (queue <= step)
            next += 6 * step;
        else if (queue < 3 * step)
            next += step;
        else if (queue > 6 * step)
            next -= step;
        limit_ = std::clamp(next, bounds_.least, bounds_.most);
    }

private:
    // The whole part of log10, at least 1.
    static double logarithm(double limit)
    {
        double digits = 1;
        for (double power = 100; power <= limit; power *= 10) ++digits;
        return digits;
    }
    void drawProbe() { probeShare_ = 0.5 + 0.5 * luck_.uniform(); }

    LimitBounds bounds_;
    engine::RandomStream luck_;
    double limit_, shortest_ = 0, probeShare_ = 1, samples_ = 0;
};

/// Compares each time with the long-term average (Netflix Gradient2Limit).
class GradientLimit final : public ConcurrencyLimit {
public:
    explicit GradientLimit(LimitBounds bounds) : bounds_(bounds), limit_(bounds.initial) {}
    double limit(Instant) override { return std::floor(limit_); }
    double unloaded() const override { return average_ * 1e-9; }
    void learn(const Sample& sample) override
    {
        average(sample.took);
        const double ratio = average_ / sample.took;
        if (ratio > 2) average_ *= 0.95;  // back from a long overload sooner
        if (static_cast<double>(sample.underWay) < limit_ / 2) return;
        const double gradient = std::clamp(tolerance * ratio, 0.5, 1.0);
        const double next = limit_ * (1 - smoothing) + smoothing * (limit_ * gradient + room);
        limit_ = std::clamp(next, bounds_.least, bounds_.most);
    }

private:
    static constexpr double tolerance = 1.5, smoothing = 0.2, room = 4, longWindow = 600;
    static constexpr int warmup = 10;
    void average(double took)
    {
        if (seen_ < warmup) {
            sum_ += took;
            average_ = sum_ / ++seen_;
        } else {
            constexpr double weight = 2 / (longWindow + 1);
            average_ = average_ * (1 - weight) + took * weight;
        }
    }
    LimitBounds bounds_;
    double limit_, average_ = 0, sum_ = 0;
    int seen_ = 0;
};

/// Envoy's adaptive concurrency: windows of samples against a minimum that is measured anew now and then, with
/// concurrency held at the least meanwhile.
class MinimumLimit final : public ConcurrencyLimit {
public:
    struct Settings {
        Duration update = Duration::milliseconds(100), remeasure = Duration::seconds(60);
        double jitter = 0.15, buffer = 0.25;
        std::int64_t samples = 50;
    };
    MinimumLimit(LimitBounds bounds, const Settings& settings, engine::RandomStream luck) : bounds_(bounds), settings_(settings), luck_(luck), limit_(bounds.initial), before_(bounds.initial)
    {
        measure(Instant());
    }
    double limit(Instant now) override
    {
        advance(now);
        return std::floor(limit_);
    }
    double unloaded() const override { return minimum_ * 1e-9; }
    void learn(const Sample& sample) override
    {
        advance(sample.now);
        if (sample.dropped || (measuring_ && sample.begun < measuringSince_)) return;
        times_.record(static_cast<std::int64_t>(sample.took));
        if (measuring_ && times_.count() >= static_cast<std::uint64_t>(settings_.samples)) endMeasuring(sample.now);
    }

private:
    void advance(Instant now)
    {
        if (measuring_) return;
        if (now >= nextMeasurement_) return measure(now);
        if (now < nextUpdate_) return;
        nextUpdate_ = now + settings_.update;
        if (times_.count() == 0) return;
        const double gradient = std::clamp(minimum_ * (1 + settings_.buffer) / std::max(times_.quantile(0.5), 1.0), 0.5, 2.0);
        times_.clear();
        const double next = limit_ * gradient;
        limit_ = std::clamp(next + std::sqrt(next), bounds_.least, bounds_.most);
        atLeast_ = std::floor(limit_) <= bounds_.least ? atLeast_ + 1 : 0;
        if (atLeast_ >= 5) measure(now);  // stuck there: the minimum may be out of date
    }
    void measure(Instant now)
    {
        measuring_ = true;
        measuringSince_ = now;
        atLeast_ = 0;
        before_ = limit_;
        limit_ = bounds_.least;
        times_.clear();
    }
    void endMeasuring(Instant now)
    {
        measuring_ = false;
        minimum_ = times_.quantile(0.5);
        times_.clear();
        limit_ = before_;
        nextUpdate_ = now + settings_.update;
        nextMeasurement_ = now + Duration::fromNanoseconds(static_cast<double>(settings_.remeasure.count()) * (1 + settings_.jitter * luck_.uniform()));
    }

    LimitBounds bounds_;
    Settings settings_;
    engine::RandomStream luck_;
    engine::Histogram times_;
    double limit_, before_, minimum_ = 0;
    bool measuring_ = false;
    int atLeast_ = 0;
    Instant measuringSince_, nextUpdate_, nextMeasurement_;
};

}  // namespace tantrum::models::policies
