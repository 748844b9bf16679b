// A message queue: keeps messages in order until a consumer takes and acknowledges them; what is not acknowledged in
// time comes back.
#include "models/component.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <memory>
#include <optional>
#include <vector>

namespace tantrum::models::messaging {
namespace {

using namespace scenario;

enum class Overflow : std::uint8_t { reject, dropOldest };
constexpr auto choices(Overflow)
{
    return std::array{Choice<Overflow>{Overflow::reject, "reject", "a full queue refuses new messages"},
                      Choice<Overflow>{Overflow::dropOldest, "drop_oldest", "a full queue drops its oldest waiting message"}};
}

struct Params {
    std::int64_t maxLength = scenario::unlimited;
    Overflow overflow = Overflow::reject;
    Duration visibility = Duration::seconds(30);
    std::int64_t maxDeliveries = scenario::unlimited;
    std::optional<NodeReference> deadLetters;
    Duration receiveWait = Duration::seconds(20);
};

constexpr std::uint16_t publishOperation = 0, acknowledgeOperation = 2, returnOperation = 3;  // as in operations(); receiving is 1

// Ready messages stand in order of delivery; those out at a consumer in order of the time they come back.
struct Message : engine::ListNode {
    Request request;
    Instant arrived;
    Instant visibleAgain;
    std::int64_t deliveries = 0;
    std::uint64_t token = 0;
    std::uint32_t generation = 0;  // tells a late acknowledgement from the place's next message
    bool out = false;
};

class MessageStore {
public:
    Message& add()
    {
        if (free_.empty()) {
            free_.push_back(places_.size());
            places_.push_back(std::make_unique<Message>());
        }
        const std::uint64_t index = free_.back();
        free_.pop_back();
        Message& message = *places_[index];
        message.token = (std::uint64_t{++message.generation} << 32) | index;
        message.deliveries = 0;
        return message;
    }
    /// Null if that message is gone.
    Message* find(std::uint64_t token) const
    {
        const std::uint64_t index = token & 0xFFFFFFFFu;
        if (token == 0 || index >= places_.size() || places_[index]->token != token) return nullptr;  // 0: a free place
        return places_[index].get();
    }
    void remove(Message& message)
    {
        free_.push_back(message.token & 0xFFFFFFFFu);
        message.token = 0;
    }

private:
    std::vector<std::unique_ptr<Message>> places_;
    std::vector<std::uint64_t> free_;
};

class Queue final : public Component, public Service {
public:
    Queue(const Params& params, Building& building)
        : Component(building), params_(params), host_(simulation()), luck_(building.stream("errors")), housekeeping_(simulation())
    {
    }

    Service* service() override { return this; }
    std::vector<std::string> operations() const override { return {"publish", "receive", "acknowledge", "return"}; }
    std::uint32_t spanOf(std::uint64_t token) const override
    {
        const Message* message = store_.find(token);
        return message ? message->request.span : 0;
    }
    void connect(Building& building) override
    {
        if (params_.deadLetters) deadLetters_ = building.target(OperationReference{params_.deadLetters->node, "publish"});
    }
    void start() override { housekeeping_.spawn(bringBack()); }
    void change(const ParameterSet& parameters, std::string_view, Building&) override
    {
        const std::optional<NodeReference> deadLetters = params_.deadLetters;
        params_ = parameters.as<Params>();
        params_.deadLetters = deadLetters;
    }
    std::vector<Host*> hosts() override { return {&host_}; }
    void flush() override
    {
        while (!ready_.empty()) drop(messageOf(ready_.first()), Outcome::rejected);
    }

    Levels look() override
    {
        const Instant now = simulation().now();
        Levels levels;
        levels.takeQueue(waiting_, now);
        levels.takeInside(all_, now);
        if (params_.maxLength != scenario::unlimited) levels.queueLimit = static_cast<double>(params_.maxLength);
        if (!ready_.empty()) levels.oldestSeconds = (now - messageOf(ready_.first()).arrived).inSeconds();
        levels.up = host_.up();
        levels.paused = host_.paused();
        return levels;
    }
    std::vector<NamedMetric> metrics() const override
    {
        return {metric("published", static_cast<double>(station().counts().arrived)), metric("delivered", static_cast<double>(delivered_)),
                metric("redelivered", static_cast<double>(redelivered_)), metric("acknowledged", static_cast<double>(acknowledged_)),
                metric("dropped", static_cast<double>(dropped_)), metric("dead_lettered", static_cast<double>(deadLettered_)),
                metric("unacknowledged", static_cast<double>(out_))};
    }
    // A hosted queue bills each action: a message is sent, received as often as it is delivered, and deleted.
    std::vector<NamedMetric> usage() const override
    {
        return {metric("requests", static_cast<double>(station().counts().arrived + delivered_ + acknowledged_))};
    }

    Task<Reply> call(Request request) override
    {
        engine::Resident<Reply> here;
        if (!host_.up()) co_return Reply::died();
        co_await here.enter(host_.scope());
        switch (request.operation) {
        case publishOperation: co_return publish(request);
        case acknowledgeOperation: co_return acknowledge(request.key);
        case returnOperation: co_return giveBack(request.key);
        default: break;
        }
        if (waiting_.level() <= promised_) {
            const bool called = co_await Wait(*this);
            if (!called) {
                Reply nothing;
                nothing.found = false;
                co_return nothing;
            }
        }
        co_return deliver();
    }

private:
    // A consumer waiting for a message; one message calls one of them, the longest waiting first.
    class Wait : private engine::Wakeup {
    public:
        explicit Wait(Queue& queue) : queue_(queue) {}
        // Called, but taken away before it woke: the next in line gets the message.
        ~Wait()
        {
            if (place_.linked()) place_.unlink();
            if (called_) {
                --queue_.promised_;
                queue_.callReceivers();
            }
        }
        bool await_ready() const { return false; }
        void await_suspend(std::coroutine_handle<> awaiting)
        {
            aim(awaiting);
            place_.wait = this;
            queue_.receivers_.pushBack(place_);
            queue_.simulation().armAfter(*this, queue_.params_.receiveWait, engine::Spans::constant);
        }
        bool await_resume()
        {
            if (place_.linked()) place_.unlink();
            const bool called = called_;
            if (called_) --queue_.promised_;
            called_ = false;
            return called;
        }
        void call()
        {
            place_.unlink();
            leave();
            called_ = true;
            ++queue_.promised_;
            queue_.simulation().armNow(*this);
        }
        struct Standing : engine::ListNode {
            Wait* wait = nullptr;
        };

    private:
        Queue& queue_;
        Standing place_;
        bool called_ = false;
    };

    static Message& messageOf(engine::ListNode* node) { return static_cast<Message&>(*node); }

    Reply publish(const Request& request)
    {
        station().arrive();
        if (host_.drawsError(luck_)) return refuse(request, Outcome::error);
        if (waiting_.level() >= params_.maxLength) {
            if (params_.overflow == Overflow::reject || ready_.empty()) {
                ++dropped_;
                return refuse(request, Outcome::rejected);
            }
            drop(messageOf(ready_.first()), Outcome::rejected);
        }
        Message& message = store_.add();
        message.request = request;
        if (request.span) message.request.span = beginSpan(request);
        message.arrived = simulation().now();
        all_.add(simulation().now(), 1);
        makeReady(message);
        return Reply();
    }

    Reply refuse(const Request& request, Outcome outcome)
    {
        if (request.span)
            if (const std::uint32_t span = beginSpan(request)) station().traces().end(span, outcome, simulation().now());
        station().refuse(outcome);
        station().leaveUnmeasured(outcome);
        return Reply::failed(outcome);
    }
    std::uint32_t beginSpan(const Request& request)
    {
        return station().traces().begin(SpanKind::stay, request.span, station().place(), publishOperation, 0, simulation().now());
    }

    void makeReady(Message& message)
    {
        if (message.request.span) station().traces().waits(message.request.span, simulation().now());
        message.out = false;
        ready_.pushBack(message);
        waiting_.add(simulation().now(), 1);
        callReceivers();
    }
    void callReceivers()
    {
        while (!receivers_.empty() && promised_ < waiting_.level())
            static_cast<Wait::Standing*>(receivers_.first())->wait->call();
    }

    Reply deliver()
    {
        Reply reply;
        if (ready_.empty()) {
            reply.found = false;
            return reply;
        }
        Message& message = messageOf(ready_.first());
        message.unlink();
        waiting_.add(simulation().now(), -1);
        message.out = true;
        if (message.request.span) station().traces().goesOn(message.request.span, simulation().now());
        ++message.deliveries;
        ++delivered_;
        if (message.deliveries > 1) ++redelivered_;
        message.visibleAgain = simulation().now() + params_.visibility;
        out_ += 1;
        putOutside(message);
        reply.token = message.token;
        reply.key = message.request.key;
        reply.begun = message.request.begun;
        reply.bytes = message.request.bytes;
        return reply;
    }

    Reply acknowledge(std::uint64_t token)
    {
        Message* message = store_.find(token);
        if (!message) return Reply();  // late: it came back and was handled by another
        if (message->out)
            out_ -= 1;
        else
            waiting_.add(simulation().now(), -1);
        message->unlink();
        ++acknowledged_;
        settle(*message, Outcome::ok);
        return Reply();
    }

    Reply giveBack(std::uint64_t token)
    {
        Message* message = store_.find(token);
        if (message && message->out) comeBack(*message);
        return Reply();
    }

    void comeBack(Message& message)
    {
        message.unlink();
        out_ -= 1;
        if (message.deliveries < params_.maxDeliveries) {
            makeReady(message);
            return;
        }
        ++deadLettered_;
        if (deadLetters_.service) housekeeping_.spawn(post(message.request));
        station().refuse(Outcome::error);
        settle(message, Outcome::error);
    }

    void drop(Message& message, Outcome outcome)
    {
        message.unlink();
        waiting_.add(simulation().now(), -1);
        ++dropped_;
        station().refuse(outcome);
        settle(message, outcome);
    }

    void settle(Message& message, Outcome outcome)
    {
        if (message.request.span) station().traces().end(message.request.span, outcome, simulation().now());
        station().leave(outcome, simulation().now() - message.arrived);
        all_.add(simulation().now(), -1);
        store_.remove(message);
    }

    Task<void> post(Request request)
    {
        request.operation = deadLetters_.operation;
        Calling calling(deadLetters_);
        const Reply reply = co_await deadLetters_.service->call(request);
        calling.end(reply);
    }

    // In order of the time they come back; a visibility made shorter may overtake.
    void putOutside(Message& message)
    {
        engine::ListNode* before = outside_.empty() ? nullptr : outside_.last();
        while (before && messageOf(before).visibleAgain > message.visibleAgain)
            before = before == outside_.first() ? nullptr : before->previous;
        if (before)
            outside_.insertAfter(*before, message);
        else
            outside_.pushFront(message);
        if (outside_.first() == &message && keeperSleeps_) wakeKeeper(message.visibleAgain);
    }

    // The keeper sleeps until the first message out is due back.
    class Sleep {
    public:
        explicit Sleep(Queue& queue) : queue_(queue) {}
        bool await_ready() const { return false; }
        void await_suspend(std::coroutine_handle<> awaiting)
        {
            queue_.keeper_.aim(awaiting);
            queue_.keeperSleeps_ = true;
            if (!queue_.outside_.empty()) queue_.wakeKeeper(messageOf(queue_.outside_.first()).visibleAgain);
        }
        void await_resume() const { queue_.keeperSleeps_ = false; }

    private:
        Queue& queue_;
    };
    void wakeKeeper(Instant at)
    {
        keeper_.leave();
        simulation().armAfter(keeper_, at - simulation().now());
    }
    Task<void> bringBack()
    {
        for (;;) {
            co_await Sleep(*this);
            while (!outside_.empty() && messageOf(outside_.first()).visibleAgain <= simulation().now())
                comeBack(messageOf(outside_.first()));
        }
    }

    Params params_;
    Host host_;
    engine::RandomStream luck_;
    Target deadLetters_;
    MessageStore store_;
    engine::List ready_, outside_, receivers_;
    engine::Gauge waiting_, all_;
    std::int64_t promised_ = 0;
    std::int64_t out_ = 0;
    engine::Wakeup keeper_;
    bool keeperSleeps_ = false;
    std::uint64_t delivered_ = 0, redelivered_ = 0, acknowledged_ = 0, dropped_ = 0, deadLettered_ = 0;
    engine::Scope housekeeping_;
};

}  // namespace

TANTRUM_MODEL(messaging, queue)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "queue")
            .title("Queue").group("Messaging").icon("queue")
            .accepts("messages").accepts("calls").operations({"publish", "receive", "acknowledge", "return"})
            .summary("Keeps messages in order until a consumer takes and acknowledges them.")
            .details("Delivery is at least once: a message that is not acknowledged within `visibility` becomes visible "
                     "again, and may then be handled twice. Its latency is a message's age when it is acknowledged. "
                     "Messages survive a crash of the queue; calls to it fail meanwhile.")
            .parameter("max_length", &Params::maxLength, {.doc = "messages that may wait; those out at a consumer do not count", .least = 1, .most = 100'000'000, .unit = "messages", .live = true, .mayBeUnlimited = true})
            .parameter("overflow", &Params::overflow, {.doc = "what a full queue does", .live = true})
            .parameter("visibility", &Params::visibility, {.doc = "how long a consumer has to acknowledge", .least = Duration::nanoseconds(1), .source = "Amazon SQS visibility timeout: 30 s", .live = true})
            .parameter("max_deliveries", &Params::maxDeliveries, {.doc = "deliveries after which a message that comes back is given up", .least = 1, .most = 1'000'000, .unit = "deliveries", .live = true, .mayBeUnlimited = true})
            .parameter("dead_letters", &Params::deadLetters, {.doc = "the queue that gets messages given up", .accepts = "messages"})
            .parameter("receive_wait", &Params::receiveWait, {.doc = "how long a consumer waits for a message before it asks again", .least = Duration::milliseconds(1), .source = "Amazon SQS long polling: at most 20 s", .live = true})
            .metric("published", "messages", "messages offered to it")
            .metric("delivered", "deliveries", "deliveries to consumers")
            .metric("redelivered", "deliveries", "deliveries after the first of a message")
            .metric("acknowledged", "messages", "messages done with")
            .metric("dropped", "messages", "messages lost to a full queue or a flush")
            .metric("dead_lettered", "messages", "messages given up after too many deliveries")
            .metric("unacknowledged", "messages", "messages out at consumers now")
            .understands({"crash", "errors", "flush"})
            .example("nodes:\n  shop: {type: client, arrivals: poisson(100/s), sends: orders}\n"
                     "  orders: {type: queue, max_length: 10000}\n"
                     "  fulfil: {type: consumer, consumes: orders, concurrency: 8, work: exponential(50ms)}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<Queue>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::messaging
