#include "app/cli/commands.h"
#include "app/cli/output.h"
#include "app/core/version.h"
#include "models/scenario/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <sstream>

namespace tantrum::app {

namespace {

void addAll(CLI::App& root, Chosen& chosen)
{
    addRun(root, chosen);
    addCheck(root, chosen);
    addList(root, chosen);
    addDocs(root, chosen);
    addSchema(root, chosen);
    addExport(root, chosen);
    addLesson(root, chosen);
    addOpen(root, chosen);
    addCompletion(root, chosen);
}

/// CLI11 would call it an unexpected argument.
bool isUnknownCommand(const CLI::App& root, const std::string& word)
{
    const auto commands = root.get_subcommands([](const CLI::App*) { return true; });
    return !word.starts_with('-') && std::none_of(commands.begin(), commands.end(), [&](const auto* command) { return command->get_name() == word; });
}

ExitCode unknownCommand(const CLI::App& root, const std::string& word)
{
    std::vector<std::string_view> names;
    for (const auto* command : root.get_subcommands([](const CLI::App*) { return true; })) names.push_back(command->get_name());
    const auto near = models::scenario::nearest(word, names);
    return fail({fmt::format("there is no command {}", models::scenario::inQuotes(word)),
                 near.empty() ? "`tantrum --help` lists the commands" : fmt::format("did you mean '{}'?", near)},
                ExitCode::usersMistake);
}

ExitCode commandLine(int argc, char** argv)
{
    CLI::App root{"Tantrum simulates distributed systems: build the mess, break it on purpose, see who is misbehaving.", "tantrum"};
    root.set_version_flag("--version", fmt::format("tantrum {}", version()), "Print the version");
    root.set_help_flag("-h,--help", "Print this help");
    root.footer("Examples:\n  tantrum list\n  tantrum run retry-storm\n  tantrum check shop.yaml\n\n`tantrum COMMAND --help` explains a command.");
    Chosen chosen;
    addAll(root, chosen);
    if (argc > 1 && isUnknownCommand(root, argv[1])) return unknownCommand(root, argv[1]);
    try {
        root.parse(argc, argv);
    } catch (const CLI::ParseError& end) {
        std::ostringstream out, messages;
        if (root.exit(end, out, messages) == 0) return print(out.str());
        return fail({end.what(), "add --help for what is expected"}, ExitCode::usersMistake);
    }
    if (chosen) return chosen();
    fail({"which command?", ""}, ExitCode::usersMistake);
    std::fputs(root.help().c_str(), stderr);
    return ExitCode::usersMistake;
}

}  // namespace

}  // namespace tantrum::app

int main(int argc, char** argv)
{
    // A reader that goes away is a failed write, not a silent death.
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return static_cast<int>(tantrum::app::commandLine(argc, argv));
    } catch (const std::bad_alloc&) {
        tantrum::app::say("not enough memory");
    } catch (const std::exception& failure) {
        tantrum::app::say(failure.what());
    }
    return static_cast<int>(tantrum::app::ExitCode::environment);
}
