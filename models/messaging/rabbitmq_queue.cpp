#include "models/messaging/rabbitmq_queue.h"

#include <algorithm>

namespace tantrum::models::messaging {

namespace {
// A channel process may have so many messages on their way to a queue process (credit flow, {400, 200} in newer releases).
constexpr std::int64_t initialCredit = 400;
}  // namespace

RabbitMessage& RabbitMessages::add()
{
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(places_.size()));
        places_.push_back(std::make_unique<RabbitMessage>());
    }
    const std::uint32_t index = free_.back();
    free_.pop_back();
    RabbitMessage& message = *places_[index];
    message.tag = (std::uint64_t{++message.generation} << 32) | index;
    message.returns = 0;
    message.visited = 0;
    message.redelivered = false;
    message.at = nullptr;
    return message;
}

RabbitMessage* RabbitMessages::find(std::uint64_t tag) const
{
    const std::uint64_t index = tag & 0xFFFFFFFFu;
    return tag == 0 || index >= places_.size() || places_[index]->tag != tag ? nullptr : places_[index].get();
}

void RabbitMessages::renew(RabbitMessage& message) { message.tag = (std::uint64_t{++message.generation} << 32) | (message.tag & 0xFFFFFFFFu); }

void RabbitMessages::remove(RabbitMessage& message)
{
    free_.push_back(static_cast<std::uint32_t>(message.tag & 0xFFFFFFFFu));
    message.tag = 0;
}

// Somebody went away before his delivery had reached him, or from a place.
RabbitPlace::~RabbitPlace()
{
    if (standing_.linked()) {
        standing_.unlink();
        if (consumer_.places.empty() && consumer_.linked()) consumer_.unlink();
    }
    if (given_) consumer_.queue.undo(*given_, consumer_);
}

void RabbitPlace::await_suspend(std::coroutine_handle<> awaiting)
{
    aim(awaiting);
    consumer_.queue.await(*this);
}

std::optional<Reply> RabbitPlace::await_resume()
{
    std::optional<Reply> given;
    given.swap(given_);
    return given && given->ok() ? given : std::nullopt;
}

void RabbitPlace::give(const Reply& reply)
{
    standing_.unlink();
    given_ = reply;
    consumer_.queue.core_.simulation.armNow(*this);
}

// Waits for the head of the queue to expire.
class RabbitQueue::Sleep {
public:
    explicit Sleep(RabbitQueue& queue) : queue_(queue) {}
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> awaiting)
    {
        queue_.expiry_.aim(awaiting);
        queue_.expirySleeps_ = true;
        queue_.expiryAt_ = Instant::never();
        queue_.armExpiry();
    }
    void await_resume() const { queue_.expirySleeps_ = false; }

private:
    RabbitQueue& queue_;
};

RabbitQueue::RabbitQueue(const RabbitQueueSettings& settings, std::size_t index, RabbitCore& core)
    : settings_(settings), bit_(std::uint64_t{1} << index), core_(core), process_(core.simulation, 1), credit_(core.simulation, initialCredit)
{
}

void RabbitQueue::add(RabbitConsumerState& consumer)
{
    consumers_.push_back(&consumer);
    auto rank = ranks_.begin();
    while (rank != ranks_.end() && rank->priority > consumer.priority) ++rank;
    if (rank == ranks_.end() || rank->priority != consumer.priority) {
        // A list can't move: ranks are made anew while nobody waits, which is so while the world is connected.
        std::vector<std::int64_t> priorities{consumer.priority};
        for (const Rank& known : ranks_) priorities.push_back(known.priority);
        std::sort(priorities.begin(), priorities.end(), std::greater<>());
        ranks_.clear();
        for (const std::int64_t priority : priorities) ranks_.emplace_back().priority = priority;
    }
}

void RabbitQueue::await(RabbitPlace& place)
{
    RabbitConsumerState& consumer = place.consumer_;
    if (consumer.joined == 0) consumer.joined = ++joins_;
    consumer.places.pushBack(place.standing_);
    if (!consumer.linked())
        for (Rank& rank : ranks_)
            if (rank.priority == consumer.priority) rank.waiting.pushBack(consumer);
    dispatch();
    moveAll(core_);
}

bool RabbitQueue::tooLong(std::int64_t more, std::int64_t moreBytes) const
{
    return length_ + more > settings_.maxLength || lengthBytes_ > settings_.maxLengthBytes.count() - moreBytes;
}

bool RabbitQueue::accept(const Request& request)
{
    const bool full = settings_.overflow != RabbitOverflow::dropHead && tooLong(1, request.bytes);
    if (full && settings_.overflow == RabbitOverflow::rejectPublish) {
        core_.station.arrive();
        core_.station.refuse(Outcome::rejected);
        core_.station.leaveUnmeasured(Outcome::rejected);
        return false;
    }
    RabbitMessage& message = core_.messages.add();
    message.request = request;
    core_.remember(message);
    arrive(message);
    if (full) {
        deadLetter(message, DeadLetter::maxLength);
    } else {
        insert(message);
        dispatch();
        enforceLength();
    }
    moveAll(core_);
    return !full;
}

// Counted here from now on; it may have been dead-lettered elsewhere before.
void RabbitQueue::arrive(RabbitMessage& message)
{
    const Instant now = core_.now();
    message.queue = this;
    message.arrived = now;
    message.returns = 0;
    message.position = ++position_;
    message.expires = settings_.messageTtl ? now + *settings_.messageTtl : Instant::never();
    core_.station.arrive();
    core_.all.add(now, 1);
    if (message.request.span) [[unlikely]]
        message.request.span = core_.station.traces().begin(SpanKind::stay, message.request.span, core_.station.place(), message.request.operation, 0, now);
}

// At its position: what comes back goes before all that came after it.
void RabbitQueue::insert(RabbitMessage& message)
{
    if (message.request.span) core_.station.traces().waits(message.request.span, core_.now());
    engine::ListNode* behind = ready_.empty() ? nullptr : ready_.first();
    if (behind && messageAt(ready_.last()).position < message.position) behind = nullptr;
    while (behind && messageAt(behind).position < message.position) behind = ready_.after(behind);
    if (!behind)
        ready_.pushBack(message);
    else if (behind == ready_.first())
        ready_.pushFront(message);
    else
        ready_.insertAfter(*behind->previous, message);
    ++length_;
    lengthBytes_ += message.request.bytes;
    core_.ready.add(core_.now(), 1);
    if (expirySleeps_) armExpiry();
}

void RabbitQueue::leaveReady(RabbitMessage& message)
{
    message.unlink();
    --length_;
    lengthBytes_ -= message.request.bytes;
    core_.ready.add(core_.now(), -1);
}

void RabbitQueue::dispatch()
{
    if (!core_.host.up()) return;
    while (!ready_.empty()) {
        RabbitMessage& head = messageAt(ready_.first());
        if (head.expires < core_.now()) {
            expireHead();
            continue;
        }
        RabbitConsumerState* consumer = next();
        if (!consumer) return;
        deliver(head, *consumer);
    }
}

// The highest priority first; among equals in turn. A single active consumer is the one that has been there longest.
RabbitConsumerState* RabbitQueue::next()
{
    if (settings_.singleActiveConsumer) {
        RabbitConsumerState* active = nullptr;
        for (RabbitConsumerState* consumer : consumers_)
            if (consumer->joined != 0 && (!active || consumer->joined < active->joined)) active = consumer;
        return active && active->linked() ? active : nullptr;
    }
    for (Rank& rank : ranks_)
        if (!rank.waiting.empty()) return static_cast<RabbitConsumerState*>(rank.waiting.first());
    return nullptr;
}

void RabbitQueue::deliver(RabbitMessage& message, RabbitConsumerState& consumer)
{
    leaveReady(message);
    if (message.request.span) core_.station.traces().goesOn(message.request.span, core_.now());
    ++core_.delivered;
    core_.redelivered += message.redelivered;
    core_.messages.renew(message);
    Reply reply;
    reply.token = consumer.acknowledgesItself ? 0 : message.tag;
    reply.key = message.request.key;
    reply.begun = message.request.begun;
    reply.bytes = message.request.bytes;
    static_cast<RabbitPlace::Standing&>(*consumer.places.first()).place.give(reply);
    consumer.unlink();
    if (!consumer.places.empty())
        for (Rank& rank : ranks_)
            if (rank.priority == consumer.priority) rank.waiting.pushBack(consumer);
    message.at = &consumer;
    message.delivered = core_.now();
    consumer.unacknowledged.pushBack(message);
    ++core_.unacknowledged;
    if (consumer.acknowledgesItself) acknowledge(message);
}

void RabbitQueue::leaveConsumer(RabbitMessage& message)
{
    message.unlink();
    message.at = nullptr;
    --core_.unacknowledged;
}

void RabbitQueue::acknowledge(RabbitMessage& message)
{
    leaveConsumer(message);
    ++core_.acknowledged;
    settle(message, Outcome::ok);
}

void RabbitQueue::giveBack(RabbitMessage& message)
{
    becomeReady(message);
    dispatch();
    enforceLength();
    moveAll(core_);
}

// Quorum queues count; over the limit the message goes.
void RabbitQueue::becomeReady(RabbitMessage& message)
{
    leaveConsumer(message);
    core_.messages.renew(message);
    message.redelivered = true;
    ++message.returns;
    ++core_.returned;
    if (settings_.quorum() && settings_.deliveryLimit != scenario::unlimited && message.returns > settings_.deliveryLimit)
        deadLetter(message, DeadLetter::deliveryLimit);
    else
        insert(message);
}

void RabbitQueue::reject(RabbitMessage& message)
{
    leaveConsumer(message);
    deadLetter(message, DeadLetter::rejected);
    moveAll(core_);
}

// From the last to the first, so that each finds its position at once.
void RabbitQueue::giveBackAll(RabbitConsumerState& consumer)
{
    while (!consumer.unacknowledged.empty()) becomeReady(messageAt(consumer.unacknowledged.last()));
}

// A delivery that nobody saw: as if it had not been made.
void RabbitQueue::undo(const Reply& delivery, RabbitConsumerState& consumer)
{
    RabbitMessage* message = core_.messages.find(delivery.token);
    if (!message || message->at != &consumer) return;
    --core_.delivered;
    core_.redelivered -= message->redelivered;
    leaveConsumer(*message);
    core_.messages.renew(*message);
    insert(*message);
    dispatch();
    enforceLength();
    moveAll(core_);
}

void RabbitQueue::closeChannel(RabbitConsumerState& consumer)
{
    consumer.joined = 0;
    if (consumer.linked()) consumer.unlink();
    while (!consumer.places.empty()) static_cast<RabbitPlace::Standing&>(*consumer.places.first()).place.give(Reply::died());
    giveBackAll(consumer);
    dispatch();
    enforceLength();
    moveAll(core_);
}

std::uint64_t RabbitQueue::closeChannelsSince(Instant instant)
{
    std::uint64_t closed = 0;
    for (RabbitConsumerState* consumer : consumers_) {
        if (consumer->unacknowledged.empty() || messageAt(consumer->unacknowledged.first()).delivered > instant) continue;
        closeChannel(*consumer);
        ++closed;
    }
    return closed;
}

void RabbitQueue::crash()
{
    const bool survives = settings_.survives();
    for (RabbitConsumerState* consumer : consumers_) {
        consumer->joined = 0;
        if (survives) giveBackAll(*consumer);
        while (!consumer->unacknowledged.empty()) {
            RabbitMessage& message = messageAt(consumer->unacknowledged.first());
            leaveConsumer(message);
            ++core_.lost;
            settle(message, Outcome::crashed);
        }
    }
    while (!survives && !ready_.empty()) {
        RabbitMessage& message = messageAt(ready_.first());
        leaveReady(message);
        ++core_.lost;
        core_.station.refuse(Outcome::crashed);
        settle(message, Outcome::crashed);
    }
    moveAll(core_);
}

void RabbitQueue::revive()
{
    committed = core_.now();
    if (expirySleeps_) armExpiry();
}

void RabbitQueue::purge()
{
    while (!ready_.empty()) {
        RabbitMessage& message = messageAt(ready_.first());
        leaveReady(message);
        ++core_.dropped;
        core_.station.refuse(Outcome::rejected);
        settle(message, Outcome::rejected);
    }
}

Task<void> RabbitQueue::expire()
{
    for (;;) {
        co_await Sleep(*this);
        while (core_.host.up() && !ready_.empty() && messageAt(ready_.first()).expires <= core_.now()) expireHead();
        moveAll(core_);
    }
}

void RabbitQueue::armExpiry()
{
    if (!core_.host.up() || ready_.empty()) return;
    const Instant due = messageAt(ready_.first()).expires;
    if (due == Instant::never() || due >= expiryAt_) return;
    expiry_.leave();
    expiryAt_ = due;
    core_.simulation.armAfter(expiry_, std::max(Duration(), due - core_.now()));
}

void RabbitQueue::expireHead()
{
    RabbitMessage& message = messageAt(ready_.first());
    leaveReady(message);
    deadLetter(message, DeadLetter::expired);
}

void RabbitQueue::enforceLength()
{
    if (settings_.overflow != RabbitOverflow::dropHead) return;
    while (!ready_.empty() && tooLong(0, 0)) {
        RabbitMessage& message = messageAt(ready_.first());
        leaveReady(message);
        deadLetter(message, DeadLetter::maxLength);
    }
}

// In no list. A message that would come round to a queue without anybody having rejected it is dropped, as cycles are.
void RabbitQueue::deadLetter(RabbitMessage& message, DeadLetter reason)
{
    constexpr std::array<Outcome, 4> outcomes{Outcome::error, Outcome::expired, Outcome::rejected, Outcome::error};
    const Outcome outcome = outcomes[static_cast<std::size_t>(reason)];
    ++core_.deadLettered[static_cast<std::size_t>(reason)];
    core_.station.refuse(outcome);
    const bool rejected = reason == DeadLetter::rejected;
    if (!deadLetterTo_ || (!rejected && deadLetterTo_ == this) || (!rejected && (message.visited & deadLetterTo_->bit_))) {
        ++core_.dropped;
        settle(message, outcome);
        return;
    }
    message.visited = rejected ? 0 : message.visited | bit_;
    if (message.request.span) core_.station.traces().end(message.request.span, outcome, core_.now());
    core_.station.leave(outcome, core_.now() - message.arrived);
    core_.all.add(core_.now(), -1);
    core_.messages.renew(message);
    message.queue = deadLetterTo_;
    core_.moving.pushBack(message);
}

void RabbitQueue::moveAll(RabbitCore& core)
{
    if (core.movingThem) return;
    core.movingThem = true;
    while (!core.moving.empty()) {
        RabbitMessage& message = messageAt(core.moving.first());
        message.unlink();
        RabbitQueue& to = *message.queue;
        const bool full = to.settings_.overflow != RabbitOverflow::dropHead && to.tooLong(1, message.request.bytes);
        message.redelivered = false;
        to.arrive(message);
        if (full) {
            ++core.dropped;
            core.station.refuse(Outcome::rejected);
            to.settle(message, Outcome::rejected);
            continue;
        }
        to.insert(message);
        to.dispatch();
        to.enforceLength();
    }
    core.movingThem = false;
}

void RabbitQueue::settle(RabbitMessage& message, Outcome outcome)
{
    if (message.request.span) core_.station.traces().end(message.request.span, outcome, core_.now());
    core_.station.leave(outcome, core_.now() - message.arrived);
    core_.all.add(core_.now(), -1);
    core_.forget(message);
    core_.messages.remove(message);
}

}  // namespace tantrum::models::messaging
