// One queue of a RabbitMQ broker: its ready messages in order, its consumers with what they have not acknowledged, and
// every way a message can leave.
#pragma once

#include "engine/list.h"
#include "engine/slots.h"
#include "engine/statistics.h"
#include "models/host.h"
#include "models/messaging/rabbitmq_topology.h"

#include <deque>
#include <memory>
#include <vector>

namespace tantrum::models::messaging {

class RabbitQueue;
class RabbitConsumerState;

enum class DeadLetter : std::uint8_t { rejected, expired, maxLength, deliveryLimit };

/// Ready: in its queue's list. Unacknowledged: in its consumer's.
struct RabbitMessage : engine::ListNode {
    Request request;
    Instant arrived, expires, delivered;
    std::uint64_t position = 0;      ///< in its queue
    std::uint64_t tag = 0;           ///< of its delivery; another one each time, so that a late answer means nothing
    std::uint64_t visited = 0;       ///< queues that dead-lettered it since it was last rejected
    std::int64_t returns = 0;        ///< how often it came back
    std::uint32_t generation = 0;
    RabbitConsumerState* at = nullptr;  ///< null while ready
    RabbitQueue* queue = nullptr;       ///< it is in, or on its way to
    bool redelivered = false;
};

/// All messages of a broker; places are used again.
class RabbitMessages {
public:
    RabbitMessage& add();
    /// Null if there is no such delivery any more.
    RabbitMessage* find(std::uint64_t tag) const;
    /// Makes its earlier tag void.
    void renew(RabbitMessage& message);
    void remove(RabbitMessage& message);

private:
    std::vector<std::unique_ptr<RabbitMessage>> places_;
    std::vector<std::uint32_t> free_;
};

/// What the queues of a broker share.
struct RabbitCore {
    RabbitCore(Host& on, Station& at, std::int64_t overhead) : host(on), simulation(on.scope().simulation()), station(at), overheadBytes(overhead) {}
    Instant now() const { return simulation.now(); }
    void remember(const RabbitMessage& message) { bytes += overheadBytes + message.request.bytes; }
    void forget(const RabbitMessage& message) { bytes -= overheadBytes + message.request.bytes; }

    Host& host;
    Simulation& simulation;
    Station& station;
    RabbitMessages messages;
    std::int64_t overheadBytes;  ///< of a message besides its body
    std::int64_t bytes = 0;      ///< of all messages, ready or not
    engine::Gauge ready, all;
    std::int64_t unacknowledged = 0;
    engine::List moving;         ///< dead-lettered, not yet arrived: they move one after the other, however many
    bool movingThem = false;
    std::array<std::uint64_t, 4> deadLettered{};  ///< by reason, whether there is a queue for them or not
    std::uint64_t delivered = 0, redelivered = 0, acknowledged = 0, returned = 0, dropped = 0, lost = 0;
};

/// A consumer as the broker sees it. It grants one delivery with each place it waits at.
class RabbitConsumerState : public engine::ListNode {
public:
    RabbitConsumerState(RabbitQueue& of, std::int64_t rank, bool automatic) : queue(of), priority(rank), acknowledgesItself(automatic) {}

    RabbitQueue& queue;
    const std::int64_t priority;
    const bool acknowledgesItself;   ///< automatic acknowledgement: handed out is done with
    std::uint32_t session = 0;       ///< of its connection; what comes from an earlier one is refused
    std::uint64_t joined = 0;        ///< when, in order, since it is connected; 0: it is not
    engine::List places;
    engine::List unacknowledged;     ///< in order of delivery
};

/// A consumer's call that waits for one delivery. co_await: what was delivered; nullopt if the channel was closed.
class RabbitPlace : private engine::Wakeup {
public:
    explicit RabbitPlace(RabbitConsumerState& consumer) : consumer_(consumer) {}
    RabbitPlace(const RabbitPlace&) = delete;
    RabbitPlace& operator=(const RabbitPlace&) = delete;
    ~RabbitPlace();
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> awaiting);
    std::optional<Reply> await_resume();

private:
    friend class RabbitQueue;
    struct Standing : engine::ListNode {
        explicit Standing(RabbitPlace& of) : place(of) {}
        RabbitPlace& place;
    };
    void give(const Reply& reply);
    RabbitConsumerState& consumer_;
    Standing standing_{*this};  ///< among the places of its consumer
    std::optional<Reply> given_;
};

class RabbitQueue {
public:
    RabbitQueue(const RabbitQueueSettings& settings, std::size_t index, RabbitCore& core);

    const RabbitQueueSettings& settings() const { return settings_; }
    void deadLettersGoTo(RabbitQueue* queue) { deadLetterTo_ = queue; }
    void add(RabbitConsumerState& consumer);

    /// False: refused by its length.
    bool accept(const Request& request);
    /// A delivery's ends.
    void acknowledge(RabbitMessage& message);
    void giveBack(RabbitMessage& message);
    void reject(RabbitMessage& message);
    /// All it has not acknowledged becomes ready again, and whatever it waits for is answered.
    void closeChannel(RabbitConsumerState& consumer);
    /// Deliveries of before that instant that are not acknowledged close their channel.
    std::uint64_t closeChannelsSince(Instant instant);
    /// The broker went down: what does not survive is lost; the rest is ready again.
    void crash();
    /// The broker is up again.
    void revive();
    void purge();
    /// Runs for ever: removes what has expired at the head.
    Task<void> expire();
    /// Nothing is ready: never.
    Instant oldest() const { return ready_.empty() ? Instant::never() : messageAt(ready_.first()).arrived; }
    engine::Slots& process() { return process_; }
    engine::Slots& credit() { return credit_; }
    const engine::Slots& credit() const { return credit_; }
    /// When the last replicated message is committed: the next one is not before it.
    Instant committed;

private:
    friend class RabbitPlace;
    class Sleep;
    static RabbitMessage& messageAt(engine::ListNode* node) { return static_cast<RabbitMessage&>(*node); }

    void await(RabbitPlace& place);
    void arrive(RabbitMessage& message);
    void insert(RabbitMessage& message);
    void dispatch();
    RabbitConsumerState* next();
    void deliver(RabbitMessage& message, RabbitConsumerState& consumer);
    void leaveReady(RabbitMessage& message);
    void leaveConsumer(RabbitMessage& message);
    void becomeReady(RabbitMessage& message);
    void giveBackAll(RabbitConsumerState& consumer);
    void undo(const Reply& delivery, RabbitConsumerState& consumer);
    void expireHead();
    void enforceLength();
    bool tooLong(std::int64_t more, std::int64_t moreBytes) const;
    void deadLetter(RabbitMessage& message, DeadLetter reason);
    void settle(RabbitMessage& message, Outcome outcome);
    static void moveAll(RabbitCore& core);
    void armExpiry();

    struct Rank {
        std::int64_t priority = 0;
        engine::List waiting;  ///< consumers with a place, the next one first
    };

    const RabbitQueueSettings settings_;
    const std::uint64_t bit_;
    RabbitCore& core_;
    RabbitQueue* deadLetterTo_ = nullptr;
    engine::List ready_;
    std::int64_t length_ = 0, lengthBytes_ = 0;
    std::uint64_t position_ = 0, joins_ = 0;
    std::vector<RabbitConsumerState*> consumers_;
    std::deque<Rank> ranks_;  ///< highest priority first
    engine::Slots process_, credit_;
    engine::Wakeup expiry_;
    bool expirySleeps_ = false;
    Instant expiryAt_ = Instant::never();
};

}  // namespace tantrum::models::messaging
