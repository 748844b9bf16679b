#include "app/core/lesson.h"

#include <gtest/gtest.h>

namespace tantrum::app {
namespace {

using Kind = LessonPart::Kind;

constexpr const char* retryStorm = R"(# Retry storms

A short slow spell, and a service that never comes back.

## Meet the system

Two nodes. **web** calls `db`.

## Why it stays down

At 60 s it slows down.

```predict
What is goodput
at 90 s?
- Back at 420/s => goodput(users) > 400/s after 80s
- Below 100/s, and flat => goodput(users) < 100/s after 80s
```

```run
until: 90s
seed: 7
set: web.workers = 8
set: users -> web.latency = normal(1ms 0.2ms)
```

Because every failure is tried again.

```check
goodput(users) < 100/s after 80s
p99(users.latency) > 1s
```

```yaml
shown: as it is
```
)";

constexpr const char* small = R"(tantrum: 1
name: Small
seed: 1
duration: 60s
nodes:
  users: {type: client, arrivals: poisson(50/s), sends: web}
  web: {type: service, workers: 8, queue: 100, work: exponential(20ms)}
expect:
  - goodput(users) > 1000/s
)";

LessonStep stepOf(const std::string& blocks)
{
    return parseLesson("# T\n## S\n" + blocks).lesson.steps.front();
}

TEST(Lesson, ReadsTitleIntroductionStepsAndParts)
{
    const LessonReading reading = parseLesson(retryStorm);
    ASSERT_TRUE(reading.mistakes.empty()) << reading.mistakes.front().message;
    const Lesson& lesson = reading.lesson;
    EXPECT_EQ(lesson.title, "Retry storms");
    EXPECT_EQ(lesson.introduction, "A short slow spell, and a service that never comes back.");
    ASSERT_EQ(lesson.steps.size(), 2U);
    EXPECT_EQ(lesson.steps[0].title, "Meet the system");
    EXPECT_EQ(lesson.steps[0].parts.at(0).text, "Two nodes. **web** calls `db`.");
    const auto& parts = lesson.steps[1].parts;
    ASSERT_EQ(parts.size(), 6U);
    EXPECT_EQ(parts[1].kind, Kind::predict);
    EXPECT_EQ(parts[1].text, "What is goodput at 90 s?");
    ASSERT_EQ(parts[1].options.size(), 2U);
    EXPECT_EQ(parts[1].options[1].text, "Below 100/s, and flat");
    EXPECT_EQ(parts[1].options[1].claim, "goodput(users) < 100/s after 80s");
    EXPECT_EQ(parts[2].until, "90s");
    EXPECT_EQ(parts[2].seed, "7");
    EXPECT_EQ(parts[2].changes.at(1), (std::pair<std::string, std::string>{"users -> web.latency", "normal(1ms 0.2ms)"}));
    EXPECT_EQ(parts[4].claims.size(), 2U);
    EXPECT_EQ(parts[5].text, "```yaml\nshown: as it is\n```");
}

TEST(Lesson, SaysWhichLineIsWrong)
{
    const auto firstMistake = [](const std::string& text) {
        const LessonReading reading = parseLesson(text);
        return reading.mistakes.empty() ? LessonMistake{0, "none"} : reading.mistakes.front();
    };
    EXPECT_EQ(firstMistake("# T\n## S\n```run\nhow: fast\n```\n").line, 4);
    EXPECT_EQ(firstMistake("# T\n## S\n```predict\nQ?\n- no claim\n```\n```run\n```\n").line, 5);
    EXPECT_EQ(firstMistake("# T\n## S\n```check\na < b\n```\n").message, "a step that predicts, runs or checks has exactly one run");
    EXPECT_EQ(firstMistake("# T\n```run\n```\n## S\n").message, "a block stands before the first step");
    EXPECT_EQ(firstMistake("# T\n## S\n```run\nuntil: 1s\n").message, "this block is not closed: ``` is missing");
    EXPECT_EQ(firstMistake("## S\n").message, "the lesson has no title: begin with '# Title'");
    EXPECT_EQ(firstMistake("# T\n").message, "the lesson has no steps: begin one with '## Title'");
}

TEST(Lesson, SurvivesAnyText)
{
    for (const std::string text : {"", "\n\n", "```", "## ", "# \n## \n```predict\n```", "\r\n# T\r\n## S\r\n```run\r\n```\r\n"})
        (void)parseLesson(text);
    EXPECT_EQ(parseLesson("# T\r\n## S\r\nText\r\n").lesson.steps.at(0).parts.at(0).text, "Text");
}

TEST(Lesson, ChangesTheScenarioAsTheStepSays)
{
    const LessonStep step = stepOf("```run\nuntil: 10s\nseed: 9\nset: web.workers = 3\n```\n");
    const auto text = textOfStep(step, small, models::catalogue());
    ASSERT_TRUE(text) << text.failure().message;
    EXPECT_NE(text->find("duration: 10s"), std::string::npos);
    EXPECT_NE(text->find("seed: 9"), std::string::npos);
    EXPECT_NE(text->find("workers: 3"), std::string::npos);
    EXPECT_EQ(text->find("expect"), std::string::npos);
}

TEST(Lesson, JudgesOptionsAndClaimsByWhatTheRunMeasured)
{
    const LessonStep step = stepOf(
        "```predict\nHow many?\n- Few => goodput(users) < 20/s\n- About fifty => goodput(users) > 40/s\n```\n"
        "```run\nuntil: 40s\n```\n```check\nerror_rate(users) < 1%\n```\n");
    const auto findings = judgeStep(step, small, {}, models::catalogue());
    ASSERT_TRUE(findings) << findings.failure().message;
    ASSERT_EQ(findings->options.size(), 2U);
    EXPECT_EQ(findings->right(), 1U);
    ASSERT_EQ(findings->claims.size(), 1U);
    EXPECT_TRUE(findings->kept());
    EXPECT_NEAR(findings->results.simulatedSeconds, 40, 1e-9);
}

TEST(Lesson, IsNotKeptWhenTwoOptionsHold)
{
    const LessonStep step = stepOf(
        "```predict\nHow many?\n- Some => goodput(users) > 1/s\n- More => goodput(users) > 2/s\n```\n```run\nuntil: 20s\n```\n");
    const auto findings = judgeStep(step, small, {}, models::catalogue());
    ASSERT_TRUE(findings);
    EXPECT_FALSE(findings->right());
    EXPECT_FALSE(findings->kept());
}

TEST(Lesson, SaysWhyAStepCannotRun)
{
    const auto findings = judgeStep(stepOf("```run\nset: web.wrokers = 3\n```\n"), small, {}, models::catalogue());
    ASSERT_FALSE(findings);
    EXPECT_NE(findings.failure().message.find("wrokers"), std::string::npos) << findings.failure().message;
}

}  // namespace
}  // namespace tantrum::app
