// A topic, after Amazon SNS: what is published is copied to every subscriber, and each copy is delivered, retried and given up
// on its own.
#include "engine/race.h"
#include "models/component.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

namespace tantrum::models::messaging {
namespace {

using namespace scenario;

struct Params {
    std::vector<OperationReference> subscribers;
    std::vector<Probability> filters;
    std::int64_t retries = 3;
    Duration retryDelay = Duration::seconds(20);
    Duration timeout = Duration::seconds(15);
    std::optional<Rate> maxRate;
    std::optional<NodeReference> deadLetterTo;
};

// The policy for queues: how long to wait before each retry. At once, then 1 s, then ten times from 1 s to 20 s, growing by the
// same factor, and then 20 s each time.
constexpr std::int64_t queueRetries = 100'015;
Duration queueDelay(std::int64_t retry)
{
    constexpr std::array<std::int64_t, 15> milliseconds{0, 0, 0, 1000, 1000, 1000, 1395, 1946, 2714, 3786, 5282, 7368, 10'278, 14'337, 20'000};
    const auto last = static_cast<std::int64_t>(milliseconds.size());
    return Duration::milliseconds(milliseconds[static_cast<std::size_t>(std::min(retry, last) - 1)]);
}

class Topic final : public Component, public Service {
public:
    Topic(const Params& params, Building& building)
        : Component(building), params_(params), building_(&building), host_(simulation()), luck_(building.stream("errors")), filterLuck_(building.stream("filters")),
          housekeeping_(simulation())
    {
    }

    Service* service() override { return this; }
    std::vector<std::string> operations() const override { return {"publish"}; }
    std::uint16_t operation(const std::string& name) const override { return name.empty() || name == "publish" ? 0 : 1; }
    void connect(Building& building) override
    {
        for (std::size_t each = 0; each < params_.subscribers.size(); ++each) {
            auto made = std::make_unique<Subscriber>();
            made->target = building.target(params_.subscribers[each]);
            const std::vector<std::string> offered = building.node(params_.subscribers[each].node).operations();
            made->isQueue = std::find(offered.begin(), offered.end(), "publish") != offered.end();
            if (each < params_.filters.size()) made->share = params_.filters[each].share();
            subscribers_.push_back(std::move(made));
        }
        if (params_.deadLetterTo) deadLetters_ = building.target(OperationReference{params_.deadLetterTo->node, "publish"});
    }
    void change(const ParameterSet& parameters, std::string_view, Building&) override
    {
        params_ = parameters.as<Params>();
        for (std::size_t each = 0; each < subscribers_.size(); ++each)
            subscribers_[each]->share = each < params_.filters.size() ? params_.filters[each].share() : 1;
    }
    std::vector<Host*> hosts() override { return {&host_}; }

    Levels look() override
    {
        Levels levels;
        levels.takeQueue(pending_, simulation().now());
        levels.takeInside(inside_, simulation().now());
        levels.up = host_.up();
        return levels;
    }
    std::vector<NamedMetric> metrics() const override
    {
        const auto count = [](std::string_view key, auto value) { return metric(key, static_cast<double>(value)); };
        return {count("messages_published", published_), count("notifications_delivered", delivered_), count("notifications_failed", failed_),
                count("notifications_filtered_out", filteredOut_), count("delivery_attempts", attempts_), count("retries", attempts_ - firstAttempts_),
                count("redriven_to_dead_letters", deadLettered_), count("pending_notifications", pending_.level())};
    }
    std::string_view reason(Outcome outcome) const override { return outcome == Outcome::error ? "not delivered" : Component::reason(outcome); }

    Task<Reply> call(Request request) override
    {
        engine::Resident<Reply> here;
        if (!host_.up()) co_return Reply::died();
        co_await here.enter(host_.scope());
        if (request.operation != 0) co_return Reply::failed(Outcome::error);
        co_return publish(request);
    }

private:
    struct Subscriber {
        Target target;
        bool isQueue = false;
        double share = 1;
        Instant free;  ///< with a limited rate: when the next copy may be sent
    };
    struct Message {
        Request request;
        Instant arrived;
        std::size_t copies = 0;  ///< not settled yet
        bool complete = true;    ///< none was given up
    };

    Reply publish(Request request)
    {
        station().arrive();
        const Instant now = simulation().now();
        if (request.span) request.span = station().traces().begin(SpanKind::stay, request.span, station().place(), 0, 0, now);
        if (host_.drawsError(luck_)) {
            if (request.span) station().traces().end(request.span, Outcome::error, now);
            station().refuse(Outcome::error);
            station().leaveUnmeasured(Outcome::error);
            return Reply::failed(Outcome::error);
        }
        ++published_;
        const std::size_t place = add(request);
        Message& message = *messages_[place];
        inside_.add(now, 1);
        for (const auto& subscriber : subscribers_) {
            if (subscriber->share < 1 && !filterLuck_.chance(subscriber->share)) {
                ++filteredOut_;
                continue;
            }
            ++message.copies;
            pending_.add(now, 1);
            housekeeping_.spawn(deliver(place, *subscriber));
        }
        if (message.copies == 0) settle(place);
        return Reply();
    }

    std::size_t add(const Request& request)
    {
        if (free_.empty()) {
            free_.push_back(messages_.size());
            messages_.push_back(std::make_unique<Message>());
        }
        const std::size_t place = free_.back();
        free_.pop_back();
        Message& message = *messages_[place];
        message.request = request;
        message.arrived = simulation().now();
        message.copies = 0;
        message.complete = true;
        return place;
    }
    void settle(std::size_t place)
    {
        Message& message = *messages_[place];
        const Outcome outcome = message.complete ? Outcome::ok : Outcome::error;
        if (!message.complete) station().refuse(outcome);
        if (message.request.span) station().traces().end(message.request.span, outcome, simulation().now());
        station().leave(outcome, simulation().now() - message.arrived);
        inside_.add(simulation().now(), -1);
        free_.push_back(place);
    }

    // One copy. Whatever becomes of the others, it is tried until it is delivered or its policy is exhausted.
    Task<void> deliver(std::size_t place, Subscriber& subscriber)
    {
        Request request = messages_[place]->request;
        request.operation = subscriber.target.operation;
        request.depth = static_cast<std::uint8_t>(std::min(request.depth + 1, 255));
        bool done = false;
        ++firstAttempts_;
        for (std::int64_t retry = 0; !done; ++retry) {
            const std::int64_t most = subscriber.isQueue ? queueRetries : params_.retries;
            if (retry > most) break;
            const Duration pause = retry == 0 ? Duration() : subscriber.isQueue ? queueDelay(retry) : params_.retryDelay;
            if (pause > Duration()) co_await simulation().delay(pause);
            const Duration turn = takeTurn(subscriber);
            if (turn > Duration()) co_await simulation().delay(turn);
            request.attempt = static_cast<std::uint8_t>(std::min<std::int64_t>(retry, 255));
            done = co_await attempt(request, subscriber.target);
        }
        if (!done) co_await giveUp(place, request);
        ++(done ? delivered_ : failed_);
        pending_.add(simulation().now(), -1);
        if (--messages_[place]->copies == 0) settle(place);
    }
    Task<bool> attempt(Request request, Target target)
    {
        ++attempts_;
        if (nestsTooDeep(request, *target.route, *building_)) co_return false;
        Calling calling(target);
        const std::optional<Reply> reply = co_await engine::within(simulation(), params_.timeout, target.service->call(request));
        const Reply answer = reply ? *reply : Reply::failed(Outcome::timeout);
        calling.end(answer);
        co_return answer.ok();
    }
    Task<void> giveUp(std::size_t place, Request request)
    {
        messages_[place]->complete = false;
        if (!deadLetters_.service) co_return;
        ++deadLettered_;
        request.operation = deadLetters_.operation;
        Calling calling(deadLetters_);
        const Reply reply = co_await deadLetters_.service->call(request);
        calling.end(reply);
    }
    /// How long to wait for it, evenly spaced at the rate of the subscription.
    Duration takeTurn(Subscriber& subscriber)
    {
        if (!params_.maxRate) return Duration();
        const Instant turn = std::max(subscriber.free, simulation().now());
        subscriber.free = turn + Duration::fromSeconds(1 / params_.maxRate->perSecond());
        return turn - simulation().now();
    }

    Params params_;
    Building* building_;
    Host host_;
    engine::RandomStream luck_, filterLuck_;
    std::vector<std::unique_ptr<Subscriber>> subscribers_;
    Target deadLetters_;
    std::vector<std::unique_ptr<Message>> messages_;
    std::vector<std::size_t> free_;
    engine::Gauge inside_, pending_;
    std::uint64_t published_ = 0, delivered_ = 0, failed_ = 0, filteredOut_ = 0, attempts_ = 0, firstAttempts_ = 0, deadLettered_ = 0;
    engine::Scope housekeeping_;
};

}  // namespace

TANTRUM_MODEL(messaging, topic)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "topic")
            .title("Topic").group("Messaging").icon("topic")
            .accepts("messages").accepts("calls").operations({"publish"})
            .summary("Publish and subscribe, after Amazon SNS: each subscriber gets a copy, with retries of its own.")
            .details("A publisher is answered as soon as the message is accepted. Each subscriber's copy is then delivered over the link to it: "
                     "a slow or dead subscriber holds up nobody but itself. A message's latency is the time until its last copy was "
                     "delivered or given up.\n\nA copy for a **queue** (a node with an operation `publish`) is retried 3 times at once, twice "
                     "after 1 s, 10 times after 1 s to 20 s, and then every 20 s for 23 days. For any **other node**, which stands for an "
                     "HTTP endpoint, `retries` and `retry_delay` hold, and `timeout`: an endpoint that answers too late gets the message again. "
                     "What is given up goes to `dead_letter_to`, or is lost.\n\n`filters` are the shares of messages that "
                     "the subscribers' filter policies let through, in the order of `subscribers`.\n\n"
                     "Simplified: no jitter between retries, no order, and a filter is a share rather than a pattern. A crash of the node is an "
                     "outage of its API; copies under way go on.")
            .required("subscribers", &Params::subscribers, {.doc = "who gets a copy: queues, or operations of services"})
            .parameter("filters", &Params::filters, {.doc = "share of messages each subscriber wants, in their order; absent: all", .live = true})
            .parameter("retries", &Params::retries, {.doc = "of a copy for an endpoint, after the first attempt", .least = 0, .most = 100, .unit = "retries", .source = "SNS developer guide, HTTP/S: 3", .live = true})
            .parameter("retry_delay", &Params::retryDelay, {.doc = "between two attempts at an endpoint", .least = Duration::milliseconds(1), .most = Duration::seconds(3600), .source = "SNS developer guide, HTTP/S: 20 s", .live = true})
            .parameter("timeout", &Params::timeout, {.doc = "how long it waits for a subscriber's answer", .least = Duration::milliseconds(1), .most = Duration::seconds(3600), .source = "SNS developer guide, HTTP/S: 15 s (unconfirmed)", .live = true})
            .parameter("max_rate", &Params::maxRate, {.doc = "copies sent to each subscriber, evenly spaced (maxReceivesPerSecond)", .least = Rate::perSecond(1e-3), .most = Rate::perSecond(1e9), .live = true})
            .parameter("dead_letter_to", &Params::deadLetterTo, {.doc = "the queue that gets copies given up", .accepts = "messages"})
            .metric("messages_published", "messages", "messages accepted")
            .metric("notifications_delivered", "messages", "copies delivered")
            .metric("notifications_failed", "messages", "copies given up")
            .metric("notifications_filtered_out", "messages", "copies that a filter kept back")
            .metric("delivery_attempts", "calls", "attempts to deliver a copy")
            .metric("retries", "calls", "of those, the ones after the first")
            .metric("redriven_to_dead_letters", "messages", "copies sent to the dead-letter queue")
            .metric("pending_notifications", "messages", "copies not delivered yet")
            .understands({"crash", "errors"})
            .example("nodes:\n  shop: {type: client, arrivals: poisson(50/s), sends: orders.publish}\n"
                     "  orders: {type: topic, subscribers: [billing, mailer.send], filters: [100%, 30%]}\n"
                     "  billing: {type: sqs}\n  mailer: {type: service, workers: 4, operations: {send: [{work: 20ms}]}}\n"
                     "links:\n  \"* -> *\": {latency: 2ms}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<Topic>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::messaging
