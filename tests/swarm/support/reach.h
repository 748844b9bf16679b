// What a swarm came upon: a swarm that never crashes anybody at work proves nothing about crashes at work.
#pragma once

#include "models/world/world.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tantrum::swarm {

class Reach {
public:
    /// Just before World::apply(entry).
    void noteStrike(const models::World& world, const std::string& entry);
    /// The keys of the models of a scenario that is run.
    void noteModels(const std::vector<std::string>& models);
    /// When a run was broken off, or had ended.
    void noteRun(const models::World& world);

    void print() const;
    /// What was come upon too seldom.
    std::vector<std::string> missed() const;

private:
    std::map<std::string, std::uint64_t> times_;
};

}  // namespace tantrum::swarm
