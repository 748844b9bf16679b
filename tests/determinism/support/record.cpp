#include "tests/determinism/support/record.h"

#include "models/scenario/backoff.h"
#include "models/scenario/catalogue.h"
#include "models/scenario/expression.h"
#include "models/scenario/reader.h"
#include "models/world/world.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <span>
#include <sstream>
#include <stdexcept>

namespace tantrum::determinism {
namespace {

using namespace models;
namespace fs = std::filesystem;

constexpr std::uint64_t eventsOfAFile = 200'000, eventsOfALaw = 20'000;

fs::path recordFile() { return fs::path(TANTRUM_SOURCE_DIR) / "tests/determinism/fingerprints.txt"; }

std::string contentOf(const fs::path& file)
{
    std::ifstream stream(file);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

// A function of the language, as it stands in one of four places.
struct Place {
    std::string key, before, after;
    std::vector<std::string> texts;
};

const std::vector<Place>& places()
{
    static const std::string service = "  web: {type: service, workers: 20, queue: 100, work: exponential(3ms)}\n";
    static const std::vector<Place> all{
        {"work", "nodes:\n  users: {type: client, arrivals: poisson(500/s), sends: web}\n  web: {type: service, workers: 20, queue: 100, work: ", "}\n",
         {"exponential(2ms)", "uniform(1ms 5ms)", "normal(2ms 1ms)", "normal(0ms 1ms)", "lognormal(2ms 1.5)", "lognormal(p50=2ms p99=40ms)", "lognormal(mean=3ms deviation=9ms)",
          "erlang(4 3ms)", "erlang(200 3ms)", "gamma(0.3 3ms)", "gamma(7.5 3ms)", "weibull(0.7 3ms)", "weibull(3 3ms)", "pareto(1ms 1.3)", "bounded_pareto(1ms 1s 1.1)", "triangular(1ms 2ms 7ms)",
          "hyperexponential(3ms 20)", "mix(99%=exponential(2ms) 1%=lognormal(50ms 1))", "shifted(1ms gamma(0.5 2ms))"}},
        {"arrivals", "nodes:\n  users: {type: client, sends: web, arrivals: ", "}\n" + service,
         {"poisson(700/s)", "paced(333/s)", "closed(users=40 think=lognormal(20ms 1))", "ramp(10/s 900/s 20s)", "steps(100/s 2s 900/s 3s 1/s 1s 300/s)", "spike(50/s 3000/s 1s 500ms)", "diurnal(500/s swing=90% period=7s)"}},
        {"keys", "nodes:\n  users: {type: client, arrivals: poisson(2000/s), sends: pages.get, keys: ", "}\n  pages: {type: cache, capacity: 100, ttl: 1s, ttl_jitter: 20%, backend: web}\n" + service,
         {"uniform(1000)", "zipf(10000 1)", "zipf(10000 0.7)", "zipf(1000000000 1.3)"}},
        {"backoff", "nodes:\n  users: {type: client, arrivals: poisson(500/s), sends: web}\n  web: {type: service, workers: 9, operations: {get: [{work: exponential(3ms)}, {fail: 40%}]}}\n"
                    "links:\n  users -> web: {latency: exponential(1ms), jitter: 0.2ms, bandwidth: 10Mbit/s, loss: 1%, policies: [retry: {attempts: 5, jitter: decorrelated, backoff: ", "}, timeout: 30ms]}\n",
         {"exponential(5ms max=1s factor=1.7)", "exponential(5ms)", "fixed(7ms)"}},
        {"bytes", "nodes:\n  users: {type: client, arrivals: poisson(300/s), sends: web, bytes: ", "}\n" + service + "links:\n  users -> web: {latency: normal(1ms 0.3ms), bandwidth: 10Mbit/s}\n",
         {"exponential(1KB)", "lognormal(1KB 1.2)", "pareto(100B 1.5)"}},
    };
    return all;
}

}  // namespace

std::vector<Remembered> everythingRemembered()
{
    std::vector<Remembered> all;
    const fs::path root = fs::path(TANTRUM_SOURCE_DIR) / "scenarios";
    for (const auto& entry : fs::recursive_directory_iterator(root))
        if (entry.path().extension() == ".yaml")
            all.push_back({fs::relative(entry.path(), root).generic_string(), contentOf(entry.path()), entry.path().parent_path().string(), eventsOfAFile});
    std::sort(all.begin(), all.end(), [](const Remembered& a, const Remembered& b) { return a.name < b.name; });
    for (const Place& place : places())
        for (const std::string& text : place.texts)
            all.push_back({place.key + ": " + text, "tantrum: 1\nname: test\nseed: 7\nduration: 1000s\n" + place.before + text + place.after, ".", eventsOfALaw});
    return all;
}

std::vector<std::string> functionsLeftOut()
{
    using namespace scenario;
    std::vector<std::string> missing;
    const auto look = [&](std::span<const FunctionDoc> functions, const std::string& key) {
        for (const FunctionDoc& function : functions) {
            const auto reads = [](const ArgumentDoc& argument) { return argument.dimension == Dimension::file; };
            if (std::any_of(function.arguments.begin(), function.arguments.end(), reads)) continue;  // numbers as they stand
            const std::string begins = std::string(function.name) + "(" + (function.namedOnly ? std::string(function.arguments.front().name) + "=" : "");
            bool found = false;
            for (const Place& place : places())
                if (place.key == key) found = std::any_of(place.texts.begin(), place.texts.end(), [&](const std::string& text) { return text.starts_with(begins); });
            if (!found) missing.push_back(key + ": " + begins + "…)");
        }
    };
    look(distributionFunctions(), "work");
    look(arrivalFunctions(), "arrivals");
    look(keyFunctions(), "keys");
    look(backoffFunctions(), "backoff");
    return missing;
}

std::string fingerprintOf(const Remembered& remembered)
{
    scenario::ReadOptions options;
    options.directory = remembered.folder;
    const auto read = scenario::read(remembered.text, remembered.name, catalogue(), options);
    if (!read.scenario) throw std::runtime_error(remembered.name + " cannot be read:\n" + scenario::render(read.diagnostics, remembered.text));
    const auto world = World::build(*read.scenario, {});
    world->advanceSome(remembered.events, world->end());
    char text[60];
    std::snprintf(text, sizeof text, "%016llx %llu", static_cast<unsigned long long>(world->fingerprint()), static_cast<unsigned long long>(world->events()));
    return text;
}

// A line each: fingerprint, events, name.
std::map<std::string, std::string> readRecord()
{
    std::map<std::string, std::string> record;
    std::ifstream stream(recordFile());
    for (std::string line; std::getline(stream, line);) {
        if (line.empty() || line.front() == '#') continue;
        const std::size_t end = line.find(' ', line.find(' ') + 1);
        if (end != std::string::npos) record.emplace(line.substr(end + 1), line.substr(0, end));
    }
    return record;
}

void writeRecord(const std::map<std::string, std::string>& record)
{
    std::ofstream stream(recordFile());
    stream << "# Fingerprint and number of events of the beginning of a run, by name. Every compiler, every optimisation level and\n"
              "# every machine has to find the same. Where a change of the models means to change runs, record anew:\n"
              "#   TANTRUM_RECORD=1 build/release/bin/determinism_tests --gtest_filter='*Recorded*'\n";
    for (const auto& [name, fingerprint] : record) stream << fingerprint << ' ' << name << '\n';
    if (!stream.flush()) throw std::runtime_error(recordFile().string() + " cannot be written");
}

}  // namespace tantrum::determinism
