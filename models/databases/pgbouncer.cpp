// PgBouncer: a pool of server connections that many clients share, by session, by transaction or by statement.
#include "models/component.h"
#include "models/connection_pool.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

namespace tantrum::models::databases {
namespace {

using namespace scenario;

enum class PoolMode : std::uint8_t { session, transaction, statement };
constexpr auto choices(PoolMode)
{
    return std::array{Choice<PoolMode>{PoolMode::session, "session", "a client keeps its server connection until it disconnects"},
                      Choice<PoolMode>{PoolMode::transaction, "transaction", "only from BEGIN to COMMIT"},
                      Choice<PoolMode>{PoolMode::statement, "statement", "only for a statement; transactions of several are refused"}};
}

struct Params {
    NodeReference server;
    PoolMode poolMode = PoolMode::session;
    std::int64_t defaultPoolSize = 20;
    std::int64_t maxClientConnections = 100;
    std::int64_t reservePoolSize = 0;
    Duration reservePoolTimeout = Duration::seconds(5);
    Duration queryWaitTimeout = Duration::seconds(120);
    Duration serverLoginRetry = Duration::seconds(15);
    CountDistribution transactions = CountDistribution::constant(1);
    DurationDistribution clientTime;
};

class PgBouncer final : public Component, public Service {
public:
    PgBouncer(const Params& params, Building& building)
        : Component(building), params_(params), host_(simulation()), luck_(building.stream("clients"))
    {
    }

    Service* service() override { return this; }
    // Callers name operations of the server; each gets an index here.
    std::uint16_t operation(const std::string& name) const override
    {
        const auto known = std::find(operations_.begin(), operations_.end(), name);
        if (known != operations_.end()) return static_cast<std::uint16_t>(known - operations_.begin());
        operations_.push_back(name);
        return static_cast<std::uint16_t>(operations_.size() - 1);
    }
    std::vector<std::string> operations() const override { return operations_; }
    std::vector<Host*> hosts() override { return {&host_}; }
    void connect(Building& building) override
    {
        building_ = &building;
        node_ = &building.node(params_.server.node);
        server_ = dynamic_cast<PooledConnections*>(node_);
        target_ = building.target(OperationReference{params_.server.node, {}});
        pool_.emplace(simulation(), server_, params_.defaultPoolSize, params_.serverLoginRetry);
        pool_->setExtra(params_.reservePoolSize);
    }
    void change(const ParameterSet& parameters, std::string_view, Building&) override
    {
        const NodeReference server = params_.server;
        params_ = parameters.as<Params>();
        params_.server = server;
        pool_->setExtra(params_.reservePoolSize);
        pool_->setSize(params_.defaultPoolSize);
    }

    Levels look() override
    {
        const Instant now = simulation().now();
        Levels levels;
        levels.takeBusy(pool_->busy(), now);
        levels.takeQueue(pool_->queue(), now);
        levels.takeInside(clients_, now);
        levels.capacity = static_cast<double>(params_.defaultPoolSize);
        levels.up = host_.up();
        levels.paused = host_.paused();
        return levels;
    }
    std::vector<NamedMetric> metrics() const override
    {
        return {metric("cl_active", static_cast<double>(pool_->busy().level())), metric("cl_waiting", static_cast<double>(pool_->queue().level())),
                metric("cl_max", static_cast<double>(mostClients_)), metric("sv_open", static_cast<double>(pool_->open())),
                metric("sv_max", static_cast<double>(mostServers_)), metric("maxwait_s", longestWait_.inSeconds()),
                metric("transactions", static_cast<double>(transactions_)),
                metric("reserve_used", static_cast<double>(reserveUsed_)), metric("query_wait_timeouts", static_cast<double>(waitTimeouts_)),
                metric("refused_clients", static_cast<double>(refusedClients_)), metric("refused_statements", static_cast<double>(refusedStatements_)),
                metric("server_refused", static_cast<double>(pool_->refusedByServer()))};
    }
    std::string_view reason(Outcome outcome) const override
    {
        if (outcome == Outcome::rejected) return lastRefusal_;
        if (outcome == Outcome::error && refusedStatements_ > 0) return "transaction refused";
        return Component::reason(outcome);
    }

    Task<Reply> call(Request request) override
    {
        Visit visit(station(), simulation(), request);
        if (!host_.up()) co_return visit.fail(Outcome::crashed);
        visit.at(host_);
        if (clients_.level() >= params_.maxClientConnections) {
            ++refusedClients_;
            lastRefusal_ = "no more connections allowed";
            co_return visit.fail(Outcome::rejected);
        }
        engine::Resident<Reply> here;
        co_await here.enter(host_.scope());
        const Client client(*this);
        if (host_.drawsError(luck_)) co_return visit.fail(Outcome::error);
        if (nestsTooDeep(request, *target_.route, *building_)) co_return visit.fail(Outcome::error);
        const bool several = request.operation < operations_.size() && operations_[request.operation] == "transaction";
        if (several && params_.poolMode == PoolMode::statement) {
            ++refusedStatements_;
            co_return visit.fail(Outcome::error);
        }
        request.operation = resolve(request.operation);
        request.attempt = 0;
        ++request.depth;
        const double asked = std::min(std::floor(params_.transactions.distribution.draw(luck_) + 0.5), 1e6);
        const bool perSession = params_.poolMode == PoolMode::session;
        ConnectionPool::Use session(*pool_);
        Reply reply;
        for (double done = 0; done < std::max(asked, 1.0); ++done) {
            if (done > 0 && params_.clientTime.distribution.mean() > 0) {
                const Duration thinks = params_.clientTime.distribution.sample(luck_);
                co_await simulation().delay(thinks, params_.clientTime.distribution.spans());
            }
            if (done == 0 || !perSession) {
                visit.waits();
                const bool granted = co_await obtain(session);
                visit.goesOn();
                if (!granted) co_return visit.fail(Outcome::rejected);
            }
            ++transactions_;
            {
                Calling calling(target_);
                reply = co_await target_.service->call(request);
                calling.end(reply);
            }
            if (!perSession) session.giveUp();
            if (!reply.ok()) break;
        }
        co_return visit.end(reply, simulation());
    }

private:
    struct Client {
        explicit Client(PgBouncer& of) : bouncer(of)
        {
            bouncer.clients_.add(bouncer.simulation().now(), 1);
            bouncer.mostClients_ = std::max(bouncer.mostClients_, bouncer.clients_.level());
        }
        ~Client() { bouncer.clients_.add(bouncer.simulation().now(), -1); }
        PgBouncer& bouncer;
    };

    // A connection in hand; false after query_wait_timeout. Who has waited for reserve_pool_timeout may take one of the reserve.
    Task<bool> obtain(ConnectionPool::Use& use)
    {
        const Instant since = simulation().now();
        const bool reserve = params_.reservePoolSize > 0 && params_.reservePoolTimeout < params_.queryWaitTimeout;
        use.patience = reserve ? params_.reservePoolTimeout : params_.queryWaitTimeout;
        bool granted = co_await use;
        if (!granted && reserve) {
            granted = use.takeExtra();
            reserveUsed_ += granted;
            if (!granted) {
                use.patience = params_.queryWaitTimeout - params_.reservePoolTimeout;
                granted = co_await use;
            }
        }
        longestWait_ = std::max(longestWait_, simulation().now() - since);
        mostServers_ = std::max(mostServers_, pool_->open());
        if (!granted) {
            use.giveUp();
            ++waitTimeouts_;
            lastRefusal_ = "query_wait_timeout";
        }
        co_return granted;
    }
    // At the first call: others may learn names until all nodes are connected.
    std::uint16_t resolve(std::uint16_t operation)
    {
        while (resolved_.size() <= operation)
            resolved_.push_back(operations_.empty() ? std::uint16_t{0} : node_->operation(operations_[resolved_.size()]));
        const std::uint16_t index = resolved_[operation];
        return server_ ? server_->overHeldConnection(index) : index;
    }

    Params params_;
    Building* building_ = nullptr;  ///< to report endless circles
    Host host_;
    engine::RandomStream luck_;
    mutable std::vector<std::string> operations_;
    std::vector<std::uint16_t> resolved_;
    Component* node_ = nullptr;
    PooledConnections* server_ = nullptr;
    Target target_;
    std::optional<ConnectionPool> pool_;
    engine::Gauge clients_;
    std::int64_t mostClients_ = 0, mostServers_ = 0;
    Duration longestWait_;
    std::string_view lastRefusal_ = "no more connections allowed";
    std::uint64_t transactions_ = 0, reserveUsed_ = 0, waitTimeouts_ = 0, refusedClients_ = 0, refusedStatements_ = 0;
};

}  // namespace

TANTRUM_MODEL(databases, pgbouncer)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "pgbouncer")
            .title("PgBouncer").group("Databases").icon("connection_pool").accepts("calls")
            .summary("A pool of server connections that many clients share, by session, by transaction or by statement.")
            .details("A call is one client's connection to PgBouncer: it runs `transactions` transactions at the server, each the operation "
                     "asked for, with `client_time` between them, and disconnects. In session mode it keeps one server connection for all "
                     "of that; in transaction mode it takes one for each transaction and gives it back at the commit; in "
                     "statement mode the same, and the operation `transaction`, of several statements, is an error.\n\n"
                     "Server connections are opened when they are wanted, up to `default_pool_size`, and stay open: a server that "
                     "limits its connections (`postgres`, `rds`) counts them whether they are used or not. If the server refuses "
                     "one, the next try comes after `server_login_retry`. Clients wait in line for at most `query_wait_timeout`; who has "
                     "waited for `reserve_pool_timeout` may take one of `reserve_pool_size` more. One client more than "
                     "`max_client_conn` is refused at once.\n\n"
                     "Simplified: one database and one user; the loss of server connections is noticed at once; PgBouncer's own "
                     "single thread takes no time; `server_idle_timeout`, `server_lifetime` and `min_pool_size` are left out.")
            .required("server", &Params::server, {.doc = "the database behind it", .accepts = "calls"})
            .parameter("pool_mode", &Params::poolMode, {.doc = "for how long a client keeps a server connection", .source = "PgBouncer config.md: session", .live = true})
            .parameter("default_pool_size", &Params::defaultPoolSize, {.doc = "server connections", .least = 1, .most = 1'000'000, .unit = "connections", .source = "PgBouncer config.md: 20", .live = true})
            .parameter("max_client_conn", &Params::maxClientConnections, {.doc = "clients connected at once", .least = 1, .most = 1'000'000, .unit = "connections", .source = "PgBouncer config.md: 100", .live = true})
            .parameter("reserve_pool_size", &Params::reservePoolSize, {.doc = "more server connections for those who have waited long", .least = 0, .most = 1'000'000, .unit = "connections", .source = "PgBouncer config.md: 0, off", .live = true})
            .parameter("reserve_pool_timeout", &Params::reservePoolTimeout, {.doc = "how long that is", .least = Duration(), .source = "PgBouncer config.md: 5 s", .live = true})
            .parameter("query_wait_timeout", &Params::queryWaitTimeout, {.doc = "how long a client waits for a server connection", .least = Duration::milliseconds(1), .source = "PgBouncer config.md: 120 s", .live = true})
            .parameter("server_login_retry", &Params::serverLoginRetry, {.doc = "pause after a server connection that could not be opened", .least = Duration::milliseconds(1), .source = "PgBouncer config.md: 15 s, unconfirmed"})
            .parameter("transactions", &Params::transactions, {.doc = "transactions of one client connection", .least = 0, .most = 1'000'000, .live = true})
            .parameter("client_time", &Params::clientTime, {.doc = "time a client takes between its transactions", .live = true})
            .metric("cl_active", "clients", "clients linked to a server connection now")
            .metric("cl_waiting", "clients", "clients waiting for a server connection now")
            .metric("cl_max", "clients", "the most clients connected at once")
            .metric("sv_open", "connections", "server connections open now")
            .metric("sv_max", "connections", "the most server connections open at once")
            .metric("maxwait_s", "s", "the longest wait for a server connection")
            .metric("transactions", "transactions", "transactions sent to the server")
            .metric("reserve_used", "times", "how often a connection of the reserve was taken")
            .metric("query_wait_timeouts", "clients", "clients sent away after query_wait_timeout")
            .metric("refused_clients", "clients", "clients beyond max_client_conn")
            .metric("refused_statements", "transactions", "transactions refused in statement mode")
            .metric("server_refused", "connections", "connections the server refused")
            .understands({"crash", "errors"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(500/s), sends: pool.update, keys: uniform(10000)}\n"
                     "  pool: {type: pgbouncer, server: db, pool_mode: transaction}\n  db: {type: postgres}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<PgBouncer>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::databases
