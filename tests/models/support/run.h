// Small worlds for tests: written as the nodes, links and timeline of a scenario file, built as any scenario is.
#pragma once

#include "models/scenario/scenario.h"
#include "models/world/results.h"
#include "models/world/world.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tantrum::models::support {

struct Options {
    std::uint64_t seed = 1;
    std::vector<double> trace;  ///< seconds; `arrivals: trace(trace.csv)` refers to them
    bool passages = false;
    bool frames = false;
    double traceRate = 0;
    std::optional<TailSampling> tail;
    std::size_t traceCapacity = TraceRecorder::usualCapacity;
    std::optional<LogLevel> logs;
    std::size_t logCapacity = LogRecorder::usualCapacity;
};

/// Reads the scenario; what is wrong with it is a failure of the test. `tantrum`, `name` and `duration` are added.
scenario::Scenario read(const std::string& yaml, double seconds, const Options& options = {});
std::unique_ptr<World> build(const std::string& yaml, double seconds, const Options& options = {});
/// From start to end. Every run is also a test: it has to come to its end with every request accounted for.
Results run(const std::string& yaml, double seconds, const Options& options = {});
/// What has to hold at any moment of any run.
void expectConservation(const World& world);

// What is asked of results; a name that is not there is a failure of the test.
const ClientResult& client(const Results& results, std::string_view name);
const NodeResult& node(const Results& results, std::string_view name);
const LinkResult& link(const Results& results, std::string_view from, std::string_view to);
double metric(const NodeResult& node, std::string_view key);
double metric(const LinkResult& link, std::string_view key);
/// The value of the expectation that begins with this text.
double value(const Results& results, std::string_view expectation);

template <class R> std::uint64_t ended(const R& result, Outcome outcome)
{
    return result.outcomes[static_cast<std::size_t>(outcome)];
}

/// Requests a client began between two times that are edges of the series' buckets.
double begunBetween(const Results& results, std::string_view client, double from, double until);

inline engine::Instant second(double seconds) { return engine::Instant::at(engine::Duration::fromSeconds(seconds)); }

/// `count` times the same moment.
inline std::vector<double> atOnce(std::size_t count, double moment) { return std::vector<double>(count, moment); }

}  // namespace tantrum::models::support
