// The subcommands. Each adds itself to the CLI11 tree, which is also what help and shell completion are made from.
#pragma once

#include "app/cli/exit_code.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <functional>

namespace tantrum::app {

/// What the command line asked for; called once parsing is over.
using Chosen = std::function<ExitCode()>;

void addRun(CLI::App& root, Chosen& chosen);
void addCheck(CLI::App& root, Chosen& chosen);
void addList(CLI::App& root, Chosen& chosen);
void addDocs(CLI::App& root, Chosen& chosen);
void addSchema(CLI::App& root, Chosen& chosen);
void addExport(CLI::App& root, Chosen& chosen);
void addLesson(CLI::App& root, Chosen& chosen);
void addOpen(CLI::App& root, Chosen& chosen);
void addCompletion(CLI::App& root, Chosen& chosen);

/// Type names of arguments: shown in the help, and telling the shell what to offer.
namespace argument {
inline constexpr const char* scenario = "SCENARIO";
inline constexpr const char* runOrScenario = "RUN|SCENARIO";
inline constexpr const char* lesson = "LESSON";
inline constexpr const char* type = "TYPE";
inline constexpr const char* file = "FILE";
inline constexpr const char* path = "PATH";
}  // namespace argument

}  // namespace tantrum::app
