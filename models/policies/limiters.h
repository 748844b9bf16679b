// The arithmetic of rate limiters: each says whether a call may pass now. Times only ever ascend.
#pragma once

#include "engine/time.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace tantrum::models::policies {

using engine::Duration;
using engine::Instant;

/// A hair of tolerance, in calls: what was refilled for exactly 1/rate is a whole call, whatever binary fractions make of it.
inline constexpr double hair = 1e-9;

/// Token bucket: full at first, refilled continuously.
class TokenBucket {
public:
    TokenBucket(double perSecond, double burst) : perSecond_(perSecond), burst_(burst), tokens_(burst) {}
    bool take(Instant now)
    {
        refill(now);
        if (tokens_ < 1 - hair) return false;
        tokens_ = std::max(0.0, tokens_ - 1);
        return true;
    }
    void change(Instant now, double perSecond, double burst)
    {
        refill(now);
        perSecond_ = perSecond;
        burst_ = burst;
    }

private:
    void refill(Instant now)
    {
        tokens_ = std::min(tokens_ + (now - since_).inSeconds() * perSecond_, burst_);
        since_ = now;
    }
    double perSecond_, burst_, tokens_;
    Instant since_;
};

/// Generic cell rate algorithm: one number, how far the theoretical arrival time lies ahead, against a tolerance of
/// (burst - 1) intervals. Decides as the token bucket does.
class CellRate {
public:
    CellRate(double perSecond, double burst) { change(perSecond, burst); }
    bool take(Instant now)
    {
        ahead_ = std::max(0.0, ahead_ - (now - since_).inSeconds());
        since_ = now;
        if (ahead_ > tolerance_ + hair * interval_) return false;
        ahead_ += interval_;
        return true;
    }
    void change(double perSecond, double burst)
    {
        interval_ = std::min(1 / perSecond, 1e12);  // a rate of 0: never again
        tolerance_ = (burst - 1) * interval_;
    }

private:
    double interval_ = 0, tolerance_ = 0, ahead_ = 0;  // seconds
    Instant since_;
};

/// Windows that follow each other from the start of the run, and how many calls passed in this one and the one before.
class WindowCount {
public:
    explicit WindowCount(Duration window) : window_(window) {}
    void advance(Instant now)
    {
        const std::int64_t index = now.count() / window_.count();
        if (index == index_) return;
        previous_ = index == index_ + 1 ? current_ : 0;
        current_ = 0;
        index_ = index;
    }
    void count() { ++current_; }
    double current() const { return static_cast<double>(current_); }
    /// What the last window's length up to now holds, if the calls of the window before came evenly.
    double estimate(Instant now) const
    {
        const double passed = static_cast<double>(now.count() % window_.count()) / static_cast<double>(window_.count());
        return static_cast<double>(previous_) * (1 - passed) + static_cast<double>(current_);
    }

private:
    Duration window_;
    std::int64_t index_ = 0, current_ = 0, previous_ = 0;
};

/// When the calls of the last window passed; grows to as many as may pass within one.
class CallLog {
public:
    static constexpr std::size_t most = 10'000'000;

    explicit CallLog(Duration window) : window_(window) {}
    std::size_t count(Instant now)
    {
        while (size_ > 0 && now - times_[first_] >= window_) {
            first_ = (first_ + 1) & (times_.size() - 1);
            --size_;
        }
        return size_;
    }
    void add(Instant now)
    {
        if (size_ == times_.size()) grow();
        times_[(first_ + size_++) & (times_.size() - 1)] = now;
    }

private:
    void grow()
    {
        std::vector<Instant> larger(std::max<std::size_t>(16, 2 * times_.size()));
        for (std::size_t index = 0; index < size_; ++index) larger[index] = times_[(first_ + index) & (times_.size() - 1)];
        times_.swap(larger);
        first_ = 0;
    }
    Duration window_;
    std::vector<Instant> times_;  // a ring; its length is a power of two
    std::size_t first_ = 0, size_ = 0;
};

}  // namespace tantrum::models::policies
