// A5: what the variability of the work does to waiting, for seven laws of work and three loads.
#include "tests/theory/support/experiment.h"

#include <gtest/gtest.h>

namespace tantrum::theory {
namespace {

constexpr double ms = 1e-3;

// Pollaczek 1930, Khinchine 1932: Wq = lambda (1 + cv^2) / (2 (1 - lambda)) for a mean work of 1.
void expectWaiting(const std::string& work, double squaredVariation, double atHalf, double atEighty, double atNinety, double tolerance = T1)
{
    const std::pair<double, double> rows[]{{.5, atHalf}, {.8, atEighty}, {.9, atNinety}};
    for (const auto& [load, waiting] : rows) {
        Experiment mg1{.file = "a5_mg1.yaml"};
        mg1.settings = {{"requests.arrivals", "poisson(" + perSecond(load * 1000) + ")"}, {"server.work", work}};
        mg1.seconds = requestsFor(load, squaredVariation, tolerance, 8e6) / (load * 1000);
        expectLaw(mg1, {
            meanBeyond("requests", 1 * ms, "Wq = W - S", waiting * ms, tolerance),
            meanLatency("requests", (1 + waiting) * ms, tolerance),
            meanQueue("server", load * waiting, tolerance),
            utilization("server", load, tolerance),
        });
    }
}

TEST(MG1, SteadyWorkWaitsHalfAsLongAsMemorylessWork) { expectWaiting("1ms", 0, .5, 2, 4.5); }
TEST(MG1, ErlangWorkWaitsAsItsVariationSays) { expectWaiting("erlang(4 1ms)", .25, .625, 2.5, 5.625); }
TEST(MG1, UniformWorkWaitsAsItsVariationSays) { expectWaiting("uniform(0ms 2ms)", 1.0 / 3, .666667, 2.666667, 6); }
TEST(MG1, MemorylessWorkWaitsAsItsVariationSays) { expectWaiting("exponential(1ms)", 1, 1, 4, 9); }
TEST(MG1, LognormalWorkWaitsAsItsVariationSays) { expectWaiting("lognormal(0.606530660ms 1)", 1.71828, 1.35914, 5.43656, 12.23227, T3); }
TEST(MG1, HyperexponentialWorkOfVariationFourWaitsAsItsVariationSays) { expectWaiting("hyperexponential(1ms 4)", 4, 2.5, 10, 22.5, T3); }
TEST(MG1, HyperexponentialWorkOfVariationTenWaitsAsItsVariationSays) { expectWaiting("hyperexponential(1ms 10)", 10, 5.5, 22, 49.5, T3); }

}  // namespace
}  // namespace tantrum::theory
