// A bounded number of places and the queue in front of them: workers, connections, permits of a bulkhead.
#pragma once

#include "engine/list.h"
#include "engine/simulation.h"
#include "engine/statistics.h"

#include <cstdint>
#include <limits>

namespace tantrum::engine {

class Slots;

/// A place taken; gives it back when destroyed. Empty if the request for one was refused.
class Permit {
public:
    Permit() = default;
    explicit Permit(Slots* slots) : slots_(slots) {}
    Permit(Permit&& other) noexcept : slots_(other.slots_) { other.slots_ = nullptr; }
    Permit& operator=(Permit&& other) noexcept
    {
        if (this != &other) {
            release();
            slots_ = other.slots_;
            other.slots_ = nullptr;
        }
        return *this;
    }
    ~Permit() { release(); }
    explicit operator bool() const { return slots_ != nullptr; }
    inline void release();

private:
    Slots* slots_ = nullptr;
};

class Slots {
public:
    /// adaptive: the first, until more wait than there are places; then the last.
    enum class Discipline : std::uint8_t { firstInFirstOut, lastInFirstOut, adaptive };
    static constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();

    Slots(Simulation& simulation, std::int64_t places, std::int64_t queueLimit = unlimited,
          Discipline discipline = Discipline::firstInFirstOut)
        : simulation_(simulation), places_(places), queueLimit_(queueLimit), discipline_(discipline)
    {
    }
    Slots(const Slots&) = delete;
    Slots& operator=(const Slots&) = delete;

    /// The wish for a place, from its first asking until the permit is handed out; for whoever says himself what is to
    /// happen when his turn comes. Destroyed, it gives up what it waits for or was given.
    class Claim : private ListNode {
    public:
        Claim(const Claim&) = delete;
        Claim& operator=(const Claim&) = delete;
        ~Claim()
        {
            if (state_ == State::waiting) [[unlikely]]
                leaveQueue();
            else if (state_ == State::granted)
                slots_->giveBack();
        }

    protected:
        /// Called with the place in hand, in the breath in which it was given back.
        using Granted = void (*)(Claim&);
        /// `slots`: null for nobody's, until it asks.
        Claim(Slots* slots, Granted call) : slots_(slots), granted_(call) {}
        bool asks() const { return slots_ != nullptr; }
        /// Again, of others perhaps. Nothing may be waited for, and nothing held.
        void ask(Slots* slots)
        {
            slots_ = slots;
            state_ = State::idle;
        }
        void onGranted(Granted call) { granted_ = call; }
        bool holds() const { return state_ == State::granted; }
        /// True if there is nothing to wait for: a place was free, or the queue is full.
        bool settle()
        {
            if (slots_->taken_ < slots_->places_) {  // then nobody waits
                slots_->take();
                state_ = State::granted;
                return true;
            }
            return slots_->queue_.level() >= slots_->queueLimit_;
        }
        void joinQueue()
        {
            state_ = State::waiting;
            slots_->waiting_.pushBack(*this);
            slots_->queue_.add(slots_->simulation_.now(), 1);
        }
        /// Empty if there was none to have.
        Permit take()
        {
            if (state_ != State::granted) return Permit();
            state_ = State::used;
            return Permit(slots_);
        }
        Simulation& simulation() const { return slots_->simulation_; }

    private:
        friend class Slots;
        enum class State : std::uint8_t { idle, waiting, granted, used };
        void leaveQueue()
        {
            unlink();
            slots_->queue_.add(slots_->simulation_.now(), -1);
        }
        Slots* slots_;
        Granted granted_;
        State state_ = State::idle;
    };

    /// A claim of who is woken, through the agenda, when his turn comes.
    class Acquire : private Claim {
    public:
        explicit Acquire(Slots& slots)
            : Claim(&slots, [](Claim& claim) { static_cast<Acquire&>(claim).wake(); })
        {
        }
        bool await_ready() { return settle(); }
        void await_suspend(std::coroutine_handle<> awaiting)
        {
            wakeup_.aim(awaiting);
            joinQueue();
        }
        Permit await_resume() { return take(); }

    private:
        void wake() { simulation().armNow(wakeup_); }
        Wakeup wakeup_;
    };

    /// co_await: a Permit; empty at once if the queue is full.
    Acquire acquire() { return Acquire(*this); }
    /// A Permit without waiting; empty if there is no free place.
    Permit tryAcquire()
    {
        if (taken_ >= places_) return Permit();
        take();
        return Permit(this);
    }

    std::int64_t places() const { return places_; }
    std::int64_t taken() const { return taken_; }
    std::int64_t queueLimit() const { return queueLimit_; }
    /// More places admit those who wait, at this instant; fewer take effect as permits return.
    void setPlaces(std::int64_t places)
    {
        places_ = places;
        admit();
    }
    /// Those who already wait stay.
    void setQueueLimit(std::int64_t limit) { queueLimit_ = limit; }
    void setDiscipline(Discipline discipline) { discipline_ = discipline; }

    const Gauge& busy() const { return busy_; }
    const Gauge& queue() const { return queue_; }
    Gauge& busy() { return busy_; }
    Gauge& queue() { return queue_; }

private:
    friend class Permit;

    void take()
    {
        ++taken_;
        busy_.add(simulation_.now(), 1);
    }
    // Who waits gets the place in the same breath, so that it is never free in between.
    void giveBack()
    {
        if (!waiting_.empty() && taken_ <= places_) {
            passOn();
            return;
        }
        --taken_;
        busy_.add(simulation_.now(), -1);
    }
    void admit()
    {
        while (taken_ < places_ && !waiting_.empty()) {
            take();
            passOn();
        }
    }
    // A place that counts as taken.
    void passOn()
    {
        ListNode* node = waiting_.first();
        if (discipline_ != Discipline::firstInFirstOut && !keepsOrder()) [[unlikely]]
            node = waiting_.last();
        auto& next = static_cast<Claim&>(*node);
        next.unlink();
        next.state_ = Claim::State::granted;
        queue_.add(simulation_.now(), -1);
        next.granted_(next);
    }
    bool keepsOrder() const { return discipline_ == Discipline::adaptive && queue_.level() <= places_; }

    Simulation& simulation_;
    std::int64_t places_;
    std::int64_t taken_ = 0;
    std::int64_t queueLimit_;
    Discipline discipline_;
    List waiting_;
    Gauge busy_, queue_;
};

inline void Permit::release()
{
    if (slots_) {
        Slots* slots = slots_;
        slots_ = nullptr;
        slots->giveBack();
    }
}

}  // namespace tantrum::engine
