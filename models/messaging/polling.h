// What consumers are who poll: some workers, each of which asks for messages, handles them one after the other, and says
// what becomes of each. Queues and SQS differ in how one asks.
#pragma once

#include "models/component.h"
#include "models/program.h"

#include <optional>

namespace tantrum::models::messaging {

class PollingWorkers : public Component {
public:
    void start() override { hire(); }
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
        levels.capacity = static_cast<double>(concurrency_);
        levels.up = host_.up();
        levels.paused = host_.paused();
        return levels;
    }

protected:
    struct Message {
        std::uint64_t token = 0, key = 0;
        Instant begun;
        std::uint32_t bytes = 0;
    };

    PollingWorkers(Building& building, std::int64_t concurrency)
        : Component(building), host_(simulation()), luck_(building.stream("work")), site_{host_, luck_, station()}, concurrency_(concurrency)
    {
    }

    /// Asks and handles, while it stays().
    virtual Task<void> work() = 0;
    /// After a message was handled.
    virtual Task<void> settle(Message message, bool done) = 0;

    void connectTo(Component& queue, scenario::Program steps, Building& building)
    {
        queue_ = &queue;
        program_.emplace(steps, building);
    }
    /// More: hired at once. Fewer: the surplus leaves after what it has in hand.
    void setConcurrency(std::int64_t concurrency)
    {
        concurrency_ = concurrency;
        hire();
    }
    bool stays() const { return hired_ <= concurrency_; }
    /// The last thing a worker does.
    void leave() { --hired_; }

    Task<Reply> ask(const Target& target, std::uint64_t key)
    {
        Request request;
        request.key = key;
        request.operation = target.operation;
        request.begun = simulation().now();
        Calling calling(target);
        const Reply reply = co_await target.service->call(request);
        calling.end(reply);
        co_return reply;
    }

    /// True if it was handled to its end.
    Task<bool> handle(Message message)
    {
        Request request;
        if (station().traces().on()) [[unlikely]]
            request.span = queue_->spanOf(message.token);
        Visit visit(station(), simulation(), request);
        visit.at(host_);
        const Busy busy(*this);
        request.id = message.token & Request::identityMask;
        request.key = message.key;
        request.begun = message.begun;
        request.bytes = message.bytes;
        Reply result;
        if (host_.drawsError(luck_) || host_.poison().isIn(request.key, request.begun))
            result = Reply::failed(Outcome::error);
        else
            result = co_await program_->run(site_, request);
        co_await settle(message, result.ok());
        ++(result.ok() ? handled_ : failures_);
        visit.end(result, simulation());
        co_return result.ok();
    }

    std::uint64_t handled() const { return handled_; }
    std::uint64_t failures() const { return failures_; }

private:
    struct Busy {
        explicit Busy(PollingWorkers& of) : workers(of) { workers.busy_.add(workers.simulation().now(), 1); }
        ~Busy() { workers.busy_.add(workers.simulation().now(), -1); }
        PollingWorkers& workers;
    };

    void hire()
    {
        while (host_.up() && hired_ < concurrency_) {
            ++hired_;
            host_.scope().spawn(work());
        }
    }

    Host host_;
    engine::RandomStream luck_;
    Site site_;
    Component* queue_ = nullptr;  ///< for the traces of its messages
    std::optional<models::Program> program_;
    engine::Gauge busy_;
    std::int64_t concurrency_, hired_ = 0;
    std::uint64_t handled_ = 0, failures_ = 0;
};

}  // namespace tantrum::models::messaging
