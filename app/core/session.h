// A run that a person watches: owns a Runner on its own thread, paces it against the wall clock, takes commands from
// any thread and hands out immutable pictures of the world. No Qt.
#pragma once

#include "engine/time.h"
#include "models/scenario/scenario.h"
#include "models/world/view.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tantrum::app {

/// What a person does to a run: a fault ("crash: inventory" with its other parameters) or a parameter change.
/// `yaml` is one timeline entry in flow style without `at`, exactly as it would be saved:
/// "{crash: inventory, for: 10s}", "{set: web.workers, to: 32}".
struct Command {
    std::string yaml;
};

/// A command with the simulated time at which it was applied. Scenario + seed + journal is the whole input of a run.
struct JournalEntry {
    engine::Instant at;
    Command command;
};

enum class RunState : std::uint8_t { paused, playing, finished, stopped };  ///< stopped: by a guard

/// Values of one series bucket for one node; noData where there was no sample.
struct NodePoint {
    float ratePerSecond, goodPerSecond, errorsPerSecond, attemptsPerSecond;
    float p50, p95, p99, p999, mean;     ///< seconds
    float queueMean, queueMax, utilization;
};

/// Number of rows of the latency heat map and their edges: log-spaced, 8 rows a decade from 10 µs to 1000 s.
inline constexpr int heatRows = 64;

/// The recorded past: one column a bucket. Copied out incrementally; bounded whatever the run length.
struct SeriesChunk {
    double bucketSeconds = 1;
    std::size_t firstBucket = 0;                     ///< index of the first column in this chunk
    std::vector<std::vector<NodePoint>> nodes;       ///< [node][column]
    std::vector<std::vector<std::uint32_t>> heat;    ///< [node][column * heatRows + row]; empty for nodes without one
    std::vector<models::Frame> frames;               ///< one a column: what the canvas showed then
    std::vector<float> goodShare;                    ///< [column] share of all clients' requests answered ok, for the health strip
};

/// Light enough to take 60 times a second.
struct Snapshot {
    std::uint64_t serial = 0;
    RunState state = RunState::paused;
    engine::Instant time;
    engine::Duration duration;
    double speed = 1;                 ///< simulated seconds a wall second asked for; infinity = as fast as possible
    double speedReached = 0;
    double eventsPerSecond = 0;       ///< kernel events a wall second
    std::uint64_t events = 0, requests = 0;
    std::uint64_t seed = 1;
    std::uint64_t fingerprint = 0;
    std::size_t buckets = 0;          ///< completed series buckets so far
    std::uint64_t droppedPassages = 0;///< pictures dropped because the buffer was full
    std::int64_t unaccounted = 0;     ///< conservation audit over all nodes: must be 0
    std::string stopReason;           ///< guard's sentence, when stopped
    models::Frame frame;
    std::vector<models::Happening> happenings;
};

class Session {
public:
    /// Builds the world and starts the thread, paused at zero. The scenario must have been read without errors.
    /// onRunEnded is called from the session's thread when the run finishes or is stopped.
    explicit Session(models::scenario::Scenario scenario, std::function<void()> onRunEnded = {});
    ~Session();  ///< stops and joins the thread

    const models::Topology& topology() const;
    const models::scenario::Scenario& scenario() const;

    void play();
    void pause();
    void setSpeed(double simulatedSecondsPerWallSecond);  ///< infinity: as fast as possible
    void step(engine::Duration span);                     ///< paused: run that much simulated time, then pause
    void stepEvent();                                     ///< paused: run one kernel event
    void runToEnd();
    void post(Command command);                           ///< applied between two steps and journalled

    /// Never blocks the simulation for longer than a pointer exchange.
    std::shared_ptr<const Snapshot> latest() const;
    /// Moves out the passages recorded since the last call (at most a bounded number; the rest is counted as dropped).
    void takePassages(std::vector<models::Passage>& into);
    /// Passages that overlap [from, until], as far back as the bounded history reaches. For scrubbing.
    std::vector<models::Passage> passagesBetween(engine::Instant from, engine::Instant until) const;
    /// Columns from `firstBucket` on.
    SeriesChunk seriesFrom(std::size_t firstBucket) const;
    /// Why a posted command was refused, oldest first; each returned once.
    std::vector<std::string> takeRefusals();
    std::vector<JournalEntry> journal() const;
    /// The scenario's text with the journal appended as timeline entries: run again, it repeats this run.
    std::string textWithJournal() const;

private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace tantrum::app
