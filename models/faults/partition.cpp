// Nodes cannot reach each other, or one of them cannot be heard. What is on the way still arrives; TCP goes on trying.
#include "models/faults/network.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

namespace tantrum::models::faults {
namespace {

using namespace scenario;

enum class Lost : std::uint8_t { both, out, in };
constexpr auto choices(Lost)
{
    return std::array{Choice<Lost>{Lost::both, "both", "nothing gets through"},
                      Choice<Lost>{Lost::out, "out", "what the first node sends is lost; it still hears the others: its answers, too, never arrive"},
                      Choice<Lost>{Lost::in, "in", "what is sent to the first node is lost; the others still hear it"}};
}

struct Params {
    std::vector<NodeReference> partition;
    Lost direction = Lost::both;
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
        : RouteFault(building, routesAmong(params.partition, building), namesOf(params.partition)), direction_(params.direction),
          first_(params.partition.empty() ? std::string() : params.partition.front().node)
    {
    }
    std::string text() const override { return direction_ == Lost::both ? "partition" : "partition, only " + ValueType<Lost>::write(direction_); }

private:
    void strike(Route& route) override { route.partition(simulation().now(), cuts(route.from(), route.to()), cuts(route.to(), route.from())); }
    void relieve(Route& route) override { route.heal(cuts(route.from(), route.to()), cuts(route.to(), route.from())); }
    // Whether what the one sends to the other is lost.
    bool cuts(const std::string& sender, const std::string& receiver) const
    {
        return direction_ == Lost::both || (direction_ == Lost::out ? sender : receiver) == first_;
    }

    Lost direction_;
    std::string first_;
};

}  // namespace

TANTRUM_MODEL(faults, partition)
{
    static const Descriptor built =
        describe<Params>(Kind::fault, "partition")
            .title("Partition").group("Faults").icon("partition").aimsAtNetwork()
            .summary("Nodes cannot reach each other, in either direction or in one.")
            .details("Several nodes: none of them reaches another of them. One node: it is cut off from all. Only declared "
                     "links can be cut; nodes without one share a process.\n\n"
                     "In one direction only (`direction`), a network is harder to see through. A service that hears and is not heard does all the work it "
                     "is asked for while its callers time out and ask again. Between the first node and the others only: "
                     "others that are named still reach each other. Connections are not opened then, since either direction is needed for that; health "
                     "checks fail.")
            .required("partition", &Params::partition, {.doc = "the nodes on different sides"})
            .parameter("direction", &Params::direction, {.doc = "what is lost"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "links:\n  users -> web: {latency: 1ms}\ntimeline:\n  - {at: 2min, for: 30s, partition: [users, web]}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Fault> {
                return std::make_unique<Partition>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::faults
