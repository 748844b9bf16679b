#include "models/scenario/reader.h"
#include "tests/bench/child.h"
#include "tests/bench/clock.h"
#include "tests/bench/run.h"
#include "tests/bench/scale.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string_view>

namespace tantrum::bench {
namespace {

// Clients in front of ten layers of services; each service calls one of five or six of the next layer.
constexpr int clients = 100, layers = 10, perLayer = 990;
constexpr int nodes = clients + layers * perLayer;
constexpr int links = 50'000;
constexpr int callers = (layers - 1) * perLayer;
constexpr int fewest = (links - clients) / callers;              // links of a caller,
constexpr int withOneMore = links - clients - fewest * callers;  // and how many have one more

std::string nameOf(int layer, int index) { return fmt::format("s{}_{}", layer, index % perLayer); }

std::string largeGraph()
{
    std::string nodeLines, linkLines;
    for (int client = 0; client < clients; ++client) {
        const std::string target = nameOf(0, client * (perLayer / clients));
        nodeLines += fmt::format("  c{}: {{type: client, arrivals: poisson(100/s), sends: {}.ask}}\n", client, target);
        linkLines += fmt::format("  c{} -> {}: {{latency: 0.5ms}}\n", client, target);
    }
    for (int caller = 0; caller < callers; ++caller) {
        const int layer = caller / perLayer, index = caller % perLayer;
        const int targets = fewest + (caller < withOneMore ? 1 : 0);
        std::string branches;
        for (int next = 0; next < targets; ++next) {
            const std::string target = nameOf(layer + 1, index * 7 + next * 31);
            branches += fmt::format("{}{{{}steps: [{{call: {}.ask}}]}}", next == 0 ? "" : ", ",
                                    next + 1 < targets ? fmt::format("share: {}%, ", 100 / targets) : "", target);
            linkLines += fmt::format("  {} -> {}: {{latency: 0.5ms}}\n", nameOf(layer, index), target);
        }
        nodeLines += fmt::format("  {}: {{type: service, workers: 8, operations: {{ask: [{{work: exponential(1ms)}}, "
                                 "{{choose: [{}]}}]}}}}\n",
                                 nameOf(layer, index), branches);
    }
    for (int index = 0; index < perLayer; ++index)
        nodeLines += fmt::format("  {}: {{type: service, workers: 8, operations: {{ask: [work: exponential(1ms)]}}}}\n",
                                 nameOf(layers - 1, index));
    return fmt::format("tantrum: 1\nname: A large graph\nduration: 10s\nwarmup: 0s\nnodes:\n{}links:\n{}", nodeLines,
                       linkLines);
}

// Each is on its way and at work for a second, so that as many are in flight as come in a second. Over a link
// with policies a quarter of a million: what crosses a network stands in more frames.
constexpr int inFlight = 1'000'000, inFlightOverLink = 250'000;

std::string manyInFlight(bool network)
{
    const std::string link =
        "links:\n  users -> server: {latency: 0.3s, jitter: 0.1s, policies: [retry: {attempts: 3}, timeout: 100s]}\n";
    return fmt::format("tantrum: 1\nname: A million in flight\nduration: 1.3s\nwarmup: 0s\nnodes:\n"
                       "  users: {{type: client, arrivals: poisson({}/s), sends: server}}\n"
                       "  server: {{type: service, workers: 1000000, work: uniform({}s {}s)}}\n{}",
                       network ? inFlightOverLink : inFlight, network ? 0.35 : 0.95, network ? 0.45 : 1.05,
                       network ? link : "");
}

// Of resident memory. What the system reports of a child that has ended would include its parent's.
app::Expected<std::uint64_t> peakKibibytes()
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (constexpr std::string_view label = "VmHWM:"; line.starts_with(label))
            return std::strtoull(line.c_str() + label.size(), nullptr, 10);
    return app::Failure{"the system does not say how much memory this process used", {}};
}

}  // namespace

app::Expected<std::vector<Figure>> measureLargeGraph()
{
    const std::string text = largeGraph();
    const double start = cpuSeconds();
    auto read = models::scenario::read(text, "generated", models::catalogue());
    if (!read.scenario) return app::Failure{models::scenario::render(read.diagnostics), {}};
    const double afterReading = cpuSeconds();
    const auto world = models::World::build(*read.scenario, {});
    const double afterBuilding = cpuSeconds();
    const auto done = advanceTo(*world, world->end());
    const double afterRunning = cpuSeconds();
    if (!done) return done.failure();
    if (world->unaccounted() != 0) return app::Failure{"requests got lost in the large graph", {}};
    const std::string size = fmt::format("{} nodes and {} links", nodes, links);
    const auto events = static_cast<double>(world->events());
    return std::vector<Figure>{
        {size + ", read and built", afterBuilding - start, "s", 1,
         fmt::format("{:.3f} s to read, {:.3f} s to build", afterReading - start, afterBuilding - afterReading)},
        {size + ", run",
         (afterRunning - afterBuilding) * 1e9 / events,
         "ns an event",
         {},
         fmt::format("{:.0f} events, {} requests", events, world->requests())},
    };
}

app::Expected<std::vector<Figure>> measureInFlight()
{
    std::vector<Figure> figures;
    for (const bool network : {false, true}) {
        const auto child = runChild({ownProgram(), "--in-flight", network ? "network" : "process"});
        if (!child) return child.failure();
        if (child->exitCode != 0) return app::Failure{child->errors, {}};
        char* rest = nullptr;
        const double count = std::strtod(child->output.c_str(), &rest);
        const double mebibytes = std::strtod(rest, nullptr) / 1024;
        const double share = network ? static_cast<double>(inFlightOverLink) / inFlight : 1;
        figures.push_back(
            {fmt::format("{} in flight, {}", network ? inFlightOverLink : inFlight,
                         network ? "over a link with two policies" : "in one process"),
             mebibytes, "MiB at the peak", 1e9 / (1 << 20) * share,
             fmt::format("{:.0f} were in flight: {:.0f} bytes each", count, mebibytes * (1 << 20) / count)});
    }
    return figures;
}

app::Expected<std::string> runInFlight(bool network)
{
    const auto world = buildFrom(manyInFlight(network));
    if (!world) return world.failure();
    std::uint64_t most = 0;
    for (int step = 1; step <= 13; ++step) {
        if (const auto done = advanceTo(**world, engine::Instant::at(engine::Duration::milliseconds(100) * step));
            !done)
            return done.failure();
        const auto results = (*world)->results();
        most = std::max(most, results.clients.front().inFlight);
    }
    const auto kibibytes = peakKibibytes();
    if (!kibibytes) return kibibytes.failure();
    return fmt::format("{} {}\n", most, *kibibytes);
}

}  // namespace tantrum::bench
