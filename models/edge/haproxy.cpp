// HAProxy: quick checks, redispatch, and a queue in front of each server instead of in it.
#include "models/edge/proxy.h"
#include "models/scenario/describe.h"

#include <memory>

namespace tantrum::models::edge {
namespace {

using namespace scenario;

enum class Balance : std::uint8_t { roundRobin, leastConn, random };
constexpr auto choices(Balance)
{
    return std::array{Choice<Balance>{Balance::roundRobin, "roundrobin", "each server in turn"},
                      Choice<Balance>{Balance::leastConn, "leastconn", "the server with the fewest requests, in turn among equals"},
                      Choice<Balance>{Balance::random, "random", "the less busy of two drawn at random"}};
}

struct Params {
    std::vector<NodeReference> servers;
    Balance balance = Balance::roundRobin;
    DurationDistribution work;
    bool check = true;
    Duration inter = Duration::seconds(2);
    std::int64_t rise = 2, fall = 3;
    std::int64_t retries = 3;
    std::int64_t maxconn = scenario::unlimited;
    Duration timeoutServer = Duration::seconds(60);
    Duration slowStart;
};

ProxyRules rulesOf(const Params& params)
{
    ProxyRules rules;
    rules.nodes = params.servers;
    rules.work = params.work;
    rules.backends.picking = params.balance == Balance::roundRobin ? Picking::roundRobin : params.balance == Balance::leastConn ? Picking::leastBusy : Picking::leastOfTwo;
    rules.backends.passes = params.rise;
    rules.backends.fails = params.fall;
    rules.backends.failsOpen = false;
    rules.backends.slowStart = params.slowStart;
    rules.checkEvery = params.check ? params.inter : Duration();
    rules.checkTimeout = params.inter;
    rules.tries = params.retries + 1;
    rules.timeout = params.timeoutServer;
    rules.atOnceEach = params.maxconn;
    return rules;
}

class HaProxy final : public Proxy {
public:
    HaProxy(const Params& params, Building& building) : Proxy(rulesOf(params), building) {}
    void change(const ParameterSet& parameters, std::string_view, Building&) override { changeRules(rulesOf(parameters.as<Params>())); }
};

}  // namespace

TANTRUM_MODEL(edge, haproxy)
{
    auto describing = describe<Params>(Kind::component, "haproxy");
    proxyMetrics(describing);
    static const Descriptor built =
        describing.title("HAProxy").group("Edge").icon("proxy").accepts("calls")
            .summary("A proxy with quick health checks and a bound on what each server has at once.")
            .details("A dead server is out after `fall` checks, six seconds with the defaults; meanwhile a refused connection is tried on "
                     "another server up to `retries` times. With `maxconn` a server has at most so many requests at once and the rest "
                     "wait here, where `timeout_server` bounds their wait. With all servers down the answer is 503 (`rejected`).\n\n"
                     "Simplified: a check's timeout is `inter`; retries go to another server at once (option redispatch, without the "
                     "second's pause); the wait in the queue counts towards `timeout_server` instead of timeout queue.")
            .required("servers", &Params::servers, {.doc = "the nodes whose replicas are its servers", .accepts = "calls"})
            .parameter("balance", &Params::balance, {.doc = "which server is next", .source = "HAProxy configuration manual: roundrobin", .live = true})
            .parameter("work", &Params::work, {.doc = "its own time for each request", .live = true})
            .parameter("check", &Params::check, {.doc = "check the servers' health", .live = true})
            .parameter("inter", &Params::inter, {.doc = "time between checks", .least = Duration::milliseconds(1), .source = "HAProxy configuration manual: 2 s", .live = true})
            .parameter("rise", &Params::rise, {.doc = "checks in a row that bring a server up", .least = 1, .most = 1000, .unit = "checks", .source = "HAProxy configuration manual: 2", .live = true})
            .parameter("fall", &Params::fall, {.doc = "failed checks in a row that take it down", .least = 1, .most = 1000, .unit = "checks", .source = "HAProxy configuration manual: 3", .live = true})
            .parameter("retries", &Params::retries, {.doc = "further servers tried when one refuses", .least = 0, .most = 100, .unit = "retries", .source = "HAProxy: 3, unconfirmed", .live = true})
            .parameter("maxconn", &Params::maxconn, {.doc = "requests at once on each server; more wait here", .least = 1, .most = 1'000'000, .unit = "requests", .source = "HAProxy configuration manual: none", .live = true, .mayBeUnlimited = true})
            .parameter("timeout_server", &Params::timeoutServer, {.doc = "how long it waits for a server's answer", .least = Duration::milliseconds(1), .source = "HAProxy has no default; nginx's value", .live = true})
            .parameter("slowstart", &Params::slowStart, {.doc = "time over which a server that is back gets its share; 0: off", .least = Duration(), .source = "HAProxy configuration manual: off", .live = true})
            .understands({"crash", "slow", "pause", "errors"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: proxy}\n"
                     "  proxy: {type: haproxy, servers: [web], balance: leastconn, maxconn: 4}\n"
                     "  web: {type: service, replicas: 4, workers: 4, work: exponential(20ms)}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<HaProxy>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::edge
