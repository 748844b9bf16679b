// Who sends requests: when, how many, and what is measured of them.
#include "tests/models/support/run.h"

#include <cmath>
#include <gtest/gtest.h>
#include <vector>

namespace tantrum::models {
namespace {

using namespace support;

constexpr double sigmas = 5;  // a false alarm for one seed in two million

std::string sending(const std::string& arrivals, const std::string& web = "{type: service, workers: 1000, work: 0s}")
{
    return "nodes:\n  users: {type: client, arrivals: " + arrivals + ", sends: web}\n  web: " + web + "\n";
}

// When each request was begun, in seconds.
std::vector<double> instants(const std::string& arrivals, double seconds, const Options& given = {})
{
    Options options = given;
    options.passages = true;
    const auto world = build(sending(arrivals), seconds, options);
    world->advanceTo(world->end());
    std::vector<Passage> passages;
    world->takePassages(passages);
    std::vector<double> times;
    for (const Passage& passage : passages)
        if (!passage.returning) times.push_back(passage.departure.inSeconds());
    return times;
}

// Poisson counts: the mean is the rate, and the variance of counts equals their mean (dispersion 1; paced has 0). The
// dispersion of n = 200 counts spreads by sqrt(2 / n).
TEST(Client, SendsPoissonArrivalsAtTheirRateAndDispersion)
{
    const Results results = run(sending("poisson(1000/s)"), 100);
    const double offered = static_cast<double>(client(results, "users").offered);
    EXPECT_NEAR(offered, 100'000, sigmas * std::sqrt(100'000));
    const auto& rates = results.series.clients[0].ratePerSecond;
    ASSERT_EQ(rates.size(), 200u);
    double squares = 0;
    const double mean = offered / 200;
    for (const float rate : rates) squares += std::pow(static_cast<double>(rate) * results.series.bucketSeconds - mean, 2);
    EXPECT_NEAR(squares / 199 / mean, 1, sigmas * std::sqrt(2.0 / 200));
}

// The gaps themselves: exponential ones have a coefficient of variation of 1 and a median of ln 2 of their mean.
TEST(Client, LeavesExponentialGapsBetweenPoissonArrivals)
{
    const std::vector<double> times = instants("poisson(100/s)", 100);
    const auto count = static_cast<double>(times.size() - 1);
    double below = 0, squares = 0;
    for (std::size_t index = 1; index < times.size(); ++index) {
        const double gap = (times[index] - times[index - 1]) * 100;
        below += gap < std::log(2);
        squares += gap * gap;
    }
    EXPECT_NEAR(below / count, 0.5, sigmas * 0.5 / std::sqrt(count));
    EXPECT_NEAR(squares / count, 2, sigmas * std::sqrt(20 / count));  // the variance of the square is 4! - 2^2
}

TEST(Client, PacesArrivalsExactly)
{
    const std::vector<double> times = instants("paced(8/s)", 2);
    ASSERT_EQ(times.size(), 16u);
    for (std::size_t index = 0; index < times.size(); ++index) EXPECT_DOUBLE_EQ(times[index], 0.125 * static_cast<double>(index + 1));
}

// The interactive response-time law: with no queue, N users who think Z and are served in S ask N / (Z + S) times a second.
TEST(Client, LetsClosedUsersAskAtTheRateOfTheirThinkingAndWaiting)
{
    const Results results = run(sending("closed(users=5 think=90ms)", "{type: service, workers: 5, work: 10ms}"), 100);
    EXPECT_NEAR(static_cast<double>(client(results, "users").completed), 5 / 0.1 * 100, 5);
    EXPECT_NEAR(client(results, "users").latency.maximum, 0.01, 1e-12);
}

// Asymptotic bounds (Denning and Buzen 1978): N / (Z + N S) <= X <= min(1 / S, N / (Z + S)), whatever the laws.
TEST(Client, KeepsClosedUsersWithinTheOperationalBounds)
{
    for (const int users : {1, 10, 40}) {
        const Results results = run(sending("closed(users=" + std::to_string(users) + " think=exponential(90ms))", "{type: service, workers: 1, work: exponential(10ms)}"), 400);
        const double rate = static_cast<double>(client(results, "users").completed) / 400;
        const double slack = sigmas * std::sqrt(rate * 400) / 400 + 1;
        EXPECT_GT(rate, users / (0.09 + users * 0.01) - slack) << users;
        EXPECT_LT(rate, std::min(100.0, users / 0.1) + slack) << users;
        EXPECT_LE(client(results, "users").inFlight, static_cast<std::uint64_t>(users));
    }
}

TEST(Client, RampsItsRateLinearlyAndStaysThere)
{
    const Results results = run(sending("ramp(100/s 300/s 20s)"), 40);
    EXPECT_NEAR(begunBetween(results, "users", 0, 10), 1500, sigmas * std::sqrt(1500));
    EXPECT_NEAR(begunBetween(results, "users", 10, 20), 2500, sigmas * std::sqrt(2500));
    EXPECT_NEAR(begunBetween(results, "users", 20, 40), 6000, sigmas * std::sqrt(6000));
    const Results down = run(sending("ramp(300/s 100/s 20s)"), 40);
    EXPECT_NEAR(begunBetween(down, "users", 0, 10), 2500, sigmas * std::sqrt(2500));
    EXPECT_NEAR(begunBetween(down, "users", 20, 40), 2000, sigmas * std::sqrt(2000));
}

TEST(Client, StepsFromRateToRateAndKeepsTheLast)
{
    const Results results = run(sending("steps(100/s 10s 1000/s 10s 50/s)"), 40);
    EXPECT_NEAR(begunBetween(results, "users", 0, 10), 1000, sigmas * std::sqrt(1000));
    EXPECT_NEAR(begunBetween(results, "users", 10, 20), 10'000, sigmas * std::sqrt(10'000));
    EXPECT_NEAR(begunBetween(results, "users", 20, 40), 1000, sigmas * std::sqrt(1000));
}

TEST(Client, SpikesForItsTimeAlone)
{
    const Results results = run(sending("spike(100/s 2000/s 10s 5s)"), 40);
    EXPECT_NEAR(begunBetween(results, "users", 0, 10), 1000, sigmas * std::sqrt(1000));
    EXPECT_NEAR(begunBetween(results, "users", 10, 15), 10'000, sigmas * std::sqrt(10'000));
    EXPECT_NEAR(begunBetween(results, "users", 15, 40), 2500, sigmas * std::sqrt(2500));
}

// Over a half period the sine's mean is 2 / pi, over whole periods nothing.
TEST(Client, SwingsItsRateLikeDayAndNight)
{
    const Results results = run(sending("diurnal(400/s 50% 20s)"), 100);
    double days = 0;
    for (int period = 0; period < 5; ++period) days += begunBetween(results, "users", period * 20, period * 20 + 10);
    const double expected = 5 * 10 * 400 * (1 + 0.5 * 2 / M_PI);
    EXPECT_NEAR(days, expected, sigmas * std::sqrt(expected));
    EXPECT_NEAR(static_cast<double>(client(results, "users").offered), 40'000, sigmas * std::sqrt(40'000));
}

TEST(Client, ReplaysATraceAtItsExactInstants)
{
    const std::vector<double> moments{0, 0.5, 0.5, 1.25, 1.250000001, 3};
    Options options;
    options.trace = moments;
    EXPECT_EQ(instants("trace(trace.csv)", 4, options), moments);
}

// Live edits of the arrivals take effect at once.
TEST(Client, ChangesItsArrivalsLive)
{
    const Results results = run(sending("paced(100/s)") + "timeline:\n  - {at: 10.005s, set: users.arrivals, to: paced(10/s)}\n", 20);
    EXPECT_EQ(client(results, "users").offered, 1000u + 99);
}

// What a person would read off a stopwatch: offered, completed, the rates and the latency without the warm-up.
TEST(Client, LeavesTheWarmupOutOfRatesAndLatenciesButNotOutOfCounts)
{
    const Results results = run("warmup: 5s\n" + sending("paced(10/s)", "{type: service, workers: 10, work: 50ms}") +
                                    "timeline:\n  - {at: 0.05s, for: 4s, slow: web, factor: 4}\n",
                                10);
    const ClientResult& users = client(results, "users");
    EXPECT_EQ(users.offered, 100u);
    EXPECT_EQ(users.completed, 99u);
    EXPECT_EQ(users.inFlight, 1u);
    EXPECT_EQ(users.latency.count, 50u);  // begun from 5.0 s to 9.9 s, each 50 ms
    EXPECT_NEAR(users.latency.maximum, 0.05, 1e-12);
    EXPECT_NEAR(users.throughputPerSecond, 10, 1e-9);
}

// Failures have a histogram of their own: a fast rejection must not flatter the latency.
TEST(Client, MeasuresFailuresApart)
{
    Options options;
    options.trace = atOnce(3, 1);
    const Results results = run(sending("trace(trace.csv)", "{type: service, workers: 1, queue: 1, work: 100ms}"), 2, options);
    const ClientResult& users = client(results, "users");
    EXPECT_EQ(users.latency.count, 2u);
    EXPECT_NEAR(users.latency.mean, 0.15, 1e-12);
    EXPECT_EQ(users.failureLatency.count, 1u);
    EXPECT_EQ(users.failureLatency.maximum, 0);
    EXPECT_NEAR(users.errorRate, 1.0 / 3, 1e-12);
    EXPECT_EQ(ended(users, Outcome::rejected), 1u);
}

}  // namespace
}  // namespace tantrum::models
