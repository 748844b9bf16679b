#include "app/cli/commands.h"
#include "app/cli/output.h"
#include "app/cli/run_once.h"
#include "app/cli/scenario_options.h"
#include "app/core/json_summary.h"
#include "app/core/numbers.h"
#include "app/core/text_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace tantrum::app {

namespace {

struct RunArguments {
    ScenarioArguments scenario;
    bool json = false, save = false;
    std::string database;
};

ExitCode verdictOn(const models::Results& results)
{
    if (!results.stopReason.empty()) return ExitCode::stoppedByGuard;
    const bool kept = std::all_of(results.expect.begin(), results.expect.end(), [](const auto& claim) { return claim.passed; });
    return kept ? ExitCode::fine : ExitCode::expectationFailed;
}

Expected<Store> openStore(const std::string& given)
{
    if (!given.empty()) return Store::open(given, Store::Access::write);
    auto file = Store::defaultFile();
    return file ? Store::open(*file, Store::Access::write) : file.failure();
}

ExitCode runCommand(const RunArguments& arguments)
{
    auto input = readScenario(arguments.scenario);
    if (!input) return ExitCode::usersMistake;
    // Opened first: a run of an hour should not end with "cannot be opened".
    std::optional<Store> store;
    if (arguments.save || !arguments.database.empty()) {
        auto opened = openStore(arguments.database);
        if (!opened) return fail(opened.failure(), ExitCode::environment);
        store = std::move(*opened);
    }
    const Run run = runOnce(*input);
    const ExitCode printed = print(arguments.json ? jsonSummary(run.results) + "\n" : textSummary(run.results));
    if (store) {
        const auto id = store->save(run);
        if (!id) return fail(id.failure(), ExitCode::environment);
        say(fmt::format("saved as run {} in {}", *id, store->database().file()));
    }
    if (printed != ExitCode::fine) return printed;
    if (!run.results.stopReason.empty()) say("the run was stopped: " + run.results.stopReason);
    return verdictOn(run.results);
}

}  // namespace

Run runOnce(const ScenarioInput& input)
{
    ProgressLine line;
    RunOptions options{.world = input.options, .journal = {}, .onProgress = {}};
    if (line.visible()) options.onProgress = [&](double share) { line.show(fmt::format("{} simulated", shareText(share))); };
    Run finished;
    finished.results = run(input.scenario, options).results;
    finished.scenarioFile = input.file;
    finished.scenarioText = input.text;
    finished.duration = input.options.duration.value_or(input.scenario.duration);
    finished.histograms = histogramsOf(finished.results);
    return finished;
}

void addRun(CLI::App& root, Chosen& chosen)
{
    auto arguments = std::make_shared<RunArguments>();
    CLI::App* command = root.add_subcommand("run", "Run a scenario and print what came out");
    command->add_option("scenario", arguments->scenario.scenario, "A scenario file, or the name of a bundled one")->required()->type_name(argument::scenario);
    addScenarioOptions(*command, arguments->scenario);
    command->add_flag("--json", arguments->json, "Print one JSON document and nothing else");
    command->add_option("--db", arguments->database, "Save the run in this results file")->type_name(argument::file);
    command->add_flag("--save", arguments->save, "Save the run in the usual results file (~/.local/share/tantrum/results.db)");
    command->footer("Examples:\n"
                    "  tantrum run retry-storm\n"
                    "  tantrum run shop.yaml --seed 7 --set web.workers=32 --set 'shoppers.arrivals=poisson(300/s)'\n"
                    "  tantrum run shop.yaml --json | jq .clients.shoppers.latency_s.p99\n\n"
                    "Exit codes: 0 fine; 1 an `expect` line failed; 2 a mistake in the command or the scenario;\n"
                    "3 the environment (disk, database); 4 the run was stopped by a guard.");
    command->callback([arguments, &chosen] { chosen = [arguments] { return runCommand(*arguments); }; });
}

}  // namespace tantrum::app
