// A running world: built from a scenario, advanced in simulated time, read out as plain values.
#pragma once

#include "engine/time.h"
#include "models/observability/logs.h"
#include "models/observability/tail_traces.h"
#include "models/observability/traces.h"
#include "models/scenario/scenario.h"
#include "models/world/audit.h"
#include "models/world/results.h"
#include "models/world/view.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tantrum::models {

struct WorldOptions {
    std::optional<std::uint64_t> seed;         ///< instead of the scenario's
    std::optional<engine::Duration> duration;  ///< instead of the scenario's
    bool passages = false;                     ///< record what travels, for the animation; costs a little
    std::size_t passageCapacity = 1 << 16;     ///< between two calls of takePassages; more are dropped and counted
    double traceRate = 0;                      ///< > 0: this share of the requests is traced, at most 1
    std::optional<TailSampling> tail;          ///< instead: traces are chosen by what became of the requests
    std::size_t traceCapacity = TraceRecorder::usualCapacity;  ///< spans; what does not fit is dropped by whole traces
    std::optional<LogLevel> logs;              ///< the services' logs are kept, from this level on
    std::size_t logCapacity = LogRecorder::usualCapacity;      ///< lines; later ones are dropped and counted
    bool frames = false;                       ///< keep a Frame and a heat map column a bucket, for going back
    std::size_t mostBuckets = 450;             ///< of the series; fewer for very large scenarios
};

/// Single-threaded: build, use and destroy it on one thread.
class World {
public:
    /// The scenario must have been read without errors.
    static std::unique_ptr<World> build(const scenario::Scenario& scenario, const WorldOptions& options);
    ~World();

    const Topology& topology() const;
    engine::Instant now() const;
    engine::Instant end() const;
    std::uint64_t events() const, fingerprint() const, requests() const, seed() const;

    enum class Progress : std::uint8_t { reached, finished, stopped };
    /// Runs until `limit`, the end of the run, or a guard; whichever is first. Applies the scenario's timeline.
    Progress advanceTo(engine::Instant limit);
    /// As advanceTo(end()), but returns after about `events` kernel events at the latest.
    Progress advanceSome(std::uint64_t events, engine::Instant limit);
    /// Non-empty after Progress::stopped.
    const std::string& stopReason() const;

    /// Applies one timeline entry (flow-style YAML without `at`) now. Returns why it was refused, or empty.
    std::string apply(const std::string& timelineEntry);

    /// Requests conservation over all nodes: offered - completed - failed - in flight, summed absolutely. Must be 0.
    std::int64_t unaccounted() const;

    /// The laws every run has to keep, for every node and link. May be asked at any time; a violation is our bug.
    std::vector<AuditLine> audit() const;

    Frame frame() const;
    const std::vector<Happening>& happenings() const;
    void takePassages(std::vector<Passage>& into);
    std::uint64_t droppedPassages() const;

    /// Series recorded so far.
    std::size_t buckets() const;
    double bucketSeconds() const;
    const SeriesResult& series() const;
    /// Rows of the latency heat map of a node for one bucket: see app/core/session.h for the edges; empty if none is kept.
    std::span<const std::uint32_t> heat(std::size_t node, std::size_t bucket) const;
    const std::vector<Frame>& frames() const;

    /// Summary of the run so far.
    Results results() const;

private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
    explicit World(std::unique_ptr<Implementation> implementation);
};

}  // namespace tantrum::models
