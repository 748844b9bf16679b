// Stops a run that diverges, in words that name the node and the cause, before it eats the machine. Works on counts
// alone, so that the same run is stopped at the same event everywhere.
//
// What is legal at any size: a million requests under way, a hundred thousand arrivals at one instant, users in lockstep.
// So each bound on events grows with the number of requests that are under way: honest crowds need a few events each,
// a circle needs ever more for the same few. All bounds together let a diverging run have some 12 million events and
// 1.4 GiB, which a slow and loaded machine (3 million events a second) gets through in about half of ten seconds.
#pragma once

#include "models/world/parts.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tantrum::models {

class Guard {
public:
    /// Both outlive it. `end`: of the run, from which it is judged whether the run will ever come to it.
    Guard(Parts& parts, Instant end);

    /// How often to look, in events.
    static constexpr std::uint64_t interval = std::uint64_t{1} << 17;
    /// Empty, or why the run has to stop. To be called every `interval` events.
    std::string look();

private:
    // Where the counts stood when a stretch of time began: an instant that lasts, or a window for the pace.
    struct Stretch {
        Instant since;
        std::uint64_t events = 0;
        std::uint64_t mostUnderWay = 0;
        std::vector<std::uint64_t> arrived;  ///< by node
    };
    struct Busiest {
        std::size_t node = 0;
        std::uint64_t arrivals = 0;
    };

    void begin(Stretch& stretch) const;
    Busiest busiestSince(const Stretch& stretch, bool clientsToo) const;
    std::string circle();
    std::string crawl();
    std::string crowd() const;

    Parts& parts_;
    Instant end_;
    Stretch instant_, window_;
    std::uint64_t movements_ = 0;     ///< arrivals and endings anywhere, at the last look
    std::uint64_t looksUnmoved_ = 0;  ///< since one of them was seen
    std::size_t poolBefore_;
};

}  // namespace tantrum::models
