#include "app/studio/canvas/frame_statistics.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

namespace tantrum::studio {

void FrameStatistics::add(double milliseconds)
{
    if (times_.size() < window)
        times_.push_back(milliseconds);
    else
        times_[count_ % window] = milliseconds;
    ++count_;
    last_ = milliseconds;
}

void FrameStatistics::clear() { *this = {}; }

double FrameStatistics::quantile(double share) const
{
    if (times_.empty()) return std::numeric_limits<double>::quiet_NaN();
    std::vector<double> sorted = times_;
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
    const auto index = static_cast<std::ptrdiff_t>(rank > 0 ? rank - 1 : 0);
    std::nth_element(sorted.begin(), sorted.begin() + index, sorted.end());
    return sorted[static_cast<std::size_t>(index)];
}

std::string FrameStatistics::text() const
{
    char line[128];
    std::snprintf(line, sizeof line, "%zu frames, median %.2f ms, p95 %.2f ms", count_, median(), p95());
    return line;
}

}  // namespace tantrum::studio
