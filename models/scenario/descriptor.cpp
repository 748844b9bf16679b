#include "models/scenario/catalogue.h"
#include "models/scenario/describe.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <set>
#include <tuple>

namespace tantrum::models::scenario {

std::string_view nameOf(Kind kind)
{
    constexpr std::string_view names[]{"component", "policy", "fault", "link"};
    return names[static_cast<std::size_t>(kind)];
}

const Parameter* Descriptor::find(std::string_view parameter) const
{
    for (const auto& each : parameters)
        if (each->key() == parameter) return each.get();
    return nullptr;
}

const Metric* Descriptor::findMetric(std::string_view metric) const
{
    for (const Metric& each : metrics)
        if (each.key == metric) return &each;
    return nullptr;
}

std::vector<std::string_view> Descriptor::parameterKeys() const
{
    std::vector<std::string_view> keys;
    for (const auto& each : parameters) keys.push_back(each->key());
    return keys;
}

std::vector<std::string> Descriptor::declaring() const
{
    std::vector<std::string> keys;
    for (const auto& each : parameters)
        if (each->declares()) keys.push_back(each->key());
    return keys;
}

namespace {
struct Composition {
    std::string_view fault, first, second;
};
// What each does to a host, in terms of what components say they understand.
constexpr std::array compositions{Composition{"cpu_steal", "slow", "slow"}, Composition{"gc_pauses", "pause", "pause"}, Composition{"gray_failure", "errors", "slow"},
                                  Composition{"memory_leak", "crash", "pause"}, Composition{"zone_outage", "crash", "crash"}};
}  // namespace

bool Descriptor::isUnderstood(std::string_view fault) const
{
    const auto named = [&](std::string_view one) { return std::find(understands.begin(), understands.end(), one) != understands.end(); };
    for (const Composition& each : compositions)
        if (each.fault == fault) return named(each.first) && named(each.second);
    return named(fault);
}
bool Descriptor::isAccepted(std::string_view traffic) const
{
    return std::find(accepts.begin(), accepts.end(), traffic) != accepts.end();
}

void check(const Descriptor& descriptor)
{
    const auto demand = [&](bool condition, const std::string& what) {
        ENSURE(condition, fmt::format("the {} '{}': {}", nameOf(descriptor.kind), descriptor.key, what).c_str());
    };
    const auto isKey = [](std::string_view key) {
        return !key.empty() && key.front() >= 'a' && key.front() <= 'z' &&
               std::all_of(key.begin(), key.end(),
                           [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
    };
    demand(isKey(descriptor.key), "its key is not snake_case");
    demand(!descriptor.title.empty() && !descriptor.summary.empty(), "has no title or no summary");
    std::set<std::string_view> seen;
    for (const auto& parameter : descriptor.parameters) {
        demand(isKey(parameter->key()) && seen.insert(parameter->key()).second,
               parameter->key() + " is declared twice or not snake_case");
        demand(!parameter->doc().empty(), parameter->key() + " has no doc");
        const bool reserved =
            (descriptor.kind == Kind::component && (parameter->key() == "type" || parameter->key() == "zone" || parameter->key() == "runs_on")) ||
            (descriptor.kind == Kind::link && (parameter->key() == "type" || parameter->key() == "policies")) ||
            (descriptor.kind == Kind::fault &&
             (parameter->key() == "at" || parameter->key() == "for" || parameter->key() == "set"));
        demand(!reserved, parameter->key() + " is a word of the scenario format");
    }
    seen.clear();
    for (const Metric& metric : descriptor.metrics)
        demand(isKey(metric.key) && seen.insert(metric.key).second,
               metric.key + " is declared twice or not snake_case");
    demand(descriptor.shorthand.empty() || descriptor.find(descriptor.shorthand),
           "its shorthand is not one of its parameters");
    demand(descriptor.kind != Kind::fault || descriptor.find(descriptor.key),
           "a fault has a parameter with its own key: what it is aimed at");
    for (const std::string& traffic : descriptor.accepts)
        demand(std::any_of(traffics.begin(), traffics.end(), [&](const Traffic& known) { return known.key == traffic; }),
               "accepts unknown traffic " + traffic);
}

Catalogue::Catalogue(std::vector<const Descriptor*> descriptors)
{
    std::stable_sort(descriptors.begin(), descriptors.end(), [](const Descriptor* one, const Descriptor* other) {
        return std::tie(one->group, one->title) < std::tie(other->group, other->title);
    });
    for (const Descriptor* descriptor : descriptors) {
        const auto kind = static_cast<std::size_t>(descriptor->kind);
        byKind_[kind].push_back(descriptor);
        const bool fresh = byKey_[kind].emplace(descriptor->key, descriptor).second;
        ENSURE(fresh, ("two models share the key " + descriptor->key).c_str());
    }
}

const Descriptor* Catalogue::find(Kind kind, std::string_view key) const
{
    const auto& known = byKey_[static_cast<std::size_t>(kind)];
    const auto found = known.find(key);
    return found == known.end() ? nullptr : found->second;
}

std::vector<std::string_view> Catalogue::keys(Kind kind) const
{
    std::vector<std::string_view> keys;
    for (const auto& [key, descriptor] : byKey_[static_cast<std::size_t>(kind)]) keys.push_back(key);
    return keys;
}

}  // namespace tantrum::models::scenario
