#include "engine/far_timers.h"

#include <algorithm>
#include <bit>

namespace tantrum::engine::detail {
namespace {

// Timers are set again while a window is gone through, about as many as were in it; a bucket is twice as full when reached.
constexpr std::size_t keysInBucket = 8;
constexpr std::size_t fewKeys = 128;
constexpr std::size_t sampleSize = 512;

}  // namespace

void FarTimers::spread(std::vector<AgendaKey>& keys)
{
    beyond_.swap(keys);
    openWindow();
}

void FarTimers::settle()
{
    for (std::size_t place = 0; place < incoming_; ++place) {
        const AgendaKey& key = arrivals_[place];
        if (key.time >= windowEnd_) continue;
        const std::uint32_t head = buckets_[bucketOf(key)];
        if (head == none) continue;
        __builtin_prefetch(&chunk(head));
        __builtin_prefetch(&chunk(head).count);
    }
    for (std::size_t place = 0; place < incoming_; ++place) {
        const AgendaKey key = arrivals_[place];
        if (key.time >= windowEnd_)
            beyond_.push_back(key);
        else
            addToBucket(key);
    }
    incoming_ = 0;
}

inline void FarTimers::addToBucket(AgendaKey key)
{
    appendTo(buckets_[bucketOf(key)], key);
    ++inWindow_;
}

inline void FarTimers::appendTo(std::uint32_t& head, AgendaKey key)
{
    if (head == none || chunk(head).count == keysInChunk) {
        const std::uint32_t fresh = newChunk();
        chunk(fresh).count = 0;
        chunk(fresh).next = head;
        head = fresh;
    }
    Chunk& last = chunk(head);
    last.keys[last.count++] = key;
}

std::uint32_t FarTimers::newChunk()
{
    const std::uint32_t index = freeChunk_;
    if (index != none) {
        freeChunk_ = chunk(index).next;
        return index;
    }
    if (chunkCount_ == blocks_.size() * chunksInBlock) blocks_.push_back(std::make_unique_for_overwrite<Block>());
    return chunkCount_++;
}

void FarTimers::empty(std::uint32_t& head, std::vector<AgendaKey>& keys)
{
    while (head != none) {
        Chunk& taken = chunk(head);
        keys.insert(keys.end(), taken.keys.begin(), taken.keys.begin() + taken.count);
        inWindow_ -= taken.count;
        const std::uint32_t rest = taken.next;
        taken.next = freeChunk_;
        freeChunk_ = head;
        head = rest;
    }
}

void FarTimers::takeNext(std::vector<AgendaKey>& keys)
{
    settle();
    if (inWindow_ == 0) {
        if (beyond_.size() <= fewKeys) {
            takeAll(keys);
            return;
        }
        openWindow();
    }
    while (buckets_[nextBucket_] == none) ++nextBucket_;
    empty(buckets_[nextBucket_], keys);
    ++nextBucket_;
    const std::size_t afterNext = nextBucket_ + 1;
    if (afterNext < buckets_.size() && buckets_[afterNext] != none) {
        __builtin_prefetch(&chunk(buckets_[afterNext]));
        __builtin_prefetch(&chunk(buckets_[afterNext]).count);
    }
    from_ = nextBucket_ == buckets_.size() ? windowEnd_ : windowStart_ + (static_cast<std::uint64_t>(nextBucket_) << widthBits_);
}

void FarTimers::takeAll(std::vector<AgendaKey>& keys)
{
    settle();
    for (std::uint32_t& head : buckets_) empty(head, keys);
    keys.insert(keys.end(), beyond_.begin(), beyond_.end());
    beyond_.clear();
    buckets_.clear();
    nextBucket_ = 0;
    windowEnd_ = 0;
    from_ = endOfTime;
}

std::uint64_t FarTimers::earliest() const
{
    std::uint64_t time = endOfTime;
    for (std::size_t place = 0; place < incoming_; ++place) time = std::min(time, arrivals_[place].time);
    if (inWindow_ == 0) {
        for (const AgendaKey& key : beyond_) time = std::min(time, key.time);
        return time;
    }
    std::size_t bucket = nextBucket_;
    while (buckets_[bucket] == none) ++bucket;
    for (std::uint32_t at = buckets_[bucket]; at != none; at = chunk(at).next)
        for (std::uint32_t place = 0; place < chunk(at).count; ++place) time = std::min(time, chunk(at).keys[place].time);
    return time;
}

// The window ends where three quarters of the keys are due. Where those lie unevenly (services of a millisecond beside
// timeouts of half a minute), it ends earlier, down to an eighth of the keys: what is beyond is looked at again for each
// window, which costs a few sequential reads a key.
void FarTimers::chooseWindow()
{
    sample_.clear();
    const std::size_t stride = std::max<std::size_t>(1, beyond_.size() / sampleSize);
    std::uint64_t start = endOfTime;
    for (const AgendaKey& key : beyond_) start = std::min(start, key.time);
    for (std::size_t place = 0; place < beyond_.size(); place += stride) sample_.push_back(beyond_[place].time);
    std::sort(sample_.begin(), sample_.end());
    const auto spanOf = [&](std::size_t eighths) { return sample_[(sample_.size() - 1) * eighths / 8] - start; };
    std::size_t eighths = 6;
    while (eighths > 1 && spanOf(eighths / 2) < spanOf(eighths) / 8) eighths /= 2;

    const std::size_t wanted = std::max<std::size_t>(1, beyond_.size() * eighths / 8 / keysInBucket);
    const std::uint64_t span = spanOf(eighths) + 1;
    widthBits_ = static_cast<unsigned>(std::bit_width((span - 1) / wanted));
    const std::size_t count = static_cast<std::size_t>((span - 1) >> widthBits_) + 1;
    buckets_.assign(count, none);
    windowStart_ = start;
    const bool pastTheEnd = count > (endOfTime - start) >> widthBits_;
    windowEnd_ = pastTheEnd ? endOfTime : start + (static_cast<std::uint64_t>(count) << widthBits_);
    nextBucket_ = 0;
}

void FarTimers::openWindow()
{
    chooseWindow();
    from_ = windowStart_;
    std::size_t kept = 0;
    for (const AgendaKey& key : beyond_) {
        if (key.time >= windowEnd_)
            beyond_[kept++] = key;
        else
            addToBucket(key);
    }
    beyond_.resize(kept);
}

}  // namespace tantrum::engine::detail
