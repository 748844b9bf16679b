// Runs the built `tantrum` as a person or a script would.
#pragma once

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/wait.h>

namespace tantrum::app::testing {

struct Ended {
    int code = -1;  ///< 128 + signal, as shells say it
    std::string out, messages;
};

inline std::string wholeFile(const std::filesystem::path& file)
{
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

/// `shell` is a shell command line in which `tantrum` stands for the program.
inline Ended shell(const std::string& commandLine)
{
    std::string messages = std::filesystem::temp_directory_path() / "tantrum-stderr-XXXXXX";
    ::close(::mkstemp(messages.data()));
    const std::string directory = std::filesystem::path{TANTRUM_PROGRAM}.parent_path();
    const std::string whole = "PATH='" + directory + "':$PATH; { " + commandLine + "\n} 2>'" + messages + "'";
    Ended ended;
    FILE* pipe = ::popen(("bash -c '" + [&] {
                             std::string quoted;
                             for (const char c : whole) quoted += c == '\'' ? std::string{"'\\''"} : std::string(1, c);
                             return quoted;
                         }() + "'").c_str(), "r");
    std::array<char, 65536> buffer{};
    for (std::size_t count; (count = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) ended.out.append(buffer.data(), count);
    const int status = ::pclose(pipe);
    ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    ended.messages = wholeFile(messages);
    std::filesystem::remove(messages);
    return ended;
}

inline Ended tantrum(const std::string& arguments) { return shell("tantrum " + arguments); }

}  // namespace tantrum::app::testing
