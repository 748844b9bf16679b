// The scenario files that come with Tantrum, read, changed and run as the command line does it.
#pragma once

#include "models/scenario/scenario.h"
#include "models/world/results.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tantrum::scenarios {

/// Sorted. `folder` below scenarios/; everything that ends in .yaml, however deep.
std::vector<std::filesystem::path> filesIn(const std::string& folder);
std::string contentOf(const std::filesystem::path& file);

/// A file with changes: `--set path=value`, and expectations of the test's own.
struct Changed {
    std::filesystem::path file;
    std::vector<std::pair<std::string, std::string>> settings{};
    std::vector<std::string> expectations{};  ///< instead of the file's, if any
};
/// Reports every diagnostic and refusal to GoogleTest; nullopt if there was an error.
std::optional<models::scenario::Scenario> read(const Changed& changed);
/// Also checks that requests are conserved and that no guard struck. `mostSeconds` shortens it.
models::Results run(const models::scenario::Scenario& scenario, std::optional<std::uint64_t> seed = {}, double mostSeconds = 1e12);
/// Runs it and reports each expectation that does not hold.
void expectItsClaims(const Changed& changed, std::optional<std::uint64_t> seed = {});

/// The `--set` commands an `about` names in backticks, each with all the settings it gives at once.
std::vector<std::vector<std::pair<std::string, std::string>>> commandsIn(const std::string& about);

/// Sanitizers make everything some twenty times slower.
bool sanitized();

}  // namespace tantrum::scenarios
