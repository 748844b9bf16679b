// Builds a world's parts from a scenario: nodes first, then the routes as the nodes ask for them.
#pragma once

#include "models/world/parts.h"

#include <string>

namespace tantrum::models {

class Construction final : public Building {
public:
    /// Both outlive it.
    Construction(const scenario::Scenario& scenario, Parts& parts, std::uint64_t seed);

    void build();

    Simulation& simulation() override { return parts_.simulation; }
    const std::string& name() const override { return name_; }
    engine::RandomStream stream(std::string_view purpose) const override { return {seed_, name_, purpose}; }
    Route& route() override { return *route_; }
    network::Link& link() override { return *link_; }
    Target target(const scenario::OperationReference& reference) override;
    std::vector<Target> targets(const scenario::OperationReference& reference) override;
    Component& node(const std::string& name) override;
    std::vector<Route*> routes(const std::string& from, const std::string& to) override;
    std::string zoneOf(const std::string& node) override;
    bool isZone(const std::string& name) override;
    std::vector<Component*> nodesIn(const std::string& zone, std::string_view fault) override;
    void keepConnections() override { link_->keepConnections(); }
    void stop(const std::string& reason) override
    {
        if (stopReason_.empty()) stopReason_ = reason;
    }
    const std::string& stopReason() const { return stopReason_; }

private:
    RoutePart& routeTo(const std::string& node);
    std::unique_ptr<WayPart> wayTo(RoutePart& part, Service& peer);
    Target targetOver(RoutePart& part, const WayPart* way, Service& peer, const scenario::OperationReference& reference);

    const scenario::Scenario& scenario_;
    Parts& parts_;
    scenario::LinkTable links_;
    std::uint64_t seed_;
    std::string name_;        ///< of what is being built or connected
    int current_ = 0;         ///< its index, for nodes
    Route* route_ = nullptr;  ///< for policies and links
    network::Link* link_ = nullptr;
    std::string stopReason_;
};

}  // namespace tantrum::models
