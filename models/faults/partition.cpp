// Nodes cannot reach each other. What is on the way still arrives; TCP goes on trying.
#include "models/faults/network.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

namespace tantrum::models::faults {
namespace {

using namespace scenario;

struct Params {
    std::vector<NodeReference> partition;
};

std::vector<Route*> routesAmong(const std::vector<NodeReference>& nodes, Building& building)
{
    std::vector<Route*> all;
    for (std::size_t from = 0; from < nodes.size(); ++from)
        for (std::size_t to = 0; to < nodes.size(); ++to) {
            if (from == to && nodes.size() > 1) continue;
            const bool alone = nodes.size() == 1;
            const auto found = building.routes(nodes[from].node, alone ? "*" : nodes[to].node);
            all.insert(all.end(), found.begin(), found.end());
            if (!alone) continue;
            const auto inward = building.routes("*", nodes[from].node);
            all.insert(all.end(), inward.begin(), inward.end());
        }
    return all;
}

std::string namesOf(const std::vector<NodeReference>& nodes)
{
    std::string names;
    for (const NodeReference& node : nodes) names += (names.empty() ? "" : " | ") + node.node;
    return names;
}

class Partition final : public RouteFault {
public:
    Partition(const Params& params, Building& building)
        : RouteFault(building, routesAmong(params.partition, building), namesOf(params.partition))
    {
    }
    std::string text() const override { return "partition"; }

private:
    void strike(Route& route) override { route.partition(simulation().now()); }
    void relieve(Route& route) override { route.heal(); }
};

}  // namespace

TANTRUM_MODEL(faults, partition)
{
    static const Descriptor built =
        describe<Params>(Kind::fault, "partition")
            .title("Partition").group("Faults").icon("partition").aimsAtNetwork()
            .summary("Nodes cannot reach each other, in either direction.")
            .details("Several nodes: none of them reaches another of them. One node: it is cut off from all. Only declared "
                     "links can be cut; nodes without one share a process.")
            .required("partition", &Params::partition, {.doc = "the nodes on different sides"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "links:\n  users -> web: {latency: 1ms}\ntimeline:\n  - {at: 2min, for: 30s, partition: [users, web]}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Fault> {
                return std::make_unique<Partition>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::faults
