// What queueing theory says about a scenario before it runs: nodes whose load exceeds what their workers can do.
#pragma once

#include "models/scenario/diagnostics.h"
#include "models/scenario/scenario.h"

#include <string>
#include <vector>

namespace tantrum::app {

struct NodeLoad {
    std::string node;
    double arrivalsPerSecond = 0;
    double utilization = 0;  ///< arrivals x mean work / workers: offered load over capacity, may exceed 1
};

/// Nodes of which the load can be told from the text, in the scenario's order. The loads are lower bounds in the long
/// run: calls are followed through steps with repeats and choices; retries, cache misses and faults are left out, and
/// an overloaded node passes on no more than it can finish (flow balance, X <= servers / S; Kleinrock 1975, ch. 1).
std::vector<NodeLoad> loadsOf(const models::scenario::Scenario& scenario);

/// A warning for each node with a utilisation of 1 or more, at its place in the file.
std::vector<models::scenario::Diagnostic> theoryCheck(const models::scenario::Scenario& scenario);

}  // namespace tantrum::app
