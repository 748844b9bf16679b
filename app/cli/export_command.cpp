#include "app/cli/commands.h"
#include "app/cli/output.h"
#include "app/cli/run_once.h"
#include "app/cli/scenario_options.h"
#include "app/core/export.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>

namespace tantrum::app {

namespace {

const std::map<std::string, ExportFormat> formats{
    {"csv", ExportFormat::csv}, {"json", ExportFormat::json}, {"svg", ExportFormat::svg}, {"png", ExportFormat::png}};
const std::map<std::string, ExportPart> parts{{"charts", ExportPart::charts}, {"canvas", ExportPart::canvas}, {"series", ExportPart::series},
                                              {"summary", ExportPart::summary}, {"histogram", ExportPart::histogram}, {"traces", ExportPart::traces}, {"logs", ExportPart::logs}};

struct ExportArguments {
    ScenarioArguments source;  ///< its `scenario` may also be a run
    std::string format, part, out = "-", database, focus;
    bool dark = false;
};

/// A number, or 0 for "latest"; nullopt: it is a scenario.
std::optional<std::int64_t> runNumber(const std::string& text)
{
    if (text == "latest") return 0;
    std::int64_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    return parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size() && number > 0 ? std::optional{number} : std::nullopt;
}

/// The exit code instead of a run has been explained on standard error.
std::variant<Run, ExitCode> storedRun(std::int64_t number, const std::string& database)
{
    std::filesystem::path file = database;
    if (database.empty()) {
        auto usual = Store::defaultFile();
        if (!usual) return fail(usual.failure(), ExitCode::environment);
        file = *usual;
    }
    auto store = Store::open(file, Store::Access::read);
    if (!store) return fail(store.failure(), ExitCode::environment);
    if (number == 0) {
        const auto latest = store->latest();
        if (!latest) return fail(latest.failure(), ExitCode::environment);
        if (!*latest) return fail({fmt::format("there are no runs in {} yet", file.string()), "save one with: tantrum run SCENARIO --save"}, ExitCode::usersMistake);
        number = **latest;
    }
    auto run = store->load(number);
    if (!run) return fail(run.failure(), ExitCode::environment);
    if (!*run) return fail({fmt::format("there is no run {} in {}", number, file.string()), "`tantrum export latest` takes the newest"}, ExitCode::usersMistake);
    return std::move(**run);
}

std::variant<Run, ExitCode> freshRun(const ScenarioArguments& source)
{
    const auto input = readScenario(source);
    if (!input) return ExitCode::usersMistake;
    return runOnce(*input);
}

ExitCode exportCommand(const ExportArguments& arguments)
{
    ExportRequest request{formats.at(arguments.format), {}, arguments.out, arguments.dark, arguments.focus};
    if (!arguments.part.empty()) request.part = parts.at(arguments.part);
    if (const auto mistake = exportMistake(request); !mistake.empty()) return fail({mistake, ""}, ExitCode::usersMistake);

    const auto number = runNumber(arguments.source.scenario);
    const bool changed = !arguments.source.changes.empty() || !arguments.source.seed.empty() || !arguments.source.duration.empty() ||
                         !arguments.source.traces.empty() || !arguments.source.logs.empty();
    if (number && changed) return fail({"a finished run cannot be changed: --seed, --duration, --set, --traces and --log-level are for scenarios", ""}, ExitCode::usersMistake);
    if (!number && request.part == ExportPart::traces && arguments.source.traces.empty())
        return fail({"nothing would be traced", "add --traces 1%, for one request in a hundred"}, ExitCode::usersMistake);
    ScenarioArguments fresh = arguments.source;
    if (request.part == ExportPart::logs && fresh.logs.empty()) fresh.logs = "info";
    const auto source = number ? storedRun(*number, arguments.database) : freshRun(fresh);
    if (const auto* code = std::get_if<ExitCode>(&source)) return *code;
    const auto& run = std::get<Run>(source);
    if (request.part == ExportPart::traces && !run.results.traces.traced())
        return fail({"this run was not traced", "run it again with --traces 1% and --save"}, ExitCode::usersMistake);
    if (request.part == ExportPart::logs && !run.results.logs.on)
        return fail({"the logs of this run were not kept", "run it again with --log-level info and --save"}, ExitCode::usersMistake);
    const auto files = exportRun(run, request);
    if (!files) return fail(files.failure(), ExitCode::environment);
    for (const auto& file : *files)
        if (file != "-") say("wrote " + file.string());
    const bool stopped = !number && !run.results.stopReason.empty();  // of a saved run that is no news
    return stopped ? ExitCode::stoppedByGuard : ExitCode::fine;
}

template <class Map> std::vector<std::string> keysOf(const Map& map)
{
    std::vector<std::string> keys;
    for (const auto& [key, value] : map) keys.push_back(key);
    return keys;
}

}  // namespace

void addExport(CLI::App& root, Chosen& chosen)
{
    auto arguments = std::make_shared<ExportArguments>();
    CLI::App* command = root.add_subcommand("export", "Write a run as CSV, JSON, SVG or PNG");
    command->add_option("run", arguments->source.scenario, "The number of a saved run, 'latest', or a scenario, which is then run")
        ->required()->type_name(argument::runOrScenario);
    command->add_option("--as", arguments->format, "Format")->required()->check(CLI::IsMember(keysOf(formats)));
    command->add_option("--what", arguments->part, "Part: charts and canvas are pictures, the others tables")->check(CLI::IsMember(keysOf(parts)));
    command->add_option("--out", arguments->out, "File, or folder for CSV without --what; standard output if left out")->type_name(argument::path);
    command->add_option("--db", arguments->database, "Results file the run is in, instead of the usual one")->type_name(argument::file);
    command->add_option("--focus", arguments->focus, "Client or node whose latency the charts show")->type_name("NODE");
    command->add_flag("--dark", arguments->dark, "Pictures on a dark background");
    addScenarioOptions(*command, arguments->source);
    addTracesOption(*command, arguments->source);
    addLogLevelOption(*command, arguments->source);
    command->footer("Examples:\n"
                    "  tantrum export retry-storm --as svg --what charts --out charts.svg\n"
                    "  tantrum export latest --as csv --out tables/\n"
                    "  tantrum export 12 --as json --what histogram\n"
                    "  tantrum export retry-storm --traces 1% --as csv --what traces --out traces.csv\n"
                    "  tantrum export retry-storm --as csv --what logs --log-level warn --out logs.csv");
    command->callback([arguments, &chosen] { chosen = [arguments] { return exportCommand(*arguments); }; });
}

}  // namespace tantrum::app
