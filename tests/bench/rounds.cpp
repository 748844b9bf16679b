#include "tests/bench/rounds.h"

#include "app/core/text_table.h"
#include "app/core/version.h"
#include "tests/bench/clock.h"
#include "tests/bench/hand_loop.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace tantrum::bench {
namespace {

constexpr std::uint64_t handLoopCustomers = 2'000'000;

struct Measured {
    const Workload* workload = nullptr;
    models::scenario::Scenario scenario;
    std::vector<double> nanoseconds{}, ratios{}, tightRatios{};  // one a round
};

struct Yardsticks {
    std::vector<HandLoop> hand{}, tight{};  // one a round
};

double medianTime(const std::vector<HandLoop>& loops)
{
    std::vector<double> times;
    for (const HandLoop& each : loops) times.push_back(each.nanoseconds);
    return medianOf(times);
}

app::Expected<double> timeOnce(const Measured& of)
{
    Course course(*of.workload, of.scenario);
    course.warmUp();
    const std::uint64_t before = course.units();
    const double start = cpuSeconds();
    const auto done = course.advance(of.workload->timed);
    const double took = cpuSeconds() - start;
    if (!done) return done.failure();
    return took * 1e9 / static_cast<double>(course.units() - before);
}

std::string verdictOn(const Workload& workload, double ratio)
{
    if (ratio > workload.mustReach) return fmt::format("{:.0f} % too slow", (ratio / workload.mustReach - 1) * 100);
    return workload.aimFor && ratio <= *workload.aimFor ? "reaches the aim" : "good enough";
}

std::string tableOf(const Yardsticks& loops, const std::vector<Measured>& all)
{
    using Align = app::TextTable::Align;
    std::vector<double> means;
    for (const HandLoop& each : loops.hand) means.push_back(each.meanSojourn);
    const double handTime = medianTime(loops.hand), tightTime = medianTime(loops.tight);
    app::TextTable table({{"workload", Align::left},
                          {"ratio"},
                          {"(min … max)"},
                          {"must reach"},
                          {"aim for"},
                          {"to the tight loop"},
                          {"ns"},
                          {"for one", Align::left},
                          {"M/s"},
                          {"verdict", Align::left}});
    table.add({"hand loop", "1", "", "", "", fmt::format("{:.2f}", handTime / tightTime), fmt::format("{:.1f}", handTime),
               "customer", fmt::format("{:.2f}", 1e3 / handTime), ""});
    table.add({"tight loop", fmt::format("{:.2f}", tightTime / handTime), "", "", "", "1", fmt::format("{:.1f}", tightTime),
               "customer", fmt::format("{:.2f}", 1e3 / tightTime), ""});
    for (const Measured& each : all) {
        const Workload& workload = *each.workload;
        const auto [least, most] = std::minmax_element(each.ratios.begin(), each.ratios.end());
        const double ratio = medianOf(each.ratios), time = medianOf(each.nanoseconds);
        table.add({std::string(workload.name), fmt::format("{:.2f}", ratio),
                   fmt::format("({:.2f} … {:.2f})", *least, *most), fmt::format("{:.4g}", workload.mustReach),
                   workload.aimFor ? fmt::format("{:.4g}", *workload.aimFor) : "–",
                   fmt::format("{:.2f}", medianOf(each.tightRatios)), fmt::format("{:.1f}", time),
                   std::string(nameOf(workload.unit)), fmt::format("{:.2f}", 1e3 / time), verdictOn(workload, ratio)});
    }
    return table.render() + fmt::format("\n{} rounds, medians. Ratios are to the hand loop of the same round; its "
                                        "customers stayed {:.2f} mean services\n"
                                        "(theory: {:.0f}).\n",
                                        loops.hand.size(), medianOf(means), 1 / (1 - handLoopLoad));
}

void addLoop(nlohmann::ordered_json& document, std::string_view name, const std::vector<HandLoop>& loops)
{
    for (const HandLoop& each : loops) {
        document[name]["ns"].push_back(each.nanoseconds);
        document[name]["mean_sojourn"].push_back(each.meanSojourn);
    }
}

std::string jsonOf(const Yardsticks& loops, const std::vector<Measured>& all)
{
    nlohmann::ordered_json document{{"version", app::version()}, {"rounds", loops.hand.size()}};
    addLoop(document, "hand_loop", loops.hand);
    addLoop(document, "tight_loop", loops.tight);
    for (const Measured& each : all) {
        const double ratio = medianOf(each.ratios), time = medianOf(each.nanoseconds);
        nlohmann::ordered_json entry{{"workload", each.workload->name},
                                     {"unit", nameOf(each.workload->unit)},
                                     {"ratio", ratio},
                                     {"ns", time},
                                     {"per_second", 1e9 / time},
                                     {"must_reach", each.workload->mustReach},
                                     {"verdict", verdictOn(*each.workload, ratio)},
                                     {"ratios", each.ratios},
                                     {"ratios_to_tight_loop", each.tightRatios},
                                     {"ns_by_round", each.nanoseconds}};
        if (each.workload->aimFor) entry["aim_for"] = *each.workload->aimFor;
        document["workloads"].push_back(std::move(entry));
    }
    return document.dump(2) + "\n";
}

}  // namespace

app::Expected<std::string> runRounds(const std::vector<const Workload*>& chosen, int rounds, bool json)
{
    Yardsticks loops;
    std::vector<Measured> all;
    for (const Workload* workload : chosen) {
        auto scenario = readScenario(*workload);
        if (!scenario) return scenario.failure();
        all.push_back({workload, std::move(*scenario)});
    }
    for (int round = 0; round < rounds; ++round) {
        const std::uint64_t seed = static_cast<std::uint64_t>(round) + 1;
        loops.hand.push_back(runHandLoop(handLoopCustomers, seed));
        loops.tight.push_back(runTightLoop(handLoopCustomers, seed));
        for (Measured& each : all) {
            const auto time = timeOnce(each);
            if (!time) return time.failure();
            each.nanoseconds.push_back(*time);
            each.ratios.push_back(*time / loops.hand.back().nanoseconds);
            each.tightRatios.push_back(*time / loops.tight.back().nanoseconds);
        }
    }
    return json ? jsonOf(loops, all) : tableOf(loops, all);
}

}  // namespace tantrum::bench
