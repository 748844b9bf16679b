#include "app/core/studio_program.h"

#include "app/core/bundled.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <spawn.h>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace tantrum::app {

namespace fs = std::filesystem;

namespace {

constexpr const char* program = "tantrum-studio";

bool isExecutable(const fs::path& file)
{
    std::error_code error;
    return fs::is_regular_file(file, error) && ::access(file.c_str(), X_OK) == 0;
}

bool isSet(const char* variable)
{
    const char* value = std::getenv(variable);
    return value && value[0] != '\0';
}

std::vector<char*> pointersTo(std::vector<std::string>& words)
{
    std::vector<char*> pointers;
    for (auto& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    return pointers;
}

}  // namespace

Expected<fs::path> findStudio()
{
    if (const fs::path sibling = executableDirectory() / program; isExecutable(sibling)) return sibling;
    const char* path = std::getenv("PATH");
    for (std::string_view rest = path ? path : ""; !rest.empty();) {
        const auto colon = rest.find(':');
        const fs::path candidate = fs::path{rest.substr(0, colon)} / program;
        if (isExecutable(candidate)) return candidate;
        rest = colon == std::string_view::npos ? std::string_view{} : rest.substr(colon + 1);
    }
    return Failure{"tantrum-studio, the window, is not installed next to this program or in PATH",
                   "build it with -DTANTRUM_STUDIO=ON, or install the package that has it"};
}

Failure becomeStudio(const std::vector<std::string>& arguments)
{
    const auto studio = findStudio();
    if (!studio) return studio.failure();
    if (!isSet("DISPLAY") && !isSet("WAYLAND_DISPLAY") && !isSet("QT_QPA_PLATFORM"))
        return {"there is no display to open a window on", "set DISPLAY or WAYLAND_DISPLAY, or use `tantrum run`"};
    std::vector<std::string> words{studio->string()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    ::execv(studio->c_str(), pointersTo(words).data());
    return {fmt::format("cannot start {}: {}", studio->string(), std::strerror(errno)), ""};
}

Expected<void> renderPng(const fs::path& svg, const fs::path& png)
{
    const auto studio = findStudio();
    if (!studio) return Failure{"a PNG needs tantrum-studio, which is not installed next to this program or in PATH", "use --as svg, or build the window with -DTANTRUM_STUDIO=ON"};
    std::vector<std::string> words{studio->string(), "--render-svg", svg.string(), png.string()}, variables;
    for (char** entry = environ; *entry; ++entry)
        if (!std::string_view{*entry}.starts_with("QT_QPA_PLATFORM=")) variables.emplace_back(*entry);
    variables.emplace_back("QT_QPA_PLATFORM=offscreen");

    // Its standard output is not ours to fill.
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    pid_t child = 0;
    const int failed = posix_spawn(&child, studio->c_str(), &actions, nullptr, pointersTo(words).data(), pointersTo(variables).data());
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) return Failure{fmt::format("cannot start {}: {}", studio->string(), std::strerror(failed)), ""};
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    std::error_code error;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && fs::exists(png, error)) return {};
    return Failure{fmt::format("{} could not make {} (it {} {})", studio->string(), png.string(), WIFEXITED(status) ? "ended with" : "was ended by signal",
                               WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status)),
                   "use --as svg"};
}

}  // namespace tantrum::app
