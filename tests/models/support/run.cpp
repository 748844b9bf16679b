#include "tests/models/support/run.h"

#include "models/scenario/catalogue.h"
#include "models/scenario/reader.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <limits>
#include <stdexcept>
#include <unistd.h>

namespace tantrum::models::support {
namespace {

// A directory of its own for the files of one scenario, for as long as it is read.
class Folder {
public:
    explicit Folder(const std::vector<double>& trace)
    {
        static int number = 0;
        path_ = std::filesystem::temp_directory_path() / ("tantrum-model-test-" + std::to_string(getpid()) + "-" + std::to_string(++number));
        std::filesystem::create_directories(path_);
        std::ofstream file(path_ / "trace.csv");
        file.precision(12);
        for (const double moment : trace) file << moment << '\n';
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

template <class List> const auto& named(const List& list, std::string_view name)
{
    const auto found = std::find_if(list.begin(), list.end(), [&](const auto& each) { return each.name == name; });
    if (found == list.end()) throw std::runtime_error("there are no results of " + std::string(name));
    return *found;
}

double metricIn(const std::vector<NamedMetric>& metrics, std::string_view key)
{
    for (const NamedMetric& metric : metrics)
        if (metric.key == key) return metric.value;
    throw std::runtime_error("there is no metric " + std::string(key));
}

}  // namespace

scenario::Scenario read(const std::string& yaml, double seconds, const Options& options)
{
    const auto nanoseconds = static_cast<long long>(std::llround(seconds * 1e9));
    const std::string text = "tantrum: 1\nname: test\nduration: " + std::to_string(nanoseconds) + "ns\n" + yaml;
    scenario::ReadResult result;
    if (options.trace.empty()) {
        result = scenario::read(text, "test.yaml", catalogue());
    } else {
        const Folder folder(options.trace);
        scenario::ReadOptions where;
        where.directory = folder.path();
        result = scenario::read(text, "test.yaml", catalogue(), where);
    }
    for (const scenario::Diagnostic& each : result.diagnostics) ADD_FAILURE() << each.message << " (" << each.hint << ") in\n" << text;
    if (!result.scenario) throw std::runtime_error("the scenario cannot be read");
    return *std::move(result.scenario);
}

std::unique_ptr<World> build(const std::string& yaml, double seconds, const Options& options)
{
    WorldOptions world;
    world.seed = options.seed;
    world.passages = options.passages;
    world.frames = options.frames;
    world.traceRate = options.traceRate;
    world.tail = options.tail;
    world.traceCapacity = options.traceCapacity;
    world.logs = options.logs;
    world.logCapacity = options.logCapacity;
    return World::build(read(yaml, seconds, options), world);
}

void expectConservation(const World& world)
{
    EXPECT_EQ(world.unaccounted(), 0);
    const Results results = world.results();
    for (const ClientResult& each : results.clients) EXPECT_EQ(each.offered, each.completed + each.failed + each.inFlight) << each.name;
    for (const NodeResult& each : results.nodes) EXPECT_EQ(each.arrivals, each.completed + each.failed + each.inFlight) << each.name;
    for (const LinkResult& each : results.links) {
        std::uint64_t ended = 0;
        for (const std::uint64_t count : each.outcomes) ended += count;
        EXPECT_EQ(each.attempts, ended + each.inFlight) << each.from << " -> " << each.to;
    }
    for (const AuditLine& line : world.audit())
        EXPECT_NE(line.verdict, AuditLine::Verdict::violated) << line.subject << ": " << line.law << " (" << line.claim << "): " << line.left << " against " << line.right << " " << line.note;
}

Results run(const std::string& yaml, double seconds, const Options& options)
{
    const auto world = build(yaml, seconds, options);
    EXPECT_EQ(world->advanceTo(world->end()), World::Progress::finished) << world->stopReason();
    EXPECT_EQ(world->now(), world->end());
    expectConservation(*world);
    return world->results();
}

const ClientResult& client(const Results& results, std::string_view name) { return named(results.clients, name); }
const NodeResult& node(const Results& results, std::string_view name) { return named(results.nodes, name); }

const LinkResult& link(const Results& results, std::string_view from, std::string_view to)
{
    for (const LinkResult& each : results.links)
        if (each.from == from && each.to == to) return each;
    throw std::runtime_error("there are no results of " + std::string(from) + " -> " + std::string(to));
}

double metric(const NodeResult& node, std::string_view key) { return metricIn(node.metrics, key); }
double metric(const LinkResult& link, std::string_view key) { return metricIn(link.metrics, key); }

double value(const Results& results, std::string_view expectation)
{
    for (const ExpectResult& each : results.expect)
        if (each.text.starts_with(expectation)) return each.value;
    throw std::runtime_error("there is no expectation " + std::string(expectation));
}

double begunBetween(const Results& results, std::string_view client, double from, double until)
{
    const SeriesResult::Columns& columns = named(results.series.clients, client);
    const double length = results.series.bucketSeconds;
    double sum = 0;
    for (std::size_t bucket = 0; bucket < columns.ratePerSecond.size(); ++bucket) {
        const double middle = (static_cast<double>(bucket) + 0.5) * length;
        if (middle > from && middle < until) sum += static_cast<double>(columns.ratePerSecond[bucket]) * length;
    }
    return sum;
}

}  // namespace tantrum::models::support
