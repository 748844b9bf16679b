#include "app/cli/commands.h"
#include "app/cli/output.h"
#include "app/core/bundled.h"
#include "app/core/studio_program.h"

#include <memory>

namespace tantrum::app {

namespace {

ExitCode openCommand(const std::string& scenario)
{
    std::vector<std::string> arguments;
    if (!scenario.empty()) {
        const auto file = findScenario(scenario);
        if (!file) return fail(file.failure(), ExitCode::usersMistake);
        arguments.push_back(file->string());
    }
    return fail(becomeStudio(arguments), ExitCode::environment);
}

}  // namespace

void addOpen(CLI::App& root, Chosen& chosen)
{
    auto scenario = std::make_shared<std::string>();
    CLI::App* command = root.add_subcommand("open", "Open the window");
    command->add_option("scenario", *scenario, "A scenario file, or the name of a bundled one")->type_name(argument::scenario);
    command->footer("Examples:\n  tantrum open\n  tantrum open retry-storm");
    command->callback([scenario, &chosen] { chosen = [scenario] { return openCommand(*scenario); }; });
}

}  // namespace tantrum::app
