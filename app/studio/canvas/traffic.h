// What is on its way at the moment shown: keeps passages, thins them to a legible sample, says where each dot is.
#pragma once

#include "models/world/view.h"

#include <cstdint>
#include <span>
#include <vector>

namespace tantrum::studio {

/// One dot: a share of the link's length from caller to callee.
struct Dot {
    std::int32_t edge;
    models::Mark mark;
    bool returning;
    double share;
};

class Traffic {
public:
    static constexpr std::size_t mostPassages = 200'000;
    /// A passage takes at least this long on screen, whatever its latency, so that a fast link still shows flow.
    static constexpr double leastScreenSeconds = 0.5;
    static constexpr int dotsPerLane = 12;
    /// Where a lost message ends.
    static constexpr double lostAt = 0.38;

    /// Forgets everything. `lengths` are the links' lengths in pixels at 100 %: short lanes hold fewer dots.
    void reset(std::vector<double> lengths);
    void setLengths(std::vector<double> lengths) { lengths_ = std::move(lengths); }
    void clear();

    /// Passages of one lane must come in order of departure. Unless all are wanted, a lane takes as many as fit
    /// evenly (with 17 % jitter) and drops the rest: the picture is a sample.
    void add(std::span<const models::Passage> passages);
    void setWantsAll(bool wantsAll) { wantsAll_ = wantsAll; }

    /// Moves on; forgets what has arrived. `speed` is simulated seconds a second of the viewer; not positive: keep.
    void setTime(engine::Instant now, double speed);
    engine::Instant now() const { return now_; }
    double speed() const { return speed_; }

    std::size_t size() const { return flights_.size(); }

    /// Calls visit(Dot) for everything under way now.
    template <class Visit> void forEachDot(Visit visit) const
    {
        for (const Flight& flight : flights_) {
            if (flight.departure > now_.count() || flight.arrival <= now_.count()) continue;
            visit(dotAt(flight));
        }
    }
    std::size_t visibleCount() const;

private:
    struct Flight {
        std::int64_t departure, arrival;  ///< as shown: stretched to the least screen time
        std::int32_t edge;
        models::Mark mark;
        bool returning, lost, stretched;
    };
    struct Lane {
        std::int64_t nextDeparture = INT64_MIN;
        std::uint32_t luck = 1;
    };

    Dot dotAt(const Flight& flight) const
    {
        double share = static_cast<double>(now_.count() - flight.departure) /
                       static_cast<double>(flight.arrival - flight.departure);
        models::Mark mark = flight.mark;
        if (flight.lost && share > lostAt) {
            share = lostAt;
            mark = models::Mark::crashed;
        }
        return {flight.edge, mark, flight.returning, flight.returning ? 1 - share : share};
    }
    bool admits(const Flight& flight);

    std::vector<Flight> flights_;
    std::vector<Lane> lanes_;
    std::vector<double> lengths_;
    engine::Instant now_;
    double speed_ = 1;
    bool wantsAll_ = false;
};

}  // namespace tantrum::studio
