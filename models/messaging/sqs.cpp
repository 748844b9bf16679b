// Amazon SQS: a standard or FIFO queue. What was received is invisible for a while and comes back unless it is deleted; what
// was received too often moves to another queue.
#include "models/component.h"
#include "models/messaging/sqs_batch.h"
#include "models/messaging/sqs_polls.h"
#include "models/messaging/sqs_store.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <algorithm>
#include <memory>
#include <optional>

namespace tantrum::models::messaging {
namespace {

using namespace scenario;

enum class Deduplication : std::uint8_t { off, attempts, key };
constexpr auto choices(Deduplication)
{
    return std::array{Choice<Deduplication>{Deduplication::attempts, "attempts", "a request's retries and hedges carry the id of its first attempt"},
                      Choice<Deduplication>{Deduplication::key, "key", "the request's key is the id: the content decides"},
                      Choice<Deduplication>{Deduplication::off, "off", "each send has an id of its own"}};
}

struct Params {
    bool fifo = false;
    std::int64_t groups = 1000;
    Deduplication deduplication = Deduplication::attempts;
    Duration deduplicationInterval = Duration::seconds(300);
    Rate fifoRate = Rate::perSecond(300);
    std::int64_t sendBatch = 1;
    Duration visibility = Duration::seconds(30);
    Duration receiveWait;
    Duration delay;
    Duration retention = Duration::seconds(4 * 86'400);
    std::optional<NodeReference> deadLetterTo;
    std::int64_t maxReceiveCount = 10;
    std::int64_t inFlightStandard = 120'000, inFlightFifo = 20'000;
    std::int64_t servers = 8;
    Probability sampled = Probability::ofShare(0.75);
};

// As in operations().
constexpr std::uint16_t publishOperation = 0, receiveOperation = 1, acknowledgeOperation = 2, returnOperation = 3, acknowledgeBatchOperation = 4;
// Others than pollers ask again at once when they got nothing: theirs are long polls in any case.
constexpr Duration leastPlainWait = Duration::seconds(1);
constexpr std::uint64_t allServers = ~std::uint64_t{0};

class Sqs final : public Component, public Service, public SqsBatchSource, private LongPolls {
public:
    Sqs(const Params& params, Building& building)
        : Component(building), LongPolls(building.simulation()), params_(params), host_(simulation()), luck_(building.stream("errors")), serverLuck_(building.stream("servers")),
          store_(params.fifo, static_cast<std::uint32_t>(params.fifo ? params.groups : params.servers)), housekeeping_(simulation())
    {
    }

    Service* service() override { return this; }
    SqsBatches& batches() override { return batches_; }
    std::vector<std::string> operations() const override { return {"publish", "receive", "acknowledge", "return", "acknowledge_batch"}; }
    std::uint32_t spanOf(std::uint64_t receipt) const override
    {
        const SqsMessage* message = store_.find(receipt);
        return message ? message->request.span : 0;
    }
    void connect(Building& building) override
    {
        if (params_.deadLetterTo) deadLetters_ = building.target(OperationReference{params_.deadLetterTo->node, "publish"});
    }
    void start() override { housekeeping_.spawn(keep()); }
    void change(const ParameterSet& parameters, std::string_view, Building&) override
    {
        params_ = parameters.as<Params>();
        changed();
    }
    std::vector<Host*> hosts() override { return {&host_}; }
    void flush() override
    {
        while (SqsMessage* message = store_.oldest()) {
            ++purged_;
            station().refuse(Outcome::rejected);
            end(*message, Outcome::rejected);
        }
        changed();
    }

    Levels look() override
    {
        const Instant now = simulation().now();
        Levels levels;
        levels.takeQueue(visible_, now);
        levels.takeInside(all_, now);
        if (const SqsMessage* oldest = store_.oldest()) levels.oldestSeconds = (now - oldest->arrived).inSeconds();
        levels.up = host_.up();
        levels.paused = host_.paused();
        return levels;
    }
    std::vector<NamedMetric> metrics() const override
    {
        const auto count = [](std::string_view key, auto value) { return metric(key, static_cast<double>(value)); };
        return {count("messages_sent", sent_), count("messages_received", received_), count("messages_deleted", deleted_),
                count("redelivered", redelivered_), count("empty_receives", empty_), count("dead_lettered", deadLettered_),
                count("deduplicated", deduplicated_), count("expired", expired_), count("purged", purged_),
                count("throttled", throttled_), count("over_limit", overLimit_), count("expired_receipts", expiredReceipts_),
                count("messages_visible", store_.visible()), count("messages_not_visible", store_.inFlight()),
                count("messages_delayed", store_.delayed()), count("api_requests", apiRequests_)};
    }
    std::string_view reason(Outcome outcome) const override
    {
        switch (outcome) {
        case Outcome::rateLimited: return "throttled";
        case Outcome::rejected: return "purged";
        case Outcome::error: return deadLettered_ > 0 ? "received too often" : "errors";
        case Outcome::expired: return "retention passed";
        default: return Component::reason(outcome);
        }
    }

    Task<Reply> call(Request request) override
    {
        engine::Resident<Reply> here;
        if (!host_.up()) co_return Reply::died();
        co_await here.enter(host_.scope());
        ++apiRequests_;
        switch (request.operation) {
        case publishOperation: co_return send(request);
        case acknowledgeOperation: co_return acknowledge(request.key);
        case acknowledgeBatchOperation: co_return acknowledgeBatch(request.key);
        case returnOperation: co_return giveBack(request.key);
        default: break;
        }
        if (!admits(receiveOperation, 1)) co_return Reply::failed(Outcome::rateLimited);
        if (host_.drawsError(luck_)) co_return Reply::failed(Outcome::error);
        const SqsBatch* wish = batches_.find(request.key);
        Duration wait = wish && wish->wait ? *wish->wait : params_.receiveWait;
        if (!wish) wait = std::max(wait, leastPlainWait);
        const Instant until = simulation().now() + wait;
        const bool longPoll = wait > Duration();
        if (!longPoll && !params_.fifo && store_.inFlight() >= inFlightLimit()) {
            ++overLimit_;
            co_return Reply::failed(Outcome::rejected);
        }
        const std::uint64_t servers = longPoll || params_.fifo ? allServers : drawServers();
        bool mayTake = unpromised() > 0, again = false;
        Reply reply;
        for (;;) {
            if (mayTake) handOut(request.key, servers, reply);
            if (reply.token != 0) co_return reply;
            const Duration left = until - simulation().now();
            if (left <= Duration()) break;
            mayTake = co_await Wait(*this, left, again);
            again = mayTake;
        }
        ++empty_;
        reply.found = false;
        co_return reply;
    }

private:
    std::int64_t inFlightLimit() const { return params_.fifo ? params_.inFlightFifo : params_.inFlightStandard; }
    std::int64_t available() const override { return store_.inFlight() < inFlightLimit() ? store_.available() : 0; }

    bool admits(std::uint16_t method, double cost)
    {
        if (!params_.fifo || throttles_[method].admits(simulation().now(), cost, params_.fifoRate.perSecond())) return true;
        ++throttled_;
        return false;
    }

    // Each server is asked or not, with the same chance.
    std::uint64_t drawServers()
    {
        std::uint64_t servers = 0;
        for (std::int64_t server = 0; server < params_.servers; ++server)
            if (serverLuck_.chance(params_.sampled.share())) servers |= std::uint64_t{1} << server;
        return servers;
    }

    Reply send(const Request& request)
    {
        station().arrive();
        if (!admits(publishOperation, 1 / static_cast<double>(params_.sendBatch))) return refuse(request, Outcome::rateLimited);
        if (host_.drawsError(luck_)) return refuse(request, Outcome::error);
        ++sent_;
        if (params_.fifo && isDuplicate(request)) {
            ++deduplicated_;
            station().leaveUnmeasured(Outcome::ok);
            return Reply();
        }
        const std::uint64_t lane = params_.fifo ? request.key % static_cast<std::uint64_t>(params_.groups) : serverLuck_.below(static_cast<std::uint64_t>(params_.servers));
        const Instant now = simulation().now();
        SqsMessage& message = store_.add(request, static_cast<std::uint32_t>(lane), now, now + params_.delay);
        if (request.span) {
            message.request.span = beginSpan(request);
            beginWait(message);
        }
        changed();
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
    void beginWait(const SqsMessage& message)
    {
        if (message.request.span) station().traces().waits(message.request.span, simulation().now());
    }

    // A first attempt is never taken for another request's, though two clients may number theirs alike.
    bool isDuplicate(const Request& request)
    {
        if (params_.deduplication == Deduplication::off) return false;
        const bool byKey = params_.deduplication == Deduplication::key;
        const std::uint64_t begun = static_cast<std::uint64_t>(request.begun.count()) * 0xD1B54A32D192ED03u;
        const std::uint64_t id = byKey ? request.key : request.id ^ begun ^ (request.key * 0x8CB92BA72F3D8DD7u);
        const Instant now = simulation().now();
        if (window_.isKnown(id, now, params_.deduplicationInterval)) return byKey || request.attempt > 0;
        window_.accept(id, now);
        return false;
    }

    /// Up to as many messages as the call asks for; the reply is left as it is if there is none.
    void handOut(std::uint64_t key, std::uint64_t servers, Reply& reply)
    {
        SqsBatch* batch = batches_.find(key);
        const std::size_t most = batch ? std::clamp<std::size_t>(batch->most, 1, mostOfBatch) : 1;
        if (batch) batch->count = 0;
        const SqsMessage* last = nullptr;
        for (std::size_t given = 0; given < most && store_.inFlight() < inFlightLimit();) {
            SqsMessage* message = store_.next(servers, last);
            if (!message) break;
            if (deadLetters_.service && message->receives >= params_.maxReceiveCount) {
                moveAway(*message);
                continue;
            }
            const SqsBatch::Entry entry = receive(*message);
            if (batch) batch->add(entry);
            if (!last) {
                reply.token = entry.receipt;
                reply.key = entry.key;
                reply.begun = entry.begun;
            }
            reply.bytes += entry.bytes;
            last = message;
            ++given;
        }
        changed();
    }

    SqsBatch::Entry receive(SqsMessage& message)
    {
        if (message.request.span) station().traces().goesOn(message.request.span, simulation().now());
        store_.take(message, simulation().now() + params_.visibility);
        ++received_;
        if (message.receives > 1) ++redelivered_;
        SqsBatch::Entry entry;
        entry.receipt = SqsStore::receiptOf(message);
        entry.key = message.request.key;
        entry.begun = message.request.begun;
        entry.bytes = message.request.bytes;
        return entry;
    }

    Reply acknowledge(std::uint64_t receipt)
    {
        if (!admits(acknowledgeOperation, 1)) return Reply::failed(Outcome::rateLimited);
        if (host_.drawsError(luck_)) return Reply::failed(Outcome::error);
        const bool done = erase(receipt);
        changed();
        return done ? Reply() : Reply::failed(Outcome::error);
    }
    Reply acknowledgeBatch(std::uint64_t key)
    {
        if (!admits(acknowledgeOperation, 1)) return Reply::failed(Outcome::rateLimited);
        if (host_.drawsError(luck_)) return Reply::failed(Outcome::error);
        const SqsBatch* batch = batches_.find(key);
        bool done = true;
        for (std::size_t each = 0; batch && each < batch->count; ++each) done &= erase(batch->entries[each].receipt);
        changed();
        return done ? Reply() : Reply::failed(Outcome::error);
    }
    // A message that is gone already counts as deleted. An old receipt does for a standard queue, but not for a FIFO one.
    bool erase(std::uint64_t receipt)
    {
        SqsMessage* message = store_.find(receipt);
        if (!message) return true;
        if (params_.fifo && !SqsStore::isCurrent(*message, receipt)) {
            ++expiredReceipts_;
            return false;
        }
        ++deleted_;
        end(*message, Outcome::ok);
        return true;
    }

    Reply giveBack(std::uint64_t receipt)
    {
        SqsMessage* message = store_.find(receipt);
        if (message && SqsStore::isCurrent(*message, receipt)) show(*message);
        changed();
        return Reply();
    }

    void show(SqsMessage& message)
    {
        if (message.state == SqsState::inFlight) beginWait(message);
        store_.show(message);
    }

    void moveAway(SqsMessage& message)
    {
        ++deadLettered_;
        station().refuse(Outcome::error);
        housekeeping_.spawn(post(message.request));
        end(message, Outcome::error);
    }
    // Moved by the service itself, which does not give up.
    Task<void> post(Request request)
    {
        request.operation = deadLetters_.operation;
        for (bool done = false; !done;) {
            Calling calling(deadLetters_);
            const Reply reply = co_await deadLetters_.service->call(request);
            calling.end(reply);
            done = reply.ok();
            if (!done) co_await simulation().delay(Duration::seconds(1));
        }
    }

    void end(SqsMessage& message, Outcome outcome)
    {
        if (message.request.span) station().traces().end(message.request.span, outcome, simulation().now());
        station().leave(outcome, simulation().now() - message.arrived);
        store_.remove(message);
    }

    // After anything has changed: levels, those who wait, and the keeper's alarm.
    void changed()
    {
        visible_.set(simulation().now(), store_.visible());
        all_.set(simulation().now(), store_.size());
        LongPolls::settle();
        if (keeperSleeps_) setAlarm();
    }
    // The keeper sleeps until something is due: a delay, a visibility or a retention.
    Instant nextDue() const
    {
        Instant due = Instant::never();
        if (const SqsMessage* message = store_.firstDelayed()) due = std::min(due, message->due);
        if (const SqsMessage* message = store_.firstInFlight()) due = std::min(due, message->due);
        if (const SqsMessage* message = store_.oldest()) due = std::min(due, message->arrived + params_.retention);
        return due;
    }
    // An alarm that has become too early is left: the keeper looks, and sets the next.
    void setAlarm()
    {
        const Instant due = nextDue();
        if (due >= alarm_) return;
        alarm_ = due;
        keeper_.leave();
        simulation().armAfter(keeper_, due - simulation().now());
    }
    class Sleep {
    public:
        explicit Sleep(Sqs& queue) : queue_(queue) {}
        bool await_ready() const { return false; }
        void await_suspend(std::coroutine_handle<> awaiting)
        {
            queue_.keeper_.aim(awaiting);
            queue_.alarm_ = Instant::never();
            queue_.keeperSleeps_ = true;
            queue_.setAlarm();
        }
        void await_resume() const { queue_.keeperSleeps_ = false; }

    private:
        Sqs& queue_;
    };
    Task<void> keep()
    {
        for (;;) {
            co_await Sleep(*this);
            const Instant now = simulation().now();
            while (SqsMessage* message = store_.firstDelayed()) {
                if (message->due > now) break;
                show(*message);
            }
            while (SqsMessage* message = store_.firstInFlight()) {
                if (message->due > now) break;
                show(*message);
            }
            while (SqsMessage* message = store_.oldest()) {
                if (message->arrived + params_.retention > now) break;
                ++expired_;
                station().refuse(Outcome::expired);
                end(*message, Outcome::expired);
            }
            changed();
        }
    }

    Params params_;
    Host host_;
    engine::RandomStream luck_, serverLuck_;
    Target deadLetters_;
    SqsStore store_;
    SqsBatches batches_;
    DeduplicationWindow window_;
    std::array<Throttle, 3> throttles_;  ///< of send, receive and delete
    engine::Gauge visible_, all_;
    engine::Wakeup keeper_;
    Instant alarm_ = Instant::never();
    bool keeperSleeps_ = false;
    std::uint64_t sent_ = 0, received_ = 0, deleted_ = 0, redelivered_ = 0, empty_ = 0, deadLettered_ = 0, deduplicated_ = 0, expired_ = 0,
                  purged_ = 0, throttled_ = 0, overLimit_ = 0, expiredReceipts_ = 0, apiRequests_ = 0;
    engine::Scope housekeeping_;
};

}  // namespace

TANTRUM_MODEL(messaging, sqs)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "sqs")
            .title("SQS queue").group("Messaging").icon("queue")
            .accepts("messages").accepts("calls").operations({"publish", "receive", "acknowledge", "return", "acknowledge_batch"})
            .summary("Amazon SQS, standard or FIFO: visibility timeout, long and short polling, dead-letter queue.")
            .details("A received message is invisible for `visibility`, and visible again unless it was deleted by then: delivery is "
                     "at least once. With `dead_letter_to`, the receive that would be one more than `max_receive_count` moves the "
                     "message there instead. Messages survive a crash of the node, which stands for an outage of the API.\n\n"
                     "**Short polls** (no wait) ask each of the `servers` that share the messages of a standard queue with the chance "
                     "`short_poll_sample`, and may come back empty though there are messages; **long polls** ask all of them.\n\n"
                     "**FIFO**: the request's key modulo `groups` is the message group. While a message of a group is in flight, no other "
                     "of that group is handed out, so that there is never more at work than there are groups. A receive takes as many "
                     "as it may from one group before it goes on to the next. Each API method may be called `fifo_rate` times in a "
                     "second; what is beyond fails as `rate_limited`. An expired receipt deletes nothing.\n\n"
                     "A *standard* queue accepts an old receipt as long as the message exists; AWS promises this only for the latest one. "
                     "At `max_in_flight` messages a short poll of a standard queue fails (OverLimit), all other receives find nothing.\n\n"
                     "Simplified: order in a standard queue is that of becoming visible, no copy reappears after its deletion, a FIFO "
                     "queue looks at all messages for an open group (AWS at the first 20,000), and retention begins anew in the "
                     "dead-letter queue. The API takes no time: give that to the link, 5 to 20 ms in the same region (unconfirmed).")
            .parameter("fifo", &Params::fifo, {.doc = "strict order within message groups, deduplication, a limited rate"})
            .parameter("groups", &Params::groups, {.doc = "FIFO: the message group is the request's key modulo this", .least = 1, .most = 100'000, .unit = "groups"})
            .parameter("deduplication", &Params::deduplication, {.doc = "FIFO: what the deduplication id is", .live = true})
            .parameter("deduplication_interval", &Params::deduplicationInterval, {.doc = "FIFO: how long an id is remembered", .least = Duration(), .most = Duration::seconds(86'400), .source = "SQS developer guide, exactly-once processing: 5 min", .live = true})
            .parameter("fifo_rate", &Params::fifoRate, {.doc = "FIFO: calls of each API method, in each second", .least = Rate::perSecond(1e-3), .most = Rate::perSecond(1e9), .source = "SQS developer guide, FIFO quotas: 300/s", .live = true})
            .parameter("send_batch", &Params::sendBatch, {.doc = "FIFO: messages its producers send with one SendMessageBatch call; they arrive one by one all the same", .least = 1, .most = 10, .unit = "messages", .source = "SQS developer guide, batch actions: at most 10", .live = true})
            .parameter("visibility", &Params::visibility, {.doc = "how long a received message is invisible", .least = Duration(), .most = Duration::seconds(43'200), .source = "SQS developer guide, visibility timeout: 30 s", .live = true})
            .parameter("receive_wait", &Params::receiveWait, {.doc = "how long a receive that does not say waits for a message; 0s: a short poll", .least = Duration(), .most = Duration::seconds(20), .source = "SQS developer guide, long polling: 0 s", .live = true})
            .parameter("delay", &Params::delay, {.doc = "how long a new message is invisible", .least = Duration(), .most = Duration::seconds(900), .source = "SQS developer guide, delay queues: 0 s", .live = true})
            .parameter("retention", &Params::retention, {.doc = "age at which a message is thrown away", .least = Duration::seconds(60), .most = Duration::seconds(14 * 86'400), .source = "SQS developer guide, retention period: 4 days", .live = true})
            .parameter("dead_letter_to", &Params::deadLetterTo, {.doc = "the queue that gets messages received too often", .accepts = "messages"})
            .parameter("max_receive_count", &Params::maxReceiveCount, {.doc = "receives after which the next moves the message to the dead-letter queue, if there is one", .least = 1, .most = 1000, .unit = "receives", .source = "SQS console: 10 (unconfirmed)", .live = true})
            .parameter("max_in_flight", &Params::inFlightStandard, {.doc = "standard: messages in flight at once", .least = 1, .most = 10'000'000, .unit = "messages", .source = "SQS developer guide, in-flight messages: about 120,000", .live = true})
            .parameter("fifo_max_in_flight", &Params::inFlightFifo, {.doc = "FIFO: messages in flight at once", .least = 1, .most = 10'000'000, .unit = "messages", .source = "SQS developer guide, in-flight messages: 20,000", .live = true})
            .parameter("servers", &Params::servers, {.doc = "standard: servers that share the messages", .least = 1, .most = 64, .unit = "servers", .source = "unconfirmed"})
            .parameter("short_poll_sample", &Params::sampled, {.doc = "standard: chance of each server to be asked by a short poll", .source = "unconfirmed", .live = true})
            .metric("messages_sent", "messages", "messages accepted, duplicates included")
            .metric("messages_received", "receives", "messages handed out, each time")
            .metric("messages_deleted", "messages", "messages done with")
            .metric("redelivered", "receives", "receives after the first of a message")
            .metric("empty_receives", "calls", "receives that found nothing")
            .metric("dead_lettered", "messages", "messages moved to the dead-letter queue")
            .metric("deduplicated", "messages", "messages accepted but not delivered, for their id was known")
            .metric("expired", "messages", "messages thrown away at the end of their retention")
            .metric("purged", "messages", "messages thrown away by a flush")
            .metric("throttled", "calls", "calls beyond the FIFO rate")
            .metric("over_limit", "calls", "short polls refused because too much was in flight")
            .metric("expired_receipts", "messages", "deletes that failed in a FIFO queue because they came too late")
            .metric("messages_visible", "messages", "messages that may be received now")
            .metric("messages_not_visible", "messages", "messages in flight now")
            .metric("messages_delayed", "messages", "messages delayed now")
            .metric("api_requests", "calls", "API calls, which are what is paid for")
            .understands({"crash", "errors", "flush"})
            .example("nodes:\n  shop: {type: client, arrivals: poisson(100/s), sends: orders}\n"
                     "  orders: {type: sqs, dead_letter_to: dead, max_receive_count: 3}\n  dead: {type: sqs}\n"
                     "  fulfil: {type: sqs_poller, consumes: orders, wait_time: 20s, concurrency: 8, work: exponential(50ms)}\n"
                     "links:\n  \"* -> *\": {latency: 5ms}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<Sqs>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::messaging
