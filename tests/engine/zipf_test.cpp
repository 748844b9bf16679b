#include "engine/zipf.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace tantrum::engine {
namespace {

using Method = ZipfDistribution::Method;

const std::vector<double> exponents = {0, 0.5, 0.99, 1, 1.0000001, 1.2, 2, 3.5, 20};

// Against the plain sum, on both sides of the switch to the asymptotic formula.
TEST(Zipf, ProbabilitiesAreTheDefinition)
{
    for (const double exponent : exponents) {
        for (const std::uint64_t items : {1U, 2U, 1000U, 1001U, 100'000U}) {
            const ZipfDistribution zipf(items, exponent, Method::rejectionInversion);
            long double total = 0;
            for (std::uint64_t rank = items; rank > 0; --rank)
                total += std::pow(static_cast<long double>(rank), -exponent);
            for (const std::uint64_t rank : {std::uint64_t{0}, items / 2, items - 1}) {
                const auto wanted =
                    static_cast<double>(std::pow(static_cast<long double>(rank + 1), -exponent) / total);
                EXPECT_NEAR(zipf.probability(rank), wanted, 1e-13 * wanted) << items << " ^ " << exponent;
            }
            EXPECT_EQ(zipf.probability(items), 0);
        }
    }
}

// Chi-square over the ranks that are expected at least 20 times, the rest pooled. Wilson and Hilferty's cube root is
// nearly normal; 6.5 of its deviations are rarer than 1e-9, with room for the approximation.
void expectZipf(std::uint64_t items, double exponent, Method method)
{
    const std::uint64_t number = 400'000;
    const ZipfDistribution zipf(items, exponent, method);
    RandomStream random(9, "zipf", std::to_string(items));
    std::uint64_t cells = 0;
    while (cells < items && cells < 5000 && zipf.probability(cells) * static_cast<double>(number) > 20) ++cells;
    std::vector<std::uint64_t> counts(cells + 1);
    for (std::uint64_t i = 0; i < number; ++i) {
        const std::uint64_t rank = zipf.sample(random);
        ASSERT_LT(rank, items);
        ++counts[std::min(rank, cells)];
    }
    double chiSquare = 0;
    double left = 1;
    double freedom = -1;
    for (std::uint64_t rank = 0; rank <= cells; ++rank) {
        const double probability = rank < cells ? zipf.probability(rank) : left;
        left -= probability;
        const double expected = probability * static_cast<double>(number);
        if (rank == cells && expected < 20) {
            EXPECT_LT(static_cast<double>(counts[rank]), 20 + 6 * std::sqrt(20.0) + 20);
            continue;
        }
        const double distance = static_cast<double>(counts[rank]) - expected;
        chiSquare += distance * distance / expected;
        ++freedom;
    }
    if (freedom < 1) return;
    const double spread = 2 / (9 * freedom);
    EXPECT_LT((std::cbrt(chiSquare / freedom) - (1 - spread)) / std::sqrt(spread), 6.5)
        << items << " items, exponent " << exponent << ", chi-square " << chiSquare << " of " << freedom;
}

TEST(Zipf, AliasTableDrawsTheProbabilities)
{
    for (const double exponent : exponents) {
        for (const std::uint64_t items : {1U, 2U, 3U, 10U, 1000U, 65'536U})
            expectZipf(items, exponent, Method::aliasTable);
    }
}

// The exponents around 1 are the ones where the closed forms cancel.
TEST(Zipf, RejectionInversionDrawsTheProbabilities)
{
    for (const double exponent : exponents) {
        for (const std::uint64_t items : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{3}, std::uint64_t{10},
                                          std::uint64_t{1000}, std::uint64_t{1} << 40}) {
            expectZipf(items, exponent, Method::rejectionInversion);
        }
    }
}

// The table must add up to the law exactly, not only within what a sample sees: every slot's share is accounted.
TEST(Zipf, BothMethodsAgreeFarDownTheRanks)
{
    const ZipfDistribution table(100'000, 0.8, Method::aliasTable);
    const ZipfDistribution rejection(100'000, 0.8, Method::rejectionInversion);
    RandomStream first(1);
    RandomStream second(2);
    double difference = 0;
    double square = 0;
    const int number = 400'000;
    for (int i = 0; i < number; ++i) {
        const double a = static_cast<double>(table.sample(first));
        const double b = static_cast<double>(rejection.sample(second));
        difference += a - b;
        square += (a - b) * (a - b);
    }
    EXPECT_LT(std::fabs(difference), 6 * std::sqrt(square));
}

// A key space may be larger than any table; the sampler needs no memory for it.
TEST(Zipf, HugeKeySpacesNeedNoTable)
{
    const ZipfDistribution zipf(std::uint64_t{1} << 50, 0);
    RandomStream random(3);
    double sum = 0;
    for (int i = 0; i < 100'000; ++i) sum += static_cast<double>(zipf.sample(random)) * 0x1p-50;
    EXPECT_NEAR(sum / 100'000, 0.5, 6 / std::sqrt(12.0 * 100'000));
}

// Every build must repeat these ranks.
TEST(Zipf, DrawsTheSameRanksOnEveryMachine)
{
    std::uint64_t hash = 0;
    for (const double exponent : exponents) {
        for (const Method method : {Method::aliasTable, Method::rejectionInversion}) {
            const ZipfDistribution zipf(10'000, exponent, method);
            RandomStream random(4);
            for (int i = 0; i < 20'000; ++i) {
                hash = (hash ^ zipf.sample(random)) * 0x100000001b3;
                hash ^= hash >> 29;
            }
        }
    }
    EXPECT_EQ(hash, 0xbb1aea56393c3f91U);
}

// Copies share the table and outlive the original.
TEST(Zipf, CopiesOutliveTheOriginal)
{
    ZipfDistribution copy(1, 1);
    {
        const ZipfDistribution original(1000, 1);
        copy = original;
    }
    const ZipfDistribution again(1000, 1);
    RandomStream first(6);
    RandomStream second(6);
    for (int i = 0; i < 1000; ++i) ASSERT_EQ(copy.sample(first), again.sample(second));
    EXPECT_EQ(copy.items(), 1000U);
    EXPECT_EQ(copy.exponent(), 1);
}

TEST(ZipfDeathTest, InvalidArgumentsAbort)
{
    EXPECT_DEATH(ZipfDistribution(0, 1), "items");
    EXPECT_DEATH(ZipfDistribution(10, -1), "exponent");
}

}  // namespace
}  // namespace tantrum::engine
