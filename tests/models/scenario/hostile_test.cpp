// What a hostile or broken file can do: one diagnostic, at once, in little memory (the test's TIMEOUT is the bound).
#include "tests/models/scenario/fakes.h"

#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>

namespace tantrum::tests {
namespace {

void expectOne(const std::string& text, const std::string& message, sc::Position position = {})
{
    const auto result = readText(text);
    ASSERT_EQ(result.diagnostics.size(), 1u) << problemsOf(result);
    EXPECT_FALSE(result.scenario);
    EXPECT_NE(result.diagnostics[0].message.find(message), std::string::npos) << problemsOf(result);
    if (position.line > 0) {
        EXPECT_EQ(result.diagnostics[0].position.line, position.line);
        EXPECT_EQ(result.diagnostics[0].position.column, position.column);
    }
}

std::string repeated(const std::string& text, int times)
{
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
}

TEST(HostileFile, DeepNestingIsRefused)
{
    expectOne(repeated("[", 100'000), "nested more than 64 deep");
    expectOne(repeated("{a: ", 100'000), "nested more than 64 deep");
    expectOne("a: " + repeated("- ", 100'000), "");
    std::string blocks;
    for (int i = 0; i < 2'000; ++i) blocks += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
    expectOne(blocks, "nested more than 64 deep");
}

TEST(HostileFile, AnAliasBombIsRefused)
{
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 30; ++i)
        bomb += fmt::format("a{}: &a{} [*a{}{}]\n", i, i, i - 1, repeated(fmt::format(", *a{}", i - 1), 9));
    expectOne(bomb, "aliases counted in full");
    std::string deep = "a0: &a0 [x]\n";
    for (int i = 1; i < 1'000; ++i) deep += fmt::format("a{}: &a{} [*a{}]\n", i, i, i - 1);
    expectOne(deep, "nested more than 64 deep");
    expectOne("a: &a [*a]\n", "stands inside the value it repeats");
    expectOne("a: *b\n", "there is no anchor 'b'");
    // Long texts are shared, not copied.
    expectOne("a: &a " + std::string(1'000'000, 'x') + "\nb: [" + repeated("*a, ", 3'000'000) + "]\n",
              "more than 2000000 values");
}

TEST(HostileFile, TooManyValuesAreRefused)
{
    expectOne("a: [" + repeated("x,", 3'000'000) + "]", "more than 2000000 values");
}

TEST(HostileFile, WhatIsNotTextIsRefused)
{
    expectOne("", "the file is empty", {1, 1});
    expectOne("# only a comment\n", "the file is empty");
    expectOne(std::string("a: b\nc\0d", 8), "NUL byte", {2, 2});
    expectOne("a: b\nö: \xff", "byte 0xff is not valid UTF-8", {2, 4});
    expectOne(std::string(17u << 20, 'x'), "larger than 16 MiB");
    expectOne("a: \x01", "control characters", {1, 4});
    expectOne("\xff\xfe"
              "a",
              "not valid UTF-8");
}

TEST(HostileFile, YamlThatScenariosDoNotUseIsRefused)
{
    expectOne("a: 1\n---\nb: 2\n", "a second document");
    expectOne("a: !!str 1\n", "the tag 'tag:yaml.org,2002:str' is not supported", {1, 4});
    expectOne("a: !evil {}\n", "is not supported");
    expectOne("a: &x {b: 1}\nc:\n  <<: *x\n", "merge keys (<<) are not supported", {3, 3});
    expectOne("? [a, b]\n: c\n", "a key has to be a word");
    expectOne("a: [1, 2\nb: 3\n", "this is not YAML");
    expectOne("a: \"x\n", "this is not YAML");
    expectOne("- a\n- b\n", "a scenario is a mapping, not a list");
    expectOne("* -> *: {}\n", "this is not YAML");
}

TEST(HostileFile, AByteOrderMarkAndEveryKindOfLineEndAreFine)
{
    const std::string text = "tantrum: 1\nduration: 1s\nnodes: {}\nname: größe\nsed: 3\n";
    for (const bool mark : {false, true}) {
        std::string changed = text;
        for (std::size_t at = 0; (at = changed.find('\n', at)) != std::string::npos; at += 2)
            changed.replace(at, 1, "\r\n");
        const auto result = readText((mark ? "\xef\xbb\xbf" : "") + changed);
        ASSERT_EQ(result.diagnostics.size(), 1u) << problemsOf(result);
        EXPECT_EQ(result.diagnostics[0].position, (sc::Position{5, 1}));
        EXPECT_EQ(result.diagnostics[0].hint, "did you mean 'seed'?");
    }
}

TEST(HostileFile, FilesThatCannotBeReadSaySo)
{
    const auto directory = std::filesystem::temp_directory_path() / "tantrum_hostile";
    std::filesystem::create_directories(directory);
    const auto expectFile = [](const std::filesystem::path& path, const std::string& message) {
        const auto result = sc::readFile(path, fakes());
        ASSERT_EQ(result.diagnostics.size(), 1u);
        EXPECT_NE(result.diagnostics[0].message.find(message), std::string::npos) << result.diagnostics[0].message;
    };
    expectFile(directory / "missing.yaml", "there is no such file");
    expectFile(directory, "this is a directory");
    expectFile("/dev/zero", "not a regular file");
    std::ofstream(directory / "large.yaml") << std::string(17u << 20, ' ');
    expectFile(directory / "large.yaml", "larger than 16 MiB");
    std::filesystem::remove_all(directory);
}

TEST(HostileFile, ManyMistakesAreCapped)
{
    const auto result = readText("tantrum: 1\nduration: 1s\nnodes:\n" + [] {
        std::string nodes;
        for (int i = 0; i < 15'000; ++i) nodes += fmt::format("  n{}: {{type: client, sends: nowhere{}}}\n", i, i);
        return nodes;
    }());
    EXPECT_EQ(result.diagnostics.size(), sc::Diagnostics::shownAtMost);
}

TEST(LargeScenario, TenThousandNodesAndFiftyThousandLinksLoad)
{
    std::string text = "tantrum: 1\nduration: 1s\nnodes:\n";
    for (int i = 0; i < 10'000; ++i)
        text += fmt::format("  n{}:\n    type: service\n    workers: 8\n    operations:\n      get:\n        - work: "
                            "exponential(4ms)\n{}",
                            i, i > 0 ? fmt::format("        - call: n{}.get\n", i - 1) : "");
    text += "links:\n  \"* -> *\": {latency: 1ms}\n";
    for (int i = 0; i < 50'000; ++i)
        text +=
            fmt::format("  n{} -> n{}: {{latency: normal(0.5ms 0.1ms)}}\n", i % 10'000, (i * 7 + i / 10'000) % 10'000);
    const auto result = readText(text);
    EXPECT_TRUE(result.scenario) << problemsOf(result);
    for (int i = 0; i < 20'000; ++i) text += fmt::format("  n{}*x*y*z -> *: {{}}\n", i);
    const auto many = readText(text);
    EXPECT_FALSE(many.scenario);
}

}  // namespace
}  // namespace tantrum::tests
