#include "tests/models/scenario/fakes.h"

#include <gtest/gtest.h>

namespace tantrum::tests {
namespace {

using namespace sc;
using engine::Duration;
using engine::Instant;

TEST(Reader, AWholeScenarioBecomesAValue)
{
    const auto result = readText(wholeScenario());
    ASSERT_TRUE(result.scenario) << problemsOf(result);
    EXPECT_TRUE(result.diagnostics.empty()) << problemsOf(result);
    const Scenario& scenario = *result.scenario;
    EXPECT_EQ(scenario.name, "Checkout under a flash crowd");
    EXPECT_EQ(scenario.seed, 42u);
    EXPECT_EQ(scenario.duration, Duration::seconds(300));
    EXPECT_EQ(scenario.warmup, Duration::seconds(30));
    ASSERT_EQ(scenario.nodes.size(), 7u);
    EXPECT_EQ(scenario.nodes[0].name, "shoppers");
    const auto& web = scenario.nodes[1].parameters.as<ServiceParams>();
    EXPECT_EQ(web.replicas, 3);
    EXPECT_EQ(web.workers, 16);
    EXPECT_EQ(scenario.find("fulfil")->parameters.as<WorkerParams>().consumes.node, "orders");
    EXPECT_EQ(scenario.find("sessions")->parameters.as<QueueParams>().memory, Bytes::of(64 << 20));
    EXPECT_EQ(scenario.find("web")->range.begin, (Position{16, 5}));

    const auto& checkout = web.operations.find("checkout")->program;
    ASSERT_EQ(checkout.size(), 5u);
    EXPECT_EQ(std::get<Work>(checkout[0].action).time.text, "exponential(4ms)");
    EXPECT_EQ(std::get<Call>(checkout[1].action).target, (OperationReference{"sessions", "get"}));
    EXPECT_EQ(std::get<Together>(checkout[2].action).branches.size(), 2u);
    EXPECT_TRUE(std::get<Call>(checkout[3].action).optional);
    EXPECT_EQ(std::get<Call>(checkout[3].action).otherwise.size(), 1u);
    EXPECT_EQ(std::get<Publish>(checkout[4].action).bytes->text, "2KiB");
}

TEST(Reader, LinksPoliciesAndTimelineBecomeValues)
{
    const auto result = readText(wholeScenario());
    ASSERT_TRUE(result.scenario);
    const Scenario& scenario = *result.scenario;
    ASSERT_EQ(scenario.links.size(), 2u);
    EXPECT_EQ(scenario.links[0].pattern.text(), "* -> *");
    ASSERT_EQ(scenario.links[1].policies->size(), 3u);
    EXPECT_EQ((*scenario.links[1].policies)[0].parameters.as<RetryParams>().attempts, 3);
    EXPECT_EQ((*scenario.links[1].policies)[2].parameters.as<TimeoutParams>().limit, Duration::milliseconds(200));

    ASSERT_EQ(scenario.timeline.size(), 6u);
    EXPECT_EQ(scenario.timeline[0].at, Instant::at(Duration::seconds(60)));
    EXPECT_EQ(scenario.timeline[0].length, Duration::seconds(10));
    EXPECT_EQ(std::get<FaultAction>(scenario.timeline[0].action).parameters.as<CrashParams>().crash.node, "inventory");
    EXPECT_EQ(std::get<FaultAction>(scenario.timeline[1].action).parameters.as<PartitionParams>().partition.size(), 2u);
    EXPECT_DOUBLE_EQ(std::get<FaultAction>(scenario.timeline[2].action).parameters.as<SlowParams>().factor, 4);
    const auto& set = std::get<SetAction>(scenario.timeline[3].action);
    EXPECT_EQ(set.node, "web");
    EXPECT_EQ(set.parameter->key(), "workers");
    EXPECT_EQ(set.value.as<ServiceParams>().workers, 32);
    EXPECT_EQ(std::get<SetAction>(scenario.timeline[4].action).value.as<ClientParams>().arrivals.rate,
              Rate::perSecond(500));
    const auto& policy = std::get<SetAction>(scenario.timeline[5].action);
    EXPECT_EQ(policy.link->text(), "web -> inventory");
    EXPECT_EQ(policy.policy, 0u);
    EXPECT_EQ(policy.value.as<RetryParams>().attempts, 1);
}

TEST(Reader, ExpectationsStudyAndLayoutBecomeValues)
{
    const auto result = readText(wholeScenario());
    ASSERT_TRUE(result.scenario);
    const auto& expect = result.scenario->expect;
    ASSERT_EQ(expect.size(), 5u);
    EXPECT_EQ(expect[0].function, Expectation::Function::p99);
    EXPECT_DOUBLE_EQ(expect[0].value, 0.25);
    EXPECT_EQ(expect[0].before, Instant::at(Duration::seconds(60)));
    EXPECT_EQ(expect[1].comparison, Expectation::Comparison::greater);
    EXPECT_DOUBLE_EQ(expect[1].value, 270);
    EXPECT_DOUBLE_EQ(expect[2].tolerance, 0.01);
    EXPECT_EQ(expect[3].metric, "lag");
    EXPECT_EQ(expect[3].after, Instant::at(Duration::seconds(10)));
    EXPECT_EQ(expect[4].linkTo, "inventory");
    ASSERT_NE(result.scenario->study, nullptr);
    EXPECT_NE(result.scenario->study->find("vary"), nullptr);
    ASSERT_EQ(result.scenario->layout.size(), 2u);
    EXPECT_DOUBLE_EQ(result.scenario->layout[1].x, 10.5);
}

TEST(Reader, AScenarioOutlivesACopyOfItself)
{
    std::optional<Scenario> copy;
    {
        const auto result = readText(wholeScenario());
        copy = result.scenario;
    }
    EXPECT_EQ(copy->study->find("repeat")->find("at_most")->text(), "200");
}

TEST(Reader, ExpectationsHoldOrNot)
{
    Expectation expectation;
    expectation.value = 10;
    expectation.comparison = Expectation::Comparison::equal;
    expectation.tolerance = 0.01;
    EXPECT_TRUE(expectation.holds(10.05));
    EXPECT_FALSE(expectation.holds(10.2));
    expectation.comparison = Expectation::Comparison::lessOrEqual;
    EXPECT_TRUE(expectation.holds(10));
    EXPECT_FALSE(expectation.holds(std::numeric_limits<double>::quiet_NaN()));
}

TEST(Reader, EveryParameterWritesWhatItReads)
{
    const auto result = readText(wholeScenario());
    ASSERT_TRUE(result.scenario);
    for (const NodeEntry& node : result.scenario->nodes) {
        std::string text = "tantrum: 1\nduration: 1s\nnodes: {" + node.name + ": {type: " + node.type->key;
        for (const auto& parameter : node.type->parameters)
            if (const std::string value = parameter->write(node.parameters); !value.empty())
                text += ", " + parameter->key() + ": " + value;
        const auto again = readText(text + "}}\n");
        // Names of other nodes dangle now; everything else reads back.
        for (const Diagnostic& diagnostic : again.diagnostics)
            EXPECT_NE(diagnostic.message.find("there is no node"), std::string::npos) << text << problemsOf(again);
    }
}

}  // namespace
}  // namespace tantrum::tests
