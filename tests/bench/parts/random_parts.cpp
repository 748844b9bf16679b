// Each law's draw, and popular keys.
#include "engine/distribution.h"
#include "engine/random.h"
#include "engine/zipf.h"

#include <benchmark/benchmark.h>

namespace tantrum::bench {
namespace {

using engine::Distribution;
using engine::RandomStream;
using engine::ZipfDistribution;

void draw(benchmark::State& state, const Distribution& law)
{
    RandomStream luck(1, "bench", "draw");
    for (auto _ : state) benchmark::DoNotOptimize(law.sample(luck));
}
BENCHMARK_CAPTURE(draw, constant, Distribution::constant(1e6));
BENCHMARK_CAPTURE(draw, exponential, Distribution::exponential(1e6));
BENCHMARK_CAPTURE(draw, uniform, Distribution::uniform(1e6, 2e6));
BENCHMARK_CAPTURE(draw, normal, Distribution::normal(1e6, 2e5));
BENCHMARK_CAPTURE(draw, lognormal, Distribution::lognormalFromPercentiles(1e6, 1e7));
BENCHMARK_CAPTURE(draw, erlang, Distribution::erlang(4, 1e6));
BENCHMARK_CAPTURE(draw, gamma, Distribution::gamma(2.5, 1e6));
BENCHMARK_CAPTURE(draw, weibull, Distribution::weibull(0.7, 1e6));
BENCHMARK_CAPTURE(draw, pareto, Distribution::pareto(1e6, 2.1));
BENCHMARK_CAPTURE(draw, boundedPareto, Distribution::boundedPareto(1e6, 1e9, 1.2));
BENCHMARK_CAPTURE(draw, triangular, Distribution::triangular(1e6, 2e6, 5e6));
BENCHMARK_CAPTURE(draw, hyperexponential, Distribution::hyperexponential(1e6, 4));
BENCHMARK_CAPTURE(draw, mixture,
                  Distribution::mixture({{0.99, Distribution::exponential(1e6)}, {0.01, Distribution::constant(1e8)}}));
BENCHMARK_CAPTURE(draw, empirical, Distribution::empirical({1e6, 2e6, 3e6, 5e6, 8e6, 13e6, 21e6}));

void zipf(benchmark::State& state, std::uint64_t items, ZipfDistribution::Method method)
{
    const ZipfDistribution law(items, 1.0, method);
    RandomStream luck(1, "bench", "zipf");
    for (auto _ : state) benchmark::DoNotOptimize(law.sample(luck));
}
BENCHMARK_CAPTURE(zipf, table_of_1000, 1'000, ZipfDistribution::Method::aliasTable);
BENCHMARK_CAPTURE(zipf, table_of_100000, 100'000, ZipfDistribution::Method::aliasTable);
BENCHMARK_CAPTURE(zipf, rejection_among_100000000, 100'000'000, ZipfDistribution::Method::rejectionInversion);

}  // namespace
}  // namespace tantrum::bench
