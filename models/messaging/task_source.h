// Where a Celery worker gets its tasks: its connection to a broker, whichever it is. Each place of the prefetch asks it
// for the next delivery, and settles the last one of that place with the same question.
#pragma once

#include "models/messaging/rabbitmq_subscription.h"

#include <memory>

namespace tantrum::models::messaging {

class TaskSource {
public:
    virtual ~TaskSource() = default;
    virtual bool connected() const = 0;
    /// As RabbitSubscription::next(). It may wait for ever.
    virtual Task<Reply> next(Settlement settlement, std::uint64_t tag, bool last) = 0;
    /// What was published.
    virtual Request published(const Reply& delivery) const = 0;
    /// By which operation a task that was published so is published again, over `to()`.
    virtual std::uint16_t operationFor(const Request& request) const = 0;
    virtual const Target& to() const = 0;
    /// What it does besides as long as the worker is up, in the worker's scope.
    virtual void work(engine::Scope&) {}
    /// The worker is gone.
    virtual void close() {}
};

/// While connecting: by what the node is. Without such a queue the run is stopped, and connected() is false.
std::unique_ptr<TaskSource> taskSource(Building& building, const scenario::OperationReference& queue, Duration visibilityTimeout, Duration restoreInterval);

}  // namespace tantrum::models::messaging
