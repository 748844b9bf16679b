#include "models/messaging/sqs_store.h"

#include "engine/ensure.h"

#include <bit>

namespace tantrum::models::messaging {

namespace {

using engine::List;
using engine::ListNode;

// A receipt: the message's place, which use of the place, and which receive of that message.
constexpr unsigned placeBits = 28, receiveBits = 8;
constexpr std::uint64_t placeMask = (std::uint64_t{1} << placeBits) - 1;
constexpr std::uint32_t generationMask = (std::uint32_t{1} << (64 - placeBits - receiveBits)) - 1;

SqsMessage& messageOf(ListNode* node) { return static_cast<SqsMessage&>(*node); }
std::uint64_t receiveOf(const SqsMessage& message) { return static_cast<std::uint64_t>(message.receives) & 0xFF; }

}  // namespace

SqsStore::SqsStore(bool fifo, std::uint32_t lanes) : fifo_(fifo), laneCount_(lanes), lanes_(std::make_unique<Lane[]>(lanes)) {}

SqsMessage& SqsStore::add(const Request& request, std::uint32_t lane, Instant now, Instant due)
{
    if (free_.empty()) {
        ENSURE(places_.size() < placeMask, "more messages than a receipt can name");
        free_.push_back(static_cast<std::uint32_t>(places_.size()));
        places_.push_back(std::make_unique<SqsMessage>());
        places_.back()->index = free_.back();
    }
    SqsMessage& message = *places_[free_.back()];
    free_.pop_back();
    message.generation = (message.generation + 1) & generationMask;
    message.used = true;
    message.request = request;
    message.arrived = now;
    message.due = due;
    message.receives = 0;
    message.lane = lane;
    message.order = ++order_;
    message.age.message = &message;
    ages_.pushBack(message.age);
    ++size_;
    if (due > now) {
        message.state = SqsState::delayed;
        putByDue(delayed_, message);
    } else {
        putInLane(message);
    }
    return message;
}

void SqsStore::show(SqsMessage& message)
{
    leave(message);
    if (!fifo_) message.order = ++order_;
    putInLane(message);
}

void SqsStore::take(SqsMessage& message, Instant until)
{
    leave(message);
    message.state = SqsState::inFlight;
    message.due = until;
    ++message.receives;
    ++inFlight_;
    ++lanes_[message.lane].out;
    putByDue(inFlightList_, message);
    judge(lanes_[message.lane]);
}

void SqsStore::remove(SqsMessage& message)
{
    leave(message);
    judge(lanes_[message.lane]);
    message.age.unlink();
    message.used = false;
    --size_;
    free_.push_back(message.index);
}

SqsMessage* SqsStore::next(std::uint64_t servers, const SqsMessage* last) const
{
    if (fifo_) {
        if (last && !lanes_[last->lane].visible.empty()) return firstOf(lanes_[last->lane].visible);
        return open_.empty() ? nullptr : firstOf(static_cast<Lane*>(open_.first())->visible);
    }
    if (visible_ == 0) return nullptr;
    SqsMessage* next = nullptr;
    for (std::uint32_t lane = 0; lane < laneCount_; ++lane) {
        SqsMessage* first = (servers >> lane & 1) != 0 ? firstOf(lanes_[lane].visible) : nullptr;
        if (first && (!next || first->order < next->order)) next = first;
    }
    return next;
}

std::uint64_t SqsStore::receiptOf(const SqsMessage& message)
{
    return (std::uint64_t{message.generation} << (placeBits + receiveBits)) | (receiveOf(message) << placeBits) | message.index;
}

SqsMessage* SqsStore::find(std::uint64_t receipt) const
{
    const std::uint64_t index = receipt & placeMask;
    if (index >= places_.size()) return nullptr;
    SqsMessage& message = *places_[index];
    return message.used && receipt >> (placeBits + receiveBits) == message.generation ? &message : nullptr;
}

bool SqsStore::isCurrent(const SqsMessage& message, std::uint64_t receipt)
{
    return message.state == SqsState::inFlight && (receipt >> placeBits & 0xFF) == receiveOf(message);
}

// In the order of time; nearly always at the end, for a delay or a visibility made shorter may overtake.
void SqsStore::putByDue(List& list, SqsMessage& message)
{
    ListNode* before = list.empty() ? nullptr : list.last();
    while (before && messageOf(before).due > message.due) before = before == list.first() ? nullptr : before->previous;
    if (before)
        list.insertAfter(*before, message);
    else
        list.pushFront(message);
}

// In the lane's order: at its end, or, of a message that comes back to a FIFO queue, near its beginning.
void SqsStore::putInLane(SqsMessage& message)
{
    message.state = SqsState::visible;
    Lane& lane = lanes_[message.lane];
    ++visible_;
    if (lane.visible.empty() || messageOf(lane.visible.last()).order < message.order) {
        lane.visible.pushBack(message);
    } else {
        ListNode* before = nullptr;
        for (ListNode* node = lane.visible.first(); messageOf(node).order < message.order; node = lane.visible.after(node)) before = node;
        if (before)
            lane.visible.insertAfter(*before, message);
        else
            lane.visible.pushFront(message);
    }
    judge(lane);
}

void SqsStore::leave(SqsMessage& message)
{
    message.unlink();
    if (message.state == SqsState::visible) --visible_;
    if (message.state == SqsState::inFlight) --inFlight_, --lanes_[message.lane].out;
}

void SqsStore::judge(Lane& lane)
{
    if (!fifo_) return;
    const bool open = lane.out == 0 && !lane.visible.empty();
    if (open == lane.linked()) return;
    openLanes_ += open ? 1 : -1;
    if (open)
        open_.pushBack(lane);
    else
        lane.unlink();
}

bool DeduplicationWindow::isKnown(std::uint64_t id, Instant now, Duration interval)
{
    while (count_ > 0 && ring_[first_].at + interval <= now) forgetOldest();
    return count_ > 0 && table_[slotOf(id)] != 0;
}

void DeduplicationWindow::accept(std::uint64_t id, Instant now)
{
    if (2 * (count_ + 1) > table_.size()) grow();
    const std::size_t slot = slotOf(id);
    if (table_[slot] != 0) return;
    const std::size_t place = (first_ + count_) % ring_.size();
    ring_[place] = Entry{id, now};
    table_[slot] = static_cast<std::uint32_t>(place) + 1;
    ++count_;
}

// Where the id stands, or the free slot where it would.
std::size_t DeduplicationWindow::slotOf(std::uint64_t id) const
{
    std::size_t slot = homeOf(id);
    while (table_[slot] != 0 && ring_[table_[slot] - 1].id != id) slot = (slot + 1) & (table_.size() - 1);
    return slot;
}

// What stands behind in the same run of slots moves up, so that no search ends too early.
void DeduplicationWindow::forgetOldest()
{
    const std::size_t mask = table_.size() - 1;
    std::size_t gap = slotOf(ring_[first_].id);
    for (std::size_t slot = (gap + 1) & mask; table_[slot] != 0; slot = (slot + 1) & mask) {
        const std::size_t home = homeOf(ring_[table_[slot] - 1].id);
        if (((slot - home) & mask) < ((slot - gap) & mask)) continue;
        table_[gap] = table_[slot];
        gap = slot;
    }
    table_[gap] = 0;
    first_ = (first_ + 1) % ring_.size();
    --count_;
}

void DeduplicationWindow::grow()
{
    const std::size_t size = std::max<std::size_t>(64, table_.size() * 2);
    std::vector<Entry> entries(size);
    for (std::size_t each = 0; each < count_; ++each) entries[each] = ring_[(first_ + each) % ring_.size()];
    ring_ = std::move(entries);
    first_ = 0;
    table_.assign(size, 0);
    shift_ = 64 - static_cast<unsigned>(std::countr_zero(size));
    for (std::size_t each = 0; each < count_; ++each) table_[slotOf(ring_[each].id)] = static_cast<std::uint32_t>(each) + 1;
}

}  // namespace tantrum::models::messaging
