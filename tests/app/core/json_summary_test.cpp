// The JSON document is an interface: scripts and the acceptance tests read it by field name (design.md §6).
#include "app/core/json_summary.h"
#include "tests/app/core/sample_run.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tantrum::app {
namespace {

using nlohmann::json;
using testing::sampleResults;

TEST(JsonSummary, HasEveryFieldOfTheDesignUnderItsName)
{
    const json document = json::parse(jsonSummary(sampleResults()));
    EXPECT_EQ(document["seed"], 18446744073709551615u);
    EXPECT_EQ(document["fingerprint"], "00fe12ab00cd34ef");
    EXPECT_EQ(document["version"], "0.1.0");
    EXPECT_EQ(document["simulated_s"], 300.0);
    EXPECT_EQ(document["events"], 5'120'034);
    EXPECT_EQ(document["requests"], 84'102);
    EXPECT_TRUE(document.contains("wall_s") && document.contains("cpu_s") && document.contains("scenario"));
    EXPECT_FALSE(document.contains("stopped"));
    const json& client = document["clients"]["shoppers"];
    for (const char* key : {"offered", "completed", "failed", "in_flight", "throughput_per_s", "goodput_per_s", "error_rate"}) EXPECT_TRUE(client[key].is_number()) << key;
    EXPECT_EQ(client["outcomes"]["timeout"], 80);
    EXPECT_EQ(client["outcomes"]["rejected"], 20);
    for (const char* key : {"mean", "p50", "p90", "p95", "p99", "max"}) EXPECT_TRUE(client["latency_s"][key].is_number()) << key;
    const json& web = document["nodes"]["web"];
    for (const char* key : {"arrivals", "completed", "failed", "in_flight", "utilization", "queue_mean", "queue_max", "population_mean"}) EXPECT_TRUE(web[key].is_number()) << key;
    EXPECT_TRUE(web["latency_s"].is_object());
    const json& link = document["links"]["shoppers -> web"];
    for (const char* key : {"calls", "attempts", "lost", "in_flight"}) EXPECT_TRUE(link[key].is_number()) << key;
    EXPECT_EQ(link["retry.retries"], 1909.0);
    const json& series = document["series"];
    EXPECT_EQ(series["bucket_s"], 0.5);
    for (const char* key : {"goodput_per_s", "throughput_per_s", "p50_s", "p95_s", "p99_s", "error_rate"}) EXPECT_EQ(series["clients"]["shoppers"][key].size(), 3u) << key;
    for (const char* key : {"rate_per_s", "queue_mean", "utilization", "p99_s"}) EXPECT_EQ(series["nodes"]["web"][key].size(), 3u) << key;
    EXPECT_EQ(document["expect"][0]["text"], "p99(shoppers.latency) < 250ms before 60s");
    EXPECT_EQ(document["expect"][0]["passed"], true);
    EXPECT_EQ(document["expect"][0]["value"], 0.0801);
}

TEST(JsonSummary, ATypesOwnMetricStandsBesideTheCommonFieldsAndNeverInTheirPlace)
{
    const json web = json::parse(jsonSummary(sampleResults()))["nodes"]["web"];
    EXPECT_EQ(web["hit_ratio"], 0.91);
    EXPECT_EQ(web["queue_mean"], 0.4);
}

TEST(JsonSummary, WhatWasNotMeasuredIsNull)
{
    const json document = json::parse(jsonSummary(sampleResults()));
    EXPECT_TRUE(document["nodes"]["orders"]["utilization"].is_null());
    EXPECT_TRUE(document["nodes"]["orders"]["latency_s"]["p99"].is_null());
    EXPECT_TRUE(document["series"]["clients"]["shoppers"]["p99_s"][2].is_null());
    EXPECT_TRUE(document["expect"][2]["value"].is_null());
}

TEST(JsonSummary, LatenciesCarryTheirUncertainty)
{
    const json document = json::parse(jsonSummary(sampleResults()));
    const json& latency = document["clients"]["shoppers"]["latency_s"];
    EXPECT_EQ(latency["interval95"]["mean"], json({0.0108, 0.0112}));
    EXPECT_EQ(latency["interval95"]["p99"], json({0.03, 0.037}));
    EXPECT_EQ(latency["method"], "batch means");
    EXPECT_EQ(latency["batches"], 20);
    EXPECT_EQ(latency["correlated"], true);
    EXPECT_EQ(latency["disturbed"], false);
    const json& nothing = document["nodes"]["orders"]["latency_s"];
    EXPECT_TRUE(nothing["interval95"]["mean"].is_null());
    EXPECT_EQ(nothing["batches"], 0);
}

// A number that says nothing about the system is not given; what it would take is.
TEST(JsonSummary, APercentileThatTheSampleCannotSupportIsRefused)
{
    const json document = json::parse(jsonSummary(sampleResults()));
    const json& latency = document["clients"]["shoppers"]["latency_s"];
    EXPECT_TRUE(latency["p999"].is_null());
    EXPECT_TRUE(latency["interval95"]["p999"].is_null());
    EXPECT_EQ(latency["too_few"], json({{"p999", 3688}}));
    EXPECT_FALSE(document["nodes"]["web"]["latency_s"].contains("too_few"));
    const json& claim = document["expect"][3];
    EXPECT_EQ(claim["value"], 0.3) << "a claim about this run is judged by this run";
    EXPECT_EQ(claim["passed"], true);
    EXPECT_EQ(claim["needs"], 3688);
    EXPECT_NE(claim["remark"].get<std::string>().find("3,700"), std::string::npos) << claim["remark"];
}

TEST(JsonSummary, AnAuditIsThereOnlyIfThereWasOne)
{
    EXPECT_FALSE(json::parse(jsonSummary(sampleResults())).contains("audit"));
    models::AuditLine line;
    line.subject = "web";
    line.law = "Little's law";
    line.left = 2;
    line.right = 3;
    line.verdict = models::AuditLine::Verdict::violated;
    const std::vector<models::AuditLine> audit{line, {}};
    const json document = json::parse(jsonSummary(sampleResults(), {.audit = &audit}));
    EXPECT_EQ(document["audit"][0]["difference"], -1.0);
    EXPECT_EQ(document["audit"][0]["verdict"], "violated");
    EXPECT_TRUE(document["audit"][1]["left"].is_null());
}

TEST(JsonSummary, NumbersReadBackToTheSameBits)
{
    const auto results = sampleResults();
    const json document = json::parse(jsonSummary(results));
    EXPECT_EQ(document["wall_s"].get<double>(), results.wallSeconds);
    EXPECT_EQ(document["clients"]["shoppers"]["latency_s"]["p99"].get<double>(), results.clients[0].latency.p99);
    EXPECT_EQ(static_cast<float>(document["series"]["clients"]["shoppers"]["p99_s"][0].get<double>()), 0.08f);
    EXPECT_EQ(document["series"]["clients"]["shoppers"]["p99_s"][0].dump(), "0.08");
}

TEST(JsonSummary, AStoppedRunSaysWhy)
{
    auto results = sampleResults();
    results.stopReason = "web: the queue grew past 10,000,000";
    EXPECT_EQ(json::parse(jsonSummary(results))["stopped"]["reason"], results.stopReason);
}

TEST(JsonSummary, BrokenTextInANameDoesNotBreakTheDocument)
{
    auto results = sampleResults();
    results.scenario = "bad \xFF bytes";
    results.clients[0].name = "a\"b\\c\n";
    EXPECT_TRUE(json::accept(jsonSummary(results)));
}

TEST(JsonSummary, ReadBackItGivesTheSameDocument)
{
    const std::string once = jsonSummary(sampleResults());
    const auto read = resultsFromJson(once);
    ASSERT_TRUE(read);
    EXPECT_EQ(json::parse(jsonSummary(*read)), json::parse(once));
}

// A results file may come from anywhere; whatever the text, reading ends with values or a failure.
TEST(JsonSummary, ReadingHostileTextNeitherThrowsNorCrashes)
{
    for (const char* text : {"", "[", "[]", "null", "{}", R"({"clients": 7, "nodes": [1], "links": null, "series": {"clients": {"a": {"p99_s": [{}, "x", null]}}}, "expect": [1, {"passed": "yes"}]})",
                             R"({"seed": -1, "fingerprint": 12, "clients": {"a": {"outcomes": [], "latency_s": 3}}})"})
        (void)resultsFromJson(text);
    EXPECT_FALSE(resultsFromJson(std::string(200'000, '[')));
    std::string cut = jsonSummary(sampleResults());
    for (std::size_t length = 0; length < cut.size(); length += 97) EXPECT_FALSE(resultsFromJson(cut.substr(0, length)));
}

}  // namespace
}  // namespace tantrum::app
