#include "app/cli/commands.h"
#include "app/cli/output.h"
#include "app/core/bundled.h"
#include "app/core/text_table.h"
#include "models/scenario/catalogue.h"
#include "models/scenario/diagnostics.h"

#include <fmt/format.h>

#include <memory>

namespace tantrum::app {

namespace {

using models::scenario::Kind;
using models::scenario::shown;
using enum TextTable::Align;

struct ListArguments {
    std::string what;
    bool names = false;
};

struct Entry {
    std::string name, title;
};

std::vector<Entry> scenarios()
{
    std::vector<Entry> entries;
    for (const auto& scenario : bundledScenarios()) entries.push_back({scenario.name, scenario.title});
    return entries;
}

std::vector<Entry> lessons()
{
    std::vector<Entry> entries;
    for (const auto& lesson : bundledLessons()) entries.push_back({lesson.name, lesson.title});
    return entries;
}

std::vector<Entry> types(Kind kind)
{
    std::vector<Entry> entries;
    for (const auto* type : models::catalogue().all(kind)) entries.push_back({type->key, type->summary});
    return entries;
}

std::string section(const std::string& title, const std::vector<Entry>& entries, bool namesOnly)
{
    std::string out;
    if (entries.empty()) return out;
    if (namesOnly) {
        for (const auto& entry : entries) out += entry.name + "\n";
        return out;
    }
    TextTable table{{{title, left}, {"", left}}};
    for (const auto& entry : entries) table.add({"  " + shown(entry.name, 100), shown(entry.title, 200)});
    return table.render() + "\n";
}

ExitCode listCommand(const ListArguments& arguments)
{
    const auto wanted = [&](std::string_view what) { return arguments.what.empty() || arguments.what == what; };
    std::string out;
    if (wanted("scenarios")) out += section("Scenarios", scenarios(), arguments.names);
    if (wanted("lessons")) out += section("Lessons", lessons(), arguments.names);
    const bool allTypes = arguments.what == "types";
    if (allTypes || wanted("components")) out += section("Components", types(Kind::component), arguments.names);
    if (allTypes || wanted("policies")) out += section("Policies", types(Kind::policy), arguments.names);
    if (allTypes || wanted("faults")) out += section("Faults", types(Kind::fault), arguments.names);
    if (allTypes || wanted("links")) out += section("Links", types(Kind::link), arguments.names);
    return print(out);
}

}  // namespace

void addList(CLI::App& root, Chosen& chosen)
{
    auto arguments = std::make_shared<ListArguments>();
    CLI::App* command = root.add_subcommand("list", "List bundled scenarios and lessons, and the types a scenario can use");
    command->add_option("what", arguments->what, "Only these")
        ->check(CLI::IsMember({"scenarios", "lessons", "types", "components", "policies", "faults", "links"}));
    command->add_flag("--names", arguments->names, "Names alone, one a line");
    command->footer("Examples:\n  tantrum list\n  tantrum list scenarios --names");
    command->callback([arguments, &chosen] { chosen = [arguments] { return listCommand(*arguments); }; });
}

}  // namespace tantrum::app
