// Clients that want the same thing at the same moment: what backoff and jitter are worth.
#include "tests/theory/support/experiment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace tantrum::theory {
namespace {

constexpr double betweenRounds = 50;  // seconds; no round takes as long

// Brooker, Exponential Backoff And Jitter (AWS Architecture Blog, 2015), and its simulator (aws-samples/aws-arch-backoff-simulator):
// N clients write a row with optimistic concurrency control over a network of normal(10 ms, 2 ms) each way, from base 5 ms to cap 2 s.
// The numbers are those of that model, written anew from its description and run 6,000 times for N = 20: writes for each
// client until all have succeeded, and the time that takes.
//
// Here the row is a server that refuses whoever comes within 20 ms of a success. With a lag between read and write that is the
// same for all it is exactly the same model; the lag varies by 2.8 ms there, which is where they differ: by 1 % in calls and some 2 % in
// time. The answer of the last write is 20 ms later here: the row is read before the round begins (-10), and held for 20, told over 20.
struct Study {
    std::string jitter, backoff;
    double calls, seconds, deviation;  ///< the last of a round's mean calls
};
const Study study[]{{"full", "exponential(10ms max=2s)", 5.012, 1.010, 0.18},
                    {"decorrelated", "exponential(5ms max=2s)", 5.050, 0.825, 0.26},
                    {"equal", "exponential(10ms max=2s)", 5.406, 1.636, 0.22},
                    {"none", "exponential(10ms max=2s)", 7.491, 14.395, 0.67}};
constexpr double laterHere = 0.020, asTimeDiffers = 0.05;

double callsOf(const Results& results)
{
    const auto& link = linkIn(results, "clients", "row");
    return static_cast<double>(link.attempts) / static_cast<double>(link.calls);
}

Experiment with(const Study& each, double rounds)
{
    Experiment contention{.file = "contention.yaml"};
    contention.settings = {{"clients -> row.retry.jitter", each.jitter}, {"clients -> row.retry.backoff", each.backoff}};
    contention.seconds = (rounds + 0.9) * betweenRounds;  // the last round, too, comes to its end
    return contention;
}

TEST(Contention, CostsAsManyCallsAndAsMuchTimeAsInTheStudyOfBackoff)
{
    for (const Study& each : study) {
        const auto interval = [&](const Results& results) { return 2.576 * each.deviation / std::sqrt(static_cast<double>(clientIn(results, "rounds").completed)); };
        expectLaw(with(each, 2000), {{"calls, jitter " + each.jitter, each.calls, T3, callsOf, {}, interval},
                                     meanLatency("rounds", each.seconds + laterHere, asTimeDiffers)});
    }
}

// What the article says, for each of five seeds: without jitter it is the most work and by far the longest; equal jitter takes
// more work than full and much longer; decorrelated jitter is quicker than full for a little more work.
TEST(Contention, IsBestMetWithFullJitterThenEqualThenNone)
{
    for (int seed = 0; seed < seeds; ++seed) {
        std::map<std::string, double> calls, seconds;
        for (const Study& each : study) {
            const Results results = runOnce(with(each, 1000), seedFor(seed));
            calls[each.jitter] = callsOf(results);
            seconds[each.jitter] = clientIn(results, "rounds").latency.mean;
        }
        EXPECT_LT(calls["full"], calls["equal"]) << seed;
        EXPECT_LT(calls["equal"], calls["none"]) << seed;
        EXPECT_LT(seconds["full"], seconds["equal"]) << seed;
        EXPECT_LT(seconds["equal"], seconds["none"]) << seed;
        EXPECT_LT(seconds["decorrelated"], seconds["full"]) << seed;
        EXPECT_NEAR(calls["decorrelated"], calls["full"], 0.03 * calls["full"]) << seed;
    }
}

// Nothing varies: all come back together, one of them wins, and the n-th time there are N + 1 - n. The waits double up to the
// cap: 1 + 2 + ... + N calls, and the last is done after N - 1 waits, N round trips and its own write.
TEST(Contention, WithoutAnyRandomnessTakesAsManyRoundsAsThereAreClients)
{
    constexpr int clients = 20;
    Experiment contention = with(study[3], 20);
    contention.settings.insert(contention.settings.end(), {{"clients -> row.latency", "20ms"}, {"row.work", "20ms"}});
    double waits = 0;
    for (int round = 1; round < clients; ++round) waits += std::min(2.0, 0.010 * std::pow(2, round - 1));
    for (int seed = 0; seed < seeds; ++seed) {
        const Results results = runOnce(contention, seedFor(seed));
        EXPECT_DOUBLE_EQ(callsOf(results), (clients + 1) / 2.0);
        EXPECT_NEAR(clientIn(results, "rounds").latency.mean, waits + clients * 0.040 + 0.020, 1e-9);
    }
}

}  // namespace
}  // namespace tantrum::theory
