#include "app/cli/commands.h"
#include "app/cli/output.h"
#include "app/core/bundled.h"
#include "app/core/files.h"
#include "app/core/theory_check.h"
#include "models/scenario/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <unistd.h>

namespace tantrum::app {

namespace {

using namespace models::scenario;

std::string counted(std::size_t count, std::string_view what) { return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s"); }

std::string verdictOn(std::size_t errors, std::size_t warnings)
{
    if (errors == 0 && warnings == 0) return "fine";
    if (errors == 0) return counted(warnings, "warning");
    return counted(errors, "error") + (warnings > 0 ? ", " + counted(warnings, "warning") : "");
}

/// False: there were errors.
bool checkOne(const std::string& file, std::string& report)
{
    Diagnostics unreadable{file};
    const auto text = readTextFile(file, unreadable);
    std::vector<Diagnostic> diagnostics = unreadable.sorted();
    if (text) {
        const auto directory = std::filesystem::path{file}.parent_path();
        auto result = read(*text, file, models::catalogue(), {directory.empty() ? "." : directory});
        diagnostics = std::move(result.diagnostics);
        if (result.scenario) {
            const auto theory = theoryCheck(*result.scenario);
            diagnostics.insert(diagnostics.end(), theory.begin(), theory.end());
            std::stable_sort(diagnostics.begin(), diagnostics.end(), [](const auto& a, const auto& b) { return a.position < b.position; });
        }
    }
    (void)!writeAll(STDERR_FILENO, render(diagnostics, text ? *text : std::string{}), "standard error");
    const auto errors = static_cast<std::size_t>(
        std::count_if(diagnostics.begin(), diagnostics.end(), [](const auto& diagnostic) { return diagnostic.severity == Severity::error; }));
    report += fmt::format("{}: {}\n", shown(file, 400), verdictOn(errors, diagnostics.size() - errors));
    return errors == 0;
}

ExitCode checkCommand(const std::vector<std::string>& scenarios)
{
    std::string report;
    bool sound = true;
    for (const auto& name : scenarios) {
        const auto file = findScenario(name);
        if (!file) fail(file.failure(), ExitCode::usersMistake);
        sound = file && checkOne(file->string(), report) && sound;
    }
    const ExitCode printed = print(report);
    if (printed != ExitCode::fine) return printed;
    return sound ? ExitCode::fine : ExitCode::usersMistake;
}

}  // namespace

void addCheck(CLI::App& root, Chosen& chosen)
{
    auto scenarios = std::make_shared<std::vector<std::string>>();
    CLI::App* command = root.add_subcommand("check", "Report every mistake in scenarios, and nodes that theory says are overloaded");
    command->add_option("scenarios", *scenarios, "Scenario files, or names of bundled ones")->required()->type_name(argument::scenario);
    command->footer("Every mistake is given as file:line:column with a hint, on standard error; standard output has one\n"
                    "line a file. Warnings leave the exit code at 0, errors make it 2.\n\n"
                    "Examples:\n"
                    "  tantrum check shop.yaml\n"
                    "  tantrum check scenarios/*.yaml");
    command->callback([scenarios, &chosen] { chosen = [scenarios] { return checkCommand(*scenarios); }; });
}

}  // namespace tantrum::app
