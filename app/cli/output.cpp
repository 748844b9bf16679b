#include "app/cli/output.h"

#include "app/core/files.h"

#include <unistd.h>

namespace tantrum::app {

namespace {

// Nobody can be told if this fails.
void toStandardError(const std::string& text) { (void)!writeAll(STDERR_FILENO, text, "standard error"); }

}  // namespace

ExitCode print(std::string_view result)
{
    if (auto done = writeAll(STDOUT_FILENO, result, "standard output"); !done) return fail(done.failure(), ExitCode::environment);
    return ExitCode::fine;
}

void say(std::string_view message) { toStandardError("tantrum: " + std::string{message} + "\n"); }

ExitCode fail(const Failure& failure, ExitCode code)
{
    say(failure.message);
    if (!failure.hint.empty()) toStandardError("  hint: " + failure.hint + "\n");
    return code;
}

ProgressLine::ProgressLine() : visible_(::isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine()
{
    if (shown_) toStandardError("\r\x1b[K");
}

void ProgressLine::show(std::string_view text)
{
    if (!visible_) return;
    toStandardError("\r\x1b[K" + std::string{text});
    shown_ = true;
}

}  // namespace tantrum::app
