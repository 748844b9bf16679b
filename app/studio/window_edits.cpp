// Changes to the system and to where it stands on the canvas.
#include "app/studio/canvas/canvas_widget.h"
#include "app/studio/canvas/layout.h"
#include "app/studio/commands/command_palette.h"
#include "app/studio/commands/key_help.h"
#include "app/studio/inspector/inspector_panel.h"
#include "app/studio/markers.h"
#include "app/studio/palette/new_component.h"
#include "app/studio/palette/palette_panel.h"
#include "app/studio/panel.h"
#include "app/studio/theme/icons.h"
#include "app/studio/theme/theme.h"
#include "app/studio/window.h"

#include <QAction>
#include <QSettings>

#include <cmath>
#include <limits>

namespace tantrum::studio {

void Window::wireEdits()
{
    connect(&edits_, &Edits::refused, this, [this](const QString& reason) {
        mark("refused " + reason);
        say(reason);
    });
    connect(canvas_, &CanvasWidget::nodeMoved, this, &Window::nodeMoved);
    connect(canvas_, &CanvasWidget::componentDropped, this, &Window::addComponent);
    connect(canvas_, &CanvasWidget::connectRequested, this, &Window::connectNodes);
    connect(palette_, &PalettePanel::chosen, this, [this](const QString& type) {
        addComponent(type, canvas_->toCanvas(QRectF(canvas_->rect()).center()));
    });
    QUndoStack& stack = document_.undoStack();
    connect(&stack, &QUndoStack::canUndoChanged, actions_.undo, &QAction::setEnabled);
    connect(&stack, &QUndoStack::canRedoChanged, actions_.redo, &QAction::setEnabled);
    connect(&stack, &QUndoStack::undoTextChanged, this, [this](const QString& text) {
        actions_.undo->setText(text.isEmpty() ? QString("Undo") : "Undo: " + text);
    });
    connect(&stack, &QUndoStack::redoTextChanged, this, [this](const QString& text) {
        actions_.redo->setText(text.isEmpty() ? QString("Redo") : "Redo: " + text);
    });
    actions_.undo->setEnabled(false);
    actions_.redo->setEnabled(false);
    const Actions& a = actions_;
    connect(a.undo, &QAction::triggered, &edits_, &Edits::undo);
    connect(a.redo, &QAction::triggered, &edits_, &Edits::redo);
    connect(a.arrange, &QAction::triggered, this, &Window::arrangeNodes);
    connect(a.theme, &QAction::triggered, this, [] {
        Theme::instance().toggle();
        QSettings().setValue("theme", Theme::instance().kind() == ThemeKind::dark ? "dark" : "light");
    });
    connect(a.showLibrary, &QAction::triggered, this, [this] { leftPanel_->setCurrent(0); });
    connect(a.showPalette, &QAction::triggered, this, [this] { leftPanel_->setCurrent(1); });
    connect(a.showInspector, &QAction::triggered, this, [this] { rightPanel_->setCurrent(0); });
    connect(a.showScenario, &QAction::triggered, this, [this] { rightPanel_->setCurrent(1); });
    connect(a.filterPalette, &QAction::triggered, this, [this] {
        leftPanel_->setCurrent(1);
        palette_->focusFilter();
    });
    connect(a.commands, &QAction::triggered, this, &Window::openCommands);
    connect(a.keys, &QAction::triggered, this, [this] { keyHelp_->open(); });
}

ScenarioDocument::Edit Window::placingAll(const std::vector<QPointF>& centres) const
{
    std::vector<std::pair<std::string, QPointF>> places;
    const auto& nodes = canvas_->topology().nodes;
    for (std::size_t i = 0; i < nodes.size() && i < centres.size(); ++i) places.emplace_back(nodes[i].name, centres[i]);
    return [places](ScenarioDocument::Document& document) -> ScenarioDocument::Document::Refusal {
        for (const auto& [name, centre] : places)
            if (const auto refusal = document.place(name, centre.x(), centre.y())) return refusal;
        return std::nullopt;
    };
}

// The first node that is moved by hand fixes all others where they stand: otherwise the automatic layout would move
// them the next time the file is opened.
void Window::nodeMoved(int node, QPointF)
{
    const std::string& name = canvas_->topology().nodes[static_cast<std::size_t>(node)].name;
    const QString refusal = document_.apply("Move " + QString::fromStdString(name), placingAll(canvas_->positions()),
                                            ScenarioDocument::Touches::layout);
    mark("moved " + QString::fromStdString(name));
    if (refusal.isEmpty()) return;
    say(refusal);
    placeAsInDocument();
}

void Window::arrangeNodes()
{
    if (!run_.isLoaded()) return;
    document_.apply("Arrange", placingAll(arranged(run_.topology())), ScenarioDocument::Touches::layout);
    canvas_->fitView();
}

void Window::placeAsInDocument()
{
    if (!run_.isLoaded() || !document_.scenario()) return;
    models::Topology topology = run_.topology();
    for (models::NodeFacts& node : topology.nodes) {
        node.x = node.y = models::noData;
        for (const auto& point : document_.scenario()->layout)
            if (point.node == node.name) node.x = point.x, node.y = point.y;
    }
    canvas_->setPositions(layOut(topology));
    showTitle();
}

void Window::addComponent(const QString& type, QPointF centre)
{
    const NewComponent made = newComponent(type, centre, document_);
    if (!made.mistake.isEmpty()) return say(made.mistake);
    const auto keepPlaces = placingAll(canvas_->positions());
    const QString refusal = edits_.changeSystem("Add " + made.name, [&](ScenarioDocument::Document& document) -> ScenarioDocument::Document::Refusal {
        if (const auto refused = keepPlaces(document)) return refused;
        return made.edit(document);
    });
    if (!refusal.isEmpty()) return say(refusal);
    mark("added " + made.name);
    const auto& nodes = run_.topology().nodes;
    for (std::size_t i = 0; i < nodes.size(); ++i)
        if (nodes[i].name == made.name.toStdString()) canvas_->selectNode(static_cast<int>(i));
}

void Window::connectNodes(int from, int to)
{
    const auto name = [this](int node) { return QString::fromStdString(run_.topology().nodes[static_cast<std::size_t>(node)].name); };
    const NewComponent made = newConnection(name(from), name(to), document_);
    const QString refusal = made.mistake.isEmpty() ? edits_.changeSystem(QString("Connect %1 to %2").arg(name(from), name(to)), made.edit)
                                                   : made.mistake;
    if (!refusal.isEmpty()) say(refusal);
}

void Window::removeNode(int node)
{
    const std::string name = run_.topology().nodes[static_cast<std::size_t>(node)].name;
    const QString refusal = edits_.changeSystem("Remove " + QString::fromStdString(name), [&](ScenarioDocument::Document& document) -> ScenarioDocument::Document::Refusal {
        if (document.get("layout." + name))
            if (const auto refused = document.remove("layout." + name)) return refused;
        return document.remove("nodes." + name);
    });
    if (!refusal.isEmpty()) say(refusal);
}

void Window::openCommands()
{
    std::vector<Choice> choices;
    if (run_.isLoaded()) {
        const auto& nodes = run_.topology().nodes;
        for (std::size_t i = 0; i < nodes.size(); ++i)
            choices.push_back({QString::fromStdString(nodes[i].name), QString::fromStdString(nodes[i].typeTitle),
                               icon(QString::fromStdString(nodes[i].icon)), [this, i] {
                                   canvas_->selectNode(static_cast<int>(i));
                                   canvas_->reveal(static_cast<int>(i));
                               }});
    }
    for (QAction* action : actions_.all()) {
        if (!action->isEnabled() || action == actions_.commands) continue;
        choices.push_back({action->text(), action->shortcut().toString(QKeySequence::NativeText), action->icon(), [action] { action->trigger(); }});
    }
    commandPalette_->open(std::move(choices));
}

}  // namespace tantrum::studio
