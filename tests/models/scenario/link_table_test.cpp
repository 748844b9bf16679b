#include "models/scenario/names.h"
#include "tests/models/scenario/fakes.h"

#include <gtest/gtest.h>

namespace tantrum::tests {
namespace {

using namespace sc;

TEST(LinkTable, WhatNamesMoreWinsAndTheRestIsInherited)
{
    const auto result = readText(R"(tantrum: 1
duration: 1s
nodes: {web: {type: service}, web2: {type: service}, db: {type: service}}
links:
  web -> db: {loss: 3%}
  "* -> *": {latency: 1ms, loss: 1%, policies: [retry: 2]}
  web* -> *: {latency: 2ms}
  "* -> db": {latency: 3ms, policies: [timeout: 1s, retry: 5]}
)");
    ASSERT_TRUE(result.scenario) << problemsOf(result);
    const LinkTable table(*result.scenario, fakes().find(Kind::link, "link"));
    const auto web = table.between("web", "db");
    EXPECT_EQ(web.parameters.as<LinkParams>().latency.text, "3ms");
    EXPECT_DOUBLE_EQ(web.parameters.as<LinkParams>().loss.share(), 0.03);
    EXPECT_EQ(web.policies->size(), 2u);
    const auto web2 = table.between("web2", "web");
    EXPECT_EQ(web2.parameters.as<LinkParams>().latency.text, "2ms");
    EXPECT_DOUBLE_EQ(web2.parameters.as<LinkParams>().loss.share(), 0.01);
    EXPECT_EQ(web2.policies->size(), 1u);
    EXPECT_EQ(table.between("db", "web").parameters.as<LinkParams>().latency.text, "1ms");
}

TEST(LinkTable, WithoutEntriesTheFallbackApplies)
{
    const auto result = readText("tantrum: 1\nduration: 1s\nnodes: {a: {type: service}}\n");
    const LinkTable table(*result.scenario, fakes().find(Kind::link, "link"));
    EXPECT_EQ(table.between("a", "a").type->key, "link");
    EXPECT_TRUE(table.between("a", "a").policies->empty());
    EXPECT_EQ(LinkTable(*result.scenario, nullptr).between("a", "a").type, nullptr);
}

TEST(Patterns, AStarStandsForAnyNumberOfCharacters)
{
    EXPECT_TRUE(matches("*", ""));
    EXPECT_TRUE(matches("web*", "web"));
    EXPECT_TRUE(matches("w*b*", "web-2"));
    EXPECT_TRUE(matches("*a*b", "xaab"));
    EXPECT_FALSE(matches("web", "web2"));
    EXPECT_FALSE(matches("*b", "web2"));
    EXPECT_FALSE(matches("", "a"));
}

}  // namespace
}  // namespace tantrum::tests
