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
template <class T, class Self> class StateMachine;

namespace detail {

/// Who goes on when the coroutine that is running has ended; the agenda resumes it once that frame is gone. So neither
/// a long chain of ends nor a long loop of awaits nests on the stack, at any optimisation level.
inline constinit thread_local void* goesOn = nullptr;

struct FrameMemory {
    static void* operator new(std::size_t size) { return FramePool::allocate(size); }
    static void operator delete(void* memory, std::size_t size) { FramePool::release(memory, size); }
};

/// What all promises share. The frame falls off its end by itself: what it returned has gone to its owner by then.
template <class T> class PromiseBase : public FrameMemory {
public:
    PromiseBase() {}
    PromiseBase(const PromiseBase&) = delete;
    PromiseBase& operator=(const PromiseBase&) = delete;

    std::suspend_always initial_suspend() const noexcept { return {}; }
    inline std::suspend_never final_suspend() const noexcept;
    void unhandled_exception() const noexcept { std::terminate(); }

    Task<T>* owner;                ///< whoever started it, known from then on; null for a scope's process
    void* continuation = nullptr;  ///< the frame that awaits it, once it has been suspended
};

}  // namespace detail

template <class T> class Promise : public detail::PromiseBase<T> {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    Task<T> get_return_object();
    inline void return_value(const T& value) const noexcept;
};

/// A root process may be owned by a Scope: then it stands in the scope's list.
template <> class Promise<void> : public detail::PromiseBase<void>, public ListNode {
public:
    Promise() { owner = nullptr; }
    inline Task<void> get_return_object();
    void return_void() const noexcept {}
    ~Promise()
    {
        if (linked()) unlink();
    }

    Wakeup start;
};

namespace detail {
template <class T> struct ResultOf {
    union {
        T result;  ///< once done
    };
    ResultOf() {}
};
template <> struct ResultOf<void> {};
}  // namespace detail

/// T: void, or trivially copyable: results are handed on from frame to frame, and so should be small.
template <class T = void> class [[nodiscard]] Task : private detail::ResultOf<T> {
public:
    using promise_type = Promise<T>;
    using Handle = std::coroutine_handle<Promise<T>>;

    Task() = default;
    explicit Task(Handle handle) : handle_(handle) {}
    /// Only before the start.
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

    /// There is something to start, or under way.
    explicit operator bool() const { return static_cast<bool>(handle_); }
    /// Requires that it was started.
    bool done() const { return !handle_; }
    /// Cancels.
    void reset()
    {
        if (handle_) std::exchange(handle_, {}).destroy();
    }
    Handle release() { return std::exchange(handle_, {}); }

    /// Runs it to its first suspension; the task must not move from now on. True if it came to its end.
    bool start()
    {
        handle_.promise().owner = this;
        handle_.resume();
        return done();
    }
    /// Whom to resume at the end. Requires that it was started and is not done: a child that ends at once must not
    /// resume its parent.
    void continueWith(std::coroutine_handle<> parent) { handle_.promise().continuation = parent.address(); }
    /// Requires done(). Lives as long as the task.
    std::add_lvalue_reference_t<const T> result() const
    {
        if constexpr (!std::is_void_v<T>) return detail::ResultOf<T>::result;
    }

    // It is its own awaiter: co_await starts it, and goes on with its result when it is done.
    bool await_ready() { return start(); }
    void await_suspend(std::coroutine_handle<> parent) { continueWith(parent); }
    std::add_lvalue_reference_t<const T> await_resume() const { return result(); }

private:
    friend detail::PromiseBase<T>;
    friend Promise<T>;
    template <class> friend class Resident;
    template <class, class> friend class StateMachine;
    Handle handle_;
};

template <class T> std::suspend_never detail::PromiseBase<T>::final_suspend() const noexcept
{
    if (owner) owner->handle_ = {};
    goesOn = continuation;
    return {};
}

template <class T> void Promise<T>::return_value(const T& value) const noexcept
{
    new (&this->owner->detail::template ResultOf<T>::result) T(value);
}

inline Task<void> Promise<void>::get_return_object()
{
    return Task<void>(std::coroutine_handle<Promise>::from_promise(*this));
}

template <class T> Task<T> Promise<T>::get_return_object()
{
    return Task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}

}  // namespace tantrum::engine
