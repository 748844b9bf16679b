#include "engine/zipf.h"

#include "engine/ensure.h"
#include "engine/mathematics.h"

#include <utility>

namespace tantrum::engine {

namespace {

constexpr std::uint64_t mostTabulated = std::uint64_t{1} << 20;

// ln(1 + x) / x and (e^x - 1) / x, which are 1 at zero.
double relativeLogarithm(double x) { return x == 0 ? 1 : logarithmOfOnePlus(x) / x; }
double relativeGrowth(double x) { return x == 0 ? 1 : exponentialMinusOne(x) / x; }

}  // namespace

ZipfDistribution::ZipfDistribution(std::uint64_t items, double exponent, Method method)
    : items_(items), exponent_(exponent)
{
    ENSURE(items >= 1 && items <= std::uint64_t{1} << 53, "a Zipf law has 1 to 2^53 items");
    ENSURE(exponent >= 0 && exponent < detail::infinity, "the exponent of a Zipf law is finite and not negative");
    total_ = sumOfDensities();
    if (method == Method::aliasTable || (method == Method::automatic && items <= mostTabulated)) {
        ENSURE(items <= std::uint64_t{1} << 32, "an alias table holds at most 2^32 items");
        buildTable();
        return;
    }
    integralFirst_ = integral(1.5) - 1;
    integralLast_ = integral(static_cast<double>(items) + 0.5);
    sure_ = 2 - integralInverse(integral(2.5) - density(2));
}

double ZipfDistribution::probability(std::uint64_t rank) const
{
    return rank < items_ ? density(static_cast<double>(rank) + 1) / total_ : 0;
}

double ZipfDistribution::density(double x) const { return exponentialOf(-exponent_ * naturalLogarithm(x)); }

// The integral of the density from 1 to x, (x^(1-s) - 1) / (1 - s), in a form that holds at s = 1 too.
double ZipfDistribution::integral(double x) const
{
    const double logarithm = naturalLogarithm(x);
    return relativeGrowth((1 - exponent_) * logarithm) * logarithm;
}

double ZipfDistribution::integralInverse(double y) const
{
    const double growth = y * (1 - exponent_);
    // Rounding may step past the pole at -1.
    if (growth <= -1) return detail::infinity;
    // The careful form is needed near s = 1 only, and it takes twice the time.
    const bool nearOne = exponent_ > 0.999 && exponent_ < 1.001;
    return exponentialOf(nearOne ? relativeLogarithm(growth) * y : naturalLogarithm(1 + growth) / (1 - exponent_));
}

// Term by term up to a thousand, then Euler and Maclaurin: integral, ends, and two derivatives at the ends.
double ZipfDistribution::sumOfDensities() const
{
    constexpr std::uint64_t direct = 1000;
    const std::uint64_t head = items_ < direct ? items_ : direct;
    double sum = 0;
    for (std::uint64_t rank = head; rank > 0; --rank) sum += density(static_cast<double>(rank));
    if (head == items_) return sum;
    const double first = static_cast<double>(head);
    const double last = static_cast<double>(items_);
    const auto correction = [this](double x) {
        const double s = exponent_;
        const double slope = s / (12 * x);
        return density(x) * slope * (1 - (s + 1) * (s + 2) / (60 * x * x));
    };
    const double span = naturalLogarithm(last / first);
    const double area = density(first) * first * span * relativeGrowth((1 - exponent_) * span);
    const double ends = 0.5 * (density(last) - density(first));
    return sum + (area + ends + correction(first) - correction(last));
}

// Vose: every slot holds the average share; a poor rank's slot is filled up by a rich rank.
void ZipfDistribution::buildTable()
{
    const double scale = static_cast<double>(items_) / total_;
    std::vector<double> shares(items_);
    for (std::uint64_t rank = 0; rank < items_; ++rank) shares[rank] = density(static_cast<double>(rank) + 1) * scale;
    constexpr std::uint32_t whole = 0xffffffff;
    auto table = std::make_shared<std::vector<Slot>>(items_);
    for (std::uint64_t rank = 0; rank < items_; ++rank) (*table)[rank] = {whole, static_cast<std::uint32_t>(rank)};
    // Shares fall with the rank, so the rich are a head of the ranks and the poor a tail: no worklists are needed.
    std::uint64_t rich = 0;
    std::uint64_t poor = items_;
    while (poor > 0 && shares[poor - 1] < 1) --poor;
    const std::uint64_t endOfRich = poor;
    std::uint64_t current = poor;
    while (rich < endOfRich && poor < items_) {
        (*table)[current] = {static_cast<std::uint32_t>(shares[current] * 0x1p32), static_cast<std::uint32_t>(rich)};
        shares[rich] -= 1 - shares[current];
        // A rich rank that has become poor itself is served next, by the next rich one.
        current = shares[rich] < 1 ? rich++ : ++poor;
    }
    // What rounding leaves over keeps its whole slot.
    slots_ = table->data();
    table_ = std::move(table);
}

std::uint64_t ZipfDistribution::sampleByRejection(RandomStream& random) const
{
    const double last = static_cast<double>(items_);
    while (true) {
        const double y = integralLast_ + random.uniform() * (integralFirst_ - integralLast_);
        const double x = integralInverse(y);
        // Rounding may leave the range at either end.
        const double rank = x < 1 ? 1 : x < last ? static_cast<double>(static_cast<std::int64_t>(x + 0.5)) : last;
        if (rank - x <= sure_ || y >= integral(rank + 0.5) - density(rank)) return static_cast<std::uint64_t>(rank) - 1;
    }
}

}  // namespace tantrum::engine
