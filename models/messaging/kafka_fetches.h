// The fetches that wait at a topic's brokers until there is something to read, or their time is over.
#pragma once

#include "engine/list.h"
#include "engine/simulation.h"
#include "models/messaging/kafka_group.h"

#include <algorithm>

namespace tantrum::models::messaging {

class KafkaFetches {
public:
    explicit KafkaFetches(Simulation& simulation) : simulation_(simulation) {}

    /// co_await, of a fetch that found nothing. Session and list outlive it.
    class Wait : private engine::Wakeup {
    public:
        Wait(KafkaFetches& fetches, std::uint64_t call, const KafkaSession& session, Duration span)
            : fetches_(fetches), call_(call), session_(session), span_(span)
        {
        }
        ~Wait()
        {
            if (place_.linked()) place_.unlink();
        }
        bool await_ready() const { return false; }
        void await_suspend(std::coroutine_handle<> awaiting)
        {
            aim(awaiting);
            place_.wait = this;
            fetches_.waiting_.pushBack(place_);
            fetches_.simulation_.armAfter(*this, span_, engine::Spans::constant);
        }
        void await_resume()
        {
            if (place_.linked()) place_.unlink();
        }

    private:
        friend class KafkaFetches;
        struct Standing : engine::ListNode {
            Wait* wait = nullptr;
        };
        bool wants(std::uint32_t partition) const
        {
            if (session_.fetchCall != call_) return false;
            return std::any_of(session_.wanted.begin(), session_.wanted.end(), [partition](const KafkaPosition& position) { return position.partition == partition; });
        }
        void wake()
        {
            place_.unlink();
            leave();
            fetches_.simulation_.armNow(*this);
        }
        KafkaFetches& fetches_;
        std::uint64_t call_;
        const KafkaSession& session_;
        Duration span_;
        Standing place_;
    };

    /// There is something to read in that partition.
    void wake(std::uint32_t partition)
    {
        for (engine::ListNode* node = waiting_.empty() ? nullptr : waiting_.first(); node;) {
            Wait& wait = *static_cast<Wait::Standing*>(node)->wait;
            node = waiting_.after(node);
            if (wait.wants(partition)) wait.wake();
        }
    }

private:
    Simulation& simulation_;
    engine::List waiting_;
};

}  // namespace tantrum::models::messaging
