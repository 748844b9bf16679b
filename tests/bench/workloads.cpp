#include "tests/bench/workloads.h"

#include "app/core/bundled.h"
#include "models/scenario/reader.h"
#include "tests/bench/hand_loop.h"

#include <fmt/format.h>

#include <array>

namespace tantrum::bench {
namespace {

// A bar that was set as a rate, on the machine on which the hand loop takes its 36 ns.
constexpr double ratioAt(double perSecond) { return 1e9 / perSecond / handLoopNanoseconds; }

constexpr std::uint64_t wholeScenario = ~std::uint64_t{0};

constexpr std::array<Workload, 9> all{{
    {"w1", Unit::request, 2.3, 1.8, 925, 1'000'000, 20'000},
    {"w1b", Unit::request, 6.2, 5.0, 2130, 400'000, 10'000},
    {"w1b4", Unit::request, 7.2, 5.8, 2510, 400'000, 10'000},
    {"w1b_jitter", Unit::request, 6.8, 5.5, 2330, 400'000, 10'000},
    {"w1b_firing", Unit::request, 7.5, 6.0, 2300, 400'000, 10'000},
    {"w2", Unit::request, 18.5, 15.0, 5810, 150'000, 5'000},
    {"w3", Unit::request, 18.5, 14.5, 6700, 150'000, 8'000},
    {"w4", Unit::lookup, ratioAt(6e6), {}, {}, 600'000, 20'000},
    {"w5", Unit::event, ratioAt(6e6), {}, {}, wholeScenario, 100'000},
}};

}  // namespace

std::string_view nameOf(Unit unit)
{
    switch (unit) {
    case Unit::lookup: return "look-up";
    case Unit::event: return "event";
    default: return "request";
    }
}

std::span<const Workload> workloads() { return all; }

const Workload* findWorkload(std::string_view name)
{
    for (const Workload& workload : all)
        if (workload.name == name) return &workload;
    return nullptr;
}

app::Expected<models::scenario::Scenario> readScenario(const Workload& workload)
{
    const std::string name = fmt::format("bench/{}", workload.name);
    const auto file = app::findScenario(name);
    if (!file) return file.failure();
    models::scenario::ReadResult result = models::scenario::readFile(*file, models::catalogue());
    if (!result.scenario)
        return app::Failure{fmt::format("the scenario {} has mistakes", name),
                            fmt::format("`tantrum check {}` shows them", name)};
    return *std::move(result.scenario);
}

Course::Course(const Workload& workload, const models::scenario::Scenario& scenario,
               const models::WorldOptions& options)
    : workload_(workload), warm_(engine::Instant::at(scenario.warmup)), world_(models::World::build(scenario, options))
{}

std::uint64_t Course::units() const { return workload_.unit == Unit::event ? world_->events() : world_->requests(); }

void Course::warmUp() { world_->advanceTo(warm_); }

app::Expected<void> Course::advance(std::uint64_t more)
{
    constexpr std::uint64_t slice = 1'000;  // events; small beside any count asked for
    const std::uint64_t before = units();
    while (units() - before < more) {
        const auto progress = world_->advanceSome(slice, world_->end());
        if (progress == models::World::Progress::stopped) return app::Failure{world_->stopReason(), {}};
        if (progress == models::World::Progress::finished) break;
    }
    return {};
}

}  // namespace tantrum::bench
