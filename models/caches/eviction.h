// What a full cache lets go of: a table of keys under one of the orders of eviction.
#pragma once

#include "models/caches/orders.h"
#include "models/scenario/values.h"

#include <variant>

namespace tantrum::models::caches {

enum class Eviction : std::uint8_t { lru, fifo, lfu, random, clock, sieve, s3Fifo, tinyLfu, arc };

constexpr auto choices(Eviction)
{
    using scenario::Choice;
    return std::array{Choice<Eviction>{Eviction::lru, "lru", "the entry not used for longest goes"},
                      Choice<Eviction>{Eviction::fifo, "fifo", "the oldest entry goes"},
                      Choice<Eviction>{Eviction::lfu, "lfu", "the entry used least often goes"},
                      Choice<Eviction>{Eviction::random, "random", "any entry goes"},
                      Choice<Eviction>{Eviction::clock, "clock", "the oldest entry goes; one used meanwhile gets a second chance"},
                      Choice<Eviction>{Eviction::sieve, "sieve", "a hand passes over the entries and lets go of the first that was not used"},
                      Choice<Eviction>{Eviction::s3Fifo, "s3_fifo", "new entries have to prove themselves in a small queue"},
                      Choice<Eviction>{Eviction::tinyLfu, "tiny_lfu", "an entry stays if it was asked for more often of late than what would go (W-TinyLFU)"},
                      Choice<Eviction>{Eviction::arc, "arc", "balances recent against frequent use by what it misses"}};
}

/// Keys with an expiry, at most `capacity` of them.
class EntryTable {
public:
    /// The luck is that of the random order.
    EntryTable(std::size_t capacity, Eviction eviction, engine::RandomStream luck = engine::RandomStream(0));

    // See Entries.
    void prefetchBucket(std::uint64_t key) const { entries_.prefetchBucket(key); }
    void prefetchEntry(std::uint64_t key) const { entries_.prefetchEntry(key); }

    enum class Found : std::uint8_t { no, yes, expired };
    /// A hit counts as a use. An expired entry is removed.
    Found lookUp(std::uint64_t key, engine::Instant now)
    {
        const Entries::Index index = entries_.find(key);
        if (index == Entries::none) return Found::no;
        if (entries_[index].expires <= now) {
            erase(index);
            return Found::expired;
        }
        use(index);
        return Found::yes;
    }
    /// Adds or renews. How many others had to go: S3-FIFO now and then lets more than one go, the others one at most.
    std::size_t store(std::uint64_t key, engine::Instant expires);
    bool remove(std::uint64_t key);
    void clear();
    std::size_t size() const { return entries_.size(); }

    // For those who know more about an entry than its expiry. None of this counts as a use.
    static constexpr Entries::Index none = Entries::none;
    /// Where an entry is as long as it is there: below the largest size so far.
    Entries::Index find(std::uint64_t key) const { return entries_.find(key); }
    engine::Instant expires(Entries::Index index) const { return entries_[index].expires; }
    void setExpiry(Entries::Index index, engine::Instant expires) { entries_[index].expires = expires; }

private:
    using Order = std::variant<LeastRecentlyUsed, FirstInFirstOut, LeastFrequentlyUsed, Random, Clock, Sieve, S3Fifo, WindowTinyLfu, AdaptiveReplacement>;
    static Order orderOf(Eviction, std::size_t capacity, const engine::RandomStream& luck);
    void use(Entries::Index index)
    {
        if (auto* recency = std::get_if<LeastRecentlyUsed>(&order_)) [[likely]]
            recency->use(entries_, index);
        else
            useOtherwise(index);
    }
    void useOtherwise(Entries::Index index);
    void erase(Entries::Index index);

    Entries entries_;
    Order order_;
};

}  // namespace tantrum::models::caches
