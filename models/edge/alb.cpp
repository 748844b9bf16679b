// An Application Load Balancer: requests, health checks, slow start, and failing open.
#include "models/edge/proxy.h"
#include "models/scenario/describe.h"

#include <memory>

namespace tantrum::models::edge {
namespace {

using namespace scenario;

enum class Algorithm : std::uint8_t { roundRobin, leastOutstanding };
constexpr auto choices(Algorithm)
{
    return std::array{Choice<Algorithm>{Algorithm::roundRobin, "round_robin", "each target in turn"},
                      Choice<Algorithm>{Algorithm::leastOutstanding, "least_outstanding_requests", "the target with the fewest requests under way"}};
}
enum class Check : std::uint8_t { http, request, off };
constexpr auto choices(Check)
{
    return std::array{Choice<Check>{Check::http, "http", "asks the process, apart from its workers"},
                      Choice<Check>{Check::request, "request", "sends a request like any other, which waits for a worker"},
                      Choice<Check>{Check::off, "off", "targets count as healthy"}};
}

struct Params {
    std::vector<NodeReference> targets;
    Algorithm algorithm = Algorithm::roundRobin;
    DurationDistribution work;
    Check check = Check::http;
    Duration interval = Duration::seconds(30), timeout = Duration::seconds(5);
    std::int64_t healthy = 5, unhealthy = 2;
    Duration slowStart;
    std::vector<NodeReference> deregister;
    Duration idleTimeout = Duration::seconds(60);
    bool crossZone = true;
};

ProxyRules rulesOf(const Params& params)
{
    ProxyRules rules;
    rules.nodes = params.targets;
    rules.work = params.work;
    rules.backends.picking = params.algorithm == Algorithm::roundRobin ? Picking::roundRobin : Picking::leastBusy;
    rules.backends.passes = params.healthy;
    rules.backends.fails = params.unhealthy;
    rules.backends.slowStart = params.algorithm == Algorithm::roundRobin ? params.slowStart : Duration();
    rules.checkEvery = params.check == Check::off ? Duration() : params.interval;
    rules.checkTimeout = params.timeout;
    rules.checksByCall = params.check == Check::request;
    rules.draining = params.deregister;
    rules.timeout = params.idleTimeout;
    rules.backends.ownZone = !params.crossZone;
    return rules;
}

class Alb final : public Proxy {
public:
    Alb(const Params& params, Building& building) : Proxy(rulesOf(params), building) {}
    void change(const ParameterSet& parameters, std::string_view, Building&) override { changeRules(rulesOf(parameters.as<Params>())); }
};

}  // namespace

TANTRUM_MODEL(edge, alb)
{
    auto describing = describe<Params>(Kind::component, "alb");
    proxyMetrics(describing);
    static const Descriptor built =
        describing.title("Application Load Balancer").group("Edge").icon("load_balancer").accepts("calls")
            .summary("Spreads requests over healthy targets; with none healthy, over all.")
            .details("Each replica of a node is a target. A check runs every `interval`; one that fails at once or is not answered "
                     "within `timeout` counts against the target, and so many in a row take it out: with the defaults a dead target "
                     "gets requests for 30 to 60 s. With all targets unhealthy it **fails open** and uses all of them. Targets in "
                     "`deregister` get no new requests; those under way are finished. A target that is silent for "
                     "`idle_timeout` ends in `timeout` (504), a reset connection in `crashed` (502), no target at all in `rejected` (503).\n\n"
                     "Simplified: targets are healthy at the start, all are checked at the same moments, and requests to deregistered "
                     "targets are never cut (the 300 s of the deregistration delay are more than most take).")
            .required("targets", &Params::targets, {.doc = "the nodes behind it", .accepts = "calls"})
            .parameter("algorithm", &Params::algorithm, {.doc = "which target is next", .source = "ALB guide: round robin", .live = true})
            .parameter("work", &Params::work, {.doc = "its own time for each request", .live = true})
            .parameter("check", &Params::check, {.doc = "what a health check asks", .live = true})
            .parameter("interval", &Params::interval, {.doc = "time from check to check", .least = Duration::seconds(5), .most = Duration::seconds(300), .source = "ALB guide, HealthCheckIntervalSeconds: 30 s", .live = true})
            .parameter("timeout", &Params::timeout, {.doc = "how long a check waits", .least = Duration::seconds(2), .most = Duration::seconds(120), .source = "ALB guide, HealthCheckTimeoutSeconds: 5 s", .live = true})
            .parameter("healthy_threshold", &Params::healthy, {.doc = "checks in a row that make a target healthy", .least = 2, .most = 10, .unit = "checks", .source = "ALB guide: 5", .live = true})
            .parameter("unhealthy_threshold", &Params::unhealthy, {.doc = "failed checks in a row that make it unhealthy", .least = 2, .most = 10, .unit = "checks", .source = "ALB guide: 2", .live = true})
            .parameter("slow_start", &Params::slowStart, {.doc = "time over which a target that is back gets its share, in a straight line; 0: off", .least = Duration(), .most = Duration::seconds(900), .source = "ALB guide, slow_start.duration_seconds: off; round robin only", .live = true})
            .parameter("deregister", &Params::deregister, {.doc = "nodes among the targets taken out of rotation", .live = true, .accepts = "calls"})
            .parameter("idle_timeout", &Params::idleTimeout, {.doc = "how long it waits for a target's answer", .least = Duration::seconds(1), .most = Duration::seconds(4000), .source = "ALB guide, idle_timeout.timeout_seconds: 60 s", .live = true})
            .parameter("cross_zone", &Params::crossZone, {.doc = "spread over the targets of all zones; false: over those in its own `zone`, as long as one of them is fit", .source = "ALB guide: always on for the balancer, off by target group", .live = true})
            .understands({"crash", "slow", "pause", "errors"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: balancer}\n"
                     "  balancer: {type: alb, targets: [web], algorithm: least_outstanding_requests}\n"
                     "  web: {type: service, replicas: 4, work: exponential(20ms)}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<Alb>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::edge
