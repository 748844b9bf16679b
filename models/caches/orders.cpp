#include "models/caches/orders.h"

#include <algorithm>

namespace tantrum::models::caches {

namespace {
void evictFrom(Entries& entries, Entries::List& list, Entries::Index index)
{
    entries.unlink(list, index);
    entries.drop(index);
}
}  // namespace

std::size_t LeastRecentlyUsed::makeRoom(Entries& entries, std::uint64_t)
{
    if (entries.size() < capacity_) return 0;
    evictFrom(entries, order_, order_.first);
    return 1;
}

std::size_t Clock::makeRoom(Entries& entries, std::uint64_t)
{
    if (entries.size() < capacity_) return 0;
    while (entries[order_.first].state != 0) {
        entries[order_.first].state = 0;
        entries.toEnd(order_, order_.first);
    }
    evictFrom(entries, order_, order_.first);
    return 1;
}

void Sieve::clear()
{
    LeastRecentlyUsed::clear();
    hand_ = Entries::none;
}

std::size_t Sieve::makeRoom(Entries& entries, std::uint64_t)
{
    if (entries.size() < capacity_) return 0;
    if (hand_ == Entries::none) hand_ = order_.first;
    while (entries[hand_].state != 0) {
        entries[hand_].state = 0;
        hand_ = entries[hand_].next;
        if (hand_ == Entries::none) hand_ = order_.first;
    }
    const Entries::Index victim = hand_;
    hand_ = entries[victim].next;
    evictFrom(entries, order_, victim);
    return 1;
}

void Sieve::leave(Entries& entries, Entries::Index index)
{
    if (hand_ == index) hand_ = entries[index].next;
    entries.unlink(order_, index);
}

std::size_t Random::makeRoom(Entries& entries, std::uint64_t)
{
    if (entries.size() < capacity_) return 0;
    const Entries::Index victim = places_[luck_.below(places_.size())];
    leave(entries, victim);
    entries.drop(victim);
    return 1;
}

void Random::enter(Entries& entries, Entries::Index index)
{
    entries[index].state = static_cast<std::uint32_t>(places_.size());
    places_.push_back(index);
}

void Random::leave(Entries& entries, Entries::Index index)
{
    const std::uint32_t place = entries[index].state;
    places_[place] = places_.back();
    entries[places_[place]].state = place;
    places_.pop_back();
}

void LeastFrequentlyUsed::clear()
{
    levels_.assign(1, Level{1, {}, none, none});
    free_.clear();
}

void LeastFrequentlyUsed::use(Entries& entries, Entries::Index index)
{
    const std::uint32_t level = entries[index].state;
    const std::uint32_t higher = levelAfter(level, levels_[level].uses + 1);
    entries.unlink(levels_[level].order, index);
    entries.append(levels_[higher].order, index);
    entries[index].state = higher;
    dropIfEmpty(level);
}

std::size_t LeastFrequentlyUsed::makeRoom(Entries& entries, std::uint64_t)
{
    if (entries.size() < capacity_) return 0;
    // The list of the fewest uses: that of new entries unless it is empty.
    const std::uint32_t lowest = levels_[0].order.size > 0 ? 0 : levels_[0].higher;
    const Entries::Index victim = levels_[lowest].order.first;
    leave(entries, victim);
    entries.drop(victim);
    return 1;
}

void LeastFrequentlyUsed::enter(Entries& entries, Entries::Index index) { entries.append(levels_[0].order, index); }

void LeastFrequentlyUsed::leave(Entries& entries, Entries::Index index)
{
    const std::uint32_t level = entries[index].state;
    entries.unlink(levels_[level].order, index);
    dropIfEmpty(level);
}

void LeastFrequentlyUsed::dropIfEmpty(std::uint32_t level)
{
    if (level == 0 || levels_[level].order.size > 0) return;
    const Level emptied = levels_[level];
    levels_[emptied.lower].higher = emptied.higher;
    if (emptied.higher != none) levels_[emptied.higher].lower = emptied.lower;
    free_.push_back(level);
}

std::uint32_t LeastFrequentlyUsed::levelAfter(std::uint32_t level, std::uint64_t uses)
{
    const std::uint32_t higher = levels_[level].higher;
    if (higher != none && levels_[higher].uses == uses) return higher;
    std::uint32_t made;
    if (free_.empty()) {
        made = static_cast<std::uint32_t>(levels_.size());
        levels_.emplace_back();
    } else {
        made = free_.back();
        free_.pop_back();
    }
    levels_[made] = Level{uses, {}, level, higher};
    levels_[level].higher = made;
    if (higher != none) levels_[higher].lower = made;
    return made;
}

WindowTinyLfu::WindowTinyLfu(std::size_t capacity)
    : capacity_(capacity), windowLimit_(std::max<std::size_t>(capacity / 100, 1)), protectedLimit_((capacity - windowLimit_) * 8 / 10), sketch_(capacity)
{
}

void WindowTinyLfu::clear()
{
    window_ = probation_ = protected_ = {};
    sketch_.clear();
}

Entries::List& WindowTinyLfu::listOf(const Entries::Entry& entry)
{
    return entry.state == inWindow ? window_ : entry.state == onProbation ? probation_ : protected_;
}

void WindowTinyLfu::move(Entries& entries, Entries::Index index, State to)
{
    entries.unlink(listOf(entries[index]), index);
    entries[index].state = to;
    entries.append(listOf(entries[index]), index);
}

void WindowTinyLfu::use(Entries& entries, Entries::Index index)
{
    sketch_.increment(entries[index].key);
    if (entries[index].state != onProbation) {
        entries.toEnd(listOf(entries[index]), index);
        return;
    }
    move(entries, index, isProtected);
    if (protected_.size > protectedLimit_) move(entries, protected_.first, onProbation);
}

// Here the new key counts as in the window already: the oldest there has to leave it, and to prove its worth if that means
// that another goes.
std::size_t WindowTinyLfu::makeRoom(Entries& entries, std::uint64_t key)
{
    sketch_.increment(key);
    const bool full = entries.size() >= capacity_;
    Entries::List& main = probation_.size > 0 ? probation_ : protected_;
    if (window_.size < windowLimit_) {
        if (full) evictFrom(entries, main, main.first);
        return full;
    }
    const Entries::Index candidate = window_.first;
    if (full) {
        const bool wins = main.size > 0 && sketch_.estimate(entries[candidate].key) > sketch_.estimate(entries[main.first].key);
        if (!wins) {
            evictFrom(entries, window_, candidate);
            return 1;
        }
        evictFrom(entries, main, main.first);
    }
    move(entries, candidate, onProbation);
    return full;
}

void WindowTinyLfu::enter(Entries& entries, Entries::Index index) { entries.append(window_, index); }

S3Fifo::S3Fifo(std::size_t capacity)
    : capacity_(capacity), smallTarget_(std::max<std::size_t>(capacity / 10, 1)), mainTarget_(capacity - smallTarget_)
{
}

void S3Fifo::clear()
{
    small_ = main_ = {};
    ghosts_.clear();
}

void S3Fifo::use(Entries& entries, Entries::Index index)
{
    if ((entries[index].state & uses) < uses) ++entries[index].state;
}

std::size_t S3Fifo::makeRoom(Entries& entries, std::uint64_t)
{
    std::size_t evicted = 0;
    while (entries.size() >= capacity_) evicted += small_.size >= smallTarget_ || main_.size == 0 ? evictFromSmall(entries) : evictFromMain(entries);
    return evicted;
}

void S3Fifo::enter(Entries& entries, Entries::Index index)
{
    const bool remembered = ghosts_.remove(entries[index].key);
    entries[index].state = remembered ? main : 0;
    entries.append(remembered ? main_ : small_, index);
}

void S3Fifo::leave(Entries& entries, Entries::Index index)
{
    entries.unlink(entries[index].state & main ? main_ : small_, index);
}

// Those worth it move on, which may push others out of the main FIFO; ends with the first that is not.
std::size_t S3Fifo::evictFromSmall(Entries& entries)
{
    std::size_t evicted = 0;
    while (small_.size > 0) {
        const Entries::Index oldest = small_.first;
        entries.unlink(small_, oldest);
        if (entries[oldest].state <= 1) {
            if (mainTarget_ > 0) {
                if (ghosts_.size() >= mainTarget_) ghosts_.takeOldest();
                ghosts_.add(entries[oldest].key);
            }
            entries.drop(oldest);
            return evicted + 1;
        }
        if (main_.size > 0 && main_.size >= mainTarget_) evicted += evictFromMain(entries);
        entries[oldest].state = main;
        entries.append(main_, oldest);
    }
    return evicted;
}

std::size_t S3Fifo::evictFromMain(Entries& entries)
{
    while ((entries[main_.first].state & uses) > 0) {
        --entries[main_.first].state;
        entries.toEnd(main_, main_.first);
    }
    evictFrom(entries, main_, main_.first);
    return 1;
}

void AdaptiveReplacement::clear()
{
    once_ = again_ = {};
    onceGhosts_.clear();
    againGhosts_.clear();
    target_ = 0;
    comesBack_ = false;
}

void AdaptiveReplacement::use(Entries& entries, Entries::Index index)
{
    if (entries[index].state == again) {
        entries.toEnd(again_, index);
        return;
    }
    entries.unlink(once_, index);
    entries[index].state = again;
    entries.append(again_, index);
}

void AdaptiveReplacement::evict(Entries& entries, Entries::List& list, KeyQueue* remembered)
{
    const Entries::Index victim = list.first;
    if (remembered) remembered->add(entries[victim].key);
    evictFrom(entries, list, victim);
}

// REPLACE of the paper. What expired or was deleted may have left room, or one list empty.
std::size_t AdaptiveReplacement::replace(Entries& entries, bool askedForAgain)
{
    if (entries.size() < capacity_) return 0;
    const auto once = static_cast<double>(once_.size);
    const bool fromOnce = once_.size > 0 && (once > target_ || (askedForAgain && once == target_) || again_.size == 0);
    if (fromOnce)
        evict(entries, once_, &onceGhosts_);
    else
        evict(entries, again_, &againGhosts_);
    return 1;
}

// Cases II, III and IV of the paper.
std::size_t AdaptiveReplacement::makeRoom(Entries& entries, std::uint64_t key)
{
    const auto once = static_cast<double>(onceGhosts_.size()), twice = static_cast<double>(againGhosts_.size());
    const auto capacity = static_cast<double>(capacity_);
    comesBack_ = true;
    if (onceGhosts_.remove(key)) {
        target_ = std::min(target_ + std::max(1.0, twice / once), capacity);
        return replace(entries, false);
    }
    if (againGhosts_.remove(key)) {
        target_ = std::max(target_ - std::max(1.0, once / twice), 0.0);
        return replace(entries, true);
    }
    comesBack_ = false;
    const std::size_t seenOnce = once_.size + onceGhosts_.size();
    if (seenOnce >= capacity_) {
        if (onceGhosts_.size() == 0) {
            evict(entries, once_, nullptr);
            return 1;
        }
        onceGhosts_.takeOldest();
    } else if (seenOnce + again_.size + againGhosts_.size() >= 2 * capacity_) {
        againGhosts_.takeOldest();
    }
    return replace(entries, false);
}

void AdaptiveReplacement::enter(Entries& entries, Entries::Index index)
{
    entries[index].state = comesBack_ ? again : 0;
    entries.append(comesBack_ ? again_ : once_, index);
}

}  // namespace tantrum::models::caches
