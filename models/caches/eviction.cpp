#include "models/caches/eviction.h"

namespace tantrum::models::caches {

EntryTable::EntryTable(std::size_t capacity, Eviction eviction, engine::RandomStream luck) : order_(orderOf(eviction, capacity, luck)) {}

EntryTable::Order EntryTable::orderOf(Eviction eviction, std::size_t capacity, const engine::RandomStream& luck)
{
    switch (eviction) {
    case Eviction::fifo: return FirstInFirstOut(capacity);
    case Eviction::lfu: return LeastFrequentlyUsed(capacity);
    case Eviction::random: return Random(capacity, luck);
    case Eviction::clock: return Clock(capacity);
    case Eviction::sieve: return Sieve(capacity);
    case Eviction::s3Fifo: return S3Fifo(capacity);
    case Eviction::tinyLfu: return WindowTinyLfu(capacity);
    case Eviction::arc: return AdaptiveReplacement(capacity);
    case Eviction::lru: break;
    }
    return LeastRecentlyUsed(capacity);
}

void EntryTable::clear()
{
    entries_.clear();
    std::visit([](auto& order) { order.clear(); }, order_);
}

void EntryTable::useOtherwise(Entries::Index index)
{
    std::visit([this, index](auto& order) { order.use(entries_, index); }, order_);
}

std::size_t EntryTable::store(std::uint64_t key, engine::Instant expires)
{
    if (const Entries::Index known = entries_.find(key); known != none) {
        entries_[known].expires = expires;
        use(known);
        return 0;
    }
    return std::visit(
        [this, key, expires](auto& order) {
            const std::size_t evicted = order.makeRoom(entries_, key);
            order.enter(entries_, entries_.add(key, expires));
            return evicted;
        },
        order_);
}

bool EntryTable::remove(std::uint64_t key)
{
    const Entries::Index index = entries_.find(key);
    if (index == none) return false;
    erase(index);
    return true;
}

void EntryTable::erase(Entries::Index index)
{
    std::visit([this, index](auto& order) { order.leave(entries_, index); }, order_);
    entries_.drop(index);
}

}  // namespace tantrum::models::caches
