// Results go to standard output, messages to standard error.
#pragma once

#include "app/cli/exit_code.h"
#include "app/core/expected.h"

#include <string>
#include <string_view>

namespace tantrum::app {

/// Writes a result at once. A closed pipe or a full disk is said on standard error and ends the program with 3.
ExitCode print(std::string_view result);

/// One message line, with "tantrum: " in front.
void say(std::string_view message);
/// The message and its hint; returns `code`, for `return fail(…)`.
ExitCode fail(const Failure& failure, ExitCode code);

/// One line on standard error that is written over and finally wiped; silent where that is not a terminal.
class ProgressLine {
public:
    ProgressLine();
    ~ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;
    bool visible() const { return visible_; }
    void show(std::string_view text);

private:
    bool visible_ = false, shown_ = false;
};

}  // namespace tantrum::app
