// What is counted at one place where requests arrive and end. Every count is kept on its own, so that conservation
// (arrived = ended + inside) can be checked rather than assumed.
#pragma once

#include "engine/histogram.h"
#include "engine/statistics.h"
#include "models/observability/traces.h"
#include "models/service.h"

#include <array>
#include <cstdint>

namespace tantrum::models {

class Station {
public:
    struct Counts {
        std::uint64_t arrived = 0;
        std::array<std::uint64_t, outcomeCount> ended{};
        std::array<std::uint64_t, outcomeCount> refused{};  ///< of those, the failures that began here
        std::uint64_t endedAltogether() const
        {
            std::uint64_t sum = 0;
            for (std::uint64_t count : ended) sum += count;
            return sum;
        }
    };

    void arrive() { ++counts_.arrived, ++inside_; }
    void leave(Outcome outcome, Duration latency)
    {
        --inside_;
        ++counts_.ended[static_cast<std::size_t>(outcome)];
        window_.record(latency.count());
    }
    /// The failure is this place's own, not one it passes on.
    void refuse(Outcome outcome) { ++counts_.refused[static_cast<std::size_t>(outcome)]; }
    /// Successes and failures apart, as clients do.
    void leaveApart(Outcome outcome, Duration latency)
    {
        --inside_;
        ++counts_.ended[static_cast<std::size_t>(outcome)];
        (outcome == Outcome::ok ? window_ : failures_).record(latency.count());
    }
    /// What carried nothing to measure: a caller that went away, a message that moved on.
    void leaveUnmeasured(Outcome outcome)
    {
        --inside_;
        ++counts_.ended[static_cast<std::size_t>(outcome)];
    }

    const Counts& counts() const { return counts_; }
    std::int64_t inside() const { return inside_; }
    std::int64_t unaccounted() const
    {
        return static_cast<std::int64_t>(counts_.arrived - counts_.endedAltogether()) - inside_;
    }

    /// Latencies since the last roll-over; whoever samples moves them on and clears them.
    engine::Histogram& window() { return window_; }
    engine::Histogram& failures() { return failures_; }

    /// Where the traces of what happens here are recorded, and under which number; set when the world is built.
    void traceInto(TraceRecorder& recorder, std::uint32_t place) { traces_ = &recorder, place_ = place; }
    TraceRecorder& traces() { return *traces_; }
    std::uint32_t place() const { return place_; }

private:
    Counts counts_;
    std::int64_t inside_ = 0;
    engine::Histogram window_;
    engine::Histogram failures_;
    TraceRecorder* traces_ = nullptr;
    std::uint32_t place_ = 0;
};

}  // namespace tantrum::models
