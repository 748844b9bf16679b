// What a node is whose processes are a fleet: calls, hosts and deployments are the fleet's. Groups and deployments differ
// in who scales them, and in what becomes of a process that ends.
#pragma once

#include "models/component.h"
#include "models/compute/fleet.h"

#include <optional>

namespace tantrum::models::compute {

class FleetNode : public Component, public Service, protected Fleet::Owner {
public:
    Service* service() override { return this; }
    Task<Reply> call(Request request) override { return fleet_.call(request); }
    std::vector<std::string> operations() const override { return handler_.operations(); }
    void connect(Building& building) override { handler_.connect(building); }
    std::vector<Host*> hosts() override { return fleet_.hosts(); }
    void hostChanged(Host& host) override { fleet_.hostChanged(host); }
    void deploy(const Deployment& deployment) override { fleet_.deploy(deployment); }
    std::string_view busyIsNotWork() const override { return sharedCores; }
    std::string_view uncountedInside() const override { return blocking_ ? std::string_view() : withoutBlocking; }
    Levels look() override
    {
        Levels levels;
        levels.up = 0;
        fleet_.look(levels);
        return levels;
    }

protected:
    FleetNode(const scenario::Operations& operations, const std::optional<scenario::DurationDistribution>& work, const ProcessParameters& process,
              const Fleet::Rules& rules, Building& building)
        : Component(building), blocking_(process.replica.blocking), handler_(operations, work), fleet_(*this, handler_, *this, process, rules, building), scope_(simulation())
    {
    }

    const bool blocking_;
    Handler handler_;
    Fleet fleet_;
    engine::Scope scope_;  ///< of whoever watches the fleet
};

}  // namespace tantrum::models::compute
