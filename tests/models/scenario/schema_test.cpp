#include "models/scenario/reference.h"
#include "models/scenario/schema.h"
#include "tests/models/scenario/fakes.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <regex>

namespace tantrum::tests {
namespace {

using Json = nlohmann::json;

const Json& schema()
{
    static const Json whole = sc::jsonSchema(fakes());
    return whole;
}

const Json& nodeOf(const std::string& type)
{
    for (const Json& branch : schema()["definitions"]["node"]["allOf"])
        if (branch["if"]["properties"]["type"]["const"] == type) return branch["then"];
    static const Json none;
    return none;
}

// Every pattern of the schema that could apply.
bool accepts(const Json& part, const std::string& text)
{
    if (part.contains("anyOf")) {
        for (const Json& option : part["anyOf"])
            if (accepts(option, text)) return true;
        return false;
    }
    return part.contains("pattern") && std::regex_match(text, std::regex(part["pattern"].get<std::string>()));
}

TEST(Schema, EveryTypeOfEveryKindIsThere)
{
    for (const auto* type : fakes().all(sc::Kind::component)) {
        const Json& node = nodeOf(type->key);
        ASSERT_FALSE(node.is_null()) << type->key;
        EXPECT_EQ(node["additionalProperties"], false);
        for (const auto& parameter : type->parameters)
            EXPECT_TRUE(node["properties"].contains(parameter->key())) << parameter->key();
    }
    const std::string text = schema().dump();
    for (const char* key : {"retry", "timeout", "circuit_breaker", "crash", "slow", "partition", "latency", "first_of",
                            "single_flight", "expect"})
        EXPECT_NE(text.find(std::string("\"") + key + "\""), std::string::npos) << key;
    EXPECT_EQ(schema()["required"], Json::array({"tantrum", "duration", "nodes"}));
    EXPECT_EQ(nodeOf("client")["required"], Json::array({"sends"}));
}

TEST(Schema, ParametersCarryTheirDocumentation)
{
    const Json& workers = nodeOf("service")["properties"]["workers"];
    EXPECT_EQ(workers["description"],
              "requests at once. Range: 1 to 1000000. Unit: workers. Source of the default: a guess.");
    EXPECT_EQ(workers["default"], 4);
    EXPECT_EQ(workers["anyOf"][0]["minimum"], 1);
    EXPECT_EQ(nodeOf("service")["properties"]["discipline"]["oneOf"][1]["const"], "lifo");
    EXPECT_EQ(nodeOf("service")["properties"]["work"]["default"], "exponential(4ms)");
    EXPECT_FALSE(nodeOf("service")["properties"]["limit"].contains("default"));
}

TEST(Schema, ItsPatternsTakeWhatTheReaderTakes)
{
    const Json& service = nodeOf("service")["properties"];
    for (const char* text :
         {"4ms", "0.5 ms", "exponential(4ms)", "mix(99%=5ms 1%=100ms)", "lognormal(p50=1ms, p99=2ms)"})
        EXPECT_TRUE(accepts(service["work"], text)) << text;
    for (const char* text : {"4", "fast", "exponental(4ms)", "4 m"})
        EXPECT_FALSE(accepts(service["work"], text)) << text;
    EXPECT_TRUE(accepts(service["limit"], "280/s"));
    EXPECT_FALSE(accepts(service["limit"], "280"));
    EXPECT_TRUE(accepts(service["disk"], "1Gbit/s"));
    EXPECT_TRUE(accepts(service["spare"], "10%"));
    EXPECT_TRUE(accepts(service["price"], "$0.40"));
    EXPECT_TRUE(accepts(service["queue"], "unlimited"));
    EXPECT_FALSE(accepts(service["workers"], "unlimited"));
    EXPECT_TRUE(accepts(nodeOf("client")["properties"]["arrivals"], "closed(users=50 think=2s)"));
    const Json expect = schema()["properties"]["expect"]["anyOf"][0]["items"];
    for (const char* text : {"p99(shoppers.latency) < 250ms before 60s", "mean(c.latency) == 10ms within 1%",
                             "attempts(a -> b) < 2 between 1s and 2s"})
        EXPECT_TRUE(accepts(expect, text)) << text;
    EXPECT_FALSE(accepts(expect, "p99 < 3"));
}

TEST(Schema, EveryReferenceLeadsSomewhere)
{
    const std::function<void(const Json&)> walk = [&](const Json& part) {
        if (part.is_object() && part.contains("$ref")) {
            const std::string target = part["$ref"];
            ASSERT_TRUE(target.starts_with("#/definitions/"));
            EXPECT_TRUE(schema()["definitions"].contains(target.substr(14))) << target;
        }
        if (part.is_structured())
            for (const Json& child : part) walk(child);
    };
    walk(schema());
}

TEST(ReferencePage, SaysEverythingTheDescriptorSays)
{
    const std::string page = sc::referencePage(*fakes().find(sc::Kind::component, "service"));
    for (const char* part :
         {"# Service\n", "`service` – Handles requests.", "More about it.",
          "| `workers` | requests at once (live) | count of workers | 1 to 1000000 | `4` | a guess |",
          "`lifo`: newest first", "| `lag` | s | how late |", "Understands `crash`, `slow`.",
          "```yaml\ntantrum: 1\nduration: 5min\nnodes: {}\n```"})
        EXPECT_NE(page.find(part), std::string::npos) << part << "\n" << page;
    EXPECT_NE(sc::referencePage(*fakes().find(sc::Kind::policy, "timeout")).find("`timeout: …` sets `limit`"),
              std::string::npos);
    EXPECT_NE(sc::valuesPage().find("lognormal(p50=… p99=…)"), std::string::npos);
    EXPECT_NE(sc::catalogueTable(fakes()).find("| `retry` | policy | Policies | Tries again. |"), std::string::npos);
}

}  // namespace
}  // namespace tantrum::tests
