#include "engine/distribution.h"
#include "engine/histogram.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <vector>

namespace tantrum::engine {
namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

// Values over the whole range: every octave equally likely.
std::int64_t anyValue(RandomStream& random)
{
    const auto octave = random.below(63);
    return static_cast<std::int64_t>(random.next() >> (1 + octave));
}

// Of the bucket in which the value lies.
std::uint64_t countIn(const Histogram& histogram, std::int64_t value)
{
    std::uint64_t found = 0;
    histogram.forEachBucket([&](std::int64_t low, std::int64_t high, std::uint64_t count) {
        if (low <= value && value < high) found = count;
    });
    return found;
}

double orderStatistic(const std::vector<std::int64_t>& sorted, double fraction)
{
    const double rank = std::max(1.0, std::ceil(fraction * static_cast<double>(sorted.size())));
    return static_cast<double>(sorted[static_cast<std::size_t>(rank) - 1]);
}

void expectPercentilesWithin(const std::vector<std::int64_t>& values, double tolerance)
{
    Histogram histogram;
    for (const std::int64_t value : values) histogram.record(value);
    std::vector<std::int64_t> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    for (double fraction = 0; fraction <= 1; fraction += 1.0 / 512) {
        const double wanted = orderStatistic(sorted, fraction);
        EXPECT_NEAR(histogram.quantile(fraction), wanted, tolerance * wanted) << fraction;
        EXPECT_GE(histogram.quantile(fraction), static_cast<double>(sorted.front()));
        EXPECT_LE(histogram.quantile(fraction), static_cast<double>(sorted.back()));
    }
    EXPECT_EQ(histogram.percentile(50), histogram.quantile(0.5));
}

// Buckets must tile the line: everything else rests on it.
TEST(Histogram, BucketsTileTheWholeRange)
{
    EXPECT_EQ(Histogram::lowerEdge(0), 0);
    for (std::uint32_t index = 0; index + 1 < Histogram::buckets; ++index) {
        const auto low = static_cast<std::uint64_t>(Histogram::lowerEdge(index));
        const auto high = static_cast<std::uint64_t>(Histogram::lowerEdge(index + 1));
        ASSERT_LT(low, high);
        ASSERT_EQ(Histogram::indexOf(low), index);
        ASSERT_EQ(Histogram::indexOf(high - 1), index);
        ASSERT_LE(high - low, std::max<std::uint64_t>(1, low / 128));
    }
    EXPECT_EQ(Histogram::indexOf(static_cast<std::uint64_t>(largest)), Histogram::buckets - 1);
}

// What a user reads first, with a smooth law.
TEST(Histogram, PercentilesOfASmoothLawAreWithinHalfAPercent)
{
    RandomStream random(1);
    const Distribution law = Distribution::lognormal(2e6, 1.5);
    std::vector<std::int64_t> values;
    for (int i = 0; i < 100'000; ++i) values.push_back(law.sample(random).count());
    expectPercentilesWithin(values, 0.005);
}

// The worst case for interpolation: every bucket's records pile up at one of its edges.
TEST(Histogram, PercentilesOfAdversarialValuesAreWithinHalfAPercent)
{
    for (const bool atTop : {false, true}) {
        std::vector<std::int64_t> values;
        for (std::uint32_t index = 1000; index < 1300; ++index) {
            const std::int64_t value = atTop ? Histogram::lowerEdge(index + 1) - 1 : Histogram::lowerEdge(index);
            values.insert(values.end(), 20, value);
        }
        expectPercentilesWithin(values, 0.005);
    }
}

// Any magnitude, and few values.
TEST(Histogram, PercentilesHoldAtEveryMagnitudeAndSize)
{
    RandomStream random(2);
    for (const int size : {1, 2, 3, 10, 1000}) {
        std::vector<std::int64_t> values;
        for (int i = 0; i < size; ++i) values.push_back(anyValue(random));
        expectPercentilesWithin(values, 0.005);
    }
}

// Small counts (queue lengths, attempts) are recorded too.
TEST(Histogram, ValuesBelow256AreExact)
{
    RandomStream random(3);
    std::vector<std::int64_t> values;
    for (int i = 0; i < 5000; ++i) values.push_back(static_cast<std::int64_t>(random.below(256)));
    expectPercentilesWithin(values, 0);
}

// Constant services are common, and their percentiles must not wander inside a bucket.
TEST(Histogram, OneRepeatedValueIsExactEverywhere)
{
    Histogram histogram;
    for (int i = 0; i < 1000; ++i) histogram.record(1'234'567);
    EXPECT_EQ(histogram.percentile(0), 1'234'567);
    EXPECT_EQ(histogram.percentile(50), 1'234'567);
    EXPECT_EQ(histogram.percentile(99.9), 1'234'567);
    EXPECT_EQ(histogram.mean(), 1'234'567);
    EXPECT_EQ(histogram.variance(), 0);
}

// An unused histogram is shown as well, and asks for nothing.
TEST(Histogram, EmptyHistogramAnswersZero)
{
    const Histogram histogram;
    EXPECT_EQ(histogram.count(), 0U);
    EXPECT_EQ(histogram.mean(), 0);
    EXPECT_EQ(histogram.variance(), 0);
    EXPECT_EQ(histogram.minimum(), 0);
    EXPECT_EQ(histogram.maximum(), 0);
    EXPECT_EQ(histogram.percentile(99), 0);
    EXPECT_EQ(histogram.countAbove(0), 0U);
    histogram.forEachBucket([](std::int64_t, std::int64_t, std::uint64_t) { FAIL(); });
    EXPECT_TRUE(histogram == Histogram{});
}

// The mean does not suffer from the buckets, and theory tests rely on it; the variance hardly does.
TEST(Histogram, MeanIsExactAndVarianceNearlySo)
{
    RandomStream random(4);
    Histogram histogram;
    long double sum = 0;
    std::vector<std::int64_t> values;
    for (int i = 0; i < 50'000; ++i) {
        values.push_back(static_cast<std::int64_t>(random.exponential() * 1e9));
        histogram.record(values.back());
        sum += static_cast<long double>(values.back());
    }
    const long double mean = sum / 50'000;
    long double squares = 0;
    for (const std::int64_t value : values)
        squares += (static_cast<long double>(value) - mean) * (static_cast<long double>(value) - mean);
    EXPECT_EQ(histogram.mean(), static_cast<double>(mean));
    EXPECT_NEAR(histogram.variance() / static_cast<double>(squares / 49'999), 1, 1e-3);
}

// Windows are joined into totals, threads into one result; the order must not matter.
TEST(Histogram, MergingEqualsRecordingJointly)
{
    RandomStream random(5);
    for (int round = 0; round < 20; ++round) {
        std::vector<Histogram> parts(4);
        Histogram joint;
        for (int i = 0; i < 2000; ++i) {
            // Part 0 is wide, the others narrow and apart, so that ranges grow in both directions; part 3 stays empty.
            const auto part = static_cast<std::size_t>(random.below(3));
            const std::int64_t value =
                part == 0 ? anyValue(random) >> 20
                          : static_cast<std::int64_t>((part == 1 ? 300 : 5'000'000) + random.below(1000));
            parts[part].record(value);
            joint.record(value);
        }
        Histogram forwards;
        for (const Histogram& part : parts) forwards.merge(part);
        Histogram backwards;
        for (std::size_t i = parts.size(); i-- > 0;) backwards.merge(parts[i]);
        EXPECT_TRUE(forwards == joint);
        EXPECT_TRUE(backwards == joint);
        EXPECT_EQ(forwards.variance(), joint.variance());
        EXPECT_EQ(forwards.percentile(99), joint.percentile(99));
    }
}

// Windows are reused: nothing of the last one may shine through.
TEST(Histogram, ClearedHistogramEqualsAFreshOne)
{
    RandomStream random(6);
    Histogram reused;
    for (int round = 0; round < 50; ++round) {
        reused.clear();
        Histogram fresh;
        for (std::uint64_t i = random.below(100); i > 0; --i) {
            const std::int64_t value = anyValue(random);
            reused.record(value);
            fresh.record(value);
        }
        ASSERT_TRUE(reused == fresh);
        ASSERT_TRUE(fresh == reused);
        std::uint64_t total = 0;
        reused.forEachBucket([&](std::int64_t, std::int64_t, std::uint64_t count) { total += count; });
        ASSERT_EQ(total, fresh.count());
    }
}

// Fingerprints compare histograms: any single value must show.
TEST(Histogram, DifferentValuesAreUnequal)
{
    Histogram first;
    Histogram second;
    first.record(1'000'000);
    EXPECT_FALSE(first == second);
    second.record(1'000'001);
    EXPECT_FALSE(first == second);
}

// Objectives ("99 % below 200 ms") ask for counts on either side of a bound.
TEST(Histogram, CountsOnEitherSideOfABoundAreExactAtEdgesAndCloseInside)
{
    RandomStream random(7);
    Histogram histogram;
    std::vector<std::int64_t> values;
    for (int i = 0; i < 50'000; ++i) {
        values.push_back(static_cast<std::int64_t>(random.below(1'000'000)));
        histogram.record(values.back());
    }
    for (std::int64_t bound = 0; bound < 1'000'000; bound += 12'345) {
        const auto wanted = std::count_if(values.begin(), values.end(), [bound](std::int64_t v) { return v <= bound; });
        const auto got = static_cast<double>(histogram.countAtOrBelow(bound));
        EXPECT_NEAR(got, static_cast<double>(wanted), 60);
        EXPECT_EQ(histogram.countAtOrBelow(bound) + histogram.countAbove(bound), 50'000U);
        const std::int64_t edge = Histogram::lowerEdge(Histogram::indexOf(static_cast<std::uint64_t>(bound)));
        const auto below = std::count_if(values.begin(), values.end(), [edge](std::int64_t v) { return v < edge; });
        EXPECT_EQ(histogram.countAtOrBelow(edge - 1), static_cast<std::uint64_t>(below));
    }
    EXPECT_EQ(histogram.countAtOrBelow(-5), 0U);
    EXPECT_EQ(histogram.countAbove(largest), 0U);
}

// Heat maps and exports walk the buckets: ascending, non-empty, containing what was recorded.
TEST(Histogram, BucketsAreVisitedInOrderAndContainTheirValues)
{
    Histogram histogram;
    for (const std::int64_t value :
         {std::int64_t{0}, std::int64_t{255}, std::int64_t{1'000'000}, std::int64_t{1'000'000}, largest}) {
        histogram.record(value);
    }
    std::vector<std::uint64_t> counts;
    std::int64_t previous = -1;
    histogram.forEachBucket([&](std::int64_t low, std::int64_t high, std::uint64_t count) {
        EXPECT_GT(low, previous);
        EXPECT_GT(high, low);
        previous = low;
        counts.push_back(count);
        EXPECT_EQ(count == 2, low <= 1'000'000 && 1'000'000 < high);
    });
    EXPECT_EQ(counts, (std::vector<std::uint64_t>{1, 1, 2, 1}));
    EXPECT_EQ(histogram.maximum(), largest);
}

TEST(HistogramDeathTest, NegativeValuesAbort)
{
    Histogram histogram;
    EXPECT_DEATH(histogram.record(-1), ">= 0");
}

// A run of a day may bring one bucket more than 2^32 records, which is what a count has room for.
TEST(Histogram, BucketsCountBeyondThirtyTwoBits)
{
    Histogram histogram;
    histogram.record(1'000);
    for (int doubling = 0; doubling < 33; ++doubling) histogram.merge(Histogram(histogram));
    histogram.record(5);
    histogram.record(1'000'000);
    constexpr std::uint64_t many = std::uint64_t{1} << 33;
    EXPECT_EQ(countIn(histogram, 1'000), many);
    EXPECT_EQ(histogram.countAtOrBelow(999'999), many + 1);
    EXPECT_EQ(histogram.count(), many + 2);
    EXPECT_NEAR(histogram.quantile(0.5), 1'000, 5);
    Histogram copy;
    copy.record(1'000);
    copy.merge(histogram);
    EXPECT_EQ(countIn(copy, 1'000), many + 1);
    EXPECT_FALSE(copy == histogram);
    histogram.record(1'000);
    EXPECT_TRUE(copy == histogram);
    copy.clear();
    copy.record(1'000);
    EXPECT_EQ(countIn(copy, 1'000), 1);
}

// One record at a time meets the carry, too.
TEST(Histogram, OneRecordMoreThanThirtyTwoBitsIsNotLost)
{
    constexpr std::uint64_t most = (std::uint64_t{1} << 32) - 1;
    Histogram histogram, addition;
    addition.record(7);
    for (std::uint64_t left = most; left > 0; left >>= 1) {
        if (left & 1) histogram.merge(addition);
        addition.merge(Histogram(addition));
    }
    ASSERT_EQ(countIn(histogram, 7), most);
    histogram.record(7);
    EXPECT_EQ(countIn(histogram, 7), most + 1);
    EXPECT_EQ(histogram.countAbove(7), 0);
    histogram.record(std::int64_t{1} << 40);  // and the range grows
    EXPECT_EQ(countIn(histogram, 7), most + 1);
    EXPECT_EQ(countIn(Histogram(std::move(histogram)), 7), most + 1);
}

}  // namespace
}  // namespace tantrum::engine
