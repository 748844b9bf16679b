#include "models/world/timeline.h"

#include <algorithm>
#include <map>

namespace tantrum::models {

Timeline::Timeline(const scenario::Scenario& scenario, Parts& parts, Building& building) : parts_(parts), building_(building)
{
    for (const scenario::TimelineEntry& entry : scenario.timeline) waiting_.push_back({entry.at, &entry});
    std::stable_sort(waiting_.begin(), waiting_.end(), [](const Waiting& left, const Waiting& right) { return left.at < right.at; });
}

Instant Timeline::next() const
{
    Instant next = begun_ < waiting_.size() ? waiting_[begun_].at : Instant::never();
    for (const Lasting& lasting : lasting_) next = std::min(next, lasting.until);
    return next;
}

void Timeline::strike()
{
    const Instant now = parts_.simulation.now();
    for (std::size_t index = 0; index < lasting_.size();) {
        if (lasting_[index].until > now) {
            ++index;
            continue;
        }
        lasting_[index].fault->end();
        lasting_.erase(lasting_.begin() + static_cast<std::ptrdiff_t>(index));
    }
    while (begun_ < waiting_.size() && waiting_[begun_].at <= now) begin(*waiting_[begun_++].entry, false);
}

void Timeline::begin(const scenario::TimelineEntry& entry, bool byUser)
{
    const Instant now = parts_.simulation.now();
    Happening happening;
    happening.from = now;
    happening.until = now;
    happening.byUser = byUser;
    if (const auto* fault = std::get_if<scenario::FaultAction>(&entry.action)) {
        beginFault(*fault, entry.length ? now + *entry.length : Instant::never(), happening);
    } else {
        const auto& action = std::get<scenario::SetAction>(entry.action);
        happening.kind = Happening::Kind::change;
        happening.target = action.link ? action.link->text() : action.node;
        happening.text = action.parameter->key() + " → " + action.text;
        set(action);
    }
    happenings_.push_back(std::move(happening));
}

void Timeline::beginFault(const scenario::FaultAction& action, Instant until, Happening& happening)
{
    std::unique_ptr<Fault> fault = action.type->create<scenario::FaultFactory>()(action.parameters, building_);
    happening.kind = action.type->key == "load" ? Happening::Kind::load : Happening::Kind::fault;
    happening.text = fault->text();
    happening.target = fault->target();
    happening.until = fault->momentary() ? happening.from : until;
    fault->begin();
    if (!fault->momentary()) lasting_.push_back({until, std::move(fault)});
}

void Timeline::set(const scenario::SetAction& action)
{
    if (action.link)
        setLinks(action);
    else
        setNode(action);
}

void Timeline::setNode(const scenario::SetAction& action)
{
    NodePart& node = parts_.nodes[static_cast<std::size_t>(parts_.nodeIndex.at(action.node))];
    action.parameter->copy(action.value, node.parameters);
    node.component->change(node.parameters, action.parameter->key(), building_);
}

// Every route the pattern names, and every way over it. What holds for all links is no latency for those that have their zones'.
void Timeline::setLinks(const scenario::SetAction& action)
{
    const bool base = !action.policy && action.parameter->key() == "latency" && action.link->from == "*" && action.link->to == "*";
    for (const auto& route : parts_.routes) {
        if (!route->declared || !action.link->matches(route->route->from(), route->route->to()) || (base && route->zoned)) continue;
        if (!action.policy) action.parameter->copy(action.value, route->parameters);
        const auto apply = [&](WayPart& way) {
            if (!action.policy) {
                way.link->change(route->parameters.as<network::LinkParameters>());
            } else if (*action.policy < way.policies.size()) {
                PolicyPart& policy = way.policies[*action.policy];
                if (policy.type->find(action.parameter->key()) != action.parameter) return;
                action.parameter->copy(action.value, policy.parameters);
                policy.policy->change(policy.parameters, action.parameter->key());
            }
        };
        if (route->whole) apply(*route->whole);
        for (const auto& way : route->replicas) apply(*way);
    }
}

}  // namespace tantrum::models
