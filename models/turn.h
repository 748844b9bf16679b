// A request's turn at a site: a worker, or work, or both in one wait. Who waits for a worker in order to work has nothing to
// do in between, so its process is not woken in between either.
#pragma once

#include "engine/distribution.h"
#include "engine/slots.h"
#include "models/program.h"

namespace tantrum::models {

/// One for all turns of a request, one after the other: it is the largest thing in the frame.
class Turn : private engine::Slots::Claim {
public:
    /// The site outlives it.
    explicit Turn(const Site& site) : Turn(site, nullptr, nullptr, false) {}
    /// Prepared.
    Turn(const Site& site, engine::Slots* workers, const engine::Distribution* work, bool unchecked)
        : Claim(workers, [](Claim& claim) { static_cast<Turn&>(claim).granted(); }), site_(site), law_(work),
          work_(site.host.processor()), unchecked_(unchecked)
    {
    }

    /// To be called before each co_await. `workers`: null if none is asked for. `work`: the law of what is to be done; null
    /// if a worker is all that is asked for. `unchecked`: a request whose deadline or luck may have to be looked at
    /// first, once it has its worker; then the work is not begun.
    void prepare(engine::Slots* workers, const engine::Distribution* work, bool unchecked)
    {
        ask(workers);
        law_ = work;
        unchecked_ = unchecked;
        worked_ = false;
    }

    /// Before it is prepared: the waiting for a worker is recorded with that span, which is not 0.
    void trace(std::uint32_t span, const engine::Slots* workers)
    {
        span_ = span;
        onGranted([](Claim& claim) { static_cast<Turn&>(claim).grantedToTraced(); });
        const bool waits = workers && workers->taken() >= workers->places() && workers->queue().level() < workers->queueLimit();
        if (waits) site_.station.traces().waits(span, now());
    }

    bool await_ready() { return asks() && settle() && !(holds() && worksAtOnce()); }
    void await_suspend(std::coroutine_handle<> awaiting)
    {
        awaiting_ = awaiting.address();
        if (!asks() || holds())
            work();
        else
            joinQueue();
    }
    /// The worker, if one was asked for; empty at once if the queue is full.
    engine::Permit await_resume()
    {
        if (worked_) work_.await_resume();
        return asks() ? take() : engine::Permit();
    }
    /// Instead of co_await, with a worker asked for: false if the one who waits is to be resumed later.
    bool settles(std::coroutine_handle<> awaiting)
    {
        awaiting_ = awaiting.address();
        if (!settle()) [[likely]]
            return joinQueue(), false;
        if (!holds() || !worksAtOnce()) return true;
        work();
        return false;
    }
    /// Instead of await_resume(): the worker stays with the turn, and goes with it. False if there was none to have.
    bool keep()
    {
        if (worked_) work_.await_resume();
        return holds();
    }
    /// With the worker in hand: begins the work that was not begun with it; then keep() again.
    void work(std::coroutine_handle<> awaiting)
    {
        awaiting_ = awaiting.address();
        work();
    }
    /// The last turn's work is done; otherwise something had to be looked at before it.
    bool worked() const { return worked_; }

private:
    bool worksAtOnce() const { return law_ && (!unchecked_ || isHarmless()); }
    bool isHarmless() const { return !site_.dropExpired && site_.host.drawsNoErrors(); }
    Instant now() const { return site_.host.scope().simulation().now(); }
    void grantedToTraced()
    {
        site_.station.traces().goesOn(span_, now());
        granted();
    }
    void granted()
    {
        if (worksAtOnce()) [[likely]]
            work();
        else
            work_.wake(std::coroutine_handle<>::from_address(awaiting_));
    }
    void work()
    {
        worked_ = true;
        work_.begin(law_->sample(site_.random), law_->spans(), std::coroutine_handle<>::from_address(awaiting_));
    }

    const Site& site_;
    const engine::Distribution* law_;  // set when prepared
    engine::Processor::Work work_;
    void* awaiting_;      // who waits
    std::uint32_t span_;  // of a traced one
    bool unchecked_, worked_ = false;
};

}  // namespace tantrum::models
