// Envoy: a proxy that watches its own traffic (outlier detection), bounds it (circuit breaker) and panics on purpose.
#include "models/edge/proxy.h"
#include "models/scenario/describe.h"

#include <memory>

namespace tantrum::models::edge {
namespace {

using namespace scenario;

enum class Policy : std::uint8_t { roundRobin, leastRequest, random };
constexpr auto choices(Policy)
{
    return std::array{Choice<Policy>{Policy::roundRobin, "round_robin", "each host in turn"},
                      Choice<Policy>{Policy::leastRequest, "least_request", "the host with fewer active requests of two drawn at random"},
                      Choice<Policy>{Policy::random, "random", "any host"}};
}

struct Params : OutlierParams {
    std::vector<NodeReference> cluster;
    Policy policy = Policy::roundRobin;
    DurationDistribution work;
    Duration timeout = Duration::seconds(15);
    std::int64_t retries = 0;
    std::int64_t maxRequests = 1024;
    Probability panicThreshold = Probability::ofShare(0.5);
    Duration checkInterval;
    Duration checkTimeout = Duration::seconds(1);
    std::int64_t healthy = 1, unhealthy = 2;
    Duration slowStart;
};

ProxyRules rulesOf(const Params& params)
{
    ProxyRules rules;
    rules.nodes = params.cluster;
    rules.work = params.work;
    rules.backends.picking = params.policy == Policy::roundRobin ? Picking::roundRobin : params.policy == Policy::random ? Picking::random : Picking::leastOfTwo;
    rules.backends.passes = params.healthy;
    rules.backends.fails = params.unhealthy;
    rules.backends.outliers = params;
    rules.backends.panicBelow = params.panicThreshold.share();
    rules.backends.failsOpen = params.panicThreshold.share() > 0;
    rules.backends.slowStart = params.slowStart;
    rules.checkEvery = params.checkInterval;
    rules.checkTimeout = params.checkTimeout;
    rules.sweepEvery = params.on() ? params.interval : Duration();
    if (params.timeout > Duration()) rules.timeout = params.timeout;
    rules.tries = params.retries + 1;
    rules.requestsAtOnce = params.maxRequests;
    return rules;
}

class Envoy final : public Proxy {
public:
    Envoy(const Params& params, Building& building) : Proxy(rulesOf(params), building) {}
    void change(const ParameterSet& parameters, std::string_view, Building&) override { changeRules(rulesOf(parameters.as<Params>())); }
};

}  // namespace

TANTRUM_MODEL(edge, envoy)
{
    auto describing = describe<Params>(Kind::component, "envoy");
    proxyMetrics(describing);
    describing.required("cluster", &Params::cluster, {.doc = "the nodes whose replicas are its hosts", .accepts = "calls"});
    outlierParameters(describing);
    static const Descriptor built =
        describing.title("Envoy").group("Edge").icon("proxy").accepts("calls")
            .summary("A proxy with outlier detection, a bound on its requests, a route timeout and a panic threshold.")
            .details(std::string(outlierDetails) + "\n\n"
                     "**Panic**: with fewer than `panic_threshold` of the hosts fit all are used; 0 switches that off. "
                     "More than `max_requests` at once are refused (503, `rejected`). The route's `timeout` answers 504 (`timeout`).\n\n"
                     "Simplified: of the circuit breakers only max_requests; retries go to another host at once, for hosts that "
                     "gave no answer; no weights; health checks reach all hosts at the same moments.")
            .parameter("lb_policy", &Params::policy, {.doc = "which host is next", .source = "Envoy cluster.proto: ROUND_ROBIN", .live = true})
            .parameter("work", &Params::work, {.doc = "its own time for each request", .live = true})
            .parameter("timeout", &Params::timeout, {.doc = "of the route; 0: none", .least = Duration(), .source = "Envoy FAQ, timeouts: 15 s", .live = true})
            .parameter("num_retries", &Params::retries, {.doc = "further hosts tried when one gave no answer", .least = 0, .most = 100, .unit = "retries", .source = "Envoy: none unless configured", .live = true})
            .parameter("max_requests", &Params::maxRequests, {.doc = "requests at once; more are refused", .least = 1, .most = 4'294'967'295, .unit = "requests", .source = "Envoy circuit_breaker.proto: 1024", .live = true})
            .parameter("panic_threshold", &Params::panicThreshold, {.doc = "with a smaller share of hosts fit, all are used", .source = "Envoy: 50 %, unconfirmed", .live = true})
            .parameter("check_interval", &Params::checkInterval, {.doc = "time between active health checks; 0: none", .least = Duration(), .source = "Envoy: off unless configured", .live = true})
            .parameter("check_timeout", &Params::checkTimeout, {.doc = "how long a check waits", .least = Duration::milliseconds(1), .source = "Envoy has no default", .live = true})
            .parameter("healthy_threshold", &Params::healthy, {.doc = "checks in a row that make a host healthy", .least = 1, .most = 1000, .unit = "checks", .source = "Envoy has no default", .live = true})
            .parameter("unhealthy_threshold", &Params::unhealthy, {.doc = "failed checks in a row that make it unhealthy", .least = 1, .most = 1000, .unit = "checks", .source = "Envoy has no default", .live = true})
            .parameter("slow_start", &Params::slowStart, {.doc = "time over which a host that is back gets its share; 0: off", .least = Duration(), .source = "Envoy: off unless configured", .live = true})
            .understands({"crash", "slow", "pause", "errors"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: proxy}\n"
                     "  proxy: {type: envoy, cluster: [web], lb_policy: least_request, consecutive_5xx: 5}\n"
                     "  web: {type: service, replicas: 4, work: exponential(20ms)}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<Envoy>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::edge
