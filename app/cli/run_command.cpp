#include "app/cli/commands.h"
#include "app/cli/output.h"
#include "app/cli/run_once.h"
#include "app/cli/scenario_options.h"
#include "app/core/files.h"
#include "app/core/json_summary.h"
#include "app/core/numbers.h"
#include "app/core/prices.h"
#include "app/core/replications.h"
#include "app/core/text_summary.h"
#include "models/scenario/diagnostics.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <optional>

namespace tantrum::app {

namespace {

struct RunArguments {
    ScenarioArguments scenario;
    bool json = false, save = false, audit = false;
    std::string database, prices, logs;
    std::size_t repeat = 0, jobs = 0;  ///< 0: not given
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

std::string textOf(const RunArguments& arguments, const models::Results& results,
                   const std::vector<models::AuditLine>& audit, const std::optional<PriceTable>& prices)
{
    const auto* audited = arguments.audit ? &audit : nullptr;
    std::optional<Cost> cost;
    if (prices) cost = costOf(results, *prices);
    if (arguments.json) return jsonSummary(results, {.audit = audited, .cost = cost ? &*cost : nullptr}) + "\n";
    return textSummary(results) + (cost ? "\n" + costText(*cost) : "") + (audited ? "\n" + auditText(audit) : "");
}

// Read before the run, like the store. False after saying why not.
bool readPriceTable(const RunArguments& arguments, const models::scenario::Scenario& scenario, std::optional<PriceTable>& into, ExitCode& failed)
{
    if (!isPaidFor(scenario)) {
        if (!arguments.prices.empty()) say("--prices prices nothing: no node says what it runs on (runs_on: m5.large)");
        return true;
    }
    const auto file = arguments.prices.empty() ? bundledPrices() : Expected<std::filesystem::path>{arguments.prices};
    if (!file) return failed = fail(file.failure(), ExitCode::environment), false;
    auto table = readPrices(*file);
    if (!table) return failed = fail(table.failure(), ExitCode::usersMistake), false;
    if (const auto known = checkItems(scenario, *table); !known) return failed = fail(known.failure(), ExitCode::usersMistake), false;
    into = std::move(*table);
    return true;
}

// What a tail sampler could not know, and what to change.
std::string blindSpotsText(const models::TraceResult& traces)
{
    const auto& tail = traces.tail;
    std::string text;
    if (tail.evicted > 0) text += fmt::format("; {} left the memory undecided (raise held=, or shorten wait=)", countText(tail.evicted));
    if (tail.incomplete > 0) text += fmt::format("; {} are incomplete: parts of them were still under way when they left the memory", countText(tail.incomplete));
    return text;
}

// `database`: as given; empty: the usual one, where `saved` tells whether the run is there.
std::string tracesText(const Run& run, bool saved, const std::string& database)
{
    const auto& traces = run.results.traces;
    const std::string dropped = traces.dropped > 0 ? fmt::format(" ({} more did not fit; trace fewer)", countText(traces.dropped)) : "";
    return fmt::format("{} requests traced in {} spans{}{}; {}", countText(traces.kept()), countText(run.spans.size()), dropped, blindSpotsText(traces),
                       saved ? fmt::format("`tantrum export latest{} --as csv --what traces` writes them", database.empty() ? "" : " --db " + models::scenario::shown(database, 4096))
                             : "--save or --db FILE keeps them");
}

std::string logsText(const models::LogResult& logs)
{
    return fmt::format("{} lines logged{}{}", countText(logs.written),
                       logs.suppressed > 0 ? fmt::format(", {} more suppressed as repetitions", countText(logs.suppressed)) : "",
                       logs.dropped > 0 ? fmt::format("; the last {} did not fit: log less, or run shorter", countText(logs.dropped)) : "");
}

ExitCode ourBug(const std::string& seed)
{
    say(fmt::format("a law that no run may break is broken: this is a mistake in Tantrum, not in your scenario; please "
                    "report it with the scenario and {}",
                    seed));
    return ExitCode::expectationFailed;
}

ExitCode runCommand(const RunArguments& arguments)
{
    const bool logsOut = arguments.logs == "-";
    if (logsOut && arguments.json)
        return fail({"--logs - and --json both want standard output", "give --logs a file"}, ExitCode::usersMistake);
    auto input = readScenario(arguments.scenario);
    if (!input) return ExitCode::usersMistake;
    // Opened first: a run of an hour should not end with "cannot be opened".
    std::optional<PriceTable> prices;
    if (ExitCode failed{}; !readPriceTable(arguments, input->scenario, prices, failed)) return failed;
    std::optional<Store> store;
    if (arguments.save || !arguments.database.empty()) {
        auto opened = openStore(arguments.database);
        if (!opened) return fail(opened.failure(), ExitCode::environment);
        store = std::move(*opened);
    }
    std::vector<models::AuditLine> audit;
    const Run run = runOnce(*input, arguments.audit ? &audit : nullptr);
    const ExitCode printed = print(logsOut ? logLines(run.logs) : textOf(arguments, run.results, audit, prices));
    if (!logsOut && !arguments.logs.empty())
        if (const auto written = writeFile(arguments.logs, logLines(run.logs)); !written) return fail(written.failure(), ExitCode::environment);
    if (store) {
        const auto id = store->save(run);
        if (!id) return fail(id.failure(), ExitCode::environment);
        say(fmt::format("saved as run {} in {}", *id, store->database().file()));
    }
    if (printed != ExitCode::fine) return printed;
    if (run.results.logs.on) say(logsText(run.results.logs));
    if (run.results.traces.traced()) say(tracesText(run, store.has_value(), arguments.database));
    if (!run.results.stopReason.empty()) say("the run was stopped: " + run.results.stopReason);
    if (violationsIn(audit) > 0) return ourBug(fmt::format("seed {}", run.results.seed));
    return verdictOn(run.results);
}

// "[########------------] 37 of 200 replications, 1.72 s left"
std::string progressText(std::size_t ended, std::size_t count, double share, double elapsed)
{
    constexpr std::size_t width = 20;
    const auto filled = std::min(width, static_cast<std::size_t>(share * width));
    const std::string left =
        share > 0 ? fmt::format(", about {} left", secondsText(elapsed * (1 - share) / share)) : "";
    return fmt::format("[{}{}] {} of {} replications{}", std::string(filled, '#'), std::string(width - filled, '-'),
                       countText(ended), countText(count), left);
}

ExitCode repeatCommand(const RunArguments& arguments)
{
    if (!arguments.scenario.traces.empty())
        return fail({"replications are not traced: --repeat does not go with --traces", "trace one of them by itself, with --seed"},
                    ExitCode::usersMistake);
    if (!arguments.scenario.logs.empty())
        return fail({"replications are not logged: --repeat does not go with --logs or --log-level", "log one of them by itself, with --seed"},
                    ExitCode::usersMistake);
    if (arguments.save || !arguments.database.empty())
        return fail({"replications are not saved: --repeat does not go with --save or --db",
                     "save one of them by itself, with --seed"},
                    ExitCode::usersMistake);
    const auto input = readScenario(arguments.scenario);
    if (!input) return ExitCode::usersMistake;
    ReplicationOptions options;
    options.world = input->options;
    options.count = arguments.repeat;
    options.jobs = arguments.jobs;
    options.audit = arguments.audit;
    std::optional<ProgressLine> line{std::in_place};
    const auto began = std::chrono::steady_clock::now();
    if (line->visible())
        options.onProgress = [&](std::size_t ended, double share) {
            const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
            line->show(progressText(ended, options.count, share, elapsed));
        };
    const Replications replications = replicate(input->scenario, options);
    line.reset();
    const ExitCode printed =
        print(arguments.json ? replicationsJson(replications) + "\n" : replicationsText(replications));
    if (printed != ExitCode::fine) return printed;
    const std::size_t stopped = replications.stopped();
    if (stopped > 0) say(fmt::format("{} of {} replications were stopped by a guard", stopped, options.count));
    if (replications.violations() > 0) return ourBug("the seeds above");
    if (stopped > 0) return ExitCode::stoppedByGuard;
    for (std::size_t claim = 0; claim < replications.claims.size(); ++claim)
        if (replications.kept(claim) < options.count) return ExitCode::expectationFailed;
    return ExitCode::fine;
}

}  // namespace

Run runOnce(const ScenarioInput& input, std::vector<models::AuditLine>* audit)
{
    ProgressLine line;
    RunOptions options{.world = input.options, .journal = {}, .audit = audit != nullptr, .onProgress = {}};
    if (line.visible()) options.onProgress = [&](double share) { line.show(fmt::format("{} simulated", shareText(share))); };
    Run finished;
    RunOutcome outcome = run(input.scenario, options);
    if (audit) *audit = std::move(outcome.audit);
    finished.results = std::move(outcome.results);
    finished.scenarioFile = input.file;
    finished.scenarioText = input.text;
    finished.duration = input.options.duration.value_or(input.scenario.duration);
    finished.histograms = histogramsOf(finished.results);
    finished.spans = spansOf(finished.results);
    finished.logs = logsOf(finished.results);
    return finished;
}

void addRun(CLI::App& root, Chosen& chosen)
{
    auto arguments = std::make_shared<RunArguments>();
    CLI::App* command = root.add_subcommand("run", "Run a scenario and print what came out");
    command->add_option("scenario", arguments->scenario.scenario, "A scenario file, or the name of a bundled one")->required()->type_name(argument::scenario);
    addScenarioOptions(*command, arguments->scenario);
    addTracesOption(*command, arguments->scenario);
    addLogLevelOption(*command, arguments->scenario);
    command->add_option("--logs", arguments->logs, "Write the services' logs into this file, a JSON object a line; '-': to standard output, instead of the summary")
        ->type_name(argument::file);
    command->add_flag("--json", arguments->json, "Print one JSON document and nothing else");
    command->add_option("--db", arguments->database, "Save the run in this results file")->type_name(argument::file);
    command->add_flag("--save", arguments->save, "Save the run in the usual results file (~/.local/share/tantrum/results.db)");
    command->add_option("--prices", arguments->prices, "Price what nodes run on by this table instead of the bundled one")->type_name(argument::file);
    command->add_flag(
        "--audit", arguments->audit,
        "Check that the run kept every law (conservation, Little's law, utilisation, flow) at every node and link");
    auto* repeat =
        command
            ->add_option("--repeat", arguments->repeat,
                         "Run N replications with the seeds seed, seed + 1, … and print means with 95 % intervals")
            ->type_name("N")
            ->check(CLI::Range(std::size_t{1}, std::size_t{100'000}));
    command->add_option("--jobs", arguments->jobs, "Threads that run the replications (default: all the machine has)")
        ->type_name("J")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1024}))
        ->needs(repeat);
    command->footer("Examples:\n"
                    "  tantrum run retry-storm\n"
                    "  tantrum run shop.yaml --seed 7 --set web.workers=32 --set 'shoppers.arrivals=poisson(300/s)'\n"
                    "  tantrum run shop.yaml --json | jq .clients.shoppers.latency_s.p99\n"
                    "  tantrum run shop.yaml --repeat 30\n"
                    "  tantrum run shop.yaml --audit\n"
                    "  tantrum run shop.yaml --traces 1% --save\n"
                    "  tantrum run shop.yaml --traces 'slow>500ms,errors,1%' --logs - | jq 'select(.level == \"error\")'\n"
                    "  tantrum run shop.yaml --prices my-prices.json    (format: the guide's page cost.md)\n\n"
                    "Exit codes: 0 fine; 1 an `expect` line failed, or the audit found a law broken; 2 a mistake in "
                    "the command or the scenario;\n"
                    "3 the environment (disk, database); 4 the run was stopped by a guard.");
    command->callback([arguments, &chosen] {
        if (!arguments->logs.empty() && arguments->scenario.logs.empty()) arguments->scenario.logs = "info";
        chosen = [arguments] { return arguments->repeat > 0 ? repeatCommand(*arguments) : runCommand(*arguments); };
    });
}

}  // namespace tantrum::app
