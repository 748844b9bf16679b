// What a log says besides what became of requests: processes that are gone and come back, what the counters of the models
// tell of restarts, elections, evictions and the like, deployments, changes and alerts. It looks at the world between two
// events, a tenth of a bucket of the series apart and at every edge of the timeline, and never acts on it. Faults as such
// are not told of: a service does not know that somebody slows it down.
#pragma once

#include "models/observability/logged_spans.h"
#include "models/observability/logs.h"
#include "models/world/parts.h"
#include "models/world/slo_watch.h"
#include "models/world/view.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tantrum::models {

class LogWatch final : public LogPlaces {
public:
    /// To be made before the world is built. Parts outlive it.
    LogWatch(Parts& parts, LogLevel least, std::size_t capacity);
    /// The world is built. `bucket`: of the series.
    void begin(Duration bucket);

    /// The next moment at which look() has something to do.
    Instant next() const { return next_; }
    void look(const std::vector<Happening>& happenings);
    void tell(const SloWatch::News& news);
    /// The world ends: nothing is written any more.
    void close() { log_.close(); }
    LogResult result() const;

    std::uint32_t callerOf(std::uint32_t link) const override { return static_cast<std::uint32_t>(parts_.routes[link]->from); }
    std::uint32_t calleeOf(std::uint32_t link) const override { return static_cast<std::uint32_t>(parts_.routes[link]->to); }
    std::string_view reasonOf(std::uint32_t node, Outcome outcome) const override { return parts_.nodes[node].component->reason(outcome); }

private:
    /// A counter worth a line when it grows.
    struct Watched {
        std::string_view message;
        LogLevel level = LogLevel::info;
        std::string_view key;
        double seen = 0;
    };
    enum class State : std::uint8_t { up, paused, down };
    struct NodeState {
        std::vector<Watched> counters;
        std::vector<State> hosts;
    };

    void lookAtHosts(std::size_t node, Instant now);
    void lookAtCounters(std::size_t node, Instant now);
    void tellOf(const Happening& happening);
    LogLine lineOf(std::size_t node, LogLevel level, Instant now) const;

    Parts& parts_;
    LogRecorder log_;
    std::vector<NodeState> nodes_;
    std::size_t told_ = 0;  ///< happenings
    Duration every_;
    Instant next_ = Instant::never();
};

}  // namespace tantrum::models
