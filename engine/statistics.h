// Running statistics that cost a few instructions a change and no memory per sample.
#pragma once

#include "engine/time.h"
#include "engine/wide.h"

#include <cmath>
#include <cstdint>

namespace tantrum::engine {

/// A level over time (a queue's length, busy workers), in whole numbers: its time-weighted mean and its maximum, both
/// exact. Instants never go back.
///
/// The area under the level is level * now - the sum of change * moment over all changes, so that a change costs two
/// additions and nothing has to be remembered about the last one.
class Gauge {
public:
    void add(Instant now, std::int64_t change)
    {
        level_ += change;
        moments_ += static_cast<detail::Signed128>(now.count()) * change;
        if (change > 0 && level_ > maximum_) maximum_ = level_;
    }
    void set(Instant now, std::int64_t level) { add(now, level - level_); }

    std::int64_t level() const { return level_; }
    /// The highest level since the last restart, the level at that moment included.
    std::int64_t maximum() const { return maximum_; }
    /// Time-weighted, from the last restart (or the start of the run) to `now`; the level itself if no time passed.
    double mean(Instant now) const
    {
        const double elapsed = static_cast<double>((now - started_).count());
        return elapsed > 0 ? integral(now) / elapsed : static_cast<double>(level_);
    }
    /// The level summed over time since the last restart, in level * nanoseconds.
    double integral(Instant now) const
    {
        return static_cast<double>(static_cast<detail::Signed128>(now.count()) * level_ - moments_);
    }

    /// Forgets the past (end of a warm-up, next window) but not the level.
    void restart(Instant now)
    {
        moments_ = static_cast<detail::Signed128>(now.count()) * level_;
        maximum_ = level_;
        started_ = now;
    }

private:
    std::int64_t level_ = 0;
    std::int64_t maximum_ = 0;
    detail::Signed128 moments_ = 0;
    Instant started_;
};

/// Count, mean and spread of a series. Sums are kept relative to the first value, so that a small spread around a
/// large mean is not lost to cancellation.
class Moments {
public:
    void record(double value)
    {
        if (count_ == 0) [[unlikely]]
            origin_ = value;
        const double distance = value - origin_;
        ++count_;
        sum_ += distance;
        sumOfSquares_ += distance * distance;
    }

    void merge(const Moments& other)
    {
        if (other.count_ == 0) return;
        if (count_ == 0) origin_ = other.origin_;
        const double shift = other.origin_ - origin_;
        const double number = static_cast<double>(other.count_);
        sumOfSquares_ += other.sumOfSquares_ + shift * (2 * other.sum_ + number * shift);
        sum_ += other.sum_ + number * shift;
        count_ += other.count_;
    }

    void clear() { *this = {}; }

    std::uint64_t count() const { return count_; }
    double sum() const { return sum_ + origin_ * static_cast<double>(count_); }
    /// 0 while empty.
    double mean() const { return count_ == 0 ? 0 : origin_ + sum_ / static_cast<double>(count_); }
    /// Unbiased (n - 1); 0 below two values.
    double variance() const
    {
        if (count_ < 2) return 0;
        const double number = static_cast<double>(count_);
        const double squares = sumOfSquares_ - sum_ * sum_ / number;
        return squares > 0 ? squares / (number - 1) : 0;
    }
    double deviation() const { return std::sqrt(variance()); }

private:
    std::uint64_t count_ = 0;
    double origin_ = 0;
    double sum_ = 0;
    double sumOfSquares_ = 0;
};

}  // namespace tantrum::engine
