// Takes messages from a queue, a few at a time, handles and acknowledges them.
#include "models/messaging/polling.h"
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

class Consumer final : public PollingWorkers {
public:
    Consumer(const Params& params, Building& building) : PollingWorkers(building, params.concurrency), params_(params) {}

    void connect(Building& building) override
    {
        const std::string& queue = params_.consumes.node;
        receive_ = building.target(OperationReference{queue, "receive"});
        acknowledge_ = building.target(OperationReference{queue, "acknowledge"});
        giveBack_ = building.target(OperationReference{queue, "return"});
        connectTo(building.node(queue), withWork(params_.work, params_.steps), building);
    }
    void change(const ParameterSet& parameters, std::string_view key, Building&) override
    {
        const Params& changed = parameters.as<Params>();
        if (key == "concurrency") params_.concurrency = changed.concurrency;
        if (key == "on_failure") params_.onFailure = changed.onFailure;
        setConcurrency(params_.concurrency);
    }
    std::vector<NamedMetric> metrics() const override
    {
        return {metric("handled", static_cast<double>(handled())), metric("failures", static_cast<double>(failures()))};
    }

private:
    Task<void> work() override
    {
        while (stays()) {
            const std::uint64_t before = simulation().events();
            const Reply delivery = co_await ask(receive_, 0);
            if (!delivery.ok()) {  // the queue is down or out of reach: not in a tight circle
                co_await simulation().delay(Duration::seconds(1));
                continue;
            }
            if (!delivery.found) continue;
            Message message;
            message.token = delivery.token;
            message.key = delivery.key;
            message.begun = delivery.begun;
            message.bytes = delivery.bytes;
            co_await handle(message);
            // What was handled without an event, and may be back already, goes through the agenda: others want a turn.
            if (simulation().events() == before) co_await simulation().delay(Duration());
        }
        leave();
    }
    Task<void> settle(Message message, bool done) override
    {
        if (done || params_.onFailure == OnFailure::drop)
            co_await ask(acknowledge_, message.token);
        else if (params_.onFailure == OnFailure::giveBack)
            co_await ask(giveBack_, message.token);
    }

    Params params_;
    Target receive_, acknowledge_, giveBack_;
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
