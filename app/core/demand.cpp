#include "app/core/demand.h"

#include "models/scenario/steps.h"

#include <algorithm>
#include <filesystem>

namespace tantrum::app {

namespace {

using namespace models::scenario;

/// Parameters live in types that only the models know. Their text reads back to the same value, and that is enough.
class Values {
public:
    Values(const NodeEntry& node, const Scenario& scenario)
        : node_(node), directory_(std::filesystem::path{scenario.file}.parent_path()) {}

    std::string text(std::string_view key) const
    {
        const Parameter* parameter = node_.type->find(key);
        return parameter ? parameter->write(node_.parameters) : std::string{};
    }

    template <class T> std::optional<T> value(std::string_view key) const
    {
        const std::string written = text(key);
        if (written.empty()) return std::nullopt;
        Diagnostics diagnostics{scenarioName};
        const auto tree = parseTree(written, diagnostics);
        if (!tree) return std::nullopt;
        Reading reading{diagnostics, directory_.empty() ? "." : directory_};
        auto read = ValueType<T>::read(tree->root(), reading, {});
        return diagnostics.hasErrors() ? std::nullopt : std::move(read);
    }

    const Parameter* firstOfKind(std::string_view kind) const
    {
        for (const auto& parameter : node_.type->parameters)
            if (parameter->kind() == kind) return parameter.get();
        return nullptr;
    }

private:
    static constexpr const char* scenarioName = "scenario";
    const NodeEntry& node_;
    std::filesystem::path directory_;
};

void addCalls(Demand& to, const Demand& from, double times)
{
    for (const auto& [target, count] : from.calls) to.calls[target] += count * times;
}

Demand demandOf(const Program& program);

Demand demandOf(const Step& step, double& passes)
{
    Demand demand;
    if (const auto* work = std::get_if<Work>(&step.action)) {
        demand.busySeconds = std::max(0.0, work->time.mean().inSeconds());
    } else if (const auto* call = std::get_if<Call>(&step.action)) {
        demand.calls[{call->target.node, call->target.operation}] += 1;
    } else if (const auto* publish = std::get_if<Publish>(&step.action)) {
        demand.calls[{publish->to.node, publish->to.operation}] += 1;
    } else if (const auto* together = std::get_if<Together>(&step.action)) {
        for (const auto& branch : together->branches) {
            const Demand part = demandOf(branch);
            demand.busySeconds = std::max(demand.busySeconds, part.busySeconds);
            addCalls(demand, part, 1);
        }
    } else if (const auto* first = std::get_if<FirstOf>(&step.action)) {
        // Every branch gets as far as its first step; which of them comes further is luck.
        for (const auto& branch : first->branches)
            if (!branch.empty() && std::holds_alternative<Call>(branch.front().action)) addCalls(demand, demandOf(Program{branch.front()}), 1);
    } else if (const auto* repeat = std::get_if<Repeat>(&step.action)) {
        const double times = std::max(0.0, repeat->times.distribution.mean());
        const Demand part = demandOf(repeat->steps);
        demand.busySeconds = part.busySeconds * times;
        addCalls(demand, part, times);
    } else if (const auto* choose = std::get_if<Choose>(&step.action)) {
        for (const auto& branch : choose->branches) {
            const Demand part = demandOf(branch.steps);
            demand.busySeconds += part.busySeconds * branch.share.share();
            addCalls(demand, part, branch.share.share());
        }
    } else if (const auto* fail = std::get_if<Fail>(&step.action)) {
        passes *= 1 - fail->share.share();
    } else if (const auto* cached = std::get_if<Cached>(&step.action)) {
        demand.calls[{cached->in.node, ""}] += 1;
    }
    return demand;
}

Demand demandOf(const Program& program)
{
    Demand total;
    double passes = 1;
    for (const Step& step : program) {
        const double reached = passes;
        const Demand part = demandOf(step, passes);
        total.busySeconds += part.busySeconds * reached;
        addCalls(total, part, reached);
    }
    return total;
}

// What the load settles at. Transients (a spike, a day's peak) are for the simulation to show.
double longRunRate(const Arrivals& arrivals, engine::Duration duration)
{
    switch (arrivals.kind) {
    case Arrivals::Kind::poisson:
    case Arrivals::Kind::paced:
    case Arrivals::Kind::diurnal:
    case Arrivals::Kind::spike: return arrivals.rate.perSecond();
    case Arrivals::Kind::ramp: return arrivals.over < duration ? arrivals.to.perSecond() : 0;
    case Arrivals::Kind::steps: return arrivals.phases.empty() ? 0 : arrivals.phases.back().rate.perSecond();
    case Arrivals::Kind::closed:
    case Arrivals::Kind::trace: break;
    }
    return 0;
}

// Workers or cores, whichever is scarcer.
double serversOf(const Values& values)
{
    double servers = 0;
    for (const std::string_view key : {"workers", "concurrency", "connections"})
        if (const auto count = values.value<std::int64_t>(key); servers == 0 && count && *count > 0 && *count != unlimited)
            servers = static_cast<double>(*count);
    if (const auto cores = values.value<double>("cores"); cores && *cores > 0) servers = servers > 0 ? std::min(servers, *cores) : *cores;
    return servers * static_cast<double>(values.value<std::int64_t>("replicas").value_or(1));
}

// Operations the scenario declares; or those of the type, each with a time of its own name (`read: 2ms`); or one,
// of work and steps.
std::vector<std::pair<std::string, Demand>> operationsOf(const NodeEntry& node, const Values& values)
{
    std::vector<std::pair<std::string, Demand>> operations;
    const auto timeOf = [&](std::string_view key) -> std::optional<double> {
        const auto law = values.value<DurationDistribution>(key);
        return law ? std::optional{std::max(0.0, law->mean().inSeconds())} : std::nullopt;
    };
    if (const Parameter* own = values.firstOfKind("operations"))
        if (const auto declared = values.value<Operations>(own->key()))
            for (const Operation& operation : declared->list()) operations.emplace_back(operation.name, demandOf(operation.program));
    for (const std::string& operation : node.type->operations)
        if (const auto time = timeOf(operation)) operations.emplace_back(operation, Demand{*time, {}});
    if (!operations.empty()) return operations;

    const Parameter* steps = values.firstOfKind("steps");
    const auto program = steps ? values.value<Program>(steps->key()) : std::nullopt;
    const auto work = timeOf("work");
    if (!work && !program) return operations;
    Demand demand = program ? demandOf(*program) : Demand{};
    demand.busySeconds += work.value_or(0);
    operations.emplace_back("", std::move(demand));
    return operations;
}

}  // namespace

const Demand* NodeDemand::find(const std::string& name) const
{
    for (const auto& [key, demand] : operations)
        if (key == name) return &demand;
    return operations.size() == 1 && (name.empty() || operations.front().first.empty()) ? &operations.front().second : nullptr;
}

std::vector<NodeDemand> demandsOf(const Scenario& scenario)
{
    std::vector<NodeDemand> demands;
    for (const NodeEntry& node : scenario.nodes) {
        const Values values{node, scenario};
        NodeDemand demand{&node, serversOf(values), 0, {}, {}, {}, operationsOf(node, values)};
        if (const Parameter* backends = node.type->find("backends")) demand.backends = backends->nodesNamed(node.parameters);
        if (node.type->client) {
            // A trace may be a very long file, and its rate is not asked for.
            const bool trace = values.text("arrivals").starts_with("trace");
            if (const auto arrivals = trace ? std::nullopt : values.value<Arrivals>("arrivals")) demand.arrivals = longRunRate(*arrivals, scenario.duration);
            if (const auto sends = values.value<OperationReference>("sends")) demand.sends = {sends->node, sends->operation};
        }
        if (const auto queue = values.value<NodeReference>("consumes")) demand.consumes = queue->node;
        demands.push_back(std::move(demand));
    }
    return demands;
}

}  // namespace tantrum::app
