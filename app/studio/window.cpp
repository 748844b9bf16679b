#include "app/studio/window.h"

#include "app/studio/banner.h"
#include "app/studio/canvas/canvas_widget.h"
#include "app/studio/charts/charts_panel.h"
#include "app/studio/commands/command_palette.h"
#include "app/studio/commands/key_help.h"
#include "app/studio/inspector/inspector_panel.h"
#include "app/studio/inspector/scenario_view.h"
#include "app/studio/key_rules.h"
#include "app/studio/lessons/lesson_bar.h"
#include "app/studio/lessons/lesson_view.h"
#include "app/studio/library/library_panel.h"
#include "app/studio/library/welcome_page.h"
#include "app/studio/palette/palette_panel.h"
#include "app/studio/panel.h"
#include "app/studio/shell_style.h"
#include "app/studio/status_line.h"
#include "app/studio/theme/icons.h"
#include "app/studio/theme/theme.h"
#include "app/studio/transport/transport_bar.h"

#include <QAction>
#include <QApplication>
#include <QMenu>
#include <QMenuBar>
#include <QPushButton>
#include <QSettings>
#include <QSplitter>
#include <QStackedWidget>
#include <QTimer>
#include <QToolBar>
#include <QToolButton>
#include <QVBoxLayout>

namespace tantrum::studio {

namespace {
constexpr int leftWidth = 224, rightWidth = 300, bottomHeight = 292;
}

Window::Window(const models::scenario::Catalogue& catalogue, QWidget* parent)
    : QMainWindow(parent), document_(catalogue), edits_(document_, run_), actions_(*this), canvas_(new CanvasWidget),
      banner_(new Banner(canvas_))
{
    setObjectName("window");
    setWindowIcon(appIcon());
    canvas_->setObjectName("canvas");
    pages_ = new QStackedWidget;
    welcome_ = new WelcomePage;
    pages_->addWidget(welcome_);
    pages_->addWidget(makeWorkbench());
    setCentralWidget(pages_);
    makeMenus();
    makeToolBar();
    commandPalette_ = new CommandPalette(this);
    keyHelp_ = new KeyHelp(this);
    new KeyRules(this);
    wireRun();
    wireCanvas();
    wireRunActions();
    wireFiles();
    wireEdits();
    connect(&Theme::instance(), &Theme::changed, this, &Window::restyle);
    restyle();
    restoreSizes();
    showWelcome();
}

// The panels refer to document and run, which are members and would be gone before them.
Window::~Window()
{
    for (QObject* source : {static_cast<QObject*>(&document_.undoStack()), static_cast<QObject*>(&document_),
                            static_cast<QObject*>(&run_), static_cast<QObject*>(&edits_)})
        source->disconnect();
    delete takeCentralWidget();
}

void Window::restyle() { setStyleSheet(shellStyle(tokens())); }

QWidget* Window::makeWorkbench()
{
    auto* bench = new QWidget;
    columns_ = new QSplitter(Qt::Horizontal);
    columns_->setObjectName("columns");
    columns_->addWidget(makeLeft());
    columns_->addWidget(canvas_);
    columns_->addWidget(makeRight());
    columns_->setStretchFactor(1, 1);
    columns_->setCollapsible(1, false);
    rows_ = new QSplitter(Qt::Vertical);
    rows_->setObjectName("rows");
    rows_->addWidget(columns_);
    rows_->addWidget(makeBottom());
    rows_->setStretchFactor(0, 1);
    rows_->setCollapsible(0, false);
    for (QSplitter* splitter : {columns_, rows_}) splitter->setHandleWidth(1);
    transport_ = new TransportBar(run_, {actions_.reset, actions_.stepBack, actions_.play, actions_.stepForward, actions_.toEnd});
    status_ = new StatusLine(run_, *canvas_);
    lessonBar_ = new LessonBar;
    auto* column = new QVBoxLayout(bench);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(lessonBar_);
    auto* middle = new QHBoxLayout;
    middle->setSpacing(0);
    lesson_ = new LessonView(document_.catalogue());
    middle->addWidget(lesson_);
    middle->addWidget(rows_, 1);
    column->addLayout(middle, 1);
    column->addWidget(transport_);
    column->addWidget(status_);
    lessonBar_->hide();
    lesson_->hide();
    return bench;
}

QWidget* Window::makeLeft()
{
    leftPanel_ = new Panel("leftPanel");
    auto* library = new LibraryPanel;
    palette_ = new PalettePanel(document_.catalogue());
    leftPanel_->addPage("Library", library);
    leftPanel_->addPage("Palette", palette_);
    leftPanel_->setCurrent(1);
    leftPanel_->setMinimumWidth(200);
    connect(library, &LibraryPanel::scenarioChosen, this, [this](const QString& path) {
        if (const QString failure = openScenario(path); !failure.isEmpty()) say(failure);
    });
    connect(library, &LibraryPanel::lessonChosen, this, [this](const QString& directory) {
        if (const QString failure = openLesson(directory); !failure.isEmpty()) say(failure);
    });
    return leftPanel_;
}

QWidget* Window::makeRight()
{
    rightPanel_ = new Panel("rightPanel");
    inspector_ = new InspectorPanel(run_, document_, edits_);
    rightPanel_->addPage("Inspector", inspector_);
    rightPanel_->addPage("Scenario", new ScenarioView(document_));
    rightPanel_->setMinimumWidth(280);
    return rightPanel_;
}

QWidget* Window::makeBottom()
{
    auto* bottom = new Panel("bottomPanel");
    charts_ = new ChartsPanel(run_);
    bottom->addPage("Charts", charts_);
    bottom->addCorner(charts_->scopeChip());
    bottom->addCorner(charts_->windowChip());
    bottom->setMinimumHeight(180);
    return bottom;
}

void Window::makeMenus()
{
    const auto menu = [this](const QString& title, std::initializer_list<QAction*> entries) {
        QMenu* made = menuBar()->addMenu(title);
        for (QAction* entry : entries)
            if (entry) made->addAction(entry);
            else made->addSeparator();
        return made;
    };
    const Actions& a = actions_;
    menu("File", {a.newScenario, a.open, a.save, a.saveAs, nullptr, a.exportCanvas, a.exportCharts, nullptr, a.welcome, nullptr, a.quit});
    menu("Edit", {a.undo, a.redo, nullptr, a.pointerTool, a.connectTool, a.handTool, nullptr, a.commands});
    menu("View", {a.fit, a.zoomIn, a.zoomOut, a.arrange, nullptr, a.heat, a.labels, a.reduceMotion, nullptr, a.theme, nullptr,
                  a.showLibrary, a.showPalette, a.showInspector, a.showScenario});
    menu("Run", {a.play, a.stepForward, a.stepBack, a.stepEvent, a.reset, a.toEnd, nullptr, a.toLive, a.previousMark, a.nextMark,
                 nullptr, a.inject});
    menu("Help", {a.keys});
    menuBar()->setObjectName("menuBar");
}

void Window::makeToolBar()
{
    toolBar_ = addToolBar("Tools");
    toolBar_->setObjectName("toolBar");
    toolBar_->setMovable(false);
    toolBar_->setFixedHeight(40);
    toolBar_->setIconSize(QSize(18, 18));
    setContextMenuPolicy(Qt::NoContextMenu);
    const Actions& a = actions_;
    for (const QList<QAction*>& group : {QList<QAction*>{a.open, a.save}, {a.undo, a.redo}, {a.pointerTool, a.connectTool, a.handTool}}) {
        toolBar_->addActions(group);
        toolBar_->addSeparator();
    }
    for (QAction* action : {a.arrange, a.inject}) {
        toolBar_->addAction(action);
        static_cast<QToolButton*>(toolBar_->widgetForAction(action))->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    }
    auto* space = new QWidget;
    space->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    toolBar_->addWidget(space);
    auto* search = new QPushButton("Run a command, find a node   Ctrl+K");
    search->setObjectName("commandButton");
    search->setIcon(icon("search"));
    search->setFocusPolicy(Qt::TabFocus);
    connect(search, &QPushButton::clicked, actions_.commands, &QAction::trigger);
    toolBar_->addWidget(search);
    toolBar_->addSeparator();
    auto* exporting = new QToolButton;
    exporting->setObjectName("exportButton");
    exporting->setText("Export");
    exporting->setIcon(icon("export"));
    exporting->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    exporting->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(exporting);
    menu->addActions({a.exportCanvas, a.exportCharts});
    exporting->setMenu(menu);
    toolBar_->addWidget(exporting);
    toolBar_->addAction(a.theme);
    toolBar_->addAction(a.keys);
    for (QAction* action : toolBar_->actions())
        if (auto* button = qobject_cast<QToolButton*>(toolBar_->widgetForAction(action)); button && !action->objectName().isEmpty()) {
            button->setObjectName("tool:" + action->objectName());
            button->setFocusPolicy(Qt::TabFocus);
        }
}

void Window::restoreSizes()
{
    const QSettings settings;
    if (!restoreGeometry(settings.value("window/geometry").toByteArray())) resize(1600, 1000);
    if (!columns_->restoreState(settings.value("window/columns").toByteArray())) columns_->setSizes({leftWidth, 1076, rightWidth});
    if (!rows_->restoreState(settings.value("window/rows").toByteArray())) rows_->setSizes({553, bottomHeight});
    for (QSplitter* splitter : {columns_, rows_}) splitter->setHandleWidth(1);
}

void Window::keepSizes() const
{
    QSettings settings;
    settings.setValue("window/geometry", saveGeometry());
    if (lessonMode_) return;
    settings.setValue("window/columns", columns_->saveState());
    settings.setValue("window/rows", rows_->saveState());
}

void Window::showWelcome()
{
    run_.pause();
    welcome_->refresh();
    pages_->setCurrentWidget(welcome_);
    toolBar_->hide();
    setWindowTitle("Tantrum");
    welcome_->setFocus();
}

void Window::say(const QString& sentence)
{
    status_->say(sentence);
    banner_->show(Banner::Kind::note, sentence);
}

}  // namespace tantrum::studio
