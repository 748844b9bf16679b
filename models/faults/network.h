// Faults of the network between nodes: they strike routes.
#pragma once

#include "models/component.h"
#include "models/scenario/references.h"

#include <string>
#include <vector>

namespace tantrum::models::faults {

class RouteFault : public Fault {
public:
    void begin() override
    {
        for (Route* route : routes_) strike(*route);
    }
    void end() override
    {
        for (Route* route : routes_) relieve(*route);
    }
    std::string target() const override { return target_; }

protected:
    RouteFault(Building& building, const scenario::LinkPattern& pattern)
        : simulation_(building.simulation()), routes_(building.routes(pattern.from, pattern.to)), target_(pattern.text())
    {
    }
    RouteFault(Building& building, std::vector<Route*> routes, std::string target)
        : simulation_(building.simulation()), routes_(std::move(routes)), target_(std::move(target))
    {
    }
    Simulation& simulation() const { return simulation_; }

private:
    virtual void strike(Route& route) = 0;
    virtual void relieve(Route& route) = 0;

    Simulation& simulation_;
    std::vector<Route*> routes_;
    std::string target_;
};

}  // namespace tantrum::models::faults
