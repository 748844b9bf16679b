// Turns what the parts count into buckets, totals and answers. It looks at the world between two events and never acts
// on it. Time is cut into pieces at every edge somebody cares about: buckets, the end of the warm-up, the windows of
// expectations; what happened in a piece is added wherever it belongs.
#pragma once

#include "models/scenario/expectation.h"
#include "models/world/audit.h"
#include "models/world/batches.h"
#include "models/world/parts.h"
#include "models/world/results.h"
#include "models/world/slo_watch.h"
#include "models/world/view.h"
#include "models/world/world.h"

#include <array>
#include <cstdint>
#include <optional>
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
    /// As add, and spends the piece: its latencies may move instead of being added up.
    void take(NodeTally& piece);
    void clear();
    std::uint64_t endedAltogether() const;
    double utilization() const { return capacitySeconds > 0 ? busySeconds / capacitySeconds : noData; }

private:
    void addCounts(const NodeTally& piece);
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

    /// Present if the scenario has service levels.
    SloWatch* slos() { return slos_ ? &*slos_ : nullptr; }

    double bucketSeconds() const { return bucket_.inSeconds(); }
    std::size_t buckets() const { return emitted_; }
    const SeriesResult& series() const { return series_; }
    std::span<const std::uint32_t> heat(std::size_t node, std::size_t bucket) const;
    const std::vector<Frame>& frames() const { return frames_; }
    /// As of the last completed bucket, with the present levels of queues.
    const Frame& frame() const { return frame_; }

    // For the audit, as of the last cut.
    const Ledger& ledger(std::size_t node) const { return nodes_[node].ledger; }
    /// At the last cut that found nobody inside and that the run did not begin with; null if there was none.
    const Ledger* emptied(std::size_t node) const;
    /// Over the measured part of the run.
    struct Flow {
        std::uint64_t arrived = 0, ended = 0;
        std::int64_t insideBefore = 0, insideAfter = 0;
    };
    Flow flow(std::size_t node) const;

    /// The summary up to the last cut. `happenings`: what happened to the world so far.
    void summarise(Results& results, const std::vector<Happening>& happenings) const;

private:
    struct NodeState {
        Station::Counts seen;
        NodeTally piece, bucket, total;
        Levels levels;
        SeriesResult::Columns* columns = nullptr;
        std::vector<std::uint32_t> heat;
        Batches batches{false};
        std::vector<Host*> hosts;
        std::uint64_t demandedSeen = 0;
        Ledger ledger, emptied;
        std::int64_t insideBefore = 0, insideAfter = 0;  ///< at the end of the warm-up, and at the last cut
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
    void enterInLedger(NodeState& state, std::int64_t inside) const;
    void emitBucket();
    void keepHeat(NodeState& state);
    NodeView view(const NodeState& state, std::size_t node) const;
    void findNextEdge();
    void prepareBatches();
    Instant batchEnd(std::size_t batch) const;
    void closeBatches();
    bool disturbed(const std::vector<Happening>& happenings) const;
    LatencySummary summaryOf(const NodeState& state, bool disturbed) const;
    double answer(const Question& question, std::string& remark) const;
    double ownMetric(const Question& question) const;
    static void judgeSupport(const Question& question, const Results& results, ExpectResult& result);
    ClientResult clientResult(std::size_t node, double seconds, bool disturbed) const;
    NodeResult nodeResult(std::size_t node, double seconds, bool disturbed) const;
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
    std::optional<SloWatch> slos_;
    std::vector<double> replicaSeconds_;  ///< by node; empty where nothing is paid for
    SeriesResult series_;
    Frame frame_;
    std::vector<Frame> frames_;
    std::size_t emitted_ = 0;
    std::size_t batchesClosed_ = 0;
    bool keepFrames_ = false;
};

}  // namespace tantrum::models
