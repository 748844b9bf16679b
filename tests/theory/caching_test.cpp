// Laws of what a full cache keeps, and of what happens when an entry expires.
#include "tests/theory/support/experiment.h"
#include "tests/theory/support/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

namespace tantrum::theory {
namespace {

constexpr int keys = 10'000;

std::vector<double> popularity(double exponent)
{
    std::vector<double> shares(keys);
    double sum = 0;
    for (int rank = 0; rank < keys; ++rank) sum += shares[static_cast<std::size_t>(rank)] = std::pow(rank + 1, -exponent);
    for (double& share : shares) share /= sum;
    return shares;
}

// Che, Tung and Wang 2002: an entry is let go when it has not been asked for during a time that is the same for all of
// them, such that the cache is full; `inside` is the probability that a key of rate p is in the cache at that time.
double hitRatio(const std::vector<double>& shares, double capacity, const std::function<double(double)>& inside)
{
    double low = 0, high = 1e9;
    for (int step = 0; step < 200; ++step) {
        const double middle = (low + high) / 2;
        double held = 0;
        for (const double share : shares) held += inside(share * middle);
        (held < capacity ? low : high) = middle;
    }
    double hits = 0;
    for (const double share : shares) hits += share * inside(share * low);
    return hits;
}

// Che's approximation is off by far less than 1 % at these sizes (Fricker, Robert and Roberts 2012). First in, first
// out: Gelenbe 1973; Martina, Garetto and Leonardi 2014.
TEST(FullCache, HitsAsOftenAsChesApproximationSays)
{
    for (const double exponent : {.8, 1.0})
        for (const int capacity : {100, 1000})
            for (const bool lru : {true, false}) {
                const auto inside = lru ? std::function<double(double)>([](double asked) { return 1 - std::exp(-asked); })
                                        : std::function<double(double)>([](double asked) { return asked / (1 + asked); });
                Experiment cache{.file = "eviction.yaml"};
                cache.settings = {{"users.keys", "zipf(10000 " + std::to_string(exponent) + ")"}, {"cache.capacity", std::to_string(capacity)}, {"cache.eviction", lru ? "lru" : "fifo"}};
                cache.seconds = 6;
                const auto ratio = [](const Results& results) { return metricOf(nodeIn(results, "cache").metrics, "hit_ratio"); };
                expectLaw(cache, {{"hit ratio", hitRatio(popularity(exponent), capacity, inside), T1, ratio}});
            }
}

// A15: with a load of d at Poisson rate l, 1 + l d calls reach the backend for each expiry; with single flight, one.
TEST(ExpiringCache, SendsAStampedeToItsBackendOrASingleCall)
{
    for (const double load : {1.0, 5.0})
        for (const bool shared : {false, true}) {
            Experiment stampede{.file = "stampede.yaml"};
            stampede.settings = {{"origin.work", milliseconds(load)}, {"cache.single_flight", shared ? "true" : "false"}};
            stampede.seconds = 400;
            const auto expiries = [](const Results& results) { return metricOf(nodeIn(results, "cache").metrics, "expired"); };
            // Less the first load of all, of an entry that never was.
            const auto perExpiry = [=](const Results& results) { return (metricOf(nodeIn(results, "cache").metrics, "loads") - 1) / expiries(results); };
            const auto interval = [=](const Results& results) { return shared ? 1 / expiries(results) : 2.576 * std::sqrt(load / expiries(results)) + (1 + load) / expiries(results); };
            expectLaw(stampede, {{"loads per expiry", shared ? 1 : 1 + load, 0, perExpiry, {}, interval}});
        }
}

}  // namespace
}  // namespace tantrum::theory
