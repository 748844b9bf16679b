// The pieces of a running world. Order matters: what is used stands before its users, so that it outlives them.
#pragma once

#include "engine/scope.h"
#include "engine/simulation.h"
#include "models/component.h"
#include "models/network/link.h"
#include "models/observability/traces.h"
#include "models/passages.h"
#include "models/scenario/scenario.h"

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace tantrum::models {

/// One policy on one route, with what is needed to change and report it.
struct PolicyPart {
    std::unique_ptr<Policy> policy;
    const scenario::Descriptor* type = nullptr;
    scenario::ParameterSet parameters;
};

/// A way over a route: a policy stack and a link. One for the node as a whole, or one for each replica behind a balancer.
struct WayPart {
    std::unique_ptr<network::Link> link;
    std::vector<PolicyPart> policies;                ///< outermost first
    std::vector<std::unique_ptr<Service>> layers;    ///< the policies as services, innermost first
    Service* entry = nullptr;
};

struct RoutePart {
    std::unique_ptr<Route> route;
    int from = 0, to = 0;
    bool declared = false, messages = false;
    bool zoned = false;                              ///< its latency is that of its ends' zones
    scenario::ParameterSet parameters;               ///< of the link
    std::unique_ptr<WayPart> whole;                  ///< to the node as one
    std::vector<std::unique_ptr<WayPart>> replicas;  ///< to each of its replicas
};

struct NodePart {
    const scenario::Descriptor* type = nullptr;
    scenario::ParameterSet parameters;
    std::unique_ptr<Component> component;
};

struct Parts {
    engine::Simulation simulation;
    PassageRecorder passages;
    TraceRecorder traces;
    std::vector<NodePart> nodes;
    std::unordered_map<std::string, int> nodeIndex;
    std::vector<std::unique_ptr<RoutePart>> routes;
    std::unordered_map<std::uint64_t, int> routeIndex;  ///< by (from, to)

    ~Parts() { engine::Scope::cancelEverything(simulation); }
    Route* find(int from, int to) const
    {
        const auto known = routeIndex.find(keyOf(from, to));
        return known == routeIndex.end() ? nullptr : routes[static_cast<std::size_t>(known->second)]->route.get();
    }
    static std::uint64_t keyOf(int from, int to)
    {
        return std::uint64_t{static_cast<std::uint32_t>(from)} << 32 | static_cast<std::uint32_t>(to);
    }
};

}  // namespace tantrum::models
