// A volume that does so many I/O operations a second and no more, one after the other; with credits for a higher rate, as
// gp2 volumes have: they are earned at the baseline rate, each operation takes one, and when they are spent the
// baseline is all there is.
#pragma once

#include "models/service.h"

#include <algorithm>
#include <cstdint>

namespace tantrum::models::databases {

class BurstStorage {
public:
    struct Limits {
        double baseline = 3000, burst = 3000;  ///< operations a second; equal: no credits
        double credits = 0;                    ///< the most that can be saved
    };
    void set(const Limits& limits) { limits_ = limits, balance_ = std::min(balance_, limits.credits); }
    /// The share of the credits it has at the beginning.
    void setBalance(double share) { balance_ = limits_.credits * share; }
    /// How long the operation asked for now waits until the volume has done it and those before it.
    Duration submit(Instant now)
    {
        const Instant begin = std::max(now, free_);
        earn(begin);
        // While it lasts it earns at the baseline rate, too: at that rate it costs nothing.
        const double cost = 1 - limits_.baseline / limits_.burst;
        const bool bursts = cost > 0 && balance_ >= cost;
        if (bursts) balance_ -= cost;
        free_ = begin + Duration::fromSeconds(1 / (bursts ? limits_.burst : limits_.baseline));
        earnedUntil_ = free_;
        ++operations_;
        return free_ - now;
    }
    /// 0 to 1; 1 where there are no credits.
    double balance(Instant now)
    {
        if (limits_.credits <= 0) return 1;
        earn(now);
        return balance_ / limits_.credits;
    }
    std::uint64_t operations() const { return operations_; }
    /// What waited for it is gone.
    void forget(Instant now) { free_ = std::min(free_, now), earnedUntil_ = std::min(earnedUntil_, now); }

private:
    void earn(Instant now)
    {
        if (now <= earnedUntil_) return;
        balance_ = std::min(limits_.credits, balance_ + (now - earnedUntil_).inSeconds() * limits_.baseline);
        earnedUntil_ = now;
    }

    Limits limits_;
    double balance_ = 0;
    Instant free_, earnedUntil_;
    std::uint64_t operations_ = 0;
};

}  // namespace tantrum::models::databases
