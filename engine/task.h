// Coroutines that are owned. A Task owns its frame: destroying it cancels the work, wherever it stands; its timers leave
// the agenda, its places in queues are given up, its permits return. Tasks are lazy: they start when awaited or spawned.
//
// g++ 12 miscompiles temporaries built by aggregate initialisation, and capturing lambdas, inside a co_await expression:
// name them first.
#pragma once

#include "engine/list.h"
#include "engine/pool.h"
#include "engine/simulation.h"

#include <coroutine>
#include <exception>
#include <new>
#include <type_traits>
#include <utility>

namespace tantrum::engine {

template <class T> class Task;
template <class T> class Promise;

namespace detail {

struct FrameMemory {
    static void* operator new(std::size_t size) { return FramePool::allocate(size); }
    static void operator delete(void* memory, std::size_t size) { FramePool::release(memory, size); }
};

struct GoOn {
    bool await_ready() const noexcept { return false; }
    template <class P> std::coroutine_handle<> await_suspend(std::coroutine_handle<P> finished) const noexcept
    {
        return finished.promise().continuation;
    }
    void await_resume() const noexcept {}
};

}  // namespace detail

/// A root process may be owned by a Scope: then it stands in the scope's list, and falls off its end by itself.
template <> class Promise<void> : public detail::FrameMemory, public ListNode {
public:
    Task<void> get_return_object();
    std::suspend_always initial_suspend() const noexcept { return {}; }
    struct Final : detail::GoOn {
        bool owned;
        explicit Final(bool ownedByScope) : owned(ownedByScope) {}
        bool await_ready() const noexcept { return owned; }
    };
    Final final_suspend() const noexcept { return Final(linked()); }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }
    Promise() = default;
    Promise(const Promise&) = delete;
    Promise& operator=(const Promise&) = delete;
    ~Promise()
    {
        if (linked()) unlink();
    }

    std::coroutine_handle<> continuation = std::noop_coroutine();
    Wakeup start;
};

template <class T> class Promise : public detail::FrameMemory {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    Task<T> get_return_object();
    std::suspend_always initial_suspend() const noexcept { return {}; }
    detail::GoOn final_suspend() const noexcept { return {}; }
    void return_value(const T& value) noexcept { new (&result) T(value); }
    void unhandled_exception() const noexcept { std::terminate(); }

    Promise() noexcept {}  // nothing reads the result before it is returned, nor the owner before the start
    ~Promise() {}

    std::coroutine_handle<> continuation = std::noop_coroutine();
    Task<T>* owner;  ///< whoever started it; Resident puts another frame in this one's place
    union {
        T result;
    };
};

/// T: void, or trivially copyable: results are handed on from frame to frame, and so should be small.
template <class T = void> class [[nodiscard]] Task {
public:
    using promise_type = Promise<T>;
    using Handle = std::coroutine_handle<Promise<T>>;

    Task() = default;
    explicit Task(Handle handle) : handle_(handle) {}
    Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
    Task& operator=(Task&& other) noexcept
    {
        if (this != &other) {
            reset();
            handle_ = std::exchange(other.handle_, {});
        }
        return *this;
    }
    ~Task() { reset(); }

    explicit operator bool() const { return static_cast<bool>(handle_); }
    bool done() const { return handle_.done(); }
    /// Cancels.
    void reset()
    {
        if (handle_) std::exchange(handle_, {}).destroy();
    }
    Handle release() { return std::exchange(handle_, {}); }

    /// Runs it to its first suspension; the task must not move from now on. True if it came to its end.
    bool start()
    {
        if constexpr (!std::is_void_v<T>) handle_.promise().owner = this;
        handle_.resume();
        return handle_.done();
    }
    /// Whom to resume at the end. Set after start(): a child that ends at once must not resume its parent.
    void continueWith(std::coroutine_handle<> parent) { handle_.promise().continuation = parent; }
    /// Requires done().
    T result() const
    {
        if constexpr (!std::is_void_v<T>) return handle_.promise().result;
    }

    class Awaiter {
    public:
        explicit Awaiter(Task task) noexcept : task_(std::move(task)) {}
        bool await_ready() { return task_.start(); }
        void await_suspend(std::coroutine_handle<> parent) { task_.continueWith(parent); }
        T await_resume() { return task_.result(); }

    private:
        Task task_;
    };
    Awaiter operator co_await() && { return Awaiter(std::move(*this)); }

private:
    template <class> friend class Resident;
    Handle handle_;
};

inline Task<void> Promise<void>::get_return_object()
{
    return Task<void>(std::coroutine_handle<Promise>::from_promise(*this));
}

template <class T> Task<T> Promise<T>::get_return_object()
{
    return Task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}

}  // namespace tantrum::engine
