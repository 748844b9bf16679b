#include "tests/bench/child.h"

#include "app/core/bundled.h"
#include "tests/bench/clock.h"

#include <fmt/format.h>

#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

extern char** environ;

namespace tantrum::bench {
namespace {

struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

std::string contentOf(std::FILE* file)
{
    std::string content;
    std::rewind(file);
    char piece[4096];
    while (const std::size_t got = std::fread(piece, 1, sizeof piece, file)) content.append(piece, got);
    return content;
}

}  // namespace

app::Expected<Child> runChild(const std::vector<std::string>& commandLine)
{
    std::vector<char*> arguments;
    for (const std::string& each : commandLine) arguments.push_back(const_cast<char*>(each.c_str()));
    arguments.push_back(nullptr);
    const File output(std::tmpfile()), errors(std::tmpfile());
    if (!output || !errors)
        return app::Failure{fmt::format("no temporary file: {}", std::strerror(errno)),
                            "is there room in the temporary folder?"};

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fileno(output.get()), 1);
    posix_spawn_file_actions_adddup2(&actions, fileno(errors.get()), 2);
    pid_t process = 0;
    Child child;
    const double start = wallSeconds();
    const int refused = posix_spawnp(&process, arguments.front(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (refused != 0)
        return app::Failure{fmt::format("{} cannot be started: {}", commandLine.front(), std::strerror(refused)), {}};

    int status = 0;
    while (waitpid(process, &status, 0) < 0)
        if (errno != EINTR)
            return app::Failure{fmt::format("{} was lost: {}", commandLine.front(), std::strerror(errno)), {}};
    child.wallSeconds = wallSeconds() - start;
    child.exitCode = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    child.output = contentOf(output.get());
    child.errors = contentOf(errors.get());
    return child;
}

std::string ownProgram() { return (app::executableDirectory() / "tantrum-bench").string(); }

app::Expected<std::string> neighbour(const std::string& program)
{
    const std::filesystem::path path = app::executableDirectory() / program;
    std::error_code error;
    if (!std::filesystem::exists(path, error))
        return app::Failure{fmt::format("{} is not there", path.string()), fmt::format("build the target {}", program)};
    return path.string();
}

}  // namespace tantrum::bench
