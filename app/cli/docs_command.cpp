#include "app/cli/commands.h"
#include "app/cli/output.h"
#include "models/scenario/catalogue.h"
#include "models/scenario/diagnostics.h"
#include "models/scenario/reference.h"
#include "models/scenario/schema.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>

namespace tantrum::app {

namespace {

using models::scenario::Kind;

constexpr const char* valuesKey = "values";
constexpr const char* levelsKey = "slos";
constexpr const char* zonesKey = "zones";
constexpr const char* telemetryKey = "telemetry";

ExitCode docsCommand(const std::string& type)
{
    const auto& catalogue = models::catalogue();
    if (type.empty()) return print(models::scenario::catalogueTable(catalogue));
    if (type == valuesKey) return print(models::scenario::valuesPage());
    if (type == levelsKey) return print(models::scenario::serviceLevelsPage());
    if (type == zonesKey) return print(models::scenario::zonesPage());
    if (type == telemetryKey) return print(models::scenario::telemetryPage());
    std::string pages;
    std::vector<std::string_view> known{valuesKey, levelsKey, zonesKey, telemetryKey};
    for (const Kind kind : {Kind::component, Kind::policy, Kind::fault, Kind::link}) {
        // A fault may share its key with a policy; then both are meant.
        if (const auto* descriptor = catalogue.find(kind, type)) pages += models::scenario::referencePage(*descriptor) + "\n";
        for (const auto key : catalogue.keys(kind)) known.push_back(key);
    }
    if (!pages.empty()) return print(pages);
    const auto near = models::scenario::nearest(type, known);
    return fail({fmt::format("there is no type {}", models::scenario::inQuotes(type)),
                 near.empty() ? "`tantrum docs` lists them" : fmt::format("did you mean '{}'?", near)},
                ExitCode::usersMistake);
}

}  // namespace

void addDocs(CLI::App& root, Chosen& chosen)
{
    auto type = std::make_shared<std::string>();
    CLI::App* command = root.add_subcommand("docs", "Reference of components, policies, faults and links");
    command->add_option("type", *type, "The type to explain; 'values' explains units, distributions and steps, 'slos' objectives and alerts, 'zones' how far nodes are apart, 'telemetry' how alerts learn of it")->type_name(argument::type);
    command->footer("Examples:\n  tantrum docs\n  tantrum docs service\n  tantrum docs values\n  tantrum docs slos\n  tantrum docs zones\n  tantrum docs telemetry");
    command->callback([type, &chosen] { chosen = [type] { return docsCommand(*type); }; });
}

void addSchema(CLI::App& root, Chosen& chosen)
{
    CLI::App* command = root.add_subcommand("schema", "Print the JSON Schema of scenario files, for editors");
    command->footer("Example:\n  tantrum schema > tantrum.schema.json\n"
                    "and in a scenario: # yaml-language-server: $schema=tantrum.schema.json");
    command->callback([&chosen] { chosen = [] { return print(models::scenario::jsonSchema(models::catalogue()).dump(2) + "\n"); }; });
}

}  // namespace tantrum::app
