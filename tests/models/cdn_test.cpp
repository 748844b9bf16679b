// What an edge location answers by itself, what it asks its origin, and what it does when the origin fails.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tantrum::models {
namespace {

using namespace support;

std::string edge(const std::string& settings, const std::string& origin, const std::string& events = "")
{
    return "nodes:\n  readers: {type: client, arrivals: trace(trace.csv), sends: edge.get}\n  edge: {type: cdn, origin: web, " + settings + "}\n  web: " + origin + "\n" + events;
}
Results read(const std::string& scenario, std::vector<double> moments, double seconds)
{
    Options options;
    options.trace = std::move(moments);
    return run(scenario, seconds, options);
}
double of(const Results& results, const std::string& metricKey) { return metric(node(results, "edge"), metricKey); }
const std::string slowWeb = "{type: service, workers: 99, work: 100ms}";

// Fifty misses within the 100 ms of the first fetch: one fetch, all answered with it. Without collapsing, fifty.
TEST(Cdn, CollapsesMissesOfOneObject)
{
    const Results results = read(edge("ttl: 60s", slowWeb), atOnce(50, 1), 5);
    EXPECT_EQ(of(results, "origin_fetches"), 1);
    EXPECT_EQ(of(results, "collapsed"), 49);
    EXPECT_EQ(client(results, "readers").completed, 50u);
    EXPECT_NEAR(client(results, "readers").latency.maximum, .1, 1e-12);
    EXPECT_EQ(of(read(edge("ttl: 60s, collapse: false", slowWeb), atOnce(50, 1), 5), "origin_fetches"), 50);
}

// Fetched at 1 s, there at 1.1 s, fresh until 11.1 s: 11.099 s is a hit, 11.1 s a miss again.
TEST(Cdn, KeepsAnObjectFreshForItsTimeToLive)
{
    const Results results = read(edge("ttl: 10s", slowWeb), {1, 2, 11.099, 11.1, 12}, 20);
    EXPECT_EQ(of(results, "hits"), 3);
    EXPECT_EQ(of(results, "misses"), 2);
    EXPECT_EQ(of(results, "origin_fetches"), 2);
}

// Stale at 11.1 s, and for 5 s more served at once while one fetch, for all, brings a new one: nobody waits. At 40 s, long
// after, somebody does.
TEST(Cdn, ServesStaleWhileItRevalidates)
{
    const Results results = read(edge("ttl: 10s, stale_while_revalidate: 5s", slowWeb), {1, 12, 12.01, 12.02, 13, 22, 40}, 60);
    EXPECT_EQ(of(results, "stale_while_revalidate"), 3);
    EXPECT_EQ(of(results, "origin_fetches"), 3);  // 1, 12 and 40 s
    EXPECT_EQ(of(results, "collapsed"), 0);       // nor does anybody start another fetch meanwhile
    EXPECT_EQ(of(results, "hits"), 5);
    EXPECT_NEAR(client(results, "readers").latency.mean, .2 / 7, 1e-12);
}

// The origin fails from 5 s on. The object, stale at 11.1 s, is served for a minute more; the origin is asked again only
// once in 10 s. After that minute the error comes through, and is itself kept for 10 s.
TEST(Cdn, ServesStaleIfTheOriginFails)
{
    const std::string events = "timeline:\n  - {at: 5s, for: 1000s, errors: web, share: 100%}\n";
    const std::vector<double> moments{1, 12, 13, 14, 21, 23, 70, 72, 73, 81, 83};
    const Results results = read(edge("ttl: 10s, stale_if_error: 60s", slowWeb, events), moments, 100);
    // Asked at 1 s, 12 s (error, kept until 22 s), 23 s (until 33 s), 70 s (until 80 s), 72 s (beyond the minute), 83 s.
    EXPECT_EQ(of(results, "origin_fetches"), 6);
    EXPECT_EQ(of(results, "stale_if_error"), 6);  // 12, 13, 14, 21, 23, 70
    EXPECT_EQ(of(results, "cached_errors"), 2);   // 73, 81
    EXPECT_EQ(ended(client(results, "readers"), Outcome::error), 4u);
}

// Nothing to serve: an error keeps for 10 s, so that an origin in trouble is not asked by everybody.
TEST(Cdn, KeepsAnErrorForTenSeconds)
{
    const std::string broken = "{type: service, operations: {get: [fail: 100%]}}";
    const Results results = read(edge("ttl: 60s", broken), {1, 2, 3, 10.9, 11, 12}, 20);
    EXPECT_EQ(of(results, "origin_fetches"), 2);  // 1 and 11 s
    EXPECT_EQ(of(results, "cached_errors"), 4);
    EXPECT_EQ(ended(client(results, "readers"), Outcome::error), 6u);
    EXPECT_EQ(of(read(edge("ttl: 60s, error_ttl: 0s", broken), {1, 2, 3}, 20), "origin_fetches"), 3);
}

// An origin that is not there is asked three times, one that does not answer for 30 s each time; one that answers with
// an error once.
TEST(Cdn, AsksAnOriginThatGivesNoAnswerAgain)
{
    const Results down = read(edge("ttl: 60s", slowWeb, "timeline:\n  - {at: 0.5s, for: 5s, crash: web}\n"), {1}, 20);
    EXPECT_EQ(of(down, "origin_fetches"), 3);
    EXPECT_EQ(ended(client(down, "readers"), Outcome::crashed), 1u);
    const Results silent = read(edge("ttl: 60s", slowWeb, "timeline:\n  - {at: 0.5s, for: 500s, pause: web}\n"), {1}, 200);
    EXPECT_EQ(of(silent, "origin_fetches"), 3);
    EXPECT_EQ(ended(client(silent, "readers"), Outcome::timeout), 1u);
    // Failed at 1 + 3 * 30 s.
    EXPECT_EQ(ended(client(read(edge("ttl: 60s", slowWeb, "timeline:\n  - {at: 0.5s, for: 500s, pause: web}\n"), {1}, 90.9), "readers"), Outcome::timeout), 0u);
}

// Ten edges that miss together are one fetch at the origin, by way of a regional cache.
TEST(Cdn, IsChainedInTiers)
{
    std::string nodes = "nodes:\n  web: {type: service, workers: 99, work: 100ms}\n  regional: {type: cdn, origin: web}\n";
    for (int number = 0; number < 10; ++number) {
        const std::string name = std::to_string(number);
        nodes += "  readers" + name + ": {type: client, arrivals: trace(trace.csv), sends: edge" + name + ".get}\n  edge" + name + ": {type: cdn, origin: regional.get}\n";
    }
    const Results results = read(nodes, atOnce(5, 1), 5);
    EXPECT_EQ(node(results, "web").arrivals, 1u);
    EXPECT_EQ(node(results, "regional").arrivals, 10u);
    EXPECT_EQ(metric(node(results, "regional"), "collapsed"), 9);
}

TEST(Cdn, ForgetsWhatIsPurgedFlushedOrLostInACrash)
{
    const std::string purger = "  editors: {type: client, arrivals: trace(trace.csv), sends: edge.purge}\n";
    const std::string nodes = "nodes:\n  readers: {type: client, arrivals: paced(10/s), sends: edge.get}\n  edge: {type: cdn, origin: web}\n  web: " + slowWeb + "\n";
    EXPECT_EQ(of(read(nodes + purger, {5.02}, 10), "origin_fetches"), 2);
    EXPECT_EQ(of(run(nodes + "timeline:\n  - {at: 5.02s, flush: edge}\n", 10), "origin_fetches"), 2);
    EXPECT_EQ(of(run(nodes + "timeline:\n  - {at: 5.02s, for: 1s, crash: edge}\n", 10), "origin_fetches"), 2);
    EXPECT_EQ(of(run(nodes, 10), "origin_fetches"), 1);
}

TEST(Cdn, LetsGoOfWhatDoesNotFit)
{
    const Results results = run("nodes:\n  readers: {type: client, arrivals: poisson(1000/s), sends: edge.get, keys: uniform(100)}\n  edge: {type: cdn, capacity: 10, origin: web}\n  web: {type: service, workers: 99, work: 0s}\n", 20);
    EXPECT_EQ(of(results, "objects"), 10);
    EXPECT_EQ(of(results, "evictions"), of(results, "origin_fetches") - 10);
}

}  // namespace
}  // namespace tantrum::models
