// Messages that whoever handles them fails at, each time: which ones, is settled by the message itself.
#pragma once

#include "engine/time.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace tantrum::models {

using engine::Instant;

class Poison {
public:
    /// That share of the messages whose requests begin from now on, until end() with the same share.
    void begin(double share, Instant now) { doses_.push_back({share, now, Instant::never()}); }
    void end(double share, Instant now)
    {
        const auto open = std::find_if(doses_.begin(), doses_.end(), [share](const Dose& dose) { return dose.share == share && dose.until == Instant::never(); });
        if (open != doses_.end()) open->until = now;
    }
    /// The same answer for the same message whenever it is delivered, and whoever asks.
    bool isIn(std::uint64_t key, Instant begun) const { return !doses_.empty() && strikes(key, begun); }

private:
    struct Dose {
        double share;
        Instant from, until;
    };
    bool strikes(std::uint64_t key, Instant begun) const
    {
        const std::uint64_t lot = mixed(mixed(key + 1) ^ static_cast<std::uint64_t>(begun.count()));
        const double draw = static_cast<double>(static_cast<std::int64_t>(lot >> 11)) * 0x1p-53;
        return std::any_of(doses_.begin(), doses_.end(), [&](const Dose& dose) { return begun >= dose.from && begun < dose.until && draw < dose.share; });
    }
    // The finaliser of splitmix64 (Steele, Lea and Flood 2014).
    static std::uint64_t mixed(std::uint64_t value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
        return value ^ (value >> 31);
    }

    std::vector<Dose> doses_;
};

}  // namespace tantrum::models
