#include "app/cli/completion.h"

#include "app/cli/commands.h"
#include "app/cli/output.h"

#include <memory>

namespace tantrum::app {

namespace {

// CLI11 describes a fixed set of words in the option's type name: "TEXT:{csv,json}".
std::vector<std::string> wordsIn(const std::string& typeName)
{
    std::vector<std::string> words;
    const auto open = typeName.find('{'), close = typeName.find('}');
    if (open == std::string::npos || close == std::string::npos) return words;
    for (std::size_t at = open + 1; at < close;) {
        const auto comma = std::min(typeName.find(',', at), close);
        words.push_back(typeName.substr(at, comma - at));
        at = comma + 1;
    }
    return words;
}

CompletionValues valuesOf(const CLI::Option& option)
{
    const std::string typeName = option.get_type_name();
    const auto is = [&](const char* name) { return typeName == name; };
    CompletionValues values;
    values.words = wordsIn(typeName);
    if (is(argument::scenario) || is(argument::runOrScenario)) values.listing = "list scenarios --names";
    if (is(argument::runOrScenario)) values.words = {"latest"};
    if (is(argument::lesson)) values.listing = "list lessons --names";
    if (is(argument::type)) values.listing = "list types --names";
    values.files = is(argument::scenario) || is(argument::runOrScenario) || is(argument::file) || is(argument::path);
    return values;
}

}  // namespace

std::vector<CompletionOption> completionOptions(const CLI::App& app)
{
    std::vector<CompletionOption> options;
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_positional()) continue;
        CompletionOption entry;
        for (const auto& name : option->get_lnames()) entry.names.push_back("--" + name);
        for (const auto& name : option->get_snames()) entry.names.push_back("-" + name);
        entry.description = option->get_description();
        entry.takesValue = option->get_items_expected_max() > 0;
        if (entry.takesValue) entry.values = valuesOf(*option);
        options.push_back(std::move(entry));
    }
    return options;
}

std::vector<CompletionCommand> completionTree(const CLI::App& root)
{
    std::vector<CompletionCommand> commands;
    for (const CLI::App* command : root.get_subcommands([](const CLI::App*) { return true; })) {
        CompletionCommand entry{command->get_name(), command->get_description(), completionOptions(*command), {}};
        for (const CLI::Option* option : command->get_options())
            if (option->get_positional()) entry.argument = valuesOf(*option);
        commands.push_back(std::move(entry));
    }
    return commands;
}

void addCompletion(CLI::App& root, Chosen& chosen)
{
    auto shell = std::make_shared<std::string>();
    CLI::App* command = root.add_subcommand("completion", "Print a completion script for your shell");
    command->add_option("shell", *shell, "Which shell")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
    command->footer("Examples:\n"
                    "  source <(tantrum completion bash)\n"
                    "  tantrum completion zsh > ~/.zfunc/_tantrum\n"
                    "  tantrum completion fish > ~/.config/fish/completions/tantrum.fish");
    command->callback([shell, &root, &chosen] {
        chosen = [shell, &root] {
            if (*shell == "bash") return print(bashCompletion(root));
            return print(*shell == "zsh" ? zshCompletion(root) : fishCompletion(root));
        };
    });
}

}  // namespace tantrum::app
