// What the bench times with, and how it sums up.
#pragma once

#include <algorithm>
#include <chrono>
#include <ctime>
#include <vector>

namespace tantrum::bench {

/// CPU time of this process: what others do on the machine counts only through the caches they empty.
inline double cpuSeconds()
{
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}
inline double wallSeconds()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Of at least one value; of an even number the mean of the two in the middle.
inline double medianOf(std::vector<double> values)
{
    const std::size_t half = values.size() / 2;
    std::sort(values.begin(), values.end());
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

}  // namespace tantrum::bench
