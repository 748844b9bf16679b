// Instructions of one unit of each workload, counted by callgrind: they hold on a noisy machine, so a test can gate on
// them.
#pragma once

#include "app/core/expected.h"
#include "tests/bench/workloads.h"

#include <string>
#include <vector>

namespace tantrum::bench {

/// How far a count may be from the recorded one, either way.
inline constexpr double instructionTolerance = 0.05;

struct InstructionReport {
    std::string text;
    bool asRecorded = false;  ///< every count is within the tolerance
};
/// Counts each workload, in processes of their own. With `record` the counts become the recorded ones. Failure: there
/// is no valgrind, or a run failed.
app::Expected<InstructionReport> countInstructions(const std::vector<const Workload*>& chosen, bool record);

/// What is counted: a run of the workload from the start until so many units. Returns how many they were.
app::Expected<std::string> runForCounting(const Workload& workload, std::uint64_t units);

}  // namespace tantrum::bench
