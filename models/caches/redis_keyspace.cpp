#include "models/caches/redis_keyspace.h"

#include <algorithm>

namespace tantrum::models::caches {

bool RedisKeyspace::onlyVolatile() const
{
    return settings_.policy == RedisPolicy::volatileLru || settings_.policy == RedisPolicy::volatileLfu ||
           settings_.policy == RedisPolicy::volatileRandom || settings_.policy == RedisPolicy::volatileTtl;
}

std::uint32_t RedisKeyspace::periodOf(engine::Instant now) const
{
    const std::int64_t length = settings_.lfuDecayTime.count();
    return length > 0 ? static_cast<std::uint32_t>(now.count() / length) : 0;
}

std::uint8_t RedisKeyspace::decayed(const Facts& facts, engine::Instant now) const
{
    const std::uint32_t period = periodOf(now), since = period > facts.decayedPeriod ? period - facts.decayedPeriod : 0;
    return since >= facts.counter ? 0 : static_cast<std::uint8_t>(facts.counter - since);
}

std::uint8_t RedisKeyspace::counter(std::uint64_t key, engine::Instant now) const
{
    const Index index = entries_.find(key);
    return index == Entries::none ? 0 : decayed(facts_[index], now);
}

// The LFU counter is logarithmic: the higher it is, the less likely a use is to raise it.
void RedisKeyspace::touch(Facts& facts, engine::Instant now)
{
    facts.usedSecond = static_cast<std::uint32_t>(now.count() / 1'000'000'000);
    if (!usesLfu()) return;
    facts.counter = decayed(facts, now);
    facts.decayedPeriod = periodOf(now);
    if (facts.counter == 255) return;
    const double beyond = facts.counter > firstCounter ? facts.counter - firstCounter : 0;
    if (luck_.chance(1 / (beyond * settings_.lfuLogFactor + 1))) ++facts.counter;
}

RedisKeyspace::Value RedisKeyspace::get(std::uint64_t key, engine::Instant now)
{
    Value value;
    const Index index = entries_.find(key);
    if (index == Entries::none) return value;
    if (entries_[index].expires <= now) {
        erase(index);
        value.expired = true;
        return value;
    }
    Facts& facts = facts_[index];
    touch(facts, now);
    value.found = true;
    value.bytes = facts.bytes;
    value.created = facts.created;
    value.written = facts.written;
    return value;
}

void RedisKeyspace::set(std::uint64_t key, std::uint32_t bytes, engine::Instant expires, engine::Instant now)
{
    Index index = entries_.find(key);
    if (index == Entries::none) {
        index = entries_.add(key, expires);
        if (index >= facts_.size()) facts_.resize(index + 1);
        Facts fresh;
        fresh.created = now;
        fresh.usedSecond = static_cast<std::uint32_t>(now.count() / 1'000'000'000);
        fresh.decayedPeriod = periodOf(now);
        fresh.place = static_cast<std::uint32_t>(all_.size());
        facts_[index] = fresh;
        all_.push_back(index);
        memory_ += settings_.overhead;
    } else {
        touch(facts_[index], now);
        memory_ -= facts_[index].bytes;
        entries_[index].expires = expires;
    }
    facts_[index].bytes = bytes;
    facts_[index].written = now;
    memory_ += bytes;
    setVolatile(index, expires != engine::Instant::never());
}

void RedisKeyspace::setVolatile(Index index, bool isVolatile)
{
    Facts& facts = facts_[index];
    if ((facts.volatilePlace != notVolatile) == isVolatile) return;
    if (isVolatile) {
        facts.volatilePlace = static_cast<std::uint32_t>(volatile_.size());
        volatile_.push_back(index);
        return;
    }
    volatile_[facts.volatilePlace] = volatile_.back();
    facts_[volatile_.back()].volatilePlace = facts.volatilePlace;
    volatile_.pop_back();
    facts.volatilePlace = notVolatile;
}

bool RedisKeyspace::remove(std::uint64_t key)
{
    const Index index = entries_.find(key);
    if (index == Entries::none) return false;
    erase(index);
    return true;
}

void RedisKeyspace::erase(Index index)
{
    setVolatile(index, false);
    const Facts& facts = facts_[index];
    memory_ -= settings_.overhead + facts.bytes;
    all_[facts.place] = all_.back();
    facts_[all_.back()].place = facts.place;
    all_.pop_back();
    entries_.drop(index);
}

void RedisKeyspace::clear()
{
    entries_.clear();
    all_.clear();
    volatile_.clear();
    pooled_ = 0;
    memory_ = 0;
}

bool RedisKeyspace::makeRoom(engine::Instant now, std::int64_t others)
{
    while (memory_ + others > settings_.maxmemory) {
        const Index index = victim(now);
        if (index == Entries::none) return false;
        erase(index);
        ++evicted_;
    }
    return true;
}

RedisKeyspace::Index RedisKeyspace::victim(engine::Instant now)
{
    const std::vector<Index>& from = onlyVolatile() ? volatile_ : all_;
    if (settings_.policy == RedisPolicy::noEviction || from.empty()) return Entries::none;
    if (settings_.policy == RedisPolicy::allkeysRandom || settings_.policy == RedisPolicy::volatileRandom) return from[luck_.below(from.size())];
    while (true) {
        populate(from, now);
        // A candidate of an earlier round may be gone by now, or not be volatile any more.
        while (pooled_ > 0) {
            const Index index = entries_.find(pool_[--pooled_].key);
            if (index != Entries::none && (!onlyVolatile() || facts_[index].volatilePlace != notVolatile)) return index;
        }
    }
}

// The higher, the sooner it goes.
std::uint64_t RedisKeyspace::scoreOf(Index index, engine::Instant now) const
{
    if (settings_.policy == RedisPolicy::volatileTtl) return ~static_cast<std::uint64_t>(entries_[index].expires.count());
    if (usesLfu()) return 255u - decayed(facts_[index], now);
    return static_cast<std::uint64_t>(now.count() / 1'000'000'000) - facts_[index].usedSecond;
}

void RedisKeyspace::populate(const std::vector<Index>& from, engine::Instant now)
{
    const auto samples = static_cast<std::size_t>(settings_.samples);
    const bool allOfThem = from.size() <= samples;
    for (std::size_t sample = 0; sample < std::min(samples, from.size()); ++sample) {
        const Index index = from[allOfThem ? sample : luck_.below(from.size())];
        Candidate candidate;
        candidate.key = entries_[index].key;
        candidate.score = scoreOf(index, now);
        propose(candidate);
    }
}

void RedisKeyspace::propose(Candidate candidate)
{
    std::size_t place = 0;
    while (place < pooled_ && pool_[place].score < candidate.score) ++place;
    if (pooled_ < poolSize) {
        for (std::size_t later = pooled_++; later > place; --later) pool_[later] = pool_[later - 1];
        pool_[place] = candidate;
        return;
    }
    if (place == 0) return;  // worse than all of them
    for (std::size_t earlier = 0; earlier + 1 < place; ++earlier) pool_[earlier] = pool_[earlier + 1];
    pool_[place - 1] = candidate;
}

RedisKeyspace::Round RedisKeyspace::expireSome(engine::Instant now)
{
    Round round;
    round.sampled = std::min(keysPerCycle, volatile_.size());
    const bool allOfThem = volatile_.size() <= keysPerCycle;
    for (std::size_t left = round.sampled; left > 0 && !volatile_.empty(); --left) {
        const Index index = volatile_[allOfThem ? left - 1 : luck_.below(volatile_.size())];
        if (entries_[index].expires > now) continue;
        erase(index);
        ++round.expired;
    }
    return round;
}

std::size_t RedisKeyspace::forgetSince(engine::Instant moment)
{
    std::size_t undone = 0;
    for (std::size_t place = all_.size(); place > 0; --place) {
        const Index index = all_[place - 1];
        if (facts_[index].written <= moment) continue;
        ++undone;
        if (facts_[index].created > moment)
            erase(index);
        else
            facts_[index].written = moment;
    }
    return undone;
}

}  // namespace tantrum::models::caches
