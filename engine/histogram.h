// Log-bucket histograms of non-negative nanosecond values: mergeable, of bounded memory, 128 buckets an octave.
#pragma once

#include "engine/wide.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

namespace tantrum::engine {

/// Values below 256 are counted exactly; above, a bucket is 1/256 to 1/128 of its values wide. Count, sum, minimum and
/// maximum are exact. Memory (4 bytes a bucket) grows with the octaves that were recorded into.
class Histogram {
public:
    Histogram() = default;
    Histogram(const Histogram&) = default;
    Histogram& operator=(const Histogram&) = default;
    /// What is moved from is empty.
    Histogram(Histogram&& other) noexcept { swap(other); }
    Histogram& operator=(Histogram&& other) noexcept
    {
        Histogram taken(std::move(other));
        swap(taken);
        return *this;
    }
    ~Histogram() = default;
    void swap(Histogram& other) noexcept
    {
        std::swap(counts_, other.counts_), std::swap(carries_, other.carries_);
        std::swap(base_, other.base_), std::swap(size_, other.size_);
        std::swap(count_, other.count_), std::swap(sum_, other.sum_);
        std::swap(minimum_, other.minimum_), std::swap(maximum_, other.maximum_);
    }

    /// value >= 0 (aborts otherwise).
    void record(std::int64_t value)
    {
        const auto unsignedValue = static_cast<std::uint64_t>(value);
        const std::uint32_t index = indexOf(unsignedValue);
        if (index - base_ >= size_) [[unlikely]]
            grow(index);
        if (++counts_[index - base_] == 0) [[unlikely]]
            carry(index - base_);
        ++count_;
        sum_ += unsignedValue;
        if (value < minimum_) [[unlikely]]
            minimum_ = value;
        if (value > maximum_) [[unlikely]]
            maximum_ = value;
    }

    /// Equal to having recorded the other's values here.
    void merge(const Histogram& other);
    /// Forgets the values but keeps the memory; touches only the range that was used.
    void clear();

    std::uint64_t count() const { return count_; }
    /// 0 while empty, like minimum and maximum.
    double mean() const;
    /// Unbiased (n - 1), around the exact mean, every value taken for its bucket's middle: good to a thousandth where
    /// the spread is not small against the mean. 0 below two values.
    double variance() const;
    std::int64_t minimum() const { return count_ == 0 ? 0 : minimum_; }
    std::int64_t maximum() const { return maximum_; }

    /// The value that a share `fraction` in 0..1 of the records does not exceed, interpolated inside its bucket; within
    /// 0.5 % of the true order statistic (rank fraction * count, rounded up), exact below 256, and never outside
    /// [minimum, maximum]. 0 while empty.
    double quantile(double fraction) const;
    /// The same for several fractions, which ascend, in one pass: values[i] for fractions[i].
    void quantiles(std::span<const double> fractions, std::span<double> values) const;
    /// As quantile, with 0..100: percentile(99.9).
    double percentile(double percent) const { return quantile(percent / 100); }

    /// Exact at bucket edges; inside a bucket its records count as evenly spread.
    std::uint64_t countAtOrBelow(std::int64_t value) const;
    std::uint64_t countAbove(std::int64_t value) const { return count_ - countAtOrBelow(value); }

    /// Has memory for whatever the other one recorded, so that recording the like allocates nothing.
    void cover(const Histogram& other);

    /// Calls visit(lowerEdge, upperEdge, count) for every non-empty bucket in ascending order; a bucket holds the
    /// values lowerEdge <= value < upperEdge (int64), but the last possible one ends with the type's range.
    template <class Visit> void forEachBucket(Visit visit) const
    {
        if (count_ == 0) return;
        const std::uint32_t last = indexOf(static_cast<std::uint64_t>(maximum_));
        for (std::uint32_t index = indexOf(static_cast<std::uint64_t>(minimum_)); index <= last; ++index) {
            const std::uint64_t count = countOf(index);
            if (count != 0) visit(lowerEdge(index), lowerEdge(index + 1), count);
        }
    }
    /// The first bucket for which it has memory, and what it and those after it count, modulo 2^32.
    std::uint32_t firstBucket() const { return base_; }
    std::span<const std::uint32_t> countsModulo() const { return counts_; }

    /// The same values were recorded, as far as a histogram can tell.
    bool operator==(const Histogram& other) const;

    /// For drawing axes and heat maps: the bucket of a value >= 0, and a bucket's first value.
    static std::uint32_t indexOf(std::uint64_t value)
    {
        const auto shift = static_cast<std::uint32_t>(std::bit_width(value | 128)) - 8;
        return shift * 128 + static_cast<std::uint32_t>(value >> shift);
    }
    static std::int64_t lowerEdge(std::uint32_t index)
    {
        if (index >= buckets) return std::numeric_limits<std::int64_t>::max();
        const std::uint32_t shift = index < 256 ? 0 : index / 128 - 1;
        return static_cast<std::int64_t>(static_cast<std::uint64_t>(index - shift * 128) << shift);
    }
    /// Buckets of all values together.
    static constexpr std::uint32_t buckets = 57 * 128;

private:
    using Wide = detail::Unsigned128;

    /// Where a search by rank stands: everything before the bucket is counted in `below`.
    struct Place {
        std::uint32_t index;
        std::uint64_t below = 0;
    };
    void goOn(Place& place, std::uint64_t rank) const;
    double quantileFrom(Place& place, double fraction) const;
    void grow(std::uint32_t index);
    void carry(std::uint32_t place);
    // Of a bucket within the range.
    std::uint64_t countOf(std::uint32_t index) const
    {
        const std::uint64_t low = counts_[index - base_];
        return carries_.empty() ? low : low + (std::uint64_t{carries_[index - base_]} << 32);
    }

    std::vector<std::uint32_t> counts_;   // a range of whole octaves, the first bucket's index being base_; modulo 2^32:
    std::vector<std::uint32_t> carries_;  // how often each began anew; empty while none did
    std::uint32_t base_ = 0, size_ = 0;
    std::uint64_t count_ = 0;
    Wide sum_ = 0;
    std::int64_t minimum_ = std::numeric_limits<std::int64_t>::max();
    std::int64_t maximum_ = 0;
};

}  // namespace tantrum::engine
