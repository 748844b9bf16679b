// PostgreSQL: a process for each connection and not one more than max_connections, cores that many running statements
// wear down, commits that wait for the log, row locks with a look for deadlocks, checkpoints, and recovery after a crash.
#include "models/component.h"
#include "models/databases/lock_table.h"
#include "models/databases/write_ahead_log.h"
#include "models/pooled_connections.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <algorithm>
#include <memory>

namespace tantrum::models::databases {
namespace {

using namespace scenario;

enum class LockOrder : std::uint8_t { asAsked, sorted };
constexpr auto choices(LockOrder)
{
    return std::array{Choice<LockOrder>{LockOrder::asAsked, "as_asked", "the request's own row first, then the others: transactions can deadlock"},
                      Choice<LockOrder>{LockOrder::sorted, "sorted", "always in order of the rows' keys: they cannot"}};
}

struct Params {
    std::int64_t maxConnections = 100;
    std::int64_t reserved = 3;
    double cores = 4;
    Probability contention = Probability::ofShare(0.005);
    DurationDistribution connect;
    DurationDistribution read = DurationDistribution::of("exponential(0.5ms)");
    DurationDistribution write = DurationDistribution::of("exponential(0.5ms)");
    Probability cacheHit = Probability::ofShare(0.99);
    DurationDistribution diskRead = DurationDistribution::of("exponential(1ms)");
    bool synchronousCommit = true;
    DurationDistribution fsync = DurationDistribution::of("normal(3ms 0.5ms)");
    Duration walWriterDelay = Duration::milliseconds(200);
    Duration deadlockTimeout = Duration::seconds(1);
    std::int64_t rows = 2;
    std::int64_t hotRows = 1000;
    LockOrder lockOrder = LockOrder::asAsked;
    DurationDistribution clientTime;
    Duration checkpointTimeout = Duration::seconds(300);
    Probability checkpointCompletionTarget = Probability::ofShare(0.9);
    double checkpointIo = 1.25;
    Duration startup = Duration::seconds(2);
    Duration replay = Duration::microseconds(50);
};

enum Operation : std::uint16_t { readOperation, writeOperation, updateOperation, transactionOperation, operationCount };

class Postgres final : public Component, public Service, public PooledConnections {
public:
    Postgres(const Params& params, Building& building)
        : Component(building), params_(params), host_(simulation()), luck_(building.stream("work")),
          cores_(simulation(), params.cores), locks_(simulation()), log_(host_, params_.fsync.distribution, luck_)
    {
        host_.drive(cores_);
    }

    Service* service() override { return this; }
    // Each a second time, for calls over connections held by pools.
    std::vector<std::string> operations() const override { return {"read", "write", "update", "transaction", "read", "write", "update", "transaction"}; }
    std::vector<Host*> hosts() override { return {&host_}; }
    void start() override { host_.scope().spawn(checkpoints()); }
    void hostChanged(Host&) override
    {
        if (host_.up() == wasUp_) return;
        wasUp_ = host_.up();
        if (wasUp_) {
            recovering_ = true;
            host_.scope().spawn(recover());
            return;
        }
        lostCommits_ += static_cast<std::uint64_t>(notOnDisk_);
        notOnDisk_ = held_ = 0;
        ++generation_;
        recovering_ = false;
        log_.crashed();
        setCheckpointing(false);
    }
    void change(const ParameterSet& parameters, std::string_view, Building&) override
    {
        params_ = parameters.as<Params>();
        setCheckpointing(checkpointing_);
        wear();
    }

    bool takeConnection() override
    {
        if (!accepts()) return false;
        if (connections() >= limit()) {
            ++tooManyClients_;
            return false;
        }
        ++held_;
        noteConnections();
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
        levels.capacity = static_cast<double>(limit());
        levels.up = accepts();
        levels.starting = recovering_;
        levels.paused = host_.paused();
        return levels;
    }
    std::vector<NamedMetric> metrics() const override
    {
        const auto count = [](std::string_view key, std::uint64_t value) { return metric(key, static_cast<double>(value)); };
        return {count("reads", begun_[readOperation]), count("writes", begun_[writeOperation]), count("updates", begun_[updateOperation]),
                count("transactions", begun_[transactionOperation]), metric("connections", static_cast<double>(connections())),
                metric("connections_max", static_cast<double>(mostConnections_)), count("too_many_clients", tooManyClients_),
                count("commits", commits_), count("wal_flushes", log_.flushes()), count("lost_commits", lostCommits_),
                count("lock_waits", lockWaits_), count("deadlocks", deadlocks_), count("checkpoints", checkpoints_),
                count("disk_reads", diskReads_), metric("recovery_s", recoveryTime_.inSeconds())};
    }
    std::string_view reason(Outcome outcome) const override
    {
        if (outcome == Outcome::rejected) return "too many clients";
        return outcome == Outcome::crashed && recovering_ ? "starting up" : Component::reason(outcome);
    }

    Task<Reply> call(Request request) override
    {
        const bool overHeld = request.operation >= operationCount;
        request.operation %= operationCount;
        Visit visit(station(), simulation(), request);
        if (!accepts()) co_return visit.fail(Outcome::crashed);
        visit.at(host_);
        if (!overHeld && connections() >= limit()) {
            ++tooManyClients_;
            co_return visit.fail(Outcome::rejected);
        }
        engine::Resident<Reply> here;
        co_await here.enter(host_.scope());
        const Backend backend(*this, overHeld);
        if (host_.drawsError(luck_)) co_return visit.fail(Outcome::error);
        if (request.operation != readOperation && host_.diskFull()) co_return visit.fail(Outcome::error);
        ++begun_[request.operation];
        if (!overHeld && params_.connect.distribution.mean() > 0) {
            const Duration forks = params_.connect.distribution.sample(luck_);
            co_await host_.processor().work(forks, params_.connect.distribution.spans());
        }
        LockTable::Transaction transaction(locks_);
        if (request.operation == readOperation) {
            co_await statement(params_.read.distribution);
            Reply found;
            found.bytes = request.replyBytes;
            co_return visit.end(found, simulation());
        }
        const std::size_t rows = rowsOf(request.operation);
        std::array<std::uint64_t, LockTable::mostLocks> keys;
        chooseRows(keys, rows, request.key);
        for (std::size_t row = 0; row < rows; ++row) {
            if (row > 0 && params_.clientTime.distribution.mean() > 0) {
                const Duration idle = params_.clientTime.distribution.sample(luck_);
                co_await simulation().delay(idle, params_.clientTime.distribution.spans());
            }
            lockWaits_ += locks_.held(keys[row]);
            LockTable::Acquire lock(locks_, transaction, keys[row], params_.deadlockTimeout);
            visit.waits();
            if (!co_await lock) {
                if (locks_.deadlocked(transaction)) {
                    ++deadlocks_;
                    co_return visit.fail(Outcome::error);
                }
                co_await lock;
            }
            visit.goesOn();
            co_await statement(params_.write.distribution);
        }
        if (rows == 0) co_await statement(params_.write.distribution);
        visit.waits();
        co_await commit();
        visit.goesOn();
        Reply done;
        done.bytes = request.replyBytes;
        co_return visit.end(done, simulation());
    }

private:
    // A process on the server, at work for one call.
    struct Backend {
        Backend(Postgres& of, bool overHeldConnection) : server(of), own(!overHeldConnection)
        {
            server.active_.add(server.simulation().now(), 1);
            if (own) ++server.own_;
            server.noteConnections();
        }
        ~Backend()
        {
            server.active_.add(server.simulation().now(), -1);
            if (own) --server.own_;
        }
        Postgres& server;
        bool own;
    };
    struct Running {
        explicit Running(Postgres& of) : server(of) { ++server.running_, server.wear(); }
        ~Running() { --server.running_, server.wear(); }
        Postgres& server;
    };

    bool accepts() const { return host_.up() && !recovering_; }
    std::int64_t limit() const { return std::max<std::int64_t>(params_.maxConnections - params_.reserved, 0); }
    std::int64_t connections() const { return held_ + own_; }
    void noteConnections() { mostConnections_ = std::max(mostConnections_, connections()); }

    // Up to two statements for each core are no burden; each one more slows all of them a little.
    void wear()
    {
        const double surplus = static_cast<double>(running_) - 2 * params_.cores;
        const double cores = surplus > 0 ? params_.cores / (1 + params_.contention.share() * surplus) : params_.cores;
        if (cores != cores_.cores()) cores_.setCores(cores);
    }

    Task<void> statement(const engine::Distribution& law)
    {
        const Running running(*this);
        const Duration demand = law.sample(luck_);
        co_await cores_.work(demand);
        if (params_.cacheHit.share() >= 1 || luck_.chance(params_.cacheHit.share())) co_return;
        ++diskReads_;
        const Duration disk = Duration::fromNanoseconds(static_cast<double>(params_.diskRead.distribution.sample(luck_).count()) * ioFactor());
        co_await host_.processor().work(disk);
    }

    static std::size_t rowsFor(std::int64_t rows) { return static_cast<std::size_t>(std::min<std::int64_t>(rows, LockTable::mostLocks)); }
    std::size_t rowsOf(std::uint16_t operation) const
    {
        return operation == transactionOperation ? rowsFor(params_.rows) : operation == updateOperation ? 1 : 0;
    }
    void chooseRows(std::array<std::uint64_t, LockTable::mostLocks>& keys, std::size_t rows, std::uint64_t own)
    {
        if (rows == 0) return;
        keys[0] = own;
        for (std::size_t row = 1; row < rows; ++row) keys[row] = luck_.below(static_cast<std::uint64_t>(params_.hotRows));
        if (params_.lockOrder == LockOrder::sorted) std::sort(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(rows));
    }

    Task<void> commit()
    {
        ++commits_;
        ++sinceRedo_;
        if (params_.synchronousCommit) {
            co_await log_.commit();
            co_return;
        }
        if (notOnDisk_++ == 0) host_.scope().spawn(writeLater());
    }
    Task<void> writeLater()
    {
        co_await simulation().delay(params_.walWriterDelay, engine::Spans::constant);
        notOnDisk_ = 0;
    }

    double ioFactor() const { return checkpointing_ ? params_.checkpointIo : 1; }
    void setCheckpointing(bool now)
    {
        checkpointing_ = now;
        log_.setPressure(ioFactor());
    }
    // What a checkpoint has begun to write need not be replayed once it is complete.
    Task<void> checkpoints()
    {
        co_await simulation().delay(params_.checkpointTimeout);
        for (;;) {
            const Duration all = params_.checkpointTimeout;
            const Duration writing = Duration::fromNanoseconds(static_cast<double>(all.count()) * params_.checkpointCompletionTarget.share());
            const std::uint64_t before = sinceRedo_;
            if (before > 0) {
                ++checkpoints_;
                setCheckpointing(true);
            }
            co_await simulation().delay(writing);
            sinceRedo_ -= before;
            setCheckpointing(false);
            co_await simulation().delay(all - writing);
        }
    }
    Task<void> recover()
    {
        const double replay = static_cast<double>(params_.replay.count()) * static_cast<double>(sinceRedo_);
        recoveryTime_ = Duration::fromNanoseconds(static_cast<double>(params_.startup.count()) + replay);
        co_await host_.processor().work(recoveryTime_);
        recovering_ = false;
        sinceRedo_ = 0;  // recovery ends with a checkpoint
        host_.scope().spawn(checkpoints());
    }

    Params params_;
    Host host_;
    engine::RandomStream luck_;
    engine::SharedProcessor cores_;
    LockTable locks_;
    WriteAheadLog log_;
    engine::Gauge active_;
    std::int64_t own_ = 0, held_ = 0, mostConnections_ = 0, running_ = 0;
    std::uint64_t generation_ = 0;
    std::int64_t notOnDisk_ = 0;
    std::uint64_t sinceRedo_ = 0;
    bool wasUp_ = true, recovering_ = false, checkpointing_ = false;
    Duration recoveryTime_;
    std::array<std::uint64_t, operationCount> begun_{};
    std::uint64_t commits_ = 0, lockWaits_ = 0, deadlocks_ = 0, tooManyClients_ = 0, checkpoints_ = 0, diskReads_ = 0;
    std::uint64_t lostCommits_ = 0;
};

}  // namespace

TANTRUM_MODEL(databases, postgres)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "postgres")
            .title("PostgreSQL").group("Databases").icon("database").accepts("calls").operations({"read", "write", "update", "transaction"})
            .summary("One process for each connection, cores they share, commits that wait for the log, row locks, checkpoints, recovery.")
            .details("**Connections.** A call is one transaction over a connection of its own, open for as long as the call; a call "
                     "that comes when `max_connections` less the reserved ones are open fails at once: *sorry, too many clients "
                     "already*. A pool in front (`pgbouncer`, or the policy `hikaricp`) holds connections open, used or not, and "
                     "its calls come over those.\n\n"
                     "**Operations.** `read`; `write` (an insert: locks nothing others want); `update` locks the row of the request's "
                     "key until its commit; `transaction` locks `rows` rows one after the other, its own key first and the others "
                     "at random among `hot_rows`, with `client_time` between the statements (*idle in transaction*).\n\n"
                     "**Throughput.** Running statements share `cores`. Waiting for disk and log leaves cores to others, so "
                     "throughput peaks with more statements than cores; beyond two for each core every one more slows all by "
                     "`contention`. That shape is folklore (the sizing rule 2 × cores + spindles); the number is unconfirmed.\n\n"
                     "**Commit.** One flush of the log at a time; all who commit during one are carried by the next (group commit). "
                     "Without `synchronous_commit` nobody waits, and a crash loses the commits of the last `wal_writer_delay`.\n\n"
                     "**Locks.** Granted in order of asking. After `deadlock_timeout` in line a transaction looks for a deadlock, "
                     "and if it stands in one, it is the one that fails.\n\n"
                     "**Checkpoints and recovery.** While a checkpoint writes, disk and log take `checkpoint_io` times as long. After a crash "
                     "everything committed since the last complete checkpoint began is replayed; until then connections are "
                     "refused (*the database system is starting up*).\n\n"
                     "Not modelled: planning, indexes, vacuum, `max_wal_size`, several databases, replication (see `rds`).")
            .parameter("max_connections", &Params::maxConnections, {.doc = "connections open at once, the reserved ones included", .least = 1, .most = 262'143, .unit = "connections", .source = "PostgreSQL 15 postgresql.conf.sample: 100", .live = true})
            .parameter("superuser_reserved_connections", &Params::reserved, {.doc = "of those, kept for superusers", .least = 0, .most = 262'143, .unit = "connections", .source = "PostgreSQL 15 postgresql.conf.sample: 3", .live = true})
            .parameter("cores", &Params::cores, {.doc = "cores shared by running statements", .least = 0.001, .most = 100'000, .source = "unconfirmed", .live = true})
            .parameter("contention", &Params::contention, {.doc = "how much each running statement beyond two a core slows all", .source = "unconfirmed", .live = true})
            .parameter("connect", &Params::connect, {.doc = "time to start a process for a call that comes over no pool; 0: callers keep theirs", .live = true})
            .parameter("read", &Params::read, {.doc = "processor time of a read", .source = "indexed point read 0.3 to 2 ms, unconfirmed", .live = true})
            .parameter("write", &Params::write, {.doc = "processor time of a writing statement", .source = "unconfirmed", .live = true})
            .parameter("cache_hit", &Params::cacheHit, {.doc = "share of statements that need no disk", .source = "unconfirmed", .live = true})
            .parameter("disk_read", &Params::diskRead, {.doc = "time on disk of the others", .source = "unconfirmed", .live = true})
            .parameter("synchronous_commit", &Params::synchronousCommit, {.doc = "a commit waits until the log is on disk", .source = "PostgreSQL 15 postgresql.conf.sample: on", .live = true})
            .parameter("fsync", &Params::fsync, {.doc = "time of one flush of the log", .source = "commit on gp3 2 to 6 ms, unconfirmed", .live = true})
            .parameter("wal_writer_delay", &Params::walWriterDelay, {.doc = "how long an asynchronous commit stays in memory", .least = Duration::milliseconds(1), .most = Duration::seconds(10), .source = "PostgreSQL documentation: 200 ms", .live = true})
            .parameter("deadlock_timeout", &Params::deadlockTimeout, {.doc = "wait for a lock before the look for a deadlock", .least = Duration::milliseconds(1), .source = "PostgreSQL 15 postgresql.conf.sample: 1 s", .live = true})
            .parameter("rows", &Params::rows, {.doc = "rows a transaction locks", .least = 1, .most = LockTable::mostLocks, .unit = "rows", .live = true})
            .parameter("hot_rows", &Params::hotRows, {.doc = "rows 0 and up among which a transaction's further rows are", .least = 1, .most = 1'000'000'000, .unit = "rows", .live = true})
            .parameter("lock_order", &Params::lockOrder, {.doc = "in which order a transaction locks its rows", .live = true})
            .parameter("client_time", &Params::clientTime, {.doc = "time the client takes between the statements of a transaction", .live = true})
            .parameter("checkpoint_timeout", &Params::checkpointTimeout, {.doc = "from one checkpoint's beginning to the next", .least = Duration::seconds(30), .most = Duration::seconds(86'400), .source = "PostgreSQL 15 postgresql.conf.sample: 5 min", .live = true})
            .parameter("checkpoint_completion_target", &Params::checkpointCompletionTarget, {.doc = "part of that time over which its writes are spread", .source = "PostgreSQL 14 and later: 0.9", .live = true})
            .parameter("checkpoint_io", &Params::checkpointIo, {.doc = "how many times as long disk and log take during a checkpoint", .least = 1, .most = 1000, .source = "unconfirmed", .live = true})
            .parameter("startup", &Params::startup, {.doc = "time to start after a crash, besides the replay", .least = Duration(), .source = "unconfirmed", .live = true})
            .parameter("replay", &Params::replay, {.doc = "time to replay one commit", .least = Duration(), .source = "unconfirmed", .live = true})
            .metric("reads", "calls", "reads begun").metric("writes", "calls", "writes begun").metric("updates", "calls", "updates begun")
            .metric("transactions", "calls", "transactions begun")
            .metric("connections", "connections", "connections open now, idle ones of pools included")
            .metric("connections_max", "connections", "the most that were open at once")
            .metric("too_many_clients", "connections", "connections refused for want of room")
            .metric("commits", "commits", "transactions that came to their commit")
            .metric("wal_flushes", "flushes", "flushes of the log commits waited for")
            .metric("lost_commits", "commits", "commits confirmed and then lost in a crash")
            .metric("lock_waits", "locks", "locks that somebody else held when they were asked for")
            .metric("deadlocks", "transactions", "transactions aborted to end a deadlock")
            .metric("checkpoints", "checkpoints", "checkpoints begun")
            .metric("disk_reads", "reads", "statements that went to disk")
            .metric("recovery_s", "s", "time the last recovery took")
            .understands({"crash", "slow", "pause", "errors", "disk_full"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(500/s), sends: db.update, keys: zipf(10000 1.0)}\n"
                     "  db: {type: postgres, cores: 8}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<Postgres>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::databases
