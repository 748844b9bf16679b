// Exclusive locks by key, granted in order of asking.
#pragma once

#include "engine/list.h"
#include "models/service.h"

#include <coroutine>
#include <unordered_map>
#include <utility>

namespace tantrum::models {

class RowLocks {
public:
    explicit RowLocks(Simulation& simulation) : simulation_(simulation) {}

    /// Releases when destroyed.
    class Lock {
    public:
        Lock() = default;
        Lock(RowLocks& locks, std::uint64_t key) : locks_(&locks), key_(key) {}
        Lock(Lock&& other) noexcept : locks_(std::exchange(other.locks_, nullptr)), key_(other.key_) {}
        Lock& operator=(Lock&& other) noexcept
        {
            std::swap(locks_, other.locks_);
            std::swap(key_, other.key_);
            return *this;
        }
        ~Lock()
        {
            if (locks_) locks_->release(key_);
        }

    private:
        RowLocks* locks_ = nullptr;
        std::uint64_t key_ = 0;
    };

    class Acquire : private engine::Wakeup {
    public:
        Acquire(RowLocks& locks, std::uint64_t key) : locks_(locks), key_(key) {}
        ~Acquire()
        {
            if (granted_) locks_.release(key_);
        }
        bool await_ready() { return granted_ = locks_.waiting_.try_emplace(key_).second; }
        void await_suspend(std::coroutine_handle<> awaiting)
        {
            aim(awaiting);
            locks_.waiting_.find(key_)->second.pushBack(*this);
        }
        Lock await_resume()
        {
            granted_ = false;
            return Lock(locks_, key_);
        }

    private:
        friend class RowLocks;
        RowLocks& locks_;
        std::uint64_t key_;
        bool granted_ = false;
    };
    Acquire acquire(std::uint64_t key) { return Acquire(*this, key); }
    bool held(std::uint64_t key) const { return waiting_.contains(key); }

private:
    void release(std::uint64_t key)
    {
        const auto row = waiting_.find(key);
        if (row->second.empty()) {
            waiting_.erase(row);
            return;
        }
        auto& next = static_cast<Acquire&>(*row->second.first());
        next.unlink();
        next.granted_ = true;
        simulation_.armNow(next);
    }

    Simulation& simulation_;
    std::unordered_map<std::uint64_t, engine::List> waiting_;  // looked up only, never walked
};

}  // namespace tantrum::models
