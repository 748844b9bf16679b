#include "engine/simulation.h"

#include "engine/ensure.h"
#include "engine/task.h"

#include <algorithm>
#include <utility>

namespace tantrum::engine {

Simulation::Simulation()
{
    front_[0] = Key{~std::uint64_t{0}, ~std::uint64_t{0}};
    heap_.reserve(1024);
    slots_.reserve(1024);
    slots_.resize(laneLimit);
}

Simulation::~Simulation() = default;

// Every key in the front is earlier than every key in the heap, and that earlier than every key that is far.
void Simulation::insert(Key key)
{
    if (frontSize_ == 0 || !(key < front_[1]))
        insertBehind(key.time, key.orderAndSlot);
    else if (frontSize_ == frontCapacity) [[unlikely]]
        insertIntoFull(key);
    else
        place(key);
}

// By its halves, which stay in registers.
[[gnu::noinline]] void Simulation::insertBehind(std::uint64_t time, std::uint64_t orderAndSlot)
{
    const Key key{time, orderAndSlot};
    if (key.time >= far_.from())
        far_.add(key);
    else if (!heap_.empty() || frontSize_ == frontCapacity)
        pushHeap(key);
    else
        place(key);
}

[[gnu::noinline]] void Simulation::insertIntoFull(Key key)
{
    pushHeap(front_[1]);
    std::copy(front_.begin() + 2, front_.begin() + 1 + frontSize_, front_.begin() + 1);
    --frontSize_;
    place(key);
}

inline void Simulation::place(Key key)
{
    Key* hole = &front_[++frontSize_];
    for (; hole[-1] < key; --hole) *hole = hole[-1];
    *hole = key;
}

// Opens a lane for spans that repeat, while there are any left.
void Simulation::armSlowly(Wakeup& wakeup, std::uint64_t length, Spans spans)
{
    LaneEntry& entry = laneTable_[hashOf(length)];
    if (entry.span == 0 && laneCount_ < laneLimit && wakeup.at_ <= latest) {
        entry.seen = entry.candidate == length ? entry.seen + 1 : 1;
        entry.candidate = length;
        if (spans == Spans::constant || entry.seen >= repeatsBeforeLane) {
            entry.span = length;
            entry.lane = laneCount_++;
            joinLane(wakeup, entry.lane);
            return;
        }
    }
    armTimer(wakeup);
}

inline void Simulation::insertTimer(Wakeup& wakeup)
{
    if (freeSlot_ == noSlot) [[unlikely]]
        addSlot();
    const std::uint32_t slot = freeSlot_;
    freeSlot_ = slots_[slot].nextFree;
    slots_[slot].wakeup = &wakeup;
    wakeup.slot_ = slot;
    insert(Key{wakeup.at_, wakeup.order_ << slotBits | slot});
}

void Simulation::insertHeld() { insertTimer(*std::exchange(held_, nullptr)); }

[[gnu::noinline]] void Simulation::addSlot()
{
    ENSURE(slots_.size() < slotMask, "more than 16.7 million timers pending");
    slots_.emplace_back();
    freeUp(static_cast<std::uint32_t>(slots_.size() - 1));
}

void Simulation::forgetTimer(std::uint32_t slot)
{
    if (slot == noSlot) {
        held_ = nullptr;
        return;
    }
    slots_[slot].wakeup = nullptr;
    ++deadTimers_;
    if (deadTimers_ > 64 && deadTimers_ > (frontSize_ + heap_.size() + far_.size()) / 2) dropDeadTimers();
}

// Amortised O(1) a cancellation: at least half of what is rebuilt goes away.
void Simulation::dropDeadTimers()
{
    const auto dead = [this](const Key& key) {
        const auto slot = static_cast<std::uint32_t>(key.orderAndSlot & slotMask);
        if (slot < laneLimit || slots_[slot].wakeup) return false;
        freeUp(slot);
        return true;
    };
    const auto frontEnd = std::remove_if(front_.begin() + 1, front_.begin() + 1 + frontSize_, dead);
    frontSize_ = static_cast<unsigned>(frontEnd - front_.begin()) - 1;
    std::vector<Key> rest;
    rest.swap(heap_);
    far_.takeAll(rest);
    rest.erase(std::remove_if(rest.begin(), rest.end(), dead), rest.end());
    deadTimers_ = 0;
    if (rest.size() >= leastSpread) {
        far_.spread(rest);
        return;
    }
    std::sort(rest.begin(), rest.end());  // a sorted array is a heap
    heap_ = std::move(rest);
}

void Simulation::pushHeap(Key key)
{
    std::size_t hole = heap_.size();
    heap_.push_back(key);
    while (hole > 0) {
        const std::size_t parent = (hole - 1) / 4;
        if (!(key < heap_[parent])) break;
        heap_[hole] = heap_[parent];
        hole = parent;
    }
    heap_[hole] = key;
    if (heap_.size() >= spreadAt_ && far_.empty()) [[unlikely]]
        far_.spread(heap_);
}

Simulation::Key Simulation::popHeap()
{
    const Key top = heap_.front();
    const Key last = heap_.back();
    heap_.pop_back();
    const std::size_t size = heap_.size();
    if (size == 0) return top;
    std::size_t hole = 0;
    for (;;) {
        const std::size_t child = hole * 4 + 1;
        if (child >= size) break;
        const std::size_t end = std::min(child + 4, size);
        std::size_t least = child;
        for (std::size_t other = child + 1; other < end; ++other)
            if (heap_[other] < heap_[least]) least = other;
        if (!(heap_[least] < last)) break;
        heap_[hole] = heap_[least];
        hole = least;
    }
    heap_[hole] = last;
    return top;
}

// Of an empty front. False if everything else is empty, too.
[[gnu::noinline]] bool Simulation::refillFront()
{
    if (heap_.empty() && far_.empty()) return false;
    if (heap_.empty()) {
        far_.takeNext(heap_);
        std::sort(heap_.begin(), heap_.end());  // a sorted array is a heap
        // Thousands due at one instant stay in one bucket however often they are spread.
        spreadAt_ = std::max(leastSpread, 2 * heap_.size());
        if (heap_.size() <= frontCapacity) {
            frontSize_ = static_cast<unsigned>(heap_.size());
            std::reverse_copy(heap_.begin(), heap_.end(), front_.begin() + 1);
            heap_.clear();
        }
    }
    if (frontSize_ == 0) {
        const auto count = static_cast<unsigned>(std::min<std::size_t>(heap_.size(), frontCapacity / 2));
        for (unsigned place = count; place >= 1; --place) front_[place] = popHeap();
        frontSize_ = count;
        if (heap_.empty()) spreadAt_ = leastSpread;
    }
    if (slots_.size() < leastSpread) return true;
    // With many timers pending, nearly every event finds its slot, its wakeup and its frame outside the caches. Here the
    // next ones are known, so their misses overlap. (In a function of its own g++ 12 takes this for dead code.)
    const auto slotAt = [this](unsigned place) -> const Slot& { return slots_[front_[place].orderAndSlot & slotMask]; };
    far_.visitNext([this](const Key& key) { __builtin_prefetch(&slots_[key.orderAndSlot & slotMask]); });
    for (unsigned place = frontSize_; place >= 1; --place)
        if (const Wakeup* wakeup = slotAt(place).wakeup) __builtin_prefetch(wakeup);
    for (unsigned place = frontSize_; place >= 1; --place)
        if (const Wakeup* wakeup = slotAt(place).wakeup) __builtin_prefetch(wakeup->target_);
    return true;
}

// Null: the top was only a bound or a cancelled timer; look again.
inline Wakeup* Simulation::takeTop(Key top)
{
    --frontSize_;
    const auto slot = static_cast<std::uint32_t>(top.orderAndSlot & slotMask);
    if (slot < laneLimit) return takeFromLane(top);
    Wakeup* wakeup = slots_[slot].wakeup;
    freeUp(slot);
    if (!wakeup) [[unlikely]] {
        --deadTimers_;
        return nullptr;
    }
    wakeup->next = nullptr;
    return wakeup;
}

inline Wakeup* Simulation::takeFromLane(Key top)
{
    const auto index = static_cast<std::uint32_t>(top.orderAndSlot & slotMask);
    Lane& lane = lanes_[index];
    if (lane.waiting.empty()) {
        lane.keyed = false;
        return nullptr;
    }
    Wakeup* head = &wakeupOf(lane.waiting.first());
    const bool exact = head->order_ == top.orderAndSlot >> slotBits;
    if (exact) head->unlink();
    if (lane.waiting.empty()) {
        lane.keyed = false;
    } else {
        const Wakeup& next = wakeupOf(lane.waiting.first());
        insert(Key{next.at_, next.order_ << slotBits | index});
    }
    return exact ? head : nullptr;
}

inline void Simulation::execute(Wakeup& wakeup)
{
    now_ = wakeup.at_;
    ++events_;
    fingerprint_ = (std::rotl(fingerprint_ ^ wakeup.at_, 23) + wakeup.order_) * 0x9E3779B97F4A7C15u;
    std::coroutine_handle<>::from_address(wakeup.target_).resume();
    while (void* next = std::exchange(detail::goesOn, nullptr)) std::coroutine_handle<>::from_address(next).resume();
}

Simulation::Pause Simulation::run(Instant limit, std::uint64_t budget)
{
    const auto last = static_cast<std::uint64_t>(limit.count());
    const std::uint64_t stopAt = budget > ~std::uint64_t{0} - events_ ? ~std::uint64_t{0} : events_ + budget;
    ENSURE(order_ >> (63 - slotBits) == 0, "more than 2^39 appointments in one run");  // half of what a key has room for
    while (events_ < stopAt) {
        if (held_) insertTimer(*std::exchange(held_, nullptr));
        const Key top = front_[frontSize_];  // of an empty front: the sentinel, later than any
        Wakeup* wakeup;
        if (!now_list_.empty()) {
            if (frontSize_ == 0 && refillFront()) continue;
            wakeup = &wakeupOf(now_list_.first());
            if (top.time > now_ || wakeup->order_ < top.orderAndSlot >> slotBits)
                wakeup->unlink();
            else
                wakeup = takeTop(top);
        } else if (top.time <= last) [[likely]] {
            wakeup = takeTop(top);
        } else {
            if (frontSize_ == 0 && refillFront()) continue;
            if (limit != Instant::never()) now_ = std::max(now_, last);
            return frontSize_ == 0 ? Pause::idle : Pause::limit;
        }
        if (wakeup) execute(*wakeup);
    }
    return Pause::budget;
}

Instant Simulation::nextDue() const
{
    if (!now_list_.empty()) return now();
    std::uint64_t time = front_[frontSize_].time;  // none at all: the sentinel, later than any
    if (frontSize_ == 0 && !(heap_.empty() && far_.empty())) time = heap_.empty() ? far_.earliest() : heap_.front().time;
    return Wakeup::instantOf(held_ ? std::min(time, held_->at_) : time);
}

}  // namespace tantrum::engine
