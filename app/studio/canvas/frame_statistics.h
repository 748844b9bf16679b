// How long pictures took to paint: the last thousand, as a median and a 95th percentile.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tantrum::studio {

class FrameStatistics {
public:
    static constexpr std::size_t window = 1000;

    void add(double milliseconds);
    void clear();

    std::size_t count() const { return count_; }  ///< all that were ever added
    double last() const { return last_; }         ///< milliseconds; 0 without samples; the next three NaN
    double median() const { return quantile(0.5); }
    double p95() const { return quantile(0.95); }
    double maximum() const { return quantile(1); }
    /// "600 frames, median 2.31 ms, p95 3.4 ms".
    std::string text() const;

private:
    double quantile(double share) const;

    std::vector<double> times_;
    std::size_t count_ = 0;
    double last_ = 0;
};

}  // namespace tantrum::studio
