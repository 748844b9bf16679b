#include "app/studio/canvas/canvas_widget.h"
#include "app/studio/canvas/frame_benchmark.h"
#include "app/studio/theme/theme.h"

#include <QAccessible>
#include <QSignalSpy>
#include <QTest>
#include <gtest/gtest.h>

namespace tantrum::studio {

using engine::Duration;
using engine::Instant;

namespace {

models::Topology shop()
{
    models::Topology topology;
    const auto add = [&](const char* name, double x, double y) {
        models::NodeFacts facts;
        facts.name = name;
        facts.typeTitle = "Service";
        facts.icon = "service";
        facts.x = x;
        facts.y = y;
        topology.nodes.push_back(facts);
    };
    add("web", 100, 100);
    add("payments", 400, 100);
    add("stock", 700, 260);
    for (const auto& [from, to] : {std::pair{0, 1}, std::pair{1, 2}}) {
        models::EdgeFacts edge;
        edge.from = from;
        edge.to = to;
        edge.declared = true;
        topology.edges.push_back(edge);
    }
    return topology;
}

models::Frame busy()
{
    models::Frame frame;
    frame.nodes.resize(3);
    frame.edges.resize(2);
    for (auto& node : frame.nodes) {
        node.health = models::Health::ok;
        node.utilization = 0.4;
        node.ratePerSecond = 420;
        node.p99 = 0.034;
    }
    frame.nodes[1].health = models::Health::failing;
    frame.nodes[1].reason = "queue full";
    frame.nodes[1].reasonPerSecond = 987;
    frame.edges[0].attemptsPerSecond = 1545;
    frame.edges[0].callsPerSecond = 420;
    return frame;
}

class Canvas : public testing::Test {
protected:
    Canvas()
    {
        Theme::instance().apply(ThemeKind::dark);
        canvas.resize(1000, 600);
        canvas.setTopology(shop());
        canvas.setFrame(busy());
        canvas.show();
        canvas.activateWindow();
        QCoreApplication::processEvents();
    }
    QPoint screenOf(int node) const
    {
        return canvas.fromCanvas(canvas.positions()[static_cast<std::size_t>(node)]).toPoint();
    }
    QPoint middleOfLink(int from, int to) const { return (screenOf(from) + screenOf(to)) / 2; }

    CanvasWidget canvas;
};

}  // namespace

// The inspector follows what was clicked; a click beside a card must not select it.
TEST_F(Canvas, ClickSelectsTheNodeOrLinkUnderThePointer)
{
    QSignalSpy nodes(&canvas, &CanvasWidget::nodeSelected), edges(&canvas, &CanvasWidget::edgeSelected);
    QSignalSpy cleared(&canvas, &CanvasWidget::selectionCleared);
    QTest::mouseClick(&canvas, Qt::LeftButton, {}, screenOf(1));
    ASSERT_EQ(nodes.count(), 1);
    EXPECT_EQ(nodes[0][0].toInt(), 1);
    QTest::mouseClick(&canvas, Qt::LeftButton, {}, middleOfLink(0, 1));
    ASSERT_EQ(edges.count(), 1);
    EXPECT_EQ(edges[0][0].toInt(), 0);
    EXPECT_EQ(canvas.selectedNode(), -1);
    QTest::mouseClick(&canvas, Qt::LeftButton, {}, {500, 590});
    EXPECT_EQ(cleared.count(), 1);
}

// Links are one to seven pixels wide; nobody hits that exactly.
TEST_F(Canvas, ALinkIsHitFromAFewPixelsAwayAndACardOnlyInside)
{
    EXPECT_EQ(canvas.targetAt(middleOfLink(0, 1) + QPoint(0, 7)).edge, 0);
    EXPECT_EQ(canvas.targetAt(middleOfLink(0, 1) + QPoint(0, 30)).edge, -1);
    EXPECT_EQ(canvas.targetAt(screenOf(0) + QPoint(74, 38)).node, 0);
    EXPECT_EQ(canvas.targetAt(screenOf(0) + QPoint(78, 42)).node, -1);
}

// A drag is one undoable step, reported once, when the person lets go.
TEST_F(Canvas, DraggingANodeMovesItAndReportsTheNewPlaceOnce)
{
    QSignalSpy moved(&canvas, &CanvasWidget::nodeMoved);
    const QPoint from = screenOf(2);
    QTest::mousePress(&canvas, Qt::LeftButton, {}, from);
    for (int step = 1; step <= 8; ++step) QTest::mouseMove(&canvas, from + QPoint(5, 5) * step);
    EXPECT_EQ(moved.count(), 0);
    QTest::mouseRelease(&canvas, Qt::LeftButton, {}, from + QPoint(40, 40));
    ASSERT_EQ(moved.count(), 1);
    EXPECT_EQ(moved[0][1].toPointF(), QPointF(740, 300));
    EXPECT_EQ(canvas.positions()[2], QPointF(740, 300));
}

// Lessons fix the layout; and a new frame or another window size never moves a node.
TEST_F(Canvas, NothingElseMovesANode)
{
    const auto before = canvas.positions();
    canvas.setLayoutLocked(true);
    const QPoint from = screenOf(2);
    QTest::mousePress(&canvas, Qt::LeftButton, {}, from);
    QTest::mouseMove(&canvas, from + QPoint(50, 50));
    QTest::mouseRelease(&canvas, Qt::LeftButton, {}, from + QPoint(50, 50));
    canvas.setFrame(busy());
    canvas.resize(700, 400);
    canvas.zoomIn();
    EXPECT_EQ(canvas.positions(), before);
}

// Adding a node to the scenario reloads the topology: what the person arranged and looked at must stay.
TEST_F(Canvas, AnEditedTopologyKeepsPlacesAndView)
{
    canvas.setNodePosition(2, {640, 320});
    canvas.zoomIn();
    const double zoom = canvas.zoom();
    const QPoint seen = screenOf(2);
    models::Topology edited = shop();
    for (auto& facts : edited.nodes) facts.x = facts.y = models::noData;
    edited.nodes.insert(edited.nodes.begin(), models::NodeFacts{});
    edited.nodes.front().name = "new";
    edited.edges.clear();
    canvas.setTopology(edited, CanvasWidget::Places::keep);
    EXPECT_EQ(canvas.positions()[3], QPointF(640, 320));
    EXPECT_EQ(canvas.zoom(), zoom);
    EXPECT_EQ(screenOf(3), seen);
}

// The whole canvas works without a mouse, and is no keyboard trap.
TEST_F(Canvas, TabWalksTheNodesAndEnterInspects)
{
    QSignalSpy activated(&canvas, &CanvasWidget::nodeActivated);
    canvas.setFocus(Qt::OtherFocusReason);
    QTest::keyClick(&canvas, Qt::Key_Tab);
    EXPECT_EQ(canvas.focusedNode(), 0);
    QTest::keyClick(&canvas, Qt::Key_Tab);
    EXPECT_EQ(canvas.focusedNode(), 1);
    QTest::keyClick(&canvas, Qt::Key_Return);
    ASSERT_EQ(activated.count(), 1);
    EXPECT_EQ(canvas.selectedNode(), 1);
    QTest::keyClick(&canvas, Qt::Key_Backtab);
    EXPECT_EQ(canvas.focusedNode(), 0);
    QTest::keyClick(&canvas, Qt::Key_Tab);
    QTest::keyClick(&canvas, Qt::Key_Tab);
    QTest::keyClick(&canvas, Qt::Key_Tab);
    EXPECT_EQ(canvas.focusedNode(), -1);
}

// Focus that cannot be seen is no focus: the pixels around the card change.
TEST_F(Canvas, TheFocusedNodeShowsARing)
{
    canvas.setFocus(Qt::OtherFocusReason);
    QCoreApplication::processEvents();
    const QImage before = canvas.grab().toImage();
    QTest::keyClick(&canvas, Qt::Key_Tab);
    const QImage after = canvas.grab().toImage();
    const QPoint ring = screenOf(0) - QPoint(76 + 3, 0);
    EXPECT_NE(before.pixelColor(ring), after.pixelColor(ring));
    EXPECT_EQ(after.pixelColor(ring), darkTokens().accent);
}

// look.md's sentence, word for word.
TEST_F(Canvas, AScreenReaderHearsTheFocusedNodeInOneSentence)
{
    canvas.selectNode(1);
    EXPECT_EQ(canvas.accessibleDescription(), "payments, failing, queue full 987 per second");
}

// Space and the arrows belong to the transport; the canvas must let them through.
TEST_F(Canvas, LeavesTheTransportsKeysAlone)
{
    for (const int key : {Qt::Key_Space, Qt::Key_Left, Qt::Key_Right, Qt::Key_Home}) {
        QKeyEvent press(QEvent::KeyPress, key, Qt::NoModifier);
        QCoreApplication::sendEvent(&canvas, &press);
        EXPECT_FALSE(press.isAccepted()) << key;
    }
}

// What is under the pointer stays under it: otherwise zooming loses the place.
TEST_F(Canvas, TheWheelZoomsAtThePointer)
{
    const QPointF pointer(300, 200), world = canvas.toCanvas(pointer);
    QWheelEvent wheel(pointer, canvas.mapToGlobal(pointer), {}, {0, 120}, Qt::NoButton, Qt::NoModifier,
                      Qt::NoScrollPhase, false);
    QCoreApplication::sendEvent(&canvas, &wheel);
    EXPECT_GT(canvas.zoom(), 1.1);
    EXPECT_NEAR(canvas.fromCanvas(world).x(), pointer.x(), 1e-6);
    EXPECT_NEAR(canvas.fromCanvas(world).y(), pointer.y(), 1e-6);
}

// Fit means everything is inside, whatever the size of the window.
TEST_F(Canvas, FitShowsEveryNodeInsideTheWindow)
{
    for (const QSize size : {QSize(1000, 600), QSize(500, 300), QSize(300, 700)}) {
        canvas.resize(size);
        canvas.fitView();
        for (int node = 0; node < 3; ++node) EXPECT_TRUE(canvas.rect().contains(screenOf(node))) << size.width();
    }
}

// The chips are painted by the canvas; they have to work like buttons all the same.
TEST_F(Canvas, ChipsSwitchTheView)
{
    QSignalSpy changed(&canvas, &CanvasWidget::viewModeChanged);
    QTest::mouseClick(&canvas, Qt::LeftButton, {}, {100, 22});
    EXPECT_TRUE(canvas.heat());
    QTest::mouseClick(&canvas, Qt::LeftButton, {}, {30, 22});
    EXPECT_FALSE(canvas.heat());
    QTest::mouseClick(&canvas, Qt::LeftButton, {}, {160, 22});
    EXPECT_TRUE(canvas.labels());
    EXPECT_EQ(changed.count(), 3);
}

// Above ten times life dots would only flicker, and "reduce motion" wants none.
TEST_F(Canvas, FastOrStillCanvasesPaintNoDots)
{
    models::Passage passage;
    passage.departure = Instant::at(Duration::seconds(1));
    passage.arrival = Instant::at(Duration::seconds(3));
    const auto dotsAt = [&](double speed, bool reduced) {
        canvas.clearPassages();
        canvas.setReducedMotion(reduced);
        canvas.setTime(Instant::at(Duration::seconds(1)), speed);
        canvas.addPassages({&passage, 1});
        canvas.setTime(Instant::at(Duration::seconds(2)), speed);
        canvas.grab();
        return canvas.dotsPainted();
    };
    EXPECT_EQ(dotsAt(1, false), 1U);
    EXPECT_EQ(dotsAt(20, false), 0U);
    EXPECT_EQ(dotsAt(1, true), 0U);
}

// A frame of another scenario may still be on its way when the topology changes.
TEST_F(Canvas, IgnoresFramesThatDoNotFitTheTopology)
{
    models::Frame foreign;
    foreign.nodes.resize(99);
    canvas.setFrame(foreign);
    canvas.setTopology({});
    canvas.setFrame(busy());
    EXPECT_FALSE(canvas.grab().isNull());
}

// Exports come out at the size asked for and are not blank.
TEST_F(Canvas, RendersAnImageAtTheSizeAndScaleAskedFor)
{
    const QImage image = canvas.renderImage({400, 300}, 2);
    EXPECT_EQ(image.size(), QSize(800, 600));
    int different = 0;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x) different += image.pixelColor(x, y) != darkTokens().bg0;
    EXPECT_GT(different, 5000);
}

// The benchmark is a requirement of the program; every dot must be in the picture it measures.
TEST(FrameBenchmark, PaintsEveryMessage)
{
    const FrameBenchmark result = measureFrames(60, 120, 2000, {800, 450}, 5);
    EXPECT_GE(result.frames.count(), 5U);
    EXPECT_GE(result.dotsPainted, 2000U);
}

// A median that forgets or invents frames would hide a stutter.
TEST(FrameStatistics, CountsAllAndRanksTheLastThousand)
{
    FrameStatistics statistics;
    for (int i = 1; i <= 100; ++i) statistics.add(i);
    EXPECT_EQ(statistics.count(), 100U);
    EXPECT_EQ(statistics.median(), 50);
    EXPECT_EQ(statistics.p95(), 95);
    EXPECT_EQ(statistics.maximum(), 100);
    EXPECT_EQ(statistics.last(), 100);
}

}  // namespace tantrum::studio
