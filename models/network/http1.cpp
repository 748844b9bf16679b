// HTTP/1.1: a handful of connections, each with one request at a time.
#include "engine/slots.h"
#include "models/network/protocol.h"
#include "models/scenario/describe.h"

#include <vector>

namespace tantrum::models::network {
namespace {

using namespace scenario;

struct Params {
    std::int64_t connections = 6;
    std::int64_t queue = scenario::unlimited;
    Tls tls = Tls::none;
    bool resumption = true;
    bool keepAlive = true;
    Duration idle = Duration::seconds(75);
};

class Http1 final : public Policy {
public:
    Http1(const Params& params, Building& building)
        : params_(params), simulation_(building.simulation()), link_(building.link()), callee_(building.node(building.route().to())),
          places_(simulation_, params.connections, params.queue)
    {
        idle_.reserve(static_cast<std::size_t>(params.connections));
    }

    Task<Reply> call(Request request, Service& next) override
    {
        engine::Permit place = places_.tryAcquire();
        if (!place) {
            const Instant since = simulation_.now();
            place = co_await places_.acquire();
            if (!place) {
                ++refused_;
                co_return Reply::failed(Outcome::rejected);
            }
            ++waited_;
            waiting_ += (simulation_.now() - since).inSeconds();
        }
        Lease lease(*this);
        if (lease.isOpen()) {
            ++reused_;
        } else {
            const int trips = roundTripsToOpen(params_.tls, params_.resumption && opened_ > 0);
            const bool answered = co_await link_.greet(trips);
            if (!answered || refusesConnections(callee_)) {
                ++unanswered_;
                co_return Reply::failed(answered ? Outcome::crashed : Outcome::unreachable);
            }
            lease.open();
        }
        request.operation = static_cast<std::uint16_t>(request.operation + lease.mark());
        const Reply reply = co_await next.call(request);
        if (!breaksConnection(reply.outcome)) lease.keep();
        co_return reply;
    }
    void change(const ParameterSet& parameters, std::string_view) override
    {
        params_ = parameters.as<Params>();
        places_.setQueueLimit(params_.queue);
        places_.setPlaces(params_.connections);
    }
    std::vector<NamedMetric> metrics() const override
    {
        return {metric("opened", static_cast<double>(opened_)),   metric("reused", static_cast<double>(reused_)),
                metric("waited", static_cast<double>(waited_)),   metric("waiting_mean_s", waited_ > 0 ? waiting_ / static_cast<double>(waited_) : 0),
                metric("refused", static_cast<double>(refused_)), metric("unanswered", static_cast<double>(unanswered_))};
    }

private:
    struct Idle {
        std::uint16_t mark = 0;
        Instant since;
    };

    // A connection in use. Whoever gives up in the middle of an exchange has to close it: what comes back would be taken
    // for the answer to the next request.
    class Lease {
    public:
        explicit Lease(Http1& of) : of_(of)
        {
            if (of.idle_.empty()) return;
            const Idle taken = of.idle_.back();  // the one used last; those below are idle for longer
            if (taken.since + of.params_.idle <= of.simulation_.now()) {
                of.closeIdle();
                return;
            }
            of.idle_.pop_back();
            mark_ = taken.mark;
            open_ = true;
        }
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        ~Lease()
        {
            if (!open_) return;
            const bool room = static_cast<std::int64_t>(of_.idle_.size()) < of_.params_.connections;
            if (kept_ && of_.params_.keepAlive && room) {
                Idle idle;
                idle.mark = mark_;
                idle.since = of_.simulation_.now();
                of_.idle_.push_back(idle);
            } else {
                of_.callee_.closeConnection(mark_);
            }
        }
        bool isOpen() const { return open_; }
        void open()
        {
            ++of_.opened_;
            open_ = true;
            mark_ = of_.callee_.openConnection();
        }
        void keep() { kept_ = true; }
        std::uint16_t mark() const { return mark_; }

    private:
        Http1& of_;
        std::uint16_t mark_ = 0;
        bool open_ = false, kept_ = false;
    };

    void closeIdle()
    {
        for (const Idle& idle : idle_) callee_.closeConnection(idle.mark);
        idle_.clear();
    }

    Params params_;
    Simulation& simulation_;
    Link& link_;
    Component& callee_;
    engine::Slots places_;
    std::vector<Idle> idle_;
    std::uint64_t opened_ = 0, reused_ = 0, waited_ = 0, refused_ = 0, unanswered_ = 0;
    double waiting_ = 0;
};

}  // namespace

TANTRUM_MODEL(network, http1)
{
    static const Descriptor built =
        describe<Params>(Kind::policy, "http1")
            .title("HTTP/1.1").group("Protocols").icon("http1")
            .summary("A few connections, each with one request at a time; the rest wait in line for one.")
            .details("A new connection costs a round trip for TCP and those of TLS; a kept one costs nothing. Lost SYNs are sent "
                     "again after 1 s, 2 s … as Linux does, and after seven nobody is there (`unreachable`). A caller that "
                     "gives up in the middle closes its connection, and so does a callee that crashes; the next request opens "
                     "a new one. Stands innermost on the link: what stands outside sees the waiting.\n\n"
                     "Simplified: no pipelining (browsers have it off), no slow start, and 6 is a browser's limit for one "
                     "origin, here for all callers of one node together: say how many there are.")
            .parameter("connections", &Params::connections, {.doc = "connections at once", .least = 1, .most = 100'000, .unit = "connections", .source = "Chromium's limit for each host: 6 (secondary copies)", .live = true})
            .parameter("queue", &Params::queue, {.doc = "requests that may wait for a connection; more are rejected", .least = 0, .most = 100'000'000, .unit = "requests", .live = true, .mayBeUnlimited = true})
            .parameter("tls", &Params::tls, {.doc = "encryption, and so how many round trips a new connection costs", .live = true})
            .parameter("resumption", &Params::resumption, {.doc = "connections after the first resume its TLS session, a round trip cheaper", .source = "RFC 5246 and 8446; 1.3 sends early data", .live = true})
            .parameter("keep_alive", &Params::keepAlive, {.doc = "keep a connection for the next request", .source = "RFC 9112: connections persist", .live = true})
            .parameter("idle", &Params::idle, {.doc = "how long an unused connection is kept", .least = Duration::milliseconds(1), .source = "nginx keepalive_timeout: 75 s", .live = true})
            .shorthand("connections")
            .metric("opened", "connections", "connections opened")
            .metric("reused", "requests", "requests that found an open connection")
            .metric("waited", "requests", "requests that waited for one in line")
            .metric("waiting_mean_s", "s", "their mean wait")
            .metric("refused", "requests", "requests refused because the line was full")
            .metric("unanswered", "connections", "attempts to connect that nobody answered, or that were refused")
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "links:\n  users -> web: {latency: 20ms, policies: [timeout: 2s, http1: {connections: 6, tls: tls13}]}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Policy> {
                return std::make_unique<Http1>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::network
