// Random scenarios over everything the catalogue has: components, links, policies, faults, steps. Valid by construction;
// a type that joins the catalogue joins the swarm by itself.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tantrum::swarm {

/// A hand that strikes after so many events, in the middle of anything.
struct Strike {
    std::uint64_t event = 0;
    std::string entry;  ///< a timeline entry without `at`, for World::apply
};

struct Generated {
    std::string yaml;
    std::uint64_t events = 0;     ///< where the run is broken off, if it has not ended; mostly soon, seldom late
    std::vector<Strike> strikes;  ///< in order of their events
    std::vector<std::string> models;  ///< keys of the components, policies and faults drawn
};

/// The same from the same seed.
Generated generate(std::uint64_t seed);

/// Kinds of parameters, and verbs of steps, that the swarm cannot make values for; empty if all is well.
std::vector<std::string> unknownToTheSwarm();

}  // namespace tantrum::swarm
