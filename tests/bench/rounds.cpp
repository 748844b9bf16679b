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
    std::vector<double> nanoseconds{}, ratios{};  // one a round
};

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

std::string tableOf(const std::vector<HandLoop>& hand, const std::vector<Measured>& all)
{
    using Align = app::TextTable::Align;
    std::vector<double> handTimes, means;
    for (const HandLoop& each : hand) handTimes.push_back(each.nanoseconds), means.push_back(each.meanSojourn);
    const double handTime = medianOf(handTimes);
    app::TextTable table({{"workload", Align::left},
                          {"ratio"},
                          {"(min … max)"},
                          {"must reach"},
                          {"aim for"},
                          {"ns"},
                          {"for one", Align::left},
                          {"M/s"},
                          {"verdict", Align::left}});
    table.add({"hand loop", "1", "", "", "", fmt::format("{:.1f}", handTime), "customer",
               fmt::format("{:.2f}", 1e3 / handTime), ""});
    for (const Measured& each : all) {
        const Workload& workload = *each.workload;
        const auto [least, most] = std::minmax_element(each.ratios.begin(), each.ratios.end());
        const double ratio = medianOf(each.ratios), time = medianOf(each.nanoseconds);
        table.add({std::string(workload.name), fmt::format("{:.2f}", ratio),
                   fmt::format("({:.2f} … {:.2f})", *least, *most), fmt::format("{:.4g}", workload.mustReach),
                   workload.aimFor ? fmt::format("{:.4g}", *workload.aimFor) : "–", fmt::format("{:.1f}", time),
                   std::string(nameOf(workload.unit)), fmt::format("{:.2f}", 1e3 / time), verdictOn(workload, ratio)});
    }
    return table.render() + fmt::format("\n{} rounds, medians. Ratios are to the hand loop of the same round; its "
                                        "customers stayed {:.2f} mean services\n"
                                        "(theory: {:.0f}).\n",
                                        hand.size(), medianOf(means), 1 / (1 - handLoopLoad));
}

std::string jsonOf(const std::vector<HandLoop>& hand, const std::vector<Measured>& all)
{
    nlohmann::ordered_json document{{"version", app::version()}, {"rounds", hand.size()}};
    for (const HandLoop& each : hand) {
        document["hand_loop"]["ns"].push_back(each.nanoseconds);
        document["hand_loop"]["mean_sojourn"].push_back(each.meanSojourn);
    }
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
                                     {"ns_by_round", each.nanoseconds}};
        if (each.workload->aimFor) entry["aim_for"] = *each.workload->aimFor;
        document["workloads"].push_back(std::move(entry));
    }
    return document.dump(2) + "\n";
}

}  // namespace

app::Expected<std::string> runRounds(const std::vector<const Workload*>& chosen, int rounds, bool json)
{
    std::vector<HandLoop> hand;
    std::vector<Measured> all;
    for (const Workload* workload : chosen) {
        auto scenario = readScenario(*workload);
        if (!scenario) return scenario.failure();
        all.push_back({workload, std::move(*scenario)});
    }
    for (int round = 0; round < rounds; ++round) {
        hand.push_back(runHandLoop(handLoopCustomers, static_cast<std::uint64_t>(round) + 1));
        for (Measured& each : all) {
            const auto time = timeOnce(each);
            if (!time) return time.failure();
            each.nanoseconds.push_back(*time);
            each.ratios.push_back(*time / hand.back().nanoseconds);
        }
    }
    return json ? jsonOf(hand, all) : tableOf(hand, all);
}

}  // namespace tantrum::bench
