// Memory for coroutine frames: per-thread free lists in classes of 32 bytes, last out first in, so that a run in steady
// state allocates nothing and touches warm memory. Frames are freed on the thread that made them.
#pragma once

#include <array>
#include <cstddef>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#define TANTRUM_PLAIN_FRAMES 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TANTRUM_PLAIN_FRAMES 1
#endif
#endif

namespace tantrum::engine {

class FramePool {
public:
    static void* allocate(std::size_t size)
    {
#ifdef TANTRUM_PLAIN_FRAMES
        state_.reserved += size;
        return ::operator new(size);
#else
        const std::size_t index = (size + granule - 1) / granule;
        if (index >= classes) [[unlikely]]
            return allocateLarge(size);
        Free* block = state_.free[index];
        if (!block) [[unlikely]]
            return refill(index);
        state_.free[index] = block->next;
        return block;
#endif
    }

    static void release(void* memory, std::size_t size)
    {
#ifdef TANTRUM_PLAIN_FRAMES
        state_.reserved -= size;
        ::operator delete(memory);
#else
        const std::size_t index = (size + granule - 1) / granule;
        if (index >= classes) [[unlikely]]
            return releaseLarge(memory, size);
        Free* block = static_cast<Free*>(memory);
        block->next = state_.free[index];
        state_.free[index] = block;
#endif
    }

    /// Bytes this thread's pool has taken from the system; what a guard watches.
    static std::size_t reservedBytes() { return state_.reserved; }

private:
    static constexpr std::size_t granule = 32;
    static constexpr std::size_t classes = 2048 / granule + 1;

    struct Free {
        Free* next;
    };
    struct State {
        std::array<Free*, classes> free{};
        std::size_t reserved = 0;
    };
    static void* refill(std::size_t index);
    static void* allocateLarge(std::size_t size);
    static void releaseLarge(void* memory, std::size_t size);

    static constinit thread_local State state_;
};

}  // namespace tantrum::engine
