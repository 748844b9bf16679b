// The scenarios and lessons that come with the program.
#pragma once

#include "app/core/expected.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tantrum::app {

/// Where our own executable stands; empty if the system does not say.
std::filesystem::path executableDirectory();

/// The `scenarios` folder: $TANTRUM_SCENARIOS, or the one next to the executable's build or install tree
/// (…/bin/../scenarios and its parents, …/bin/../share/tantrum/scenarios). Empty if there is none.
std::filesystem::path scenariosDirectory();

struct BundledScenario {
    std::string name;   ///< "retry-storm", "bench/w1"
    std::filesystem::path file;
    std::string title;  ///< its `name:` line; the name where there is none
};
/// library/*.yaml under their plain name, other folders with it ("bench/w1"), sorted by name.
std::vector<BundledScenario> bundledScenarios();

struct BundledLesson {
    std::string name;   ///< "retries/retry-storm"
    std::filesystem::path directory;  ///< holds lesson.md and scenario.yaml
    std::string title;
};
std::vector<BundledLesson> bundledLessons();

/// A path, or a bundled name. Failure: neither, with the nearest name.
Expected<std::filesystem::path> findScenario(const std::string& pathOrName);
/// A bundled name, whole or without its track, or a folder with a lesson.md.
Expected<std::filesystem::path> findLesson(const std::string& pathOrName);

}  // namespace tantrum::app
