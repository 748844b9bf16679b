// What is measured: the scenarios of scenarios/bench, each with its bars.
#pragma once

#include "app/core/expected.h"
#include "models/scenario/scenario.h"
#include "models/world/world.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tantrum::bench {

/// What a workload's cost is given for. Each request of w4 is one look-up.
enum class Unit : unsigned char { request, lookup, event };
std::string_view nameOf(Unit unit);

struct Workload {
    std::string_view name;  ///< "w1": the bundled scenario bench/w1
    Unit unit = Unit::request;
    double mustReach = 0;  ///< at most so many times the hand loop's time of one customer
    std::optional<double> aimFor;
    std::optional<double> mostInstructions;  ///< of one unit, by g++ 12
    std::uint64_t timed = 0;                 ///< units of one timed round, after the scenario's warm-up
    std::uint64_t counted = 0;               ///< instructions are counted for so many units and for twice as many
};
std::span<const Workload> workloads();
/// nullptr: there is none of that name.
const Workload* findWorkload(std::string_view name);

/// Reads the scenario of a workload. Failure: it is missing or has mistakes.
app::Expected<models::scenario::Scenario> readScenario(const Workload& workload);

/// One world of a workload, as `tantrum run` builds it: all statistics on.
class Course {
public:
    Course(const Workload& workload, const models::scenario::Scenario& scenario,
           const models::WorldOptions& options = {});

    models::World& world() { return *world_; }
    /// So far.
    std::uint64_t units() const;
    /// To the end of the scenario's warm-up.
    void warmUp();
    /// Until so many more units, or to the end of the scenario. Failure: a guard stopped it.
    app::Expected<void> advance(std::uint64_t units);

private:
    const Workload& workload_;
    engine::Instant warm_;
    std::unique_ptr<models::World> world_;
};

}  // namespace tantrum::bench
