// Timed rounds: in each the hand loop and then every workload, so that whatever slows the machine slows both.
#pragma once

#include "app/core/expected.h"
#include "tests/bench/workloads.h"

#include <string>
#include <vector>

namespace tantrum::bench {

/// Runs `rounds` >= 1 rounds and returns the report, a table or one JSON document.
app::Expected<std::string> runRounds(const std::vector<const Workload*>& chosen, int rounds, bool json);

}  // namespace tantrum::bench
