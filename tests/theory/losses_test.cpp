// Laws of those who are turned away: full rooms, token buckets, expired entries.
#include "tests/theory/support/experiment.h"
#include "tests/theory/support/statistics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tantrum::theory {
namespace {

// Erlang's B (1917), by the recursion B(c) = a B(c-1) / (c + a B(c-1)).
double erlangB(int servers, double offered)
{
    double loss = 1;
    for (int server = 1; server <= servers; ++server) loss = offered * loss / (server + offered * loss);
    return loss;
}

// M/M/1/K (Kleinrock I, 3.6): loss (1-r) r^K / (1 - r^(K+1)), also above full load.
TEST(LimitedQueue, TurnsAwayTheShareThatTheBooksSay)
{
    for (const double load : {.5, .9, 1.5})
        for (const int room : {1, 5, 20}) {
            const double loss = (1 - load) * std::pow(load, room) / (1 - std::pow(load, room + 1));
            if (loss < 1e-3) continue;
            Experiment limited{.file = "loss.yaml"};
            limited.settings = {{"users.arrivals.rate", perSecond(load * 1000)}, {"server.queue", std::to_string(room - 1)}};
            limited.seconds = 1.5e6 / (load * 1000);
            expectLaw(limited, {errorRate("users", loss), utilization("server", load * (1 - loss))});
        }
}

// Erlang's loss formula, which knows nothing of the law of the work but its mean (insensitivity; Sevastyanov 1957).
TEST(WorkersWithoutAQueue, LoseWhatErlangsFormulaSaysWhateverTheLawOfTheWork)
{
    for (const std::string& work : {std::string("exponential(1ms)"), std::string("1ms"), std::string("lognormal(0.606530660ms 1)"), std::string("hyperexponential(1ms 10)")})
        for (const auto& [servers, offered] : {std::pair(1, 1.0), std::pair(5, 3.0), std::pair(20, 18.0)}) {
            Experiment loss{.file = "loss.yaml"};
            loss.settings = {{"users.arrivals.rate", perSecond(offered * 1000)}, {"server.queue", "0"}, {"server.workers", std::to_string(servers)}, {"server.work", work}};
            loss.seconds = 1.5e6 / (offered * 1000);
            const double blocked = erlangB(servers, offered);
            expectLaw(loss, {errorRate("users", blocked), meanPopulation("server", servers, offered * (1 - blocked))});
        }
}

// A12: a bucket with Poisson arrivals refuses what an M/D/1/b queue loses, to .002 absolute or within the interval.
void expectRefused(double load, int burst, double loss, const std::string& algorithm)
{
    Experiment bucket{.file = "bucket.yaml"};
    bucket.settings = {{"users.arrivals.rate", perSecond(load * 1000)},
                       {"users -> server.rate_limit.algorithm", algorithm},
                       {"users -> server.rate_limit.burst", std::to_string(algorithm == "leaky_bucket" ? burst - 1 : burst)}};
    bucket.seconds = 3e5 / (load * 1000);
    Quantity refused = errorRate("users", loss, 0);
    const auto interval = refused.batch;
    refused.batch = {};
    refused.interval = [interval](const Results& results) {
        std::vector<double> batches;
        for (std::size_t index = 1; index < results.series.clients.front().mean.size(); ++index) batches.push_back(interval(results.series, index));
        return std::max(.002, halfWidth(batches));
    };
    expectLaw(bucket, {refused});
}

TEST(TokenBucket, RefusesWhatAQueueWithSteadyWorkLoses)
{
    const std::pair<double, std::array<double, 6>> rows[]{
        {.5, {.333333, .096274, .002176, .000004, 0, 0}},      {.8, {.444444, .199570, .035290, .003639, .000048, 0}},
        {.9, {.473684, .234637, .064362, .016632, .001853, .000004}}, {1.0, {.5, .268941, .103449, .050847, .025210, .010033}},
        {1.5, {.6, .419661, .338449, .333397, .333333, .333333}}, {2.0, {.666667, .531689, .500253, .5, .5, .5}}};
    constexpr int bursts[]{1, 2, 5, 10, 20, 50};
    for (const auto& [load, losses] : rows)
        for (std::size_t column = 0; column < losses.size(); ++column) expectRefused(load, bursts[column], losses[column], "token_bucket");
}

// The same law in the other two notations; a leaky bucket in which b - 1 may wait is that queue.
TEST(TokenBucket, RefusesTheSameAsCellRateAndAsLeakyBucket)
{
    for (const char* algorithm : {"gcra", "leaky_bucket"}) {
        expectRefused(.8, 2, .199570, algorithm);
        expectRefused(.9, 5, .064362, algorithm);
        expectRefused(1.5, 20, .333333, algorithm);
    }
}

// With room for all a leaky bucket is an M/D/1 queue whose work lies behind the wait: the mean wait is r / (2 (1 - r)) intervals.
TEST(LeakyBucket, DelaysAsAQueueWithSteadyWorkDoes)
{
    for (const double load : {.5, .8, .9}) {
        Experiment bucket{.file = "bucket.yaml"};
        bucket.settings = {{"users.arrivals.rate", perSecond(load * 1000)}, {"users -> server.rate_limit.algorithm", "leaky_bucket"}, {"users -> server.rate_limit.burst", "1000000"}};
        bucket.seconds = requestsFor(load, 0, T1) / (load * 1000);
        expectLaw(bucket, {meanLatency("users", load / (2 * (1 - load)) * 1e-3)});
    }
}

// A15: a time to live that begins with the miss: of each 1 + lT requests one misses.
TEST(ExpiringCache, HitsAsOftenAsRenewalTheorySays)
{
    const std::pair<double, double> rows[]{{.1, .090909}, {1, .5}, {5, .833333}, {10, .909091}, {100, .990099}};
    for (const auto& [arrivalsPerLife, hits] : rows) {
        Experiment expiry{.file = "expiry.yaml"};
        expiry.settings = {{"cache.ttl", milliseconds(arrivalsPerLife)}};
        expiry.seconds = 1000;
        const auto ratio = [](const Results& results) { return metricOf(nodeIn(results, "cache").metrics, "hit_ratio"); };
        // A renewal each miss: less varied than independent draws.
        const auto interval = [p = hits](const Results& results) { return halfWidthOfShare(p, static_cast<double>(clientIn(results, "users").offered)); };
        expectLaw(expiry, {{"hit ratio", hits, 0, ratio, {}, interval}});
    }
}

}  // namespace
}  // namespace tantrum::theory
