#include "tests/models/scenario/fakes.h"

#include <gtest/gtest.h>

namespace tantrum::tests {
namespace {

using namespace sc;

std::string scenarioWith(const std::string& steps)
{
    return "tantrum: 1\nduration: 1s\nnodes:\n  db: {type: service, work: 1ms}\n  redis: {type: cache}\n  jobs: {type: "
           "queue}\n  a:\n    type: service\n    operations:\n      get: " +
           steps + "\n";
}

std::string one(const std::string& steps)
{
    const auto result = readText(scenarioWith(steps));
    if (result.diagnostics.size() != 1) return "not one: " + problemsOf(result);
    const auto& found = result.diagnostics[0];
    EXPECT_EQ(found.position.line, 10u);  // whose program begins in column 12
    return std::to_string(found.position.column - 11) + ": " + found.message +
           (found.hint.empty() ? "" : " | " + found.hint);
}

TEST(Steps, EveryVerbIsReadAndWritesItselfBack)
{
    const char* programs[]{"[{work: 1ms}]",
                           "{work: 1ms}",
                           "[]",
                           "[{call: db}]",
                           "[{call: redis.get, optional: true, bytes: 1KiB, reply_bytes: exponential(2KiB)}]",
                           "[{call: db, otherwise: [{work: 1ms}]}]",
                           "[{together: [{call: db}, [{work: 1ms}, {call: db}]]}]",
                           "[{first_of: [{call: db}, {work: 1ms}]}]",
                           "[{publish: jobs, bytes: 1KiB}]",
                           "[{repeat: {times: uniform(1 3), steps: [{work: 1ms}]}}]",
                           "[{choose: [{share: 90%, steps: [{work: 1ms}]}, {share: 10%, steps: []}]}]",
                           "[{fail: 1%}]",
                           "[{fail: {share: 0.5, outcome: rate_limited}}]",
                           "[{cache: {in: redis, steps: [{call: db}], single_flight: true}}]"};
    for (const char* program : programs) {
        const auto result = readText(scenarioWith(program));
        ASSERT_TRUE(result.scenario) << program << problemsOf(result);
        const Parameter* parameter = result.scenario->find("a")->type->find("operations");
        const std::string written = parameter->write(result.scenario->find("a")->parameters);
        const auto again =
            readText(scenarioWith(written.substr(written.find(' ') + 1, written.size() - written.find(' ') - 2)));
        ASSERT_TRUE(again.scenario) << written << problemsOf(again);
        EXPECT_EQ(parameter->write(again.scenario->find("a")->parameters), written);
    }
}

TEST(Steps, MistakesInStepsAreSaid)
{
    EXPECT_EQ(one("[{wrok: 1ms}]"), "3: 'wrok' is not a step | did you mean 'work'?");
    EXPECT_EQ(one("[{work: 1ms, call: db}]"),
              "14: a step does one thing, not both 'work' and 'call' | make two steps of it, each after its own '- '");
    EXPECT_EQ(one("[{call: db, optionl: true}]"), "13: the step 'call' has no 'optionl' | did you mean 'optional'?");
    EXPECT_EQ(one("[work]"),
              "2: a step is a mapping, not a single value | write 'key: value' lines below it, or {key: value}");
    EXPECT_EQ(one("[{}]"),
              "2: an empty step | known here: work, call, together, first_of, publish, repeat, choose, fail, cache");
    EXPECT_EQ(one("[{call: dbb}]"), "9: there is no node 'dbb' | did you mean 'db'?");
    EXPECT_EQ(one("[{call: jobs}]"), "9: 'jobs' is a queue: it cannot be called | nodes here that can: db, redis, a");
    EXPECT_EQ(one("[{call: db.get}]"), "9: 'db' has no operation 'get' | it declares none; write just db");
    EXPECT_EQ(one("[{publish: db}]"), "12: 'db' is a service: it cannot keep messages | nodes here that can: jobs");
    EXPECT_EQ(one("[{choose: [{share: 90%, steps: []}, {share: 5%, steps: []}]}]"),
              "11: the shares sum to 95%, not 100% | leave the share of one branch out: it takes the rest");
    EXPECT_EQ(one("[{choose: [{steps: []}, {steps: []}]}]"),
              "25: a second branch without a share | only one branch can take the rest");
    EXPECT_EQ(
        one("[{fail: {outcome: ok}}]"),
        "19: 'ok' is not one of: timeout, rejected, error, crashed, unreachable, circuit_open, rate_limited, expired");
    EXPECT_EQ(one("[{cache: {in: db, steps: []}}]"),
              "15: 'db' is a service: it cannot be looked up like a cache | nodes here that can: redis");
    EXPECT_EQ(one("[{cache: {in: redis}}]"), "10: 'cache' needs 'steps'");
    EXPECT_EQ(one("[{repeat: {times: -1, steps: []}}]"), "19: '-1' is out of range | 0 to 1e12");
    EXPECT_EQ(one("[{together: []}]"), "13: nothing to run at once | list at least one step");
}

TEST(Steps, TheRestOfAChoiceGoesToTheBranchWithoutAShare)
{
    const auto result = readText(scenarioWith("[{choose: [{steps: [{work: 1ms}]}, {share: 30%, steps: []}]}]"));
    ASSERT_TRUE(result.scenario);
    const auto& program = result.scenario->find("a")->parameters.as<ServiceParams>().operations.find("get")->program;
    EXPECT_DOUBLE_EQ(std::get<Choose>(program[0].action).branches[0].share.share(), 0.7);
}

TEST(Steps, NestingIsBounded)
{
    // A step takes two or more levels of YAML, so that its own limit of 64 comes first in flow style; both are one
    // error.
    std::string deep;
    for (int i = 0; i < 40; ++i) deep += "[{together: ";
    EXPECT_EQ(readText(scenarioWith(deep)).diagnostics.size(), 1u);
}

std::string cycle(const std::string& nodes)
{
    const auto result = readText("tantrum: 1\nduration: 1s\nnodes:\n  redis: {type: cache}\n" + nodes);
    std::string text;
    for (const auto& diagnostic : result.diagnostics) text += diagnostic.message + "\n";
    return text;
}

TEST(Steps, CallsThatGoRoundForEverAreFound)
{
    const std::string a = "  a: {type: service, operations: {x: [{call: b.y}]}}\n";
    EXPECT_EQ(cycle(a + "  b: {type: service, operations: {y: [{work: 1ms}, {call: a.x}]}}\n"),
              "these calls go round for ever: a.x -> b.y -> a.x\n");
    EXPECT_EQ(cycle(a + "  b: {type: service, operations: {y: [{together: [{call: a}]}]}}\n"),
              "these calls go round for ever: a.x -> b.y -> a.x\n");
    EXPECT_EQ(cycle("  a: {type: service, operations: {x: [{repeat: {times: 2, steps: [{call: a}]}}]}}\n"),
              "these calls go round for ever: a.x -> a.x\n");
    EXPECT_EQ(
        cycle(a +
              "  b: {type: service, operations: {y: [{choose: [{share: 50%, steps: [{call: a.x}]}, {steps: []}]}]}}\n"),
        "");
    EXPECT_EQ(cycle(a + "  b: {type: service, operations: {y: [{cache: {in: redis, steps: [{call: a.x}]}}]}}\n"), "");
    EXPECT_EQ(cycle(a + "  b: {type: service, operations: {y: [{call: redis.get, otherwise: [{call: a.x}]}]}}\n"), "");
    EXPECT_EQ(cycle(a + "  b: {type: service, operations: {y: [{fail: 100%}, {call: a.x}]}}\n"), "");
    EXPECT_EQ(cycle(a + "  b: {type: service, operations: {y: [{work: 1ms}], z: [{call: a.x}]}}\n"), "");
}

}  // namespace
}  // namespace tantrum::tests
