// Random scenarios over everything the catalogue has: components, links, policies, faults, steps. Valid by construction;
// a type that joins the catalogue joins the swarm by itself.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tantrum::swarm {

struct Generated {
    std::string yaml;
    std::vector<std::string> interventions;  ///< timeline entries without `at`, for World::apply
};

/// The same from the same seed.
Generated generate(std::uint64_t seed);

/// Kinds of parameters, and verbs of steps, that the swarm cannot make values for; empty if all is well.
std::vector<std::string> unknownToTheSwarm();

}  // namespace tantrum::swarm
