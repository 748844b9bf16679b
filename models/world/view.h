// What the outside may see of a running world: plain values, copied out between two steps. Indices are positions in the
// scenario's order and stay valid for the life of the run.
#pragma once

#include "engine/time.h"
#include "models/outcome.h"

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace tantrum::models {

inline constexpr double noData = std::numeric_limits<double>::quiet_NaN();

/// One node as the canvas draws it and the inspector heads it. Never changes during a run.
struct NodeFacts {
    std::string name;
    std::string type;                 ///< descriptor key, e.g. "service"
    std::string typeTitle;            ///< e.g. "Service"
    std::string group;                ///< palette group, e.g. "Compute"
    std::string icon;                 ///< icon key
    std::vector<std::string> faults;  ///< fault keys the node understands
    double x = noData, y = noData;    ///< centre on the canvas, if the scenario's layout says
    bool isClient = false;
    bool holdsMessages = false;       ///< a queue: its level is messages, not waiting requests
};

/// One directed pair of nodes that talk (or could), whether or not a link was declared for it.
struct EdgeFacts {
    int from = 0, to = 0;
    bool declared = false;   ///< false: in-process, no network, no policies
    bool messages = false;   ///< publish/consume rather than call/reply
    std::vector<std::string> policies;  ///< policy keys, outermost first
};

struct Topology {
    std::vector<NodeFacts> nodes;
    std::vector<EdgeFacts> edges;
};

enum class Health : std::uint8_t { idle, ok, degraded, failing, crashed, paused };

/// One node over the last completed bucket of the run (levels: at its end).
struct NodeView {
    Health health = Health::idle;
    double utilization = noData;          ///< 0..1; noData if the node has no workers
    double queue = 0, queueLimit = noData;  ///< waiting requests or messages; limit noData if none
    double ratePerSecond = 0;             ///< arrivals (clients: requests begun)
    double goodPerSecond = 0;             ///< answered ok
    double p50 = noData, p95 = noData, p99 = noData;  ///< seconds; noData without samples
    int replicas = 1, replicasUp = 1, replicasStarting = 0;
    std::array<double, outcomeCount> perSecond{};  ///< finished calls by outcome
    std::string reason;                   ///< why it drops requests, e.g. "queue full"; empty if it does not
    double reasonPerSecond = 0;
    double oldestSeconds = noData;        ///< queues: age of the oldest message
    double hitRatio = noData;             ///< caches
};

enum class Breaker : std::uint8_t { none, closed, halfOpen, open };

struct EdgeView {
    double callsPerSecond = 0, attemptsPerSecond = 0;
    std::array<double, outcomeCount> perSecond{};  ///< finished attempts by outcome
    double retryShare = 0;                ///< attempts that were not first ones, 0..1
    bool partitioned = false;
    engine::Instant partitionedSince;
    Breaker breaker = Breaker::none;
};

/// Everything that is drawn at one moment.
struct Frame {
    engine::Instant time;
    std::vector<NodeView> nodes;
    std::vector<EdgeView> edges;
};

/// What travels, by meaning; each has a fixed colour and shape in the window.
enum class Mark : std::uint8_t { request, retry, ok, slow, timeout, rejected, error, crashed, message };

/// One passage over an edge. The view interpolates between the two times.
struct Passage {
    engine::Instant departure, arrival;
    std::int32_t edge = 0;
    Mark mark = Mark::request;
    bool returning = false;  ///< from callee to caller
    bool lost = false;       ///< ends in a cross half way
};

/// A span or a moment on the timeline: faults, changes, interventions of the user, and alerts that fire.
struct Happening {
    enum class Kind : std::uint8_t { fault, change, load, alert } kind = Kind::fault;
    engine::Instant from, until;   ///< until == from for a moment; Instant::never() while it lasts
    std::string text;              ///< "slow ×4", "web.workers → 32"
    std::string target;            ///< node or edge by name
    bool byUser = false;           ///< journalled during the run, not written in the scenario
};

}  // namespace tantrum::models
