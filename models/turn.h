// A request's turn at a site: a worker, and at once the work, in one wait. Who waits for a worker in order to work has
// nothing to do in between, so its process is not woken in between either.
#pragma once

#include "engine/distribution.h"
#include "engine/slots.h"
#include "models/program.h"

namespace tantrum::models {

class Turn : private engine::Slots::Acquire {
public:
    /// `work`: the law of what is to be done first; null: a worker is all that is asked for. All of them outlive it.
    Turn(engine::Slots& workers, const Site& site, const engine::Distribution* work)
        : Acquire(workers), site_(site), law_(work), work_(site.host.processor())
    {
        onGranted([](Acquire& acquire) { static_cast<Turn&>(acquire).granted(); });
    }

    bool await_ready() { return Acquire::await_ready() && !(holds() && worksAtOnce()); }
    void await_suspend(std::coroutine_handle<> awaiting)
    {
        awaiting_ = awaiting;
        if (holds())
            work();
        else
            Acquire::await_suspend(awaiting);
    }
    /// The worker; empty at once if the queue is full.
    engine::Permit await_resume()
    {
        if (worked_) work_.await_resume();
        return Acquire::await_resume();
    }
    /// The work is done too; otherwise something had to be looked at before it.
    bool worked() const { return worked_; }

private:
    bool worksAtOnce() const { return law_ && !site_.dropExpired && site_.host.drawsNoErrors(); }
    void granted()
    {
        if (worksAtOnce())
            work();
        else
            wake();
    }
    void work()
    {
        worked_ = true;
        work_.begin(law_->sample(site_.random), law_->spans(), awaiting_);
    }

    const Site& site_;
    const engine::Distribution* law_;
    engine::Processor::Work work_;
    std::coroutine_handle<> awaiting_;
    bool worked_ = false;
};

}  // namespace tantrum::models
