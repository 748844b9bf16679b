// The run and what shows it.
#include "app/studio/banner.h"
#include "app/studio/canvas/canvas_widget.h"
#include "app/studio/charts/charts_panel.h"
#include "app/studio/inspector/fault_box.h"
#include "app/studio/inspector/inspector_panel.h"
#include "app/studio/markers.h"
#include "app/studio/panel.h"
#include "app/studio/run_words.h"
#include "app/studio/theme/icons.h"
#include "app/studio/transport/transport_bar.h"
#include "app/studio/window.h"

#include <QAction>
#include <QMenu>

namespace tantrum::studio {

void Window::wireRun()
{
    connect(&run_, &Run::loaded, this, &Window::showRunLoaded);
    connect(&run_, &Run::stateChanged, this, &Window::showRunState);
    connect(&run_, &Run::framed, this, [this] { canvas_->setFrame(run_.shownFrame()); });
    connect(&run_, &Run::cleared, canvas_, &CanvasWidget::clearPassages);
    connect(&run_, &Run::travelled, this, [this](const std::vector<models::Passage>& passages) { canvas_->addPassages(passages); });
    connect(&run_, &Run::ticked, this, [this] {
        canvas_->setTime(run_.shownTime(), run_.shownSpeed());
    });
    connect(&run_, &Run::refused, this, [this](const QString& reason) {
        mark("refused " + reason);
        say(reason);
    });
    connect(&run_, &Run::ended, this, [this] {
        mark(QString("ended fingerprint=%1").arg(run_.snapshot().fingerprint, 16, 16, QChar('0')));
        mark(QString("audit %1").arg(run_.snapshot().unaccounted));
    });
    connect(transport_, &TransportBar::seedEdited, this, [this](const QString& seed) {
        const QString refusal = edits_.changeSystem("Seed " + seed, [&](ScenarioDocument::Document& document) {
            return document.set("seed", seed.toStdString());
        });
        if (!refusal.isEmpty()) say(refusal);
    });
}

void Window::wireCanvas()
{
    connect(canvas_, &CanvasWidget::nodeSelected, this, [this](int node) {
        mark("selected node " + QString::fromStdString(run_.topology().nodes[static_cast<std::size_t>(node)].name));
        inspector_->showNode(node);
        charts_->setScope(node);
    });
    connect(canvas_, &CanvasWidget::edgeSelected, this, [this](int edge) {
        mark(QString("selected edge %1").arg(edge));
        inspector_->showEdge(edge);
    });
    connect(canvas_, &CanvasWidget::selectionCleared, this, [this] {
        mark("selected nothing");
        inspector_->showNothing();
        charts_->setScope(-1);
    });
    connect(canvas_, &CanvasWidget::nodeActivated, this, [this](int) { rightPanel_->setCurrent(0); });
    connect(canvas_, &CanvasWidget::contextRequested, this, &Window::showFaultMenu);
    connect(canvas_, &CanvasWidget::exampleRequested, this, &Window::showWelcome);
    connect(canvas_, &CanvasWidget::viewModeChanged, this, [this] {
        actions_.heat->setChecked(canvas_->heat());
        actions_.labels->setChecked(canvas_->labels());
    });
    connect(inspector_, &InspectorPanel::edgeChosen, canvas_, &CanvasWidget::selectEdge);
    connect(inspector_, &InspectorPanel::nodeChosen, canvas_, &CanvasWidget::selectNode);
    connect(charts_, &ChartsPanel::scopeChosen, this, [this](int node) {
        canvas_->selectNode(node);
        canvas_->reveal(node);
    });
    const Actions& a = actions_;
    connect(a.fit, &QAction::triggered, canvas_, &CanvasWidget::fitView);
    connect(a.zoomIn, &QAction::triggered, canvas_, &CanvasWidget::zoomIn);
    connect(a.zoomOut, &QAction::triggered, canvas_, &CanvasWidget::zoomOut);
    connect(a.heat, &QAction::toggled, canvas_, &CanvasWidget::setHeat);
    connect(a.labels, &QAction::toggled, canvas_, &CanvasWidget::setLabels);
    connect(a.reduceMotion, &QAction::toggled, canvas_, &CanvasWidget::setReducedMotion);
    connect(a.pointerTool, &QAction::triggered, this, [this] { canvas_->setTool(CanvasWidget::Tool::pointer); });
    connect(a.connectTool, &QAction::triggered, this, [this] { canvas_->setTool(CanvasWidget::Tool::connect); });
    connect(a.handTool, &QAction::triggered, this, [this] { canvas_->setTool(CanvasWidget::Tool::hand); });
    connect(canvas_, &CanvasWidget::toolChanged, this, [this] {
        if (canvas_->tool() == CanvasWidget::Tool::pointer) actions_.pointerTool->setChecked(true);
    });
}

void Window::wireRunActions()
{
    const Actions& a = actions_;
    connect(a.play, &QAction::triggered, &run_, &Run::togglePlay);
    connect(a.stepForward, &QAction::triggered, &run_, &Run::stepForward);
    connect(a.stepBack, &QAction::triggered, &run_, &Run::stepBack);
    connect(a.stepEvent, &QAction::triggered, &run_, &Run::stepEvent);
    connect(a.reset, &QAction::triggered, &edits_, &Edits::restart);
    connect(a.toEnd, &QAction::triggered, &run_, &Run::runToEnd);
    connect(a.toLive, &QAction::triggered, &run_, &Run::showLive);
    const auto jump = [this](bool back) {
        if (!run_.isLoaded()) return;
        TimelineWidget& timeline = transport_->timeline();
        const double shown = run_.shownTime().inSeconds();
        const auto mark = back ? timeline.previousMark(shown) : timeline.nextMark(shown);
        if (mark) run_.showAt(engine::Instant::at(engine::Duration::fromSeconds(*mark)));
        else if (!back) run_.showLive();
    };
    connect(a.previousMark, &QAction::triggered, this, [jump] { jump(true); });
    connect(a.nextMark, &QAction::triggered, this, [jump] { jump(false); });
    connect(a.inject, &QAction::triggered, this, [this] {
        if (canvas_->selectedNode() < 0 && canvas_->selectedEdge() < 0)
            return say("Select a node or a link first, then inject a fault into it.");
        showFaultMenu(canvas_->selectedNode(), canvas_->selectedEdge(), selectedPlace());
    });
}

void Window::showRunLoaded()
{
    if (opening_) selectedNode_.clear(), selectedFrom_.clear();
    else rememberSelection();
    canvas_->setTopology(run_.topology());
    canvas_->setFrame(run_.shownFrame());
    canvas_->setTime(run_.shownTime(), 0);
    restoreSelection();
    banner_->withdraw(Banner::Kind::error);
    mark(QString("loaded %1 nodes=%2 links=%3").arg(document_.title()).arg(run_.topology().nodes.size()).arg(run_.topology().edges.size()));
}

void Window::rememberSelection()
{
    selectedNode_.clear();
    selectedFrom_.clear();
    const models::Topology& topology = canvas_->topology();
    if (const int node = canvas_->selectedNode(); node >= 0) selectedNode_ = topology.nodes[static_cast<std::size_t>(node)].name;
    if (const int edge = canvas_->selectedEdge(); edge >= 0) {
        selectedFrom_ = topology.nodes[static_cast<std::size_t>(topology.edges[static_cast<std::size_t>(edge)].from)].name;
        selectedTo_ = topology.nodes[static_cast<std::size_t>(topology.edges[static_cast<std::size_t>(edge)].to)].name;
    }
}

void Window::restoreSelection()
{
    const models::Topology& topology = run_.topology();
    for (std::size_t i = 0; i < topology.nodes.size(); ++i)
        if (!selectedNode_.empty() && topology.nodes[i].name == selectedNode_) return canvas_->selectNode(static_cast<int>(i));
    for (std::size_t i = 0; i < topology.edges.size(); ++i) {
        const auto& edge = topology.edges[i];
        if (!selectedFrom_.empty() && topology.nodes[static_cast<std::size_t>(edge.from)].name == selectedFrom_ &&
            topology.nodes[static_cast<std::size_t>(edge.to)].name == selectedTo_)
            return canvas_->selectEdge(static_cast<int>(i));
    }
    inspector_->showNothing();
    charts_->setScope(-1);
}

void Window::showRunState()
{
    const bool playing = run_.isPlaying();
    actions_.setPlaying(playing);
    actions_.play->setEnabled(run_.isLoaded() && (!run_.isOver() || run_.showsRecorded()));
    actions_.toEnd->setEnabled(run_.isLoaded() && !run_.isOver());
    actions_.toLive->setEnabled(run_.showsRecorded());
    actions_.stepBack->setEnabled(run_.isStarted());
    canvas_->setScrubbed(run_.showsRecorded());
    if (!playing && run_.isLoaded()) canvas_->setTime(run_.shownTime(), run_.shownSpeed());
    showBanner();
    if (!run_.isLoaded()) return;
    const char* word = run_.showsRecorded() ? "recorded" : playing ? "playing"
                       : run_.snapshot().state == app::RunState::finished ? "finished"
                       : run_.snapshot().state == app::RunState::stopped  ? "stopped" : "paused";
    mark(QString("state %1 t=%2").arg(word).arg(run_.shownTime().inSeconds(), 0, 'g', 10));
}

void Window::showBanner()
{
    if (run_.showsRecorded()) {
        banner_->show(Banner::Kind::recorded, "You see what was recorded. Space replays it from here.", "Back to live",
                      [this] { run_.showLive(); });
        return;
    }
    banner_->withdraw(Banner::Kind::recorded);
    if (run_.isLoaded() && run_.snapshot().state == app::RunState::stopped)
        banner_->show(Banner::Kind::error, wordsFor(run_).text, "Reset", [this] { edits_.restart(); });
}

QPoint Window::selectedPlace() const
{
    const models::Topology& topology = canvas_->topology();
    const auto centre = [&](int node) { return canvas_->positions()[static_cast<std::size_t>(node)]; };
    QPointF place;
    if (canvas_->selectedNode() >= 0) place = centre(canvas_->selectedNode()) + QPointF(0, 44);
    else {
        const auto& edge = topology.edges[static_cast<std::size_t>(canvas_->selectedEdge())];
        place = (centre(edge.from) + centre(edge.to)) / 2;
    }
    return canvas_->mapToGlobal(canvas_->fromCanvas(place).toPoint());
}

void Window::showFaultMenu(int node, int edge, QPoint where)
{
    if (!run_.isLoaded() || (node < 0 && edge < 0)) return;
    const models::Topology& topology = run_.topology();
    const auto faults = node >= 0 ? faultsOf(topology.nodes[static_cast<std::size_t>(node)], document_.catalogue())
                                  : faultsOf(topology, topology.edges[static_cast<std::size_t>(edge)], document_.catalogue());
    auto* menu = new QMenu(this);
    menu->setObjectName("faultMenu");
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const QString length = defaultFaultLength(run_.snapshot().duration), shownLength = shownFaultLength(length);
    for (const AimedFault& fault : faults) {
        const QString title = QString::fromStdString(fault.type->title);
        QAction* action = menu->addAction(icon(QString::fromStdString(fault.type->icon)), QString("%1 for %2").arg(title, shownLength));
        action->setEnabled(!run_.isOver() && !fault.asksFirst());
        connect(action, &QAction::triggered, this, [this, fault, title, length] { edits_.inject(title + " " + fault.target, fault.entry(length)); });
    }
    if (faults.empty()) menu->addAction("It understands no faults")->setEnabled(false);
    if (node >= 0) {
        menu->addSeparator();
        connect(menu->addAction(icon("trash"), "Remove"), &QAction::triggered, this, [this, node] { removeNode(node); });
    }
    menu->popup(where);
}

}  // namespace tantrum::studio
