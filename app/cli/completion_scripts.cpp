#include "app/cli/completion.h"

#include <fmt/format.h>

namespace tantrum::app {

namespace {

std::string joined(const std::vector<std::string>& words, std::string_view separator = " ")
{
    std::string out;
    for (const auto& word : words) out += (out.empty() ? "" : std::string{separator}) + word;
    return out;
}

std::vector<std::string> namesOf(const std::vector<CompletionOption>& options)
{
    std::vector<std::string> names;
    for (const auto& option : options) names.insert(names.end(), option.names.begin(), option.names.end());
    return names;
}

std::vector<std::string> namesOf(const std::vector<CompletionCommand>& commands)
{
    std::vector<std::string> names;
    for (const auto& command : commands) names.push_back(command.name);
    return names;
}

/// In single quotes of a POSIX shell.
std::string quoted(const std::string& text)
{
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? std::string{"'\\''"} : std::string(1, c);
    return out + "'";
}

/// In single quotes of fish, where a backslash escapes.
std::string fishQuoted(const std::string& text)
{
    std::string out = "'";
    for (const char c : text) out += c == '\'' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
    return out + "'";
}

// Colons and brackets have a meaning in _arguments.
std::string zshEscaped(const std::string& text)
{
    std::string out;
    for (const char c : text) out += c == ':' || c == '[' || c == ']' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
    return out;
}

std::string bashValues(const CompletionValues& values)
{
    std::string words = joined(values.words);
    if (!values.listing.empty()) words += fmt::format("{}$(\"${{COMP_WORDS[0]}}\" {} 2>/dev/null)", words.empty() ? "" : " ", values.listing);
    std::string out;
    if (!words.empty()) out += fmt::format("COMPREPLY=($(compgen -W \"{}\" -- \"$cur\"))", words);
    if (values.files) out += fmt::format("{}COMPREPLY+=($(compgen -f -- \"$cur\")); compopt -o filenames 2>/dev/null", out.empty() ? "" : "; ");
    return out.empty() ? ":" : out;
}

std::string zshValues(const CompletionValues& values)
{
    if (values.words.empty() && values.listing.empty()) return values.files ? "_files" : " ";
    if (values.listing.empty() && !values.files) return fmt::format("({})", joined(values.words));
    const std::string words = joined(values.words) + (values.listing.empty() ? "" : fmt::format(" ${{(f)\"$($words[1] {} 2>/dev/null)\"}}", values.listing));
    return fmt::format("{{ local -a found; found=({}); compadd -a found{} }}", words, values.files ? "; _files" : "");
}

std::string fishValues(const CompletionValues& values)
{
    std::string words = joined(values.words);
    if (!values.listing.empty()) words += fmt::format("{}(tantrum {} 2>/dev/null)", words.empty() ? "" : " ", values.listing);
    return words.empty() ? "" : fmt::format(" -a {}", fishQuoted(words));
}

}  // namespace

std::string bashCompletion(const CLI::App& root)
{
    const auto commands = completionTree(root);
    std::string cases;
    for (const auto& command : commands) {
        std::string values;
        for (const auto& option : command.options)
            if (option.takesValue) values += fmt::format("        {}) {}; return ;;\n", joined(option.names, "|"), bashValues(option.values));
        cases += fmt::format("    {})\n      case \"$prev\" in\n{}      esac\n"
                             "      if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W \"{}\" -- \"$cur\")); else {}; fi ;;\n",
                             command.name, values, joined(namesOf(command.options)), bashValues(command.argument));
    }
    return fmt::format("# bash completion of tantrum; made by `tantrum completion bash`\n"
                       "_tantrum() {{\n"
                       "  local cur=\"${{COMP_WORDS[COMP_CWORD]}}\" prev=\"${{COMP_WORDS[COMP_CWORD-1]}}\"\n"
                       "  COMPREPLY=()\n"
                       "  if [[ $COMP_CWORD -eq 1 ]]; then COMPREPLY=($(compgen -W \"{} {}\" -- \"$cur\")); return; fi\n"
                       "  case \"${{COMP_WORDS[1]}}\" in\n{}  esac\n}}\n"
                       "complete -F _tantrum tantrum\n",
                       joined(namesOf(commands)), joined(namesOf(completionOptions(root))), cases);
}

std::string zshCompletion(const CLI::App& root)
{
    std::string descriptions, cases;
    for (const auto& command : completionTree(root)) {
        descriptions += fmt::format("    {}\n", quoted(zshEscaped(command.name) + ":" + command.description));
        cases += fmt::format("    {})\n      _arguments", command.name);
        for (const auto& option : command.options)
            for (const auto& name : option.names)
                cases += fmt::format(" \\\n        {}", quoted(fmt::format("*{}[{}]{}", name, zshEscaped(option.description),
                                                                          option.takesValue ? ":value:" + zshValues(option.values) : "")));
        cases += fmt::format(" \\\n        {} ;;\n", quoted("*:argument:" + zshValues(command.argument)));
    }
    std::string own;
    for (const auto& name : namesOf(completionOptions(root))) own += " " + name;
    return fmt::format("#compdef tantrum\n# made by `tantrum completion zsh`\n"
                       "_tantrum() {{\n  local -a commands\n  commands=(\n{}  )\n"
                       "  if (( CURRENT == 2 )); then _describe command commands; compadd --{}; return; fi\n"
                       "  case $words[2] in\n{}  esac\n}}\n"
                       "if [[ $funcstack[1] == _tantrum ]]; then _tantrum \"$@\"; else compdef _tantrum tantrum; fi\n",
                       descriptions, own, cases);
}

std::string fishCompletion(const CLI::App& root)
{
    std::string out = "# fish completion of tantrum; made by `tantrum completion fish`\ncomplete -c tantrum -f\n";
    const auto dashes = [](const CompletionOption& option) {
        std::string text;
        for (const auto& name : option.names) text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
        return text;
    };
    for (const auto& option : completionOptions(root))
        out += fmt::format("complete -c tantrum -n __fish_use_subcommand{} -d {}\n", dashes(option), fishQuoted(option.description));
    for (const auto& command : completionTree(root)) {
        out += fmt::format("complete -c tantrum -n __fish_use_subcommand -a {} -d {}\n", command.name, fishQuoted(command.description));
        const std::string inside = fmt::format("complete -c tantrum -n '__fish_seen_subcommand_from {}'", command.name);
        for (const auto& option : command.options)
            out += fmt::format("{}{} -d {}{}{}\n", inside, dashes(option), fishQuoted(option.description), option.takesValue ? (option.values.files ? " -r -F" : " -x") : "",
                               option.takesValue ? fishValues(option.values) : "");
        if (const auto values = fishValues(command.argument); !values.empty() || command.argument.files)
            out += fmt::format("{}{}{}\n", inside, command.argument.files ? " -F" : "", values);
    }
    return out;
}

}  // namespace tantrum::app
