// A Network Load Balancer: it spreads connections, and a connection stays with its target for life.
#include "models/edge/proxy.h"
#include "models/scenario/describe.h"

#include <memory>

namespace tantrum::models::edge {
namespace {

using namespace scenario;

enum class Check : std::uint8_t { tcp, http, off };
constexpr auto choices(Check)
{
    return std::array{Choice<Check>{Check::tcp, "tcp", "a connection that opens is enough: a process that stands still passes"},
                      Choice<Check>{Check::http, "http", "the process has to answer"},
                      Choice<Check>{Check::off, "off", "targets count as healthy"}};
}

struct Params {
    std::vector<NodeReference> targets;
    Check check = Check::tcp;
    Duration interval = Duration::seconds(30), timeout = Duration::seconds(10);
    std::int64_t healthy = 5, unhealthy = 2;
    std::vector<NodeReference> deregister;
    Duration deregistrationDelay = Duration::seconds(300);
    bool crossZone = false;
};

ProxyRules rulesOf(const Params& params)
{
    ProxyRules rules;
    rules.nodes = params.targets;
    rules.backends.picking = Picking::random;
    rules.backends.passes = params.healthy;
    rules.backends.fails = params.unhealthy;
    rules.checkEvery = params.check == Check::off ? Duration() : params.interval;
    rules.checkTimeout = params.timeout;
    rules.checksProcess = params.check == Check::http;
    rules.draining = params.deregister;
    rules.drain = params.deregistrationDelay;
    rules.pins = true;
    rules.backends.ownZone = !params.crossZone;
    return rules;
}

class Nlb final : public Proxy {
public:
    Nlb(const Params& params, Building& building) : Proxy(rulesOf(params), building) {}
    void change(const ParameterSet& parameters, std::string_view, Building&) override { changeRules(rulesOf(parameters.as<Params>())); }
};

}  // namespace

TANTRUM_MODEL(edge, nlb)
{
    auto describing = describe<Params>(Kind::component, "nlb");
    proxyMetrics(describing);
    describing.metric("flows", "connections", "connections that were given a target");
    static const Descriptor built =
        describing.title("Network Load Balancer").group("Edge").icon("nlb").accepts("calls")
            .summary("Spreads connections over healthy targets by a hash; each stays with its target.")
            .details("The protocol on the link to it says what a connection is: over `grpc` and `http2` all calls of a caller are one, "
                     "and all go to one target; over `http1` there are several. Without a protocol each call counts as a connection of "
                     "its own. The hash over addresses, ports and sequence number is a draw here. An established connection stays "
                     "with its target even if checks fail; new ones go elsewhere. With all targets unhealthy it fails open.\n\n"
                     "Simplified: the idle timeout of 350 s is that of the protocol, a balancer that says in which `zone` it stands is its node in that zone (with none fit there it uses the "
                     "other zones' targets, where DNS would send callers to another zone's node), "
                     "and beyond 1,023 connections at once further calls are spread one by one.")
            .required("targets", &Params::targets, {.doc = "the nodes behind it", .accepts = "calls"})
            .parameter("check", &Params::check, {.doc = "what a health check asks", .source = "NLB guide: TCP", .live = true})
            .parameter("interval", &Params::interval, {.doc = "time from check to check", .least = Duration::seconds(5), .most = Duration::seconds(300), .source = "NLB guide: 30 s", .live = true})
            .parameter("timeout", &Params::timeout, {.doc = "how long a check waits", .least = Duration::seconds(2), .most = Duration::seconds(120), .source = "NLB guide: 10 s, 6 s for HTTP", .live = true})
            .parameter("healthy_threshold", &Params::healthy, {.doc = "checks in a row that make a target healthy", .least = 2, .most = 10, .unit = "checks", .source = "NLB guide, 2023: 5", .live = true})
            .parameter("unhealthy_threshold", &Params::unhealthy, {.doc = "failed checks in a row that make it unhealthy", .least = 2, .most = 10, .unit = "checks", .source = "NLB guide, 2023: 2", .live = true})
            .parameter("deregister", &Params::deregister, {.doc = "nodes among the targets that get no new connections", .live = true, .accepts = "calls"})
            .parameter("deregistration_delay", &Params::deregistrationDelay, {.doc = "how long their connections may still be used", .least = Duration(), .most = Duration::seconds(3600), .source = "NLB guide: 300 s", .live = true})
            .parameter("cross_zone", &Params::crossZone, {.doc = "spread over the targets of all zones; false: over those in its own `zone`, as long as one of them is fit", .source = "NLB guide: off, unconfirmed", .live = true})
            .understands({"crash", "slow", "pause", "errors"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: balancer}\n"
                     "  balancer: {type: nlb, targets: [web]}\n"
                     "  web: {type: service, replicas: 4, workers: 8, work: exponential(20ms)}\n"
                     "links:\n  users -> balancer: {latency: 0.5ms, policies: [grpc]}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<Nlb>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::edge
