// A consumer's connection to a queue of a RabbitMQ broker, as its process sees it.
#pragma once

#include "models/messaging/rabbitmq.h"

#include <fmt/format.h>

namespace tantrum::models::messaging {

/// What is said of a delivery when the next one is asked for.
enum class Settlement : std::uint8_t { none, acknowledge, requeue, reject };

class RabbitSubscription {
public:
    /// While connecting. Without such a queue the run is stopped, and connected() is false.
    void connect(Building& building, const scenario::OperationReference& queue, std::int64_t priority, bool acknowledgesItself)
    {
        Component& node = building.node(queue.node);
        broker_ = dynamic_cast<RabbitBroker*>(&node);
        component_ = &node;
        const auto link = broker_ ? broker_->subscribe(queue.operation, priority, acknowledgesItself) : std::nullopt;
        if (!link) {
            building.stop(fmt::format("'{}' consumes '{}', which is no queue of '{}'", building.name(), queue.operation, queue.node));
            return;
        }
        link_ = *link;
        connected_ = true;
        for (const std::string_view verb : {amqpConsume, amqpAck, amqpNack, amqpReject}) targets_.push_back(building.target(scenario::OperationReference{queue.node, std::string(verb)}));
    }
    bool connected() const { return connected_; }
    RabbitBroker& broker() const { return *broker_; }
    /// The process is gone: the broker takes everything back.
    void close()
    {
        if (connected_) link_ = broker_->reconnect(link_);
    }
    std::uint32_t spanOf(std::uint64_t tag) const { return component_->spanOf(tag); }

    /// Settles a delivery and, unless it is the last, waits for the next. A reply that is not ok: the broker is down or
    /// out of reach, or has closed the channel.
    Task<Reply> next(Simulation& simulation, Settlement settlement, std::uint64_t tag, bool last)
    {
        const Target& target = targets_[static_cast<std::size_t>(settlement)];
        Request request;
        request.operation = target.operation;
        request.key = tag;
        request.id = link_.id(last);
        request.begun = simulation.now();
        Calling calling(target);
        const Reply reply = co_await target.service->call(request);
        calling.end(reply);
        co_return reply;
    }

private:
    RabbitBroker* broker_ = nullptr;
    const Component* component_ = nullptr;
    RabbitLink link_;
    bool connected_ = false;
    std::vector<Target> targets_;  ///< by settlement
};

}  // namespace tantrum::models::messaging
