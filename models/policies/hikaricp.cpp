// HikariCP: the pool of connections a JVM keeps to its database, as a policy on the link.
#include "models/component.h"
#include "models/connection_pool.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <memory>

namespace tantrum::models::policies {
namespace {

using namespace scenario;

struct Params {
    std::int64_t maximumPoolSize = 10;
    Duration connectionTimeout = Duration::seconds(30);
    Probability leak;
};

class HikariCp final : public Policy {
public:
    HikariCp(const Params& params, Building& building)
        : params_(params), simulation_(building.simulation()), route_(building.route()), luck_(building.stream("leaks")),
          server_(dynamic_cast<PooledConnections*>(&building.node(route_.to()))),
          pool_(simulation_, server_, params.maximumPoolSize, Duration::seconds(1))
    {
        building.keepConnections();
        pool_.fill();
        route_.onFreshPools([this] { pool_.recover(); });
    }

    Task<Reply> call(Request request, Service& next) override
    {
        ConnectionPool::Use connection(pool_);
        connection.patience = params_.connectionTimeout;
        const bool held = co_await connection;
        if (!held) {
            ++timeouts_;
            route_.note(NoteKind::bulkheadFull, request, simulation_.now());
            co_return Reply::failed(Outcome::rejected);
        }
        if (server_) request.operation = server_->overHeldConnection(request.operation);
        const Reply reply = co_await next.call(request);
        const double leaks = 1 - (1 - params_.leak.share()) * (1 - route_.leaks());
        if (leaks > 0 && luck_.chance(leaks)) connection.leak();
        co_return reply;
    }
    void change(const ParameterSet& parameters, std::string_view) override
    {
        params_ = parameters.as<Params>();
        pool_.setSize(params_.maximumPoolSize);
        pool_.fill();
    }
    std::vector<NamedMetric> metrics() const override
    {
        const Instant now = simulation_.now();
        return {metric("timeouts", static_cast<double>(timeouts_)), metric("active_mean", pool_.busy().mean(now)),
                metric("pending_mean", pool_.queue().mean(now)), metric("pending_max", static_cast<double>(pool_.queue().maximum())),
                metric("total", static_cast<double>(pool_.open())), metric("leaked", static_cast<double>(pool_.leaked())),
                metric("refused_by_server", static_cast<double>(pool_.refusedByServer()))};
    }

private:
    Params params_;
    Simulation& simulation_;
    Route& route_;
    engine::RandomStream luck_;
    PooledConnections* server_;
    ConnectionPool pool_;
    std::uint64_t timeouts_ = 0;
};

}  // namespace

TANTRUM_MODEL(policies, hikaricp)
{
    static const Descriptor built =
        describe<Params>(Kind::policy, "hikaricp")
            .title("HikariCP").group("Policies").icon("connection_pool")
            .summary("A pool of connections to the callee: a call waits for one, and fails if it does not get one in time.")
            .details("A call holds one connection from its beginning to its end; one call stands for one transaction. Who finds "
                     "all in use waits in line, and hears *Connection is not available, request timed out* after "
                     "`connection_timeout`. A queue with as many servers as connections and impatient customers (M/G/c+D).\n\n"
                     "`leak` is the share of calls that never give their connection back: the pool shrinks for ever, until nobody "
                     "gets one.\n\n"
                     "If the callee limits its connections (`postgres`, `rds`), the pool takes all of its connections there from the "
                     "start (minimumIdle = maximumPoolSize), used or not, and tries again every second for those it does not get. "
                     "One pool serves the whole link: for three instances of the caller with ten connections each write 30. "
                     "idleTimeout and maxLifetime change nothing here and are left out.")
            .parameter("maximum_pool_size", &Params::maximumPoolSize, {.doc = "connections in the pool", .least = 1, .most = 1'000'000, .unit = "connections", .source = "HikariCP README, maximumPoolSize: 10", .live = true})
            .parameter("connection_timeout", &Params::connectionTimeout, {.doc = "how long a call waits for a connection", .least = Duration::milliseconds(250), .source = "HikariCP README, connectionTimeout: 30 s, at least 250 ms", .live = true})
            .parameter("leak", &Params::leak, {.doc = "share of calls that never give their connection back", .live = true})
            .shorthand("maximum_pool_size")
            .metric("timeouts", "calls", "calls that got no connection in time")
            .metric("active_mean", "connections", "connections in use, on average")
            .metric("pending_mean", "calls", "calls waiting for a connection, on average")
            .metric("pending_max", "calls", "the most that waited at once")
            .metric("total", "connections", "connections open now and not leaked")
            .metric("leaked", "connections", "connections lost")
            .metric("refused_by_server", "connections", "connections the server had no room for")
            .example("nodes:\n  users: {type: client, arrivals: poisson(500/s), sends: db.read}\n  db: {type: postgres}\n"
                     "links:\n  users -> db: {latency: 0.5ms, policies: [hikaricp: 10]}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Policy> {
                return std::make_unique<HikariCp>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::policies
