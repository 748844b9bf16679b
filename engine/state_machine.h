// A process written as a state machine instead of a coroutine. Whoever awaits, resumes or cancels it sees no difference; it
// takes fewer instructions and less memory (resources/guide/performance.md). For the few ways that every request goes; all
// else is a coroutine.
//
// It stands on the layout of a coroutine's frame: what resumes it, what destroys it, then the promise. g++ and clang agree on
// it; a test holds each compiler to it.
#pragma once

#include "engine/pool.h"
#include "engine/task.h"

#include <coroutine>
#include <cstddef>
#include <type_traits>

namespace tantrum::engine {

/// `Self` has `void resume()`, which is called for the first time when the task is started and then whenever a wakeup aimed
/// at handle() is due; to end, it calls finish() and returns. What it waits for lives in its members, so that destroying it
/// gives everything up, in the reverse order of their declaration.
template <class T, class Self> class StateMachine {
public:
    StateMachine(const StateMachine&) = delete;
    StateMachine& operator=(const StateMachine&) = delete;

    static void* operator new(std::size_t size) { return FramePool::allocate(size); }
    static void operator delete(void* memory, std::size_t size) { FramePool::release(memory, size); }

    std::coroutine_handle<Promise<T>> handle() { return std::coroutine_handle<Promise<T>>::from_address(this); }
    /// The task that owns it. To be called once, on what was made with new.
    Task<T> task() { return Task<T>(handle()); }

protected:
    StateMachine() = default;
    ~StateMachine() = default;
    /// Its last act: hands the result on, and destroys itself.
    template <class Result> void finish(const Result& result)
    {
        promise_.return_value(result);
        end();
    }
    void finish() requires std::is_void_v<T> { end(); }
    /// The next wakeup calls that member instead of resume().
    template <void (Self::*step)()> void goOnWith()
    {
        resume_ = [](void* frame) { (static_cast<Self*>(static_cast<StateMachine*>(frame))->*step)(); };
    }
    Promise<T>& promise() { return promise_; }

private:
    void end()
    {
        Task<T>* const owner = promise_.owner;
        void* const continuation = promise_.continuation;
        delete static_cast<Self*>(this);
        if (!std::is_void_v<T> || owner) owner->handle_ = {};  // a scope's process has no other owner
        detail::goesOn = continuation;
    }
    static void resumeSelf(void* frame) { static_cast<Self*>(static_cast<StateMachine*>(frame))->resume(); }
    static void destroySelf(void* frame)
    {
        static_assert(std::is_base_of_v<StateMachine, Self> && std::is_final_v<Self> && !std::is_polymorphic_v<Self>);
        static_assert(alignof(Promise<T>) <= 2 * alignof(void*) && sizeof(resume_) + sizeof(destroy_) == 2 * sizeof(void*));
        delete static_cast<Self*>(static_cast<StateMachine*>(frame));
    }

    void (*resume_)(void*) = resumeSelf;
    void (*destroy_)(void*) = destroySelf;
    Promise<T> promise_;
};

}  // namespace tantrum::engine
