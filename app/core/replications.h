// The same scenario many times with other luck: what a run prints, with the uncertainty that is left when nothing is
// assumed about the run itself. Replication i has the seed `seed + i` and is the same run that `--seed` alone gives.
#pragma once

#include "models/scenario/scenario.h"
#include "models/world/audit.h"
#include "models/world/results.h"
#include "models/world/world.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tantrum::app {

/// What is compared over replications: a number of a client or a node.
struct ReplicatedMetric {
    enum class Unit : std::uint8_t { seconds, perSecond, share, plain } unit = Unit::plain;
    bool client = false;
    std::string subject;
    std::string_view key;  ///< "goodput_per_s", "p99", "utilization" …
};

/// One replication, boiled down: its full results are not kept.
struct Replication {
    std::uint64_t seed = 0, fingerprint = 0, events = 0, requests = 0;
    std::string stopReason;           ///< of a guard
    std::vector<double> values;       ///< one a metric, the sample's own; NaN without a sample
    std::vector<double> claimValues;  ///< one an `expect` line
    std::vector<bool> claimsKept;
    std::vector<models::AuditLine> violations;  ///< if an audit was asked for
};

/// A metric over all replications that had a sample of it.
struct Aggregate {
    std::size_t count = 0;
    double mean = models::noData, deviation = models::noData, minimum = models::noData, maximum = models::noData;
    models::Interval interval;  ///< 95 %, Student's t over replications; unknown below two
};
Aggregate aggregateOf(const std::vector<double>& values);

struct ReplicationOptions {
    models::WorldOptions
        world;              ///< its seed, or the scenario's, is the first replication's; later ones wrap past 2^64 - 1
    std::size_t count = 1;  ///< >= 1
    std::size_t jobs = 0;   ///< threads; 0: as many as the machine runs at once
    bool audit = false;
    /// Called on the calling thread about every tenth of a second, and at the end: how many have ended, and the share of
    /// all work done.
    std::function<void(std::size_t ended, double share)> onProgress;
};

struct Replications {
    std::string scenario;
    std::vector<ReplicatedMetric> metrics;
    std::vector<std::string> claims;  ///< texts of the `expect` lines
    std::vector<Replication> runs;    ///< in order of seeds, whatever the jobs
    double wallSeconds = 0, cpuSeconds = 0;

    /// Without the runs a guard stopped: theirs are numbers of another stretch of time.
    Aggregate aggregate(std::size_t metric) const;
    std::size_t kept(std::size_t claim) const;
    std::size_t stopped() const;
    std::size_t violations() const;
};

/// Every world is built, run and destroyed on one thread. The scenario must have been read without errors. What a
/// thread throws (no memory) is thrown here once all have ended.
Replications replicate(const models::scenario::Scenario& scenario, const ReplicationOptions& options);

/// As `tantrum run --repeat` prints it.
std::string replicationsText(const Replications& replications);
std::string replicationsJson(const Replications& replications);

}  // namespace tantrum::app
