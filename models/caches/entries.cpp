#include "models/caches/entries.h"

namespace tantrum::models::caches {

void Entries::clear()
{
    size_ = 0;
    entries_.clear();
    free_.clear();
    buckets_.assign(1024, none);
    shift_ = 64 - 10;
}

Entries::Index Entries::add(std::uint64_t key, engine::Instant expires)
{
    if (size_ >= buckets_.size()) grow();
    Index index;
    if (free_.empty()) {
        index = static_cast<Index>(entries_.size());
        entries_.emplace_back();
    } else {
        index = free_.back();
        free_.pop_back();
    }
    Entry& entry = entries_[index];
    entry.key = key;
    entry.expires = expires;
    entry.state = 0;
    Index& head = buckets_[bucketOf(key)];
    entry.chain = head;
    head = index;
    ++size_;
    return index;
}

void Entries::drop(Index index)
{
    Index* link = &buckets_[bucketOf(entries_[index].key)];
    while (*link != index) link = &entries_[*link].chain;
    *link = entries_[index].chain;
    free_.push_back(index);
    --size_;
}

// Twice the buckets: what was in one of them is now in two neighbours.
void Entries::grow()
{
    std::vector<Index> before(buckets_.size() * 2, none);
    before.swap(buckets_);
    --shift_;
    for (Index head : before)
        while (head != none) {
            const Index index = head;
            head = entries_[index].chain;
            Index& bucket = buckets_[bucketOf(entries_[index].key)];
            entries_[index].chain = bucket;
            bucket = index;
        }
}

void KeyQueue::add(std::uint64_t key) { entries_.append(order_, entries_.add(key, {})); }

bool KeyQueue::remove(std::uint64_t key)
{
    const Entries::Index index = entries_.find(key);
    if (index == Entries::none) return false;
    entries_.unlink(order_, index);
    entries_.drop(index);
    return true;
}

std::uint64_t KeyQueue::takeOldest()
{
    const Entries::Index oldest = order_.first;
    const std::uint64_t key = entries_[oldest].key;
    entries_.unlink(order_, oldest);
    entries_.drop(oldest);
    return key;
}

}  // namespace tantrum::models::caches
