// How far simulated time may have come by now, and how fast it is really going.
#pragma once

#include "engine/time.h"

#include <chrono>
#include <cstdint>

namespace tantrum::app {

using WallClock = std::chrono::steady_clock;

/// Simulated time against the wall clock. Falling behind is forgiven: the lost time is not caught up in a burst.
class Pace {
public:
    void setSpeed(double simulatedSecondsPerWallSecond, engine::Instant simulated, WallClock::time_point wall);
    double speed() const { return speed_; }
    /// Counts from here.
    void anchor(engine::Instant simulated, WallClock::time_point wall);
    engine::Instant target(WallClock::time_point wall) const;
    /// Anchors anew where the simulation is behind by more than a twentieth of a second.
    void forgive(engine::Instant simulated, WallClock::time_point wall);

private:
    double speed_ = 1;
    engine::Instant simulated_;
    WallClock::time_point wall_{};
};

/// Rates over the last quarter of a second or more.
class Speedometer {
public:
    void restart(engine::Instant simulated, std::uint64_t events, WallClock::time_point wall);
    void sample(engine::Instant simulated, std::uint64_t events, WallClock::time_point wall);
    double speed() const { return speed_; }
    double eventsPerSecond() const { return eventsPerSecond_; }

private:
    engine::Instant simulated_;
    std::uint64_t events_ = 0;
    WallClock::time_point wall_{};
    double speed_ = 0, eventsPerSecond_ = 0;
};

/// How many events fit into a slice of simulation work, learned from the slices before.
class SliceBudget {
public:
    std::uint64_t events() const { return events_; }
    void learn(std::uint64_t events, WallClock::duration took);

private:
    std::uint64_t events_ = 1000;
};

}  // namespace tantrum::app
