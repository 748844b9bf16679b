// The receives that wait at an SQS queue, and how often its API may be called.
#pragma once

#include "engine/list.h"
#include "engine/simulation.h"
#include "models/service.h"

#include <cstdint>

namespace tantrum::models::messaging {

/// Long polls waiting for a message. What becomes available calls as many of them as find something, the longest waiting first.
class LongPolls {
public:
    /// Outlives the waits. Whoever changes what is available calls settle().
    explicit LongPolls(Simulation& simulation) : simulation_(simulation) {}
    virtual ~LongPolls() = default;
    LongPolls(const LongPolls&) = delete;
    LongPolls& operator=(const LongPolls&) = delete;

    /// How many receives would find something now.
    virtual std::int64_t available() const = 0;
    /// Of those, what nobody was called for yet: a new receive does not take it from one who waits.
    std::int64_t unpromised() const { return available() - promised_; }
    void settle()
    {
        while (!waiting_.empty() && unpromised() > 0) static_cast<Wait::Standing*>(waiting_.first())->wait->call();
    }

    /// co_await: true if the poll was called before the span was over.
    class Wait : private engine::Wakeup {
    public:
        /// `again`: it was called before, but another took the message.
        Wait(LongPolls& polls, Duration span, bool again) : polls_(polls), span_(span), again_(again) {}
        // Called, but taken away before it woke: the next in line gets the message.
        ~Wait()
        {
            if (place_.linked()) place_.unlink();
            if (!called_) return;
            --polls_.promised_;
            polls_.settle();
        }
        bool await_ready() const { return false; }
        void await_suspend(std::coroutine_handle<> awaiting)
        {
            aim(awaiting);
            place_.wait = this;
            if (again_)
                polls_.waiting_.pushFront(place_);
            else
                polls_.waiting_.pushBack(place_);
            polls_.simulation_.armAfter(*this, span_, again_ ? engine::Spans::any : engine::Spans::constant);
        }
        bool await_resume()
        {
            if (place_.linked()) place_.unlink();
            const bool called = called_;
            if (called_) --polls_.promised_;
            called_ = false;
            return called;
        }

    private:
        friend class LongPolls;
        struct Standing : engine::ListNode {
            Wait* wait = nullptr;
        };
        void call()
        {
            place_.unlink();
            leave();
            called_ = true;
            ++polls_.promised_;
            polls_.simulation_.armNow(*this);
        }

        LongPolls& polls_;
        Duration span_;
        Standing place_;
        bool again_, called_ = false;
    };

private:
    Simulation& simulation_;
    engine::List waiting_;
    std::int64_t promised_ = 0;
};

/// Calls of one API method within each second.
class Throttle {
public:
    bool admits(Instant now, double cost, double limit)
    {
        const std::int64_t second = now.count() / 1'000'000'000;
        if (second != second_) second_ = second, used_ = 0;
        if (used_ + cost > limit) return false;
        used_ += cost;
        return true;
    }

private:
    std::int64_t second_ = -1;
    double used_ = 0;
};

}  // namespace tantrum::models::messaging
