#include "app/studio/canvas/canvas_widget.h"

#include "app/studio/canvas/describe.h"
#include "app/studio/theme/theme.h"

#include <QAccessible>
#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace tantrum::studio {

namespace {

constexpr int levelsEvery = 100, numbersEvery = 250;  ///< milliseconds
constexpr double bandsAboveSpeed = 10;
constexpr std::size_t bandsAboveDots = 20'000;

}  // namespace

CanvasWidget::CanvasWidget(QWidget* parent) : QWidget(parent)
{
    setAttribute(Qt::WA_OpaquePaintEvent);
    setAttribute(Qt::WA_NoSystemBackground);
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setAcceptDrops(true);
    setAccessibleName(tr("Canvas"));
    frameTimer_.setSingleShot(true);
    connect(&frameTimer_, &QTimer::timeout, this, &CanvasWidget::showPendingFrame);
    connect(&Theme::instance(), &Theme::changed, this, &CanvasWidget::invalidate);
}

void CanvasWidget::setTopology(const models::Topology& topology, Places places)
{
    models::Topology placed = topology;
    if (places == Places::keep) {
        std::map<std::string, QPointF> known;
        for (std::size_t node = 0; node < scene_.centres().size(); ++node)
            known[scene_.topology().nodes[node].name] = scene_.centres()[node];
        for (models::NodeFacts& facts : placed.nodes) {
            const auto found = known.find(facts.name);
            if (found == known.end() || std::isfinite(facts.x)) continue;
            facts.x = found->second.x();
            facts.y = found->second.y();
        }
    }
    const bool wasEmpty = scene_.nodeCount() == 0;
    scene_.setTopology(std::move(placed));
    traffic_.reset(scene_.linkLengths());
    framePending_ = false;
    refreshing_.reset();
    sinceLevels_.invalidate();
    sinceNumbers_.invalidate();
    view_.hoveredEdge = hoveredNode_ = -1;
    view_.focusedNode = -1;
    clearSelection();
    if (places == Places::fresh || wasEmpty) fitView();
    setAccessibleName(tr("Canvas, %1 nodes, %2 links").arg(scene_.nodeCount()).arg(scene_.edgeCount()));
    updateBands();
    invalidate();
}

void CanvasWidget::setFrame(const models::Frame& frame)
{
    pending_ = frame;
    framePending_ = true;
    if (!frameTimer_.isActive()) showPendingFrame();
}

void CanvasWidget::showPendingFrame()
{
    if (!framePending_) return;
    if (refreshing_ && !staticDirty_ && isVisible()) {
        frameTimer_.start(levelsEvery / 4);
        return;
    }
    refreshing_.reset();
    const auto due = [](const QElapsedTimer& since, int every) { return !since.isValid() || since.elapsed() >= every; };
    if (due(sinceNumbers_, numbersEvery)) {
        if (!looksLike(scene_.numbers(), pending_)) valuesDirty_ = true;
        scene_.setNumbers(pending_);
        sinceNumbers_.start();
        framePending_ = false;
    }
    if (due(sinceLevels_, levelsEvery)) {
        if (!looksLike(scene_.levels(), pending_)) valuesDirty_ = true;
        scene_.setLevels(pending_);
        sinceLevels_.start();
        describe();
    }
    if (framePending_) frameTimer_.start(levelsEvery / 2);
    update();
}

void CanvasWidget::addPassages(std::span<const models::Passage> passages)
{
    traffic_.add(passages);
    updateBands();
}

void CanvasWidget::clearPassages()
{
    traffic_.clear();
    updateBands();
    update();
}

void CanvasWidget::setTime(engine::Instant now, double speed)
{
    const bool anythingMoves = now != traffic_.now();
    traffic_.setTime(now, speed);
    updateBands();
    if (anythingMoves && showsDots()) update();
}

void CanvasWidget::updateBands()
{
    const bool bands =
        !reducedMotion_ && (traffic_.speed() > bandsAboveSpeed || traffic_.visibleCount() > bandsAboveDots);
    if (bands == view_.bands) return;
    view_.bands = bands;
    invalidate();
}

void CanvasWidget::setScrubbed(bool scrubbed)
{
    scrubbed_ = scrubbed;
    update();
}

void CanvasWidget::setReducedMotion(bool reduced)
{
    reducedMotion_ = reduced;
    updateBands();
    invalidate();
}

void CanvasWidget::setShowAllDots(bool all)
{
    wantsAllDots_ = all;
    traffic_.setWantsAll(all);
}

void CanvasWidget::setHeat(bool heat)
{
    if (view_.heat == heat) return;
    view_.heat = heat;
    invalidate();
    emit viewModeChanged();
}

void CanvasWidget::setLabels(bool labels)
{
    if (view_.labels == labels) return;
    view_.labels = labels;
    invalidate();
    emit viewModeChanged();
}

void CanvasWidget::setKeyVisible(bool visible)
{
    keyVisible_ = visible;
    update();
}

void CanvasWidget::setTool(Tool tool)
{
    if (tool_ == tool) return;
    tool_ = tool;
    updateCursor();
    emit toolChanged();
}

void CanvasWidget::setLayoutLocked(bool locked) { locked_ = locked; }

void CanvasWidget::selectNode(int node)
{
    if (node < 0 || node >= scene_.nodeCount()) return clearSelection();
    if (view_.selectedNode == node) return;
    view_.selectedNode = view_.focusedNode = node;
    view_.selectedEdge = -1;
    describe();
    invalidate();
    emit nodeSelected(node);
}

void CanvasWidget::selectEdge(int edge)
{
    if (edge < 0 || edge >= scene_.edgeCount()) return clearSelection();
    if (view_.selectedEdge == edge) return;
    view_.selectedEdge = edge;
    view_.selectedNode = view_.focusedNode = -1;
    describe();
    invalidate();
    emit edgeSelected(edge);
}

void CanvasWidget::clearSelection()
{
    if (view_.selectedNode < 0 && view_.selectedEdge < 0) return;
    view_.selectedNode = view_.selectedEdge = -1;
    describe();
    invalidate();
    emit selectionCleared();
}

void CanvasWidget::setFocusedNode(int node)
{
    view_.focusedNode = node;
    if (node >= 0) reveal(node);
    describe();
    invalidate();
}

void CanvasWidget::describe()
{
    const auto node = static_cast<std::size_t>(std::max(view_.focusedNode, 0));
    const auto edge = static_cast<std::size_t>(std::max(view_.selectedEdge, 0));
    QString sentence;
    if (view_.focusedNode >= 0)
        sentence = spokenNode(topology().nodes[node], scene_.levels().nodes[node]);
    else if (view_.selectedEdge >= 0)
        sentence = spokenEdge(topology(), topology().edges[edge], scene_.levels().edges[edge]);
    if (sentence == accessibleDescription()) return;
    setAccessibleDescription(sentence);
    QAccessibleEvent changed(this, QAccessible::DescriptionChanged);
    QAccessible::updateAccessibility(&changed);
}

void CanvasWidget::setPositions(std::vector<QPointF> centres)
{
    scene_.setCentres(std::move(centres));
    placesChanged();
    if (!moved_) fitView();
}

void CanvasWidget::setNodePosition(int node, QPointF centre)
{
    scene_.moveNode(node, centre);
    placesChanged();
}

void CanvasWidget::placesChanged()
{
    traffic_.setLengths(scene_.linkLengths());
    invalidate();
}

CanvasWidget::Target CanvasWidget::targetAt(QPointF widgetPosition) const
{
    const QPointF world = camera_.toWorld(widgetPosition);
    if (const int node = scene_.nodeAt(world); node >= 0) return {node, -1};
    return {-1, scene_.edgeAt(world, 6 / camera_.zoom)};
}

void CanvasWidget::invalidate()
{
    staticDirty_ = true;
    refreshing_.reset();
    update();
}

}  // namespace tantrum::studio
