// Turns what the parts count into buckets, totals and answers. It looks at the world between two events and never acts
// on it. Time is cut into pieces at every edge somebody cares about: buckets, the end of the warm-up, the windows of
// expectations; what happened in a piece is added wherever it belongs.
#pragma once

#include "models/scenario/expectation.h"
#include "models/world/parts.h"
#include "models/world/results.h"
#include "models/world/view.h"
#include "models/world/world.h"

#include <array>
#include <cstdint>
#include <vector>

namespace tantrum::models {

/// What one node did over a stretch of time.
struct NodeTally {
    engine::Histogram latency, failureLatency;
    std::uint64_t arrived = 0;
    std::array<std::uint64_t, outcomeCount> ended{};
    std::array<std::uint64_t, outcomeCount> refused{};  ///< failures that began here
    double seconds = 0;
    double busySeconds = 0, capacitySeconds = 0;  ///< worker-seconds
    double queueSeconds = 0, insideSeconds = 0;   ///< request-seconds
    double queueMax = 0;

    void add(const NodeTally& piece);
    void clear();
    std::uint64_t endedAltogether() const;
    double utilization() const { return capacitySeconds > 0 ? busySeconds / capacitySeconds : noData; }
};

struct RouteTally {
    std::uint64_t calls = 0, attempts = 0, retries = 0;
    std::array<std::uint64_t, outcomeCount> attemptsEnded{};
    void add(const RouteTally& piece);
};

class Sampler {
public:
    Sampler(const scenario::Scenario& scenario, Parts& parts, Instant end, const WorldOptions& options);

    /// The next moment at which cut() has to be called.
    Instant nextEdge() const { return nextEdge_; }
    /// The clock stands at an edge, or at the end of the run.
    void cut();

    double bucketSeconds() const { return bucket_.inSeconds(); }
    std::size_t buckets() const { return emitted_; }
    const SeriesResult& series() const { return series_; }
    std::span<const std::uint32_t> heat(std::size_t node, std::size_t bucket) const;
    const std::vector<Frame>& frames() const { return frames_; }
    /// As of the last completed bucket, with the present levels of queues.
    const Frame& frame() const { return frame_; }

    /// The summary up to the last cut.
    void summarise(Results& results) const;

private:
    struct NodeState {
        Station::Counts seen;
        NodeTally piece, bucket, total;
        Levels levels;
        SeriesResult::Columns* columns = nullptr;
        std::vector<std::uint32_t> heat;
        bool client = false;
    };
    struct RouteState {
        Route::Counts seen;
        RouteTally piece, bucket, total;
    };
    struct Question {
        const scenario::Expectation* expectation = nullptr;
        Instant from, until;
        std::vector<int> nodes;   ///< indices
        std::vector<int> routes;
        NodeTally tally;
        RouteTally calls;
    };

    void chooseBucket(const WorldOptions& options);
    void prepareQuestions();
    void collect(double seconds);
    void emitBucket();
    void keepHeat(NodeState& state);
    NodeView view(const NodeState& state, std::size_t node) const;
    void findNextEdge();
    double answer(const Question& question, std::string& remark) const;
    double ownMetric(const Question& question) const;
    ClientResult clientResult(std::size_t node, double seconds) const;
    NodeResult nodeResult(std::size_t node, double seconds) const;
    LinkResult linkResult(std::size_t route) const;

    const scenario::Scenario& scenario_;
    Parts& parts_;
    Instant warmupEnd_, end_;
    Duration bucket_;
    Instant lastCut_, bucketStart_, bucketEnd_;
    Instant nextEdge_;
    std::vector<Instant> edges_;  ///< ascending: warm-up and windows
    std::vector<NodeState> nodes_;
    std::vector<RouteState> routes_;
    std::vector<Question> questions_;
    SeriesResult series_;
    Frame frame_;
    std::vector<Frame> frames_;
    std::size_t emitted_ = 0;
    bool keepFrames_ = false;
};

}  // namespace tantrum::models
