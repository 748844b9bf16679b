#include "models/messaging/task_source.h"

#include "engine/slots.h"
#include "models/list_broker.h"

#include <algorithm>

namespace tantrum::models::messaging {
namespace {

// RabbitMQ pushes, within the prefetch, and takes everything back when the connection is gone.
class OverAmqp final : public TaskSource {
public:
    OverAmqp(Building& building, const scenario::OperationReference& queue) : simulation_(building.simulation())
    {
        subscription_.connect(building, queue, 0, false);
        to_ = building.target(queue);
    }
    bool connected() const override { return subscription_.connected(); }
    Task<Reply> next(Settlement settlement, std::uint64_t tag, bool last) override { return subscription_.next(simulation_, settlement, tag, last); }
    Request published(const Reply& delivery) const override
    {
        const Request* request = subscription_.broker().delivered(delivery.token);
        return request ? *request : Request();
    }
    std::uint16_t operationFor(const Request&) const override { return to_.operation; }
    const Target& to() const override { return to_; }
    void close() override { subscription_.close(); }

private:
    Simulation& simulation_;
    RabbitSubscription subscription_;
    Target to_;
};

// Lists know no consumers: the worker pops one message after the other while it has room, and looks from time to time for
// what any worker has left unacknowledged. Of one that is gone nobody hears.
class FromLists final : public TaskSource {
public:
    FromLists(Building& building, ListBroker& broker, const scenario::OperationReference& queue, Duration visibilityTimeout, Duration restoreInterval)
        : simulation_(building.simulation()), broker_(broker), connection_(simulation_, 1), visibilityTimeout_(visibilityTimeout), restoreInterval_(restoreInterval)
    {
        const auto subscription = broker.subscribe(queue.operation);
        const auto target = [&](std::string_view operation) { return building.target(scenario::OperationReference{queue.node, std::string(operation)}); };
        to_ = target(queue.operation.empty() ? "publish" : queue.operation);
        if (!subscription) {
            building.stop("'" + building.name() + "' consumes '" + queue.text() + "', which is no list of '" + queue.node + "'");
            return;
        }
        subscription_ = *subscription;
        connected_ = true;
        pop_ = target(ListBroker::pop);
        acknowledge_ = target(ListBroker::acknowledge);
        restore_ = target(ListBroker::restore);
    }
    bool connected() const override { return connected_; }

    Task<Reply> next(Settlement settlement, std::uint64_t tag, bool last) override
    {
        if (settlement != Settlement::none) {
            const Reply settled = co_await ask(acknowledge_, 0, tag);
            if (last || !settled.ok()) co_return settled;
        }
        engine::Permit turn = co_await connection_.acquire();
        for (;;) {
            const Reply reply = co_await ask(pop_, subscription_, 0);
            if (!reply.ok() || reply.found) co_return reply;
        }
    }
    // Another worker may have acknowledged it while it was on its way here.
    Request published(const Reply& delivery) const override
    {
        if (const Request* request = broker_.delivered(delivery.token)) return *request;
        Request request;
        request.operation = to_.operation;
        request.key = delivery.key;
        request.begun = delivery.begun;
        request.bytes = delivery.bytes;
        return request;
    }
    std::uint16_t operationFor(const Request& request) const override { return request.operation; }
    const Target& to() const override { return to_; }
    void work(engine::Scope& scope) override
    {
        if (connected_) scope.spawn(restoreAgainAndAgain());
    }

private:
    Task<void> restoreAgainAndAgain()
    {
        for (;;) {
            const Duration now = simulation_.now().sinceStart();
            if (now >= visibilityTimeout_) co_await ask(restore_, 0, static_cast<std::uint64_t>((now - visibilityTimeout_).count()));
            co_await simulation_.delay(restoreInterval_);
        }
    }

    Task<Reply> ask(const Target& target, std::uint64_t id, std::uint64_t key)
    {
        Request request;
        request.operation = target.operation;
        request.id = id;
        request.key = key;
        request.begun = simulation_.now();
        Calling calling(target);
        const Reply reply = co_await target.service->call(request);
        calling.end(reply);
        co_return reply;
    }

    Simulation& simulation_;
    ListBroker& broker_;
    engine::Slots connection_;  ///< one pop at a time
    const Duration visibilityTimeout_, restoreInterval_;
    std::uint32_t subscription_ = 0;
    bool connected_ = false;
    Target to_, pop_, acknowledge_, restore_;
};

}  // namespace

std::unique_ptr<TaskSource> taskSource(Building& building, const scenario::OperationReference& queue, Duration visibilityTimeout, Duration restoreInterval)
{
    if (auto* lists = dynamic_cast<ListBroker*>(&building.node(queue.node))) return std::make_unique<FromLists>(building, *lists, queue, visibilityTimeout, restoreInterval);
    return std::make_unique<OverAmqp>(building, queue);
}

}  // namespace tantrum::models::messaging
