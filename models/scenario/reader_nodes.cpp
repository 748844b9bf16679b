#include "models/scenario/fields.h"
#include "models/scenario/names.h"
#include "models/scenario/reader_parts.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tantrum::models::scenario {
namespace {

constexpr std::array<std::string_view, 3> ownKeys{"type", "zone", "runs_on"};
constexpr std::size_t mostItems = 16;

// What it is billed as: names of a price table, which is read later and elsewhere.
bool readRunsOn(const Node& mapping, Reading& reading, std::vector<std::string>& into)
{
    const Node* node = mapping.find("runs_on");
    if (!node) return true;
    const auto inside = reading.inside("runs_on");
    auto items = ValueType<std::vector<std::string>>::read(*node, reading, {});
    if (!items) return false;
    if (items->size() > mostItems)
        return reading.error(*node, fmt::format("{} items are too many", items->size()), fmt::format("at most {}", mostItems)), false;
    into = *std::move(items);
    return true;
}

const Descriptor* typeOf(const Node& name, const Node& mapping, ReaderState& state)
{
    const auto keys = state.catalogue.keys(Kind::component);
    const Node* type = mapping.find("type");
    if (!type) {
        state.reading.error(name, fmt::format("the node {} has no type", inQuotes(name.text())),
                            "add e.g. 'type: service'; `tantrum list` shows all types");
        return nullptr;
    }
    const auto inside = state.reading.inside("type");
    const Descriptor* found = type->isScalar() ? state.catalogue.find(Kind::component, type->text()) : nullptr;
    if (found) return found;
    for (const Kind other : {Kind::policy, Kind::fault})
        if (type->isScalar() && state.catalogue.find(other, type->text())) {
            state.reading.error(*type,
                                fmt::format("{} is a {}, not a type of node", inQuotes(type->text()), nameOf(other)),
                                other == Kind::policy ? "policies belong to links: links: {a -> b: {policies: [...]}}"
                                                      : "faults belong to the timeline");
            return nullptr;
        }
    std::string hint = type->isScalar() ? suggest(type->text(), keys) : std::string();
    state.reading.error(
        *type,
        fmt::format("there is no type {}", type->isScalar() ? inQuotes(type->text()) : std::string(type->kindName())),
        hint.empty() ? "`tantrum list` shows all types" : hint);
    return nullptr;
}

void readNode(const Node& name, const Node& mapping, ReaderState& state)
{
    Reading& reading = state.reading;
    const auto inside = reading.inside(name.text());
    if (const auto valid = parseName(name.text()); !valid) reading.error(name, valid.message, valid.hint);
    ReaderState::NodeFacts facts;
    facts.name = name.text();
    const bool usable = isMappingFor(mapping, reading, "a node");
    facts.type = usable ? typeOf(name, mapping, state) : nullptr;
    std::string zone = usable ? readZoneOf(mapping, state) : std::string();
    if (facts.type) {
        NodeEntry entry{facts.name, facts.type, facts.type->defaults, mapping.range(), {}, std::move(zone)};
        reading.operations.clear();
        const std::span<const std::string_view> others(ownKeys.data(), ownKeys.size() - (facts.type->client ? 1 : 0));  // nobody pays for clients
        const bool paid = facts.type->client || readRunsOn(mapping, reading, entry.runsOn);
        const bool good = readParameters(mapping, *facts.type, others, fmt::format("a {}", facts.type->key), state,
                                         entry.parameters);
        facts.operations = std::exchange(reading.operations, {});
        for (std::size_t i = 0; i < facts.operations.size(); ++i)
            facts.operationIndex.emplace(facts.operations[i].name, i);
        facts.operationsKnown = (good && paid) || !facts.operations.empty();
        facts.entry = state.scenario.nodes.size();
        state.scenario.nodes.push_back(std::move(entry));
    }
    state.nodeIndex.emplace(facts.name, state.nodes.size());
    state.nodes.push_back(std::move(facts));
}

}  // namespace

bool readParameters(const Node& mapping, const Descriptor& type, std::span<const std::string_view> others,
                    std::string_view what, ReaderState& state, ParameterSet& into, std::vector<const Parameter*>* given)
{
    bool good = true;
    for (std::size_t i = 0; i < mapping.size(); ++i) {
        const Node& key = mapping.key(i);
        if (std::find(others.begin(), others.end(), key.text()) != others.end()) continue;
        const Parameter* parameter = type.find(key.text());
        if (!parameter) {
            good = false;
            if (state.reading.full()) continue;
            auto known = type.parameterKeys();
            known.insert(known.end(), others.begin(), others.end());
            unknownKey(key, state.reading, what, known);
            continue;
        }
        const auto inside = state.reading.inside(key.text());
        good = parameter->read(mapping.value(i), state.reading, into) && good;
        if (given) given->push_back(parameter);
    }
    for (const auto& parameter : type.parameters) {
        if (!parameter->required() || mapping.find(parameter->key())) continue;
        state.reading.error(mapping, fmt::format("{} needs {}", what, inQuotes(parameter->key())), parameter->doc());
        good = false;
    }
    return good;
}

void readNodes(const Node& node, ReaderState& state)
{
    if (!isMappingFor(node, state.reading, "'nodes'")) return;
    if (node.size() > mostNodes) {
        state.reading.error(node, fmt::format("{} nodes are too many", node.size()),
                            fmt::format("at most {}", mostNodes));
        return;
    }
    state.nodes.reserve(node.size());
    for (std::size_t i = 0; i < node.size(); ++i) readNode(node.key(i), node.value(i), state);
}

}  // namespace tantrum::models::scenario
