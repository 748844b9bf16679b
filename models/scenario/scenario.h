// A scenario as a value: everything a run needs, checked. Made by reader.h.
#pragma once

#include "engine/time.h"
#include "models/scenario/catalogue.h"
#include "models/scenario/expectation.h"
#include "models/scenario/references.h"
#include "models/scenario/slo.h"
#include "models/scenario/telemetry.h"
#include "models/scenario/tree.h"
#include "models/scenario/zones.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace tantrum::models::scenario {

struct NodeEntry {
    std::string name;
    const Descriptor* type = nullptr;
    ParameterSet parameters;
    Range range;  ///< of its mapping in the source text
    std::vector<std::string> runsOn;  ///< `runs_on`: items of a price table
    std::string zone;                 ///< where it stands; may be empty
};

struct PolicyEntry {
    const Descriptor* type = nullptr;
    ParameterSet parameters;
    Position position;
};

/// One entry of `links`. Several may apply to a pair of nodes; LinkTable puts them together.
struct LinkEntry {
    LinkPattern pattern;
    const Descriptor* type = nullptr;
    ParameterSet parameters;
    std::vector<const Parameter*> given;               ///< those the entry itself sets
    std::optional<std::vector<PolicyEntry>> policies;  ///< outermost first; absent: says nothing about them
    Range range;
};

/// A fault begins: `{at: 60s, for: 10s, crash: inventory}`.
struct FaultAction {
    const Descriptor* type = nullptr;
    ParameterSet parameters;
};
/// A live parameter changes: `{at: 4min, set: web.workers, to: 32}`.
struct SetAction {
    std::string node;                   ///< of a node's parameter; else empty
    std::optional<LinkPattern> link;    ///< of a link's or a link policy's parameter
    std::optional<std::size_t> policy;  ///< index in the policies of the entry with exactly this pattern
    const Parameter* parameter = nullptr;
    ParameterSet value;  ///< `parameter->copy(value, target)` applies it
    std::string text;    ///< the new value as written
};
struct TimelineEntry {
    engine::Instant at;
    std::optional<engine::Duration> length;  ///< `for`
    std::variant<FaultAction, SetAction> action;
    Position position;
};

struct LayoutPoint {
    std::string node;
    double x = 0;
    double y = 0;
};

struct Scenario {
    std::string name;
    std::string about;
    std::string file;
    std::filesystem::path directory;  ///< where the files it names were looked for
    std::uint64_t seed = 1;
    engine::Duration duration;
    engine::Duration warmup;
    std::vector<NodeEntry> nodes;  ///< in the order of the file, as everything here
    std::vector<LinkEntry> links;
    std::optional<Zones> zones;
    std::vector<TimelineEntry> timeline;
    std::vector<ServiceLevel> slos;
    std::optional<Telemetry> telemetry;  ///< absent: alerts see every count at once
    std::vector<Expectation> expect;
    std::vector<LayoutPoint> layout;
    std::shared_ptr<const Tree> tree;  ///< the source; keeps `study` alive
    const Node* study = nullptr;       ///< a mapping, or nullptr

    const NodeEntry* find(std::string_view node) const;  ///< linear; for few look-ups
};

/// What applies between two nodes. The entries that match are layered: of two, the one that names more wins (a whole
/// name before a name with `*`, before `*` alone; both ends count), and of equals the later one. Each parameter comes
/// from the winner among those that set it, the policies from the winner among those that list any, the type from the
/// winner among all; entries of another type are then left out.
///
/// Between nodes that both stand in zones the latency is half the round trip of the zones, unless an entry that names at least
/// one of the two (`* -> *` names none) gives another. Nodes of different zones are linked even if no entry matches.
class LinkTable {
public:
    /// Refers to the scenario, which has to outlive it; `fallback` (may be nullptr) is the type of unlisted links.
    LinkTable(const Scenario&, const Descriptor* fallback);

    struct Link {
        const Descriptor* type = nullptr;
        ParameterSet parameters;
        const std::vector<PolicyEntry>* policies = nullptr;  ///< never nullptr after between()
        bool zoned = false;                                  ///< the latency comes from the zones
    };
    Link between(const std::string& from, const std::string& to) const;

private:
    const std::string& zoneOf(const std::string& node) const;
    const ParameterSet& halfOf(engine::Duration roundTrip, const Descriptor& type) const;

    const Scenario& scenario_;
    const Descriptor* fallback_;
    std::unordered_map<std::string, std::size_t> zoned_;  ///< index in the scenario's nodes
    mutable std::map<std::pair<const Descriptor*, engine::Duration>, ParameterSet> halves_;
    std::unordered_map<std::string, std::vector<std::size_t>> exact_;
    std::vector<std::size_t> wildcards_;
};

}  // namespace tantrum::models::scenario
