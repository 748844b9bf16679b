// Keys with an expiry, found by hash, each in one of the lists that an order of eviction keeps. Pooled: once as many
// entries have been there as will be, nothing is allocated any more.
#pragma once

#include "engine/time.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tantrum::models::caches {

class Entries {
public:
    /// Names an entry as long as it is there; below the largest number of entries there ever were.
    using Index = std::uint32_t;
    static constexpr Index none = ~Index{0};

    struct Entry {
        std::uint64_t key = 0;
        engine::Instant expires;
        Index previous = none, next = none;  ///< in its list
        Index chain = none;                  ///< of the same hash
        std::uint32_t state = 0;             ///< the order's own: which list, what was seen of it
    };
    /// Oldest or least worthy first. Requires that an entry is in one list at a time.
    struct List {
        Index first = none, last = none;
        std::size_t size = 0;
    };

    Entries() { clear(); }
    void clear();
    std::size_t size() const { return size_; }
    Entry& operator[](Index index) { return entries_[index]; }
    const Entry& operator[](Index index) const { return entries_[index]; }

    Index find(std::uint64_t key) const
    {
        Index index = buckets_[bucketOf(key)];
        while (index != none && entries_[index].key != key) index = entries_[index].chain;
        return index;
    }
    // A table of many entries lies outside the nearest caches. For whoever knows early which key will be asked for: first
    // the one, and when some other work is done, the other.
    void prefetchBucket(std::uint64_t key) const { __builtin_prefetch(&buckets_[bucketOf(key)]); }
    void prefetchEntry(std::uint64_t key) const
    {
        const Index index = buckets_[bucketOf(key)];
        if (index != none) __builtin_prefetch(&entries_[index]);
    }
    /// Requires that the key is not there. In no list yet, its state 0.
    Index add(std::uint64_t key, engine::Instant expires);
    /// Requires that it is in no list any more.
    void drop(Index index);

    void append(List& list, Index index)
    {
        Entry& entry = entries_[index];
        entry.previous = list.last;
        entry.next = none;
        (list.last == none ? list.first : entries_[list.last].next) = index;
        list.last = index;
        ++list.size;
    }
    void unlink(List& list, Index index)
    {
        const Entry& entry = entries_[index];
        (entry.previous == none ? list.first : entries_[entry.previous].next) = entry.next;
        (entry.next == none ? list.last : entries_[entry.next].previous) = entry.previous;
        --list.size;
    }
    void toEnd(List& list, Index index)
    {
        if (list.last == index) return;
        unlink(list, index);
        append(list, index);
    }

private:
    std::size_t bucketOf(std::uint64_t key) const { return (key * 0x9E3779B97F4A7C15u) >> shift_; }
    void grow();

    std::size_t size_;
    unsigned shift_;
    std::vector<Index> buckets_;
    std::vector<Entry> entries_;
    std::vector<Index> free_;
};

/// Keys to be remembered for a while, in the order in which they came: of entries that were let go of, of writes to do.
class KeyQueue {
public:
    std::size_t size() const { return order_.size; }
    void clear() { entries_.clear(), order_ = {}; }
    bool contains(std::uint64_t key) const { return entries_.find(key) != Entries::none; }
    /// Requires that it is not there.
    void add(std::uint64_t key);
    bool remove(std::uint64_t key);
    std::uint64_t takeOldest();

private:
    Entries entries_;
    Entries::List order_;
};

}  // namespace tantrum::models::caches
