#include "models/scenario/scenario.h"

#include "models/scenario/units.h"

#include <algorithm>

namespace tantrum::models::scenario {
namespace {

const std::vector<PolicyEntry> noPolicies;
constexpr std::string_view distanceKey = "latency";  // of a link: what zones say about it

// How much a pattern names: a whole name before one with a star in it, before a star alone.
int weight(const std::string& end) { return end == "*" ? 0 : end.find('*') != std::string::npos ? 1 : 2; }
int weight(const LinkPattern& pattern) { return weight(pattern.from) + weight(pattern.to); }

}  // namespace

const NodeEntry* Scenario::find(std::string_view node) const
{
    for (const NodeEntry& entry : nodes)
        if (entry.name == node) return &entry;
    return nullptr;
}

LinkTable::LinkTable(const Scenario& scenario, const Descriptor* fallback) : scenario_(scenario), fallback_(fallback)
{
    for (std::size_t i = 0; i < scenario.links.size(); ++i) {
        const LinkPattern& pattern = scenario.links[i].pattern;
        if (pattern.exact())
            exact_[pattern.text()].push_back(i);
        else
            wildcards_.push_back(i);
    }
    if (!scenario.zones) return;
    for (std::size_t i = 0; i < scenario.nodes.size(); ++i)
        if (!scenario.nodes[i].zone.empty()) zoned_.emplace(scenario.nodes[i].name, i);
}

const std::string& LinkTable::zoneOf(const std::string& node) const
{
    static const std::string nowhere;
    const auto known = zoned_.find(node);
    return known == zoned_.end() ? nowhere : scenario_.nodes[known->second].zone;
}

// Read as a scenario would give it: only the type itself knows what its parameters look like.
const ParameterSet& LinkTable::halfOf(engine::Duration roundTrip, const Descriptor& type) const
{
    const auto [half, fresh] = halves_.try_emplace({&type, roundTrip}, type.defaults);
    if (fresh) {
        Diagnostics scratch("");
        const auto text = parseTree(textOf(roundTrip / 2), scratch);
        Reading reading(scratch, {});
        const bool read = text && type.find(distanceKey)->read(text->root(), reading, half->second);
        ENSURE(read, "a link does not take half a round trip for its latency");
    }
    return half->second;
}

LinkTable::Link LinkTable::between(const std::string& from, const std::string& to) const
{
    std::vector<std::size_t> layers;  // the weakest first
    for (const std::size_t index : wildcards_)
        if (scenario_.links[index].pattern.matches(from, to)) layers.push_back(index);
    if (const auto exact = exact_.find(LinkPattern{from, to}.text()); exact != exact_.end())
        layers.insert(layers.end(), exact->second.begin(), exact->second.end());
    std::stable_sort(layers.begin(), layers.end(), [&](std::size_t one, std::size_t other) {
        return weight(scenario_.links[one].pattern) < weight(scenario_.links[other].pattern);
    });

    Link link{fallback_, fallback_ ? fallback_->defaults : ParameterSet(), &noPolicies};
    if (!layers.empty()) {
        link.type = scenario_.links[layers.back()].type;
        link.parameters = link.type->defaults;
    }
    for (const std::size_t index : layers) {
        const LinkEntry& entry = scenario_.links[index];
        if (entry.type != link.type) continue;
        for (const Parameter* parameter : entry.given) parameter->copy(entry.parameters, link.parameters);
        if (entry.policies) link.policies = &*entry.policies;
    }
    const std::string &here = zoneOf(from), &there = zoneOf(to);
    if (here.empty() || there.empty()) return link;
    if (!link.type && here != there && scenario_.zones->link) {
        link.type = scenario_.zones->link;
        link.parameters = link.type->defaults;
    }
    const Parameter* latency = link.type ? link.type->find(distanceKey) : nullptr;
    const auto says = [&](std::size_t index) {
        const LinkEntry& entry = scenario_.links[index];
        return entry.type == link.type && weight(entry.pattern) > 0 && std::find(entry.given.begin(), entry.given.end(), latency) != entry.given.end();
    };
    const std::optional<engine::Duration> trip = scenario_.zones->roundTrip(here, there);
    if (!latency || !trip || std::any_of(layers.begin(), layers.end(), says)) return link;
    link.zoned = true;
    latency->copy(halfOf(*trip, *link.type), link.parameters);
    return link;
}

}  // namespace tantrum::models::scenario
