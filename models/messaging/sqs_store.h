// What an SQS queue holds: every message is delayed, visible or in flight, and has its place in the order of age. Nothing is
// allocated once the store has grown to its size.
#pragma once

#include "engine/list.h"
#include "engine/time.h"
#include "models/service.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace tantrum::models::messaging {

enum class SqsState : std::uint8_t { delayed, visible, inFlight };

struct SqsMessage : engine::ListNode {
    struct Age : engine::ListNode {
        SqsMessage* message = nullptr;
    };
    Age age;
    Request request;
    Instant arrived;
    Instant due;                 ///< delayed or in flight: when it becomes visible
    std::uint64_t order = 0;     ///< in its lane
    std::int64_t receives = 0;
    std::uint32_t index = 0, generation = 0;
    std::uint32_t lane = 0;
    SqsState state = SqsState::visible;
    bool used = false;
};

/// Visible messages stand in lanes. Standard queue: a lane is one of the servers that share the messages. FIFO queue: a lane
/// is a message group, of which nothing is handed out while one of its messages is in flight.
class SqsStore {
public:
    SqsStore(bool fifo, std::uint32_t lanes);

    /// A new message, delayed until `due` if that is later than now; otherwise visible.
    SqsMessage& add(const Request& request, std::uint32_t lane, Instant now, Instant due);
    /// Delayed or in flight: visible now. In a FIFO queue at its place, in a standard queue behind the others.
    void show(SqsMessage& message);
    /// Visible: in flight from now on, until then. Its receipt is another one than before.
    void take(SqsMessage& message, Instant until);
    /// In any state: gone.
    void remove(SqsMessage& message);

    /// The next to hand out, of the lanes whose bits are set; null if there is none. A FIFO queue knows no such choice, but
    /// goes on with the group of the same receive's last message, if that is given.
    SqsMessage* next(std::uint64_t servers, const SqsMessage* last) const;
    /// How many receives would find something now.
    std::int64_t available() const { return fifo_ ? openLanes_ : visible_; }

    /// Names the message and this receive of it.
    static std::uint64_t receiptOf(const SqsMessage& message);
    /// Null if the message is gone.
    SqsMessage* find(std::uint64_t receipt) const;
    /// Of a message that find() found: the receipt is that of its last receive, which has not run out.
    static bool isCurrent(const SqsMessage& message, std::uint64_t receipt);

    // Those whose time comes first, or null.
    SqsMessage* firstDelayed() const { return firstOf(delayed_); }
    SqsMessage* firstInFlight() const { return firstOf(inFlightList_); }
    SqsMessage* oldest() const { return ages_.empty() ? nullptr : static_cast<SqsMessage::Age*>(ages_.first())->message; }

    std::int64_t visible() const { return visible_; }
    std::int64_t inFlight() const { return inFlight_; }
    std::int64_t delayed() const { return size_ - visible_ - inFlight_; }
    std::int64_t size() const { return size_; }

private:
    struct Lane : engine::ListNode {
        engine::List visible;
        std::int64_t out = 0;  ///< FIFO: of its messages, those in flight
    };

    static SqsMessage* firstOf(const engine::List& list)
    {
        return list.empty() ? nullptr : static_cast<SqsMessage*>(list.first());
    }
    static void putByDue(engine::List& list, SqsMessage& message);
    void putInLane(SqsMessage& message);
    void leave(SqsMessage& message);
    void judge(Lane& lane);

    bool fifo_;
    std::uint32_t laneCount_;
    std::unique_ptr<Lane[]> lanes_;
    engine::List open_;  ///< FIFO: lanes from which a message may be taken
    engine::List delayed_, inFlightList_, ages_;
    std::int64_t openLanes_ = 0, visible_ = 0, inFlight_ = 0, size_ = 0;
    std::uint64_t order_ = 0;
    std::vector<std::unique_ptr<SqsMessage>> places_;
    std::vector<std::uint32_t> free_;
};

/// Remembers deduplication ids for a while. Constant work for each id, in the order of time.
class DeduplicationWindow {
public:
    /// True if the id was accepted less than the interval ago; otherwise it is accepted now, if `accept`.
    bool isKnown(std::uint64_t id, Instant now, Duration interval);
    void accept(std::uint64_t id, Instant now);

private:
    struct Entry {
        std::uint64_t id = 0;
        Instant at;
    };
    std::size_t homeOf(std::uint64_t id) const { return (id * 0x9E3779B97F4A7C15u) >> shift_; }
    std::size_t slotOf(std::uint64_t id) const;
    void forgetOldest();
    void grow();

    // Ring of the ids in the order of time, and an open table of places in it.
    std::vector<Entry> ring_;
    std::vector<std::uint32_t> table_;  ///< place in the ring + 1; 0: free
    std::size_t first_ = 0, count_ = 0;
    unsigned shift_ = 64;
};

}  // namespace tantrum::models::messaging
