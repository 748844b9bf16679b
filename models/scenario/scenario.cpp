#include "models/scenario/scenario.h"

#include <algorithm>

namespace tantrum::models::scenario {
namespace {

const std::vector<PolicyEntry> noPolicies;

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
    return link;
}

}  // namespace tantrum::models::scenario
