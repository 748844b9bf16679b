// A1: the queue with one worker that every book begins with. If this is off, nothing else can be believed.
#include "tests/theory/support/experiment.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tantrum::theory {
namespace {

// One row of the table, times in mean service times (1 ms).
struct Row {
    double load, inside, sojourn, waiting, p50, p95, p99, p999, waitingP99;
};

void expectRow(const Row& row)
{
    constexpr double ms = 1e-3;
    constexpr double probesPerRequest = 0.1;
    Experiment mm1{.file = "a1_mm1.yaml"};
    const double rate = row.load * 1000;
    mm1.settings = {{"requests.arrivals.rate", perSecond(rate)}, {"probes.arrivals.rate", perSecond(rate * probesPerRequest)}};
    mm1.seconds = requestsFor(row.load, 1, T1) / rate;
    // Of those who wait, this share are requests; the others are probes.
    const double share = 1 / (1 + probesPerRequest);
    expectLaw(mm1, {
        meanPopulation("server", 1, row.inside, T1, share),
        meanQueue("server", row.inside - row.load, T1, share),
        meanLatency("requests", row.sojourn * ms),
        meanBeyond("requests", 1 * ms, "Wq = W - S", row.waiting * ms),
        meanLatency("probes", row.waiting * ms),
        percentile("requests", 50, row.p50 * ms),
        percentile("requests", 95, row.p95 * ms),
        percentile("requests", 99, row.p99 * ms),
        percentile("requests", 99.9, row.p999 * ms),
        percentile("probes", 99, row.waitingP99 * ms),
        shareThatWaited("probes", row.load),
        utilization("server", row.load),
    });
}

// Kleinrock, Queueing Systems I, 3.2; Harchol-Balter 2013, 13: L = r/(1-r), W = 1/(mu-lambda), Wq = rW, sojourn
// exponential, waiting quantile W ln(r/(1-q)).
TEST(MM1, AtThirtyPercentLoadIsWhatTheBooksSay) { expectRow({.3, .428571, 1.428571, .428571, .9902, 4.2796, 6.5788, 9.8682, 4.8589}); }
TEST(MM1, AtHalfLoadIsWhatTheBooksSay) { expectRow({.5, 1, 2, 1, 1.3863, 5.9915, 9.2103, 13.8155, 7.8240}); }
TEST(MM1, AtSeventyPercentLoadIsWhatTheBooksSay) { expectRow({.7, 2.333333, 3.333333, 2.333333, 2.3105, 9.9858, 15.3506, 23.0259, 14.1617}); }
TEST(MM1, AtEightyPercentLoadIsWhatTheBooksSay) { expectRow({.8, 4, 5, 4, 3.4657, 14.9787, 23.0259, 34.5388, 21.9101}); }
TEST(MM1, AtNinetyPercentLoadIsWhatTheBooksSay) { expectRow({.9, 9, 10, 9, 6.9315, 29.9573, 46.0517, 69.0776, 44.9981}); }
TEST(MM1, AtNinetyFivePercentLoadIsWhatTheBooksSay) { expectRow({.95, 19, 20, 19, 13.8629, 59.9146, 92.1034, 138.1551, 91.0775}); }

}  // namespace
}  // namespace tantrum::theory
