#include "engine/pool.h"

#include <vector>

namespace tantrum::engine {

constinit thread_local FramePool::State FramePool::state_;

namespace {

constexpr std::size_t chunkBytes = 64 * 1024;

// Apart from the hot state, so that reaching the free lists needs no initialisation check.
struct Chunks {
    std::vector<void*> chunks;
    ~Chunks()
    {
        for (void* chunk : chunks) ::operator delete(chunk);
    }
};
thread_local Chunks chunks;

}  // namespace

void* FramePool::refill(std::size_t index)
{
    const std::size_t blockBytes = index * granule;
    auto* memory = static_cast<std::byte*>(::operator new(chunkBytes));
    chunks.chunks.push_back(memory);
    state_.reserved += chunkBytes;
    const std::size_t blocks = chunkBytes / blockBytes;
    for (std::size_t block = blocks; block-- > 1;) {
        auto* free = reinterpret_cast<Free*>(memory + block * blockBytes);
        free->next = state_.free[index];
        state_.free[index] = free;
    }
    return memory;
}

void* FramePool::allocateLarge(std::size_t size)
{
    state_.reserved += size;
    return ::operator new(size);
}

void FramePool::releaseLarge(void* memory, std::size_t size)
{
    state_.reserved -= size;
    ::operator delete(memory);
}

}  // namespace tantrum::engine
