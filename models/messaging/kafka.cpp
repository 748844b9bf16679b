// A Kafka topic on its brokers: partitions with leaders and followers, producers that batch and wait for their acks, and the
// coordinator of its consumer groups.
#include "engine/ensure.h"
#include "models/component.h"
#include "models/messaging/kafka_fetches.h"
#include "models/messaging/kafka_partition.h"
#include "models/messaging/kafka_source.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <algorithm>
#include <deque>
#include <memory>

namespace tantrum::models::messaging {
namespace {

using namespace scenario;

enum class Acks : std::uint8_t { none, leader, all };
constexpr auto choices(Acks)
{
    return std::array{Choice<Acks>{Acks::all, "all", "when all in-sync replicas have it"},
                      Choice<Acks>{Acks::leader, "1", "when the leader has it"},
                      Choice<Acks>{Acks::none, "0", "at once, whatever becomes of it"}};
}
enum class Partitioner : std::uint8_t { key, sticky, roundRobin };
constexpr auto choices(Partitioner)
{
    return std::array{Choice<Partitioner>{Partitioner::key, "key", "murmur2 of the request's key modulo the partitions"},
                      Choice<Partitioner>{Partitioner::sticky, "sticky", "records without keys: one partition until its batch is full or sent, then another"},
                      Choice<Partitioner>{Partitioner::roundRobin, "round_robin", "one after the other"}};
}

struct Params {
    std::int64_t brokers = 3;
    std::int64_t partitions = 1;
    std::int64_t replication = 1;
    Acks acks = Acks::all;
    std::int64_t minInsync = 1;
    bool unclean = false;
    Partitioner partitioner = Partitioner::key;
    Duration linger;
    Bytes batchSize = Bytes::of(16'384);
    Duration deliveryTimeout = Duration::seconds(120);
    Duration replicationTime = Duration::milliseconds(1);
    Duration brokerTimeout = Duration::seconds(9);
    Duration catchUp = Duration::seconds(10);
    Duration retention = Duration::seconds(7 * 86'400);
    Bytes retentionBytes = Bytes::unlimited();
    Duration fetchWait = Duration::milliseconds(500);
};

constexpr Duration retentionCheck = Duration::seconds(300);
constexpr std::size_t mostHeld = 4'000'000;

class Kafka final : public Component, public Service, public KafkaSource, private KafkaLogs {
public:
    Kafka(const Params& params, Building& building)
        : Component(building), params_(params), building_(&building), luck_(building.stream("partitioner")), fetches_(simulation()), housekeeping_(simulation())
    {
        for (std::int64_t broker = 0; broker < params.brokers; ++broker) brokers_.emplace_back(simulation());
        const auto replicas = static_cast<std::size_t>(std::min(params.replication, params.brokers));
        for (std::int64_t number = 0; number < params.partitions; ++number) {
            std::vector<std::size_t> brokers;
            for (std::size_t each = 0; each < replicas; ++each) brokers.push_back((static_cast<std::size_t>(number) + each) % brokers_.size());
            partitions_.push_back(std::make_unique<KafkaPartition>(static_cast<std::uint32_t>(number), std::move(brokers)));
        }
    }

    Service* service() override { return this; }
    std::vector<std::string> operations() const override { return {"publish", "fetch", "commit", "heartbeat", "join", "leave"}; }
    /// What a plain consumer asks for is not to be had here.
    std::uint16_t operation(const std::string& name) const override
    {
        const std::vector<std::string> names = operations();
        const auto known = std::find(names.begin(), names.end(), name.empty() ? "publish" : name);
        return static_cast<std::uint16_t>(known - names.begin());
    }
    void start() override { housekeeping_.spawn(deleteOld()); }
    void change(const ParameterSet& parameters, std::string_view, Building&) override
    {
        params_ = parameters.as<Params>();
        for (const auto& partition : partitions_) goOn(*partition);
    }
    std::vector<Host*> hosts() override
    {
        std::vector<Host*> all;
        for (Broker& broker : brokers_) all.push_back(&broker.host);
        return all;
    }
    void hostChanged(Host& host) override
    {
        const auto index = static_cast<std::size_t>(std::find_if(brokers_.begin(), brokers_.end(), [&host](const Broker& broker) { return &broker.host == &host; }) - brokers_.begin());
        Broker& broker = brokers_[index];
        if (host.up() == broker.up) return;
        broker.up = host.up();
        ++broker.changes;
        if (host.up())
            housekeeping_.spawn(comeBack(index, broker.changes));
        else
            housekeeping_.spawn(missed(index, broker.changes));
        if (host.up())
            for (const auto& partition : partitions_) goOn(*partition);
    }

    Levels look() override
    {
        const Instant now = simulation().now();
        Levels levels;
        levels.takeQueue(lag_, now);
        levels.takeInside(inside_, now);
        levels.replicas = static_cast<int>(brokers_.size());
        levels.up = static_cast<int>(std::count_if(brokers_.begin(), brokers_.end(), [](const Broker& broker) { return broker.host.up(); }));
        return levels;
    }
    std::vector<NamedMetric> metrics() const override
    {
        std::int64_t records = 0, offline = 0, behind = 0;
        for (const auto& partition : partitions_) {
            records += partition->log.end();
            offline += !isLed(*partition);
            behind += partition->isr.size() < partition->replicas.size();
        }
        const auto count = [](std::string_view key, auto value) { return metric(key, static_cast<double>(value)); };
        return {count("records_in", records), count("produce_requests", produceRequests_), count("fetch_requests", fetchRequests_),
                count("not_enough_replicas", notEnoughReplicas_), count("lost_records", lost_), count("leader_elections", elections_),
                count("unclean_elections", uncleanElections_), count("offline_partitions", offline), count("under_replicated_partitions", behind),
                count("deleted_unread", deletedUnread_), count("lag", lag_.level())};
    }
    std::string_view reason(Outcome outcome) const override
    {
        if (outcome == Outcome::rejected) return "not enough replicas";
        return outcome == Outcome::timeout ? "delivery timeout" : Component::reason(outcome);
    }

    std::size_t enter(std::size_t members) override
    {
        ENSURE(groups_.size() < mostKafkaGroups && members <= mostKafkaMembers, "more groups or members than a call can name");
        groups_.push_back(std::make_unique<KafkaGroup>(simulation(), static_cast<KafkaLogs&>(*this), members));
        return groups_.size() - 1;
    }
    KafkaGroup& group(std::size_t number) override { return *groups_[number]; }
    std::size_t partitionCount() const override { return partitions_.size(); }

    Task<Reply> call(Request request) override
    {
        if (request.operation == static_cast<std::uint16_t>(KafkaCall::produce)) {
            const Counted inside(*this);
            Visit visit(station(), simulation(), request);
            KafkaPartition& partition = choose(request);
            const std::uint64_t sequence = accept(partition, request);
            if (sequence <= partition.acknowledged) co_return visit.end(Reply(), simulation());
            const bool acknowledged = co_await KafkaPartition::Wait(partition, simulation(), sequence, params_.deliveryTimeout);
            if (acknowledged) co_return visit.end(Reply(), simulation());
            partition.giveUp(sequence);
            const Outcome failure = isLed(partition) ? Outcome::rejected : Outcome::timeout;
            station().refuse(failure);
            co_return visit.end(Reply::failed(failure), simulation());
        }
        if (!anyBrokerUp()) co_return Reply::died();
        const KafkaCaller caller = KafkaCaller::of(request.key);
        if (caller.call == 0 || caller.group >= groups_.size() || request.operation > static_cast<std::uint16_t>(KafkaCall::leave)) co_return Reply::failed(Outcome::error);
        KafkaGroup& group = *groups_[caller.group];
        KafkaSession& session = group.session(caller.member);
        Reply reply;
        switch (static_cast<KafkaCall>(request.operation)) {
        case KafkaCall::heartbeat: {
            const KafkaGroup::Answer answer = group.heartbeat(caller.member);
            if (answer == KafkaGroup::Answer::unknown) co_return Reply::failed(Outcome::rejected);
            reply.key = answer == KafkaGroup::Answer::rejoin ? kafkaRejoin : kafkaFine;
            co_return reply;
        }
        case KafkaCall::leave: group.leave(caller.member); co_return reply;
        case KafkaCall::commit:
            if (session.commitCall == caller.call && !group.commit(caller.member, session.offsets)) reply.outcome = Outcome::rejected;
            co_return reply;
        case KafkaCall::join:
            if (session.joinCall == caller.call) co_await KafkaGroup::Join(group, caller.member);
            co_return reply;
        default: break;
        }
        ++fetchRequests_;
        collect(caller, session);
        if (session.records.empty()) {
            co_await KafkaFetches::Wait(fetches_, caller.call, session, params_.fetchWait);
            collect(caller, session);
        }
        reply.found = !session.records.empty();
        for (const KafkaRecord& record : session.records) reply.bytes += record.bytes;
        co_return reply;
    }

private:
    struct Broker {
        explicit Broker(Simulation& simulation) : host(simulation) {}
        Host host;
        bool up = true;             ///< when it was last looked at
        std::uint64_t changes = 0;  ///< of being up
        bool fenced = false;        ///< the controller knows that it is down
    };
    struct Counted {
        explicit Counted(Kafka& of) : kafka(of) { kafka.inside_.add(kafka.simulation().now(), 1); }
        ~Counted() { kafka.inside_.add(kafka.simulation().now(), -1); }
        Kafka& kafka;
    };
    std::size_t partitions() const override { return partitions_.size(); }
    const KafkaLog& log(std::size_t partition) const override { return partitions_[partition]->log; }
    void committed(std::size_t number, std::int64_t before, std::int64_t after) override
    {
        lag_.add(simulation().now(), before - after);
        forget(*partitions_[number]);
    }
    void forget(KafkaPartition& partition)
    {
        std::int64_t needed = partition.log.highWatermark();
        for (const auto& group : groups_) needed = std::min(needed, group->committedOffset(partition.number));
        partition.log.forget(needed);
    }

    bool anyBrokerUp() const
    {
        return std::any_of(brokers_.begin(), brokers_.end(), [](const Broker& broker) { return broker.host.up(); });
    }
    bool isLed(const KafkaPartition& partition) const { return partition.leader != KafkaPartition::none && brokers_[partition.leader].host.up(); }
    bool takesRecords(const KafkaPartition& partition) const
    {
        return isLed(partition) && (params_.acks != Acks::all || static_cast<std::int64_t>(partition.isr.size()) >= params_.minInsync);
    }

    KafkaPartition& choose(const Request& request)
    {
        const std::uint64_t count = partitions_.size();
        if (params_.partitioner == Partitioner::key) return *partitions_[kafkaHash(request.key) % count];
        if (params_.partitioner == Partitioner::roundRobin) return *partitions_[next_++ % count];
        if (partitions_[sticky_]->buffer.empty()) sticky_ = luck_.below(count);
        return *partitions_[sticky_];
    }

    /// The record's number at its partition; 0 if nobody waits for its acknowledgement.
    std::uint64_t accept(KafkaPartition& partition, const Request& request)
    {
        const bool waits = params_.acks != Acks::none;
        if (!waits && !isLed(partition)) {
            ++lost_;
            return 0;
        }
        if (isLed(partition) && !takesRecords(partition)) ++notEnoughReplicas_;
        KafkaRecord record;
        record.key = request.key;
        record.id = request.id;
        record.begun = request.begun;
        record.bytes = request.bytes;
        record.span = request.span;
        record.partition = partition.number;
        record.sequence = ++partition.sequence;
        partition.buffer.pushBack(record);
        partition.bufferedBytes += record.bytes;
        if (params_.linger == Duration() || partition.bufferedBytes >= params_.batchSize.count())
            sendBatch(partition);
        else if (partition.buffer.size() == 1)
            housekeeping_.spawn(sendLater(partition, record.sequence));
        return waits ? record.sequence : 0;
    }
    Task<void> sendLater(KafkaPartition& partition, std::uint64_t first)
    {
        co_await simulation().delay(params_.linger, engine::Spans::constant);
        if (!partition.buffer.empty() && partition.buffer[0].sequence == first) sendBatch(partition);
    }

    // What the producers have gathered goes to the leader as one batch, or as several of full size; otherwise they try again
    // until the partition takes it.
    void sendBatch(KafkaPartition& partition)
    {
        if (partition.buffer.empty() || !takesRecords(partition)) return;
        const std::int64_t size = std::max<std::int64_t>(1, params_.batchSize.count());
        produceRequests_ += static_cast<std::uint64_t>(std::max<std::int64_t>(1, (partition.bufferedBytes + size - 1) / size));
        const std::int64_t before = partition.log.end();
        partition.append(simulation().now());
        lag_.add(simulation().now(), (partition.log.end() - before) * static_cast<std::int64_t>(groups_.size()));
        if (partition.log.held() > mostHeld)
            building_->stop("the log of '" + name() + "' holds more than 4,000,000 records that a consumer group has not committed; give the group more members, or the topic a retention");
        if (params_.acks != Acks::all) partition.acknowledge(partition.log.end(), simulation());
        replicate(partition);
    }
    void replicate(KafkaPartition& partition)
    {
        if (partition.isr.size() <= 1)
            advance(partition, partition.log.end());
        else
            housekeeping_.spawn(follow(partition, partition.log.end()));
    }
    Task<void> follow(KafkaPartition& partition, std::int64_t end)
    {
        co_await simulation().delay(params_.replicationTime, engine::Spans::constant);
        advance(partition, end);
    }
    // The high watermark: what all in-sync replicas have. One that is down, and not known to be, holds it back.
    void advance(KafkaPartition& partition, std::int64_t to)
    {
        to = std::min(to, partition.log.end());
        if (!isLed(partition) || to <= partition.log.highWatermark()) return;
        for (const std::size_t broker : partition.isr)
            if (!brokers_[broker].host.up()) return;
        partition.log.commitUpTo(to);
        if (params_.acks == Acks::all) partition.acknowledge(to, simulation());
        fetches_.wake(partition.number);
        forget(partition);
    }
    /// After its leader or its in-sync replicas have changed.
    void goOn(KafkaPartition& partition)
    {
        sendBatch(partition);
        if (isLed(partition) && partition.log.highWatermark() < partition.log.end()) replicate(partition);
    }

    // The controller misses a broker's heartbeats.
    Task<void> missed(std::size_t index, std::uint64_t change)
    {
        co_await simulation().delay(params_.brokerTimeout);
        if (brokers_[index].changes != change) co_return;
        brokers_[index].fenced = true;
        for (const auto& partition : partitions_) {
            partition->leaveIsr(index);
            if (partition->leader == index) elect(*partition);
            goOn(*partition);
        }
    }
    // It is a replica again at once, and in sync when it has caught up.
    Task<void> comeBack(std::size_t index, std::uint64_t change)
    {
        if (!brokers_[index].fenced) co_return;
        brokers_[index].fenced = false;
        for (const auto& partition : partitions_) {
            if (isLed(*partition)) continue;
            elect(*partition);
            goOn(*partition);
        }
        co_await simulation().delay(params_.catchUp);
        if (brokers_[index].changes != change) co_return;
        for (const auto& partition : partitions_) {
            if (isLed(*partition)) partition->enterIsr(index);
            goOn(*partition);
        }
    }
    // The first in-sync replica that is up; without one nobody, or, if that is allowed, one that is behind.
    void elect(KafkaPartition& partition)
    {
        const std::size_t before = partition.leader;
        partition.leader = KafkaPartition::none;
        for (const std::size_t broker : partition.replicas) {
            if (!brokers_[broker].host.up() || !partition.isInSync(broker)) continue;
            partition.leader = broker;
            // What the old leader alone had is gone; with acks=all its producers send it again.
            if (broker != partition.lastLeader && params_.acks != Acks::all) truncate(partition, partition.log.highWatermark());
            break;
        }
        for (std::size_t each = 0; partition.leader == KafkaPartition::none && params_.unclean && each < partition.replicas.size(); ++each) {
            const std::size_t broker = partition.replicas[each];
            if (!brokers_[broker].host.up()) continue;
            ++uncleanElections_;
            partition.leader = broker;
            truncate(partition, std::min(partition.log.end(), partition.fellBehindAt[each]));
            partition.isr.assign(1, broker);
        }
        if (partition.leader == KafkaPartition::none) return;
        if (partition.leader != before) ++elections_;
        partition.lastLeader = partition.leader;
    }
    void truncate(KafkaPartition& partition, std::int64_t to)
    {
        const std::int64_t gone = partition.log.end() - to;
        lost_ += static_cast<std::uint64_t>(gone);
        partition.log.truncate(to);
        lag_.add(simulation().now(), -gone * static_cast<std::int64_t>(groups_.size()));
        for (const auto& group : groups_)
            if (group->committedOffset(partition.number) > to) group->moveOn(partition.number, to);
    }

    /// Records for that call, as many as it may have; a call that is not waited for any more gets none.
    void collect(const KafkaCaller& caller, KafkaSession& session)
    {
        if (session.fetchCall != caller.call) return;
        session.records.clear();
        const std::size_t count = session.wanted.size();
        for (std::size_t each = 0; each < count && session.records.size() < session.most; ++each) {
            const KafkaPosition& wanted = session.wanted[(session.rotation + each) % count];
            const KafkaPartition& partition = *partitions_[wanted.partition];
            if (!isLed(partition)) continue;
            const std::int64_t first = partition.log.goOnFrom(wanted.offset, wanted.epoch);
            for (std::int64_t offset = std::max(first, partition.log.firstHeld()); offset < partition.log.highWatermark() && session.records.size() < session.most; ++offset)
                session.records.push_back(partition.log.at(offset));
        }
        ++session.rotation;
    }

    Task<void> deleteOld()
    {
        for (;;) {
            co_await simulation().delay(retentionCheck);
            const Instant now = simulation().now();
            const Instant notBefore = now.count() > params_.retention.count() ? Instant::at((now - Instant()) - params_.retention) : Instant();
            for (const auto& partition : partitions_) {
                partition->log.retain(notBefore, params_.retentionBytes.count());
                const std::int64_t start = partition->log.start();
                for (const auto& group : groups_) {
                    const std::int64_t committed = group->committedOffset(partition->number);
                    if (committed >= start) continue;
                    deletedUnread_ += static_cast<std::uint64_t>(start - committed);
                    group->moveOn(partition->number, start);
                }
            }
        }
    }

    Params params_;
    Building* building_;
    engine::RandomStream luck_;
    std::deque<Broker> brokers_;
    std::vector<std::unique_ptr<KafkaPartition>> partitions_;
    std::vector<std::unique_ptr<KafkaGroup>> groups_;
    KafkaFetches fetches_;
    engine::Gauge lag_, inside_;
    std::uint64_t next_ = 0, sticky_ = 0;
    std::uint64_t produceRequests_ = 0, fetchRequests_ = 0, notEnoughReplicas_ = 0, lost_ = 0, elections_ = 0, uncleanElections_ = 0, deletedUnread_ = 0;
    engine::Scope housekeeping_;
};

}  // namespace

TANTRUM_MODEL(messaging, kafka)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "kafka")
            .title("Kafka topic").group("Messaging").icon("stream")
            .accepts("messages").accepts("calls").accepts("records").operations({"publish"})
            .summary("A Kafka topic: partitioned logs on replicated brokers, read by consumer groups.")
            .details("A published record goes to one partition and is appended by that partition's leader; its publisher is answered as `acks` "
                     "says. Consumers see it when all in-sync replicas have it (the high watermark). Records stay until their retention is over, "
                     "however many groups read them; the node's queue is the lag of all its groups together.\n\n"
                     "**Crash** a broker with `replica: n`; without it all of them. The controller misses a broker after `broker_timeout`: until "
                     "then its partitions have no leader, and `acks: all` waits for it as a follower. Then in-sync followers take over. "
                     "With `acks: 1` what had not been replicated is lost although it was acknowledged; an unclean election loses more. With "
                     "fewer in-sync replicas than `min_insync_replicas`, `acks: all` is refused (NotEnoughReplicas), which producers "
                     "retry until `delivery_timeout`. A broker that is back is in sync after `catch_up`.\n\n"
                     "Publishers are seen as one producer with one batch for each partition: it is sent when it is `batch_size` long or after "
                     "`linger`.\n\nSimplified: brokers have no capacity of their own, replication takes a fixed time, retries come at the "
                     "instant at which they succeed, leadership does not return to a preferred broker, there are no transactions, "
                     "retention deletes records rather than segments, a consumer that had read what was lost goes on from where the log was cut, and the coordinator is wherever a broker is up.")
            .parameter("brokers", &Params::brokers, {.doc = "brokers; `crash` with `replica` names one", .least = 1, .most = 1000, .unit = "brokers"})
            .parameter("partitions", &Params::partitions, {.doc = "partitions of the topic", .least = 1, .most = 10'000, .unit = "partitions", .source = "Kafka, num.partitions: 1"})
            .parameter("replication", &Params::replication, {.doc = "copies of each partition, the leader's included; at most one on each broker", .least = 1, .most = 100, .unit = "replicas", .source = "Kafka, default.replication.factor: 1"})
            .parameter("acks", &Params::acks, {.doc = "when a publisher is answered", .source = "Kafka, ProducerConfig: all"})
            .parameter("min_insync_replicas", &Params::minInsync, {.doc = "with fewer in-sync replicas `acks: all` is refused", .least = 1, .most = 100, .unit = "replicas", .source = "Kafka, min.insync.replicas: 1 (unconfirmed)", .live = true})
            .parameter("unclean_election", &Params::unclean, {.doc = "a replica that is behind may become leader if no other is up", .source = "Kafka, unclean.leader.election.enable: false", .live = true})
            .parameter("partitioner", &Params::partitioner, {.doc = "which partition a record goes to", .live = true})
            .parameter("linger", &Params::linger, {.doc = "how long a record waits for others of its batch", .least = Duration(), .most = Duration::seconds(60), .source = "Kafka, linger.ms: 0 (5 ms since 4.0, unconfirmed)", .live = true})
            .parameter("batch_size", &Params::batchSize, {.doc = "a batch so long is sent at once", .least = Bytes::of(1), .most = Bytes::of(1 << 30), .source = "Kafka, ProducerConfig: 16384", .live = true})
            .parameter("delivery_timeout", &Params::deliveryTimeout, {.doc = "how long a producer tries", .least = Duration::milliseconds(1), .most = Duration::seconds(86'400), .source = "Kafka, ProducerConfig: 120 s", .live = true})
            .parameter("replication_time", &Params::replicationTime, {.doc = "until the followers have what the leader has", .least = Duration(), .most = Duration::seconds(60), .source = "unconfirmed", .live = true})
            .parameter("broker_timeout", &Params::brokerTimeout, {.doc = "without a broker's heartbeats, until the controller takes it for dead", .least = Duration::milliseconds(1), .most = Duration::seconds(3600), .source = "Kafka, broker.session.timeout.ms: 9 s (unconfirmed)", .live = true})
            .parameter("catch_up", &Params::catchUp, {.doc = "until a broker that is back is in sync", .least = Duration(), .most = Duration::seconds(86'400), .source = "unconfirmed", .live = true})
            .parameter("retention", &Params::retention, {.doc = "age at which records are deleted, looked at every 5 min", .least = Duration::seconds(1), .source = "Kafka, log.retention.hours: 168 (unconfirmed)", .live = true})
            .parameter("retention_bytes", &Params::retentionBytes, {.doc = "size of a partition beyond which its oldest records are deleted", .least = Bytes::of(1), .source = "Kafka, log.retention.bytes: -1 (unconfirmed)", .live = true, .mayBeUnlimited = true})
            .parameter("fetch_wait", &Params::fetchWait, {.doc = "how long a fetch waits for a record", .least = Duration::milliseconds(1), .most = Duration::seconds(60), .source = "Kafka, fetch.max.wait.ms: 500", .live = true})
            .metric("records_in", "records", "records in the logs, the deleted ones included")
            .metric("produce_requests", "calls", "batches that producers sent")
            .metric("fetch_requests", "calls", "fetches of consumers")
            .metric("not_enough_replicas", "records", "records refused at first for lack of in-sync replicas")
            .metric("lost_records", "records", "acknowledged records that no replica has any more")
            .metric("leader_elections", "elections", "partitions that got another leader")
            .metric("unclean_elections", "elections", "of those, with a leader that was behind")
            .metric("offline_partitions", "partitions", "partitions without a leader now")
            .metric("under_replicated_partitions", "partitions", "partitions with a replica out of sync now")
            .metric("deleted_unread", "records", "records deleted before a group had committed them")
            .metric("lag", "records", "records that groups have not committed now")
            .understands({"crash"})
            .example("nodes:\n  shop: {type: client, arrivals: poisson(300/s), sends: orders.publish, keys: uniform(1000)}\n"
                     "  orders: {type: kafka, partitions: 6, replication: 3, min_insync_replicas: 2}\n"
                     "  billing: {type: kafka_consumer, consumes: orders, members: 3, work: exponential(5ms), offset_reset: earliest}\n"
                     "links:\n  \"* -> *\": {latency: 0.5ms}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<Kafka>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::messaging
