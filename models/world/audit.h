// Whether a run kept the laws that no run may break: what arrives ends or is still there, Little's law, the utilisation
// law, flow balance. Two independent counts stand on the two sides of every line, so that a fault of ours in either
// shows.
//
// Little's law and the utilisation law are exact, not statistical: over a stretch of time at whose ends a node is
// empty, the number of requests inside, summed over time, is the sum of their stays (Little 1961; Denning and Buzen,
// "The operational analysis of queueing network models", Computing Surveys 10, 1978). A run begins empty; the audit
// takes the last moment it looked at which the node was empty again, and otherwise bounds what those still inside can
// account for.
#pragma once

#include "engine/time.h"
#include "models/world/view.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tantrum::models {

class Sampler;
struct Parts;

struct AuditLine {
    enum class Verdict : std::uint8_t { holds, violated, notApplicable };
    std::string subject;     ///< a node, or a link as "from -> to"
    std::string_view law;    ///< "Little's law"
    std::string_view claim;  ///< what is compared, as an equation: "population over time = sum of stays (s)"
    double left = noData, right = noData;  ///< NaN where the law is not applicable
    Verdict verdict = Verdict::holds;
    std::string note;  ///< why it is not applicable, or what the difference is allowed for; may be empty

    double difference() const { return left - right; }
};

/// "holds", "violated", "not applicable".
std::string_view keyOf(AuditLine::Verdict verdict);

/// What one node did from the start of the run up to a moment.
struct Ledger {
    double population = 0;  ///< requests inside, from gauges, in request-seconds; NaN: nobody keeps that gauge
    double stays = 0;       ///< of requests that ended with their stay measured, in seconds
    double busy = 0;        ///< worker-seconds; NaN: no workers
    double demanded = 0;    ///< work given to the hosts' processors, in seconds at full speed
    std::uint64_t measured = 0, ended = 0;
    engine::Instant at;
};

/// Every law for every node and link, as of the sampler's last cut.
std::vector<AuditLine> audit(const Parts& parts, const Sampler& sampler, const std::vector<Happening>& happenings);

}  // namespace tantrum::models
