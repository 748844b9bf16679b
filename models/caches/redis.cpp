// Redis: one thread, a bounded memory, keys that expire, and asynchronous replicas.
#include "models/caches/redis_shard.h"
#include "models/list_broker.h"
#include "models/scenario/describe.h"

#include <deque>
#include <memory>

namespace tantrum::models::caches {

constexpr auto choices(RedisPolicy)
{
    using scenario::Choice;
    return std::array{Choice<RedisPolicy>{RedisPolicy::noEviction, "noeviction", "nothing goes; writes fail at maxmemory"},
                      Choice<RedisPolicy>{RedisPolicy::allkeysLru, "allkeys-lru", "of some sampled keys the one not used for longest"},
                      Choice<RedisPolicy>{RedisPolicy::volatileLru, "volatile-lru", "the same among keys with a time to live"},
                      Choice<RedisPolicy>{RedisPolicy::allkeysLfu, "allkeys-lfu", "of some sampled keys the one used least often"},
                      Choice<RedisPolicy>{RedisPolicy::volatileLfu, "volatile-lfu", "the same among keys with a time to live"},
                      Choice<RedisPolicy>{RedisPolicy::allkeysRandom, "allkeys-random", "any key"},
                      Choice<RedisPolicy>{RedisPolicy::volatileRandom, "volatile-random", "any key with a time to live"},
                      Choice<RedisPolicy>{RedisPolicy::volatileTtl, "volatile-ttl", "of some sampled keys the one that would expire first"}};
}
constexpr auto choices(RedisPersistence)
{
    using scenario::Choice;
    return std::array{Choice<RedisPersistence>{RedisPersistence::none, "none", "a process comes back empty"},
                      Choice<RedisPersistence>{RedisPersistence::rdb, "rdb", "snapshots by the usual save points: after 1 h with 1 write, 5 min with 100, 1 min with 10,000"},
                      Choice<RedisPersistence>{RedisPersistence::aofEverySecond, "aof_everysec", "a log of writes, on disk once a second"},
                      Choice<RedisPersistence>{RedisPersistence::aofAlways, "aof_always", "a log of writes; each waits until it is on disk"}};
}
constexpr auto choices(RedisReads)
{
    using scenario::Choice;
    return std::array{Choice<RedisReads>{RedisReads::primary, "primary", "only the primary is read"},
                      Choice<RedisReads>{RedisReads::replicas, "replicas", "replicas are read in turn; they are behind"}};
}

namespace {

using namespace scenario;

struct Params : RedisSettings {};

const std::vector<std::string>& commands()
{
    static const std::vector<std::string> known{"get", "set", "delete", "incr", "keys"};
    return known;
}

constexpr std::uint64_t slots = 16'384;

class Redis final : public Component, public Service, public ListBroker {
public:
    Redis(const Params& params, Building& building) : Component(building), node_(params, building, station()), watchers_(simulation())
    {
        for (std::int64_t number = 0; number < params.shards; ++number) shards_.emplace_back(node_, building, static_cast<std::size_t>(number));
        if (params.lists.names.empty()) return;
        lists_.emplace(simulation(), params.lists, commands().size(), params.keyOverhead.count());
        shards_.front().hold(*lists_);
    }

    Service* service() override { return this; }
    std::vector<std::string> operations() const override
    {
        std::vector<std::string> all = commands();
        if (!lists_) return all;
        const std::vector<std::string> more = lists_->operations();
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    // Whoever does not say to which list means the first.
    std::uint16_t operation(const std::string& name) const override { return lists_ && name == "publish" ? RedisOperation::lists : Component::operation(name); }
    std::optional<std::uint32_t> subscribe(std::string_view list) override { return lists_ ? lists_->subscribe(list) : std::nullopt; }
    const Request* delivered(std::uint64_t token) const override { return lists_ ? lists_->delivered(token) : nullptr; }
    std::uint32_t spanOf(std::uint64_t token) const override
    {
        const Request* message = delivered(token);
        return message ? message->span : 0;
    }
    void connect(Building& building) override { node_.building = &building; }
    void start() override
    {
        for (RedisShard& shard : shards_) shard.start();
        if (node_.settings.shards > 1 || node_.settings.replicas > 0) watchers_.spawn(watch());
    }
    void change(const ParameterSet& parameters, std::string_view, Building&) override
    {
        node_.settings = parameters.as<Params>();
        for (RedisShard& shard : shards_) shard.settingsChanged();
    }
    std::vector<Host*> hosts() override
    {
        std::vector<Host*> all;
        for (RedisShard& shard : shards_)
            for (RedisShard::Process& process : shard.processes()) all.push_back(&process.host);
        return all;
    }
    void hostChanged(Host& host) override
    {
        for (RedisShard& shard : shards_)
            if (shard.hostChanged(host)) return;
    }
    void flush() override
    {
        for (RedisShard& shard : shards_) shard.flush();
    }

    Task<Reply> call(Request request) override
    {
        if (request.operation < RedisOperation::lists) return shardOf(request.key).call(request);
        RedisShard& shard = shards_.front();  // their keys have one hash tag
        return RedisLists::pops(lists_->verbOf(request.operation)) ? shard.pop(request) : shard.call(request);
    }

    Levels look() override
    {
        const Instant now = simulation().now();
        Levels levels;
        levels.replicas = levels.up = 0;
        for (RedisShard& shard : shards_)
            for (RedisShard::Process& process : shard.processes()) {
                levels.takeQueue(process.thread.queue(), now);
                ++levels.replicas;
                levels.up += process.host.up();
                levels.paused |= process.host.paused();
            }
        if (lists_) {
            levels.takeQueue(lists_->ready(), now);
            if (lists_->oldest() != Instant::never()) levels.oldestSeconds = (now - lists_->oldest()).inSeconds();
        }
        levels.takeBusy(node_.executing, now);
        levels.takeInside(node_.inside, now);
        // Replicas that nobody reads have nothing to do.
        levels.capacity = node_.settings.reads == RedisReads::replicas ? levels.replicas : static_cast<double>(node_.settings.shards);
        const std::uint64_t lookups = node_.counts.hits + node_.counts.misses - lookupsSeen_;
        if (lookups > 0) levels.hitRatio = static_cast<double>(node_.counts.hits - hitsSeen_) / static_cast<double>(lookups);
        lookupsSeen_ = node_.counts.hits + node_.counts.misses;
        hitsSeen_ = node_.counts.hits;
        return levels;
    }
    std::vector<NamedMetric> metrics() const override
    {
        const RedisNode::Counts& counts = node_.counts;
        const auto lookups = static_cast<double>(counts.hits + counts.misses);
        std::size_t keys = 0;
        std::int64_t memory = 0;
        std::uint64_t evicted = 0;
        for (const RedisShard& shard : shards_) {
            keys += shard.keyspace().keys();
            memory += shard.keyspace().memory();
            evicted += shard.keyspace().evicted();
        }
        const auto count = [](std::string_view key, std::uint64_t value) { return metric(key, static_cast<double>(value)); };
        return {metric("hit_ratio", lookups > 0 ? static_cast<double>(counts.hits) / lookups : noData),
                count("keyspace_hits", counts.hits), count("keyspace_misses", counts.misses), count("expired_keys", counts.expired),
                count("evicted_keys", evicted), count("keys", keys), metric("used_memory", static_cast<double>(memory)),
                count("oom_errors", counts.outOfMemory), count("rejected_connections", counts.rejectedClients),
                count("stale_reads", counts.staleReads), count("lost_writes", counts.lostWrites), count("failovers", counts.failovers),
                count("messages", lists_ ? static_cast<std::uint64_t>(lists_->ready().level()) : 0), count("unacknowledged", lists_ ? static_cast<std::uint64_t>(lists_->unacknowledged()) : 0),
                count("restored", lists_ ? lists_->restored() : 0), count("lost_messages", counts.lostMessages),
                count("rdb_saves", counts.saves), metric("latest_fork", node_.latestFork.inSeconds())};
    }
    bool countsCalls() const override { return true; }
    std::string_view reason(Outcome outcome) const override
    {
        if (outcome == Outcome::rejected) return "max number of clients reached";
        return outcome == Outcome::error ? node_.lastError : Component::reason(outcome);
    }

private:
    // By hash slot; the slots are dealt out to the shards in equal ranges.
    RedisShard& shardOf(std::uint64_t key)
    {
        const std::uint64_t slot = (key * 0x9E3779B97F4A7C15u) >> 50;
        return shards_[slot * shards_.size() / slots];
    }
    Task<void> watch()
    {
        while (true) {
            co_await simulation().delay(Duration::seconds(1), engine::Spans::constant);
            bool covered = true;
            for (RedisShard& shard : shards_) {
                shard.watch();
                covered = covered && !shard.failed();
            }
            node_.clusterDown = !covered && node_.settings.requireFullCoverage;
        }
    }

    RedisNode node_;
    std::optional<RedisLists> lists_;
    std::deque<RedisShard> shards_;
    engine::Scope watchers_;
    std::uint64_t lookupsSeen_ = 0, hitsSeen_ = 0;
};

template <class T> constexpr T Params::*member(T RedisSettings::*of) { return of; }

}  // namespace

TANTRUM_MODEL(caches, redis)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "redis")
            .title("Redis").group("Caches").icon("redis")
            .accepts("calls").accepts("lookups").accepts("messages").accepts("tasks").operations(commands())
            .summary("An in-memory store whose single thread executes one command after the other; bounded memory, replicas, Sentinel or Cluster.")
            .details("All commands of a process share one thread. `get`, `set`, `delete` and `incr` take `command`; `keys` "
                     "takes `per_key` for each key there is, and everybody waits for it. So do fork pauses, the expiry cycle and, "
                     "with `aof_always`, each write's way to the disk; only commands count as utilisation. The step `cache: {in: …}` works with it.\n\n"
                     "**Memory.** A key takes its value and `key_overhead`. What is over `maxmemory` is evicted before the next "
                     "command; `noeviction`, or a `volatile-` policy that finds no key with a time to live, lets writes fail (OOM) "
                     "and reads go on. LRU and LFU look at `maxmemory_samples` keys at a time and keep the 16 best candidates; the "
                     "LRU clock ticks once a second.\n\n"
                     "**Expiry.** On access, and `hz` times a second 20 keys at random, again while more than 10 % of them had "
                     "expired, for at most a quarter of the time. The fast cycle between commands is left out.\n\n"
                     "**What outlives a process.** `rdb`: the last snapshot, saved by a forked child. `aof_everysec`: all but the last "
                     "second. Loading takes the data's size over `disk`; meanwhile commands fail (LOADING). Keys deleted or evicted "
                     "after a snapshot stay so, and keys overwritten after it are there: a simplification.\n\n"
                     "**Replicas** are `replication_lag` behind: writes in that window are acknowledged and lost in a failover. "
                     "A primary out of reach for `down_after` (Sentinel; looked at once a second) and `failover_time` is "
                     "replaced by a replica. If it is back before, without persistence, it is empty, and so are its replicas then. "
                     "Clients know the new primary at once, an old one becomes a replica without a resynchronisation, and the lag is "
                     "constant: simplifications.\n\n"
                     "**Cluster.** With `shards`, keys are spread by hash slot (not CRC16), a shard fails over after "
                     "`node_timeout`, and while slots are without a primary the whole cluster refuses. Processes are numbered shard by "
                     "shard, the first of each its primary at the start: `{crash: sessions, replica: 1}`.\n\n"
                     "**Lists as a broker**, the way Celery's transport kombu uses them. Each name under `lists` is an operation that pushes (LPUSH): "
                     "`call: redis.tasks`, or `publish: redis.tasks` without waiting. `tasks-3`, `tasks-6` and `tasks-9` are the same "
                     "list at lower priorities, each a list of its own, popped when those above are empty. A consumer pops (BRPOP, blocked for a second at "
                     "most; the lists in turn) and notes what it has not acknowledged in a hash and an index by time; nobody takes that back when the consumer "
                     "dies. It comes back when a Celery worker finds it there after its `visibility_timeout`. Simplified: popping and noting "
                     "are one step, so that nothing is lost between them; lists are not evicted; in a cluster all of them lie in the first shard; what was popped or "
                     "acknowledged after the last snapshot stays so.")
            .parameter("maxmemory", member(&RedisSettings::maxmemory), {.doc = "memory for keys and values, of each shard", .least = Bytes::of(1), .source = "redis.conf, maxmemory: no limit", .live = true, .mayBeUnlimited = true})
            .parameter("maxmemory_policy", member(&RedisSettings::policy), {.doc = "which key goes when memory runs out", .source = "redis.conf, maxmemory-policy", .live = true})
            .parameter("maxmemory_samples", member(&RedisSettings::samples), {.doc = "keys looked at for one eviction", .least = 1, .most = 64, .unit = "keys", .source = "redis.conf, maxmemory-samples", .live = true})
            .parameter("lfu_log_factor", member(&RedisSettings::lfuLogFactor), {.doc = "how slowly LFU counters grow", .least = 0, .most = 10'000, .source = "redis.conf, lfu-log-factor", .live = true})
            .parameter("lfu_decay_time", member(&RedisSettings::lfuDecayTime), {.doc = "time after which an LFU counter is one less; 0: never", .least = Duration(), .source = "redis.conf, lfu-decay-time: 1 minute", .live = true})
            .parameter("value_size", member(&RedisSettings::valueSize), {.doc = "size of a value, drawn at each set", .source = "unconfirmed", .live = true})
            .parameter("key_overhead", member(&RedisSettings::keyOverhead), {.doc = "memory of a key beyond its value", .least = Bytes::of(0), .most = Bytes::of(1'000'000), .source = "unconfirmed"})
            .parameter("ttl", member(&RedisSettings::ttl), {.doc = "time to live of a key that is set; absent: for ever", .least = Duration::nanoseconds(1), .live = true})
            .parameter("ttl_share", member(&RedisSettings::ttlShare), {.doc = "share of sets with that time to live; the others are for ever", .live = true})
            .parameter("ttl_jitter", member(&RedisSettings::ttlJitter), {.doc = "share by which a time to live may be shorter, at random", .live = true})
            .parameter("command", member(&RedisSettings::command), {.doc = "the thread's time for a command on one key", .source = "redis-benchmark, 80 to 200 thousand a second on one core; unconfirmed", .live = true})
            .parameter("per_key", member(&RedisSettings::perKey), {.doc = "time `keys` takes for each key there is", .least = Duration(), .most = Duration::seconds(1), .source = "Redis documentation, KEYS: a million keys in 40 ms", .live = true})
            .parameter("expire_key", member(&RedisSettings::expireKey), {.doc = "time the expiry cycle takes for each key it looks at", .least = Duration::nanoseconds(1), .most = Duration::seconds(1), .source = "unconfirmed", .live = true})
            .parameter("hz", member(&RedisSettings::hz), {.doc = "expiry cycles in a second", .least = 1, .most = 500, .unit = "cycles", .source = "redis.conf, hz"})
            .parameter("maxclients", member(&RedisSettings::maxclients), {.doc = "clients of one process at once; each call is one; more are rejected", .least = 1, .most = 10'000'000, .unit = "clients", .source = "redis.conf, maxclients", .live = true})
            .parameter("persistence", member(&RedisSettings::persistence), {.doc = "what a process that comes back still has", .source = "redis.conf, save and appendonly"})
            .parameter("fork_per_gb", member(&RedisSettings::forkPerGigabyte), {.doc = "how long a fork stops the thread, for each GB of memory", .least = Duration(), .most = Duration::seconds(100), .source = "Redis documentation, Diagnosing latency issues: Linux on VMware", .live = true})
            .parameter("fsync", member(&RedisSettings::fsync), {.doc = "a write's way to the disk, with aof_always", .least = Duration(), .most = Duration::seconds(100), .source = "unconfirmed", .live = true})
            .parameter("disk", member(&RedisSettings::disk), {.doc = "how fast data is saved and loaded", .least = Bandwidth::bitsPerSecond(8), .source = "unconfirmed", .live = true})
            .parameter("shards", member(&RedisSettings::shards), {.doc = "parts the keys are spread over; more than one: Redis Cluster", .least = 1, .most = 1000, .unit = "shards"})
            .parameter("replicas", member(&RedisSettings::replicas), {.doc = "replicas of each shard", .least = 0, .most = 20, .unit = "replicas"})
            .parameter("reads", member(&RedisSettings::reads), {.doc = "who answers `get`", .live = true})
            .parameter("replication_lag", member(&RedisSettings::replicationLag), {.doc = "how far replicas are behind", .least = Duration(), .most = Duration::seconds(86'400), .source = "unconfirmed", .live = true})
            .parameter("min_replicas_to_write", member(&RedisSettings::minReplicasToWrite), {.doc = "writes fail while fewer replicas are up", .least = 0, .most = 20, .unit = "replicas", .source = "redis.conf, min-replicas-to-write", .live = true})
            .parameter("down_after", member(&RedisSettings::downAfter), {.doc = "after how long Sentinel takes a silent primary for down", .least = Duration::milliseconds(1), .source = "sentinel.conf, down-after-milliseconds", .live = true})
            .parameter("node_timeout", member(&RedisSettings::nodeTimeout), {.doc = "the same in a cluster", .least = Duration::milliseconds(1), .source = "redis.conf, cluster-node-timeout", .live = true})
            .parameter("failover_time", member(&RedisSettings::failoverTime), {.doc = "from that decision to the new primary", .least = Duration(), .source = "unconfirmed", .live = true})
            .parameter("require_full_coverage", member(&RedisSettings::requireFullCoverage), {.doc = "a cluster with slots without a primary refuses all commands", .source = "redis.conf, cluster-require-full-coverage: yes", .live = true})
            .parameter("lists", member(&RedisSettings::lists), {.doc = "lists messages are pushed to, by name"})
            .metric("hit_ratio", "share", "gets that found their key")
            .metric("keyspace_hits", "lookups", "gets that found their key")
            .metric("keyspace_misses", "lookups", "gets that did not")
            .metric("expired_keys", "keys", "keys removed because their time was over")
            .metric("evicted_keys", "keys", "keys that had to go for lack of memory")
            .metric("keys", "keys", "keys now, on all shards")
            .metric("used_memory", "bytes", "their memory now")
            .metric("oom_errors", "calls", "writes refused over maxmemory")
            .metric("rejected_connections", "calls", "calls beyond maxclients")
            .metric("stale_reads", "lookups", "gets from a replica that had missed a write")
            .metric("lost_writes", "keys", "keys whose last acknowledged write was lost in a restart or failover")
            .metric("failovers", "failovers", "replicas made primary")
            .metric("messages", "messages", "messages in lists, now")
            .metric("unacknowledged", "messages", "messages popped and not acknowledged, now")
            .metric("restored", "messages", "messages put back because nobody acknowledged them in time")
            .metric("lost_messages", "messages", "acknowledged pushes lost in a restart or failover")
            .metric("rdb_saves", "saves", "snapshots that were completed")
            .metric("latest_fork", "s", "how long the last fork stopped the thread")
            .understands({"crash", "slow", "pause", "errors", "flush"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(2000/s), sends: web, keys: zipf(100000 1.0)}\n"
                     "  web: {type: service, workers: 100, operations: {page: [cache: {in: sessions, steps: [call: db.read]}]}}\n"
                     "  sessions: {type: redis, maxmemory: 32MB, maxmemory_policy: allkeys-lru, ttl: 10min}\n"
                     "  db: {type: database, read: exponential(5ms)}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<Redis>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::caches
