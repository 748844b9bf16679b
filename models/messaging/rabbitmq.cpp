// A RabbitMQ broker: exchanges that route, queues that push to consumers within their prefetch, confirms, and the two
// ways it holds publishers back.
#include "models/messaging/rabbitmq.h"

#include "models/messaging/rabbitmq_queue.h"
#include "models/scenario/describe.h"

#include <algorithm>
#include <deque>

namespace tantrum::models::messaging {
namespace {

using namespace scenario;

struct Params {
    RabbitQueues queues;
    RabbitExchanges exchanges;
    bool confirms = true;
    DurationDistribution disk = DurationDistribution::constant(Duration::milliseconds(1));
    std::int64_t replicas = 3;
    DurationDistribution replication = DurationDistribution::constant(Duration::milliseconds(1));
    Duration classicCost = Duration::microseconds(25);
    Duration quorumCost = Duration::microseconds(50);
    Bytes memory = Bytes::of(std::int64_t{4} << 30);
    Probability watermark = Probability::ofShare(0.6);
    Bytes baseMemory = Bytes::of(std::int64_t{128} << 20);
    Bytes overhead = Bytes::of(720);
    Duration memoryCheck = Duration::milliseconds(2500);
    Duration acknowledgeTimeout = Duration::seconds(30 * 60);
};

constexpr Duration timeoutCheck = Duration::seconds(60);
constexpr std::int64_t mostReplicas = 7;

class Broker final : public Component, public Service, public RabbitBroker {
public:
    Broker(const Params& params, Building& building)
        : Component(building), params_(params), host_(simulation()), core_(host_, station(), params.overhead.count()), luck_(building.stream("errors")),
          diskLuck_(building.stream("confirms")), housekeeping_(simulation())
    {
        for (const RabbitQueueSettings& settings : params.queues.list) queues_.emplace_back(settings, queues_.size(), core_);
        for (RabbitQueue& queue : queues_)
            if (const auto to = params.queues.find(queue.settings().deadLetterTo)) queue.deadLettersGoTo(&queues_[*to]);
        makeRoutes();
        subscribe("", 0, false);  // whoever polls instead: basic.get
    }

    Service* service() override { return this; }
    std::vector<std::string> operations() const override { return names_; }
    std::uint32_t spanOf(std::uint64_t token) const override
    {
        const RabbitMessage* message = core_.messages.find(token);
        return message ? message->request.span : 0;
    }
    void start() override
    {
        for (RabbitQueue& queue : queues_) housekeeping_.spawn(queue.expire());
        housekeeping_.spawn(watchAcknowledgements());
        housekeeping_.spawn(watchMemory());
    }
    void change(const ParameterSet& parameters, std::string_view, Building&) override
    {
        const Params& changed = parameters.as<Params>();
        params_.memory = changed.memory;
        params_.watermark = changed.watermark;
        params_.acknowledgeTimeout = changed.acknowledgeTimeout;
        params_.classicCost = changed.classicCost;
        params_.quorumCost = changed.quorumCost;
    }
    std::vector<Host*> hosts() override { return {&host_}; }
    void hostChanged(Host& host) override
    {
        for (RabbitQueue& queue : queues_) host.up() ? queue.revive() : queue.crash();
        alarm_ = alarm_ && host.up();
    }
    void flush() override
    {
        for (RabbitQueue& queue : queues_) queue.purge();
    }

    Levels look() override
    {
        const Instant now = simulation().now();
        Levels levels;
        levels.takeQueue(core_.ready, now);
        levels.takeInside(core_.all, now);
        Instant oldest = Instant::never();
        for (const RabbitQueue& queue : queues_) oldest = std::min(oldest, queue.oldest());
        if (oldest != Instant::never()) levels.oldestSeconds = (now - oldest).inSeconds();
        levels.up = host_.up();
        return levels;
    }
    std::vector<NamedMetric> metrics() const override;
    std::string_view reason(Outcome outcome) const override
    {
        return outcome == Outcome::rejected ? "queue at its length limit" : outcome == Outcome::expired ? "messages outlived their TTL" : outcome == Outcome::error ? "dead-lettered" : Component::reason(outcome);
    }

    std::optional<RabbitLink> subscribe(std::string_view name, std::int64_t priority, bool acknowledgesItself) override
    {
        const auto index = name.empty() ? std::optional<std::size_t>(0) : params_.queues.find(name);
        if (!index) return std::nullopt;
        RabbitLink link;
        link.consumer = static_cast<std::uint32_t>(consumers_.size());
        consumers_.emplace_back(queues_[*index], priority, acknowledgesItself);
        queues_[*index].add(consumers_.back());
        return link;
    }
    RabbitLink reconnect(RabbitLink link) override
    {
        RabbitConsumerState& consumer = consumers_[link.consumer];
        link.session = ++consumer.session;
        consumer.queue.closeChannel(consumer);
        return link;
    }
    const Request* delivered(std::uint64_t tag) const override
    {
        const RabbitMessage* message = core_.messages.find(tag);
        return message ? &message->request : nullptr;
    }

    Task<Reply> call(Request request) override
    {
        engine::Resident<Reply> here;
        if (!host_.up()) co_return Reply::died();
        co_await here.enter(host_.scope());
        if (request.operation < routes_.size()) co_return co_await publish(request);
        const auto verb = static_cast<std::size_t>(request.operation - routes_.size());
        if (verb >= receiveVerb) request.id = 0;  // of the one that polls
        const RabbitLink link = RabbitLink::of(request.id);
        if (link.consumer >= consumers_.size() || link.session != consumers_[link.consumer].session) co_return Reply::died();
        settle(verb, consumers_[link.consumer], request.key);
        const bool wantsMore = verb < receiveVerb ? !RabbitLink::last(request.id) : verb == receiveVerb;
        if (!wantsMore) co_return Reply();
        RabbitPlace place(consumers_[link.consumer]);
        const std::optional<Reply> given = co_await place;
        co_return given ? *given : Reply::died();
    }

private:
    static constexpr std::size_t ackVerb = 1, nackVerb = 2, rejectVerb = 3, receiveVerb = 4, acknowledgeVerb = 5, returnVerb = 6;

    // The operations, and where each leads: by name to a queue, by a routing key through an exchange.
    void makeRoutes()
    {
        for (std::size_t queue = 0; queue < queues_.size(); ++queue) {
            names_.push_back(queues_[queue].settings().name);
            routes_.push_back({queue});
        }
        for (const RabbitExchange& exchange : params_.exchanges.list) {
            const auto lead = [&](const std::string& operation, std::string_view key) {
                std::vector<std::size_t> to;
                for (const RabbitExchange::Binding& binding : exchange.bindings)
                    if (const auto queue = params_.queues.find(binding.queue); queue && exchange.routes(binding, key) && std::find(to.begin(), to.end(), *queue) == to.end()) to.push_back(*queue);
                names_.push_back(operation);
                routes_.push_back(std::move(to));
            };
            if (exchange.type == RabbitExchangeType::fanout) lead(exchange.name, "");
            for (const RabbitExchange::RoutingKey& routing : exchange.routingKeys) lead(routing.operation, routing.key);
        }
        for (const std::string_view verb : {amqpConsume, amqpAck, amqpNack, amqpReject}) names_.emplace_back(verb);
        for (const char* verb : {"receive", "acknowledge", "return"}) names_.emplace_back(verb);
    }

    void settle(std::size_t verb, const RabbitConsumerState& consumer, std::uint64_t tag)
    {
        RabbitMessage* message = core_.messages.find(tag);
        if (!message || message->at != &consumer) return;  // the channel it was delivered on is closed
        RabbitQueue& queue = consumer.queue;
        if (verb == ackVerb || verb == acknowledgeVerb) queue.acknowledge(*message);
        if (verb == nackVerb || verb == returnVerb) queue.giveBack(*message);
        if (verb == rejectVerb) queue.reject(*message);
    }

    // Blocked: waits until the alarm is over.
    class Unblocked : private engine::Wakeup {
    public:
        explicit Unblocked(Broker& broker) : broker_(broker) {}
        bool await_ready() const { return !broker_.alarm_; }
        void await_suspend(std::coroutine_handle<> awaiting)
        {
            aim(awaiting);
            broker_.blocked_.pushBack(*this);
            ++broker_.blockedNow_;
            counted_ = true;
        }
        void await_resume() {}
        ~Unblocked() { broker_.blockedNow_ -= counted_; }
        static void wake(engine::ListNode& node, Simulation& simulation)
        {
            auto& waiting = static_cast<Unblocked&>(static_cast<engine::Wakeup&>(node));
            waiting.leave();
            simulation.armNow(waiting);
        }

    private:
        Broker& broker_;
        bool counted_ = false;
    };

    Task<Reply> publish(Request request)
    {
        while (alarm_) co_await Unblocked(*this);
        ++published_;
        if (host_.drawsError(luck_)) co_return refuse(Outcome::error);
        const std::vector<std::size_t>& to = routes_[request.operation];
        if (to.empty()) ++unroutable_;
        bool accepted = true;
        Instant confirmed = simulation().now();
        for (const std::size_t index : to) {
            RabbitQueue& queue = queues_[index];
            engine::Permit credit = co_await queue.credit().acquire();
            if (!params_.confirms) {
                host_.scope().spawn(enqueueAlone(queue, request, std::move(credit)));
                continue;
            }
            const bool taken = co_await enqueue(queue, request, std::move(credit));
            accepted = accepted && taken;
            if (taken && !queue.settings().quorum() && queue.settings().survives()) confirmed = std::max(confirmed, simulation().now() + params_.disk.distribution.sample(diskLuck_));
        }
        if (confirmed > simulation().now()) co_await simulation().delay(confirmed - simulation().now());
        ++(accepted ? confirms_ : nacks_);
        co_return accepted ? Reply() : Reply::failed(Outcome::rejected);
    }
    Reply refuse(Outcome outcome)
    {
        station().arrive();
        station().refuse(outcome);
        station().leaveUnmeasured(outcome);
        return Reply::failed(outcome);
    }

    // Through the queue's process, one message after the other; a quorum queue has it once a majority does, in order.
    Task<bool> enqueue(RabbitQueue& queue, Request request, engine::Permit credit)
    {
        {
            engine::Permit process = co_await queue.process().acquire();
            co_await host_.processor().work(queue.settings().quorum() ? params_.quorumCost : params_.classicCost, engine::Spans::constant);
        }
        credit.release();
        if (queue.settings().quorum()) {
            queue.committed = std::max(queue.committed, simulation().now() + majority());
            if (queue.committed > simulation().now()) co_await simulation().delay(queue.committed - simulation().now());
        }
        co_return queue.accept(request);
    }
    Task<void> enqueueAlone(RabbitQueue& queue, Request request, engine::Permit credit) { co_await enqueue(queue, request, std::move(credit)); }

    // The leader has it; so many followers are needed, the fastest of them.
    Duration majority()
    {
        const auto followers = static_cast<std::size_t>(params_.replicas - 1), needed = static_cast<std::size_t>(params_.replicas / 2);
        if (needed == 0) return Duration();
        std::array<Duration, mostReplicas> times;
        for (std::size_t follower = 0; follower < followers; ++follower) times[follower] = params_.replication.distribution.sample(diskLuck_);
        std::sort(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(followers));
        return times[needed - 1];
    }

    Task<void> watchAcknowledgements()
    {
        for (;;) {
            co_await simulation().delay(timeoutCheck);
            if (!host_.up() || simulation().now().sinceStart() < params_.acknowledgeTimeout) continue;
            const Instant since = Instant::at(simulation().now().sinceStart() - params_.acknowledgeTimeout);
            for (RabbitQueue& queue : queues_) channelsClosed_ += queue.closeChannelsSince(since);
        }
    }

    Task<void> watchMemory()
    {
        for (;;) {
            co_await simulation().delay(params_.memoryCheck);
            const bool fullMemory = static_cast<double>(memoryUsed()) > params_.watermark.share() * static_cast<double>(params_.memory.count());
            const bool high = host_.up() && (fullMemory || host_.diskFull());
            if (high && !alarm_) ++alarms_;
            alarm_ = high;
            while (!alarm_ && !blocked_.empty()) Unblocked::wake(*blocked_.first(), simulation());
        }
    }
    std::int64_t memoryUsed() const { return params_.baseMemory.count() + core_.bytes; }

    Params params_;
    Host host_;
    RabbitCore core_;
    engine::RandomStream luck_, diskLuck_;
    std::deque<RabbitQueue> queues_;
    std::deque<RabbitConsumerState> consumers_;
    std::vector<std::string> names_;
    std::vector<std::vector<std::size_t>> routes_;  ///< of each publishing operation, the queues
    engine::List blocked_;
    std::int64_t blockedNow_ = 0;
    bool alarm_ = false;
    std::uint64_t published_ = 0, unroutable_ = 0, confirms_ = 0, nacks_ = 0, channelsClosed_ = 0, alarms_ = 0;
    engine::Scope housekeeping_;
};

std::vector<NamedMetric> Broker::metrics() const
{
    std::int64_t flow = 0;
    for (const RabbitQueue& queue : queues_) flow += queue.credit().queue().level();
    const auto count = [](std::string_view key, auto value) { return metric(key, static_cast<double>(value)); };
    const auto& letters = core_.deadLettered;
    return {count("published", published_), count("confirmed", confirms_), count("nacked", nacks_), count("unroutable", unroutable_),
            count("delivered", core_.delivered), count("redelivered", core_.redelivered), count("acknowledged", core_.acknowledged),
            count("returned", core_.returned), count("dead_lettered_rejected", letters[0]), count("dead_lettered_expired", letters[1]),
            count("dead_lettered_maxlen", letters[2]), count("dead_lettered_delivery_limit", letters[3]), count("dropped", core_.dropped),
            count("lost", core_.lost), count("ready", core_.ready.level()), count("unacknowledged", core_.unacknowledged),
            count("memory_used", memoryUsed()), count("memory_alarms", alarms_), count("blocked_publishers", blockedNow_),
            count("publishers_in_flow", flow), count("channels_closed", channelsClosed_)};
}

}  // namespace

TANTRUM_MODEL(messaging, rabbitmq)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "rabbitmq")
            .title("RabbitMQ").group("Messaging").icon("broker")
            .accepts("calls").accepts("messages").accepts("amqp").accepts("tasks").ownOperations()
            .summary("A broker: exchanges route to queues, which push to consumers until their prefetch is full.")
            .details(
                "**Publishing.** Every queue is an operation (the default exchange: `call: rabbit.orders`, or `publish: rabbit.orders` without "
                "waiting for the confirm), so is every fanout exchange, and every routing key an exchange lists under "
                "`routing_keys`. A call is answered by the publisher confirm, or by a refusal (basic.nack, outcome "
                "`rejected`). What no queue is bound for is dropped and confirmed, as without the mandatory flag.\n\n"
                "**Queues.** Arguments as RabbitMQ names them: `type` (classic, quorum), `durable`, `persistent` (of what is "
                "published), `max_length` and `max_length_bytes` (ready messages; those out at consumers do not count), `overflow` "
                "(drop-head, reject-publish, reject-publish-dlx), `message_ttl` (enforced at the head: a fresh message "
                "behind an old one waits for it), `dead_letter_to`, `delivery_limit` (quorum: 20 returns, the next one "
                "dead-letters), `single_active_consumer`. A message whose dead letters would go in a circle without a rejection is dropped.\n\n"
                "**Deliveries** are pushed: the highest consumer priority first, in turn among equals, no more than a "
                "consumer's prefetch unacknowledged. A message given back takes its original position. A consumer whose process "
                "dies gives all of its unacknowledged ones back at once; one that is cut off does so by the acknowledgement timeout.\n\n"
                "**Holding publishers back.** Each queue is one process that handles a message in `classic_cost` or "
                "`quorum_cost`; 400 may be on their way to it, further publishers wait in flow. Above the memory watermark "
                "all publishers wait, consumers go on; so they do while its disk is full (the `disk_full` fault).\n\n"
                "**A crash** loses what is not persistent in a durable queue; what was unacknowledged is redelivered.\n\n"
                "Simplified: one node (the replicas of a quorum queue are a confirm latency; its leader never moves); bodies count as memory, "
                "as without paging; credit is counted message by message, not in batches of 200; a message for several queues goes to one after the other; "
                "no heartbeats, transactions, streams, headers exchanges or alternate exchanges. The generic consumer polls the first queue.")
            .required("queues", &Params::queues, {.doc = "the queues, by name, with their arguments"})
            .parameter("exchanges", &Params::exchanges, {.doc = "exchanges besides the default one: type, bindings (queue: key or keys), routing_keys (operation: key)"})
            .parameter("confirms", &Params::confirms, {.doc = "publishers wait for confirms; without, a message is sent and forgotten, and refusals are not heard of", .source = "AMQP leaves it to the publisher (confirm.select)"})
            .parameter("disk", &Params::disk, {.doc = "until a persistent message of a classic queue is written and confirmed", .source = "unconfirmed"})
            .parameter("replicas", &Params::replicas, {.doc = "members of a quorum queue; a majority has to have a message", .least = 1, .most = mostReplicas, .unit = "nodes", .source = "RabbitMQ quorum queues: initial group size 3"})
            .parameter("replication", &Params::replication, {.doc = "until one follower has written a message and said so", .source = "unconfirmed"})
            .parameter("classic_cost", &Params::classicCost, {.doc = "time of a classic queue's process for each message", .least = Duration(), .source = "20 to 50 thousand a second on one core; unconfirmed", .live = true})
            .parameter("quorum_cost", &Params::quorumCost, {.doc = "time of a quorum queue's process for each message", .least = Duration(), .source = "10 to 30 thousand a second; unconfirmed", .live = true})
            .parameter("memory", &Params::memory, {.doc = "of the node", .least = Bytes::of(1), .source = "the machine's; 4 GiB here", .live = true})
            .parameter("memory_watermark", &Params::watermark, {.doc = "share of the memory above which publishers are blocked", .source = "RabbitMQ memory alarms: 0.6 in 4.x, 0.4 in 3.x", .live = true})
            .parameter("base_memory", &Params::baseMemory, {.doc = "what an idle node uses", .least = Bytes(), .source = "unconfirmed"})
            .parameter("message_overhead", &Params::overhead, {.doc = "memory of a message besides its body", .least = Bytes(), .most = Bytes::of(1 << 20), .source = "unconfirmed"})
            .parameter("memory_check", &Params::memoryCheck, {.doc = "how often the memory is looked at", .least = Duration::milliseconds(1), .source = "RabbitMQ memory_monitor_interval: 2500 ms; unconfirmed"})
            .parameter("consumer_timeout", &Params::acknowledgeTimeout, {.doc = "a delivery not acknowledged for so long closes its channel; checked once a minute", .least = Duration::milliseconds(1), .source = "RabbitMQ consumers, delivery acknowledgement timeout: 30 min", .live = true})
            .metric("published", "messages", "messages that publishers sent and the broker read")
            .metric("confirmed", "messages", "of those, confirmed")
            .metric("nacked", "messages", "of those, refused by a queue at its limit")
            .metric("unroutable", "messages", "of those, for no queue")
            .metric("delivered", "messages", "deliveries to consumers, redeliveries included")
            .metric("redelivered", "messages", "deliveries of messages that had been delivered before")
            .metric("acknowledged", "messages", "deliveries that consumers acknowledged")
            .metric("returned", "messages", "deliveries that came back: requeued, or their consumer was gone")
            .metric("dead_lettered_rejected", "messages", "rejected without requeueing")
            .metric("dead_lettered_expired", "messages", "that reached the head of a queue after their time to live")
            .metric("dead_lettered_maxlen", "messages", "that a queue at its limit had no room for")
            .metric("dead_lettered_delivery_limit", "messages", "that came back more often than a quorum queue's limit")
            .metric("dropped", "messages", "of the dead-lettered, those that had nowhere to go, and what was purged")
            .metric("lost", "messages", "messages that did not survive a crash")
            .metric("ready", "messages", "messages waiting in all queues now")
            .metric("unacknowledged", "messages", "messages out at consumers now")
            .metric("memory_used", "bytes", "memory in use now")
            .metric("memory_alarms", "alarms", "times the memory was found above the watermark, or the disk full")
            .metric("blocked_publishers", "publishes", "publishes blocked by an alarm now")
            .metric("publishers_in_flow", "publishes", "publishes waiting for credit of a queue now")
            .metric("channels_closed", "channels", "channels closed because a delivery was not acknowledged in time")
            .understands({"crash", "slow", "errors", "flush", "disk_full"})
            .example("nodes:\n  shop: {type: client, arrivals: poisson(100/s), sends: rabbit.orders}\n"
                     "  rabbit:\n    type: rabbitmq\n    queues:\n      orders: {type: quorum, max_length: 1000, overflow: reject-publish, dead_letter_to: failed}\n      failed: {}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<Broker>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::messaging
