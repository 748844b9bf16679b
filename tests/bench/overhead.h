// What is paid beside the run itself: pictures, results on disk, starting the program.
#pragma once

#include "app/core/expected.h"
#include "tests/bench/figures.h"

#include <vector>

namespace tantrum::bench {

/// Medians over `rounds` interleaved rounds; start-up over 15 starts of the `tantrum` program.
app::Expected<std::vector<Figure>> measureOverhead(int rounds);

}  // namespace tantrum::bench
