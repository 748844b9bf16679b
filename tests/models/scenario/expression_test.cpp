#include "models/scenario/binding.h"
#include "tests/models/scenario/fakes.h"

#include <gtest/gtest.h>

namespace tantrum::tests {
namespace {

using namespace sc;

double meanInMs(const std::string& text) { return DurationDistribution::of(text).distribution.mean() / 1e6; }

TEST(Expressions, EveryDistributionReadsAndHasTheRightMean)
{
    const std::pair<const char*, double> cases[]{{"4ms", 4},
                                                 {"exponential(4ms)", 4},
                                                 {"exponential(mean=4ms)", 4},
                                                 {"uniform(2ms 6ms)", 4},
                                                 {"uniform(2ms, 6ms)", 4},
                                                 {"uniform(high=6ms low=2ms)", 4},
                                                 {"normal(4ms 0.1ms)", 4},
                                                 {"lognormal(mean=4ms deviation=1ms)", 4},
                                                 {"erlang(3 4ms)", 4},
                                                 {"gamma(2 4ms)", 4},
                                                 {"weibull(1 4ms)", 4},
                                                 {"pareto(2ms 2)", 4},
                                                 {"triangular(3ms 4ms 5ms)", 4},
                                                 {"hyperexponential(4ms 5)", 4},
                                                 {"mix(50%=2ms 50%=6ms)", 4},
                                                 {"shifted(1ms exponential(3ms))", 4},
                                                 {"mix(50%=exponential(2ms) 50%=shifted(1ms 5ms))", 4}};
    for (const auto& [text, mean] : cases) EXPECT_NEAR(meanInMs(text), mean, 1e-3) << text;
    EXPECT_GT(meanInMs("lognormal(p50=4ms p99=40ms)"), 4);
    EXPECT_GT(meanInMs("lognormal(4ms 1)"), 4);
    EXPECT_GT(meanInMs("bounded_pareto(1ms 10ms 1.5)"), 1);
}

TEST(Expressions, TheTableIsCompleteAndEverySignatureNamesItsFunction)
{
    EXPECT_GE(distributionFunctions().size(), 16u);
    EXPECT_EQ(arrivalFunctions().size(), 8u);
    EXPECT_EQ(keyFunctions().size(), 2u);
    for (const auto family : {distributionFunctions(), arrivalFunctions(), keyFunctions()})
        for (const FunctionDoc& function : family) {
            EXPECT_FALSE(function.doc.empty()) << function.name;
            for (const ArgumentDoc& argument : function.arguments) EXPECT_FALSE(argument.doc.empty()) << function.name;
            EXPECT_TRUE(signature(function).starts_with(function.name));
        }
}

std::string errorOf(const std::string& text, Measure measure = Measure::time)
{
    ExpressionError error;
    const auto expression = parseExpression(text, error);
    if (expression && evaluate(*expression, measure, nullptr, error)) return "fine";
    return std::to_string(error.at) + ": " + error.message + " | " + error.hint;
}

TEST(Expressions, MistakesPointAtTheArgument)
{
    const std::pair<const char*, const char*> cases[]{
        {"exponental(4ms)", "0: there is no function 'exponental' for this | did you mean 'exponential'?"},
        {"exponential(4)", "12: '4' needs a unit | e.g. 4ms"},
        {"exponential()", "0: exponential needs its argument 'mean' | write exponential(mean)"},
        {"exponential", "0: exponential needs its arguments | write exponential(…)"},
        {"exponential(4ms 5ms)", "16: exponential takes 1 argument | write exponential(mean)"},
        {"exponential(mean=4ms mean=5ms)",
         "26: the argument 'mean' of exponential is given twice | write exponential(mean)"},
        {"exponential(men=4ms)", "12: exponential has no argument 'men' | did you mean 'mean'?"},
        {"exponential(4ms", "15: the '(' of 'exponential' is not closed | add a ')'"},
        {"exponential(4ms))", "16: there is a ')' too many | "},
        {"4ms 5ms", "4: '5ms' stands after the value | arguments belong in parentheses: name(arg arg)"},
        {"uniform(6ms 2ms)", "0: 'low' has to be at most 'high' | write uniform(low high)"},
        {"lognormal(p50=4ms p99=2ms)", "0: 'p50' has to be at most 'p99' | write lognormal(p50=… p99=…)"},
        {"lognormal(p50=4ms deviation=2ms)",
         "0: these arguments of lognormal do not go together | write lognormal(median sigma) or lognormal(p50=… p99=…) "
         "or lognormal(mean=… deviation=…)"},
        {"erlang(0 4ms)", "7: 'stages' of erlang is out of range: 0 | at least 1 and at most 10000"},
        {"hyperexponential(4ms 0.5)",
         "21: 'cv2' of hyperexponential is out of range: 0.5 | at least 1 and at most 1000000"},
        {"pareto(0ms 2)", "7: 'minimum' of pareto is out of range: 0ms | more than 0"},
        {"mix(99%=5ms 2%=100ms)",
         "0: the shares of the mix sum to 101%, not 100% | the shares of all parts together are 100%"},
        {"mix(5ms)", "4: each part of a mix needs its share | write mix(99%=5ms 1%=100ms)"},
        {"empirical(x.csv)", "0: the file 'x.csv' is not available here | save the scenario next to the file first"},
        {"", "0: a value is missing | "},
    };
    for (const auto& [text, error] : cases) EXPECT_EQ(errorOf(text), error);
    std::string deep;
    for (int i = 0; i < 100'000; ++i) deep += "shifted(1ms ";
    EXPECT_NE(errorOf(deep).find("nested more than"), std::string::npos);
}

TEST(Expressions, EveryArrivalProcessIsRead)
{
    using Kind = Arrivals::Kind;
    EXPECT_EQ(Arrivals::of("poisson(280/s)").rate, Rate::perSecond(280));
    EXPECT_EQ(Arrivals::of("paced(10/min)").kind, Kind::paced);
    const auto closed = Arrivals::of("closed(users=50 think=exponential(2s))");
    EXPECT_EQ(closed.users, 50);
    EXPECT_EQ(closed.think.text, "exponential(2s)");
    EXPECT_FALSE(closed.open());
    EXPECT_EQ(Arrivals::of("closed(5)").think.mean(), engine::Duration{});
    const auto ramp = Arrivals::of("ramp(100/s 200/s 1min)");
    EXPECT_EQ(ramp.to, Rate::perSecond(200));
    EXPECT_EQ(ramp.over, engine::Duration::seconds(60));
    const auto steps = Arrivals::of("steps(100/s 60s 300/s 30s 200/s)");
    ASSERT_EQ(steps.phases.size(), 3u);
    EXPECT_EQ(steps.phases[1].length, engine::Duration::seconds(30));
    EXPECT_EQ(steps.phases[2].length, engine::Duration{});
    EXPECT_EQ(steps.peak(), Rate::perSecond(300));
    const auto spike = Arrivals::of("spike(base=100/s peak=1000/s at=30s for=5s)");
    EXPECT_EQ(spike.start, engine::Duration::seconds(30));
    EXPECT_EQ(spike.length, engine::Duration::seconds(5));
    const auto diurnal = Arrivals::of("diurnal(100/s 30% 24h)");
    EXPECT_DOUBLE_EQ(diurnal.peak().perSecond(), 130);
    EXPECT_EQ(Keys::of("single").count, 1);
    EXPECT_EQ(Keys::of("uniform(1000)").kind, Keys::Kind::uniform);
    EXPECT_DOUBLE_EQ(Keys::of("zipf(10000 0.9)").exponent, 0.9);
    EXPECT_DOUBLE_EQ(Keys::of("zipf(10000)").exponent, 1);
}

TEST(Expressions, ArgumentsAreReplacedByNameAndPlace)
{
    EXPECT_EQ(replaceArgument("poisson(280/s)", "rate", "300/s"), "poisson(300/s)");
    EXPECT_EQ(replaceArgument("poisson( rate = 280/s )", "rate", "300/s"), std::nullopt);  // not an expression
    EXPECT_EQ(replaceArgument("closed(users=50 think=2s)", "think", "exponential(3s)"),
              "closed(users=50 think=exponential(3s))");
    EXPECT_EQ(replaceArgument("closed(50)", "think", "3s"), "closed(50 think=3s)");
    EXPECT_EQ(replaceArgument("uniform(1ms, 2ms)", "1", "3ms"), "uniform(1ms, 3ms)");
    EXPECT_EQ(replaceArgument("lognormal(p50=1ms p99=2ms)", "p99", "3ms"), "lognormal(p50=1ms p99=3ms)");
    EXPECT_EQ(replaceArgument("poisson(280/s)", "users", "3"), std::nullopt);
    EXPECT_EQ(findArgument("closed(50)", "think"), "0s");
    EXPECT_EQ(findArgument("poisson(280/s)", "rate"), "280/s");
}

TEST(Expressions, AValueTornAtItsCommaIsReportedOnce)
{
    const std::string head = "tantrum: 1\nduration: 1s\nnodes:\n  a: {type: service, ";
    for (const char* torn : {"work: normal(0.5ms, 0.1ms)", "work: uniform(1ms,2ms), workers: 2",
                             "workers: 2, work: mix(90%=1ms, 5%=2ms, 5%=uniform(1ms, 3ms)), queue: 3"}) {
        const auto result = readText(head + torn + "}\n");
        ASSERT_EQ(result.diagnostics.size(), 1u) << problemsOf(result);
        EXPECT_EQ(result.diagnostics[0].position.line, 4u);
        EXPECT_NE(result.diagnostics[0].message.find("YAML ends a value at the comma"), std::string::npos);
        EXPECT_NE(result.diagnostics[0].hint.find("separate arguments by spaces"), std::string::npos);
    }
    const auto list = readText("tantrum: 1\nduration: 1s\nnodes: {}\nstudy: {vary: {a: [normal(1ms, 2ms), 3ms]}}\n");
    EXPECT_EQ(list.diagnostics.size(), 1u) << problemsOf(list);
    EXPECT_TRUE(readText(head + "work: \"normal(0.5ms, 0.1ms)\"}\n").scenario);
}

}  // namespace
}  // namespace tantrum::tests
