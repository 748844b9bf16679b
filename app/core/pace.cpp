#include "app/core/pace.h"

#include <algorithm>
#include <cmath>

namespace tantrum::app {

using engine::Duration;
using engine::Instant;

namespace {
double secondsOf(WallClock::duration span) { return std::chrono::duration<double>(span).count(); }
}  // namespace

void Pace::setSpeed(double speed, Instant simulated, WallClock::time_point wall)
{
    constexpr double slowest = 1e-6;
    if (std::isnan(speed)) return;
    speed_ = std::max(speed, slowest);
    anchor(simulated, wall);
}

void Pace::anchor(Instant simulated, WallClock::time_point wall)
{
    simulated_ = simulated;
    wall_ = wall;
}

Instant Pace::target(WallClock::time_point wall) const
{
    if (std::isinf(speed_)) return Instant::never();
    return simulated_ + Duration::fromSeconds(secondsOf(wall - wall_) * speed_);
}

void Pace::forgive(Instant simulated, WallClock::time_point wall)
{
    constexpr double tolerance = 0.05;
    if (std::isinf(speed_)) return;
    if ((target(wall) - simulated).inSeconds() > tolerance * speed_) anchor(simulated, wall);
}

void Speedometer::restart(Instant simulated, std::uint64_t events, WallClock::time_point wall)
{
    *this = {};
    simulated_ = simulated;
    events_ = events;
    wall_ = wall;
}

void Speedometer::sample(Instant simulated, std::uint64_t events, WallClock::time_point wall)
{
    constexpr double window = 0.25;
    const double elapsed = secondsOf(wall - wall_);
    if (elapsed < window) return;
    speed_ = (simulated - simulated_).inSeconds() / elapsed;
    eventsPerSecond_ = static_cast<double>(events - events_) / elapsed;
    simulated_ = simulated;
    events_ = events;
    wall_ = wall;
}

void SliceBudget::learn(std::uint64_t events, WallClock::duration took)
{
    constexpr double goal = 0.002;
    constexpr std::uint64_t least = 50, most = 200'000;
    const double seconds = secondsOf(took);
    if (seconds > goal) events_ = std::max(least, static_cast<std::uint64_t>(static_cast<double>(events_) * goal / seconds));
    // Only a slice that used its budget up tells that there is room for more; at most doubled, against one lucky slice.
    else if (events >= events_ && seconds < goal / 2) events_ = std::min(most, events_ * 2);
}

}  // namespace tantrum::app
