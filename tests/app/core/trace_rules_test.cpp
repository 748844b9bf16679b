#include "app/core/trace_rules.h"

#include <gtest/gtest.h>

#include <string>

namespace tantrum::app {
namespace {

using engine::Duration;
using models::TailSampling;

TEST(TraceRules, AShareAloneIsHeadSampling)
{
    const auto rules = parseTraceRules("1%");
    ASSERT_TRUE(rules);
    EXPECT_EQ((*rules).share, 0.01);
    EXPECT_FALSE((*rules).tail);
}

TEST(TraceRules, WithOthersItIsTailSamplingWithTheCollectorsDefaults)
{
    const auto rules = parseTraceRules("slow>500ms,errors, 5%");
    ASSERT_TRUE(rules) << rules.message;
    ASSERT_TRUE((*rules).tail);
    const TailSampling& tail = *(*rules).tail;
    EXPECT_EQ((*rules).share, 0);
    EXPECT_TRUE(tail.errors);
    EXPECT_FALSE(tail.spanErrors);
    EXPECT_EQ(tail.slowerThan, Duration::nanoseconds(500'000'000));
    EXPECT_EQ(tail.share, 0.05);
    EXPECT_EQ(tail.wait, Duration::seconds(30));
    EXPECT_EQ(tail.held, 50'000u);
    EXPECT_FALSE(tail.afterRoot);
    EXPECT_EQ(tail.text, "slow>500ms,errors, 5%");
}

TEST(TraceRules, TellWhenAndFromHowManyIsChosen)
{
    const auto rules = parseTraceRules("span_errors,wait=10s,after_root=2s,held=1_000");
    ASSERT_TRUE(rules) << rules.message;
    const TailSampling& tail = *(*rules).tail;
    EXPECT_TRUE(tail.spanErrors);
    EXPECT_EQ(tail.wait, Duration::seconds(10));
    EXPECT_EQ(tail.afterRoot, Duration::seconds(2));
    EXPECT_EQ(tail.held, 1'000u);
}

TEST(TraceRules, SayWhatIsWrongAndWhatWasMeant)
{
    const auto mistake = [](const char* text) {
        const auto rules = parseTraceRules(text);
        return rules ? std::string("none") : rules.message + " | " + rules.hint;
    };
    EXPECT_NE(mistake("erors,5%").find("did you mean 'errors'"), std::string::npos) << mistake("erors,5%");
    EXPECT_NE(mistake("slow>lots,errors").find("'slow>lots'"), std::string::npos) << mistake("slow>lots,errors");
    EXPECT_NE(mistake("lots").find("slow>500ms"), std::string::npos) << mistake("lots");
    EXPECT_NE(mistake("errors,,5%").find("between two commas"), std::string::npos);
    EXPECT_NE(mistake("wait=10s").find("choose no trace"), std::string::npos);
    EXPECT_NE(mistake("errors,held=0").find("from 1 to"), std::string::npos);
    EXPECT_NE(mistake("errors,wait=0s").find("at least"), std::string::npos);
    EXPECT_NE(mistake("0").find("traces nothing"), std::string::npos);
    EXPECT_NE(mistake("2").find("|"), std::string::npos);
    EXPECT_NE(mistake(""), "none");
}

}  // namespace
}  // namespace tantrum::app
