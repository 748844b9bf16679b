// From text to a Scenario, or to all the reasons why not.
#pragma once

#include "models/scenario/scenario.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tantrum::models::scenario {

/// What a scenario may at most contain.
inline constexpr std::size_t mostNodes = 20'000;
inline constexpr std::size_t mostLinks = 100'000;
inline constexpr std::size_t mostWildcardLinks = 1'000;
inline constexpr std::size_t mostTimelineEntries = 100'000;
inline constexpr std::size_t mostExpectations = 1'000;

struct ReadOptions {
    /// Where `empirical(file.csv)` and `trace(file.csv)` are looked for: inside this directory, never above it. Empty:
    /// such files are refused.
    std::filesystem::path directory;
};

struct ReadResult {
    std::optional<Scenario> scenario;     ///< present exactly when there are no errors
    std::vector<Diagnostic> diagnostics;  ///< sorted, warnings included, at most 200
};

/// Never throws; ends quickly whatever the text. `fileName` is for messages. The catalogue has to outlive the scenario.
ReadResult read(std::string text, std::string fileName, const Catalogue&, const ReadOptions& = {});
/// Reads a file; files it names are looked for in its directory.
ReadResult readFile(const std::filesystem::path& path, const Catalogue&);

}  // namespace tantrum::models::scenario
