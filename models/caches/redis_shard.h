// One shard of Redis: a primary that executes commands one after the other, its replicas, and what it keeps of its data
// when processes die. A single Redis is one shard without replicas.
#pragma once

#include "engine/slots.h"
#include "models/caches/redis_keyspace.h"
#include "models/caches/redis_lists.h"
#include "models/component.h"
#include "models/scenario/values.h"

#include <deque>
#include <optional>
#include <string>

namespace tantrum::models::caches {

enum class RedisPersistence : std::uint8_t { none, rdb, aofEverySecond, aofAlways };
enum class RedisReads : std::uint8_t { primary, replicas };

struct RedisSettings {
    // memory
    scenario::Bytes maxmemory = scenario::Bytes::unlimited();
    RedisPolicy policy = RedisPolicy::noEviction;
    std::int64_t samples = 5;
    double lfuLogFactor = 10;
    Duration lfuDecayTime = Duration::seconds(60);
    scenario::BytesDistribution valueSize = scenario::BytesDistribution::of("1KiB");
    scenario::Bytes keyOverhead = scenario::Bytes::of(96);
    std::optional<Duration> ttl;
    scenario::Probability ttlShare = scenario::Probability::ofShare(1);
    scenario::Probability ttlJitter;
    // the thread
    scenario::DurationDistribution command = scenario::DurationDistribution::of("8us");
    Duration perKey = Duration::nanoseconds(40);
    Duration expireKey = Duration::microseconds(1);
    std::int64_t hz = 10;
    std::int64_t maxclients = 10'000;
    // what outlives a process
    RedisPersistence persistence = RedisPersistence::rdb;
    Duration forkPerGigabyte = Duration::microseconds(12'800);
    Duration fsync = Duration::milliseconds(1);
    scenario::Bandwidth disk = scenario::Bandwidth::bitsPerSecond(8e8);
    std::int64_t shards = 1;
    std::int64_t replicas = 0;
    RedisReads reads = RedisReads::primary;
    Duration replicationLag = Duration::milliseconds(1);
    std::int64_t minReplicasToWrite = 0;
    Duration downAfter = Duration::seconds(30);
    Duration nodeTimeout = Duration::seconds(15);
    Duration failoverTime = Duration::seconds(1);
    bool requireFullCoverage = true;
    RedisListNames lists;

    RedisKeyspace::Settings keyspace() const;
};

/// Indices of the operations.
struct RedisOperation {
    static constexpr std::uint16_t get = 0, set = 1, remove = 2, increment = 3, keys = 4;
    static constexpr std::uint16_t lists = 5;  ///< the first of what the lists know
};

/// So many keys of one node are more than a simulation should hold; the run is stopped then.
inline constexpr std::int64_t mostRedisKeys = 10'000'000;

/// What all shards of one node share.
struct RedisNode {
    RedisNode(const RedisSettings& given, Building& world, Station& counted)
        : name(world.name()), settings(given), simulation(world.simulation()), station(counted), luck(world.stream("work"))
    {
    }
    const std::string name;
    RedisSettings settings;
    Simulation& simulation;
    Station& station;
    engine::RandomStream luck;
    Building* building = nullptr;  ///< to report more keys than this machine should hold
    engine::Gauge inside, executing;  ///< clients, and those whose command has the thread
    bool clusterDown = false;  ///< slots without a primary
    struct Counts {
        std::uint64_t hits = 0, misses = 0, expired = 0, outOfMemory = 0, rejectedClients = 0, staleReads = 0, lostWrites = 0, lostMessages = 0, failovers = 0, saves = 0;
    } counts;
    Duration latestFork;
    std::string_view lastError = "it answers with an error";  ///< for the badge on the node
};

class RedisShard {
public:
    RedisShard(RedisNode& node, Building& building, std::size_t number);
    RedisShard(const RedisShard&) = delete;
    RedisShard& operator=(const RedisShard&) = delete;

    Task<Reply> call(Request request);
    /// The client is blocked if there is nothing.
    Task<Reply> pop(Request request);
    /// It holds them, if any of its node does. They outlive it.
    void hold(RedisLists& lists) { lists_ = &lists; }

    void start() { startCron(); }
    void settingsChanged() { keyspace_.setSettings(node_.settings.keyspace()); }
    void flush();
    /// Whether the host is one of this shard's, told that it went down or came up.
    bool hostChanged(const Host& host);
    /// Once a second, as Sentinel and the nodes of a cluster ask each other: is the primary there?
    void watch();
    /// Has been without a primary for so long that the others know.
    bool failed() const { return failed_; }

    struct Process {
        explicit Process(Simulation& simulation) : host(simulation), thread(simulation, 1) {}
        Host host;
        engine::Slots thread;
        std::int64_t clients = 0;
        Instant loadingUntil;
    };
    std::deque<Process>& processes() { return processes_; }
    const RedisKeyspace& keyspace() const { return keyspace_; }

private:
    /// One connection for the time of a command.
    class Client {
    public:
        Client(RedisNode& node, Process& process) : node_(node), process_(process)
        {
            ++process_.clients;
            node_.inside.add(node_.simulation.now(), 1);
        }
        void executes()
        {
            executes_ = true;
            node_.executing.add(node_.simulation.now(), 1);
        }
        ~Client()
        {
            --process_.clients;
            node_.inside.add(node_.simulation.now(), -1);
            if (executes_) node_.executing.add(node_.simulation.now(), -1);
        }
        Client(const Client&) = delete;
        Client& operator=(const Client&) = delete;

    private:
        RedisNode& node_;
        Process& process_;
        bool executes_ = false;
    };

    Process& primary() { return processes_[primary_]; }
    bool isPrimary(const Process& process) const { return &process == &processes_[primary_]; }
    Process& pick(std::uint16_t operation);
    std::int64_t replicasUp() const;
    /// Why a command is refused before it is executed; empty if it is not.
    std::string_view refusal(const Process& process, const Request& request);
    Duration timeOf(const Request& request);
    Reply execute(const Request& request, const Process& process);
    Reply look(std::uint64_t key, bool onReplica);
    void write(std::uint64_t key, std::uint32_t bytes);
    Reply useLists(const Request& request);
    bool isFull();
    void forgetSince(Instant moment);
    void forgetAll();
    Duration onDisk() const;
    /// What takes so long at full speed, on this host.
    static Duration stretched(Duration time, const Host& host) { return host.speed() > 0 ? Duration::fromNanoseconds(static_cast<double>(time.count()) / host.speed()) : time; }

    void startCron();
    Task<void> cron(Process& process);
    Duration expireCycle();
    bool saveIsDue() const;
    Task<void> save();
    void restoreFromDisk(Process& process);
    void promote(std::size_t replica);

    RedisNode& node_;
    Simulation& simulation_;
    RedisKeyspace keyspace_;
    RedisLists* lists_ = nullptr;
    std::deque<Process> processes_;
    std::size_t primary_ = 0, nextReplica_ = 0;
    std::uint64_t writesSinceSave_ = 0;
    bool saving_ = false;
    Instant lastSave_, savedUntil_, fsyncedUntil_;  ///< when a save ended; what is on disk: writes until then
    bool everSaved_ = false;
    bool failed_ = false;
    std::uint64_t crons_ = 0;  ///< so many were started; the last one counts
    std::optional<Instant> downSince_, crashedAt_;
};

}  // namespace tantrum::models::caches
