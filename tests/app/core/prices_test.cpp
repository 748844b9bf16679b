// Price tables, and what they make of a run: every number here is worked out by hand.
#include "app/core/json_summary.h"
#include "app/core/prices.h"
#include "app/core/runner.h"
#include "models/scenario/reader.h"
#include "tests/app/core/temporary_folder.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>

namespace tantrum::app {
namespace {

using nlohmann::json;

class Prices : public ::testing::Test {
protected:
    Expected<PriceTable> table(const std::string& text)
    {
        testing::writeContent(folder / "prices.json", text);
        return readPrices(folder / "prices.json");
    }
    // What is wrong with a table, without the name of its file.
    std::string complaint(const std::string& text)
    {
        const auto read = table(text);
        if (read) return "nothing";
        const std::string& message = read.failure().message;
        const auto file = message.find("prices.json'");
        return file == std::string::npos ? message : message.substr(file + 12);
    }
    testing::TemporaryFolder folder;
};

models::Results half(const std::string& nodes)
{
    const std::string text = "tantrum: 1\nduration: 30min\nwarmup: 1min\nnodes:\n  users: {type: client, arrivals: paced(1/s), sends: web}\n" + nodes;
    auto read = models::scenario::read(text, "test", models::catalogue());
    EXPECT_TRUE(read.scenario) << (read.diagnostics.empty() ? "" : read.diagnostics.front().message);
    return run(*read.scenario, {}).results;
}

// Facts sheet, section 8: the bundled table is dated and has the prices that the guide names.
TEST_F(Prices, TheBundledTableIsDatedAndComplete)
{
    const auto file = bundledPrices();
    ASSERT_TRUE(file);
    const auto bundled = readPrices(*file);
    ASSERT_TRUE(bundled) << bundled.failure().message;
    EXPECT_EQ(bundled->asOf, "2026-07-20");
    EXPECT_EQ(bundled->region, "us-east-1");
    EXPECT_DOUBLE_EQ(bundled->items.at("m5.large").prices.at(0).usd, 0.096);
    EXPECT_DOUBLE_EQ(bundled->items.at("db.m5.large").prices.at(0).usd, 0.171);
    EXPECT_DOUBLE_EQ(bundled->items.at("sqs.fifo").prices.at(0).usd, 0.5);
    EXPECT_DOUBLE_EQ(bundled->items.at("sqs.fifo").prices.at(0).each, 1e6);
    for (const auto& [key, item] : bundled->items) {
        EXPECT_FALSE(item.source.empty()) << key;
        EXPECT_EQ(item.asOf.size(), 10u) << key;
    }
}

// Three replicas for half an hour are 1.5 instance hours, .144 dollars, .288 an hour; 1799 or so requests for .144 make
// 80 dollars a million. A replica that is down is billed as well.
TEST_F(Prices, HoursOfReplicasArePriced)
{
    const auto prices = table(R"({"as_of": "2026-07-20", "items": {"m5.large": {"prices": [{"of": "hours", "usd": 0.096}]}}})");
    ASSERT_TRUE(prices);
    const auto results = half("  web: {type: service, replicas: 3, work: 1ms, runs_on: m5.large}\ntimeline:\n  - {at: 10min, for: 5min, crash: web, replica: 2}\n");
    const Cost cost = costOf(results, *prices);
    ASSERT_EQ(cost.lines.size(), 1u);
    EXPECT_NEAR(cost.lines.front().amount, 1.5, 1e-9);
    EXPECT_NEAR(cost.usdPerHour, 0.288, 1e-9);
    EXPECT_NEAR(cost.usdPerMillionSuccessful, 0.144 / static_cast<double>(results.clients.front().completed) * 1e6, 1e-6);
    EXPECT_TRUE(cost.notCounted.empty());
    EXPECT_NE(costText(cost).find("$0.288 an hour, $80"), std::string::npos) << costText(cost);
}

// A message is sent, delivered and deleted: three requests of a hosted queue.
TEST_F(Prices, RequestsArePricedAndAQueueCountsItsActions)
{
    const auto prices = table(R"({"as_of": "x", "items": {"api": {"prices": [{"of": "requests", "each": 1000, "usd": 2}]},
                                                          "sqs": {"prices": [{"of": "requests", "each": 1000000, "usd": 0.4}]}}})");
    ASSERT_TRUE(prices);
    const auto results = half("  web: {type: service, runs_on: api, operations: {put: [{publish: jobs}]}}\n  jobs: {type: queue, runs_on: sqs}\n"
                              "  worker: {type: consumer, consumes: jobs, work: 1ms}\n");
    const Cost cost = costOf(results, *prices);
    ASSERT_EQ(cost.lines.size(), 2u);
    const double requests = static_cast<double>(results.clients.front().offered);
    EXPECT_EQ(cost.lines[0].amount, requests);
    EXPECT_NEAR(cost.lines[0].usdPerHour, 2 * requests / 1000 * 2, 1e-9);
    EXPECT_NEAR(cost.lines[1].amount, 3 * requests, 3);  // the last one may still be under way
}

// What nobody can tell is said, not taken for nothing.
TEST_F(Prices, WhatIsNotCountedIsSaid)
{
    const auto prices = table(R"({"as_of": "x", "items": {"alb": {"prices": [{"of": "hours", "usd": 0.02}, {"of": "lcu_hours", "usd": 0.008}]}}})");
    ASSERT_TRUE(prices);
    const auto results = half("  web: {type: service, work: 1ms, runs_on: alb}\n");
    const Cost cost = costOf(results, *prices);
    EXPECT_EQ(cost.notCounted, std::vector<std::string>{"lcu_hours of alb (web)"});
    EXPECT_NEAR(cost.usdPerHour, 0.02, 1e-9);
    EXPECT_NE(costText(cost).find("Not counted, because nothing tells how much: lcu_hours of alb (web)"), std::string::npos);
    const json document = json::parse(jsonSummary(results, {.cost = &cost}));
    EXPECT_EQ(document["cost"]["not_counted"][0], "lcu_hours of alb (web)");
    EXPECT_EQ(document["nodes"]["web"]["runs_on"][0], "alb");
    EXPECT_NEAR(document["nodes"]["web"]["usage"]["hours"].get<double>(), 0.5, 1e-9);
}

// A run that was stored can be priced as one that has just ended.
TEST_F(Prices, WhatWasUsedIsReadBackFromTheSummary)
{
    const auto results = half("  web: {type: service, work: 1ms, runs_on: [m5.large, ebs.gp3]}\n");
    const auto read = resultsFromJson(jsonSummary(results));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->nodes.front().runsOn, results.nodes.front().runsOn);
    ASSERT_EQ(read->nodes.front().usage.size(), 2u);
    EXPECT_EQ(jsonSummary(*read), jsonSummary(results));
}

TEST_F(Prices, ABrokenTableIsRefusedWithThePlace)
{
    EXPECT_EQ(complaint("{\n\"as_of\": \"x\",\n\"items\": {]\n}"), " is not JSON: something is wrong in line 3");
    EXPECT_EQ(complaint("[]"), ": the whole: an object with 'items' is expected");
    EXPECT_EQ(complaint(R"({"items": {}})"), ": as_of: a text is expected");
    EXPECT_EQ(complaint(R"({"as_of": "x"})"), ": items: an object of priced things is expected");
    EXPECT_EQ(complaint(R"({"as_of": "x", "currency": "EUR", "items": {}})"), ": currency: only USD is understood");
    EXPECT_EQ(complaint(R"({"as_of": "x", "items": {"a": {"prices": []}}})"),
              ": items.a.prices: a list such as [{\"of\": \"hours\", \"usd\": 0.096}] is expected");
    EXPECT_EQ(complaint(R"({"as_of": "x", "items": {"a": {"prices": [{"of": "hours", "usd": -1}]}}})"),
              ": items.a.prices[0].usd: a number from 0 is expected");
    EXPECT_EQ(complaint(R"({"as_of": "x", "items": {"a": {"prices": [{"of": "hours", "usd": 1, "each": 0}]}}})"),
              ": items.a.prices[0].each: a number above 0 is expected");
    EXPECT_EQ(complaint(R"({"as_of": "x", "items": {"a": {"prices": [{"usd": 1}]}}})"), ": items.a.prices[0].of: a text is expected");
    EXPECT_FALSE(readPrices(folder / "nowhere.json"));
}

TEST_F(Prices, AnItemWithoutAPriceIsNamedWithTheNearest)
{
    const auto prices = table(R"({"as_of": "x", "items": {"m5.large": {"prices": [{"of": "hours", "usd": 1}]}}})");
    ASSERT_TRUE(prices);
    const auto read = models::scenario::read("tantrum: 1\nduration: 1s\nnodes:\n  web: {type: service, work: 1ms, runs_on: m5.larg}\n", "shop.yaml", models::catalogue());
    ASSERT_TRUE(read.scenario);
    const auto known = checkItems(*read.scenario, *prices);
    ASSERT_FALSE(known);
    EXPECT_TRUE(known.failure().message.starts_with("shop.yaml:4: 'web' runs on 'm5.larg', which ")) << known.failure().message;
    EXPECT_EQ(known.failure().hint, "did you mean 'm5.large'?");
}

}  // namespace
}  // namespace tantrum::app
