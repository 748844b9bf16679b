// A6: the whole law of waiting for steady work, not only its mean.
#include "tests/theory/support/experiment.h"

#include <gtest/gtest.h>

namespace tantrum::theory {
namespace {

constexpr double ms = 1e-3;

// P(Wq <= t) = (1-l) sum over k <= t of (-l(t-k))^k / k! e^(l(t-k)) (Erlang 1909; Iversen and Staalhagen 1999).
void expectPercentiles(double load, double p50, double p90, double p95, double p99, double mean)
{
    Experiment md1{.file = "a5_mg1.yaml"};
    md1.settings = {{"requests.arrivals", "poisson(" + perSecond(load * 1000) + ")"}, {"server.work", "1ms"}};
    md1.seconds = requestsFor(load, 0, T1) / (load * 1000);
    expectLaw(md1, {
        percentile("requests", 50, p50 * ms),
        percentile("requests", 90, p90 * ms),
        percentile("requests", 95, p95 * ms),
        percentile("requests", 99, p99 * ms),
        meanLatency("requests", mean * ms),
    });
}

TEST(MD1, AtHalfLoadHasThePercentilesOfItsExactLaw) { expectPercentiles(.5, 1.0000, 2.5157, 3.0506, 4.3363, 1.5); }
TEST(MD1, AtEightyPercentLoadHasThePercentilesOfItsExactLaw) { expectPercentiles(.8, 2.2759, 6.0115, 7.6203, 11.3559, 3); }
TEST(MD1, AtNinetyPercentLoadHasThePercentilesOfItsExactLaw) { expectPercentiles(.9, 4.0130, 11.7825, 15.1287, 22.8982, 5.5); }

}  // namespace
}  // namespace tantrum::theory
