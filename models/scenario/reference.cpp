#include "models/scenario/reference.h"

#include "models/scenario/binding.h"
#include "models/scenario/expectation.h"
#include "models/scenario/slo.h"
#include "models/scenario/steps.h"
#include "models/scenario/telemetry.h"
#include "models/scenario/units.h"
#include "models/scenario/zones.h"

#include <fmt/format.h>

namespace tantrum::models::scenario {
namespace {

// A cell must not end its column or its row.
std::string cell(std::string_view text)
{
    std::string safe;
    for (const char c : text) {
        if (c == '|')
            safe += "\\|";
        else
            safe += c == '\n' ? ' ' : c;
    }
    return safe;
}
std::string code(std::string_view text) { return text.empty() ? std::string() : fmt::format("`{}`", cell(text)); }

std::string parameterTable(const Descriptor& type)
{
    std::string text =
        "## Parameters\n\n| Parameter | Meaning | Type | Range | Default | Source |\n|---|---|---|---|---|---|\n";
    for (const auto& parameter : type.parameters) {
        std::string kind = parameter->kind() + (parameter->unit().empty() ? "" : " of " + parameter->unit());
        if (parameter->kind() == "one of") {
            kind.clear();
            for (const auto& [word, doc] : parameter->choices())
                kind += fmt::format("{}{}: {}", kind.empty() ? "" : "<br>", code(word), cell(doc));
        } else {
            kind = cell(kind);
        }
        const std::string fallback = parameter->required()              ? "required"
                                     : parameter->defaultText().empty() ? "none"
                                                                        : code(parameter->defaultText());
        text += fmt::format("| {} | {}{} | {} | {} | {} | {} |\n", code(parameter->key()), cell(parameter->doc()),
                            parameter->live() ? " (live)" : "", kind, cell(parameter->range()), fallback,
                            cell(parameter->source()));
    }
    return text + "\n";
}

std::string functionTable(std::string_view title, std::span<const FunctionDoc> functions)
{
    std::string text = fmt::format("## {}\n\n| Expression | Meaning | Arguments |\n|---|---|---|\n", title);
    for (const FunctionDoc& function : functions) {
        std::string arguments;
        for (const ArgumentDoc& argument : function.arguments)
            arguments += fmt::format("{}{}: {}", arguments.empty() ? "" : "; ", argument.name, argument.doc);
        text += fmt::format("| {} | {} | {} |\n", code(signature(function)), cell(function.doc), cell(arguments));
    }
    return text + "\n";
}

std::string list(const std::vector<std::string>& words)
{
    std::vector<std::string> codes;
    for (const std::string& word : words) codes.push_back(code(word));
    return fmt::format("{}", fmt::join(codes, ", "));
}

std::string operationsOf(const Descriptor& type)
{
    const std::vector<std::string> keys = type.declaring();
    std::string text;
    if (type.offers == OperationsOffered::fixed) text = list(type.operations);
    if (!keys.empty()) text += fmt::format("{} its scenario declares under {}", text.empty() ? "Those" : ", and those", list(keys));
    return text.empty() ? text : fmt::format("## Operations\n\n{}{}\n\n", text, keys.empty() ? "" : ".");
}

}  // namespace

std::string referencePage(const Descriptor& type)
{
    std::string text = fmt::format("# {}\n\n`{}` – {}\n\n", type.title, type.key, type.summary);
    if (!type.details.empty()) text += type.details + "\n\n";
    if (!type.parameters.empty()) text += parameterTable(type);
    if (type.kind == Kind::component) text += "Also `zone`: where it stands, such as `eu-west-1a`; see `tantrum docs zones`.\n\n";
    if (type.kind == Kind::component && !type.client)
        text += "Also `runs_on`: the items of the price table it is billed as, such as `m5.large`.\n\n";
    if (!type.shorthand.empty()) text += fmt::format("Short form: `{}: …` sets `{}`.\n\n", type.key, type.shorthand);
    if (!type.accepts.empty()) text += fmt::format("Accepts: {}.\n\n", list(type.accepts));
    text += operationsOf(type);
    if (!type.metrics.empty()) {
        text += "## Metrics\n\n| Metric | Unit | Meaning |\n|---|---|---|\n";
        for (const Metric& metric : type.metrics)
            text += fmt::format("| {} | {} | {} |\n", code(metric.key), cell(metric.unit), cell(metric.doc));
        text += "\n";
    }
    if (!type.understands.empty()) text += fmt::format("## Faults\n\nUnderstands {}.\n\n", list(type.understands));
    if (!type.example.empty()) text += fmt::format("## Example\n\n```yaml\n{}```\n", exampleScenario(type));
    return text;
}

std::string exampleScenario(const Descriptor& type)
{
    return fmt::format("tantrum: 1\nduration: 5min\n{}{}", type.example, type.example.ends_with('\n') ? "" : "\n");
}

std::string valuesPage()
{
    std::string text =
        "# Values\n\n"
        "| Kind | Written as |\n|---|---|\n"
        "| duration | `4ms`, `2min`; ns us µs ms s min h d |\n"
        "| rate | `280/s`, `10/min` |\n"
        "| size | `64KiB`, `10MB` |\n"
        "| bandwidth | `1Gbit/s`, `10MB/s` |\n"
        "| share | `10%` or `0.1` |\n"
        "| money | `$0.40` |\n"
        "| count | `16`, `10_000`, where it makes sense `unlimited` |\n\n"
        "Arguments are separated by spaces, given by position or by name. Inside `{ }` a comma ends the value.\n\n";
    text += functionTable("Distributions", distributionFunctions()) + functionTable("Arrivals", arrivalFunctions()) +
            functionTable("Keys", keyFunctions());
    text += "## Steps\n\n| Step | Meaning |\n|---|---|\n";
    for (const VerbDoc& verb : stepVerbs()) text += fmt::format("| {} | {} |\n", code(verb.example), cell(verb.doc));
    text += "\n## Expectations\n\n`function(of) comparison value [within share] [before T | after T | between T and "
            "T]`\n\n| Function | Of | Meaning |\n|---|---|---|\n";
    for (const ExpectFunctionDoc& doc : expectFunctions())
        text += fmt::format("| {} | {} | {} |\n", code(doc.name), cell(doc.of), cell(doc.doc));
    return text;
}

std::string serviceLevelsPage()
{
    const Descriptor &level = serviceLevelKeys(), &alert = alertKeys();
    std::string text = "# Service level objectives\n\nEntries of the section `slos`, by name.\n\n" + parameterTable(level);
    text += "`alerts` is `default` or a mapping of rules by name. The default ones:\n\n| Alert | Burn | Long | Short | Severity |\n|---|---|---|---|---|\n";
    for (const AlertRule& rule : defaultAlerts())
        text += fmt::format("| {} | {} | {} | {} | {} |\n", code(rule.name), textOf(rule.burn), textOf(rule.longWindow), textOf(rule.shortWindow),
                            rule.severity == Urgency::page ? "page" : "ticket");
    text += fmt::format("\n## Alerts\n\n{}\n\n", alert.summary) + parameterTable(alert);
    return text + "## Example\n\n```yaml\nslos:\n  checkout: {of: shoppers, objective: 99.9%, window: 30d, latency: 300ms}\n"
                  "expect:\n  - fired_at(checkout.fast) < 70min\n  - alerts(checkout.ticket) == 0\n  - budget_spent(checkout) < 50%\n```\n";
}

std::string zonesPage()
{
    std::string text = "# Zones\n\nA node may say where it stands, whatever its type: `zone: eu-west-1a`. The section `zones` says how far zones are apart.\n\n" + parameterTable(zoneKeys());
    text += fmt::format("`round_trips`: {}.\n\n", roundTripsDoc);
    return text + zoneKeys().details + "\n\n## Example\n\n```yaml\n" + zoneKeys().example + "```\n";
}

std::string telemetryPage()
{
    return fmt::format("# Telemetry\n\nThe section `telemetry`. {}\n\n", telemetryKeys().summary) + parameterTable(telemetryKeys()) +
           "## Example\n\n```yaml\ntelemetry: {scrape_interval: 15s, delay: 5s, loss: 1%}\n```\n";
}

std::string catalogueTable(const Catalogue& catalogue)
{
    std::string text = "| Type | Kind | Group | Summary |\n|---|---|---|---|\n";
    for (const Kind kind : {Kind::component, Kind::policy, Kind::fault, Kind::link})
        for (const Descriptor* type : catalogue.all(kind))
            text += fmt::format("| {} | {} | {} | {} |\n", code(type->key), nameOf(kind), cell(type->group),
                                cell(type->summary));
    return text;
}

}  // namespace tantrum::models::scenario
