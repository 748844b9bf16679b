// Another program's run: for what only a process of its own can tell (instructions, peak memory, start-up).
#pragma once

#include "app/core/expected.h"

#include <string>
#include <vector>

namespace tantrum::bench {

struct Child {
    int exitCode = 0;        ///< 128 + the signal if one killed it, as shells count
    double wallSeconds = 0;  ///< from before it is started until it has ended
    std::string output, errors;
};

/// Runs a program (looked for in PATH) to its end. Failure: it cannot be started.
app::Expected<Child> runChild(const std::vector<std::string>& commandLine);

/// The program that runs now, and one that was built next to it.
std::string ownProgram();
app::Expected<std::string> neighbour(const std::string& program);

}  // namespace tantrum::bench
