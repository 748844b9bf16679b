// What a full cache lets go of. All three orders keep their entries in one pooled table; nothing is allocated for a hit.
#pragma once

#include "engine/time.h"

#include <cstdint>
#include <vector>

namespace tantrum::models::caches {

enum class Eviction : std::uint8_t { lru, fifo, lfu };

/// Keys with an expiry, at most `capacity` of them. LFU counts uses since the entry came in; among equals the one not
/// used for longest goes.
class EntryTable {
public:
    EntryTable(std::size_t capacity, Eviction eviction);

    enum class Found : std::uint8_t { no, yes, expired };
    /// A hit counts as a use. An expired entry is removed.
    Found lookUp(std::uint64_t key, engine::Instant now);
    /// Adds or renews. True if another entry had to go.
    bool store(std::uint64_t key, engine::Instant expires);
    bool remove(std::uint64_t key);
    void clear();
    std::size_t size() const { return size_; }

private:
    using Index = std::uint32_t;
    static constexpr Index none = ~Index{0};
    struct Entry {
        std::uint64_t key = 0;
        engine::Instant expires;
        Index previous = none, next = none;  ///< in the order of eviction, within one use count for LFU
        Index chain = none;                  ///< of the same hash
        Index level = none;                  ///< LFU: its use count's list
    };
    struct Level {
        std::uint64_t uses = 0;
        Index first = none, last = none;     ///< first goes first
        Index lower = none, higher = none;
    };

    std::size_t bucketOf(std::uint64_t key) const { return (key * 0x9E3779B97F4A7C15u) >> shift_; }
    Index find(std::uint64_t key) const;
    void use(Index index);
    void link(Index index, Index level);
    void unlink(Index index);
    void erase(Index index);
    void dropIfEmpty(Index level);
    Index levelAfter(Index level, std::uint64_t uses);

    std::size_t capacity_;
    Eviction eviction_;
    std::size_t size_ = 0;
    unsigned shift_;
    std::vector<Index> buckets_;
    std::vector<Entry> entries_;
    std::vector<Index> freeEntries_;
    std::vector<Level> levels_;      ///< [0] is where new entries go; the only one but for LFU
    std::vector<Index> freeLevels_;
};

}  // namespace tantrum::models::caches
