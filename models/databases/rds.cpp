// Amazon RDS: an instance class with its processors and its max_connections, storage with or without burst credits, a
// standby to fail over to, and read replicas that lag behind.
#include "models/component.h"
#include "models/databases/burst_storage.h"
#include "models/databases/instance_classes.h"
#include "models/databases/replication_log.h"
#include "models/pooled_connections.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>

namespace tantrum::models::databases {
namespace {

using namespace scenario;

enum class Storage : std::uint8_t { gp2, gp3 };
constexpr auto choices(Storage)
{
    return std::array{Choice<Storage>{Storage::gp2, "gp2", "3 IOPS for each GiB, at least 100; below 1 TiB bursts to 3,000 while credits last"},
                      Choice<Storage>{Storage::gp3, "gp3", "3,000 IOPS; 12,000 from 400 GiB on, where volumes are striped"}};
}
enum class MultiAz : std::uint8_t { none, instance, cluster };
constexpr auto choices(MultiAz)
{
    return std::array{Choice<MultiAz>{MultiAz::none, "none", "one instance: down until its host is back"},
                      Choice<MultiAz>{MultiAz::instance, "instance", "one synchronous standby that serves nobody; fails over in 60 to 120 s"},
                      Choice<MultiAz>{MultiAz::cluster, "cluster", "two readable standbys, of which one confirms each commit; fails over in up to 35 s"}};
}

struct Params {
    DatabaseEngine engine = DatabaseEngine::postgres;
    InstanceClass instanceClass = InstanceClass::m5Large;
    double cores = 0;
    std::optional<std::int64_t> maxConnections;
    DurationDistribution read = DurationDistribution::of("exponential(0.5ms)");
    DurationDistribution write = DurationDistribution::of("exponential(0.5ms)");
    Probability cacheHit = Probability::ofShare(0.99);
    Storage storage = Storage::gp2;
    std::int64_t allocatedStorage = 100;
    Probability burstBalance = Probability::ofShare(1);
    DurationDistribution ioLatency = DurationDistribution::of("exponential(1ms)");
    std::int64_t writeIos = 2;
    MultiAz multiAz = MultiAz::none;
    DurationDistribution standbyCommit = DurationDistribution::of("uniform(1ms 3ms)");
    std::optional<DurationDistribution> failoverTime;
    Duration dnsTtl = Duration::seconds(5);
    Duration restart = Duration::seconds(10);
    std::int64_t readReplicas = 0;
    Duration replicationDelay = Duration::milliseconds(10);
    DurationDistribution apply = DurationDistribution::of("exponential(0.3ms)");
};

enum Operation : std::uint16_t { readOperation, writeOperation, replicaReadOperation, operationCount };

class Rds final : public Component, public Service, public PooledConnections {
    class Idle;
    struct Instance {
        Instance(Simulation& simulation, double cpus) : host(simulation), cores(simulation, cpus) { host.drive(cores); }
        Host host;
        engine::SharedProcessor cores;
        BurstStorage volume{};
        std::int64_t connections = 0;
        std::uint64_t applied = 0;  ///< of the log, on a replica
        Idle* idle = nullptr;
        bool broken = false;
    };

public:
    Rds(const Params& params, Building& building)
        : Component(building), params_(params), luck_(building.stream("work")), failureLuck_(building.stream("failover")), control_(simulation())
    {
        const std::int64_t pair = params.multiAz == MultiAz::none ? 1 : 2;
        const std::int64_t readers = params.readReplicas + (params.multiAz == MultiAz::cluster ? 2 : 0);
        for (std::int64_t index = 0; index < pair + readers; ++index) {
            Instance& made = instances_.emplace_back(simulation(), params.cores > 0 ? params.cores : static_cast<double>(sizeOf(params.instanceClass).cpus));
            if (index >= pair) replicas_.push_back(&made);
        }
        writer_ = &instances_[0];
        if (pair > 1) standby_ = &instances_[1];
        setStorage();
        for (Instance& each : instances_) each.volume.setBalance(params.burstBalance.share());
    }

    Service* service() override { return this; }
    // Each a second time, for calls over connections held by pools.
    std::vector<std::string> operations() const override { return {"read", "write", "replica_read", "read", "write", "replica_read"}; }
    /// The writer as it is now, then the replicas; the standby in the other zone is not struck.
    std::vector<Host*> hosts() override
    {
        std::vector<Host*> all{&writer_->host};
        for (Instance* replica : replicas_) all.push_back(&replica->host);
        return all;
    }
    void start() override
    {
        for (Instance* replica : replicas_) replica->host.scope().spawn(applyWrites(*replica));
    }
    void hostChanged(Host& host) override
    {
        for (Instance* replica : replicas_)
            if (&replica->host == &host && host.up() && !replica->idle && host.scope().empty()) host.scope().spawn(applyWrites(*replica));
        if (&host != &writer_->host) return;
        if (!host.up() && available_) {
            available_ = false;
            held_ = 0;
            ++generation_;
            writer_->volume.forget(simulation().now());
            downSince_ = simulation().now();
            if (standby_) control_.spawn(failOver());
        } else if (host.up() && !standby_) {
            host.scope().spawn(restartWriter());
        }
    }
    void change(const ParameterSet& parameters, std::string_view, Building&) override
    {
        params_ = parameters.as<Params>();
        setStorage();
    }

    bool takeConnection() override
    {
        if (!available_) return false;
        if (held_ + writer_->connections >= limit()) {
            ++tooMany_;
            return false;
        }
        ++held_;
        return true;
    }
    void giveConnectionBack() override { --held_; }
    std::uint64_t generation() const override { return generation_; }
    std::uint16_t overHeldConnection(std::uint16_t operation) const override { return static_cast<std::uint16_t>(operation % operationCount + operationCount); }

    std::string_view busyIsNotWork() const override { return sharedCores; }
    Levels look() override
    {
        Levels levels;
        levels.takeBusy(active_, simulation().now());
        levels.replicas = 1 + static_cast<int>(replicas_.size());
        levels.capacity = static_cast<double>(limit()) * levels.replicas;
        levels.up = available_;
        for (const Instance* replica : replicas_) levels.up += replica->host.up() && !replica->broken;
        levels.starting = !available_;
        levels.paused = writer_->host.paused();
        if (!replicas_.empty()) levels.oldestSeconds = lag().inSeconds();
        return levels;
    }
    std::vector<NamedMetric> metrics() const override
    {
        const auto count = [](std::string_view key, std::uint64_t value) { return metric(key, static_cast<double>(value)); };
        std::uint64_t operations = 0, broken = 0;
        for (const Instance& each : instances_) operations += each.volume.operations(), broken += each.broken;
        return {count("reads", begun_[readOperation]), count("writes", begun_[writeOperation]), count("replica_reads", begun_[replicaReadOperation]),
                count("stale_reads", staleReads_), metric("replica_lag_s", lag().inSeconds()), metric("replica_lag_max_s", std::max(mostLag_, lag()).inSeconds()),
                count("broken_replicas", broken), metric("database_connections", static_cast<double>(held_ + writer_->connections)),
                metric("max_connections", static_cast<double>(limit())), count("too_many_connections", tooMany_),
                count("io_operations", operations), metric("burst_balance", writer_->volume.balance(simulation().now())),
                count("failovers", failovers_), metric("outage_s", outage_.inSeconds()), count("stale_dns", staleDns_)};
    }
    std::string_view reason(Outcome outcome) const override
    {
        if (outcome == Outcome::rejected) return "too many connections";
        return outcome == Outcome::crashed && !available_ && standby_ ? "failing over" : Component::reason(outcome);
    }

    Task<Reply> call(Request request) override
    {
        const bool overHeld = request.operation >= operationCount;
        request.operation %= operationCount;
        const bool fromReplica = request.operation == replicaReadOperation && !replicas_.empty();
        Visit visit(station(), simulation(), request);
        Instance* instance = fromReplica ? replica() : available_ ? writer_ : nullptr;
        if (!instance) co_return visit.fail(Outcome::crashed);
        if (!fromReplica && asksTheOldAddress()) {
            ++staleDns_;
            co_return visit.fail(Outcome::crashed);
        }
        visit.at(instance->host);
        const bool own = fromReplica || !overHeld;
        if (own && instance->connections + (fromReplica ? 0 : held_) >= limit()) {
            ++tooMany_;
            co_return visit.fail(Outcome::rejected);
        }
        engine::Resident<Reply> here;
        co_await here.enter(instance->host.scope());
        const Backend backend(*this, *instance, own);
        if (instance->host.drawsError(luck_)) co_return visit.fail(Outcome::error);
        const bool writes = request.operation == writeOperation;
        if (writes && instance->host.diskFull()) co_return visit.fail(Outcome::error);
        ++begun_[request.operation];
        const Duration demand = (writes ? params_.write : params_.read).distribution.sample(luck_);
        co_await instance->cores.work(demand);
        if (writes) {
            for (std::int64_t beside = 1; beside < params_.writeIos; ++beside) instance->volume.submit(simulation().now());
            if (params_.writeIos > 0) co_await transfer(*instance);
            if (standby_ && standby_->host.up()) co_await simulation().delay(confirmation());
            if (!replicas_.empty()) replicate(request.key);
        } else {
            if (fromReplica) staleReads_ += log_.pending(request.key, instance->applied);
            if (params_.cacheHit.share() < 1 && !luck_.chance(params_.cacheHit.share())) co_await transfer(*instance);
        }
        Reply done;
        done.bytes = request.replyBytes;
        co_return visit.end(done, simulation());
    }

private:
    struct Backend {
        Backend(Rds& of, Instance& at, bool ownConnection) : rds(of), instance(at), own(ownConnection)
        {
            rds.active_.add(rds.simulation().now(), 1);
            instance.connections += own;
        }
        ~Backend()
        {
            rds.active_.add(rds.simulation().now(), -1);
            instance.connections -= own;
        }
        Rds& rds;
        Instance& instance;
        bool own;
    };
    // A replica that has applied everything waits for the next write.
    class Idle : private engine::Wakeup {
    public:
        Idle(Rds& rds, Instance& replica) : rds_(rds), replica_(replica) {}
        ~Idle()
        {
            if (replica_.idle == this) replica_.idle = nullptr;
        }
        bool await_ready() const { return replica_.applied < rds_.log_.end(); }
        void await_suspend(std::coroutine_handle<> awaiting)
        {
            aim(awaiting);
            replica_.idle = this;
        }
        void await_resume() const {}
        void wake()
        {
            replica_.idle = nullptr;
            rds_.simulation().armNow(*this);
        }

    private:
        Rds& rds_;
        Instance& replica_;
    };

    std::int64_t limit() const { return params_.maxConnections.value_or(maxConnectionsOf(params_.engine, params_.instanceClass)); }
    void setStorage()
    {
        BurstStorage::Limits limits;
        const auto size = static_cast<double>(params_.allocatedStorage);
        if (params_.storage == Storage::gp3) {
            limits.baseline = limits.burst = size >= 400 ? 12'000 : 3000;
        } else {
            limits.baseline = std::clamp(3 * size, 100.0, 16'000.0);
            limits.burst = std::max(3000.0, limits.baseline);
            if (limits.burst > limits.baseline) limits.credits = 5.4e6;
        }
        for (Instance& each : instances_) each.volume.set(limits);
    }
    Task<void> transfer(Instance& instance)
    {
        const Duration turn = instance.volume.submit(simulation().now());
        co_await simulation().delay(turn, engine::Spans::varying);
        const Duration latency = params_.ioLatency.distribution.sample(luck_);
        co_await instance.host.processor().work(latency, params_.ioLatency.distribution.spans());
    }
    // The standby's; of a cluster's two, the sooner.
    Duration confirmation()
    {
        const Duration first = params_.standbyCommit.distribution.sample(luck_);
        if (params_.multiAz != MultiAz::cluster) return first;
        return std::min(first, params_.standbyCommit.distribution.sample(luck_));
    }

    // In turn, among those that are up. Null: none is.
    Instance* replica()
    {
        for (std::size_t step = 0; step < replicas_.size(); ++step) {
            Instance* candidate = replicas_[next_];
            next_ = (next_ + 1) % replicas_.size();
            if (candidate->host.up() && !candidate->broken) return candidate;
        }
        return nullptr;
    }
    void replicate(std::uint64_t key)
    {
        log_.append(key, simulation().now());
        for (Instance* replica : replicas_) {
            if (log_.end() - replica->applied > ReplicationLog::capacity) {
                replica->broken = true;  // the primary keeps no more: it would have to be built anew
                replica->applied = log_.end();
            }
            if (replica->idle) replica->idle->wake();
        }
        trim();
    }
    void trim()
    {
        std::uint64_t least = log_.end();
        for (const Instance* replica : replicas_)
            if (!replica->broken) least = std::min(least, replica->applied);
        log_.dropBefore(least);
    }
    Task<void> applyWrites(Instance& replica)
    {
        while (!replica.broken) {
            Idle idle(*this, replica);
            co_await idle;
            while (replica.applied < log_.end() && !replica.broken) {
                const Instant committed = log_.at(replica.applied).committed;
                const Instant here = committed + params_.replicationDelay;
                if (here > simulation().now()) co_await simulation().delay(here - simulation().now());
                const Duration demand = params_.apply.distribution.sample(luck_);
                co_await replica.host.processor().work(demand, params_.apply.distribution.spans());
                if (replica.broken) break;
                mostLag_ = std::max(mostLag_, simulation().now() - committed);
                ++replica.applied;
                trim();
            }
        }
    }
    /// Age of the oldest write that some replica has not applied.
    Duration lag() const
    {
        Duration most;
        for (const Instance* replica : replicas_)
            if (!replica->broken && replica->applied < log_.end()) most = std::max(most, simulation().now() - log_.at(replica->applied).committed);
        return most;
    }

    Task<void> failOver()
    {
        const char* usual = params_.multiAz == MultiAz::cluster ? "uniform(15s 35s)" : "uniform(60s 120s)";
        const DurationDistribution law = params_.failoverTime ? *params_.failoverTime : DurationDistribution::of(usual);
        const Duration takes = law.distribution.sample(failureLuck_);
        co_await simulation().delay(takes);
        std::swap(writer_, standby_);
        ++failovers_;
        flipped_ = simulation().now();
        if (writer_->host.up())
            becomeAvailable();
        else
            control_.spawn(waitForHost());  // both are down
    }
    Task<void> waitForHost()
    {
        while (!writer_->host.up()) co_await simulation().delay(Duration::seconds(1));
        becomeAvailable();
    }
    Task<void> restartWriter()
    {
        co_await writer_->host.processor().work(params_.restart);
        becomeAvailable();
    }
    void becomeAvailable()
    {
        available_ = true;
        outage_ = simulation().now() - downSince_;
    }
    // After the flip, clients know the old address until what they have looked up expires, each at its own time.
    bool asksTheOldAddress()
    {
        if (failovers_ == 0) return false;
        const Duration since = simulation().now() - flipped_;
        if (since >= params_.dnsTtl) return false;
        return luck_.chance(1 - static_cast<double>(since.count()) / static_cast<double>(params_.dnsTtl.count()));
    }

    Params params_;
    engine::RandomStream luck_, failureLuck_;
    std::deque<Instance> instances_;
    std::vector<Instance*> replicas_;
    Instance* writer_ = nullptr;
    Instance* standby_ = nullptr;
    ReplicationLog log_;
    engine::Gauge active_;
    std::size_t next_ = 0;
    std::int64_t held_ = 0;
    std::uint64_t generation_ = 0;
    bool available_ = true;
    Instant downSince_, flipped_;
    Duration outage_, mostLag_;
    std::array<std::uint64_t, operationCount> begun_{};
    std::uint64_t staleReads_ = 0, tooMany_ = 0, failovers_ = 0, staleDns_ = 0;
    engine::Scope control_;
};

}  // namespace

TANTRUM_MODEL(databases, rds)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "rds")
            .title("Amazon RDS").group("Databases").icon("database").accepts("calls").operations({"read", "write", "replica_read"})
            .summary("A managed database: instance class, storage with burst credits, failover to a standby, read replicas that lag.")
            .details("**Instance.** The class gives vCPUs, which running statements share, and memory, from which max_connections follows: "
                     "PostgreSQL LEAST(memory / 9531392, 5000), MySQL memory / 12582880, MariaDB LEAST(memory / 25165760, 12000). The memory is the "
                     "class's own; what the system keeps for itself makes the real values lower. One connection more is refused. "
                     "T3 credits are not modelled.\n\n"
                     "**Storage.** One I/O after the other at the volume's IOPS. gp2 below 1 TiB saves up to 5.4 million credits and "
                     "does 3,000 IOPS while they last, then 3 for each GiB. A write does `write_ios` and waits for one of them.\n\n"
                     "**Multi-AZ.** A commit waits for the standby. When the writer's host crashes, calls fail until the standby has taken "
                     "over, `failover_time` later, and then those of clients that still know the old address (`dns_ttl`). A fault with "
                     "`replica: 1` strikes the writer, `replica: 2` and up the read replicas; without a number, all of them; the standby, never.\n\n"
                     "**Read replicas.** Writes are applied by one thread, in order: when they come faster than that, the replica lags, without bound "
                     "until it catches up. `replica_read` goes to the replicas in turn, and is *stale* if the request's key has a "
                     "write that replica has not applied. Without replicas the writer answers. A replica two million writes behind is "
                     "broken for good.\n\n"
                     "Simplified: locks, group commit and checkpoints are left to `postgres`; each instance has the same number of "
                     "connections; the two readable standbys of a cluster count as further replicas.")
            .parameter("engine", &Params::engine, {.doc = "which database"})
            .parameter("instance_class", &Params::instanceClass, {.doc = "vCPUs and memory of each instance"})
            .parameter("cores", &Params::cores, {.doc = "vCPUs of each instance instead of the class's; 0: the class's", .least = 0, .most = 1000})
            .parameter("max_connections", &Params::maxConnections, {.doc = "instead of what follows from the memory", .least = 1, .most = 262'143, .unit = "connections", .live = true})
            .parameter("read", &Params::read, {.doc = "processor time of a read", .source = "unconfirmed", .live = true})
            .parameter("write", &Params::write, {.doc = "processor time of a write", .source = "unconfirmed", .live = true})
            .parameter("cache_hit", &Params::cacheHit, {.doc = "share of reads that need no I/O", .source = "unconfirmed", .live = true})
            .parameter("storage", &Params::storage, {.doc = "kind of volume", .source = "RDS user guide, DB instance storage", .live = true})
            .parameter("allocated_storage", &Params::allocatedStorage, {.doc = "size of the volume", .least = 5, .most = 65'536, .unit = "GiB", .live = true})
            .parameter("burst_balance", &Params::burstBalance, {.doc = "share of the 5.4 million gp2 credits there at the beginning", .source = "EBS user guide: a new volume has all"})
            .parameter("io_latency", &Params::ioLatency, {.doc = "time of one I/O once it is its turn", .source = "unconfirmed", .live = true})
            .parameter("write_ios", &Params::writeIos, {.doc = "I/O operations of a write, log and pages", .least = 0, .most = 1000, .unit = "operations", .source = "unconfirmed", .live = true})
            .parameter("multi_az", &Params::multiAz, {.doc = "standbys in other availability zones"})
            .parameter("standby_commit", &Params::standbyCommit, {.doc = "how long a commit waits for the standby", .source = "1 to 3 ms, unconfirmed", .live = true})
            .parameter("failover_time", &Params::failoverTime, {.doc = "from the crash to the DNS flip", .source = "RDS user guide: 60 to 120 s, cluster below 35 s", .live = true})
            .parameter("dns_ttl", &Params::dnsTtl, {.doc = "for how long clients keep an address", .least = Duration(), .source = "AWS SDK for Java guide: 5 s; RDS user guide: at most 60 s", .live = true})
            .parameter("restart", &Params::restart, {.doc = "without a standby: recovery once the host is back", .least = Duration(), .source = "unconfirmed", .live = true})
            .parameter("read_replicas", &Params::readReplicas, {.doc = "asynchronous copies for reading", .least = 0, .most = 15, .unit = "replicas", .source = "RDS user guide: up to 15"})
            .parameter("replication_delay", &Params::replicationDelay, {.doc = "from the commit until the write is at the replica", .least = Duration(), .source = "unconfirmed", .live = true})
            .parameter("apply", &Params::apply, {.doc = "time in which a replica's one thread applies a write", .source = "unconfirmed", .live = true})
            .metric("reads", "calls", "reads at the writer begun").metric("writes", "calls", "writes begun").metric("replica_reads", "calls", "reads at replicas begun")
            .metric("stale_reads", "calls", "reads that did not see a write already confirmed")
            .metric("replica_lag_s", "s", "age of the oldest write not applied everywhere, now").metric("replica_lag_max_s", "s", "the longest it has been")
            .metric("broken_replicas", "replicas", "replicas that fell too far behind")
            .metric("database_connections", "connections", "connections to the writer now").metric("max_connections", "connections", "how many there may be")
            .metric("too_many_connections", "connections", "connections refused")
            .metric("io_operations", "operations", "I/O operations of all volumes").metric("burst_balance", "share", "credits left on the writer's volume")
            .metric("failovers", "times", "failovers completed").metric("outage_s", "s", "the last time without a writer")
            .metric("stale_dns", "calls", "calls that went to the address of the old writer")
            .understands({"crash", "slow", "pause", "errors", "disk_full"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(500/s), sends: db.write, keys: zipf(10000 1.0)}\n"
                     "  readers: {type: client, arrivals: poisson(900/s), sends: db.replica_read, keys: zipf(10000 1.0)}\n"
                     "  db: {type: rds, instance_class: db.m5.xlarge, multi_az: instance, read_replicas: 2}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<Rds>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::databases
