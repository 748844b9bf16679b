// The far side of a call whose caller may give it up.
#pragma once

#include "engine/mailbox.h"
#include "models/service.h"

#include <optional>

namespace tantrum::models::network {

/// co_await: waits for a call, or for the news that nobody wants it any more, whichever is first; then the call is cancelled.
class Cancellable : private engine::Wakeup {
public:
    Cancellable(Simulation& simulation, Duration newsTakes, engine::Answer<Reply>& answer, Task<Reply> task)
        : simulation_(simulation), newsTakes_(newsTakes), task_(std::move(task))
    {
        answer.onAbandoned([](void* self) { static_cast<Cancellable*>(self)->abandoned(); }, this);
    }
    bool await_ready() { return task_.start(); }
    void await_suspend(std::coroutine_handle<> awaiting)
    {
        task_.continueWith(awaiting);
        aim(awaiting);
    }
    std::optional<Reply> await_resume()
    {
        leave();
        if (task_.done()) return task_.result();
        task_.reset();
        return std::nullopt;
    }

private:
    void abandoned() { simulation_.armAfter(*this, newsTakes_); }
    Simulation& simulation_;
    Duration newsTakes_;
    Task<Reply> task_;
};

}  // namespace tantrum::models::network
