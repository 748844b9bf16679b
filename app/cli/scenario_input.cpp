#include "app/cli/scenario_input.h"

#include "app/cli/output.h"
#include "app/core/bundled.h"
#include "app/core/files.h"
#include "app/core/trace_rules.h"
#include "models/scenario/document.h"
#include "models/scenario/reader.h"
#include "models/scenario/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <unistd.h>

namespace tantrum::app {

namespace {

using namespace models::scenario;

struct Change {
    std::string key, value, given;
};

void show(std::span<const Diagnostic> diagnostics, const std::string& text)
{
    (void)!writeAll(STDERR_FILENO, render(diagnostics, text), "standard error");
}

std::optional<std::vector<Change>> changesFrom(const std::vector<std::string>& arguments)
{
    std::vector<Change> changes;
    for (const auto& argument : arguments) {
        const auto equals = argument.find('=');
        if (equals == std::string::npos || equals == 0) {
            fail({fmt::format("--set {}: expected KEY=VALUE", shown(argument)), "for example --set web.workers=32"}, ExitCode::usersMistake);
            return std::nullopt;
        }
        changes.push_back({argument.substr(0, equals), argument.substr(equals + 1), argument});
    }
    return changes;
}

void blame(const Change& change, const Diagnostic& why)
{
    const std::string place = why.path.empty() || why.path == change.key ? "" : fmt::format(" ({})", why.path);
    fail({fmt::format("--set {}: {}{}", shown(change.given, 200), why.message, place), why.hint}, ExitCode::usersMistake);
}

ReadResult readText(const std::string& text, const std::string& file)
{
    const auto directory = std::filesystem::path{file}.parent_path();
    return read(text, file, models::catalogue(), {directory.empty() ? "." : directory});
}

// The first change after which the scenario is no longer sound. Line numbers of the changed text would say nothing to
// someone who has the file in front of them, so the change is named instead.
bool blameFirst(const std::string& original, const std::string& file, const std::vector<Change>& changes)
{
    if (!readText(original, file).scenario) return false;
    Document document{original, file, models::catalogue()};
    for (const Change& change : changes) {
        document.set(change.key, change.value);
        const auto result = readText(document.text(), file);
        if (result.scenario) continue;
        for (const auto& diagnostic : result.diagnostics)
            if (diagnostic.severity == Severity::error) return blame(change, diagnostic), true;
    }
    return false;
}

bool readOptions(const ScenarioArguments& arguments, ScenarioInput& input)
{
    if (!arguments.seed.empty()) {
        const auto seed = parseUnsigned(arguments.seed);
        if (!seed) return fail({"--seed: " + seed.message, seed.hint}, ExitCode::usersMistake), false;
        input.options.seed = *seed;
    }
    if (!arguments.traces.empty()) {
        const auto rules = parseTraceRules(arguments.traces);
        if (!rules) return fail({"--traces: " + rules.message, rules.hint}, ExitCode::usersMistake), false;
        input.options.traceRate = (*rules).share;
        input.options.tail = (*rules).tail;
    }
    if (!arguments.logs.empty()) {
        const auto level = std::find(models::logLevelKeys.begin(), models::logLevelKeys.end(), arguments.logs);
        input.options.logs = static_cast<models::LogLevel>(level - models::logLevelKeys.begin());
    }
    if (arguments.duration.empty()) return true;
    const auto duration = parseDuration(arguments.duration);
    if (!duration) return fail({"--duration: " + duration.message, duration.hint}, ExitCode::usersMistake), false;
    if (*duration <= input.scenario.warmup) {
        fail({fmt::format("--duration {} ends within the warm-up of {}", arguments.duration, textOf(input.scenario.warmup)),
              "nothing would be measured; choose a longer duration, or add --set warmup=0s"},
             ExitCode::usersMistake);
        return false;
    }
    input.options.duration = *duration;
    return true;
}

}  // namespace

std::optional<ScenarioInput> readScenario(const ScenarioArguments& arguments)
{
    const auto found = findScenario(arguments.scenario);
    if (!found) return fail(found.failure(), ExitCode::usersMistake), std::nullopt;
    const auto changes = changesFrom(arguments.changes);
    if (!changes) return std::nullopt;

    ScenarioInput input;
    input.file = found->string();
    Diagnostics unreadable{input.file};
    auto original = readTextFile(input.file, unreadable);
    if (!original) return show(unreadable.sorted(), ""), std::nullopt;
    input.text = *original;
    if (!changes->empty()) {
        Document document{*original, input.file, models::catalogue()};
        for (const Change& change : *changes)
            if (document.valid())
                if (const auto refusal = document.set(change.key, change.value)) return blame(change, *refusal), std::nullopt;
        input.text = document.text();
    }
    auto result = readText(input.text, input.file);
    if (!result.scenario && !changes->empty() && blameFirst(*original, input.file, *changes)) return std::nullopt;
    show(result.diagnostics, input.text);
    if (!result.scenario) return std::nullopt;
    input.scenario = std::move(*result.scenario);
    if (!readOptions(arguments, input)) return std::nullopt;
    return input;
}

}  // namespace tantrum::app
