#include "models/scenario/reader_parts.h"

#include <algorithm>
#include <fmt/format.h>

namespace tantrum::models::scenario {
namespace {

using NodeFacts = ReaderState::NodeFacts;

// The first of them, for messages.
std::vector<std::string_view> operationNames(const NodeFacts& facts)
{
    constexpr std::size_t offered = 100;
    std::vector<std::string_view> names;
    if (facts.type->offers == OperationsOffered::fixed)
        names.assign(facts.type->operations.begin(), facts.type->operations.end());
    for (std::size_t i = 0; i < std::min(facts.operations.size(), offered); ++i)
        names.push_back(facts.operations[i].name);
    return names;
}

std::string_view meaningOf(std::string_view traffic)
{
    for (const Traffic& known : traffics)
        if (known.key == traffic) return known.meaning;
    return "accept that";
}

bool offers(const NodeFacts& facts, const std::string& operation)
{
    const auto& fixed = facts.type->operations;
    return facts.operationIndex.contains(operation) || std::find(fixed.begin(), fixed.end(), operation) != fixed.end();
}

// Of a node with operations of its type and declared ones: what is kept there goes to one of those it declares. Who takes
// it from there may mean all of them.
void checkDeclared(const Reference& reference, const NodeFacts& facts, Diagnostics& diagnostics)
{
    const std::string key = facts.type->declaring().front();
    if (facts.operations.empty()) {
        diagnostics.error(reference.position, reference.path, fmt::format("{} declares nothing that could {}", inQuotes(facts.name), meaningOf(reference.accepts)),
                          fmt::format("add '{}' to it", key));
        return;
    }
    const bool all = reference.operation.empty() && (reference.anyOperation || reference.accepts == "tasks");
    if (all || facts.operationIndex.contains(reference.operation)) return;
    std::vector<std::string_view> names;
    for (const DeclaredOperation& operation : facts.operations) names.push_back(operation.name);
    diagnostics.error(reference.position, reference.path,
                      reference.operation.empty() ? fmt::format("{} has several operations", inQuotes(facts.name))
                                                  : fmt::format("{} declares no {} under '{}'", inQuotes(facts.name), inQuotes(reference.operation), key),
                      fmt::format("say which, e.g. {}.{}; {}", facts.name, names.front(), suggest(reference.operation, names)));
}

void checkOperation(const Reference& reference, const NodeFacts& facts, Diagnostics& diagnostics)
{
    if (reference.anyOperation || facts.type->offers == OperationsOffered::any || !facts.operationsKnown) return;
    const bool own = facts.type->offers == OperationsOffered::own;
    if (reference.operation.empty() ? !own || facts.operations.size() <= 1 : offers(facts, reference.operation)) return;
    const auto names = operationNames(facts);
    if (reference.operation.empty()) {
        diagnostics.error(reference.position, reference.path,
                          fmt::format("{} has several operations", inQuotes(facts.name)),
                          fmt::format("say which, e.g. {}.{}; {}", facts.name, names.front(), suggest({}, names)));
        return;
    }
    diagnostics.error(reference.position, reference.path,
                      fmt::format("{} has no operation {}", inQuotes(facts.name), inQuotes(reference.operation)),
                      names.empty() ? fmt::format("it declares none; write just {}", facts.name)
                                    : suggest(reference.operation, names));
}

}  // namespace

void checkReferences(ReaderState& state)
{
    Diagnostics& diagnostics = state.reading.diagnostics();
    for (const Reference& reference : state.reading.references) {
        if (diagnostics.full()) return;
        const NodeFacts* facts = state.node(reference.node);
        const bool orZone = reference.accepts == nodeOrZone;
        if (!facts && orZone && state.isZone(reference.node)) continue;
        if (!facts) {
            diagnostics.error(reference.position, reference.path,
                              fmt::format("there is no node{} {}", orZone ? " or zone" : "", inQuotes(reference.node)),
                              state.suggestNode(reference.node, orZone));
            continue;
        }
        if (!facts->type) continue;
        if (!orZone && !reference.accepts.empty() && !facts->type->isAccepted(reference.accepts)) {
            std::vector<std::string_view> others;
            for (const NodeFacts& other : state.nodes)
                if (others.size() < 8 && other.type && other.type->isAccepted(reference.accepts))
                    others.push_back(other.name);
            std::string hint =
                others.empty() ? std::string() : fmt::format("nodes here that can: {}", fmt::join(others, ", "));
            diagnostics.error(reference.position, reference.path,
                              fmt::format("{} is a {}: it cannot {}", inQuotes(facts->name), facts->type->key,
                                          meaningOf(reference.accepts)),
                              std::move(hint));
            continue;
        }
        const bool keeps = reference.accepts == "messages" || reference.accepts == "tasks";
        if (keeps && facts->operationsKnown && facts->type->offers == OperationsOffered::fixed && !facts->type->declaring().empty()) {
            checkDeclared(reference, *facts, diagnostics);
            continue;
        }
        const bool asksForOne = reference.accepts == "calls" || reference.accepts == "amqp" || reference.accepts == "tasks" || facts->type->offers == OperationsOffered::own;
        if (asksForOne || !reference.operation.empty()) checkOperation(reference, *facts, diagnostics);
    }
}

std::optional<std::size_t> operationIndex(const NodeFacts& facts, std::string_view operation)
{
    if (operation.empty()) return facts.operations.size() == 1 ? std::optional<std::size_t>(0) : std::nullopt;
    const auto found = facts.operationIndex.find(std::string(operation));
    return found == facts.operationIndex.end() ? std::nullopt : std::optional(found->second);
}

namespace {

// Depth-first over (node, operation) along the calls that are always made, without recursion.
class CycleSearch {
public:
    explicit CycleSearch(ReaderState& state) : state_(state)
    {
        for (const NodeFacts& facts : state.nodes) {
            first_.push_back(colour_.size());
            colour_.resize(colour_.size() + facts.operations.size());
        }
    }

    void run()
    {
        for (std::size_t node = 0; node < state_.nodes.size(); ++node)
            for (std::size_t operation = 0; operation < state_.nodes[node].operations.size(); ++operation)
                if (colour_[first_[node] + operation] == Colour::unseen) from({node, operation, 0});
    }

private:
    enum class Colour : std::uint8_t { unseen, open, done };
    struct Visit {
        std::size_t node, operation, nextEdge;
    };
    const DeclaredOperation& operationOf(const Visit& visit) const
    {
        return state_.nodes[visit.node].operations[visit.operation];
    }
    Colour& colourOf(const Visit& visit) { return colour_[first_[visit.node] + visit.operation]; }

    void from(Visit start)
    {
        std::vector<Visit> stack{start};
        colourOf(start) = Colour::open;
        while (!stack.empty()) {
            Visit& top = stack.back();
            const auto& edges = operationOf(top).always;
            if (top.nextEdge == edges.size()) {
                colourOf(top) = Colour::done;
                stack.pop_back();
                continue;
            }
            const DeclaredOperation::Edge& edge = edges[top.nextEdge++];
            const auto node = state_.nodeIndex.find(edge.node);
            if (node == state_.nodeIndex.end()) continue;
            const auto operation = operationIndex(state_.nodes[node->second], edge.operation);
            if (!operation) continue;
            const Visit next{node->second, *operation, 0};
            if (colourOf(next) == Colour::open)
                report(stack, next, edge.position);
            else if (colourOf(next) == Colour::unseen) {
                colourOf(next) = Colour::open;
                stack.push_back(next);
            }
        }
    }

    void report(const std::vector<Visit>& stack, const Visit& back, Position position)
    {
        const auto name = [&](const Visit& visit) {
            return state_.nodes[visit.node].name + "." + operationOf(visit).name;
        };
        const auto begin = std::find_if(stack.begin(), stack.end(), [&](const Visit& visit) {
            return visit.node == back.node && visit.operation == back.operation;
        });
        const auto length = stack.end() - begin;
        std::string circle;
        for (auto at = begin; at != stack.end(); ++at) {
            if (length > 10 && at - begin == 8) {
                circle += fmt::format("… ({} more) -> ", length - 8);
                break;
            }
            circle += name(*at) + " -> ";
        }
        state_.reading.diagnostics().error(position, "nodes." + state_.nodes[stack.back().node].name,
                                           fmt::format("these calls go round for ever: {}{}", circle, name(back)),
                                           "make one of them conditional (choose, cache, otherwise) or remove it");
    }

    ReaderState& state_;
    std::vector<std::size_t> first_;
    std::vector<Colour> colour_;
};

}  // namespace

void checkCycles(ReaderState& state) { CycleSearch(state).run(); }

}  // namespace tantrum::models::scenario
