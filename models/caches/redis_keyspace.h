// What one Redis process keeps in memory: keys with their sizes and expiry, and the ways in which they go: asked for after
// their time, found by the expiry cycle, evicted by sampling when memory runs out.
#pragma once

#include "engine/random.h"
#include "models/caches/entries.h"

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

namespace tantrum::models::caches {

enum class RedisPolicy : std::uint8_t { noEviction, allkeysLru, volatileLru, allkeysLfu, volatileLfu, allkeysRandom, volatileRandom, volatileTtl };

class RedisKeyspace {
public:
    struct Settings {
        std::int64_t maxmemory = std::numeric_limits<std::int64_t>::max();  ///< bytes
        RedisPolicy policy = RedisPolicy::noEviction;
        std::int64_t samples = 5;
        double lfuLogFactor = 10;
        engine::Duration lfuDecayTime = engine::Duration::seconds(60);      ///< zero: counters never decay
        std::int64_t overhead = 0;                                          ///< bytes of a key beyond its value
    };
    static constexpr std::uint8_t firstCounter = 5;  ///< of a new key, LFU
    static constexpr std::size_t poolSize = 16;      ///< candidates kept from one eviction to the next
    static constexpr std::size_t keysPerCycle = 20;  ///< looked at in one round of the expiry cycle

    RedisKeyspace(const Settings& settings, engine::RandomStream luck) : settings_(settings), luck_(luck) {}
    void setSettings(const Settings& settings)
    {
        if (settings.policy != settings_.policy) pooled_ = 0;  // scores of another kind
        settings_ = settings;
    }

    struct Value {
        bool found = false;
        bool expired = false;          ///< it was there, but its time is over; it is gone now
        std::uint32_t bytes = 0;
        engine::Instant created, written;
    };
    /// Counts as a use.
    Value get(std::uint64_t key, engine::Instant now);
    void set(std::uint64_t key, std::uint32_t bytes, engine::Instant expires, engine::Instant now);
    bool remove(std::uint64_t key);
    void clear();

    /// Evicts until memory fits besides so many bytes of others. False: it does not fit and nothing may go.
    bool makeRoom(engine::Instant now, std::int64_t others = 0);
    struct Round {
        std::size_t sampled = 0, expired = 0;
    };
    /// One round of the active expiry cycle.
    Round expireSome(engine::Instant now);
    /// Writes after that moment are undone: new keys go, others count as written then. How many writes, one a key.
    std::size_t forgetSince(engine::Instant moment);

    std::size_t keys() const { return all_.size(); }
    std::size_t volatileKeys() const { return volatile_.size(); }
    std::int64_t memory() const { return memory_; }
    std::uint64_t evicted() const { return evicted_; }
    /// The LFU counter as it would be after its decay until now; 0 if the key is not there. Not a use.
    std::uint8_t counter(std::uint64_t key, engine::Instant now) const;

private:
    using Index = Entries::Index;
    struct Facts {
        engine::Instant created, written;
        std::uint32_t bytes = 0;
        std::uint32_t usedSecond = 0;                        ///< LRU: on a clock of 1 s
        std::uint32_t decayedPeriod = 0;                     ///< LFU: when the counter decayed last
        std::uint32_t place = 0, volatilePlace = notVolatile;  ///< in all_, volatile_
        std::uint8_t counter = firstCounter;
    };
    struct Candidate {
        std::uint64_t key = 0, score = 0;
    };
    static constexpr std::uint32_t notVolatile = ~std::uint32_t{0};

    bool onlyVolatile() const;
    bool usesLfu() const { return settings_.policy == RedisPolicy::allkeysLfu || settings_.policy == RedisPolicy::volatileLfu; }
    std::uint32_t periodOf(engine::Instant now) const;
    std::uint8_t decayed(const Facts& facts, engine::Instant now) const;
    void touch(Facts& facts, engine::Instant now);
    void setVolatile(Index index, bool isVolatile);
    std::uint64_t scoreOf(Index index, engine::Instant now) const;
    void populate(const std::vector<Index>& from, engine::Instant now);
    void propose(Candidate candidate);
    Index victim(engine::Instant now);
    void erase(Index index);

    Settings settings_;
    engine::RandomStream luck_;
    Entries entries_;
    std::vector<Facts> facts_;                  ///< by index
    std::vector<Index> all_, volatile_;         ///< to draw from
    std::array<Candidate, poolSize> pool_{};    ///< the best to evict last
    std::size_t pooled_ = 0;
    std::int64_t memory_ = 0;
    std::uint64_t evicted_ = 0;
};

}  // namespace tantrum::models::caches
