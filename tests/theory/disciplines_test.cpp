// Laws of who is served next, and of arrivals that are not Poisson.
#include "tests/theory/support/experiment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <tuple>

namespace tantrum::theory {
namespace {

constexpr double ms = 1e-3;

// Last come, first served has the mean of first come, first served, and 1/(1-r) times the second moment of its wait
// (Takács 1963; Conway, Maxwell and Miller 1967, 8.2): E[T^2] = 2r/(1-r)^3 + 2r/(1-r) + 2, against 2/(1-r)^2.
TEST(LastComeFirstServed, WaitsAsUnevenlyAsTakacsSays)
{
    const double load = .3;
    const auto secondMoment = [](const Results& results) {
        const engine::Histogram& latency = clientIn(results, "users").latencyHistogram;
        return (latency.variance() + latency.mean() * latency.mean()) * 1e-18;
    };
    for (const bool lifo : {true, false}) {
        Experiment queue{.file = "loss.yaml"};
        queue.settings = {{"users.arrivals.rate", perSecond(load * 1000)}, {"server.queue", "unlimited"}, {"server.discipline", lifo ? "lifo" : "fifo"}};
        queue.seconds = 2e6 / (load * 1000);
        const double wait = 2 * load / std::pow(1 - load, lifo ? 3 : 2);
        expectLaw(queue, {meanLatency("users", ms / (1 - load)), {"second moment", (wait + 2 * load / (1 - load) + 2) * ms * ms, T3, secondMoment}});
    }
}

// Kleinrock II, 4.4: under processor sharing work of length x takes x / (1-r) on average, short or long.
TEST(ProcessorSharing, StretchesShortAndLongWorkAlike)
{
    Experiment sharing{.file = "sharing_sizes.yaml"};
    sharing.seconds = 2e6 / 1000;
    expectLaw(sharing, {meanLatency("short_users", 2.5 * ms), meanLatency("long_users", 10 * ms)});
}

// GI/M/1 (Kleinrock I, 6.4): an arrival finds the worker busy with probability s, the root of s = A*(mu (1-s)), and the
// sojourn is exponential with mean 1/(mu (1-s)). For equal gaps A*(x) = e^(-x/lambda). Not what a Poisson arrival sees.
TEST(SteadyArrivals, WaitLessThanPoissonOnes)
{
    for (const double load : {.5, .8}) {
        double busy = load;
        for (int step = 0; step < 500; ++step) busy = std::exp(-(1 - busy) / load);
        const double sojourn = 1 / (1 - busy);
        Experiment steady{.file = "a5_mg1.yaml"};
        steady.settings = {{"requests.arrivals", "paced(" + perSecond(load * 1000) + ")"}, {"server.work", "exponential(1ms)"}};
        steady.seconds = 2e6 / (load * 1000);
        expectLaw(steady, {meanLatency("requests", sojourn * ms), percentile("requests", 50, std::log(2) * sojourn * ms),
                           percentile("requests", 99, std::log(100) * sojourn * ms), utilization("server", load)});
    }
}

// Birth and death (Kleinrock I, 3.7): M/M/c/K loses the share of time it is full.
TEST(LimitedQueue, OfSeveralWorkersTurnsAwayTheShareThatTheBooksSay)
{
    for (const auto& [workers, queue, offered] : {std::tuple(2, 3, 1.6), std::tuple(4, 6, 3.6), std::tuple(8, 4, 12.0)}) {
        double term = 1, sum = 1;
        for (int inside = 1; inside <= workers + queue; ++inside) sum += term *= offered / std::min(inside, workers);
        const double loss = term / sum;
        Experiment limited{.file = "loss.yaml"};
        limited.settings = {{"users.arrivals.rate", perSecond(offered * 1000)}, {"server.queue", std::to_string(queue)}, {"server.workers", std::to_string(workers)}};
        limited.seconds = 1e6 / (offered * 1000);
        expectLaw(limited, {errorRate("users", loss), utilization("server", offered * (1 - loss) / workers)});
    }
}

}  // namespace
}  // namespace tantrum::theory
