// Laws of those who come back, who fork, who leave in the middle.
#include "tests/theory/support/experiment.h"
#include "tests/theory/support/statistics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tantrum::theory {
namespace {

constexpr double ms = 1e-3;

// Jackson 1957: with Bernoulli feedback the queue is an M/M/1 of load r = lambda / (mu (1-p)), and a request spends
// 1 / (mu (1-p) - lambda) in it altogether, over 1 / (1-p) attempts.
TEST(FailuresThatComeBack, MakeTheQueueOfJackson)
{
    const double failing = .3, rate = .5;
    Experiment feedback{.file = "feedback.yaml"};
    feedback.seconds = 2e6 / (rate * 1000);
    const auto attempts = [](const Results& results) {
        const auto& link = linkIn(results, "users", "server");
        return static_cast<double>(link.attempts) / static_cast<double>(link.calls);
    };
    // Geometric: variance p / (1-p)^2.
    const auto interval = [=](const Results& results) { return 2.576 * std::sqrt(failing / static_cast<double>(linkIn(results, "users", "server").calls)) / (1 - failing); };
    expectLaw(feedback, {meanLatency("users", ms / ((1 - failing) - rate)), utilization("server", rate / (1 - failing)), {"attempts", 1 / (1 - failing), 0, attempts, {}, interval}});
}

// Burke 1956 the other way about: what leaves M/M/1 is Poisson, so that a second station with steady work is M/D/1.
TEST(DeparturesOfAQueue, ArePoissonAgain)
{
    const double rate = .7;
    Experiment tandem{.file = "tandem.yaml"};
    tandem.settings = {{"second.work", "1ms"}};
    tandem.seconds = requestsFor(rate, 1, T1, 2e6) / (rate * 1000);
    const double second = 1 + rate / (2 * (1 - rate));
    expectLaw(tandem, {meanLatency("users", (1 / (1 - rate) + second) * ms), meanPopulation("second", 1, rate * second), meanPopulation("first", 1, rate / (1 - rate))});
}

// Flatto and Hahn 1984; Nelson and Tantawi 1988: two like stations in parallel answer after (12 - r) / 8 * 1 / (mu - lambda).
TEST(ForkAndJoin, OfTwoStationsTakesWhatFlattoAndHahnSay)
{
    for (const double load : {.3, .6}) {
        Experiment fork{.file = "fork_join.yaml"};
        fork.settings = {{"users.arrivals.rate", perSecond(load * 1000)}};
        fork.seconds = requestsFor(load, 1, T1, 2e6) / (load * 1000);
        expectLaw(fork, {meanLatency("users", (12 - load) / 8 / (1 - load) * ms), utilization("first", load)});
    }
}

// Across a link the far side owns the work: a caller that gives up after D changes nothing for the server, and the
// sojourn of M/M/1 outlasts D with probability e^(-(mu - lambda) D).
TEST(CallersThatGiveUp, LeaveTheirWorkBehind)
{
    for (const double patience : {1.0, 5.0}) {
        const double load = .7;
        Experiment leaving{.file = "impatience.yaml"};
        leaving.settings = {{"users.arrivals.rate", perSecond(load * 1000)}, {"users -> server.timeout.limit", milliseconds(patience)}};
        leaving.seconds = 1.5e6 / (load * 1000);
        expectLaw(leaving, {errorRate("users", std::exp(-(1 - load) * patience)), utilization("server", load)});
    }
}

// With cancellation the work inside never lasts longer than D: the workload is that of a dam of that height (Daley
// 1964; Takács 1967). With k = mu - lambda it is empty with probability (1-r) / (1 - r e^(-kD)), and a share
// (1-r) e^(-kD) / (1 - r e^(-kD)) of the callers gives up, in the queue or while they are served. Also above full load.
TEST(CallersThatGiveUp, TakeTheirWorkWithThemWhenItIsCancelled)
{
    for (const auto& [load, patience] : {std::pair(.8, 2.0), std::pair(.8, 5.0), std::pair(2.0, 2.0)}) {
        const double beyond = std::exp(-(1 - load) * patience), all = 1 - load * beyond;
        Experiment leaving{.file = "impatience.yaml"};
        leaving.settings = {{"users.arrivals.rate", perSecond(load * 1000)}, {"users -> server.timeout.limit", milliseconds(patience)}, {"users -> server.cancellation", "true"}};
        leaving.seconds = 1e6 / (load * 1000);
        expectLaw(leaving, {errorRate("users", (1 - load) * beyond / all), utilization("server", load * (1 - beyond) / all)});
    }
}

}  // namespace
}  // namespace tantrum::theory
