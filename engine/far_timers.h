// Where the agenda keeps its keys when many timers are pending. A large heap misses the processor's caches at every level;
// here a key is written once into the bucket of its time and sorted when that time is reached.
//
// A window of buckets of one width covers the time right behind what was taken; what is due after the window lies unsorted
// in one array. Once the last bucket is taken, the next window is opened over the rest.
#pragma once

#include "engine/agenda_key.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace tantrum::engine::detail {

/// Keys by time, handed out a bucket at a time. Every key it holds is due at `from()` or later.
class FarTimers {
public:
    bool empty() const { return size() == 0; }
    std::size_t size() const { return incoming_ + inWindow_ + beyond_.size(); }
    /// Keys due before it must not be added. The end of time while nothing was ever kept, or all was taken.
    std::uint64_t from() const { return from_; }

    /// Takes the keys out of the array, which gets an empty one of ours for it, so that neither grows anew each time. There
    /// must be some, and this must be empty. from() is then when the earliest of them is due.
    void spread(std::vector<AgendaKey>& keys);
    /// The key must be due at `from()` or later.
    void add(AgendaKey key)
    {
        arrivals_[incoming_++] = key;
        if (incoming_ == arrivals_.size()) settle();
    }
    /// Moves the keys of the earliest bucket that has any to the end of `keys`, unsorted, and moves `from()` behind it. It
    /// must not be empty. When few are left they are all moved: a small heap is faster than any bucket.
    void takeNext(std::vector<AgendaKey>& keys);
    /// The keys of the bucket to be taken next, as far as they are known and if it comes right after the last.
    template <class Visit> void visitNext(Visit visit) const
    {
        if (nextBucket_ >= buckets_.size()) return;
        for (std::uint32_t at = buckets_[nextBucket_]; at != none; at = chunk(at).next)
            for (std::uint32_t place = 0; place < chunk(at).count; ++place) visit(chunk(at).keys[place]);
    }
    /// Moves all of them to the end of `keys`.
    void takeAll(std::vector<AgendaKey>& keys);
    /// The time of the earliest. It must not be empty.
    std::uint64_t earliest() const;

private:
    static constexpr std::uint32_t none = ~std::uint32_t{0};
    static constexpr std::size_t keysInChunk = 7;
    struct alignas(64) Chunk {  // two cache lines
        std::array<AgendaKey, keysInChunk> keys;
        std::uint32_t count;
        std::uint32_t next;  ///< the rest of its bucket; or the next free one
    };
    static constexpr unsigned blockBits = 9;
    static constexpr std::size_t chunksInBlock = std::size_t{1} << blockBits;
    using Block = std::array<Chunk, chunksInBlock>;

    Chunk& chunk(std::uint32_t index) const { return (*blocks_[index >> blockBits])[index & (chunksInBlock - 1)]; }
    std::uint32_t newChunk();
    void settle();
    void openWindow();
    void chooseWindow();
    std::size_t bucketOf(AgendaKey key) const { return static_cast<std::size_t>((key.time - windowStart_) >> widthBits_); }
    void addToBucket(AgendaKey key);
    void appendTo(std::uint32_t& head, AgendaKey key);
    void empty(std::uint32_t& head, std::vector<AgendaKey>& keys);

    static constexpr std::uint64_t endOfTime = ~std::uint64_t{0};
    std::uint64_t from_ = endOfTime;
    std::size_t incoming_ = 0;
    std::array<AgendaKey, 16> arrivals_;     ///< added and not yet sorted in: together their cache misses overlap
    std::uint64_t windowStart_ = 0;
    std::uint64_t windowEnd_ = 0;
    unsigned widthBits_ = 0;                 ///< a bucket is 2^widthBits_ nanoseconds wide
    std::size_t nextBucket_ = 0;
    std::size_t inWindow_ = 0;
    std::vector<std::uint32_t> buckets_;     ///< the first chunk of each
    std::vector<std::unique_ptr<Block>> blocks_;  ///< of chunks: growing moves none of them
    std::uint32_t chunkCount_ = 0;
    std::uint32_t freeChunk_ = none;
    std::vector<AgendaKey> beyond_;          ///< due at windowEnd_ or later
    std::vector<std::uint64_t> sample_;      ///< of the times beyond, while a window is chosen
};

}  // namespace tantrum::engine::detail
