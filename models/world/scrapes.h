// What monitoring knows of one node: its counters as they were scraped, with the gaps that failed scrapes leave. The rates
// an alert sees are made of the scrapes within its window that have arrived, as PromQL's rate() makes them: of fewer than
// two there is none, and a ratio of two rates is one of the increases between the first and the last.
#pragma once

#include "engine/random.h"
#include "models/scenario/scenario.h"
#include "models/world/parts.h"
#include "models/world/results.h"

#include <cstdint>
#include <deque>

namespace tantrum::models {

/// Of requests that ended, since the run began.
struct EndedCounts {
    std::uint64_t all = 0, bad = 0;
};

class Scrapes {
public:
    /// `longest`: the longest window anybody asks about. Parts outlive it.
    Scrapes(const scenario::Telemetry& telemetry, const Parts& parts, int node, Duration longest, std::uint64_t seed);

    Instant next() const { return next_; }
    /// `counts`: what the process has counted, whether or not somebody learns of it.
    void scrape(Instant now, const EndedCounts& counts, const Levels& levels);

    /// What arrived in time of the increase over a window that ends now.
    struct Increase {
        double all = 0, bad = 0;  ///< all: 0: nothing is known
    };
    Increase over(Duration window, Instant now, scenario::History history) const;
    /// The counters as they are known at a moment.
    EndedCounts known(Instant now) const;
    TelemetryResult result() const { return result_; }

private:
    struct Sample {
        Instant at;
        EndedCounts counts;
    };
    enum class Failure : std::uint8_t { none, lost, down, cutOff, timedOut };

    Failure attempt(const Levels& levels);
    bool isCutOff() const;
    bool isOverloaded(const Levels& levels);
    /// One behind the last that has arrived.
    std::deque<Sample>::const_iterator arrived(Instant now) const;

    const scenario::Telemetry telemetry_;
    const Parts& parts_;
    std::size_t node_;
    Duration longest_;
    engine::RandomStream luck_;
    Instant next_, lastGood_;
    EndedCounts process_;         ///< of the process's counters, at the last look
    EndedCounts told_;            ///< the scraped counters, put together over restarts
    std::uint64_t served_ = 0;    ///< at the last look
    Instant looked_;
    std::deque<Sample> samples_;
    TelemetryResult result_;
};

}  // namespace tantrum::models
