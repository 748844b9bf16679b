#include "engine/histogram.h"

#include "engine/ensure.h"

#include <cmath>
#include <numeric>

namespace tantrum::engine {
namespace {
constexpr std::uint32_t octave = 128;  // buckets
}

void Histogram::grow(std::uint32_t index)
{
    ENSURE(index < buckets, "a histogram records values >= 0");
    const std::uint32_t first = index & ~(octave - 1);
    const std::uint32_t newBase = size_ == 0 ? first : std::min(base_, first);
    const std::uint32_t newEnd = size_ == 0 ? first + octave : std::max(base_ + size_, first + octave);
    for (std::vector<std::uint32_t>* const each : {&counts_, &carries_}) {
        if (each == &carries_ && carries_.empty()) continue;
        std::vector<std::uint32_t> grown(newEnd - newBase);
        std::copy(each->begin(), each->end(), grown.begin() + (size_ == 0 ? 0 : base_ - newBase));
        *each = std::move(grown);
    }
    base_ = newBase;
    size_ = newEnd - newBase;
}

void Histogram::carry(std::uint32_t place)
{
    carries_.resize(size_);
    ++carries_[place];
}

void Histogram::merge(const Histogram& other)
{
    if (other.count_ == 0) return;
    const std::uint32_t first = indexOf(static_cast<std::uint64_t>(other.minimum_));
    const std::uint32_t last = indexOf(static_cast<std::uint64_t>(other.maximum_));
    for (const std::uint32_t index : {first, last}) {
        if (index - base_ >= size_) grow(index);
    }
    count_ += other.count_;
    std::uint32_t* const counts = &counts_[first - base_];
    const std::uint32_t* const added = &other.counts_[first - other.base_];
    const std::uint32_t number = last - first + 1;
    if (count_ <= std::numeric_limits<std::uint32_t>::max()) {  // then no bucket has more
        for (std::uint32_t place = 0; place < number; ++place) counts[place] += added[place];
    } else {
        for (std::uint32_t index = first; index <= last; ++index) {
            const std::uint64_t sum = countOf(index) + other.countOf(index);
            counts_[index - base_] = static_cast<std::uint32_t>(sum);
            if (sum >> 32 == 0) continue;
            carries_.resize(size_);
            carries_[index - base_] = static_cast<std::uint32_t>(sum >> 32);
        }
    }
    sum_ += other.sum_;
    minimum_ = std::min(minimum_, other.minimum_);
    maximum_ = std::max(maximum_, other.maximum_);
}

void Histogram::cover(const Histogram& other)
{
    if (other.size_ == 0) return;
    for (const std::uint32_t index : {other.base_, other.base_ + other.size_ - 1}) {
        if (index - base_ >= size_) grow(index);
    }
}

// Octave by octave: pieces so small are cleared by plain stores, larger ones by an instruction that takes long to begin.
void Histogram::clear()
{
    if (count_ == 0) return;
    const std::uint32_t first = (indexOf(static_cast<std::uint64_t>(minimum_)) - base_) / octave;
    const std::uint32_t last = (indexOf(static_cast<std::uint64_t>(maximum_)) - base_) / octave;
    for (std::uint32_t each = first; each <= last; ++each) std::fill_n(&counts_[each * octave], octave, 0);
    carries_.clear();
    count_ = 0;
    sum_ = 0;
    minimum_ = std::numeric_limits<std::int64_t>::max();
    maximum_ = 0;
}

double Histogram::mean() const { return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_); }

double Histogram::variance() const
{
    if (count_ < 2) return 0;
    const double center = mean();
    double sum = 0;
    forEachBucket([&](std::int64_t low, std::int64_t high, std::uint64_t count) {
        const double middle = std::clamp(static_cast<double>(low) + (static_cast<double>(high - low) - 1) / 2,
                                         static_cast<double>(minimum_), static_cast<double>(maximum_));
        sum += static_cast<double>(count) * (middle - center) * (middle - center);
    });
    return sum / static_cast<double>(count_ - 1);
}

// Over whole octaves in strides, which the compiler does several buckets at a time, then bucket by bucket.
void Histogram::goOn(Place& place, std::uint64_t rank) const
{
    const std::uint32_t end = indexOf(static_cast<std::uint64_t>(maximum_));
    while (carries_.empty() && place.index + octave <= end) {
        const std::uint32_t* const counts = &counts_[place.index - base_];
        const std::uint64_t sum = std::accumulate(counts, counts + octave, std::uint64_t{0});
        if (place.below + sum >= rank) break;
        place.below += sum;
        place.index += octave;
    }
    while (place.index < end && place.below + countOf(place.index) < rank) place.below += countOf(place.index++);
}

double Histogram::quantileFrom(Place& place, double fraction) const
{
    if (fraction <= 0) return static_cast<double>(minimum_);
    if (fraction >= 1) return static_cast<double>(maximum_);
    const double rank = std::max(1.0, std::ceil(fraction * static_cast<double>(count_)));
    goOn(place, static_cast<std::uint64_t>(rank));
    const auto inside = static_cast<double>(countOf(place.index));
    const auto low = static_cast<double>(lowerEdge(place.index));
    const auto high = static_cast<double>(lowerEdge(place.index + 1) - 1);
    const double interpolated = low + (high - low) * ((rank - static_cast<double>(place.below) - 0.5) / inside);
    // All records may sit at one edge of a bucket that is 0.8 % wide: keep within half a percent of either edge.
    const double value = std::clamp(interpolated, 0.9951 * high, std::max(0.9951 * high, 1.0049 * low));
    return std::clamp(value, static_cast<double>(minimum_), static_cast<double>(maximum_));
}

double Histogram::quantile(double fraction) const
{
    double value = 0;
    quantiles(std::span(&fraction, 1), std::span(&value, 1));
    return value;
}

void Histogram::quantiles(std::span<const double> fractions, std::span<double> values) const
{
    Place place{count_ == 0 ? 0 : indexOf(static_cast<std::uint64_t>(minimum_))};
    for (std::size_t i = 0; i < fractions.size(); ++i) values[i] = count_ == 0 ? 0 : quantileFrom(place, fractions[i]);
}

std::uint64_t Histogram::countAtOrBelow(std::int64_t value) const
{
    if (count_ == 0 || value < minimum_) return 0;
    if (value >= maximum_) return count_;
    const std::uint32_t index = indexOf(static_cast<std::uint64_t>(value));
    std::uint64_t below = 0;
    for (std::uint32_t i = indexOf(static_cast<std::uint64_t>(minimum_)); i < index; ++i) below += countOf(i);
    const std::int64_t low = lowerEdge(index);
    const double share = static_cast<double>(value - low + 1) / static_cast<double>(lowerEdge(index + 1) - low);
    return below + static_cast<std::uint64_t>(share * static_cast<double>(countOf(index)) + 0.5);
}

bool Histogram::operator==(const Histogram& other) const
{
    if (count_ != other.count_ || sum_ != other.sum_) return false;
    if (minimum_ != other.minimum_ || maximum_ != other.maximum_) return false;
    if (count_ == 0) return true;
    const std::uint32_t first = indexOf(static_cast<std::uint64_t>(minimum_));
    const std::uint32_t last = indexOf(static_cast<std::uint64_t>(maximum_));
    for (std::uint32_t index = first; index <= last; ++index)
        if (countOf(index) != other.countOf(index)) return false;
    return true;
}

}  // namespace tantrum::engine
