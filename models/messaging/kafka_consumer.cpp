// A Kafka consumer group: members that share a topic's partitions, poll batches, commit offsets, and rebalance when one of
// them comes or goes.
#include "engine/ensure.h"
#include "models/component.h"
#include "models/messaging/kafka_source.h"
#include "models/program.h"
#include "models/scenario/describe.h"
#include "models/scenario/steps.h"
#include "models/scenario/values.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>

namespace tantrum::models::messaging {
namespace {

using namespace scenario;

enum class Commit : std::uint8_t { automatic, batch, record };
constexpr auto choices(Commit)
{
    return std::array{Choice<Commit>{Commit::automatic, "auto", "with a poll, if the last commit is `commit_interval` ago"},
                      Choice<Commit>{Commit::batch, "batch", "after each batch that a poll brought"},
                      Choice<Commit>{Commit::record, "record", "after each record"}};
}
enum class Assignment : std::uint8_t { eager, cooperative };
constexpr auto choices(Assignment)
{
    return std::array{Choice<Assignment>{Assignment::eager, "eager", "ranges; all members stop until all have joined again"},
                      Choice<Assignment>{Assignment::cooperative, "cooperative", "sticky; only partitions that move stop"}};
}
enum class OffsetReset : std::uint8_t { latest, earliest };
constexpr auto choices(OffsetReset)
{
    return std::array{Choice<OffsetReset>{OffsetReset::latest, "latest", "a group without commits begins at the end of the log"},
                      Choice<OffsetReset>{OffsetReset::earliest, "earliest", "a group without commits begins at the start of the log"}};
}

struct Params {
    NodeReference consumes;
    std::int64_t members = 1;
    std::int64_t maxPollRecords = 500;
    std::optional<DurationDistribution> work;
    scenario::Program steps;
    Commit commit = Commit::automatic;
    Duration commitInterval = Duration::seconds(5);
    OffsetReset offsetReset = OffsetReset::latest;
    Assignment assignment = Assignment::eager;
    Duration sessionTimeout = Duration::seconds(45);
    Duration heartbeat = Duration::seconds(3);
    Duration maxPollInterval = Duration::seconds(300);
    Duration initialDelay = Duration::seconds(3);
    bool staticMembership = false;
};

/// Partitions whose lag is a metric of its own.
constexpr std::size_t partitionsTold = 16;
std::string lagKey(std::size_t partition) { return "records_lag_" + std::to_string(partition); }

constexpr Duration retryPause = Duration::seconds(1);

class KafkaConsumer final : public Component {
public:
    KafkaConsumer(const Params& params, Building& building) : Component(building), params_(params), luck_(building.stream("work"))
    {
        for (std::int64_t member = 0; member < params.members; ++member) members_.emplace_back(*this, static_cast<std::size_t>(member));
    }

    void connect(Building& building) override
    {
        const std::string& topic = params_.consumes.node;
        source_ = dynamic_cast<KafkaSource*>(&building.node(topic));
        ENSURE(source_, "a group consumes a node that is no topic");
        number_ = source_->enter(members_.size());
        giveRules();
        const auto target = [&](const char* operation) { return building.target(OperationReference{topic, operation}); };
        fetch_ = target("fetch"), commit_ = target("commit"), heartbeat_ = target("heartbeat"), join_ = target("join"), leave_ = target("leave");
        program_.emplace(withWork(params_.work, params_.steps), building);
    }
    void start() override
    {
        for (Member& member : members_) member.begin();
    }
    void change(const ParameterSet& parameters, std::string_view, Building&) override
    {
        params_ = parameters.as<Params>();
        giveRules();
    }
    std::vector<Host*> hosts() override
    {
        std::vector<Host*> all;
        for (Member& member : members_) all.push_back(&member.host);
        return all;
    }
    void hostChanged(Host& host) override
    {
        for (Member& member : members_)
            if (&member.host == &host && host.up() && !member.alive) member.begin();
        for (Member& member : members_)
            if (!member.host.up()) member.alive = false, member.mine.clear();
    }

    Levels look() override
    {
        Levels levels;
        levels.takeBusy(busy_, simulation().now());
        levels.capacity = static_cast<double>(members_.size());
        levels.replicas = static_cast<int>(members_.size());
        levels.up = 0;
        for (const Member& member : members_) {
            levels.up += member.host.up();
            levels.paused |= member.host.paused();
        }
        return levels;
    }
    std::vector<NamedMetric> metrics() const override
    {
        const KafkaGroup& group = source_->group(number_);
        std::int64_t lag = 0, most = 0;
        std::size_t worst = 0, assigned = 0;
        for (std::size_t partition = 0; partition < source_->partitionCount(); ++partition) {
            const std::int64_t here = group.lag(partition);
            lag += here;
            if (here > most) most = here, worst = partition;
        }
        for (const Member& member : members_) assigned += !member.mine.empty();
        const auto count = [](std::string_view key, auto value) { return metric(key, static_cast<double>(value)); };
        std::vector<NamedMetric> all{count("records_consumed", handled_ + failures_), count("failures", failures_), count("replayed", replayed_), count("records_lag", lag),
                count("records_lag_max", most), count("lagging_partition", worst), count("rebalances", group.rebalances),
                metric("rebalancing", group.rebalanced(simulation().now()).inSeconds()), count("expired_sessions", group.expiredSessions),
                count("failed_commits", failedCommits_), count("members_assigned", assigned)};
        for (std::size_t partition = 0; partition < std::min(partitionsTold, source_->partitionCount()); ++partition)
            all.push_back(count(lagKey(partition), group.lag(partition)));
        return all;
    }

private:
    class Member {
    public:
        Member(KafkaConsumer& group, std::size_t index) : host(group.simulation()), group_(group), index_(index), site_{host, group.luck_, group.station()} {}

        Host host;
        std::vector<KafkaPosition> mine;  ///< its partitions, and what it reads next
        bool alive = false;

        void begin()
        {
            alive = true;
            joined_ = joining_ = granted_ = rejoin_ = false;
            mine.clear();
            KafkaSession& session = this->session();
            session.newborn = true;
            session.fetchCall = session.commitCall = session.joinCall = 0;
            session.claims.clear();
            host.scope().spawn(poll());
            host.scope().spawn(beat());
        }

    private:
        struct Busy {
            explicit Busy(KafkaConsumer& of) : group(of) { group.busy_.add(group.simulation().now(), 1); }
            ~Busy() { group.busy_.add(group.simulation().now(), -1); }
            KafkaConsumer& group;
        };
        Simulation& simulation() { return group_.simulation(); }
        const Params& params() const { return group_.params_; }
        KafkaSession& session() { return group_.source_->group(group_.number_).session(index_); }
        bool cooperative() const { return params().assignment == Assignment::cooperative; }

        // The application's loop. Between two polls is where a member learns of a rebalance and takes part in it.
        Task<void> poll()
        {
            lastCommit_ = lastPoll_ = simulation().now();
            for (;;) {
                lastPoll_ = simulation().now();
                if (granted_) co_await takeUp();
                if (!joined_ && !joining_) {
                    mine.clear();
                    co_await join();
                    continue;
                }
                if (rejoin_ && !joining_) co_await rejoin();
                if (mine.empty()) {
                    co_await simulation().delay(pollOfNothing);
                    continue;
                }
                const bool due = params().commit == Commit::automatic && simulation().now() - lastCommit_ >= params().commitInterval;
                if (due) co_await commit();
                co_await fetchAndHandle();
            }
        }
        // Eager: everything is given up first. Cooperative: it goes on meanwhile with what it has.
        Task<void> rejoin()
        {
            rejoin_ = false;
            co_await commit();
            if (cooperative()) {
                joining_ = true;
                host.scope().spawn(joinMeanwhile());
                co_return;
            }
            mine.clear();
            co_await join();
        }
        Task<void> joinMeanwhile() { co_await join(); }
        Task<void> join()
        {
            joining_ = true;
            KafkaSession& said = session();
            said.claims.clear();
            if (cooperative())
                for (const KafkaPosition& position : mine) said.claims.push_back(position.partition);
            said.joinCall = ++said.calls;
            const std::uint64_t call = said.joinCall;
            const Reply reply = co_await ask(group_.join_, call);
            if (!reply.ok()) co_await simulation().delay(retryPause);
            joining_ = false;
            joined_ = reply.ok();
            rejoin_ = false;
            granted_ = reply.ok();
            lastPoll_ = simulation().now();
        }
        // What it had and keeps goes on where it is; what is new begins where the group has committed.
        Task<void> takeUp()
        {
            granted_ = false;
            std::vector<KafkaPosition>& granted = session().granted;
            bool gaveUp = false;
            for (const KafkaPosition& position : mine)
                gaveUp |= std::none_of(granted.begin(), granted.end(), [&](const KafkaPosition& other) { return other.partition == position.partition; });
            if (gaveUp) co_await commit();
            for (KafkaPosition& position : session().granted)
                for (const KafkaPosition& kept : mine)
                    if (kept.partition == position.partition && kept.offset > position.offset) position = kept;
            mine = session().granted;
            if (gaveUp) rejoin_ = true;  // so that others may have them
        }

        Task<void> fetchAndHandle()
        {
            KafkaSession& said = session();
            said.wanted = mine;
            said.most = static_cast<std::size_t>(params().maxPollRecords);
            said.fetchCall = ++said.calls;
            const std::uint64_t call = said.fetchCall;
            const Reply reply = co_await ask(group_.fetch_, call);
            if (!reply.ok()) {
                co_await simulation().delay(retryPause);
                co_return;
            }
            if (!reply.found || session().fetchCall != call) co_return;
            // While a member is at work nothing else is written into its session's records: its next fetch comes after them.
            for (std::size_t each = 0; each < session().records.size(); ++each) {
                const KafkaRecord record = session().records[each];
                co_await handle(record);
                if (params().commit == Commit::record) co_await commit();
            }
            if (params().commit == Commit::batch) co_await commit();
        }

        Task<void> handle(KafkaRecord record)
        {
            Request request;
            request.span = record.span;
            Visit visit(group_.station(), simulation(), request);
            visit.at(host);
            const Busy busy(group_);
            request.id = record.id;
            request.key = record.key;
            request.begun = record.begun;
            request.bytes = record.bytes;
            Reply result;
            if (host.drawsError(group_.luck_) || host.poison().isIn(request.key, request.begun))
                result = Reply::failed(Outcome::error);
            else
                result = co_await group_.program_->run(site_, request);
            group_.note(record, result);
            for (KafkaPosition& position : mine)
                if (position.partition == record.partition) position.offset = record.offset + 1, position.epoch = record.epoch;
            visit.end(result, simulation());
        }

        Task<void> commit()
        {
            lastCommit_ = simulation().now();
            if (mine.empty()) co_return;
            KafkaSession& said = session();
            said.offsets = mine;
            said.commitCall = ++said.calls;
            const std::uint64_t call = said.commitCall;
            const Reply reply = co_await ask(group_.commit_, call);
            if (reply.ok()) co_return;
            ++group_.failedCommits_;
            if (reply.outcome == Outcome::rejected && !joining_) joined_ = false;  // fenced: its partitions are others' by now
        }

        // The client's own thread: alive as long as the process is, however long the application works on a batch.
        Task<void> beat()
        {
            for (;;) {
                co_await simulation().delay(params().heartbeat, engine::Spans::constant);
                if (!joined_ || joining_ || host.paused()) continue;
                const bool stuck = simulation().now() - lastPoll_ > params().maxPollInterval;
                const std::uint64_t call = ++session().calls;
                const Reply reply = co_await ask(stuck ? group_.leave_ : group_.heartbeat_, call);
                if (joining_) continue;
                if (stuck || reply.outcome == Outcome::rejected)
                    joined_ = false;
                else if (reply.ok() && reply.key == kafkaRejoin)
                    rejoin_ = true;
            }
        }

        Task<Reply> ask(const Target& target, std::uint64_t call)
        {
            KafkaCaller caller;
            caller.group = group_.number_;
            caller.member = index_;
            caller.call = call;
            Request request;
            request.key = caller.key();
            request.operation = target.operation;
            request.begun = simulation().now();
            Calling calling(target);
            const Reply reply = co_await target.service->call(request);
            calling.end(reply);
            co_return reply;
        }

        static constexpr Duration pollOfNothing = Duration::milliseconds(100);
        KafkaConsumer& group_;
        std::size_t index_;
        Site site_;
        bool joined_ = false, joining_ = false, granted_ = false;
        bool rejoin_ = false;  ///< a rebalance is under way
        Instant lastCommit_, lastPoll_;
    };

    void giveRules()
    {
        KafkaGroupRules& rules = source_->group(number_).rules;
        rules.sessionTimeout = params_.sessionTimeout;
        rules.rebalanceTimeout = params_.maxPollInterval;
        rules.initialDelay = params_.initialDelay;
        rules.cooperative = params_.assignment == Assignment::cooperative;
        rules.earliest = params_.offsetReset == OffsetReset::earliest;
        rules.staticMembers = params_.staticMembership;
    }
    // A record at or before the furthest one of its partition has been handled before.
    void note(const KafkaRecord& record, const Reply& result)
    {
        ++(result.ok() ? handled_ : failures_);
        if (furthest_.size() <= record.partition) furthest_.resize(source_->partitionCount(), 0);
        std::int64_t& furthest = furthest_[record.partition];
        if (record.offset < furthest) ++replayed_;
        furthest = std::max(furthest, record.offset + 1);
    }

    Params params_;
    engine::RandomStream luck_;
    KafkaSource* source_ = nullptr;
    std::size_t number_ = 0;
    Target fetch_, commit_, heartbeat_, join_, leave_;
    std::optional<models::Program> program_;
    engine::Gauge busy_;
    std::vector<std::int64_t> furthest_;
    std::uint64_t handled_ = 0, failures_ = 0, replayed_ = 0, failedCommits_ = 0;
    std::deque<Member> members_;
};

}  // namespace

TANTRUM_MODEL(messaging, kafka_consumer)
{
    static const Descriptor built = [] {
        auto describing = describe<Params>(Kind::component, "kafka_consumer");
        describing.title("Kafka consumer group").group("Messaging").icon("consumer")
            .summary("A group of consumers that share the partitions of a Kafka topic.")
            .details("Each partition is read by exactly one member, so that members beyond the partitions are idle. A member polls up to "
                     "`max_poll_records`, handles them one after the other (`work`, then `steps`), and polls again. What was handled and not "
                     "committed when a member crashed is handled again by whoever gets its partitions: at least once. A record whose handling "
                     "failed is passed over, as by an application that logs the exception.\n\n"
                     "**Crash** one member with `replica: n`. The coordinator misses it after `session_timeout`; only then do the others get "
                     "its partitions. A member that is back sooner joins as a new one, and the rebalance waits until the old one's session "
                     "has expired, unless membership is static. A poll that does not come within `max_poll_interval` makes a member leave "
                     "although its heartbeats go on; its commit then fails and its records are handled twice.\n\n"
                     "**Rebalance**: members learn of it with a heartbeat and join when they next poll. Eager ones stop until all have "
                     "joined; cooperative ones go on with what they keep.\n\nSimplified: a poll is one fetch from all brokers, records are "
                     "not prefetched, and a group without commits settles where to begin once, when it first gets a partition.")
            .required("consumes", &Params::consumes, {.doc = "the topic", .accepts = "records"})
            .parameter("members", &Params::members, {.doc = "consumers in the group, each a process of one thread", .least = 1, .most = 10'000, .unit = "members"})
            .parameter("max_poll_records", &Params::maxPollRecords, {.doc = "records that a poll brings at most", .least = 1, .most = 100'000, .unit = "records", .source = "Kafka, ConsumerConfig: 500", .live = true})
            .parameter("work", &Params::work, {.doc = "time of each record"})
            .parameter("steps", &Params::steps, {.doc = "what else is done with each record"})
            .parameter("commit", &Params::commit, {.doc = "when offsets are committed", .source = "Kafka, enable.auto.commit: true", .live = true})
            .parameter("commit_interval", &Params::commitInterval, {.doc = "between two automatic commits", .least = Duration::milliseconds(1), .most = Duration::seconds(86'400), .source = "Kafka, auto.commit.interval.ms: 5 s", .live = true})
            .parameter("offset_reset", &Params::offsetReset, {.doc = "where a group without commits begins", .source = "Kafka, auto.offset.reset: latest"})
            .parameter("assignment", &Params::assignment, {.doc = "how partitions are shared out, and who stops meanwhile"})
            .parameter("session_timeout", &Params::sessionTimeout, {.doc = "without a heartbeat, until a member is taken for dead", .least = Duration::milliseconds(1), .most = Duration::seconds(86'400), .source = "Kafka, session.timeout.ms: 45 s", .live = true})
            .parameter("heartbeat_interval", &Params::heartbeat, {.doc = "between two heartbeats", .least = Duration::milliseconds(1), .most = Duration::seconds(3600), .source = "Kafka, heartbeat.interval.ms: 3 s", .live = true})
            .parameter("max_poll_interval", &Params::maxPollInterval, {.doc = "between two polls, until a member leaves; also how long a rebalance waits for members", .least = Duration::milliseconds(1), .most = Duration::seconds(86'400), .source = "Kafka, max.poll.interval.ms: 300 s", .live = true})
            .parameter("initial_rebalance_delay", &Params::initialDelay, {.doc = "how long the first rebalance waits for more members", .least = Duration(), .most = Duration::seconds(3600), .source = "Kafka, group.initial.rebalance.delay.ms: 3 s"})
            .parameter("static_membership", &Params::staticMembership, {.doc = "a member that is back within its session gets its partitions without a rebalance (group.instance.id)"})
            .metric("records_consumed", "records", "records handled, each time")
            .metric("failures", "records", "of those, the ones whose handling failed")
            .metric("replayed", "records", "records that had been handled before")
            .metric("records_lag", "records", "records that the group has not committed now")
            .metric("records_lag_max", "records", "of the partition that is furthest behind")
            .metric("lagging_partition", "", "which partition that is, from 0")
            .metric("rebalances", "rebalances", "rebalances begun")
            .metric("rebalancing", "s", "time during which a rebalance was under way")
            .metric("expired_sessions", "members", "members taken for dead")
            .metric("failed_commits", "calls", "commits that were refused or got no answer")
            .metric("members_assigned", "members", "members that have a partition now")
            .understands({"crash", "slow", "pause", "errors", "poison_message"})
            .example("nodes:\n  shop: {type: client, arrivals: poisson(300/s), sends: orders.publish, keys: uniform(1000)}\n"
                     "  orders: {type: kafka, partitions: 6}\n"
                     "  billing: {type: kafka_consumer, consumes: orders, members: 3, work: exponential(5ms), offset_reset: earliest}\n"
                     "links:\n  \"* -> *\": {latency: 0.5ms}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<KafkaConsumer>(params, building);
            });
        for (std::size_t partition = 0; partition < partitionsTold; ++partition)
            describing.metric(lagKey(partition), "records", "of partition " + std::to_string(partition) + ", if there is one: records not committed now");
        return Descriptor(describing);
    }();
    return built;
}

}  // namespace tantrum::models::messaging
