// A name with an address for each replica: it takes no part in the calls, callers spread themselves.
#include "models/edge/proxy.h"
#include "models/scenario/describe.h"

#include <memory>

namespace tantrum::models::edge {
namespace {

using namespace scenario;

struct Params {
    std::vector<NodeReference> addresses;
};

ProxyRules rulesOf(const Params& params)
{
    ProxyRules rules;
    rules.nodes = params.addresses;
    rules.checkEvery = Duration();
    rules.pins = true;
    return rules;
}

}  // namespace

TANTRUM_MODEL(edge, headless_service)
{
    auto describing = describe<Params>(Kind::component, "headless_service");
    proxyMetrics(describing);
    describing.metric("flows", "connections", "connections that were given an address");
    static const Descriptor built =
        describing.title("Headless service").group("Edge").icon("headless").accepts("calls")
            .summary("A DNS name with one address for each replica; each connection gets the next.")
            .details("As a headless Service of Kubernetes, or DNS with many records. What matters is who connects: gRPC with "
                     "pick_first opens one connection and stays with one replica, with round_robin and as many `addresses` as there are "
                     "replicas it uses all. A call without a protocol on its link is a connection of its own. Nobody checks "
                     "health: an address that is down refuses.")
            .required("addresses", &Params::addresses, {.doc = "the nodes whose replicas it names", .accepts = "calls"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: name}\n"
                     "  name: {type: headless_service, addresses: [web]}\n"
                     "  web: {type: service, replicas: 4, workers: 8, work: exponential(20ms)}\n"
                     "links:\n  users -> name: {latency: 0.5ms, policies: [grpc: {balancing: round_robin, addresses: 4}]}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<Proxy>(rulesOf(params), building);
            });
    return built;
}

}  // namespace tantrum::models::edge
