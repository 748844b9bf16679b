// A GraphQL gateway: how many calls a query becomes, how long it takes, and which queries are refused.
#include "tests/models/support/run.h"

#include <gtest/gtest.h>
#include <string>

namespace tantrum::models {
namespace {

using namespace support;

Results query(const std::string& graph, double seconds = 5, const std::string& authors = "workers: 1000, work: 10ms", const std::string& more = "")
{
    Options options;
    options.trace = {1};
    return run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: graph}\n  graph: {type: graphql, root: posts, " + graph + "}\n  posts: {type: service, work: 5ms}\n  authors: {type: service, " +
                   authors + "}\n  likes: {type: service, workers: 10000, work: 30ms}\n" + more, seconds, options);
}
double graph(const Results& results, const char* key) { return metric(node(results, "graph"), key); }

// Validation A16: a list of 50 with one field each.
TEST(GraphQl, MakesOneCallForTheListAndOneForEachItem)
{
    const Results naive = query("items: 50, fields: [authors]");
    EXPECT_EQ(graph(naive, "resolver_calls"), 51);
    EXPECT_EQ(node(naive, "authors").arrivals, 50u);
    EXPECT_EQ(graph(query("items: 50, fields: [authors], dataloader: true"), "resolver_calls"), 2);
    const Results capped = query("items: 50, fields: [authors], dataloader: true, max_batch: 20");
    EXPECT_EQ(graph(capped, "resolver_calls"), 4);
    EXPECT_EQ(graph(capped, "keys_loaded"), 50);
}

// Levels follow each other, siblings run side by side: 5 + max(10, 30), and below the first field another 30.
TEST(GraphQl, TakesTheSlowestSiblingOfEachLevel)
{
    EXPECT_NEAR(client(query("items: 50, fields: [authors, likes]"), "users").latency.mean, 0.035, 1e-9);
    const Results deep = query("items: 50, fields: [authors], nested_items: 3, nested: [likes]");
    EXPECT_NEAR(client(deep, "users").latency.mean, 0.045, 1e-9);
    EXPECT_EQ(graph(deep, "resolver_calls"), 1 + 50 + 150);
    EXPECT_EQ(graph(query("items: 50, fields: [authors], nested_items: 3, nested: [likes], dataloader: true"), "resolver_calls"), 3);
    EXPECT_NEAR(client(query("items: 0, fields: [authors]"), "users").latency.mean, 0.005, 1e-9);
}

// Fifty calls at once where ten can be worked on take five rounds; batched, one.
TEST(GraphQl, QueuesUpAtABackendThatIsAskedForEachItem)
{
    EXPECT_NEAR(client(query("items: 50, fields: [authors]", 5, "workers: 10, work: 10ms"), "users").latency.mean, 0.055, 1e-9);
    EXPECT_NEAR(client(query("items: 50, fields: [authors], dataloader: true", 5, "workers: 10, work: 10ms"), "users").latency.mean, 0.015, 1e-9);
}

// A DataLoader asks for each key once: 25 different ones in batches of 20 are two calls.
TEST(GraphQl, LoadsEachKeyOnce)
{
    const Results results = query("items: 50, fields: [authors], dataloader: true, max_batch: 20, distinct_keys: 50%");
    EXPECT_EQ(graph(results, "resolver_calls"), 3);
    EXPECT_NEAR(graph(results, "keys_loaded"), 25, 1);
}

// 1 + 50 × 2 = 101 points.
TEST(GraphQl, RefusesQueriesThatCostTooMuch)
{
    EXPECT_EQ(client(query("items: 50, fields: [authors, likes], cost_limit: 101"), "users").completed, 1u);
    const Results refused = query("items: 50, fields: [authors, likes], cost_limit: 100");
    EXPECT_EQ(ended(client(refused, "users"), Outcome::rejected), 1u);
    EXPECT_EQ(graph(refused, "too_expensive"), 1);
    EXPECT_EQ(node(refused, "posts").arrivals, 0u);
    // Whatever the limit says, a query cannot eat the machine.
    EXPECT_EQ(graph(query("items: 100000, fields: [authors, likes]"), "too_expensive"), 1);
}

TEST(GraphQl, AnswersWithAFieldMissingButNotWithoutItsRoot)
{
    const Results field = query("items: 50, fields: [authors]", 5, "workers: 9, operations: {get: [{fail: 100%}]}");
    EXPECT_EQ(client(field, "users").completed, 1u);
    EXPECT_EQ(graph(field, "partial"), 1);
    const Results root = query("items: 50, fields: [authors]", 5, "work: 1ms", "timeline:\n  - {at: 0.5s, for: 2s, crash: posts}\n");
    EXPECT_EQ(client(root, "users").failed, 1u);
}

// Fifty entities and fifty authors of 1 kB, of which a fifth is asked for: REST moves all of it, in 51 requests.
TEST(GraphQl, ComparesItsBytesWithThoseOfRest)
{
    const Results results = query("items: 50, fields: [authors], item_bytes: 1KB, selected: 20%, nested_items: 0");
    EXPECT_NEAR(graph(results, "answer_bytes_mean"), 20'000, 1e-6);
    EXPECT_NEAR(graph(results, "rest_bytes_mean"), 100'000, 1e-6);
    EXPECT_EQ(graph(results, "rest_requests_mean"), 51);
}

// One thread parses; waiting for resolvers leaves it free.
TEST(GraphQl, ParsesOneQueryAtATime)
{
    Options options;
    options.trace = atOnce(3, 1);
    const Results results = run("nodes:\n  users: {type: client, arrivals: trace(trace.csv), sends: graph}\n  graph: {type: graphql, root: posts, work: 10ms}\n  posts: {type: service, workers: 9, work: 100ms}\n", 5, options);
    EXPECT_NEAR(client(results, "users").latency.mean, 0.120, 1e-9);
    EXPECT_NEAR(client(results, "users").latency.maximum, 0.130, 1e-9);
}

}  // namespace
}  // namespace tantrum::models
