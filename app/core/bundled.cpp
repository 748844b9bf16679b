#include "app/core/bundled.h"

#include "models/scenario/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace tantrum::app {

namespace fs = std::filesystem;

namespace {

// Titles are read from the head of the file: a listing has no need of the whole reader, and must not fail on one file.
std::string headline(const fs::path& file, std::string_view start)
{
    constexpr int linesLooked = 40;
    std::ifstream in{file};
    std::string line;
    for (int count = 0; count < linesLooked && std::getline(in, line); ++count) {
        if (!line.starts_with(start)) continue;
        std::string title = line.substr(start.size());
        title.erase(0, title.find_first_not_of(" \t"));
        title.erase(title.find_last_not_of(" \t\r") + 1);
        if (title.size() >= 2 && (title.front() == '"' || title.front() == '\'') && title.back() == title.front())
            title = title.substr(1, title.size() - 2);
        return title;
    }
    return {};
}

bool isScenarioFile(const fs::path& path) { return path.extension() == ".yaml" || path.extension() == ".yml"; }

template <class Entry> void sortByName(std::vector<Entry>& entries)
{
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
}

template <class Visit> void forEachBelow(const fs::path& root, Visit visit)
{
    std::error_code error;
    for (auto entry = fs::recursive_directory_iterator{root, error}; !error && entry != fs::recursive_directory_iterator{}; entry.increment(error))
        if (entry->is_regular_file(error)) visit(entry->path());
}

template <class Entry> std::string hintFor(const std::string& name, const std::vector<Entry>& entries, const char* listing)
{
    std::vector<std::string_view> names;
    for (const auto& entry : entries) names.push_back(entry.name);
    const auto near = models::scenario::nearest(name, names);
    return near.empty() ? fmt::format("`{}` shows what there is", listing) : fmt::format("did you mean '{}'?", near);
}

}  // namespace

fs::path executableDirectory()
{
    std::error_code error;
    const auto self = fs::read_symlink("/proc/self/exe", error);
    return error ? fs::path{} : self.parent_path();
}

fs::path scenariosDirectory()
{
    std::error_code error;
    if (const char* given = std::getenv("TANTRUM_SCENARIOS"); given && given[0] != '\0') return given;
    fs::path directory = executableDirectory();
    if (directory.empty()) return {};
    if (const auto installed = directory.parent_path() / "share/tantrum/scenarios"; fs::is_directory(installed, error)) return installed;
    constexpr int levels = 5;  // build/release/bin of a source tree, with room to spare
    for (int level = 0; level < levels; ++level, directory = directory.parent_path())
        if (const auto candidate = directory / "scenarios"; fs::is_directory(candidate / "library", error)) return candidate;
    return {};
}

std::vector<BundledScenario> bundledScenarios()
{
    std::vector<BundledScenario> found;
    const fs::path root = scenariosDirectory();
    if (root.empty()) return found;
    forEachBelow(root, [&](const fs::path& file) {
        if (!isScenarioFile(file)) return;
        fs::path relative = file.lexically_relative(root);
        if (*relative.begin() == "lessons") return;
        if (*relative.begin() == "library") relative = relative.lexically_relative("library");
        const std::string name = relative.replace_extension().generic_string();
        const std::string title = headline(file, "name:");
        found.push_back({name, file, title.empty() ? name : title});
    });
    sortByName(found);
    return found;
}

std::vector<BundledLesson> bundledLessons()
{
    std::vector<BundledLesson> found;
    const fs::path root = scenariosDirectory() / "lessons";
    forEachBelow(root, [&](const fs::path& file) {
        if (file.filename() != "lesson.md") return;
        const fs::path directory = file.parent_path();
        const std::string name = directory.lexically_relative(root).generic_string(), title = headline(file, "# ");
        found.push_back({name, directory, title.empty() ? name : title});
    });
    sortByName(found);
    return found;
}

Expected<fs::path> findScenario(const std::string& pathOrName)
{
    std::error_code error;
    // What looks like a path is one; the reader says what is wrong with it.
    if (fs::exists(pathOrName, error) || isScenarioFile(pathOrName)) return fs::path{pathOrName};
    const auto bundled = bundledScenarios();
    for (const auto& scenario : bundled)
        if (scenario.name == pathOrName) return scenario.file;
    if (const fs::path lesson = scenariosDirectory() / "lessons" / pathOrName / "scenario.yaml"; fs::exists(lesson, error)) return lesson;
    return Failure{fmt::format("there is no scenario {}: neither a file nor a bundled name", models::scenario::inQuotes(pathOrName)),
                   hintFor(pathOrName, bundled, "tantrum list")};
}

Expected<fs::path> findLesson(const std::string& pathOrName)
{
    std::error_code error;
    const auto lessons = bundledLessons();
    for (const auto& lesson : lessons)
        if (lesson.name == pathOrName || lesson.directory.filename() == pathOrName) return lesson.directory;
    const fs::path given{pathOrName};
    if (fs::is_regular_file(given / "lesson.md", error)) return given;
    if (given.filename() == "lesson.md" && fs::is_regular_file(given, error)) return given.has_parent_path() ? given.parent_path() : fs::path{"."};
    std::vector<BundledLesson> names = lessons;  // a track need not be guessed to be helped
    for (const auto& lesson : lessons) names.push_back({lesson.directory.filename().string(), {}, {}});
    return Failure{fmt::format("there is no lesson {}", models::scenario::inQuotes(pathOrName)), hintFor(pathOrName, names, "tantrum lesson")};
}

}  // namespace tantrum::app
