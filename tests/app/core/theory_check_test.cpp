// `check` tells people of an overload before they run it. It must be right when it speaks and silent when it cannot know.
#include "app/core/theory_check.h"
#include "models/scenario/reader.h"

#include <gtest/gtest.h>

namespace tantrum::app {
namespace {

models::scenario::Scenario scenario(const std::string& nodes, const std::string& links = "")
{
    const std::string text = "tantrum: 1\nname: t\nduration: 60s\nnodes:\n" + nodes + links;
    auto read = models::scenario::read(text, "t.yaml", models::catalogue());
    for (const auto& diagnostic : read.diagnostics)
        if (diagnostic.severity == models::scenario::Severity::error) ADD_FAILURE() << models::scenario::render(diagnostic, text);
    if (!read.scenario) std::abort();
    return std::move(*read.scenario);
}

double loadOf(const models::scenario::Scenario& scenario, const std::string& node)
{
    for (const auto& load : loadsOf(scenario))
        if (load.node == node) return load.utilization;
    return -1;
}

TEST(TheoryCheck, UtilisationIsArrivalsTimesWorkOverWorkers)
{
    const auto shop = scenario("  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                               "  web: {type: service, replicas: 2, workers: 4, work: exponential(40ms)}\n");
    EXPECT_NEAR(loadOf(shop, "web"), 0.5, 1e-9);
    EXPECT_TRUE(theoryCheck(shop).empty());
}

TEST(TheoryCheck, AnOverloadedNodeIsAWarningAtItsPlaceWithTheNumber)
{
    const auto shop = scenario("  users: {type: client, arrivals: poisson(300/s), sends: web}\n"
                               "  web: {type: service, workers: 4, work: exponential(16ms)}\n");
    const auto warnings = theoryCheck(shop);
    ASSERT_EQ(warnings.size(), 1u);
    EXPECT_EQ(warnings[0].severity, models::scenario::Severity::warning);
    EXPECT_EQ(warnings[0].position.line, 6u);
    EXPECT_EQ(warnings[0].path, "nodes.web");
    EXPECT_NE(warnings[0].message.find("overloaded: needs 1.20 of its capacity"), std::string::npos) << warnings[0].message;
    EXPECT_FALSE(warnings[0].hint.empty());
}

TEST(TheoryCheck, CallsAreFollowedThroughRepeatsAndChoices)
{
    const auto shop = scenario("  users: {type: client, arrivals: paced(100/s), sends: web.get}\n"
                               "  web:\n    type: service\n    workers: 100\n    operations:\n      get:\n"
                               "        - work: 10ms\n"
                               "        - repeat: {times: 3, steps: [{call: db.read}]}\n"
                               "        - choose: [{share: 25%, steps: [{call: db.write}]}, {share: 75%, steps: [{work: 4ms}]}]\n"
                               "        - together: [{work: 2ms}, {work: 6ms}]\n"
                               "  db:\n    type: service\n    workers: 1\n    operations:\n      read: [{work: 2ms}]\n      write: [{work: 20ms}]\n");
    EXPECT_NEAR(loadOf(shop, "web"), 100 * (0.010 + 0.75 * 0.004 + 0.006) / 100, 1e-9);
    EXPECT_NEAR(loadOf(shop, "db"), 300 * 0.002 + 25 * 0.020, 1e-9);
    ASSERT_EQ(theoryCheck(shop).size(), 1u);
}

TEST(TheoryCheck, AnOverloadedNodePassesOnNoMoreThanItCanFinish)
{
    const auto shop = scenario("  users: {type: client, arrivals: poisson(1000/s), sends: web.get}\n"
                               "  web: {type: service, workers: 1, operations: {get: [{work: 10ms}, {call: db}]}}\n"
                               "  db: {type: service, workers: 1, work: 5ms}\n");
    EXPECT_NEAR(loadOf(shop, "web"), 10, 1e-9);
    EXPECT_NEAR(loadOf(shop, "db"), 0.5, 1e-9);
}

TEST(TheoryCheck, QueuesConsumersDatabasesAndBalancersAreFollowed)
{
    const auto shop = scenario("  users: {type: client, arrivals: poisson(100/s), sends: front}\n"
                               "  front: {type: load_balancer, backends: [big, small]}\n"
                               "  big: {type: service, workers: 3, operations: {get: [{work: 10ms}, {publish: orders}]}}\n"
                               "  small: {type: service, workers: 1, operations: {get: [{work: 10ms}]}}\n"
                               "  orders: {type: queue}\n"
                               "  packers: {type: consumer, consumes: orders, concurrency: 5, work: 40ms, steps: [{call: db.write}]}\n"
                               "  db: {type: database, connections: 2, read: 1ms, write: 8ms}\n");
    EXPECT_NEAR(loadOf(shop, "big"), 75 * 0.010 / 3, 1e-9);
    EXPECT_NEAR(loadOf(shop, "small"), 25 * 0.010, 1e-9);
    EXPECT_NEAR(loadOf(shop, "packers"), 75 * 0.040 / 5, 1e-9);
    EXPECT_NEAR(loadOf(shop, "db"), 75 * 0.008 / 2, 1e-9);
}

TEST(TheoryCheck, SaysNothingWhereItCannotKnow)
{
    // Closed arrivals slow down with their service; what a cache lets through depends on its hits.
    const auto closed = scenario("  users: {type: client, arrivals: closed(users=1000 think=1ms), sends: web}\n"
                                 "  web: {type: service, workers: 1, work: 100ms}\n");
    EXPECT_TRUE(theoryCheck(closed).empty());
}

TEST(TheoryCheck, ExactlyFullIsOverloaded)
{
    const auto full = scenario("  users: {type: client, arrivals: paced(100/s), sends: web}\n"
                               "  web: {type: service, workers: 1, work: 10ms}\n");
    EXPECT_EQ(theoryCheck(full).size(), 1u);
}

}  // namespace
}  // namespace tantrum::app
