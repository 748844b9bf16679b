#include "models/caches/eviction.h"

namespace tantrum::models::caches {

EntryTable::EntryTable(std::size_t capacity, Eviction eviction) : capacity_(capacity), eviction_(eviction)
{
    clear();
}

void EntryTable::clear()
{
    size_ = 0;
    entries_.clear();
    freeEntries_.clear();
    freeLevels_.clear();
    levels_.assign(1, Level{1, none, none, none, none});
    buckets_.assign(1024, none);
    shift_ = 64 - 10;
}

EntryTable::Index EntryTable::find(std::uint64_t key) const
{
    Index index = buckets_[bucketOf(key)];
    while (index != none && entries_[index].key != key) index = entries_[index].chain;
    return index;
}

EntryTable::Found EntryTable::lookUp(std::uint64_t key, engine::Instant now)
{
    const Index index = find(key);
    if (index == none) return Found::no;
    if (entries_[index].expires <= now) {
        erase(index);
        return Found::expired;
    }
    use(index);
    return Found::yes;
}

bool EntryTable::store(std::uint64_t key, engine::Instant expires)
{
    if (const Index known = find(key); known != none) {
        entries_[known].expires = expires;
        if (eviction_ != Eviction::fifo) use(known);
        return false;
    }
    const bool full = size_ >= capacity_;
    if (full) {
        Index lowest = 0;  // the list of the fewest uses: that of new entries unless it is empty
        if (levels_[0].first == none) lowest = levels_[0].higher;
        erase(levels_[lowest].first);
    }
    if (size_ >= buckets_.size()) {
        --shift_;
        buckets_.assign(buckets_.size() * 2, none);
        for (Level& level : levels_)
            for (Index index = level.first; index != none; index = entries_[index].next) {
                Index& head = buckets_[bucketOf(entries_[index].key)];
                entries_[index].chain = head;
                head = index;
            }
    }
    Index index;
    if (freeEntries_.empty()) {
        index = static_cast<Index>(entries_.size());
        entries_.emplace_back();
    } else {
        index = freeEntries_.back();
        freeEntries_.pop_back();
    }
    Entry& entry = entries_[index];
    entry.key = key;
    entry.expires = expires;
    Index& head = buckets_[bucketOf(key)];
    entry.chain = head;
    head = index;
    link(index, 0);
    ++size_;
    return full;
}

bool EntryTable::remove(std::uint64_t key)
{
    const Index index = find(key);
    if (index == none) return false;
    erase(index);
    return true;
}

void EntryTable::use(Index index)
{
    if (eviction_ == Eviction::fifo) return;
    const Index level = entries_[index].level;
    if (eviction_ == Eviction::lru) {
        if (levels_[level].last == index) return;
        unlink(index);
        link(index, level);
        return;
    }
    const Index higher = levelAfter(level, levels_[level].uses + 1);
    unlink(index);
    link(index, higher);
    dropIfEmpty(level);
}

void EntryTable::dropIfEmpty(Index level)
{
    if (level == 0 || levels_[level].first != none) return;
    const Level emptied = levels_[level];
    levels_[emptied.lower].higher = emptied.higher;
    if (emptied.higher != none) levels_[emptied.higher].lower = emptied.lower;
    freeLevels_.push_back(level);
}

EntryTable::Index EntryTable::levelAfter(Index level, std::uint64_t uses)
{
    const Index higher = levels_[level].higher;
    if (higher != none && levels_[higher].uses == uses) return higher;
    Index made;
    if (freeLevels_.empty()) {
        made = static_cast<Index>(levels_.size());
        levels_.emplace_back();
    } else {
        made = freeLevels_.back();
        freeLevels_.pop_back();
    }
    levels_[made] = Level{uses, none, none, level, higher};
    levels_[level].higher = made;
    if (higher != none) levels_[higher].lower = made;
    return made;
}

void EntryTable::link(Index index, Index levelIndex)
{
    Level& level = levels_[levelIndex];
    Entry& entry = entries_[index];
    entry.level = levelIndex;
    entry.previous = level.last;
    entry.next = none;
    (level.last == none ? level.first : entries_[level.last].next) = index;
    level.last = index;
}

void EntryTable::unlink(Index index)
{
    const Entry& entry = entries_[index];
    Level& level = levels_[entry.level];
    (entry.previous == none ? level.first : entries_[entry.previous].next) = entry.next;
    (entry.next == none ? level.last : entries_[entry.next].previous) = entry.previous;
}

void EntryTable::erase(Index index)
{
    const Index level = entries_[index].level;
    unlink(index);
    dropIfEmpty(level);
    Index* link = &buckets_[bucketOf(entries_[index].key)];
    while (*link != index) link = &entries_[*link].chain;
    *link = entries_[index].chain;
    freeEntries_.push_back(index);
    --size_;
}

}  // namespace tantrum::models::caches
