// Orders of eviction, one class each, all over the same table of entries. O(1) for an access (CLOCK, SIEVE and S3-FIFO:
// on average; each step of a hand takes back what one hit had set).
//
//     clear()                    everything is gone
//     use(entries, index)        a hit, or another value for a key that is there
//     makeRoom(entries, key)     lets go of entries until there is room for this new key; how many went
//     enter(entries, index)      the new key is there
//     leave(entries, index)      goes for another reason: expired, deleted
#pragma once

#include "engine/random.h"
#include "models/caches/entries.h"
#include "models/caches/frequency_sketch.h"

namespace tantrum::models::caches {

/// The entry not used for longest goes.
class LeastRecentlyUsed {
public:
    explicit LeastRecentlyUsed(std::size_t capacity) : capacity_(capacity) {}
    void clear() { order_ = {}; }
    void use(Entries& entries, Entries::Index index) { entries.toEnd(order_, index); }
    std::size_t makeRoom(Entries&, std::uint64_t key);
    void enter(Entries& entries, Entries::Index index) { entries.append(order_, index); }
    void leave(Entries& entries, Entries::Index index) { entries.unlink(order_, index); }

protected:
    std::size_t capacity_;
    Entries::List order_;
};

/// The oldest entry goes.
class FirstInFirstOut : public LeastRecentlyUsed {
public:
    using LeastRecentlyUsed::LeastRecentlyUsed;
    void use(Entries&, Entries::Index) {}
};

/// The oldest entry goes, unless it was used since it came or was last spared: then it is as good as new.
class Clock : public LeastRecentlyUsed {
public:
    using LeastRecentlyUsed::LeastRecentlyUsed;
    void use(Entries& entries, Entries::Index index) { entries[index].state = 1; }
    std::size_t makeRoom(Entries&, std::uint64_t key);
};

/// Zhang, Yang, Yue, Vigfusson and Rashmi, NSDI 2024: a hand goes from the oldest entry to the newest, takes back the
/// marks of use, and lets go of the first entry without one. Nothing changes its place.
class Sieve : public LeastRecentlyUsed {
public:
    using LeastRecentlyUsed::LeastRecentlyUsed;
    void clear();
    void use(Entries& entries, Entries::Index index) { entries[index].state = 1; }
    std::size_t makeRoom(Entries&, std::uint64_t key);
    void leave(Entries&, Entries::Index);

private:
    Entries::Index hand_ = Entries::none;
};

/// Any entry goes.
class Random {
public:
    Random(std::size_t capacity, engine::RandomStream luck) : capacity_(capacity), luck_(luck) {}
    void clear() { places_.clear(); }
    void use(Entries&, Entries::Index) {}
    std::size_t makeRoom(Entries&, std::uint64_t key);
    void enter(Entries&, Entries::Index);
    void leave(Entries&, Entries::Index);

private:
    std::size_t capacity_;
    engine::RandomStream luck_;
    std::vector<Entries::Index> places_;  ///< an entry's state is its place here
};

/// The entry used least often since it came goes; among equals the one not used for longest.
class LeastFrequentlyUsed {
public:
    explicit LeastFrequentlyUsed(std::size_t capacity) : capacity_(capacity) { clear(); }
    void clear();
    void use(Entries&, Entries::Index);
    std::size_t makeRoom(Entries&, std::uint64_t key);
    void enter(Entries&, Entries::Index);
    void leave(Entries&, Entries::Index);

private:
    static constexpr std::uint32_t none = Entries::none;
    struct Level {
        std::uint64_t uses = 0;
        Entries::List order;
        std::uint32_t lower = none, higher = none;
    };
    void dropIfEmpty(std::uint32_t level);
    std::uint32_t levelAfter(std::uint32_t level, std::uint64_t uses);

    std::size_t capacity_;
    std::vector<Level> levels_;  ///< [0]: one use; an entry's state is its level
    std::vector<std::uint32_t> free_;
};

/// Einziger, Friedman and Manes, TOS 2017: new entries pass through a window of 1 %; what leaves it is kept only if it was
/// asked for more often, of late, than what would have to go for it. The main part is a segmented LRU, 80 % of it
/// protected.
class WindowTinyLfu {
public:
    explicit WindowTinyLfu(std::size_t capacity);
    void clear();
    void use(Entries&, Entries::Index);
    std::size_t makeRoom(Entries&, std::uint64_t key);
    void enter(Entries&, Entries::Index);
    void leave(Entries& entries, Entries::Index index) { entries.unlink(listOf(entries[index]), index); }

private:
    enum State : std::uint32_t { inWindow, onProbation, isProtected };
    Entries::List& listOf(const Entries::Entry& entry);
    void move(Entries&, Entries::Index, State to);

    std::size_t capacity_, windowLimit_, protectedLimit_;
    Entries::List window_, probation_, protected_;
    FrequencySketch sketch_;
};

/// Yang, Zhang, Qiu, Yue and Rashmi, SOSP 2023: new entries pass through a small FIFO of 10 %, from which those used more
/// than once go on to the main one; the others leave their key behind, and who comes back soon goes there at once. The
/// main FIFO spares an entry as often as it was used, at most three times.
class S3Fifo {
public:
    explicit S3Fifo(std::size_t capacity);
    void clear();
    void use(Entries&, Entries::Index);
    std::size_t makeRoom(Entries&, std::uint64_t key);
    void enter(Entries&, Entries::Index);
    void leave(Entries&, Entries::Index);

private:
    static constexpr std::uint32_t main = 4, uses = 3;  // of the state: which FIFO, and up to three uses
    std::size_t evictFromSmall(Entries&);
    std::size_t evictFromMain(Entries&);

    std::size_t capacity_, smallTarget_, mainTarget_;
    Entries::List small_, main_;
    KeyQueue ghosts_;
};

/// Megiddo and Modha, FAST 2003: those seen once and those seen again each in an LRU order of their own; which of the two
/// has to give way is learned from what is asked for again soon after it went.
class AdaptiveReplacement {
public:
    explicit AdaptiveReplacement(std::size_t capacity) : capacity_(capacity) {}
    void clear();
    void use(Entries&, Entries::Index);
    std::size_t makeRoom(Entries&, std::uint64_t key);
    void enter(Entries&, Entries::Index);
    void leave(Entries& entries, Entries::Index index) { entries.unlink(entries[index].state == again ? again_ : once_, index); }

private:
    static constexpr std::uint32_t again = 1;  // the state of those seen more than once
    std::size_t replace(Entries&, bool askedForAgain);
    void evict(Entries&, Entries::List&, KeyQueue* remembered);

    std::size_t capacity_;
    double target_ = 0;  ///< how many entries seen once there should be
    bool comesBack_ = false;
    Entries::List once_, again_;          // T1 and T2
    KeyQueue onceGhosts_, againGhosts_;     // B1 and B2
};

}  // namespace tantrum::models::caches
