#include "models/world/construction.h"

#include "engine/ensure.h"
#include "models/network/link.h"

#include <algorithm>
#include <ranges>

namespace tantrum::models {
namespace {

// A policy and what it stands around, as a service.
class Layer final : public Service {
public:
    Layer(Policy& policy, Service& next) : policy_(policy), next_(next) {}
    Task<Reply> call(Request request) override { return policy_.call(request, next_); }

private:
    Policy& policy_;
    Service& next_;
};

}  // namespace

Construction::Construction(const scenario::Scenario& scenario, Parts& parts, std::uint64_t seed)
    : scenario_(scenario), parts_(parts), links_(scenario, nullptr), seed_(seed)
{
}

void Construction::build()
{
    for (const scenario::NodeEntry& entry : scenario_.nodes) {
        name_ = entry.name;
        NodePart part;
        part.type = entry.type;
        part.parameters = entry.parameters;
        part.component = entry.type->create<scenario::ComponentFactory>()(entry.parameters, *this);
        part.component->station().traceInto(parts_.traces, static_cast<std::uint32_t>(parts_.nodes.size()));
        parts_.nodeIndex.emplace(entry.name, static_cast<int>(parts_.nodes.size()));
        parts_.nodes.push_back(std::move(part));
    }
    for (std::size_t index = 0; index < parts_.nodes.size(); ++index) {
        current_ = static_cast<int>(index);
        name_ = scenario_.nodes[index].name;
        parts_.nodes[index].component->connect(*this);
    }
    for (NodePart& node : parts_.nodes) node.component->start();
}

Component& Construction::node(const std::string& name)
{
    const auto known = parts_.nodeIndex.find(name);
    ENSURE(known != parts_.nodeIndex.end(), "a model asked for a node that the scenario does not have");
    return *parts_.nodes[static_cast<std::size_t>(known->second)].component;
}

RoutePart& Construction::routeTo(const std::string& node)
{
    const int to = parts_.nodeIndex.at(node);
    const auto [known, fresh] = parts_.routeIndex.try_emplace(Parts::keyOf(current_, to), static_cast<int>(parts_.routes.size()));
    if (fresh) {
        auto part = std::make_unique<RoutePart>();
        part->route = std::make_unique<Route>(static_cast<int>(parts_.routes.size()), name_, node, parts_.simulation, parts_.passages, parts_.traces);
        part->from = current_;
        part->to = to;
        const scenario::Descriptor* type = parts_.nodes[static_cast<std::size_t>(to)].type;
        part->messages = type->isAccepted("messages");
        const scenario::LinkTable::Link link = links_.between(name_, node);
        part->declared = link.type != nullptr;
        part->zoned = link.zoned;
        part->parameters = link.parameters;
        parts_.routes.push_back(std::move(part));
    }
    return *parts_.routes[static_cast<std::size_t>(known->second)];
}

std::unique_ptr<WayPart> Construction::wayTo(RoutePart& part, Service& peer)
{
    const std::string caller = name_;
    const scenario::LinkTable::Link link = links_.between(part.route->from(), part.route->to());
    name_ = part.route->name();
    const std::size_t others = part.replicas.size() + (part.whole ? 1 : 0);
    if (others > 0) name_ += " #" + std::to_string(others);  // each replica's own luck
    route_ = part.route.get();
    auto way = std::make_unique<WayPart>();
    way->link = std::make_unique<network::Link>(link.parameters.as<network::LinkParameters>(), *this, peer);
    link_ = way->link.get();
    Service* next = link_;
    for (const scenario::PolicyEntry& entry : *link.policies) {
        PolicyPart policy;
        policy.type = entry.type;
        policy.parameters = entry.parameters;
        policy.policy = entry.type->create<scenario::PolicyFactory>()(entry.parameters, *this);
        way->policies.push_back(std::move(policy));
    }
    for (PolicyPart& policy : std::views::reverse(way->policies)) {
        way->layers.push_back(std::make_unique<Layer>(*policy.policy, *next));
        next = way->layers.back().get();
    }
    way->entry = next;
    route_ = nullptr;
    link_ = nullptr;
    name_ = caller;
    return way;
}

Target Construction::targetOver(RoutePart& part, const WayPart* way, Service& peer, const scenario::OperationReference& reference)
{
    Target target;
    target.service = way ? way->entry : &peer;
    target.route = part.route.get();
    target.operation = node(reference.node).operation(reference.operation);
    target.drawn = !part.declared && part.route->drawn();
    return target;
}

Target Construction::target(const scenario::OperationReference& reference)
{
    RoutePart& part = routeTo(reference.node);
    Service* peer = node(reference.node).service();
    ENSURE(peer, "a model calls a node that cannot be called");
    if (part.declared && !part.whole) part.whole = wayTo(part, *peer);
    return targetOver(part, part.whole.get(), *peer, reference);
}

std::vector<Target> Construction::targets(const scenario::OperationReference& reference)
{
    RoutePart& part = routeTo(reference.node);
    std::vector<Target> all;
    for (Service* replica : node(reference.node).replicas()) {
        if (part.declared) part.replicas.push_back(wayTo(part, *replica));
        const WayPart* way = part.declared ? part.replicas.back().get() : nullptr;
        all.push_back(targetOver(part, way, *replica, reference));
    }
    return all;
}

std::string Construction::zoneOf(const std::string& node)
{
    const auto known = parts_.nodeIndex.find(node);
    return known == parts_.nodeIndex.end() ? std::string() : scenario_.nodes[static_cast<std::size_t>(known->second)].zone;
}

bool Construction::isZone(const std::string& name)
{
    return std::any_of(scenario_.nodes.begin(), scenario_.nodes.end(), [&](const scenario::NodeEntry& node) { return node.zone == name; });
}

std::vector<Component*> Construction::nodesIn(const std::string& zone, std::string_view fault)
{
    std::vector<Component*> found;
    for (std::size_t index = 0; index < parts_.nodes.size(); ++index)
        if (scenario_.nodes[index].zone == zone && parts_.nodes[index].type->isUnderstood(fault)) found.push_back(parts_.nodes[index].component.get());
    return found;
}

std::vector<Route*> Construction::routes(const std::string& from, const std::string& to)
{
    const scenario::LinkPattern pattern{from, to};
    std::vector<Route*> found;
    for (const auto& part : parts_.routes)
        if (part->declared && pattern.matches(part->route->from(), part->route->to())) found.push_back(part->route.get());
    return found;
}

}  // namespace tantrum::models
