#include "app/studio/canvas/layout.h"
#include "app/studio/canvas/link_geometry.h"

#include <QRectF>
#include <gtest/gtest.h>
#include <random>

namespace tantrum::studio {

namespace {

models::Topology graph(int nodes, const std::vector<std::pair<int, int>>& edges)
{
    models::Topology topology;
    topology.nodes.resize(static_cast<std::size_t>(nodes));
    for (const auto& [from, to] : edges) {
        models::EdgeFacts edge;
        edge.from = from;
        edge.to = to;
        topology.edges.push_back(edge);
    }
    return topology;
}

models::Topology randomGraph(int nodes, int edges, unsigned seed)
{
    std::minstd_rand random(seed);
    const auto node = [&] { return static_cast<int>(random() % static_cast<unsigned>(nodes)); };
    std::vector<std::pair<int, int>> list;
    for (int i = 0; i < edges; ++i) list.emplace_back(node(), node());
    return graph(nodes, list);
}

void expectNoOverlap(const std::vector<QPointF>& centres)
{
    for (std::size_t a = 0; a < centres.size(); ++a)
        for (std::size_t b = a + 1; b < centres.size(); ++b)
            EXPECT_FALSE(QRectF(centres[a], cardSize).intersects(QRectF(centres[b], cardSize))) << a << " and " << b;
}

}  // namespace

// Opening the same scenario twice must show the same picture.
TEST(Layout, GivesTheSamePictureForTheSameTopology)
{
    const auto topology = randomGraph(60, 120, 3);
    EXPECT_EQ(layOut(topology), layOut(topology));
}

// Sixty nodes with cycles, self-calls and duplicates: a card over a card cannot be read or clicked.
TEST(Layout, NeverPutsOneCardOnAnother)
{
    for (unsigned seed = 1; seed <= 20; ++seed) expectNoOverlap(layOut(randomGraph(60, 120, seed)));
    expectNoOverlap(layOut(graph(40, {})));
}

// Calls read from left to right, as in every diagram people draw.
TEST(Layout, PutsCalleesToTheRightOfTheirCallers)
{
    const auto centres = layOut(graph(4, {{0, 1}, {1, 2}, {0, 2}, {2, 3}}));
    EXPECT_LT(centres[0].x(), centres[1].x());
    EXPECT_LT(centres[1].x(), centres[2].x());
    EXPECT_LT(centres[2].x(), centres[3].x());
}

// Two services calling each other are common; the layout has to end and keep them apart.
TEST(Layout, SurvivesCycles)
{
    const auto centres = layOut(graph(3, {{0, 1}, {1, 2}, {2, 0}, {1, 1}}));
    ASSERT_EQ(centres.size(), 3U);
    expectNoOverlap(centres);
}

// Nothing moves a node the user placed.
TEST(Layout, KeepsThePlacesTheScenarioGives)
{
    auto topology = graph(3, {{0, 1}, {1, 2}});
    topology.nodes[1].x = 400;
    topology.nodes[1].y = 120;
    const auto centres = layOut(topology);
    EXPECT_EQ(centres[1], QPointF(400, 120));
    expectNoOverlap(centres);
}

TEST(Layout, OfNothingIsNothing) { EXPECT_TRUE(layOut({}).empty()); }

// A link that starts inside a card or enters it from behind looks like another link.
TEST(LinkGeometry, LeavesAndEntersOnTheSidesThatFaceEachOther)
{
    const auto topology = graph(2, {{0, 1}});
    const auto to = [&](QPointF other) { return linkCurves(topology, {QPointF(0, 0), other})[0]; };
    EXPECT_EQ(to({400, 0}).control[0], QPointF(76, 0));
    EXPECT_EQ(to({400, 0}).control[3], QPointF(400 - 76, 0));
    EXPECT_EQ(to({-400, 0}).control[0], QPointF(-76, 0));
    EXPECT_EQ(to({0, 300}).control[0], QPointF(0, 40));
    EXPECT_EQ(to({0, -300}).control[3], QPointF(0, -300 + 40));
}

// Horizontal tangents make crossings readable.
TEST(LinkGeometry, HasHorizontalTangentsBetweenColumns)
{
    const auto link = linkCurves(graph(2, {{0, 1}}), {QPointF(0, 0), QPointF(400, 200)})[0];
    EXPECT_EQ(link.control[0].y(), link.control[1].y());
    EXPECT_EQ(link.control[2].y(), link.control[3].y());
}

// There and back between two nodes are two links; drawn on one line they would be one.
TEST(LinkGeometry, SpreadsLinksThatShareASide)
{
    const auto links = linkCurves(graph(2, {{0, 1}, {1, 0}}), {QPointF(0, 0), QPointF(400, 0)});
    EXPECT_GT(std::abs(links[0].at(0.5).y() - links[1].at(0.5).y()), 8);
}

// Dots move at a constant speed along a curve only if its places are by length.
TEST(LinkGeometry, PlacesAreEvenByLength)
{
    const auto link = linkCurves(graph(2, {{0, 1}}), {QPointF(0, 0), QPointF(300, 400)})[0];
    const auto step = [&](double share) {
        const QPointF span = link.at(share + 1.0 / LinkGeometry::segments) - link.at(share);
        return std::hypot(span.x(), span.y());
    };
    EXPECT_NEAR(step(0), step(0.5), 0.6);
    EXPECT_NEAR(step(0.25), link.length / LinkGeometry::segments, 0.6);
}

}  // namespace tantrum::studio
