#include "models/caches/redis_shard.h"

#include <algorithm>

namespace tantrum::models::caches {

namespace {
constexpr std::uint32_t bytesOfCounter = 8;

bool isWrite(std::uint16_t operation) { return operation != RedisOperation::get && operation != RedisOperation::keys; }
// Save after so many seconds if there were so many writes: redis.conf, `save`.
struct SavePoint {
    std::int64_t seconds;
    std::uint64_t writes;
};
constexpr SavePoint savePoints[]{{3600, 1}, {300, 100}, {60, 10'000}};

// The expiry cycle of Redis 7, src/expire.c: another round while more than a tenth of what was looked at had expired, and
// until a quarter of the time to the next cycle is gone.
constexpr std::size_t acceptableStalePercent = 10;
constexpr std::int64_t shareOfTime = 4;
}  // namespace

RedisKeyspace::Settings RedisSettings::keyspace() const
{
    RedisKeyspace::Settings made;
    made.maxmemory = maxmemory.count();
    made.policy = policy;
    made.samples = samples;
    made.lfuLogFactor = lfuLogFactor;
    made.lfuDecayTime = lfuDecayTime;
    made.overhead = keyOverhead.count();
    return made;
}

RedisShard::RedisShard(RedisNode& node, Building& building, std::size_t number)
    : node_(node), simulation_(node.simulation), keyspace_(node.settings.keyspace(), building.stream("keyspace " + std::to_string(number)))
{
    for (std::int64_t index = 0; index <= node.settings.replicas; ++index) processes_.emplace_back(simulation_);
}

RedisShard::Process& RedisShard::pick(std::uint16_t operation)
{
    if (operation != RedisOperation::get || node_.settings.reads == RedisReads::primary || processes_.size() == 1) return primary();
    for (std::size_t step = 0; step < processes_.size(); ++step) {
        nextReplica_ = (nextReplica_ + 1) % processes_.size();
        if (nextReplica_ != primary_ && processes_[nextReplica_].host.up()) return processes_[nextReplica_];
    }
    return primary();
}

std::int64_t RedisShard::replicasUp() const
{
    std::int64_t count = 0;
    for (std::size_t index = 0; index < processes_.size(); ++index) count += index != primary_ && processes_[index].host.up();
    return count;
}

std::string_view RedisShard::refusal(const Process& process, const Request& request)
{
    if (simulation_.now() < process.loadingUntil) return "LOADING the dataset";
    const bool fits = keyspace_.makeRoom(simulation_.now(), lists_ ? lists_->bytes() : 0);
    if (!isWrite(request.operation)) return {};
    if (!isPrimary(process)) return "READONLY replica";
    if (replicasUp() < node_.settings.minReplicasToWrite) return "NOREPLICAS to write";
    const bool shrinks = request.operation >= RedisOperation::lists && lists_->verbOf(request.operation) != RedisLists::Verb::push;
    if (fits || shrinks) return {};
    ++node_.counts.outOfMemory;
    return "OOM: over maxmemory";
}

Duration RedisShard::timeOf(const Request& request)
{
    const std::uint16_t operation = request.operation;
    Duration time = node_.settings.command.distribution.sample(node_.luck);
    if (operation == RedisOperation::keys) time += node_.settings.perKey * static_cast<std::int64_t>(keyspace_.keys());
    if (operation >= RedisOperation::lists) time = time * lists_->commandsOf(request);
    if (isWrite(operation) && node_.settings.persistence == RedisPersistence::aofAlways) time += node_.settings.fsync;
    return time;
}

Task<Reply> RedisShard::call(Request request)
{
    Visit visit(node_.station, simulation_, request);
    Process& process = pick(request.operation);
    if (!process.host.up()) co_return visit.fail(Outcome::crashed);
    visit.at(process.host);
    engine::Resident<Reply> here;
    co_await here.enter(process.host.scope());
    if (process.clients >= node_.settings.maxclients) {
        ++node_.counts.rejectedClients;
        co_return visit.fail(Outcome::rejected);
    }
    Client client(node_, process);
    engine::Permit thread = process.thread.tryAcquire();
    if (!thread) {
        visit.waits();
        thread = co_await process.thread.acquire();
        visit.goesOn();
    }
    client.executes();
    if (process.host.drawsError(node_.luck)) co_return visit.fail(Outcome::error);
    const bool writes = isWrite(request.operation);
    std::string_view why = node_.clusterDown ? "CLUSTERDOWN: slots without a primary" : refusal(process, request);
    if (why.empty()) {
        const Duration demand = timeOf(request);
        if (demand > Duration() || process.host.speed() != 1) co_await process.host.processor().work(demand, node_.settings.command.distribution.spans());
        // It may have stood still meanwhile and have lost its office.
        if (writes && !isPrimary(process)) why = "READONLY replica";
    }
    if (!why.empty()) {
        node_.lastError = why;
        co_return visit.fail(Outcome::error);
    }
    const Reply reply = execute(request, process);
    co_return visit.end(reply, simulation_);
}

// A blocked client keeps its connection; what is pushed meanwhile is popped for it by whoever pushes.
Task<Reply> RedisShard::pop(Request request)
{
    const Reply reply = co_await call(request);
    if (!reply.ok() || reply.found) co_return reply;
    Process& process = primary();
    if (!process.host.up()) co_return Reply::died();
    engine::Resident<Reply> here;
    co_await here.enter(process.host.scope());
    struct Connection {
        explicit Connection(std::int64_t& of) : clients(of) { ++clients; }
        ~Connection() { --clients; }
        std::int64_t& clients;
    };
    const Connection connection(process.clients);
    RedisLists::Waiting waiting(*lists_, request);
    const std::optional<Reply> given = co_await waiting;
    co_return given ? *given : reply;
}

Reply RedisShard::execute(const Request& request, const Process& process)
{
    if (request.operation >= RedisOperation::lists) return useLists(request);
    Reply reply;
    switch (request.operation) {
    case RedisOperation::set: write(request.key, static_cast<std::uint32_t>(std::min(node_.settings.valueSize.distribution.draw(node_.luck), 5.12e8))); break;
    case RedisOperation::remove:
        reply.found = keyspace_.remove(request.key);
        writesSinceSave_ += reply.found;
        break;
    case RedisOperation::increment: write(request.key, bytesOfCounter); break;
    case RedisOperation::keys: break;
    default: reply = look(request.key, !isPrimary(process)); break;
    }
    if (request.replyBytes > 0) reply.bytes = request.replyBytes;
    return reply;
}

// A replica is behind by the replication lag: it does not have yet what was set so recently, or still has the old value.
Reply RedisShard::look(std::uint64_t key, bool onReplica)
{
    const RedisKeyspace::Value value = keyspace_.get(key, simulation_.now());
    Reply reply;
    reply.found = value.found;
    reply.bytes = value.bytes;
    node_.counts.expired += value.expired;
    if (onReplica && value.found && value.written + node_.settings.replicationLag > simulation_.now()) {
        ++node_.counts.staleReads;
        if (value.created + node_.settings.replicationLag > simulation_.now()) reply.found = false;
    }
    ++(reply.found ? node_.counts.hits : node_.counts.misses);
    return reply;
}

bool RedisShard::isFull()
{
    const std::size_t held = keyspace_.keys() + (lists_ ? lists_->size() : 0);
    if (static_cast<std::int64_t>(held) < mostRedisKeys / node_.settings.shards) [[likely]]
        return false;
    node_.building->stop(node_.name + (lists_ && lists_->size() > keyspace_.keys() ? " holds more than 10 million messages, which nobody consumes fast enough"
                                                                                   : " holds more than 10 million keys, of which nothing lets go; give it a maxmemory and a policy, or a ttl"));
    return true;
}

Reply RedisShard::useLists(const Request& request)
{
    if (lists_->verbOf(request.operation) == RedisLists::Verb::push && isFull()) return Reply::failed(Outcome::error);
    const Reply reply = lists_->execute(request);
    writesSinceSave_ += reply.found;
    return reply;
}

void RedisShard::write(std::uint64_t key, std::uint32_t bytes)
{
    const RedisSettings& settings = node_.settings;
    if (isFull()) return;
    Instant expires = Instant::never();
    if (settings.ttl && (settings.ttlShare.share() >= 1 || node_.luck.chance(settings.ttlShare.share()))) {
        double life = static_cast<double>(settings.ttl->count());
        if (settings.ttlJitter.share() > 0) life *= 1 - settings.ttlJitter.share() * node_.luck.uniform();
        expires = simulation_.now() + Duration::fromNanoseconds(life);
    }
    keyspace_.set(key, bytes, expires, simulation_.now());
    ++writesSinceSave_;
}

Duration RedisShard::onDisk() const
{
    return Duration::fromSeconds(static_cast<double>(keyspace_.memory() + (lists_ ? lists_->bytes() : 0)) / node_.settings.disk.bytesPerSecond());
}

// The primary's: replicas are told what expires.
void RedisShard::startCron()
{
    ++crons_;
    primary().host.scope().spawn(cron(primary()));
}

// serverCron: between two commands, so that it keeps them waiting.
Task<void> RedisShard::cron(Process& process)
{
    std::int64_t turn = 0;
    const std::uint64_t number = crons_;
    while (true) {
        co_await simulation_.delay(Duration::seconds(1) / node_.settings.hz, engine::Spans::constant);
        if (number != crons_) co_return;
        if (process.host.paused()) continue;
        if (++turn % node_.settings.hz == 0) fsyncedUntil_ = simulation_.now();
        const bool saves = saveIsDue();
        if (keyspace_.volatileKeys() == 0 && !saves) continue;
        engine::Permit thread = co_await process.thread.acquire();
        const Duration busy = expireCycle();
        if (busy > Duration()) co_await simulation_.delay(stretched(busy, process.host));
        if (!saves || saving_) continue;
        saving_ = true;
        node_.latestFork = Duration::fromSeconds(node_.settings.forkPerGigabyte.inSeconds() * static_cast<double>(keyspace_.memory()) * 1e-9);
        const Duration fork = node_.latestFork;
        if (fork > Duration()) co_await simulation_.delay(stretched(fork, process.host));
        process.host.scope().spawn(save());
    }
}

Duration RedisShard::expireCycle()
{
    const Duration limit = Duration::seconds(1) / node_.settings.hz / shareOfTime;
    Duration busy;
    while (true) {
        const RedisKeyspace::Round round = keyspace_.expireSome(simulation_.now());
        node_.counts.expired += round.expired;
        busy += node_.settings.expireKey * static_cast<std::int64_t>(round.sampled);
        if (round.expired * 100 <= acceptableStalePercent * round.sampled || busy >= limit) return busy;
    }
}

bool RedisShard::saveIsDue() const
{
    if (node_.settings.persistence != RedisPersistence::rdb || saving_) return false;
    const Duration since = simulation_.now() - lastSave_;
    return std::any_of(std::begin(savePoints), std::end(savePoints), [&](const SavePoint& point) {
        return writesSinceSave_ >= point.writes && since > Duration::seconds(point.seconds);
    });
}

// The child writes the memory as it was at the fork. A process that dies takes its child with it.
Task<void> RedisShard::save()
{
    const Instant forked = simulation_.now();
    const std::uint64_t covered = writesSinceSave_;
    co_await simulation_.delay(onDisk());
    saving_ = false;
    savedUntil_ = forked;
    lastSave_ = simulation_.now();
    everSaved_ = true;
    writesSinceSave_ -= std::min(covered, writesSinceSave_);
    ++node_.counts.saves;
}

bool RedisShard::hostChanged(const Host& host)
{
    const auto found = std::find_if(processes_.begin(), processes_.end(), [&](const Process& process) { return &process.host == &host; });
    if (found == processes_.end()) return false;
    if (host.up()) {
        if (!isPrimary(*found)) return true;
        restoreFromDisk(*found);
        startCron();
    } else if (isPrimary(*found)) {
        saving_ = false;
        if (!crashedAt_) crashedAt_ = downSince_ = simulation_.now();
    }
    return true;
}

// The primary is back before anybody took its place, with what it had on disk, and its replicas copy that: if that is
// nothing, they lose what they have.
void RedisShard::restoreFromDisk(Process& process)
{
    switch (node_.settings.persistence) {
    case RedisPersistence::none: forgetAll(); break;
    case RedisPersistence::rdb: everSaved_ ? forgetSince(savedUntil_) : forgetAll(); break;
    case RedisPersistence::aofEverySecond: forgetSince(fsyncedUntil_); break;
    case RedisPersistence::aofAlways: break;
    }
    crashedAt_.reset();
    if (keyspace_.keys() > 0 || (lists_ && lists_->size() > 0)) process.loadingUntil = simulation_.now() + onDisk();
}

void RedisShard::forgetSince(Instant moment)
{
    node_.counts.lostWrites += keyspace_.forgetSince(moment);
    if (lists_) node_.counts.lostMessages += lists_->forgetSince(moment);
}

void RedisShard::forgetAll()
{
    node_.counts.lostWrites += keyspace_.keys();
    keyspace_.clear();
    if (lists_) node_.counts.lostMessages += lists_->clear();
}

void RedisShard::flush()
{
    keyspace_.clear();
    if (lists_) lists_->clear();
}

void RedisShard::watch()
{
    const bool there = primary().host.up() && !primary().host.paused();
    if (there) {
        downSince_.reset();
        failed_ = false;
        return;
    }
    if (!downSince_) downSince_ = simulation_.now();
    const bool cluster = node_.settings.shards > 1;
    const Duration patience = cluster ? node_.settings.nodeTimeout : node_.settings.downAfter;
    const Duration down = simulation_.now() - *downSince_;
    failed_ = cluster && down >= patience;
    if (down < patience || down - patience < node_.settings.failoverTime) return;
    for (std::size_t step = 1; step < processes_.size(); ++step) {
        const std::size_t replica = (primary_ + step) % processes_.size();
        if (processes_[replica].host.up() && !processes_[replica].host.paused()) return promote(replica);
    }
}

// What the old primary had acknowledged and not yet passed on is lost. (One that only stood still has passed on all.)
void RedisShard::promote(std::size_t replica)
{
    if (crashedAt_) {
        const Duration since = std::min(crashedAt_->sinceStart(), node_.settings.replicationLag);
        forgetSince(Instant::at(crashedAt_->sinceStart() - since));
    }
    primary_ = replica;
    crashedAt_.reset();
    downSince_.reset();
    failed_ = false;
    saving_ = false;
    startCron();
    ++node_.counts.failovers;
}

}  // namespace tantrum::models::caches
