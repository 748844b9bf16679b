// How sure the latencies of one run are: 95 % confidence intervals by batch means, and the percentiles that the run is
// too short to tell.
//
// The measured part of a run is cut into batches of equal length in time. A mean is the ratio of two sums over batches,
// and so is the share of requests at or below a fixed latency; the spread of the batches around the whole gives the
// standard error of either (batches weigh by their requests: Bischak, Kelton and Pollock, "Weighted batch means for
// confidence intervals in steady-state simulation", Management Science 39, 1993). The interval of a percentile q is
// read from the order statistics between the ranks q - t s and q + t s, s being the standard error of the share at or
// below the percentile (Conover, Practical Nonparametric Statistics, 3.2, with the variance of dependent samples from
// batches as in Chen and Kelton, "Quantile and tolerance-interval estimation in simulation", European Journal of
// Operational Research 168, 2006); t is Student's. 10 to 40 batches: Schmeiser, "Batch size effects in the analysis of
// simulation output", Operations Research 30, 1982. Neighbours that resemble each other are merged (Fishman, "Grouping
// observations in digital simulation", Management Science 24, 1978).
#pragma once

#include "engine/histogram.h"
#include "models/world/results.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tantrum::models {

/// Student's t, two-sided 95 %; infinite for 0 degrees of freedom. Within 2e-5 of the exact value.
double student95(std::size_t degreesOfFreedom);

/// The fewest independent requests with which some order statistic lies above the quantile with probability 97.5 %:
/// the smallest n with quantile^n <= 0.025. Requires 0 < quantile < 1.
std::uint64_t fewestRequestsFor(double quantile);

/// Refuses the percentiles for which there are fewer requests than that: writes `needs`, from the summary's count.
void refuseByNumber(LatencySummary& summary);

/// A ratio of two sums over batches, as batch means see it.
struct BatchedRatio {
    double error = 0;         ///< standard error of the ratio
    std::size_t batches = 0;  ///< after merging; those without requests do not count
    bool correlated = false;  ///< even as few batches as may be still resemble their neighbours
};
/// The standard error of sum(part) / sum(whole) from batches in order of time. Equal lengths are required.
BatchedRatio batchedRatio(std::vector<double> part, std::vector<double> whole);

/// The latencies of one node, batch by batch. It costs nothing but at the end of a batch.
class Batches {
public:
    static constexpr std::size_t most = 40;
    static constexpr std::size_t fewest = 10;

    /// Without distributions there are intervals of the mean alone, at 16 bytes a batch. With them a batch takes
    /// 8 bytes for each of its non-empty histogram buckets (at most 50 KB, commonly under 5 KB).
    explicit Batches(bool distributions) : distributions_(distributions) {}

    /// Ends a batch. `all`: every latency since the measured part of the run began.
    void close(const engine::Histogram& all);

    /// Writes intervals, batches and refusals into a summary of `all`. `disturbed`: the run was not left alone while
    /// it was measured, so that no number of requests would do.
    void judge(const engine::Histogram& all, bool disturbed, LatencySummary& summary) const;

private:
    struct Cell {
        std::uint32_t bucket;
        std::uint32_t count;
    };
    struct Batch {
        double requests = 0, nanoseconds = 0;
        std::vector<Cell> cells;
    };

    void judgeMean(const engine::Histogram& all, LatencySummary& summary) const;
    void judgePercentile(const engine::Histogram& all, LatencySummary& summary, Percentile percentile) const;

    bool distributions_;
    std::vector<Batch> batches_;
    std::uint64_t requestsBefore_ = 0;
    double nanosecondsBefore_ = 0;
    std::vector<std::uint32_t> countsBefore_;  ///< by bucket, modulo 2^32: only differences are used
};

}  // namespace tantrum::models
