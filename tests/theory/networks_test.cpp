// Laws of queues that share, cycle, follow one another, and are chosen among.
#include "tests/theory/support/experiment.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tantrum::theory {
namespace {

constexpr double ms = 1e-3;

// Kleinrock II, 4.4: under processor sharing the mean sojourn is S / (1-r) for every law of work.
TEST(ProcessorSharing, KnowsNothingOfTheLawOfTheWorkButItsMean)
{
    for (const std::string& work : {std::string("exponential(1ms)"), std::string("1ms"), std::string("hyperexponential(1ms 10)")}) {
        Experiment sharing{.file = "processor_sharing.yaml"};
        sharing.settings = {{"server.work", work}};
        sharing.seconds = 3e6 / 800;
        expectLaw(sharing, {meanLatency("users", 5 * ms)});
    }
}

// Last come, first served waits as long on average as first come, first served: no discipline that does not look at the
// work can change the mean (Kleinrock II, 3.4); the tail is another matter.
TEST(LastComeFirstServed, HasTheSameMeanWaitAndAWorseTail)
{
    Experiment lifo{.file = "loss.yaml"};
    lifo.settings = {{"users.arrivals.rate", "800/s"}, {"server.queue", "unlimited"}, {"server.discipline", "lifo"}};
    lifo.seconds = requestsFor(.8, 1, T1, 6e6) / 800;
    lifo.always = [](const Results& results) { EXPECT_GT(clientIn(results, "users").latency.p99, 1.5 * 23.0259 * ms); };
    expectLaw(lifo, {meanLatency("users", 5 * ms)});
}

// The machine repairman (Palm 1947; Harchol-Balter 2013, 2.6): p_n = N!/(N-n)! (S/Z)^n p_0, X = (1-p_0)/S, R = N/X - Z.
TEST(ClosedUsers, AskAndWaitAsTheRepairmansMachinesDo)
{
    constexpr double think = 10;
    for (const int users : {1, 5, 10, 20}) {
        double sum = 1, term = 1;
        for (int waiting = 1; waiting <= users; ++waiting) sum += term *= (users - waiting + 1) / think;
        const double throughput = 1 - 1 / sum;  // per millisecond
        Experiment closed{.file = "closed.yaml"};
        closed.settings = {{"users.arrivals.users", std::to_string(users)}};
        closed.seconds = 3000;
        expectLaw(closed, {goodput("users", throughput * 1000), meanLatency("users", (users / throughput - think) * ms), utilization("server", throughput)});
    }
}

// Burke 1956, Jackson 1957, Reich 1957: what leaves an M/M/1 queue is Poisson again, and the sojourns in a row of queues
// are independent, so that their sum is a sum of two exponentials.
TEST(QueuesInARow, AreEachAsIfAlone)
{
    Experiment tandem{.file = "tandem.yaml"};
    const double rate = .7;
    tandem.seconds = requestsFor(rate, 1, T1, 3e6) / (rate * 1000);
    const double each = 1 / (1 - rate);
    // Quantiles of Erlang-2, (1 + x) e^-x = 1 - q: x = 1.67835, 4.74386, 6.63835 for .5, .95, .99.
    expectLaw(tandem, {
        meanLatency("users", 2 * each * ms),
        percentile("users", 50, 1.67835 * each * ms), percentile("users", 95, 4.74386 * each * ms), percentile("users", 99, 6.63835 * each * ms),
        meanPopulation("first", 1, rate * each), meanPopulation("second", 1, rate * each),
    });
}

// Mitzenmacher 2001 (and Vvedenskaya et al. 1996): with many servers the mean sojourn is the sum over i of r^(2^i - 2)
// for two choices, and 1/(1-r) for one. For 500 servers the limit is right within 0.5 %. (One choice at 90 % is A1, and
// forgets too slowly for a run as short as this.)
TEST(TwoChoices, AreExponentiallyBetterThanOne)
{
    for (const double load : {.5, .9}) {
        double limit = 0;
        for (int level = 1; level < 12; ++level) limit += std::pow(load, std::pow(2, level) - 2);
        Experiment choices{.file = "choices.yaml"};
        choices.settings = {{"users.arrivals.rate", perSecond(load * 500'000)}};
        choices.seconds = 3;
        expectLaw(choices, {meanLatency("users", limit * ms, T1 + .005)});
        if (load > .8) continue;
        choices.settings.emplace_back("balancer.algorithm", "random");
        expectLaw(choices, {meanLatency("users", 1 / (1 - load) * ms)});
    }
}

// A message's age when it is done with is a sojourn in M/M/4, whatever stands between queue and consumer in the code.
TEST(ConsumersOfAQueue, AreTheWorkersOfErlangsQueue)
{
    Experiment queue{.file = "worker_queue.yaml"};
    queue.seconds = requestsFor(.8, 1, T1, 3e6) / 3200;
    const auto age = [](const Results& results) { return nodeIn(results, "queue").latency.mean; };
    const auto batch = [](const SeriesResult& series, std::size_t bucket) {
        for (const auto& columns : series.nodes)
            if (columns.name == "queue") return static_cast<double>(columns.mean[bucket]);
        return std::nan("");
    };
    expectLaw(queue, {{"age at the end", 1.745541 * ms, T1, age, batch}, meanQueue("queue", 2.385730), utilization("consumers", .8)});
}

}  // namespace
}  // namespace tantrum::theory
