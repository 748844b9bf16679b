// Laws of what a full cache keeps, and of what happens when an entry expires.
#include "tests/theory/support/experiment.h"
#include "tests/theory/support/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>
#include <string>
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

Experiment fullCache(double exponent, int capacity, const std::string& eviction)
{
    Experiment cache{.file = "eviction.yaml"};
    cache.settings = {{"users.keys", "zipf(10000 " + std::to_string(exponent) + ")"}, {"cache.capacity", std::to_string(capacity)}, {"cache.eviction", eviction}};
    cache.seconds = 6;
    return cache;
}
double ratioOf(const Results& results) { return metricOf(nodeIn(results, "cache").metrics, "hit_ratio"); }

// Che's approximation is off by far less than 1 % at these sizes (Fricker, Robert and Roberts 2012). First in, first
// out, and any: the same hit ratio for requests that are independent of each other (Gelenbe 1973); its approximation:
// Martina, Garetto and Leonardi 2014.
TEST(FullCache, HitsAsOftenAsChesApproximationSays)
{
    for (const double exponent : {.8, 1.0})
        for (const int capacity : {100, 1000})
            for (const std::string eviction : {"lru", "fifo", "random"}) {
                const auto inside = eviction == "lru" ? std::function<double(double)>([](double asked) { return 1 - std::exp(-asked); })
                                                      : std::function<double(double)>([](double asked) { return asked / (1 + asked); });
                expectLaw(fullCache(exponent, capacity, eviction), {{"hit ratio of " + eviction, hitRatio(popularity(exponent), capacity, inside), T1, ratioOf}});
            }
}

// For independent requests nothing can be learned but how popular a key is, and whoever keeps the most popular ones hits
// most often (Aho, Denning and Ullman 1971). The orders come as close to that as they remember more: first in first out
// nothing, LRU and CLOCK the last use, SIEVE, S3-FIFO, ARC and TinyLFU more; none goes beyond.
TEST(FullCache, HitsMoreOftenTheMoreItsOrderRemembers)
{
    for (const double exponent : {.8, 1.0})
        for (const int capacity : {100, 1000}) {
            std::map<std::string, double> ratios;
            for (const std::string eviction : {"fifo", "random", "lru", "clock", "sieve", "s3_fifo", "arc", "tiny_lfu", "lfu"}) ratios[eviction] = ratioOf(runOnce(fullCache(exponent, capacity, eviction), seedFor(0)));
            const std::vector<double> shares = popularity(exponent);
            double best = 0;
            for (int rank = 0; rank < capacity; ++rank) best += shares[static_cast<std::size_t>(rank)];
            for (const auto& [eviction, ratio] : ratios) EXPECT_LT(ratio, best * 1.01) << eviction;
            const double margin = .003;  // several deviations of two runs of this length
            EXPECT_NEAR(ratios["fifo"], ratios["random"], margin);
            EXPECT_GT(ratios["lru"], ratios["fifo"]);
            EXPECT_GT(ratios["clock"], ratios["lru"] - margin);
            for (const std::string better : {"sieve", "s3_fifo", "arc", "tiny_lfu", "lfu"}) EXPECT_GT(ratios[better], ratios["clock"]) << better;
        }
}

// A15: if a hit lets the time to live T begin anew, a request is a hit if the gap before it was shorter: 1 - exp(-l T).
TEST(ExpiringCache, WhoseTimeToLiveSlidesHitsAsOftenAsGapsAreShorter)
{
    for (const double load : {.1, 1.0, 5.0, 10.0}) {
        Experiment expiry{.file = "expiry.yaml"};
        expiry.settings = {{"cache.ttl", milliseconds(load)}, {"cache.sliding_ttl", "true"}};
        expiry.seconds = 300;
        expectLaw(expiry, {{"hit ratio", 1 - std::exp(-load), T1, ratioOf}});
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
