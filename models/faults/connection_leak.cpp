// Connections that are never given back to their pool, until the process that lost them is begun anew.
#include "models/faults/network.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

namespace tantrum::models::faults {
namespace {

using namespace scenario;

struct Params {
    LinkPattern connectionLeak;
    Probability share = Probability::ofShare(0.01);
};

class ConnectionLeak final : public RouteFault {
public:
    ConnectionLeak(const Params& params, Building& building) : RouteFault(building, params.connectionLeak), share_(params.share) {}
    std::string text() const override { return "connection leak " + ValueType<Probability>::write(share_); }

private:
    void strike(Route& route) override { route.addLeak(share_.share()); }
    void relieve(Route& route) override
    {
        route.removeLeak(share_.share());
        route.beginFreshPools();
    }
    Probability share_;
};

}  // namespace

TANTRUM_MODEL(faults, connection_leak)
{
    static const Descriptor built =
        describe<Params>(Kind::fault, "connection_leak")
            .title("Connection leak").group("Faults").icon("connection_pool").aimsAtNetwork()
            .summary("A share of the calls over a pool never gives its connection back.")
            .details("For links with a `hikaricp` pool; others know no connections. The pool shrinks call by call: long nothing is to be seen, then calls wait for each other, then for "
                     "nothing. Its end is the restart of the caller with the mistake mended: what was lost is closed, and the pool is whole again.")
            .required("connection_leak", &Params::connectionLeak, {.doc = "the links"})
            .parameter("share", &Params::share, {.doc = "of the calls"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web.get}\n"
                     "  web: {type: service, workers: 50, operations: {get: [{call: db.read}]}}\n  db: {type: postgres}\n"
                     "links:\n  web -> db: {latency: 0.5ms, policies: [hikaricp: 10]}\n"
                     "timeline:\n  - {at: 60s, for: 60s, connection_leak: web -> db, share: 1%}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Fault> {
                return std::make_unique<ConnectionLeak>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::faults
