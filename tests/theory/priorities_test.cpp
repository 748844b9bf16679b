// Laws of who goes first: by urgency, and of two queues at once.
#include "tests/theory/support/experiment.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace tantrum::theory {
namespace {

constexpr double ms = 1e-3;
constexpr std::array<double, 3> shares{.2, .3, .3};  // of one worker's time, from the most urgent on
constexpr std::array names{"urgent", "usual", "patient"};

// Cobham, Priority assignment in waiting line problems (Operations Research 2, 1954): non-preemptive, s_k = load of class k
// and all above, W_k = W_0 / ((1 - s_(k-1)) (1 - s_k)). With one worker W_0 is the mean of the work in service, for exponential
// work load / mu; with c workers and one law of work for all W_0 = C(c,a) / (c mu), Cobham's second result.
void expectCobham(int workers, double probabilityOfWaiting, const std::string& discipline)
{
    Experiment experiment{.file = "priorities.yaml"};
    experiment.settings = {{"server.workers", std::to_string(workers)}, {"server.discipline", discipline}};
    std::vector<Quantity> law{utilization("server", .8)};
    double above = 0;
    for (std::size_t kind = 0; kind < names.size(); ++kind) {
        const double until = above + shares[kind];
        const double waiting = probabilityOfWaiting / workers / ((1 - above) * (1 - until));
        experiment.settings.emplace_back(std::string(names[kind]) + ".arrivals.rate", perSecond(shares[kind] * workers * 1000));
        law.push_back(meanBeyond(names[kind], 1 * ms, std::string("Wq of the ") + names[kind], waiting * ms, T3));
        above = until;
    }
    // The patient wait as in a queue at that load whose every gap is stretched by those above them.
    experiment.seconds = 6e6 / (800.0 * workers);
    expectLaw(experiment, law);
}

TEST(Priorities, WithOneWorkerWaitAsCobhamSays) { expectCobham(1, .8, "fifo"); }
TEST(Priorities, WithFourWorkersWaitAsCobhamSays) { expectCobham(4, .596432, "fifo"); }
// Who goes first within a class changes nobody's mean.
TEST(Priorities, WaitAsCobhamSaysWhateverTheOrderWithinAClass) { expectCobham(1, .8, "lifo"); }

// Copies that wait in all queues and of which only the first to be begun is served make one queue of several: the request goes to
// the replica that is free first (Ayesta, Bodas and Verloop, On a unifying product form framework for redundancy models,
// Performance Evaluation 127, 2018: cancel on start). Two copies at two replicas are M/M/2.
TEST(TiedRequests, MakeOneQueueOfTwo)
{
    for (const auto& [load, sojourn] : {std::pair(.5, 1.333333), std::pair(.8, 2.777778)}) {
        Experiment tied{.file = "tied.yaml"};
        tied.settings = {{"users.arrivals.rate", perSecond(load * 2000)}};
        tied.seconds = requestsFor(load, 1, T1, 3e6) / (load * 2000);
        tied.always = [](const Results& results) { EXPECT_EQ(metricOf(nodeIn(results, "servers").metrics, "twins_begun"), 0); };
        expectLaw(tied, {meanLatency("users", sojourn * ms), utilization("servers", load)});
    }
}

}  // namespace
}  // namespace tantrum::theory
