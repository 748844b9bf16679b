// What the world knows of a node while it runs. A component is built first, then connected, then started; it lives as
// long as the world, in which every node has a fixed place.
#pragma once

#include "engine/random.h"
#include "engine/simulation.h"
#include "models/host.h"
#include "models/route.h"
#include "models/scenario/parameter.h"
#include "models/scenario/references.h"
#include "models/station.h"
#include "models/world/results.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tantrum::models::network {
class Link;
}

namespace tantrum::models {

class Component;
struct Deployment;

/// What a model may ask of the world while it is built, connected or, for faults, at work.
class Building {
public:
    virtual ~Building() = default;
    virtual Simulation& simulation() = 0;
    /// Name of the node, or of the link, being built.
    virtual const std::string& name() const = 0;
    /// The random stream of (seed, that name, purpose).
    virtual engine::RandomStream stream(std::string_view purpose) const = 0;
    /// For policies: the route they stand on.
    virtual Route& route() = 0;
    /// For protocols, which are policies: the link below.
    virtual network::Link& link() = 0;

    /// For policies that keep connections open: calls over the link below need no new ones.
    virtual void keepConnections() {}

    // While connecting and later: the other nodes exist.
    /// Where calls from the node being built to that operation go: through the link's policies, if there is a link.
    virtual Target target(const scenario::OperationReference& reference) = 0;
    /// The same for each replica of the node: a balancer's choice. They share the route; policies are each replica's own.
    virtual std::vector<Target> targets(const scenario::OperationReference& reference) = 0;
    virtual Component& node(const std::string& name) = 0;
    /// Existing routes from one node to the other, by name; `*` stands for any.
    virtual std::vector<Route*> routes(const std::string& from, const std::string& to) = 0;
    /// The zone a node stands in; empty: it does not say.
    virtual std::string zoneOf(const std::string& node) { return static_cast<void>(node), std::string(); }
    virtual bool isZone(const std::string& name) { return static_cast<void>(name), false; }
    /// The nodes that stand in a zone and understand the fault, in the order of the file.
    virtual std::vector<Component*> nodesIn(const std::string& zone, std::string_view fault) { return static_cast<void>(zone), static_cast<void>(fault), std::vector<Component*>(); }
    /// Reports an overload of the simulation itself; the run is stopped with this sentence.
    virtual void stop(const std::string& reason) = 0;
};

/// One look at a component's levels over the time since the last look.
struct Levels {
    double busyMean = noData;                ///< busy workers, connections …
    double capacity = noData;                ///< how many there are
    double queueMean = 0, queueMax = 0, queueNow = 0;
    double queueLimit = noData;
    double insideMean = noData;              ///< mean number inside, if not busy + queue
    double oldestSeconds = noData, hitRatio = noData;
    int replicas = 1, up = 1, starting = 0;
    bool paused = false;

    // Each adds what the gauge saw since the last look, and lets it begin anew.
    void takeBusy(engine::Gauge& busy, Instant now);
    void takeQueue(engine::Gauge& queue, Instant now);
    void takeInside(engine::Gauge& inside, Instant now);
};

class Component {
public:
    explicit Component(Building& building) : simulation_(building.simulation()), name_(building.name()) {}
    virtual ~Component() = default;
    Component(const Component&) = delete;
    Component& operator=(const Component&) = delete;

    const std::string& name() const { return name_; }
    Station& station() { return station_; }
    const Station& station() const { return station_; }

    /// Null: it cannot be called.
    virtual Service* service() { return nullptr; }
    /// Index by which a request names the operation; empty is the default one.
    virtual std::uint16_t operation(const std::string& name) const;
    /// By index; empty if there is but one, without a name.
    virtual std::vector<std::string> operations() const { return {}; }
    /// The parts a load balancer in front may choose among; by default the whole.
    virtual std::vector<Service*> replicas();

    /// A connection to it opens or closes, for whoever spreads connections and not calls. What goes over it is asked for by
    /// the operation's index plus the connection's mark. 0: they make no difference.
    virtual std::uint16_t openConnection() { return 0; }
    virtual void closeConnection(std::uint16_t mark) { static_cast<void>(mark); }

    virtual void connect(Building&) {}
    virtual void start() {}
    /// A live parameter has another value now.
    virtual void change(const scenario::ParameterSet&, std::string_view key, Building&) { static_cast<void>(key); }

    // What faults act on. A component says in its descriptor which of them it understands.
    virtual std::vector<Host*> hosts() { return {}; }
    /// After a host went down or came up again.
    virtual void hostChanged(Host&) {}
    virtual void flush() {}
    /// Of a message it holds: the span of its stay; 0: it is not traced, or gone.
    virtual std::uint32_t spanOf(std::uint64_t token) const { return static_cast<void>(token), 0; }
    /// More or less load than its parameters say, until taken back.
    virtual void addLoad(double factor) { static_cast<void>(factor); }
    virtual void removeLoad(double factor) { static_cast<void>(factor); }
    /// That share of what it asks for is about one and the same thing, until taken back.
    virtual void addHotKey(double share) { static_cast<void>(share); }
    virtual void removeHotKey(double share) { static_cast<void>(share); }
    /// All of them at this moment: users that ask, or so many requests of those who come and go.
    virtual void stampede(std::int64_t requests) { static_cast<void>(requests); }
    /// So many of its machines, or all, are to be given up after that notice.
    virtual void reclaim(std::int64_t machines, Duration notice) { static_cast<void>(machines), static_cast<void>(notice); }
    /// Begins to put another version in place.
    virtual void deploy(const Deployment&) {}

    /// Its busy workers may be waiting for something of its own, a lock say, besides calls: for the utilisation law.
    virtual bool workersAlsoWait() const { return false; }
    /// Why the time its workers are busy need not be the work they do, in a few words: they share cores. Empty: it is.
    virtual std::string_view busyIsNotWork() const { return {}; }
    static constexpr std::string_view sharedCores = "its workers share cores";
    /// It keeps messages, but what its station counts are the calls that bring and fetch them.
    virtual bool countsCalls() const { return false; }
    /// Why its gauges do not count everybody inside, in a few words. Empty: they do.
    virtual std::string_view uncountedInside() const { return {}; }
    static constexpr std::string_view withoutBlocking = "with blocking: false nobody counts those who wait for other nodes";
    /// Reads the levels since the last look and begins anew.
    virtual Levels look() { return {}; }
    /// The type's own metrics over the whole run, keys as in the descriptor.
    virtual std::vector<NamedMetric> metrics() const { return {}; }
    /// What it is billed by over the whole run besides the hours of its replicas and the requests that arrived, or
    /// instead of them, by the words of a price table: "requests", "gb_hours".
    virtual std::vector<NamedMetric> usage() const { return {}; }
    /// Why it ends requests with this outcome, in two or three words.
    virtual std::string_view reason(Outcome outcome) const;

protected:
    Simulation& simulation() const { return simulation_; }

private:
    Simulation& simulation_;
    std::string name_;
    Station station_;
};

/// Something that goes wrong for a while. Built when its time comes, ended by the world.
class Fault {
public:
    virtual ~Fault() = default;
    virtual void begin() = 0;
    virtual void end() = 0;
    /// Over as soon as it has begun: a flush.
    virtual bool momentary() const { return false; }
    /// For the timeline: "slow ×4".
    virtual std::string text() const = 0;
    virtual std::string target() const = 0;
};

/// Calls nested deeper than this are taken for an endless circle, and end in an error.
inline constexpr std::uint8_t deepestCall = 100;
/// Stops the run: a call over the route would nest too deep. True, for nestsTooDeep().
bool stopForDepth(const Route& route, Building& building);
/// True if a call over the route would nest too deep; the run is stopped then. For whoever passes requests on.
inline bool nestsTooDeep(const Request& request, const Route& route, Building& building)
{
    return request.depth >= deepestCall && stopForDepth(route, building);
}

/// Joins a name and a number without the world knowing the format twice.
inline NamedMetric metric(std::string_view key, double value) { return NamedMetric{std::string(key), value}; }

}  // namespace tantrum::models
