// A2: several workers behind one queue (Erlang's delay system), and why one queue is better than several.
#include "tests/theory/support/experiment.h"

#include <gtest/gtest.h>

namespace tantrum::theory {
namespace {

constexpr double ms = 1e-3;

struct Row {
    double workers, load, probabilityOfWaiting, waiting, sojourn, queue, inside, waitingP99;
};

// Erlang 1917; Kleinrock, Queueing Systems I, 3.5: P(wait) = C(c,a), Wq = C/(c mu - lambda), P(Wq > t) = C e^-(c mu - lambda)t.
void expectRow(const Row& row)
{
    constexpr double probesPerRequest = 0.1;
    const double rate = row.load * row.workers * 1000;
    Experiment mmc{.file = "a2_mmc.yaml"};
    mmc.settings = {{"server.workers", std::to_string(static_cast<int>(row.workers))},
                    {"requests.arrivals.rate", perSecond(rate)}, {"probes.arrivals.rate", perSecond(rate * probesPerRequest)}};
    mmc.seconds = requestsFor(row.load, 1, T1, 10e6) / rate;
    const double share = 1 / (1 + probesPerRequest);
    expectLaw(mmc, {
        shareThatWaited("probes", row.probabilityOfWaiting),
        meanBeyond("requests", 1 * ms, "Wq = W - S", row.waiting * ms),
        meanLatency("probes", row.waiting * ms),
        meanLatency("requests", row.sojourn * ms),
        meanQueue("server", row.queue, T1, share),
        meanPopulation("server", row.workers, row.inside, T1, share),
        percentile("probes", 99, row.waitingP99 * ms),
        utilization("server", row.load),
    });
}

TEST(MMc, TwoWorkersAtHalfLoadWaitAsErlangSays) { expectRow({2, .5, .333333, .333333, 1.333333, .333333, 1.333333, 3.50656}); }
TEST(MMc, TwoWorkersAtEightyPercentWaitAsErlangSays) { expectRow({2, .8, .711111, 1.777778, 2.777778, 2.844444, 4.444444, 10.66061}); }
TEST(MMc, TwoWorkersAtNinetyPercentWaitAsErlangSays) { expectRow({2, .9, .852632, 4.263158, 5.263158, 7.673684, 9.473684, 22.22871}); }
TEST(MMc, FourWorkersAtEightyPercentWaitAsErlangSays) { expectRow({4, .8, .596432, .745541, 1.745541, 2.385730, 5.585730, 5.11048}); }
TEST(MMc, EightWorkersAtEightyPercentWaitAsErlangSays) { expectRow({8, .8, .457645, .286028, 1.286028, 1.830580, 8.230580, 2.38969}); }
TEST(MMc, EightWorkersAtNinetyPercentWaitAsErlangSays) { expectRow({8, .9, .701533, .876916, 1.876916, 6.313797, 13.513797, 5.31335}); }
TEST(MMc, SixteenWorkersAtNinetyPercentWaitAsErlangSays) { expectRow({16, .9, .591343, .369590, 1.369590, 5.322091, 19.722091, 2.54988}); }
TEST(MMc, ThirtyTwoWorkersAtNinetyFivePercentWaitAsErlangSays) { expectRow({32, .95, .695710, .434819, 1.434819, 13.218492, 43.618492, 2.65147}); }
TEST(MMc, AHundredWorkersAtNinetyFivePercentWaitAsErlangSays) { expectRow({100, .95, .506457, .101291, 1.101291, 9.622680, 104.622680, .78497}); }

// The lesson everybody has to see once: four queues, one queue, one fast worker, at the same load.
TEST(MMc, OneQueueForFourWorkersBeatsFourQueuesAndOneFastWorkerBeatsBoth)
{
    Experiment pooling{.file = "a2_pooling.yaml"};
    pooling.seconds = requestsFor(.8, 1, T1, 3e6) / 3200;
    expectLaw(pooling, {
        meanLatency("apart_users", 5 * ms),
        meanLatency("pooled_users", 1.745541 * ms),
        meanLatency("fast_users", 1.25 * ms),
    });
}

}  // namespace
}  // namespace tantrum::theory
