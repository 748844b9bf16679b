#include "tests/bench/overhead.h"

#include "app/core/files.h"
#include "app/core/runner.h"
#include "app/core/store.h"
#include "tests/bench/child.h"
#include "tests/bench/clock.h"
#include "tests/bench/run.h"
#include "tests/bench/workloads.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace tantrum::bench {
namespace {

using models::scenario::Scenario;

constexpr int starts = 15;

// Seconds of a run of half a million events, and what became of its pictures.
struct Pictured {
    double seconds = 0;
    std::uint64_t taken = 0, dropped = 0;
};

// As a window does it, but more often: a frame of 60 a second is more than 10,000 events.
app::Expected<Pictured> runPictured(const Workload& workload, const Scenario& scenario, bool passages)
{
    constexpr std::uint64_t frame = 10'000, warm = 5, frames = 50;
    models::WorldOptions options;
    options.passages = passages;
    Course course(workload, scenario, options);
    std::vector<models::Passage> taken;
    Pictured pictured;
    double start = 0;
    for (std::uint64_t each = 0; each < warm + frames; ++each) {
        if (each == warm) start = cpuSeconds(), pictured = {};
        if (const auto done = advanceEvents(course.world(), frame); !done) return done.failure();
        taken.clear();
        course.world().takePassages(taken);
        pictured.taken += taken.size();
    }
    pictured.seconds = cpuSeconds() - start;
    pictured.dropped = course.world().droppedPassages();
    return pictured;
}

app::Expected<Figure> pictures(const Workload& workload, int rounds)
{
    const auto scenario = readScenario(workload);
    if (!scenario) return scenario.failure();
    std::vector<double> ratios;
    Pictured with;
    for (int round = 0; round < rounds; ++round) {
        const auto without = runPictured(workload, *scenario, false), pictured = runPictured(workload, *scenario, true);
        if (!without || !pictured) return (without ? pictured : without).failure();
        with = *pictured;
        ratios.push_back(with.seconds / without->seconds);
    }
    return Figure{fmt::format("{}, visual records on", workload.name),
                  medianOf(ratios),
                  "times off",
                  {},
                  fmt::format("{} records a run, {} dropped", with.taken, with.dropped)};
}

app::Expected<Figure> tracing(const Workload& workload, int rounds)
{
    const auto scenario = readScenario(workload);
    if (!scenario) return scenario.failure();
    std::vector<double> ratios;
    std::size_t spans = 0;
    for (int round = 0; round < rounds; ++round) {
        app::RunOptions traced;
        traced.world.traceRate = 0.01;
        const auto without = app::run(*scenario).results, with = app::run(*scenario, traced).results;
        spans = with.traces.spans.size();
        ratios.push_back(with.cpuSeconds / without.cpuSeconds);
    }
    return Figure{fmt::format("{}, one request in a hundred traced", workload.name), medianOf(ratios), "times off", 1.05,
                  fmt::format("{} spans a run", spans)};
}

app::Expected<std::string> textOf(const std::string& file)
{
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return app::Failure{fmt::format("{} cannot be read", file), {}};
    return std::string(std::istreambuf_iterator<char>(stream), {});
}

app::Expected<std::vector<Figure>> storing(const Workload& workload, int rounds)
{
    const auto scenario = readScenario(workload);
    if (!scenario) return scenario.failure();
    const auto text = textOf(scenario->file);
    if (!text) return text.failure();
    const auto file = app::TemporaryFile::create(".db", "");
    if (!file) return file.failure();
    std::filesystem::remove(file->path());  // the store makes it
    auto store = app::Store::open(file->path(), app::Store::Access::write);
    if (!store) return store.failure();
    std::vector<double> ratios, waits;
    for (int round = 0; round < rounds; ++round) {
        app::Run run;
        run.results = app::run(*scenario).results;
        run.scenarioText = *text;
        run.duration = scenario->duration;
        const double cpu = cpuSeconds(), wall = wallSeconds();
        run.histograms = app::histogramsOf(run.results);
        if (const auto saved = store->save(run); !saved) return saved.failure();
        waits.push_back((wallSeconds() - wall) * 1e3);
        ratios.push_back(1 + (cpuSeconds() - cpu) / run.results.cpuSeconds);
    }
    return std::vector<Figure>{{fmt::format("{}, results to SQLite", workload.name),
                                medianOf(ratios),
                                "times the run",
                                {},
                                "CPU time of the run and of saving it, to the run's alone"},
                               {fmt::format("{}, saving alone", workload.name),
                                medianOf(waits),
                                "ms by the clock",
                                {},
                                "the disk's promise included"}};
}

app::Expected<Figure> startUp()
{
    const auto program = neighbour("tantrum");
    if (!program) return program.failure();
    const auto scenario = app::TemporaryFile::create(
        ".yaml", "tantrum: 1\nname: Tiny\nduration: 1s\nnodes:\n  users: {type: client, arrivals: poisson(100/s), "
                 "sends: web}\n  web: {type: service, work: exponential(1ms)}\n");
    if (!scenario) return scenario.failure();
    std::vector<double> times;
    for (int start = 0; start < starts; ++start) {
        const auto child = runChild({*program, "run", scenario->path().string()});
        if (!child) return child.failure();
        if (child->exitCode != 0) return app::Failure{child->errors, {}};
        times.push_back(child->wallSeconds * 1e3);
    }
    return Figure{"`tantrum run` of a tiny scenario", medianOf(times), "ms by the clock", 50,
                  fmt::format("whole process, median of {}", starts)};
}

}  // namespace

app::Expected<std::vector<Figure>> measureOverhead(int rounds)
{
    std::vector<Figure> figures;
    for (const char* name : {"w1b", "w2", "w5"}) {
        const auto figure = pictures(*findWorkload(name), rounds);
        if (!figure) return figure.failure();
        figures.push_back(*figure);
    }
    for (const char* name : {"w1b", "w2", "w5"}) {
        const auto traced = tracing(*findWorkload(name), rounds);
        if (!traced) return traced.failure();
        figures.push_back(*traced);
    }
    for (const char* name : {"w1b", "w5"}) {
        const auto stored = storing(*findWorkload(name), rounds);
        if (!stored) return stored.failure();
        figures.insert(figures.end(), stored->begin(), stored->end());
    }
    const auto start = startUp();
    if (!start) return start.failure();
    figures.push_back(*start);
    return figures;
}

}  // namespace tantrum::bench
