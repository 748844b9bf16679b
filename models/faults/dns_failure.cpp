// A name cannot be turned into an address.
#include "models/faults/network.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

namespace tantrum::models::faults {
namespace {

using namespace scenario;

struct Params {
    LinkPattern dnsFailure;
    Duration failsAfter = Duration::seconds(10);
};

class DnsFailure final : public RouteFault {
public:
    DnsFailure(const Params& params, Building& building) : RouteFault(building, params.dnsFailure), takes_(params.failsAfter) {}
    std::string text() const override { return "DNS failure"; }

private:
    void strike(Route& route) override
    {
        route.disturb([&](Disturbances& disturbances) { disturbances.unresolve(takes_); });
    }
    void relieve(Route& route) override
    {
        route.disturb([&](Disturbances& disturbances) { disturbances.resolveAgain(takes_); });
    }
    Duration takes_;
};

}  // namespace

TANTRUM_MODEL(faults, dns_failure)
{
    static const Descriptor built =
        describe<Params>(Kind::fault, "dns_failure")
            .title("DNS failure").group("Faults").icon("search").aimsAtNetwork()
            .summary("Callers cannot resolve the name of a callee: no new connections, while those that are open go on.")
            .details("Whoever opens a connection asks for the address first, and ends as `unreachable` when the resolver has given up. What keeps connections does not "
                     "notice until one ends: `http1` with `keep_alive`, `http2`, `http3`, `grpc`, and the pool of `hikaricp`. Without one of them on its link each call is a "
                     "connection of its own, and fails. A callee that restarts meanwhile closes its connections, and is not found again.\n\n"
                     "Nothing is cached beyond open connections, as with glibc. A balancer that reaches its targets by their addresses needs no names: "
                     "aim at the links of those who do (`users -> balancer`, `* -> db`).")
            .required("dns_failure", &Params::dnsFailure, {.doc = "the links whose callers cannot resolve their callees"})
            .parameter("fails_after", &Params::failsAfter, {.doc = "how long a caller waits for the resolver; 0: it is refused at once (SERVFAIL, NXDOMAIN)", .least = Duration(), .most = Duration::seconds(1'000'000), .source = "resolv.conf(5): timeout 5 s, attempts 2"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "links:\n  users -> web: {latency: 1ms, policies: [timeout: 1s, http2]}\ntimeline:\n  - {at: 60s, for: 60s, dns_failure: users -> web}\n  - {at: 90s, for: 5s, crash: web}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Fault> {
                return std::make_unique<DnsFailure>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::faults
