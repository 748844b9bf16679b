#include "models/world/batches.h"

#include "engine/mathematics.h"
#include "models/world/view.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace tantrum::models {
namespace {

constexpr double notAboveWithProbability = 0.025;
/// Batches that differ by less are equal: where all latencies are the same there is nothing but rounding.
constexpr double rounding = 1e-12;
/// One-sided 5 %: how much neighbours may resemble each other before they are merged.
constexpr double resemblance = 1.644853627;
/// How much of what lies above a percentile its interval may take up. At the edge of the sample (1) the standard error
/// rests on so few requests that one run in ten would state an interval that misses; at half of it one in twenty does.
constexpr double mostOfTheTail = 0.5;

double sumOf(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

void mergePairs(std::vector<double>& values)
{
    const std::size_t half = values.size() / 2;
    for (std::size_t index = 0; index < half; ++index) values[index] = values[2 * index] + values[2 * index + 1];
    if (values.size() % 2 == 1) values[half - 1] += values.back();
    values.resize(half);
}

// Von Neumann's ratio of the mean square successive difference to the variance, as the estimate of the correlation of
// neighbours that Fishman uses: C = 1 - sum of squared differences / (2 * sum of squares). For k independent normal
// values it has mean 0 and variance (k - 2) / (k^2 - 1).
bool neighboursResemble(const std::vector<double>& deviations)
{
    double squares = 0, differences = 0;
    for (std::size_t index = 0; index < deviations.size(); ++index) {
        squares += deviations[index] * deviations[index];
        if (index == 0) continue;
        const double difference = deviations[index] - deviations[index - 1];
        differences += difference * difference;
    }
    if (!(squares > 0)) return false;
    const auto number = static_cast<double>(deviations.size());
    return (1 - differences / (2 * squares)) > resemblance * std::sqrt((number - 2) / (number * number - 1));
}

}  // namespace

double student95(std::size_t degreesOfFreedom)
{
    static constexpr std::array<double, 30> exact{
        12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157, 2.228139,
        2.200985,  2.178813, 2.160369, 2.144787, 2.131450, 2.119905, 2.109816, 2.100922, 2.093024, 2.085963,
        2.079614,  2.073873, 2.068658, 2.063899, 2.059539, 2.055529, 2.051831, 2.048407, 2.045230, 2.042272};
    if (degreesOfFreedom == 0) return std::numeric_limits<double>::infinity();
    if (degreesOfFreedom <= exact.size()) return exact[degreesOfFreedom - 1];
    // Cornish and Fisher's expansion around the normal law (Abramowitz and Stegun 26.7.5).
    constexpr double z = 1.959963985, z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z;
    const auto n = static_cast<double>(degreesOfFreedom);
    return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n) +
           (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n * n * n);
}

std::uint64_t fewestRequestsFor(double quantile)
{
    return static_cast<std::uint64_t>(
        std::ceil(engine::naturalLogarithm(notAboveWithProbability) / engine::naturalLogarithm(quantile)));
}

void refuseByNumber(LatencySummary& summary)
{
    if (summary.count == 0) return;
    for (std::size_t index = 0; index < percentileCount; ++index) {
        const std::uint64_t fewest = fewestRequestsFor(quantiles[index]);
        summary.needs[index] = summary.count < fewest ? fewest : 0;
    }
}

BatchedRatio batchedRatio(std::vector<double> part, std::vector<double> whole)
{
    const double all = sumOf(whole);
    const double ratio = sumOf(part) / all;
    BatchedRatio result;
    for (;;) {
        std::vector<double> deviations;
        double squares = 0;
        for (std::size_t index = 0; index < part.size(); ++index) {
            if (whole[index] <= 0) continue;
            const double deviation = part[index] - ratio * whole[index];
            deviations.push_back(std::abs(deviation) > rounding * part[index] ? deviation : 0);
            squares += deviations.back() * deviations.back();
        }
        result.batches = deviations.size();
        if (result.batches < Batches::fewest) return result;
        const auto number = static_cast<double>(result.batches);
        result.error = std::sqrt(squares * number / (number - 1)) / all;
        result.correlated = neighboursResemble(deviations);
        if (!result.correlated || part.size() / 2 < Batches::fewest) return result;
        std::vector<double> fewerParts = part, fewerWholes = whole;
        mergePairs(fewerParts);
        mergePairs(fewerWholes);
        const auto kept =
            std::count_if(fewerWholes.begin(), fewerWholes.end(), [](double requests) { return requests > 0; });
        if (static_cast<std::size_t>(kept) < Batches::fewest) return result;
        part = std::move(fewerParts);
        whole = std::move(fewerWholes);
    }
}

void Batches::close(const engine::Histogram& all)
{
    if (batches_.empty()) batches_.reserve(most);
    Batch batch;
    const double nanoseconds = all.mean() * static_cast<double>(all.count());
    batch.requests = static_cast<double>(all.count() - requestsBefore_);
    batch.nanoseconds = nanoseconds - nanosecondsBefore_;
    if (distributions_ && all.count() > requestsBefore_) {
        const std::span<const std::uint32_t> counts = all.countsModulo();
        const std::uint32_t first = all.firstBucket();
        if (first + counts.size() > countsBefore_.size()) countsBefore_.resize(first + counts.size());
        std::uint32_t* const before = &countsBefore_[first];
        std::size_t cells = 0;
        for (std::size_t place = 0; place < counts.size(); ++place) cells += counts[place] != before[place];
        batch.cells.resize(cells);
        Cell* cell = batch.cells.data();
        for (std::size_t place = 0; place < counts.size(); ++place) {
            if (counts[place] == before[place]) continue;
            *cell++ = {first + static_cast<std::uint32_t>(place), counts[place] - before[place]};
            before[place] = counts[place];
        }
    }
    requestsBefore_ = all.count();
    nanosecondsBefore_ = nanoseconds;
    batches_.push_back(std::move(batch));
}

void Batches::judgeMean(const engine::Histogram& all, LatencySummary& summary) const
{
    std::vector<double> part, whole;
    for (const Batch& batch : batches_) {
        part.push_back(batch.nanoseconds);
        whole.push_back(batch.requests);
    }
    const BatchedRatio ratio = batchedRatio(std::move(part), std::move(whole));
    if (ratio.batches < fewest) return;
    const double half = student95(ratio.batches - 1) * ratio.error;
    summary.meanInterval = {std::max(0.0, all.mean() - half) * 1e-9, (all.mean() + half) * 1e-9};
    summary.batches = ratio.batches;
    summary.correlated = ratio.correlated;
}

void Batches::judgePercentile(const engine::Histogram& all, LatencySummary& summary, Percentile percentile) const
{
    const double quantile = quantiles[static_cast<std::size_t>(percentile)];
    const auto number = static_cast<double>(all.count());
    std::uint64_t& needs = summary.needs[static_cast<std::size_t>(percentile)];
    const std::uint32_t at = engine::Histogram::indexOf(static_cast<std::uint64_t>(all.quantile(quantile)));
    std::vector<double> part, whole;
    for (const Batch& batch : batches_) {
        double below = 0;
        for (const Cell& cell : batch.cells)
            if (cell.bucket <= at) below += cell.count;
        part.push_back(below);
        whole.push_back(batch.requests);
    }
    const BatchedRatio ratio = batchedRatio(std::move(part), std::move(whole));
    const double half = student95(ratio.batches - 1) * ratio.error;
    summary.batches = std::min(summary.batches, ratio.batches);
    summary.correlated |= ratio.correlated;
    const double share = half / (mostOfTheTail * (1 - quantile));
    const bool reachesTheEnd = share > 1 || (quantile + half) * number > number - 1;
    if (!reachesTheEnd && needs == 0) {
        summary.intervals[static_cast<std::size_t>(percentile)] = {all.quantile(quantile - half) * 1e-9,
                                                                   all.quantile(quantile + half) * 1e-9};
    } else if (reachesTheEnd && !summary.disturbed && !ratio.correlated) {
        needs = std::max({needs, all.count() + 1, static_cast<std::uint64_t>(std::ceil(number * share * share))});
    }
}

void Batches::judge(const engine::Histogram& all, bool disturbed, LatencySummary& summary) const
{
    if (all.count() == 0) return;
    summary.disturbed = disturbed;
    refuseByNumber(summary);
    judgeMean(all, summary);
    if (summary.batches == 0 || !distributions_) return;
    for (const Percentile percentile : percentiles) judgePercentile(all, summary, percentile);
}

}  // namespace tantrum::models
