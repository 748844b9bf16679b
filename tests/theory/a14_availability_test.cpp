// A14: what parts in series, parts in parallel, retries and repairs do to availability.
#include "tests/theory/support/experiment.h"
#include "tests/theory/support/statistics.h"

#include "models/scenario/catalogue.h"
#include "models/scenario/reader.h"
#include "models/world/world.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace tantrum::theory {
namespace {

// Share of a client's requests that came to a good end. Exact law, so that only the luck of the draw is allowed.
Quantity availability(const std::string& client, double expected)
{
    const auto ended = [=](const Results& results) {
        const auto& of = clientIn(results, client);
        return static_cast<double>(of.completed + of.failed);
    };
    return {client + " availability", expected, 0, [=](const Results& results) { return static_cast<double>(clientIn(results, client).completed) / ended(results); },
            {}, [=](const Results& results) { return halfWidthOfShare(expected, ended(results)); }};
}

TEST(Availability, OfPartsInSeriesIsTheProductOfTheirs)
{
    for (const int parts : {2, 5, 10, 30}) {
        Experiment series{.file = "a14_parts.yaml"};
        series.settings = {{"series.use.0.repeat.times", std::to_string(parts)}, {"pair_users.arrivals.rate", "1/s"}};
        series.seconds = 40;
        expectLaw(series, {availability("series_users", std::pow(.999, parts))});
    }
}

TEST(Availability, OfTwoPartsInParallelIsOneMinusTheProductOfTheFailures)
{
    Experiment pair{.file = "a14_parts.yaml"};
    pair.settings = {{"series_users.arrivals.rate", "1/s"}};
    pair.seconds = 200;
    expectLaw(pair, {availability("pair_users", .9999)});
}

TEST(Availability, OfThreeAttemptsIsOneMinusTheCubeOfTheFailure)
{
    Experiment retries{.file = "a14_retries.yaml"};
    retries.seconds = 300;
    expectLaw(retries, {availability("users", 1 - 1e-6)});
}

// (1 - p^n) / (1 - p) attempts for a request.
TEST(Retries, MakeAsManyAttemptsAsTheGeometricSeriesSays)
{
    const std::tuple<double, int, double> rows[]{{.1, 3, 1.11}, {.5, 2, 1.5}, {.5, 3, 1.75}, {.5, 4, 1.875}, {.9, 2, 1.9}, {.9, 3, 2.71}, {.9, 4, 3.439}};
    for (const auto& [failure, attempts, expected] : rows) {
        Experiment retries{.file = "a14_retries.yaml"};
        retries.settings = {{"part.use.0.fail", std::to_string(failure)}, {"users -> part.retry.attempts", std::to_string(attempts)}};
        retries.seconds = 40;
        const auto perCall = [](const Results& results) {
            const auto& link = linkIn(results, "users", "part");
            return static_cast<double>(link.attempts) / static_cast<double>(link.calls);
        };
        // The number of attempts of one call lies between 1 and n, so that its variance is below n^2 / 4.
        const auto interval = [n = attempts](const Results& results) { return n * halfWidthOfShare(.5, static_cast<double>(linkIn(results, "users", "part").calls)); };
        expectLaw(retries, {{"attempts per request", expected, 0, perCall, {}, interval}});
    }
}

TEST(Retries, OfWhatAlwaysFailsAreAsManyAsAllowed)
{
    for (const int attempts : {1, 2, 7, 100}) {
        Experiment retries{.file = "a14_retries.yaml"};
        retries.settings = {{"part.use.0.fail", "100%"}, {"users -> part.retry.attempts", std::to_string(attempts)}, {"users.arrivals", "paced(1/s)"}};
        retries.seconds = 10.5 * sanitizerFactor;
        const Results results = runOnce(retries);
        EXPECT_EQ(linkIn(results, "users", "part").calls, 10u);
        EXPECT_EQ(linkIn(results, "users", "part").attempts, 10u * static_cast<unsigned>(attempts));
    }
}

// Retries at every level multiply: 2^2 = 4, 3^3 = 27, 4^3 = 64, 5^3 = 125 calls at the bottom for one request.
TEST(Retries, MultiplyWithEveryLevelThatTries)
{
    const std::tuple<int, int, unsigned> rows[]{{2, 2, 4}, {3, 3, 27}, {4, 3, 64}, {5, 3, 125}};
    for (const auto& [attempts, levels, calls] : rows) {
        Experiment depth{.file = "a14_depth.yaml"};
        const std::string each = std::to_string(attempts);
        depth.settings = {{"front -> middle.retry.attempts", levels == 3 ? each : "1"}, {"middle -> back.retry.attempts", each}, {"back -> database.retry.attempts", each}};
        depth.seconds = 100.5 * sanitizerFactor;
        const Results results = runOnce(depth);
        EXPECT_EQ(clientIn(results, "users").failed, 100u);
        EXPECT_EQ(linkIn(results, "back", "database").attempts, 100u * calls) << attempts << " attempts at " << levels << " levels";
        EXPECT_EQ(nodeIn(results, "database").arrivals, 100u * calls);
    }
}

// Alternating renewal process (Barlow and Proschan 1975): availability MTBF / (MTBF + MTTR). A scenario has no random
// crashes yet, so the test draws them and writes the timeline, then checks both the run against the timeline and the
// timeline's own mean against the law.
TEST(Availability, OfAMachineIsItsTimeUpOverAllItsTime)
{
    std::mt19937_64 luck(20240601);
    const auto exponential = [&](double mean) { return -mean * std::log(1 - static_cast<double>(luck() >> 11) * 0x1p-53); };
    constexpr int cycles = sanitizerFactor > 1 ? 200 : 20'000;
    double now = 0, up = 0;
    std::string timeline = "timeline:\n";
    for (int cycle = 0; cycle < cycles; ++cycle) {
        const double lasting = std::ceil(exponential(1000) * 1e9) / 1e9, repair = std::ceil(exponential(10) * 1e9) / 1e9;
        char line[120];
        std::snprintf(line, sizeof line, "  - {at: %.0fns, for: %.0fns, crash: machine}\n", (now + lasting) * 1e9, repair * 1e9);
        timeline += line;
        up += lasting;
        now += lasting + repair;
    }
    Experiment repairs{.file = "a14_repairs.yaml"};
    char length[40];
    std::snprintf(length, sizeof length, "%.0fns", now * 1e9);
    repairs.settings = {{"duration", length}, {"users.arrivals", "poisson(1/s)"}};
    std::string text = textOf(repairs);
    const std::size_t from = text.find("\ntimeline:") + 1, to = text.find("\nexpect:") + 1;
    text.replace(from, to - from, timeline + "\n");
    const auto read = models::scenario::read(text, "a14_repairs.yaml", models::catalogue());
    ASSERT_TRUE(read.scenario) << models::scenario::render(read.diagnostics).substr(0, 1000);
    const auto world = models::World::build(*read.scenario, {});
    world->advanceTo(world->end());
    const Results results = world->results();
    const auto& users = clientIn(results, "users");
    const double measured = static_cast<double>(users.completed) / static_cast<double>(users.offered);
    const double drawn = up / now;
    std::printf("availability: law 0.990099, drawn %.6f, measured %.6f\n", drawn, measured);
    EXPECT_NEAR(measured, drawn, 1.5 * halfWidthOfShare(drawn, static_cast<double>(users.offered)));
    EXPECT_NEAR(drawn, 0.990099, 4.9 * 0.0099 * std::sqrt(2.0 / cycles));  // the seed above is fixed; any would do
    EXPECT_EQ(world->unaccounted(), 0);
}

}  // namespace
}  // namespace tantrum::theory
