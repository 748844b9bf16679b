// The processor time of this process, which other programs on the machine do not add to.
#pragma once

#include <ctime>

namespace tantrum::app {

/// Of all threads together, in seconds.
inline double processorSeconds()
{
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace tantrum::app
