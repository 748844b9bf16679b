// Polls an SQS queue: receives a batch, handles its messages one after the other, deletes them, and polls again.
#include "models/messaging/polling.h"
#include "models/messaging/sqs_batch.h"
#include "models/scenario/describe.h"
#include "models/scenario/steps.h"
#include "models/scenario/values.h"

#include <memory>
#include <optional>

namespace tantrum::models::messaging {
namespace {

using namespace scenario;

enum class Deletes : std::uint8_t { each, batch, never };
constexpr auto choices(Deletes)
{
    return std::array{Choice<Deletes>{Deletes::each, "each", "each message, as soon as it is handled"},
                      Choice<Deletes>{Deletes::batch, "batch", "with one call, once the whole batch is handled"},
                      Choice<Deletes>{Deletes::never, "never", "the call is missing: messages come back again and again"}};
}
enum class OnFailure : std::uint8_t { leave, giveBack };
constexpr auto choices(OnFailure)
{
    return std::array{Choice<OnFailure>{OnFailure::leave, "leave", "it comes back after its visibility timeout"},
                      Choice<OnFailure>{OnFailure::giveBack, "return", "its visibility timeout is set to 0: it comes back at once"}};
}

struct Params {
    NodeReference consumes;
    std::int64_t concurrency = 1;
    std::int64_t batchSize = 1;
    std::optional<Duration> waitTime;
    Duration pollInterval = Duration::milliseconds(100);
    std::optional<DurationDistribution> work;
    scenario::Program steps;
    Deletes deletes = Deletes::each;
    OnFailure onFailure = OnFailure::leave;
};

constexpr Duration pauseAfterError = Duration::seconds(1);

class Poller final : public PollingWorkers {
public:
    Poller(const Params& params, Building& building) : PollingWorkers(building, params.concurrency), params_(params) {}

    void connect(Building& building) override
    {
        const std::string& name = params_.consumes.node;
        Component& queue = building.node(name);
        if (auto* source = dynamic_cast<SqsBatchSource*>(&queue)) batches_ = &source->batches();
        receive_ = building.target(OperationReference{name, "receive"});
        acknowledge_ = building.target(OperationReference{name, "acknowledge"});
        acknowledgeBatch_ = building.target(OperationReference{name, "acknowledge_batch"});
        giveBack_ = building.target(OperationReference{name, "return"});
        connectTo(queue, withWork(params_.work, params_.steps), building);
    }
    void change(const ParameterSet& parameters, std::string_view, Building&) override
    {
        const Params& changed = parameters.as<Params>();
        params_.batchSize = changed.batchSize;
        params_.waitTime = changed.waitTime;
        params_.pollInterval = changed.pollInterval;
        params_.deletes = changed.deletes;
        params_.onFailure = changed.onFailure;
        setConcurrency(changed.concurrency);
    }
    std::vector<NamedMetric> metrics() const override
    {
        return {metric("handled", static_cast<double>(handled())), metric("failures", static_cast<double>(failures())),
                metric("polls", static_cast<double>(polls_)), metric("empty_polls", static_cast<double>(emptyPolls_)),
                metric("failed_polls", static_cast<double>(failedPolls_)), metric("failed_deletes", static_cast<double>(failedDeletes_))};
    }

private:
    Task<void> work() override
    {
        SqsLease lease(batches_);
        while (stays()) {
            const Instant asked = simulation().now();
            const std::uint64_t before = simulation().events();
            lease.batch().most = static_cast<std::size_t>(params_.batchSize);
            lease.batch().wait = params_.waitTime;
            lease.batch().count = 0;
            ++polls_;
            const Reply reply = co_await ask(receive_, lease.beginCall());
            if (!reply.ok()) {  // throttled, or the queue is out of reach: not in a tight circle
                ++failedPolls_;
                co_await simulation().delay(pauseAfterError);
                continue;
            }
            if (!reply.found) {
                ++emptyPolls_;
                const Duration pause = asked + params_.pollInterval - simulation().now();
                if (pause > Duration()) co_await simulation().delay(pause);
                continue;
            }
            co_await handleAll(lease, reply);
            // What was handled without an event, and may be back already, goes through the agenda: others want a turn.
            if (simulation().events() == before) co_await simulation().delay(Duration());
        }
        leave();
    }

    Task<void> handleAll(SqsLease& lease, Reply reply)
    {
        SqsBatch& batch = lease.batch();
        if (batch.count == 0) {  // a queue that does not know batches
            SqsBatch::Entry only;
            only.receipt = reply.token;
            only.key = reply.key;
            only.begun = reply.begun;
            only.bytes = reply.bytes;
            batch.add(only);
        }
        std::size_t toDelete = 0;
        for (std::size_t each = 0; each < batch.count; ++each) {
            const SqsBatch::Entry entry = batch.entries[each];
            Message message;
            message.token = entry.receipt;
            message.key = entry.key;
            message.begun = entry.begun;
            message.bytes = entry.bytes;
            const bool done = co_await handle(message);
            if (done && params_.deletes == Deletes::batch) batch.entries[toDelete++] = entry;
        }
        batch.count = toDelete;
        if (toDelete > 0) co_await deleteAll(lease);
    }

    Task<void> deleteAll(SqsLease& lease)
    {
        if (lease.takesBatches()) {
            const Reply reply = co_await ask(acknowledgeBatch_, lease.beginCall());
            if (!reply.ok()) ++failedDeletes_;
            co_return;
        }
        for (std::size_t each = 0; each < lease.batch().count; ++each) co_await deleteOne(lease.batch().entries[each].receipt);
    }
    Task<void> deleteOne(std::uint64_t receipt)
    {
        const Reply reply = co_await ask(acknowledge_, receipt);
        if (!reply.ok()) ++failedDeletes_;
    }

    Task<void> settle(Message message, bool done) override
    {
        if (done && params_.deletes == Deletes::each) co_await deleteOne(message.token);
        if (!done && params_.onFailure == OnFailure::giveBack) co_await ask(giveBack_, message.token);
    }

    Params params_;
    SqsBatches* batches_ = nullptr;
    Target receive_, acknowledge_, acknowledgeBatch_, giveBack_;
    std::uint64_t polls_ = 0, emptyPolls_ = 0, failedPolls_ = 0, failedDeletes_ = 0;
};

}  // namespace

TANTRUM_MODEL(messaging, sqs_poller)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "sqs_poller")
            .title("SQS poller").group("Messaging").icon("worker")
            .summary("Polls an SQS queue with several loops; each receives a batch, handles it, and deletes it.")
            .details("Each of its `concurrency` loops asks for up to `batch_size` messages, runs `work` and then `steps` for one after "
                     "the other, deletes what succeeded, and asks again. The visibility timeout of all messages of a batch runs from "
                     "its receive: ten messages of 5 s each outlast 30 s, and the last ones are handled twice. Larger `visibility` or "
                     "smaller batches are the cure.\n\nAfter a failed receive or a throttled one the loop waits a second. The SDK's own "
                     "retries are a `retry` policy on the link to the queue.")
            .required("consumes", &Params::consumes, {.doc = "the queue it polls", .accepts = "messages"})
            .parameter("concurrency", &Params::concurrency, {.doc = "poll loops", .least = 1, .most = 100'000, .unit = "loops", .live = true})
            .parameter("batch_size", &Params::batchSize, {.doc = "messages asked for at once", .least = 1, .most = 10, .unit = "messages", .source = "SQS API, ReceiveMessage, MaxNumberOfMessages: 1", .live = true})
            .parameter("wait_time", &Params::waitTime, {.doc = "how long a receive waits for a message; 0s: short polling; absent: as the queue says", .least = Duration(), .most = Duration::seconds(20), .source = "SQS API, ReceiveMessage, WaitTimeSeconds", .live = true})
            .parameter("poll_interval", &Params::pollInterval, {.doc = "after an empty receive, the next begins no sooner than this after it began", .least = Duration::milliseconds(1), .source = "unconfirmed: the application's choice", .live = true})
            .parameter("work", &Params::work, {.doc = "time of each message"})
            .parameter("steps", &Params::steps, {.doc = "what else it does with each message"})
            .parameter("deletes", &Params::deletes, {.doc = "when it deletes messages that were handled", .live = true})
            .parameter("on_failure", &Params::onFailure, {.doc = "what becomes of a message whose handling failed", .live = true})
            .metric("handled", "messages", "messages handled to their end, each time")
            .metric("failures", "messages", "messages whose handling failed")
            .metric("polls", "calls", "receives it asked for")
            .metric("empty_polls", "calls", "receives that brought nothing")
            .metric("failed_polls", "calls", "receives that failed")
            .metric("failed_deletes", "calls", "deletes that failed")
            .understands({"crash", "slow", "pause", "errors", "poison_message"})
            .example("nodes:\n  shop: {type: client, arrivals: poisson(100/s), sends: orders}\n  orders: {type: sqs}\n"
                     "  fulfil: {type: sqs_poller, consumes: orders, wait_time: 20s, batch_size: 10, concurrency: 2, work: exponential(10ms)}\n"
                     "links:\n  \"* -> *\": {latency: 5ms}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<Poller>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::messaging
