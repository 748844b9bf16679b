// nginx as a reverse proxy: no checks of its own, it learns from the requests it passes on.
#include "models/edge/proxy.h"
#include "models/scenario/describe.h"

#include <algorithm>
#include <memory>

namespace tantrum::models::edge {
namespace {

using namespace scenario;

enum class Method : std::uint8_t { roundRobin, leastConn, randomTwo };
constexpr auto choices(Method)
{
    return std::array{Choice<Method>{Method::roundRobin, "round_robin", "each server in turn"},
                      Choice<Method>{Method::leastConn, "least_conn", "the server with the fewest requests under way"},
                      Choice<Method>{Method::randomTwo, "random_two", "the less busy of two drawn at random"}};
}

struct Params {
    std::vector<NodeReference> upstream;
    Method method = Method::roundRobin;
    DurationDistribution work;
    std::int64_t maxFails = 1;
    Duration failTimeout = Duration::seconds(10);
    std::int64_t tries = 0;
    Duration readTimeout = Duration::seconds(60);
};

ProxyRules rulesOf(const Params& params)
{
    ProxyRules rules;
    rules.nodes = params.upstream;
    rules.work = params.work;
    rules.backends.picking = params.method == Method::roundRobin ? Picking::roundRobin : params.method == Method::leastConn ? Picking::leastBusy : Picking::leastOfTwo;
    rules.backends.failures = params.maxFails;
    rules.backends.aside = params.failTimeout;
    rules.backends.alone = true;
    rules.backends.failsOpen = false;
    rules.checkEvery = Duration();
    rules.tries = params.tries == 0 ? scenario::unlimited : params.tries;
    rules.triesAfterTimeout = true;
    rules.timeout = params.readTimeout;
    return rules;
}

// Without a limit every server is tried once.
ProxyRules bounded(ProxyRules rules, std::size_t servers)
{
    rules.tries = std::min(rules.tries, static_cast<std::int64_t>(std::max<std::size_t>(servers, 1)));
    return rules;
}

class Nginx final : public Proxy {
public:
    Nginx(const Params& params, Building& building) : Proxy(rulesOf(params), building), params_(params) {}
    void connect(Building& building) override
    {
        Proxy::connect(building);
        changeRules(bounded(rulesOf(params_), targets()));
    }
    void change(const ParameterSet& parameters, std::string_view, Building&) override
    {
        changeRules(bounded(rulesOf(parameters.as<Params>()), targets()));
    }

private:
    Params params_;
};

}  // namespace

TANTRUM_MODEL(edge, nginx)
{
    auto describing = describe<Params>(Kind::component, "nginx");
    proxyMetrics(describing);
    static const Descriptor built =
        describing.title("nginx").group("Edge").icon("proxy").accepts("calls")
            .summary("A reverse proxy that tries the next server when one gives no answer, and leaves that one alone for a while.")
            .details("`max_fails` failures within `fail_timeout` take a server out for `fail_timeout`; then it is tried with a "
                     "request again. A failure is a refused or broken connection or a timeout; answers that are errors do not "
                     "count (proxy_next_upstream error timeout). A lone server is never taken out. With all servers out the answer "
                     "is 502 (`rejected`): no live upstreams. A request goes to each server at most once; requests that took a "
                     "server's work and timed out are sent again, as nginx does for those that are idempotent.\n\n"
                     "Simplified: no weights, no backup servers, no cache, no limit_req (see the policy `rate_limit`); the connect timeout "
                     "of 60 s is that of the link.")
            .required("upstream", &Params::upstream, {.doc = "the nodes whose replicas are its servers", .accepts = "calls"})
            .parameter("method", &Params::method, {.doc = "which server is next", .source = "nginx upstream module: round robin", .live = true})
            .parameter("work", &Params::work, {.doc = "its own time for each request", .live = true})
            .parameter("max_fails", &Params::maxFails, {.doc = "failures within fail_timeout that take a server out; 0: never", .least = 0, .most = 1'000'000, .unit = "failures", .source = "nginx upstream module: 1", .live = true})
            .parameter("fail_timeout", &Params::failTimeout, {.doc = "time in which failures are counted, and for which the server is out", .least = Duration::milliseconds(1), .source = "nginx upstream module: 10 s", .live = true})
            .parameter("next_upstream_tries", &Params::tries, {.doc = "servers tried for one request; 0: all of them", .least = 0, .most = 1000, .unit = "servers", .source = "nginx proxy_next_upstream_tries: 0", .live = true})
            .parameter("read_timeout", &Params::readTimeout, {.doc = "how long it waits for a server's answer", .least = Duration::milliseconds(1), .source = "nginx proxy_read_timeout: 60 s", .live = true})
            .understands({"crash", "slow", "pause", "errors"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: proxy}\n"
                     "  proxy: {type: nginx, upstream: [web], method: least_conn}\n"
                     "  web: {type: service, replicas: 4, work: exponential(20ms)}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<Nginx>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::edge
