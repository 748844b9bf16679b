// How often keys were seen of late, roughly, in 8 bytes an entry: a count-min sketch (Cormode and Muthukrishnan 2005) of
// four rows of 4-bit counters that are halved now and then, so that old fame fades (Einziger, Friedman and Manes 2017).
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tantrum::models::caches {

class FrequencySketch {
public:
    static constexpr unsigned most = 15;  ///< a counter goes no higher

    /// Halves after ten times the capacity, as Caffeine does.
    explicit FrequencySketch(std::size_t capacity)
        : words_(std::bit_ceil(std::max<std::size_t>(capacity, 8))), mask_(words_.size() - 1), period_(10 * std::max<std::size_t>(capacity, 1))
    {
    }

    void clear() { std::fill(words_.begin(), words_.end(), 0), seen_ = 0; }
    /// Never less than the truth since the last halving.
    unsigned estimate(std::uint64_t key) const
    {
        unsigned least = most;
        for (unsigned row = 0; row < rows; ++row) {
            const Counter counter = counterOf(key, row);
            least = std::min(least, static_cast<unsigned>(words_[counter.word] >> counter.shift & most));
        }
        return least;
    }
    void increment(std::uint64_t key)
    {
        bool counted = false;
        for (unsigned row = 0; row < rows; ++row) {
            const Counter counter = counterOf(key, row);
            if ((words_[counter.word] >> counter.shift & most) == most) continue;
            words_[counter.word] += std::uint64_t{1} << counter.shift;
            counted = true;
        }
        if (counted && ++seen_ >= period_) halve();
    }

private:
    static constexpr unsigned rows = 4;
    struct Counter {
        std::size_t word;
        unsigned shift;
    };
    // Each row has four counters of each word to itself.
    Counter counterOf(std::uint64_t key, unsigned row) const
    {
        static constexpr std::uint64_t seeds[rows]{0xC3A5C85C97CB3127u, 0xB492B66FBE98F273u, 0x9AE16A3B2F90404Fu, 0xCBF29CE484222325u};
        std::uint64_t hash = (key + seeds[row]) * seeds[row];
        hash = (hash ^ hash >> 32) * 0x9E3779B97F4A7C15u;
        return {static_cast<std::size_t>(hash >> 20) & mask_, row * 16 + static_cast<unsigned>(hash >> 62) * 4};
    }
    void halve()
    {
        for (std::uint64_t& word : words_) word = word >> 1 & 0x7777'7777'7777'7777u;
        seen_ /= 2;
    }

    std::vector<std::uint64_t> words_;
    std::size_t mask_;
    std::size_t period_, seen_ = 0;
};

}  // namespace tantrum::models::caches
