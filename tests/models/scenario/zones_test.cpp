// Zones: what a name says about its region, which round trip holds between two nodes, and every mistake at its place.
#include "models/scenario/document.h"
#include "models/scenario/reference.h"
#include "models/scenario/schema.h"
#include "models/scenario/zones.h"
#include "tests/models/scenario/fakes.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tantrum::tests {
namespace {

using namespace sc;

const std::string nodes = "nodes:\n  a: {type: service, zone: eu-west-1a}\n  b: {type: service, zone: eu-west-1b}\n  far: {type: service, zone: us-east-1a}\n  here: {type: service, zone: eu-west-1a}\n  none: {type: service}\n";

ReadResult inZones(const std::string& rest, const std::string& which = nodes) { return readText("tantrum: 1\nduration: 1s\n" + which + rest); }

std::string latency(const std::string& rest, const std::string& from, const std::string& to)
{
    const auto result = inZones(rest);
    if (!result.scenario) return problemsOf(result);
    const auto link = LinkTable(*result.scenario, nullptr).between(from, to);
    return link.type ? link.parameters.as<LinkParams>().latency.text : "in one process";
}

struct Told {
    std::uint32_t line, column;
    std::string message, hint;
};
void expectOne(const ReadResult& result, const Told& told)
{
    ASSERT_EQ(result.diagnostics.size(), 1u) << problemsOf(result);
    const auto& diagnostic = result.diagnostics.front();
    EXPECT_EQ(diagnostic.message, told.message);
    EXPECT_EQ(diagnostic.hint, told.hint);
    EXPECT_EQ(diagnostic.position.line, told.line) << told.message;
    EXPECT_EQ(diagnostic.position.column, told.column) << told.message;
}

TEST(Zones, AreNamedAfterTheirRegions)
{
    EXPECT_EQ(regionOf("eu-west-1a"), "eu-west-1");
    EXPECT_EQ(regionOf("us-central1-b"), "us-central1");
    EXPECT_EQ(regionOf("eu-west-1"), "eu-west-1");
    EXPECT_EQ(regionOf("dublin"), "dublin");
    EXPECT_EQ(regionOf("a"), "a");
    EXPECT_EQ(regionOf("1a"), "1a");
}

// Half a round trip each way: of the pair of zones, else of the pair of regions, else of what holds for all such pairs.
TEST(Zones, GiveLinksHalfTheirRoundTrip)
{
    const std::string zones = "zones: {within_zone: 0.2ms, between_zones: 2ms, between_regions: 90ms}\nlinks: {\"* -> *\": {latency: 7ms}}\n";
    EXPECT_EQ(latency(zones, "a", "here"), "100us");
    EXPECT_EQ(latency(zones, "a", "b"), "1ms");
    EXPECT_EQ(latency(zones, "b", "far"), "45ms");
    EXPECT_EQ(latency(zones, "a", "none"), "7ms") << "one of them does not say where it stands";
    const std::string pairs = "zones:\n  between_regions: 90ms\n  round_trips:\n    eu-west-1b   eu-west-1a: 0.6ms\n    us-east-1 eu-west-1: 80ms\n    eu-west-1a us-east-1a: 70ms\n    eu-west-1a eu-west-1a: 50us\n";
    EXPECT_EQ(latency(pairs, "a", "b"), "300us");
    EXPECT_EQ(latency(pairs, "b", "a"), "300us");
    EXPECT_EQ(latency(pairs, "far", "b"), "40ms");
    EXPECT_EQ(latency(pairs, "far", "a"), "35ms");
    EXPECT_EQ(latency(pairs + "links: {a -> here: {loss: 1%}}\n", "a", "here"), "25us");
    EXPECT_EQ(latency("zones: {between_regions: 80ms}\n", "a", "b"), "500us") << "the usual millisecond";
}

// What names a node goes before its zones; what names none does not, and its other parameters hold all the same.
TEST(Zones, GiveWayToALatencyThatNamesANode)
{
    const std::string zones = "zones: {between_regions: 80ms}\n";
    EXPECT_EQ(latency(zones + "links: {a -> b: {latency: 9ms}}\n", "a", "b"), "9ms");
    EXPECT_EQ(latency(zones + "links: {a -> *: {latency: 9ms}}\n", "a", "b"), "9ms");
    EXPECT_EQ(latency(zones + "links: {a -> b: {loss: 1%}, \"* -> *\": {latency: 9ms}}\n", "a", "b"), "500us");
    const auto result = inZones(zones + "links: {\"* -> *\": {loss: 5%, policies: [timeout: 1s]}}\n");
    ASSERT_TRUE(result.scenario) << problemsOf(result);
    const auto link = LinkTable(*result.scenario, nullptr).between("a", "b");
    EXPECT_DOUBLE_EQ(link.parameters.as<LinkParams>().loss.share(), 0.05);
    EXPECT_EQ(link.policies->size(), 1u);
    EXPECT_TRUE(link.zoned);
}

// Two zones are two machines; two nodes of one zone may be one process, as ever.
TEST(Zones, LinkNodesThatStandInDifferentOnes)
{
    const std::string zones = "zones: {between_regions: 80ms}\n";
    EXPECT_EQ(latency(zones, "a", "b"), "500us");
    EXPECT_EQ(latency(zones, "a", "here"), "in one process");
    EXPECT_EQ(latency(zones, "a", "none"), "in one process");
}

TEST(Zones, AreHeldToTheirNames)
{
    const std::string two = "nodes:\n  a: {type: service, zone: eu-west-1a}\n  b: {type: service, zone: us-east-1a}\n";
    expectOne(inZones("", "nodes:\n  a: {type: service, zone: eu-west-1a}\n"),
              {4, 28, "nothing says how far 'eu-west-1a' is from anywhere", "add the section 'zones: {}' for the usual round trips, or your own: zones: {within_zone: 0.2ms, between_zones: 1ms}"});
    expectOne(inZones("zones: {}\n", two), {5, 28, "nothing says how far 'us-east-1a' is from 'eu-west-1a'", "add to zones: round_trips: {eu-west-1 us-east-1: 80ms}, or between_regions: 80ms for all such pairs"});
    expectOne(inZones("zones: {round_trips: {eu-west-1a us-east-1a: 80ms, eu-west-1a us-east-1b: 1ms}}\n", two), {6, 52, "no node stands in 'us-east-1b'", "did you mean 'us-east-1a'?"});
    expectOne(inZones("zones: {between_regions: 1s, round_trips: {eu-west-1a: 80ms}}\n", two), {6, 44, "'eu-west-1a' is not a pair of zones", "write two names and the round trip: eu-west-1a eu-west-1b: 1ms"});
    expectOne(inZones("zones: {round_trips: {eu-west-1a us-east-1a: 80ms, us-east-1a eu-west-1a: 1ms}}\n", two), {6, 52, "the round trip between 'us-east-1a' and 'eu-west-1a' is given twice", "it is the same in both directions"});
    expectOne(inZones("zones: {between_region: 1s}\n", two), {6, 9, "'zones' has no 'between_region'", "did you mean 'between_regions'?"});
    expectOne(inZones("zones: {between_regions: 1s}\n", "nodes:\n  a: {type: service, zone: eu west}\n  b: {type: service, zone: eu-west-1a}\n"), {4, 28, "'eu west' is not a name", "names begin with a letter and go on with letters, digits, '_' and '-'"});
    expectOne(inZones("zones: {between_regions: 1s}\n", "nodes:\n  a: {type: service, zone: a}\n"), {4, 28, "'a' is the name of a node, too", "call one of them otherwise, so that faults can name either"});
    expectOne(inZones("zones: {between_regions: 1s}\n", "nodes:\n  a: {type: service, zone: [b, c]}\n  b: {type: service, zone: eu-west-1a}\n"), {4, 28, "the name of a zone is expected here, not a list", "e.g. zone: eu-west-1a"});
    const auto unused = inZones("zones: {}\n", "nodes:\n  a: {type: service}\n");
    EXPECT_TRUE(unused.scenario);
    ASSERT_EQ(unused.diagnostics.size(), 1u);
    EXPECT_EQ(unused.diagnostics.front().message, "no node says in which zone it stands");
}

TEST(Zones, StandInTheSchemaAndTheReference)
{
    const auto schema = jsonSchema(fakes());
    const std::string text = schema.dump();
    EXPECT_NE(text.find("between_regions"), std::string::npos);
    EXPECT_TRUE(schema["definitions"]["node"]["allOf"][0]["then"]["properties"].contains("zone"));
    EXPECT_NE(zonesPage().find("| `within_zone` |"), std::string::npos);
    EXPECT_NE(zonesPage().find("eu-west-1a eu-west-1b: 0.8ms"), std::string::npos);
}

// An edit changes what it means to and leaves the rest as it stands.
TEST(Zones, SurviveEditsOfTheDocument)
{
    const std::string text = "tantrum: 1\nduration: 1s\nnodes:\n  a: {type: service, zone: eu-west-1a}  # here\n  b: {type: service, zone: eu-west-1b}\nzones:  # of one region\n  round_trips: {eu-west-1a eu-west-1b: 0.6ms}\n";
    Document document(text, "test.yaml", fakes());
    EXPECT_FALSE(document.set("a.zone", "eu-west-1b"));
    EXPECT_EQ(document.text(), "tantrum: 1\nduration: 1s\nnodes:\n  a: {type: service, zone: eu-west-1b}  # here\n  b: {type: service, zone: eu-west-1b}\nzones:  # of one region\n  round_trips: {eu-west-1a eu-west-1b: 0.6ms}\n");
}

}  // namespace
}  // namespace tantrum::tests
