#include "app/studio/commands/actions.h"

#include "app/studio/theme/icons.h"
#include "app/studio/theme/theme.h"

#include <QAction>
#include <QActionGroup>
#include <QWidget>

namespace tantrum::studio {

QAction* Actions::add(QWidget& parent, const char* name, const QString& text, const QString& iconName,
                      const QList<QKeySequence>& shortcuts)
{
    auto* action = new QAction(text, &parent);
    action->setObjectName(name);
    if (!iconName.isEmpty()) action->setIcon(icon(iconName));
    action->setShortcuts(shortcuts);
    const QString first = shortcuts.isEmpty() ? QString() : shortcuts.front().toString(QKeySequence::NativeText);
    action->setToolTip(first.isEmpty() ? text : QString("%1  (%2)").arg(text, first));
    parent.addAction(action);
    all_ << action;
    return action;
}

Actions::Actions(QWidget& p)
{
    newScenario = add(p, "newScenarioAction", "New scenario", "plus", {QKeySequence::New});
    open = add(p, "openAction", "Open…", "open", {QKeySequence::Open});
    save = add(p, "saveAction", "Save", "save", {QKeySequence::Save});
    saveAs = add(p, "saveAsAction", "Save as…", "save", {QKeySequence("Ctrl+Shift+S")});
    exportCanvas = add(p, "exportCanvasAction", "Export canvas as PNG…", "export");
    exportCharts = add(p, "exportChartsAction", "Export charts as PNG…", "chart");
    welcome = add(p, "welcomeAction", "First page", "lesson", {QKeySequence("Ctrl+W")});
    quit = add(p, "quitAction", "Quit", "close", {QKeySequence("Ctrl+Q")});
    undo = add(p, "undoAction", "Undo", "undo", {QKeySequence::Undo});
    redo = add(p, "redoAction", "Redo", "redo", {QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")});

    play = add(p, "playAction", "Play", "play", {QKeySequence(Qt::Key_Space)});
    stepForward = add(p, "stepForwardAction", "Step forward", "step_forward", {QKeySequence(Qt::Key_Right)});
    stepBack = add(p, "stepBackAction", "Step back", "step_back", {QKeySequence(Qt::Key_Left)});
    stepEvent = add(p, "stepEventAction", "Step one event", "step_forward", {QKeySequence(Qt::Key_Period)});
    reset = add(p, "resetAction", "Reset the run", "reset", {QKeySequence(Qt::Key_Home)});
    toEnd = add(p, "toEndAction", "Run to the end", "fast", {QKeySequence("Shift+End")});
    toLive = add(p, "toLiveAction", "Back to the live run", "live", {QKeySequence(Qt::Key_End)});
    previousMark = add(p, "previousMarkAction", "Previous marker", "to_start", {QKeySequence("Shift+Left")});
    nextMark = add(p, "nextMarkAction", "Next marker", "to_end", {QKeySequence("Shift+Right")});
    inject = add(p, "injectAction", "Inject fault", "inject", {QKeySequence(Qt::Key_X)});

    fit = add(p, "fitAction", "Fit the view", "zoom_fit", {QKeySequence(Qt::Key_F)});
    zoomIn = add(p, "zoomInAction", "Zoom in", "zoom_in", {QKeySequence(Qt::Key_Plus), QKeySequence(Qt::Key_Equal)});
    zoomOut = add(p, "zoomOutAction", "Zoom out", "zoom_out", {QKeySequence(Qt::Key_Minus)});
    arrange = add(p, "arrangeAction", "Arrange", "arrange");
    heat = add(p, "heatAction", "Heat", "heat");
    labels = add(p, "labelsAction", "Labels", "labels");
    reduceMotion = add(p, "reduceMotionAction", "Reduce motion", "eye");
    theme = add(p, "themeAction", "Dark or light", "theme", {QKeySequence("Ctrl+L")});
    for (QAction* action : {heat, labels, reduceMotion}) action->setCheckable(true);

    showLibrary = add(p, "showLibraryAction", "Library", "lesson", {QKeySequence(Qt::Key_1)});
    showPalette = add(p, "showPaletteAction", "Palette", "service", {QKeySequence(Qt::Key_2)});
    showInspector = add(p, "showInspectorAction", "Inspector", "panel_right", {QKeySequence(Qt::Key_3)});
    showScenario = add(p, "showScenarioAction", "Scenario text", "document", {QKeySequence(Qt::Key_4)});
    filterPalette = add(p, "filterPaletteAction", "Filter the palette", "filter", {QKeySequence(Qt::Key_Slash)});

    pointerTool = add(p, "pointerToolAction", "Select and move", "pointer");
    connectTool = add(p, "connectToolAction", "Connect nodes", "connect");
    handTool = add(p, "handToolAction", "Move the view", "hand");
    tools = new QActionGroup(&p);
    for (QAction* tool : {pointerTool, connectTool, handTool}) {
        tool->setCheckable(true);
        tools->addAction(tool);
    }
    pointerTool->setChecked(true);

    commands = add(p, "commandsAction", "Run a command, find a node", "command", {QKeySequence("Ctrl+K")});
    keys = add(p, "keysAction", "Keys", "keyboard", {QKeySequence(Qt::Key_Question)});
    setPlaying(false);
    QObject::connect(&Theme::instance(), &Theme::changed, &p, [this] { setPlaying(play->text() == "Pause"); });
}

void Actions::setPlaying(bool playing)
{
    play->setText(playing ? "Pause" : "Play");
    play->setToolTip(playing ? "Pause  (Space)" : "Play  (Space)");
    play->setIcon(icon(playing ? "pause" : "play", tokens().onAccent));
}

}  // namespace tantrum::studio
