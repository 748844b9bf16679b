// The log a commit waits for. One flush to disk at a time; whoever commits while one is under way is carried by the next,
// all together (group commit), so that the rate of commits is not bound by the time of a flush.
#pragma once

#include "engine/distribution.h"
#include "engine/list.h"
#include "models/host.h"

#include <coroutine>
#include <cstdint>
#include <utility>

namespace tantrum::models::databases {

class WriteAheadLog {
public:
    /// Host, law and luck outlive it.
    WriteAheadLog(Host& host, const engine::Distribution& flush, engine::RandomStream& luck) : host_(host), flush_(flush), luck_(luck) {}
    WriteAheadLog(const WriteAheadLog&) = delete;
    WriteAheadLog& operator=(const WriteAheadLog&) = delete;

    /// Flushes take so many times as long, from the next one on.
    void setPressure(double factor) { pressure_ = factor; }
    std::uint64_t flushes() const { return flushes_; }

    class Commit : private engine::Wakeup {
    public:
        explicit Commit(WriteAheadLog& log) : log_(log) {}
        ~Commit()
        {
            if (place_.linked()) place_.unlink();
        }
        bool await_ready() const { return false; }
        void await_suspend(std::coroutine_handle<> awaiting)
        {
            aim(awaiting);
            place_.commit = this;
            log_.waiting_.pushBack(place_);
            if (!log_.flushing_) log_.host_.scope().spawn(log_.flush());
            log_.flushing_ = true;
        }
        void await_resume() const {}

    private:
        friend class WriteAheadLog;
        struct Standing : engine::ListNode {
            Commit* commit = nullptr;
        };
        WriteAheadLog& log_;
        Standing place_;
    };
    /// co_await: goes on when everything logged so far is on disk.
    Commit commit() { return Commit(*this); }
    /// After the host's processes have ended.
    void crashed() { flushing_ = false; }

private:
    Task<void> flush()
    {
        while (!waiting_.empty()) {
            engine::List carried;
            const Emptying emptying(carried);
            while (!waiting_.empty()) moveTo(carried);
            ++flushes_;
            const Duration time = Duration::fromNanoseconds(static_cast<double>(flush_.sample(luck_).count()) * pressure_);
            co_await host_.processor().work(time, flush_.spans());
            while (!carried.empty()) {
                Commit& done = *static_cast<Commit::Standing*>(carried.first())->commit;
                done.place_.unlink();
                host_.scope().simulation().armNow(done);
            }
        }
        flushing_ = false;
    }
    // A scope ends its processes before its residents: nobody may stand in a list that is gone.
    struct Emptying {
        explicit Emptying(engine::List& of) : list(of) {}
        ~Emptying()
        {
            while (!list.empty()) list.first()->unlink();
        }
        engine::List& list;
    };
    void moveTo(engine::List& list)
    {
        engine::ListNode& first = *waiting_.first();
        first.unlink();
        list.pushBack(first);
    }

    Host& host_;
    const engine::Distribution& flush_;
    engine::RandomStream& luck_;
    engine::List waiting_;
    double pressure_ = 1;
    bool flushing_ = false;
    std::uint64_t flushes_ = 0;
};

}  // namespace tantrum::models::databases
