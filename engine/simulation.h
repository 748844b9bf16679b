// The agenda and the clock: who is woken when. Order is (time, insertion); whoever waits is woken through here, so that
// equal inputs give equal runs. Single-threaded.
//
// Three places hold what is due, and which one holds it never changes the order:
//   now     a FIFO for zero delays;
//   lanes   a FIFO for each constant delay (timeouts, network): only its head has a key;
//   timers  keys of 16 bytes {time, order | slot}: the earliest in a sorted front, the rest in a 4-ary heap, and when they
//           are hundreds, those not due soon in buckets (FarTimers).
//
// The timer that was armed last is held in the hand until the agenda is looked at again. When a timer is due is mostly drawn,
// and where it belongs is a branch that no processor predicts; by then the draw is done, and whatever else the event had to do
// was done while it was waited for.
#pragma once

#include "engine/agenda_key.h"
#include "engine/far_timers.h"
#include "engine/list.h"
#include "engine/time.h"

#include <array>
#include <bit>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tantrum::engine {

class Simulation;

/// A coroutine's appointment, living inside the awaiter and so inside the frame. Destroying it cancels the appointment,
/// wherever it stands: in a lane, among the timers, or in somebody's waiting list.
class Wakeup : public ListNode {
public:
    Wakeup() {}
    Wakeup(const Wakeup&) = delete;
    Wakeup& operator=(const Wakeup&) = delete;
    ~Wakeup() { leave(); }

    /// Whom to resume. Set before arming or listing.
    void aim(std::coroutine_handle<> target) { target_ = target.address(); }
    /// In an agenda or in a list.
    bool pending() const { return linked(); }
    /// When it is due. Meaningful while it stands in the agenda.
    Instant due() const { return instantOf(at_); }
    /// Gives the appointment up; harmless if there is none.
    void leave()
    {
        if (linked()) leavePlace();
    }

private:
    friend class Simulation;
    static constexpr std::uint32_t noSlot = ~std::uint32_t{0};
    /// What lies beyond the end of time is never reached, and said to be due at its end.
    static Instant instantOf(std::uint64_t at)
    {
        const auto latest = static_cast<std::uint64_t>(Instant::never().count());
        return Instant::at(Duration::nanoseconds(static_cast<std::int64_t>(at < latest ? at : latest)));
    }
    // Among the timers it is in no list; then it is linked to itself.
    bool isTimer() const { return next == this; }
    void leavePlace()
    {
        if (isTimer())
            leaveTimer();
        else
            unlink();
    }
    void leaveTimer();

    // Set before they are read, when the wakeup is aimed or armed.
    std::uint64_t at_;
    std::uint64_t order_;
    void* target_;
    Simulation* simulation_;
    std::uint32_t slot_;
};

class Delay;

class Simulation {
public:
    Simulation();
    ~Simulation();
    Simulation(const Simulation&) = delete;
    Simulation& operator=(const Simulation&) = delete;

    Instant now() const { return Instant::at(Duration::nanoseconds(static_cast<std::int64_t>(now_))); }
    std::uint64_t events() const { return events_; }
    /// A hash over the executed events, each by its time and its place in the order.
    std::uint64_t fingerprint() const { return fingerprint_; }

    /// co_await: goes on after `span`; negative spans count as zero.
    Delay delay(Duration span, Spans spans = Spans::any);

    // For awaiters: the wakeup must be aimed and not pending.
    void armNow(Wakeup& wakeup)
    {
        wakeup.order_ = order_++;
        wakeup.at_ = now_;
        now_list_.pushBack(wakeup);
    }
    void armAfter(Wakeup& wakeup, Duration span, Spans spans = Spans::any)
    {
        if (span.count() <= 0) {
            armNow(wakeup);
            return;
        }
        const auto length = static_cast<std::uint64_t>(span.count());
        wakeup.order_ = order_++;
        wakeup.at_ = now_ + length;
        if (spans == Spans::varying) {
            armTimer(wakeup);
            return;
        }
        const LaneEntry& entry = laneTable_[hashOf(length)];
        if (entry.span == length)
            joinLane(wakeup, entry.lane);
        else
            armSlowly(wakeup, length, spans);
    }

    enum class Pause : std::uint8_t { idle, limit, budget };
    /// Executes events up to and including `limit`, at most `budget` of them, and leaves the clock at `limit` unless the
    /// budget ended first. `idle`: nothing is pending any more.
    Pause run(Instant limit, std::uint64_t budget = ~std::uint64_t{0});
    /// All scopes on this agenda; see Scope.
    List& scopes() { return scopes_; }
    /// When the next event is due, or never. May be too early where a lane's head was cancelled.
    Instant nextDue() const;

private:
    friend class Wakeup;

    using Key = detail::AgendaKey;
    struct Lane {
        List waiting;
        bool keyed = false;  ///< its key stands in the agenda; it may be earlier than the head, never later
    };
    struct LaneEntry {
        std::uint64_t span = 0;       ///< 0: no lane yet
        std::uint64_t candidate = 0;  ///< the span last seen, until there is one
        std::uint32_t lane = 0;
        std::uint32_t seen = 0;       ///< how often in a row
    };

    static constexpr unsigned slotBits = 24;
    static constexpr std::uint64_t slotMask = (std::uint64_t{1} << slotBits) - 1;
    static constexpr std::uint32_t laneLimit = 64;  ///< slots below it are lanes, the others timers
    static constexpr std::uint32_t noSlot = Wakeup::noSlot;
    static constexpr auto latest = static_cast<std::uint64_t>(Instant::never().count());
    static constexpr std::uint32_t repeatsBeforeLane = 4;
    static constexpr unsigned frontCapacity = 48;
    static constexpr std::size_t leastSpread = 512;  ///< a heap of that many keys is spread over buckets

    static Wakeup& wakeupOf(ListNode* node) { return static_cast<Wakeup&>(*node); }
    static std::size_t hashOf(std::uint64_t span) { return (span * 0x9E3779B97F4A7C15u) >> 58; }

    void joinLane(Wakeup& wakeup, std::uint32_t index)
    {
        Lane& lane = lanes_[index];
        lane.waiting.pushBack(wakeup);
        if (!lane.keyed) {
            lane.keyed = true;
            insert(Key{wakeup.at_, wakeup.order_ << slotBits | index});
        }
    }
    void armSlowly(Wakeup& wakeup, std::uint64_t length, Spans spans);
    void armTimer(Wakeup& wakeup)
    {
        if (held_) insertHeld();
        held_ = &wakeup;
        wakeup.slot_ = noSlot;
        wakeup.simulation_ = this;
        wakeup.next = &wakeup;
    }
    void addSlot();
    void insertTimer(Wakeup& wakeup);
    void insertHeld();
    void insert(Key key);
    void insertBehind(std::uint64_t time, std::uint64_t orderAndSlot);
    void insertIntoFull(Key key);
    void place(Key key);
    void pushHeap(Key key);
    Key popHeap();
    bool refillFront();
    void forgetTimer(std::uint32_t slot);
    void freeUp(std::uint32_t slot)
    {
        slots_[slot].nextFree = freeSlot_;
        freeSlot_ = slot;
    }
    void dropDeadTimers();
    Wakeup* takeTop(Key top);
    Wakeup* takeFromLane(Key top);
    void execute(Wakeup& wakeup);

    std::uint64_t now_ = 0;
    std::uint64_t order_ = 0;
    std::uint64_t events_ = 0;
    std::uint64_t fingerprint_ = 0x7461'6E74'7275'6D31u;
    List now_list_;
    Wakeup* held_ = nullptr;                    ///< the timer armed last, if it has not been inserted yet; without a slot
    unsigned frontSize_ = 0;
    std::array<Key, frontCapacity + 2> front_;  ///< [0] a sentinel later than all, [1] the latest, [frontSize_] the earliest
    std::vector<Key> heap_;                     ///< later than the front, earlier than what is far
    std::size_t spreadAt_ = leastSpread;
    detail::FarTimers far_;
    struct Slot {
        Wakeup* wakeup = nullptr;               ///< null: cancelled, its key still in the agenda; or free
        std::uint32_t nextFree = noSlot;
    };
    std::vector<Slot> slots_;                   ///< by slot number; those of the lanes are not used
    std::uint32_t freeSlot_ = noSlot;           ///< the head of the free ones
    std::size_t deadTimers_ = 0;
    std::array<LaneEntry, 64> laneTable_{};
    std::array<Lane, laneLimit> lanes_;
    std::uint32_t laneCount_ = 0;
    List scopes_;
};

inline void Wakeup::leaveTimer()
{
    simulation_->forgetTimer(slot_);
    next = nullptr;
}

/// Awaitable pause of one coroutine.
class Delay {
public:
    Delay(Simulation& simulation, Duration span, Spans spans) : simulation_(simulation), span_(span), spans_(spans) {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> awaiting)
    {
        wakeup_.aim(awaiting);
        simulation_.armAfter(wakeup_, span_, spans_);
    }
    void await_resume() const noexcept {}

private:
    Simulation& simulation_;
    Duration span_;
    Spans spans_;
    Wakeup wakeup_;
};

inline Delay Simulation::delay(Duration span, Spans spans) { return Delay(*this, span, spans); }

}  // namespace tantrum::engine
