// tantrum-bench: how fast the kernel is, in multiples of a hand-written loop and in instructions. See
// resources/guide/performance.md.
#include "app/core/files.h"
#include "tests/bench/instructions.h"
#include "tests/bench/overhead.h"
#include "tests/bench/rounds.h"
#include "tests/bench/scale.h"
#include "tests/bench/workloads.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <unistd.h>

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

namespace tantrum::bench {
namespace {

// As the exit codes of tantrum.
enum class ExitCode : int { fine = 0, notAsRecorded = 1, usersMistake = 2, environment = 3 };

ExitCode fail(const app::Failure& failure, ExitCode code)
{
    fmt::print(stderr, "tantrum-bench: {}\n", failure.message);
    if (!failure.hint.empty()) fmt::print(stderr, "  hint: {}\n", failure.hint);
    return code;
}

ExitCode show(const app::Expected<std::string>& report)
{
    if (!report) return fail(report.failure(), ExitCode::environment);
    if (const auto done = app::writeAll(STDOUT_FILENO, *report, "standard output"); !done)
        return fail(done.failure(), ExitCode::environment);
    return ExitCode::fine;
}

struct Arguments {
    int rounds = 7;
    std::vector<std::string> only;
    bool json = false, instructions = false, record = false, scale = false, overhead = false;
    std::string once, inFlight;
    std::uint64_t units = 0;
};

app::Expected<std::vector<const Workload*>> choose(const std::vector<std::string>& only)
{
    std::vector<const Workload*> chosen;
    std::string known;
    for (const Workload& workload : workloads()) {
        if (only.empty()) chosen.push_back(&workload);
        known += fmt::format("{}{}", known.empty() ? "" : ", ", workload.name);
    }
    for (const std::string& name : only) {
        const Workload* workload = findWorkload(name);
        if (!workload)
            return app::Failure{fmt::format("there is no workload '{}'", name), fmt::format("there are {}", known)};
        chosen.push_back(workload);
    }
    return chosen;
}

ExitCode showInstructions(const std::vector<const Workload*>& chosen, bool record)
{
    const auto report = countInstructions(chosen, record);
    if (!report) return fail(report.failure(), ExitCode::environment);
    const ExitCode shown = show(report->text);
    return shown == ExitCode::fine && !report->asRecorded ? ExitCode::notAsRecorded : shown;
}

ExitCode showScale(bool json)
{
    std::vector<Figure> figures;
    for (const auto measure : {measurePending, measureLargeGraph, measureInFlight}) {
        const auto measured = measure();
        if (!measured) return fail(measured.failure(), ExitCode::environment);
        figures.insert(figures.end(), measured->begin(), measured->end());
    }
    return show(reportOf(figures, json));
}

ExitCode showOverhead(const Arguments& given)
{
    const auto figures = measureOverhead(given.rounds);
    return figures ? show(reportOf(*figures, given.json)) : fail(figures.failure(), ExitCode::environment);
}

ExitCode measure(const Arguments& given)
{
    const auto chosen = choose(given.only);
    if (!chosen) return fail(chosen.failure(), ExitCode::usersMistake);
    if (given.instructions) return showInstructions(*chosen, given.record);
    if (given.scale) return showScale(given.json);
    if (given.overhead) return showOverhead(given);
    return show(runRounds(*chosen, given.rounds, given.json));
}

ExitCode commandLine(int argc, char** argv)
{
    CLI::App root{"Measures Tantrum's kernel, in multiples of a hand-written M/M/1 loop that runs beside it.",
                  "tantrum-bench"};
    root.set_help_flag("-h,--help", "Print this help");
    Arguments given;
    root.add_option("--rounds", given.rounds, "Timed rounds; the report gives medians")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    root.add_option("--only", given.only, "These workloads alone, separated by commas")->delimiter(',');
    CLI::Option* json = root.add_flag("--json", given.json, "Print one JSON document");
    CLI::Option* instructions =
        root.add_flag("--instructions", given.instructions,
                      "Count instructions under callgrind; exit code 1 if a count is not as recorded")
            ->excludes(json);
    root.add_flag("--record", given.record, "Make the counted instructions the recorded ones")->needs(instructions);
    CLI::Option* scale = root.add_flag("--scale", given.scale,
                                       "Measure how cost grows: timers, users, nodes and links, requests in flight")
                             ->excludes(instructions);
    root.add_flag("--overhead", given.overhead,
                  "Measure what visual records, the results store and the start of the program cost")
        ->excludes(instructions)
        ->excludes(scale);
    // Hidden: what runs in processes of its own.
    root.add_option("--in-flight", given.inFlight)->group("")->check(CLI::IsMember({"process", "network"}));
    CLI::Option* once = root.add_option("--once", given.once)->group("");
    root.add_option("--units", given.units)->group("")->needs(once);
    try {
        root.parse(argc, argv);
    } catch (const CLI::ParseError& end) {
        return root.exit(end) == 0 ? ExitCode::fine : ExitCode::usersMistake;
    }
    if (!given.inFlight.empty()) return show(runInFlight(given.inFlight == "network"));
    if (given.once.empty()) return measure(given);
    const auto chosen = choose({given.once});
    return chosen ? show(runForCounting(*chosen->front(), given.units))
                  : fail(chosen.failure(), ExitCode::usersMistake);
}

}  // namespace
}  // namespace tantrum::bench

int main(int argc, char** argv)
{
    try {
        return static_cast<int>(tantrum::bench::commandLine(argc, argv));
    } catch (const std::exception& failure) {
        return static_cast<int>(tantrum::bench::fail({failure.what(), {}}, tantrum::bench::ExitCode::environment));
    }
}
