// Numbers kept in files next to the scenario: `empirical(latencies.csv)`, `trace(arrivals.csv)`.
#pragma once

#include "engine/distribution.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tantrum::models::scenario {

/// What a distribution is a distribution of.
enum class Measure : std::uint8_t { time, bytes, count };

/// Reads each file once. Only regular files inside the directory, after resolving links; at most 256 MiB and
/// 20 million values altogether, so that a scenario cannot eat the machine by naming many of them.
class DataFiles {
public:
    /// Empty: no file is available.
    explicit DataFiles(std::filesystem::path directory) : directory_(std::move(directory)) {}

    struct Problem {
        std::string message;
        std::string hint;
    };
    /// One value a line (the first column); a plain number is in seconds, bytes or counts, a unit may be given. At most
    /// 1,000,000 values, 16 MiB.
    std::optional<engine::Distribution> empirical(std::string_view name, Measure, Problem&);
    /// Ascending nanoseconds since the start, from seconds (or with units). At most 10,000,000 values, 256 MiB.
    std::shared_ptr<const std::vector<engine::Duration>> instants(std::string_view name, Problem&);

private:
    struct Limits {
        std::size_t values;
        std::size_t bytes;
    };
    std::optional<std::filesystem::path> find(std::string_view name, std::size_t mostBytes, Problem&) const;
    std::optional<std::vector<double>> numbers(std::string_view name, Measure, Limits, Problem&);

    std::filesystem::path directory_;
    std::map<std::pair<std::string, Measure>, engine::Distribution> laws_;
    std::map<std::string, std::shared_ptr<const std::vector<engine::Duration>>> traces_;
    std::size_t values_ = 0;
};

}  // namespace tantrum::models::scenario
