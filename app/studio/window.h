// The window: one client of app::Session. Puts the panels together and carries what happens in one to the others.
#pragma once

#include "app/studio/commands/actions.h"
#include "app/studio/edits.h"
#include "app/studio/run.h"
#include "app/studio/scenario_document.h"

#include <QMainWindow>

#include <functional>
#include <string>

class QSplitter;
class QStackedWidget;
class QToolBar;

namespace tantrum::studio {

class Banner;
class CanvasWidget;
class ChartsPanel;
class CommandPalette;
class InspectorPanel;
class KeyHelp;
class LessonBar;
class LessonView;
class PalettePanel;
class Panel;
class StatusLine;
class TransportBar;
class WelcomePage;

class Window : public QMainWindow {
    Q_OBJECT

public:
    explicit Window(const models::scenario::Catalogue& catalogue, QWidget* parent = nullptr);
    ~Window() override;

    /// A path or a bundled name. Empty, or why it could not be opened. A file with mistakes opens and shows them.
    QString openScenario(const QString& pathOrName);
    QString openLesson(const QString& directory);
    void openNew();
    void showWelcome();
    /// Plays at full speed to that moment, in seconds, then pauses.
    void runTo(double seconds) { run_.runTo(engine::Instant::at(engine::Duration::fromSeconds(seconds))); }

    Run& run() { return run_; }
    CanvasWidget& canvas() { return *canvas_; }
    Edits& edits() { return edits_; }
    ScenarioDocument& document() { return document_; }
    Actions& actions() { return actions_; }
    /// Says one sentence in the status bar and over the canvas.
    void say(const QString& sentence);
    /// Closes without asking about unsaved changes.
    void closeNow();

protected:
    void closeEvent(QCloseEvent* event) override;

private:
    // window.cpp: what there is
    QWidget* makeWorkbench();
    QWidget* makeLeft();
    QWidget* makeRight();
    QWidget* makeBottom();
    void makeMenus();
    void makeToolBar();
    void restoreSizes();
    void keepSizes() const;
    void restyle();

    // window_run.cpp: the run and what shows it
    void wireRun();
    void wireCanvas();
    void wireRunActions();
    void showRunLoaded();
    void showRunState();
    void showBanner();
    void loadRun();
    void rememberSelection();
    void restoreSelection();
    void showFaultMenu(int node, int edge, QPoint where);
    QPoint selectedPlace() const;

    // window_files.cpp: documents, lessons, pictures
    void wireFiles();
    void documentOpened();
    void documentChanged(ScenarioDocument::Touches touches);
    void showTitle();
    void save();
    void saveAs();
    void saveTo(const QString& path);
    void exportPicture(const QString& what, std::function<QImage()> picture);
    void askForFile(bool toSave, const QString& title, const QString& suggested, const QString& filter, const QString& suffix,
                    std::function<void(const QString&)> use);
    void setLessonMode(bool lesson);
    void showLessonStep();

    // window_edits.cpp: changes to the system and where it stands
    void wireEdits();
    void addComponent(const QString& type, QPointF centre);
    void connectNodes(int from, int to);
    void removeNode(int node);
    void nodeMoved(int node, QPointF centre);
    void arrangeNodes();
    void placeAsInDocument();
    ScenarioDocument::Edit placingAll(const std::vector<QPointF>& centres) const;
    void openCommands();

    ScenarioDocument document_;
    Run run_;
    Edits edits_;
    Actions actions_;

    CanvasWidget* canvas_;
    Banner* banner_;
    ChartsPanel* charts_ = nullptr;
    InspectorPanel* inspector_ = nullptr;
    PalettePanel* palette_ = nullptr;
    LessonView* lesson_ = nullptr;
    LessonBar* lessonBar_ = nullptr;
    Panel *leftPanel_ = nullptr, *rightPanel_ = nullptr;
    QStackedWidget* pages_ = nullptr;
    QSplitter *columns_ = nullptr, *rows_ = nullptr;
    QToolBar* toolBar_ = nullptr;
    TransportBar* transport_ = nullptr;
    StatusLine* status_ = nullptr;
    WelcomePage* welcome_ = nullptr;
    CommandPalette* commandPalette_ = nullptr;
    KeyHelp* keyHelp_ = nullptr;

    std::string selectedNode_, selectedFrom_, selectedTo_;  ///< by name, over a reload
    bool lessonMode_ = false, opening_ = false, closing_ = false;
};

}  // namespace tantrum::studio
