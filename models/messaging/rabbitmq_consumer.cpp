// Consumes a queue of a RabbitMQ broker: messages are pushed to it, as many as its prefetch lets be unacknowledged.
#include "models/messaging/rabbitmq_subscription.h"
#include "models/program.h"
#include "models/scenario/describe.h"
#include "models/scenario/steps.h"
#include "models/scenario/values.h"

#include <memory>
#include <optional>

namespace tantrum::models::messaging {
namespace {

using namespace scenario;

enum class Acknowledge : std::uint8_t { manual, automatic };
constexpr auto choices(Acknowledge)
{
    return std::array{Choice<Acknowledge>{Acknowledge::manual, "manual", "after the work"},
                      Choice<Acknowledge>{Acknowledge::automatic, "automatic", "sent is done: no prefetch applies, and a crash loses what was sent"}};
}
enum class OnFailure : std::uint8_t { requeue, reject };
constexpr auto choices(OnFailure)
{
    return std::array{Choice<OnFailure>{OnFailure::requeue, "requeue", "basic.nack with requeue: back to its position at once"},
                      Choice<OnFailure>{OnFailure::reject, "reject", "basic.reject without requeue: dead-lettered, or dropped"}};
}

struct Params {
    OperationReference consumes;
    std::int64_t prefetch = scenario::unlimited;
    std::int64_t concurrency = 1;
    std::optional<DurationDistribution> work;
    scenario::Program steps;
    Acknowledge acknowledge = Acknowledge::manual;
    OnFailure onFailure = OnFailure::requeue;
    std::int64_t priority = 0;
    Duration reconnect = Duration::seconds(5);
};

// Without a prefetch so many deliveries may be on their way at once.
constexpr std::int64_t onTheirWay = 256;

class Consumer final : public Component {
public:
    Consumer(const Params& params, Building& building)
        : Component(building), params_(params), host_(simulation()), workers_(simulation(), params.concurrency), luck_(building.stream("work")), site_{host_, luck_, station(), nullptr, &workers_}
    {
    }

    void connect(Building& building) override
    {
        subscription_.connect(building, params_.consumes, params_.priority, params_.acknowledge == Acknowledge::automatic);
        program_.emplace(withWork(params_.work, params_.steps), building);
    }
    void start() override { open(bounded() ? params_.prefetch : onTheirWay); }
    void change(const ParameterSet& parameters, std::string_view, Building&) override
    {
        const Params& changed = parameters.as<Params>();
        params_.onFailure = changed.onFailure;
        params_.concurrency = changed.concurrency;
        workers_.setPlaces(params_.concurrency);
    }
    std::vector<Host*> hosts() override { return {&host_}; }
    void hostChanged(Host& host) override
    {
        if (host.up()) {
            start();
            return;
        }
        waiting_ = 0;
        subscription_.close();
    }

    Levels look() override
    {
        const Instant now = simulation().now();
        Levels levels;
        levels.takeBusy(workers_.busy(), now);
        levels.takeQueue(workers_.queue(), now);
        levels.capacity = static_cast<double>(params_.concurrency);
        levels.up = host_.up();
        levels.paused = host_.paused();
        return levels;
    }
    std::vector<NamedMetric> metrics() const override
    {
        return {metric("handled", static_cast<double>(handled_)), metric("failures", static_cast<double>(failures_)), metric("reconnects", static_cast<double>(reconnects_))};
    }

private:
    bool bounded() const { return params_.acknowledge == Acknowledge::manual && params_.prefetch != scenario::unlimited; }

    void open(std::int64_t places)
    {
        for (; host_.up() && subscription_.connected() && places > 0; --places) {
            ++waiting_;
            host_.scope().spawn(place());
        }
    }

    // One of the deliveries that may be out here: received, handled, settled, which asks for the next.
    Task<void> place()
    {
        Settlement settlement = Settlement::none;
        std::uint64_t tag = 0;
        for (;;) {
            const Reply delivery = co_await subscription_.next(simulation(), settlement, tag, false);
            settlement = Settlement::none;
            tag = 0;
            if (!delivery.ok()) {
                ++reconnects_;
                co_await simulation().delay(params_.reconnect);
                continue;
            }
            --waiting_;
            if (!bounded()) open(onTheirWay - waiting_);
            const Reply result = co_await handle(delivery);
            if (params_.acknowledge == Acknowledge::manual) {
                tag = delivery.token;
                settlement = result.ok() ? Settlement::acknowledge : params_.onFailure == OnFailure::requeue ? Settlement::requeue : Settlement::reject;
            }
            if (!bounded() && waiting_ >= onTheirWay) break;
            ++waiting_;
        }
        if (settlement != Settlement::none) co_await subscription_.next(simulation(), settlement, tag, true);
    }

    Task<Reply> handle(Reply delivery)
    {
        Request request;
        if (station().traces().on()) [[unlikely]]
            request.span = subscription_.spanOf(delivery.token);
        request.id = delivery.token & Request::identityMask;
        request.key = delivery.key;
        request.begun = delivery.begun;
        request.bytes = delivery.bytes;
        Reply result;
        if (host_.poison().isIn(request.key, request.begun)) {
            Visit visit(station(), simulation(), request);
            result = visit.fail(Outcome::error);
        } else {
            result = co_await program_->serve(site_, request);
        }
        ++(result.ok() ? handled_ : failures_);
        co_return result;
    }

    Params params_;
    Host host_;
    engine::Slots workers_;
    engine::RandomStream luck_;
    Site site_;
    RabbitSubscription subscription_;
    std::optional<models::Program> program_;
    std::int64_t waiting_ = 0;  ///< places without a delivery
    std::uint64_t handled_ = 0, failures_ = 0, reconnects_ = 0;
};

}  // namespace

TANTRUM_MODEL(messaging, rabbitmq_consumer)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "rabbitmq_consumer")
            .title("RabbitMQ consumer").group("Messaging").icon("consumer")
            .summary("Consumes a queue of a RabbitMQ broker, as many messages at once as its prefetch allows.")
            .details("The broker pushes until `prefetch` messages are unacknowledged here; they wait for one of the `concurrency` "
                     "workers, which runs `work` and then `steps`. The acknowledgement makes room for the next delivery, a round trip later: over "
                     "a network with round trip R and work s, one worker gets min(1/s, prefetch/(R + s)). Without a prefetch "
                     "everything that is ready comes at once, and other consumers get nothing of it.\n\n"
                     "A crash gives everything unacknowledged back. A broker that is down or closes the channel is connected to again after `reconnect`.\n\n"
                     "Simplified: one channel; an acknowledgement is for one message; without a prefetch 256 deliveries at most travel at the same time.")
            .required("consumes", &Params::consumes, {.doc = "the queue, as broker.queue", .accepts = "amqp"})
            .parameter("prefetch", &Params::prefetch, {.doc = "messages delivered and not yet acknowledged (basic.qos)", .least = 1, .most = 65'535, .unit = "messages", .source = "RabbitMQ consumer prefetch: no limit by default", .mayBeUnlimited = true})
            .parameter("concurrency", &Params::concurrency, {.doc = "messages handled at once", .least = 1, .most = 100'000, .unit = "workers", .live = true})
            .parameter("work", &Params::work, {.doc = "time of each message"})
            .parameter("steps", &Params::steps, {.doc = "what else it does with each message"})
            .parameter("acknowledge", &Params::acknowledge, {.doc = "when a message is acknowledged"})
            .parameter("on_failure", &Params::onFailure, {.doc = "what becomes of a message whose handling failed", .live = true})
            .parameter("priority", &Params::priority, {.doc = "consumers of higher priority get messages as long as they have prefetch to spare", .least = -1'000'000, .most = 1'000'000, .source = "RabbitMQ consumer priority (x-priority): 0"})
            .parameter("reconnect", &Params::reconnect, {.doc = "wait before connecting again", .least = Duration::milliseconds(1), .source = "RabbitMQ Java client, network recovery interval: 5 s; unconfirmed"})
            .metric("handled", "messages", "messages handled to their end")
            .metric("failures", "messages", "messages whose handling failed")
            .metric("reconnects", "places", "places of the prefetch that had to be asked for again: broker down, or channel closed")
            .understands({"crash", "slow", "pause", "errors", "poison_message"})
            .example("nodes:\n  shop: {type: client, arrivals: poisson(100/s), sends: rabbit.orders}\n"
                     "  rabbit: {type: rabbitmq, queues: {orders: {}}}\n"
                     "  fulfil: {type: rabbitmq_consumer, consumes: rabbit.orders, prefetch: 20, concurrency: 8, work: exponential(50ms)}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<Consumer>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::messaging
