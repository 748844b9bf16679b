// A small catalogue of pretend models: enough of each kind to exercise the reader, without any behaviour.
#pragma once

#include "models/scenario/catalogue.h"
#include "models/scenario/reader.h"
#include "models/scenario/steps.h"
#include "models/scenario/values.h"

#include <optional>
#include <string>
#include <vector>

namespace tantrum::tests {

namespace sc = models::scenario;

enum class Discipline : std::uint8_t { fifo, lifo };
constexpr auto choices(Discipline)
{
    return std::array{sc::Choice<Discipline>{Discipline::fifo, "fifo", "first come, first served"},
                      sc::Choice<Discipline>{Discipline::lifo, "lifo", "newest first"}};
}

struct ClientParams {
    sc::Arrivals arrivals = sc::Arrivals::of("poisson(10/s)");
    sc::OperationReference sends;
    sc::Keys keys;
};
struct ServiceParams {
    std::int64_t replicas = 1;
    std::int64_t workers = 4;
    std::int64_t queue = sc::unlimited;
    Discipline discipline = Discipline::fifo;
    engine::Duration ttl{};
    std::optional<sc::Rate> limit;
    sc::Probability spare;
    double speed = 1;
    bool drain = false;
    sc::Money price;
    std::optional<sc::Bandwidth> disk;
    std::string note;
    sc::DurationDistribution work = sc::DurationDistribution::of("exponential(4ms)");
    sc::Operations operations;
};
struct QueueParams {
    std::int64_t maxLength = sc::unlimited;
    sc::Bytes memory = sc::Bytes::unlimited();
};
struct WorkerParams {
    sc::NodeReference consumes;
    std::int64_t concurrency = 1;
    std::vector<sc::NodeReference> also;
    sc::Program steps;
};
struct LinkParams {
    sc::DurationDistribution latency;
    std::optional<sc::Bandwidth> bandwidth;
    sc::Probability loss;
};
struct RetryParams {
    std::int64_t attempts = 3;
    engine::Duration base = engine::Duration::milliseconds(50);
    std::optional<sc::Probability> budget;
};
struct TimeoutParams {
    engine::Duration limit;
};
struct BreakerParams {
    std::int64_t window = 100;
};
struct CrashParams {
    sc::NodeReference crash;
};
struct SlowParams {
    sc::NodeReference slow;
    double factor = 2;
};
struct PartitionParams {
    std::vector<sc::NodeReference> partition;
};

/// client, service, cache, queue, worker; retry, timeout, circuit_breaker; crash, slow, partition; link.
const sc::Catalogue& fakes();

/// Reads; `directory` for files.
sc::ReadResult readText(const std::string& text, const std::string& directory = {});
/// All diagnostics as one text, for messages of failing tests and for searching.
std::string problemsOf(const sc::ReadResult&);
/// A valid scenario that uses every section.
const std::string& wholeScenario();

}  // namespace tantrum::tests
