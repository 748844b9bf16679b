// A database: a limited number of connections, reads and writes, cores they share, and rows that are locked while they
// are written.
#include "models/component.h"
#include "models/row_locks.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"
#include "engine/slots.h"

#include <memory>
#include <optional>

namespace tantrum::models::databases {
namespace {

using namespace scenario;

struct Params {
    std::int64_t connections = 100;
    std::int64_t queue = scenario::unlimited;
    DurationDistribution read = DurationDistribution::of("exponential(1ms)");
    DurationDistribution write = DurationDistribution::of("exponential(3ms)");
    std::optional<double> cores;
    bool rowLocks = false;
};

constexpr std::uint16_t writeOperation = 1;  // reading is 0

class Database final : public Component, public Service {
public:
    Database(const Params& params, Building& building)
        : Component(building), params_(params), host_(simulation()), luck_(building.stream("work")),
          connections_(simulation(), params.connections, params.queue), locks_(simulation())
    {
        if (params.cores) {
            cores_.emplace(simulation(), *params.cores);
            host_.drive(*cores_);
        }
    }

    Service* service() override { return this; }
    std::vector<std::string> operations() const override { return {"read", "write"}; }
    std::vector<Host*> hosts() override { return {&host_}; }
    void change(const ParameterSet& parameters, std::string_view, Building&) override
    {
        params_ = parameters.as<Params>();
        connections_.setQueueLimit(params_.queue);
        connections_.setPlaces(params_.connections);
        if (cores_ && params_.cores) cores_->setCores(*params_.cores);
    }

    bool workersAlsoWait() const override { return params_.rowLocks; }
    std::string_view busyIsNotWork() const override { return params_.cores ? sharedCores : std::string_view(); }
    Levels look() override
    {
        const Instant now = simulation().now();
        Levels levels;
        levels.takeBusy(connections_.busy(), now);
        levels.takeQueue(connections_.queue(), now);
        levels.capacity = static_cast<double>(params_.connections);
        if (params_.queue != scenario::unlimited) levels.queueLimit = static_cast<double>(params_.queue);
        levels.up = host_.up();
        levels.paused = host_.paused();
        return levels;
    }
    std::vector<NamedMetric> metrics() const override
    {
        return {metric("reads", static_cast<double>(reads_)), metric("writes", static_cast<double>(writes_)),
                metric("lock_waits", static_cast<double>(lockWaits_))};
    }
    std::string_view reason(Outcome outcome) const override
    {
        return outcome == Outcome::rejected ? "no free connection" : Component::reason(outcome);
    }

    Task<Reply> call(Request request) override
    {
        Visit visit(station(), simulation(), request);
        if (!host_.up()) co_return visit.fail(Outcome::crashed);
        visit.at(host_);
        engine::Resident<Reply> here;
        co_await here.enter(host_.scope());
        engine::Permit connection = connections_.tryAcquire();
        if (!connection) {
            visit.waits();
            connection = co_await connections_.acquire();
            visit.goesOn();
        }
        if (!connection) co_return visit.fail(Outcome::rejected);
        if (host_.drawsError(luck_)) co_return visit.fail(Outcome::error);
        const bool writes = request.operation == writeOperation;
        if (writes && host_.diskFull()) co_return visit.fail(Outcome::error);
        ++(writes ? writes_ : reads_);
        RowLocks::Lock lock;
        if (writes && params_.rowLocks) {
            lockWaits_ += locks_.held(request.key);
            visit.waits();
            lock = co_await locks_.acquire(request.key);
            visit.goesOn();
        }
        const Duration demand = (writes ? params_.write : params_.read).distribution.sample(luck_);
        if (cores_)
            co_await cores_->work(demand);
        else
            co_await host_.processor().work(demand);
        Reply done;
        done.bytes = request.replyBytes;
        co_return visit.end(done, simulation());
    }

private:
    Params params_;
    Host host_;
    engine::RandomStream luck_;
    engine::Slots connections_;
    std::optional<engine::SharedProcessor> cores_;
    RowLocks locks_;
    std::uint64_t reads_ = 0, writes_ = 0, lockWaits_ = 0;
};

}  // namespace

TANTRUM_MODEL(databases, database)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "database")
            .title("Database").group("Databases").icon("database").accepts("calls").operations({"read", "write"})
            .summary("Answers reads and writes over a limited number of connections.")
            .details("Every call holds a connection from its first moment to its last. With `cores`, running statements "
                     "share that many cores equally: more connections than cores make each statement slower. With "
                     "`row_locks`, writes to the same key wait for each other, connection in hand.")
            .parameter("connections", &Params::connections, {.doc = "calls handled at once", .least = 1, .most = 1'000'000, .unit = "connections", .source = "PostgreSQL 15 max_connections: 100", .live = true})
            .parameter("queue", &Params::queue, {.doc = "calls that may wait for a connection; more are rejected", .least = 0, .most = 100'000'000, .unit = "calls", .live = true, .mayBeUnlimited = true})
            .parameter("read", &Params::read, {.doc = "time of a read", .live = true})
            .parameter("write", &Params::write, {.doc = "time of a write, commit included", .live = true})
            .parameter("cores", &Params::cores, {.doc = "cores shared by running statements; absent: one each", .least = 0.001, .most = 100'000, .live = true})
            .parameter("row_locks", &Params::rowLocks, {.doc = "writes to one key exclude each other"})
            .metric("reads", "calls", "reads begun")
            .metric("writes", "calls", "writes begun")
            .metric("lock_waits", "calls", "writes that found their row locked")
            .understands({"crash", "slow", "pause", "errors", "disk_full"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: db.read}\n"
                     "  db: {type: database, connections: 20, read: exponential(5ms)}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<Database>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::databases
