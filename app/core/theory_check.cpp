#include "app/core/theory_check.h"

#include "app/core/demand.h"
#include "app/core/numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace tantrum::app {

namespace {

using models::scenario::Diagnostic;
using models::scenario::LinkTable;
using models::scenario::Scenario;

/// Rates by operation of one node.
using Rates = std::map<std::string, double>;

// Policies that answer in the callee's place or let fewer calls through than were made.
bool thinsTraffic(const models::scenario::PolicyEntry& policy)
{
    for (const std::string_view part : {"limit", "cache", "shed", "coalesc", "throttl"})
        if (policy.type->key.find(part) != std::string::npos) return true;
    return false;
}

class Flow {
public:
    explicit Flow(const Scenario& scenario) : links_(scenario, nullptr), nodes_(demandsOf(scenario))
    {
        for (std::size_t index = 0; index < nodes_.size(); ++index) byName_[nodes_[index].node->name] = index;
        rates_.resize(nodes_.size());
        for (const auto& node : nodes_)
            if (!node.consumes.empty()) consumers_[node.consumes].push_back(byName_.at(node.node->name));
    }

    // Rounds of sending on what came in the round before: exact after as many rounds as the longest way has calls.
    void settle()
    {
        const std::size_t most = std::min<std::size_t>(nodes_.size() + 2, 200);
        for (std::size_t round = 0; round < most; ++round) {
            std::vector<Rates> next(nodes_.size());
            for (std::size_t index = 0; index < nodes_.size(); ++index) sendFrom(index, next);
            if (next == rates_) return;
            rates_ = std::move(next);
        }
    }

    double arrivals(std::size_t index) const
    {
        double total = 0;
        for (const auto& [operation, rate] : rates_[index]) total += rate;
        return total;
    }

    /// NaN: cannot be told.
    double utilization(std::size_t index) const
    {
        const NodeDemand& node = nodes_[index];
        if (!(node.servers > 0) || node.operations.empty()) return std::nan("");
        double busy = 0;
        for (const auto& [operation, rate] : rates_[index])
            if (const Demand* demand = node.find(operation)) busy += rate * demand->busySeconds;
        return busy / node.servers;
    }

    const std::vector<NodeDemand>& nodes() const { return nodes_; }

private:
    bool passesOn(const std::string& from, const std::string& to) const
    {
        const auto link = links_.between(from, to);
        return std::none_of(link.policies->begin(), link.policies->end(), thinsTraffic);
    }

    void deliver(std::vector<Rates>& next, const std::string& from, const std::pair<std::string, std::string>& target, double rate) const
    {
        const auto found = byName_.find(target.first);
        if (found == byName_.end() || !(rate > 0) || !passesOn(from, target.first)) return;
        next[found->second][target.second] += rate;
    }

    void sendFrom(std::size_t index, std::vector<Rates>& next) const
    {
        const NodeDemand& node = nodes_[index];
        const std::string& name = node.node->name;
        if (node.arrivals > 0) deliver(next, name, node.sends, node.arrivals);
        const double load = utilization(index);
        const double finished = load > 1 ? 1 / load : 1;
        for (const auto& [operation, rate] : rates_[index])
            if (const Demand* demand = node.find(operation))
                for (const auto& [target, count] : demand->calls) deliver(next, name, target, rate * count * finished);
        if (const auto found = consumers_.find(name); found != consumers_.end()) spread(next, found->second, "", arrivals(index));
        std::vector<std::size_t> backends;
        for (const auto& backend : node.backends)
            if (const auto found = byName_.find(backend); found != byName_.end() && passesOn(name, backend)) backends.push_back(found->second);
        if (backends.size() == node.backends.size())
            for (const auto& [operation, rate] : rates_[index]) spread(next, backends, operation, rate);
    }

    // Who of several gets how much depends on the run. By capacity is the best that can happen: if one is overloaded
    // then, all are, whoever spreads the load.
    void spread(std::vector<Rates>& next, const std::vector<std::size_t>& among, const std::string& operation, double rate) const
    {
        if (!(rate > 0)) return;
        if (among.size() == 1) {
            next[among.front()][operation] += rate;
            return;
        }
        std::vector<double> capacities;
        double total = 0;
        for (const std::size_t index : among) {
            const Demand* demand = nodes_[index].find(operation);
            if (!demand || !(demand->busySeconds > 0) || !(nodes_[index].servers > 0)) return;
            total += capacities.emplace_back(nodes_[index].servers / demand->busySeconds);
        }
        for (std::size_t index = 0; index < among.size(); ++index) next[among[index]][operation] += rate * capacities[index] / total;
    }

    LinkTable links_;
    std::vector<NodeDemand> nodes_;
    std::unordered_map<std::string, std::size_t> byName_;
    std::unordered_map<std::string, std::vector<std::size_t>> consumers_;
    std::vector<Rates> rates_;
};

}  // namespace

std::vector<NodeLoad> loadsOf(const Scenario& scenario)
{
    Flow flow{scenario};
    flow.settle();
    std::vector<NodeLoad> loads;
    for (std::size_t index = 0; index < flow.nodes().size(); ++index)
        if (const double load = flow.utilization(index); !std::isnan(load))
            loads.push_back({flow.nodes()[index].node->name, flow.arrivals(index), load});
    return loads;
}

std::vector<Diagnostic> theoryCheck(const Scenario& scenario)
{
    // Work and rates are rounded when they are read; what is exactly full by intent is not called overloaded for that.
    constexpr double full = 1 - 1e-9;
    std::vector<Diagnostic> warnings;
    for (const NodeLoad& load : loadsOf(scenario)) {
        if (load.utilization < full) continue;
        Diagnostic warning;
        warning.severity = models::scenario::Severity::warning;
        warning.file = scenario.file;
        warning.position = scenario.find(load.node)->range.begin;
        warning.path = "nodes." + load.node;
        warning.message = fmt::format("{} is overloaded: needs {:.2f} of its capacity at {}", models::scenario::inQuotes(load.node),
                                      load.utilization, rateText(load.arrivalsPerSecond));
        warning.hint = "its queue grows until it is full; give it more workers or replicas, less work, or less load";
        warnings.push_back(std::move(warning));
    }
    return warnings;
}

}  // namespace tantrum::app
