#include "app/studio/canvas/traffic.h"

#include <algorithm>
#include <cmath>

namespace tantrum::studio {

namespace {

constexpr double closestDots = 16;  ///< pixels between two dots of a lane at 100 %

}  // namespace

void Traffic::reset(std::vector<double> lengths)
{
    lengths_ = std::move(lengths);
    now_ = {};
    clear();
}

void Traffic::clear()
{
    flights_.clear();
    lanes_.assign(lengths_.size() * 2, {});
    std::uint32_t seed = 0;
    for (Lane& lane : lanes_) lane.luck = ++seed * 2654435761U;
}

bool Traffic::admits(const Flight& flight)
{
    if (wantsAll_) return true;
    const auto edge = static_cast<std::size_t>(flight.edge);
    Lane& lane = lanes_[edge * 2 + (flight.returning ? 1 : 0)];
    if (flight.departure < lane.nextDeparture) return false;
    lane.luck = lane.luck * 1664525U + 1013904223U;
    const double jitter = 1 + 0.17 * (static_cast<double>(lane.luck >> 8) / (1 << 23) - 1);
    const double capacity = std::clamp(lengths_[edge] / closestDots, 1.0, static_cast<double>(dotsPerLane));
    const double spacing = static_cast<double>(flight.arrival - flight.departure) / capacity * jitter;
    lane.nextDeparture = flight.departure + static_cast<std::int64_t>(spacing);
    return true;
}

void Traffic::add(std::span<const models::Passage> passages)
{
    const auto least = static_cast<std::int64_t>(leastScreenSeconds * 1e9 * speed_);
    for (const models::Passage& passage : passages) {
        if (passage.edge < 0 || static_cast<std::size_t>(passage.edge) >= lengths_.size()) continue;
        if (flights_.size() >= mostPassages) return;
        const std::int64_t departure = passage.departure.count();
        const std::int64_t duration = std::max<std::int64_t>(passage.arrival.count() - departure, 0);
        const bool stretched = duration < least;
        const Flight flight{departure,         departure + std::max<std::int64_t>(stretched ? least : duration, 1),
                            passage.edge,      passage.mark,
                            passage.returning, passage.lost,
                            stretched};
        if (flight.arrival > now_.count() && admits(flight)) flights_.push_back(flight);
    }
}

void Traffic::setTime(engine::Instant now, double speed)
{
    if (speed > 0 && std::isfinite(speed)) {
        // Stretched dots were timed for another pace and would crawl or leap.
        if (speed > speed_ * 1.5 || speed < speed_ / 1.5) {
            std::erase_if(flights_, [](const Flight& flight) { return flight.stretched; });
            for (Lane& lane : lanes_) lane.nextDeparture = INT64_MIN;
        }
        speed_ = speed;
    }
    now_ = now;
    std::erase_if(flights_, [&](const Flight& flight) { return flight.arrival <= now.count(); });
}

std::size_t Traffic::visibleCount() const
{
    return static_cast<std::size_t>(std::count_if(flights_.begin(), flights_.end(), [&](const Flight& flight) {
        return flight.departure <= now_.count() && flight.arrival > now_.count();
    }));
}

}  // namespace tantrum::studio
