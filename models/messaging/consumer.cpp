// Takes messages from a queue, a few at a time, handles and acknowledges them.
#include "models/component.h"
#include "models/program.h"
#include "models/scenario/describe.h"
#include "models/scenario/steps.h"
#include "models/scenario/values.h"

#include <memory>
#include <optional>

namespace tantrum::models::messaging {
namespace {

using namespace scenario;

enum class OnFailure : std::uint8_t { leave, giveBack, drop };
constexpr auto choices(OnFailure)
{
    return std::array{Choice<OnFailure>{OnFailure::leave, "leave", "not acknowledged: it comes back after the queue's visibility time"},
                      Choice<OnFailure>{OnFailure::giveBack, "return", "given back at once, to the end of the queue"},
                      Choice<OnFailure>{OnFailure::drop, "drop", "acknowledged all the same"}};
}

struct Params {
    NodeReference consumes;
    std::int64_t concurrency = 1;
    std::optional<DurationDistribution> work;
    scenario::Program steps;
    OnFailure onFailure = OnFailure::leave;
};

class Consumer final : public Component {
public:
    Consumer(const Params& params, Building& building)
        : Component(building), params_(params), host_(simulation()), luck_(building.stream("work")), site_{host_, luck_, station()}
    {
    }

    void connect(Building& building) override
    {
        queue_ = &building.node(params_.consumes.node);
        receive_ = building.target(OperationReference{params_.consumes.node, "receive"});
        acknowledge_ = building.target(OperationReference{params_.consumes.node, "acknowledge"});
        giveBack_ = building.target(OperationReference{params_.consumes.node, "return"});
        scenario::Program steps = params_.steps;
        if (params_.work) {
            Step work;
            work.action = Work{*params_.work};
            steps.insert(steps.begin(), work);
        }
        program_.emplace(steps, building);
    }
    void start() override { hire(); }
    // More: hired at once. Fewer: the surplus leaves after its message.
    void change(const ParameterSet& parameters, std::string_view key, Building&) override
    {
        const Params& changed = parameters.as<Params>();
        if (key == "concurrency") params_.concurrency = changed.concurrency;
        if (key == "on_failure") params_.onFailure = changed.onFailure;
        hire();
    }
    std::vector<Host*> hosts() override { return {&host_}; }
    void hostChanged(Host& host) override
    {
        hired_ = 0;
        if (host.up()) hire();
    }

    Levels look() override
    {
        const Instant now = simulation().now();
        Levels levels;
        levels.takeBusy(busy_, now);
        levels.capacity = static_cast<double>(params_.concurrency);
        levels.up = host_.up();
        levels.paused = host_.paused();
        return levels;
    }
    std::vector<NamedMetric> metrics() const override
    {
        return {metric("handled", static_cast<double>(handled_)), metric("failures", static_cast<double>(failures_))};
    }

private:
    struct Busy {
        explicit Busy(Consumer& of) : consumer(of) { consumer.busy_.add(consumer.simulation().now(), 1); }
        ~Busy() { consumer.busy_.add(consumer.simulation().now(), -1); }
        Consumer& consumer;
    };

    void hire()
    {
        while (host_.up() && hired_ < params_.concurrency) {
            ++hired_;
            host_.scope().spawn(work());
        }
    }

    Task<void> work()
    {
        while (hired_ <= params_.concurrency) {
            const std::uint64_t before = simulation().events();
            Reply delivery = co_await ask(receive_, 0);
            if (!delivery.ok()) {  // the queue is down or out of reach: not in a tight circle
                co_await simulation().delay(Duration::seconds(1));
                continue;
            }
            if (!delivery.found) continue;
            co_await handle(delivery);
            // What was handled without an event, and may be back already, goes through the agenda: others want a turn.
            if (simulation().events() == before) co_await simulation().delay(Duration());
        }
        --hired_;
    }

    Task<void> handle(Reply delivery)
    {
        Request request;
        if (station().traces().on()) [[unlikely]]
            request.span = queue_->spanOf(delivery.token);
        Visit visit(station(), simulation(), request);
        visit.at(host_);
        const Busy busy(*this);
        request.id = delivery.token & Request::identityMask;
        request.key = delivery.key;
        request.begun = delivery.begun;
        request.bytes = delivery.bytes;
        Reply result;
        if (host_.drawsError(luck_) || host_.poison().isIn(request.key, request.begun))
            result = Reply::failed(Outcome::error);
        else
            result = co_await program_->run(site_, request);
        if (result.ok() || params_.onFailure == OnFailure::drop)
            co_await ask(acknowledge_, delivery.token);
        else if (params_.onFailure == OnFailure::giveBack)
            co_await ask(giveBack_, delivery.token);
        ++(result.ok() ? handled_ : failures_);
        visit.end(result, simulation());
    }

    Task<Reply> ask(const Target& target, std::uint64_t token)
    {
        Request request;
        request.key = token;
        request.operation = target.operation;
        request.begun = simulation().now();
        Calling calling(target, simulation());
        const Reply reply = co_await target.service->call(request);
        calling.end(reply);
        co_return reply;
    }

    Params params_;
    Host host_;
    engine::RandomStream luck_;
    Site site_;
    const Component* queue_ = nullptr;  ///< for the traces of its messages
    Target receive_, acknowledge_, giveBack_;
    std::optional<models::Program> program_;
    engine::Gauge busy_;
    std::int64_t hired_ = 0;
    std::uint64_t handled_ = 0, failures_ = 0;
};

}  // namespace

TANTRUM_MODEL(messaging, consumer)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "consumer")
            .title("Consumer").group("Messaging").icon("consumer")
            .summary("Takes messages from a queue, handles and acknowledges them.")
            .details("Each of its `concurrency` workers asks for a message, runs `work` and then `steps`, acknowledges, "
                     "and asks again. A crash loses what was in hand: the queue delivers it again after its visibility time.")
            .required("consumes", &Params::consumes, {.doc = "the queue it takes from", .accepts = "messages"})
            .parameter("concurrency", &Params::concurrency, {.doc = "messages handled at once", .least = 1, .most = 100'000, .unit = "workers", .live = true})
            .parameter("work", &Params::work, {.doc = "time of each message"})
            .parameter("steps", &Params::steps, {.doc = "what else it does with each message"})
            .parameter("on_failure", &Params::onFailure, {.doc = "what becomes of a message whose handling failed", .live = true})
            .metric("handled", "messages", "messages handled to their end")
            .metric("failures", "messages", "messages whose handling failed")
            .understands({"crash", "slow", "pause", "errors", "poison_message"})
            .example("nodes:\n  shop: {type: client, arrivals: poisson(100/s), sends: orders}\n"
                     "  orders: {type: queue}\n"
                     "  fulfil: {type: consumer, consumes: orders, concurrency: 8, work: exponential(50ms)}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<Consumer>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::messaging
