// What the operations of a scenario ask of each other, in the mean, as far as the text alone tells it.
#pragma once

#include "models/scenario/scenario.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tantrum::app {

/// What one execution of an operation does. Lower bounds: what depends on luck, caches, failures or retries counts
/// as not happening.
struct Demand {
    double busySeconds = 0;  ///< of a worker of the node itself
    /// Calls and messages to other nodes: (node, operation; "" for the only one or none in particular) -> how many.
    std::map<std::pair<std::string, std::string>, double> calls;
};

struct NodeDemand {
    const models::scenario::NodeEntry* node = nullptr;
    double servers = 0;     ///< requests worked on at once by all replicas; 0: not known
    double arrivals = 0;    ///< of a client with open arrivals: requests a second in the long run
    std::pair<std::string, std::string> sends;         ///< of a client
    std::string consumes;                              ///< of a consumer: the queue
    std::vector<std::string> backends;                 ///< of a balancer: each call goes on to one of them
    std::vector<std::pair<std::string, Demand>> operations;  ///< a node without operations has one named ""
    /// The operation called `name`, or the only one; nullptr: not known.
    const Demand* find(const std::string& name) const;
};

/// In the scenario's order. The result refers to the scenario.
std::vector<NodeDemand> demandsOf(const models::scenario::Scenario& scenario);

}  // namespace tantrum::app
