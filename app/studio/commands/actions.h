// Every command of the window: its words, its icon, its key. Menus, tool bar, transport and command palette show these.
#pragma once

#include <QKeySequence>
#include <QList>
#include <QObject>

class QAction;
class QActionGroup;
class QWidget;

namespace tantrum::studio {

struct Actions {
    /// The actions belong to `parent` and listen to keys in its window.
    explicit Actions(QWidget& parent);

    QAction *newScenario, *open, *save, *saveAs, *exportCanvas, *exportCharts, *welcome, *quit;
    QAction *undo, *redo;
    QAction *play, *stepForward, *stepBack, *stepEvent, *reset, *toEnd, *toLive, *previousMark, *nextMark, *inject;
    QAction *fit, *zoomIn, *zoomOut, *arrange, *heat, *labels, *reduceMotion, *theme;
    QAction *showLibrary, *showPalette, *showInspector, *showScenario, *filterPalette;
    QAction *pointerTool, *connectTool, *handTool;
    QActionGroup* tools;
    QAction *commands, *keys;

    /// Everything that a person may look for by name.
    QList<QAction*> all() const { return all_; }
    /// Play or pause, whichever it would do.
    void setPlaying(bool playing);

private:
    QAction* add(QWidget& parent, const char* name, const QString& text, const QString& icon, const QList<QKeySequence>& keys = {});
    QList<QAction*> all_;
};

}  // namespace tantrum::studio
