// Documents, lessons and pictures: what is opened, saved and exported.
#include "app/studio/banner.h"
#include "app/studio/canvas/canvas_widget.h"
#include "app/studio/charts/charts_panel.h"
#include "app/studio/lessons/lesson_bar.h"
#include "app/studio/lessons/lesson_view.h"
#include "app/studio/library/library_model.h"
#include "app/studio/library/welcome_page.h"
#include "app/studio/markers.h"
#include "app/studio/panel.h"
#include "app/studio/window.h"

#include "app/core/bundled.h"

#include <QAction>
#include <QApplication>
#include <QCloseEvent>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QMessageBox>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolBar>

namespace tantrum::studio {

void Window::wireFiles()
{
    connect(&document_, &ScenarioDocument::opened, this, &Window::documentOpened);
    connect(&document_, &ScenarioDocument::changed, this, &Window::documentChanged);
    connect(&document_, &ScenarioDocument::saved, this, &Window::showTitle);
    connect(&document_.undoStack(), &QUndoStack::indexChanged, this, &Window::showTitle);
    const auto open = [this](const QString& path) {
        if (const QString failure = openScenario(path); !failure.isEmpty()) say(failure);
    };
    const auto ask = [this, open] { askForFile(false, "Open a scenario", {}, "Scenarios (*.yaml *.yml)", "yaml", open); };
    const Actions& a = actions_;
    connect(a.newScenario, &QAction::triggered, this, &Window::openNew);
    connect(a.open, &QAction::triggered, this, ask);
    connect(a.save, &QAction::triggered, this, &Window::save);
    connect(a.saveAs, &QAction::triggered, this, &Window::saveAs);
    connect(a.welcome, &QAction::triggered, this, &Window::showWelcome);
    connect(a.quit, &QAction::triggered, this, &QWidget::close);
    connect(a.exportCanvas, &QAction::triggered, this, [this] {
        exportPicture("canvas", [this] { return canvas_->renderImage(canvas_->size(), 2); });
    });
    connect(a.exportCharts, &QAction::triggered, this, [this] {
        exportPicture("charts", [this] { return charts_->renderImage(charts_->devicePixelRatioF()); });
    });
    connect(welcome_, &WelcomePage::newRequested, this, &Window::openNew);
    connect(welcome_, &WelcomePage::openRequested, this, ask);
    connect(welcome_, &WelcomePage::scenarioChosen, this, open);
    connect(welcome_, &WelcomePage::lessonChosen, this, [this](const QString& directory) {
        if (const QString failure = openLesson(directory); !failure.isEmpty()) say(failure);
    });
    connect(lesson_, &LessonView::stepChanged, this, &Window::showLessonStep);
    connect(lesson_, &LessonView::leaveRequested, this, &Window::showWelcome);
    connect(lesson_, &LessonView::scenarioWanted, this, [this](const QString& text, bool play) {
        document_.openText(text, "scenario.yaml", lesson_->scenarioDirectory());
        if (play) run_.runToEnd();
    });
    connect(lessonBar_, &LessonBar::leaveRequested, this, &Window::showWelcome);
    connect(lessonBar_, &LessonBar::stepChosen, lesson_, &LessonView::showStep);
    connect(lessonBar_, &LessonBar::editorRequested, this, [this] { setLessonMode(false); });
}

QString Window::openScenario(const QString& pathOrName)
{
    const auto found = app::findScenario(pathOrName.toStdString());
    if (!found) return QString::fromStdString(found.failure().message + (found.failure().hint.empty() ? "" : "; " + found.failure().hint));
    const QString path = QString::fromStdString(found->string());
    setLessonMode(false);
    if (const QString failure = document_.open(path); !failure.isEmpty()) return failure;
    rememberFile(document_.path());
    return {};
}

void Window::openNew()
{
    setLessonMode(false);
    document_.openText(newScenarioText(), "untitled.yaml");
}

QString Window::openLesson(const QString& directory)
{
    setLessonMode(true);
    const QString failure = lesson_->open(directory);
    if (!failure.isEmpty()) {
        setLessonMode(false);
        showWelcome();
    }
    return failure;
}

void Window::documentOpened()
{
    pages_->setCurrentIndex(1);
    toolBar_->setVisible(!lessonMode_);
    opening_ = true;
    if (document_.hasErrors()) {
        run_.unload();
        canvas_->setTopology({});
    }
    loadRun();
    opening_ = false;
    canvas_->setFocus();
    showTitle();
    mark("opened " + document_.fileName());
}

void Window::loadRun()
{
    if (document_.hasErrors() || !document_.scenario()) {
        const auto& all = document_.diagnostics();
        const auto error = std::find_if(all.begin(), all.end(), [](const auto& d) { return d.severity == models::scenario::Severity::error; });
        if (error != all.end())
            banner_->show(Banner::Kind::error, QString("%1:%2: %3").arg(document_.fileName()).arg(error->position.line).arg(sentence(*error)),
                          "Show all", [this] { rightPanel_->setCurrent(1); });
        rightPanel_->setCurrent(1);
        mark("mistakes " + QString::number(all.size()));
        return;
    }
    edits_.restart();
}

void Window::documentChanged(ScenarioDocument::Touches touches)
{
    if (touches == ScenarioDocument::Touches::layout) return placeAsInDocument();
    loadRun();
    showTitle();
}

void Window::showTitle()
{
    const bool changed = !document_.undoStack().isClean();
    const QString what = lessonMode_ ? QString::fromStdString(lesson_->lesson().title) : document_.title();
    setWindowTitle(QString("%1%2 — Tantrum").arg(what, changed && !lessonMode_ ? "*" : ""));
}

void Window::save()
{
    const QString bundled = QString::fromStdString(app::scenariosDirectory().string());
    const bool ours = !bundled.isEmpty() && document_.path().startsWith(QFileInfo(bundled).canonicalFilePath());
    if (document_.path().isEmpty() || ours || lessonMode_) return saveAs();
    saveTo(document_.path());
}

void Window::saveAs()
{
    const QString suggested = document_.path().isEmpty() ? document_.fileName() : QFileInfo(document_.path()).fileName();
    askForFile(true, "Save the scenario", suggested, "Scenarios (*.yaml)", "yaml", [this](const QString& path) { saveTo(path); });
}

void Window::saveTo(const QString& path)
{
    QString mistake;
    const QString text = edits_.textWithInterventions(mistake);
    if (mistake.isEmpty()) mistake = document_.saveAs(path, text);
    if (!mistake.isEmpty()) return say(mistake);
    rememberFile(path);
    mark("saved " + path);
    const auto done = edits_.interventions().size();
    say(done ? QString("Saved with %1 of your interventions as timeline entries.").arg(done) : "Saved " + QFileInfo(path).fileName() + ".");
}

// A vector format would branch off here: by the suffix, to app/core/picture.h.
void Window::exportPicture(const QString& what, std::function<QImage()> picture)
{
    const QString suggested = QFileInfo(document_.fileName()).completeBaseName() + "-" + what + ".png";
    askForFile(true, "Export the " + what, suggested, "Pictures (*.png)", "png", [this, picture](const QString& path) {
        if (!picture().save(path, "PNG")) return say("Could not write " + path + ".");
        mark("exported " + path);
        say("Exported " + QFileInfo(path).fileName() + ".");
    });
}

// Not modal: the run goes on meanwhile.
void Window::askForFile(bool toSave, const QString& title, const QString& suggested, const QString& filter,
                        const QString& suffix, std::function<void(const QString&)> use)
{
    const QString folder = document_.directory().isEmpty() || lessonMode_ ? QDir::homePath() : document_.directory();
    auto* dialog = new QFileDialog(this, title, folder, filter);
    dialog->setObjectName("fileDialog");
    dialog->setOption(QFileDialog::DontUseNativeDialog);
    dialog->setAcceptMode(toSave ? QFileDialog::AcceptSave : QFileDialog::AcceptOpen);
    dialog->setFileMode(toSave ? QFileDialog::AnyFile : QFileDialog::ExistingFile);
    dialog->setDefaultSuffix(suffix);
    if (!suggested.isEmpty()) dialog->selectFile(suggested);
    dialog->setModal(false);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QFileDialog::fileSelected, this, std::move(use));
    dialog->show();
}

void Window::setLessonMode(bool lesson)
{
    if (lessonMode_ == lesson) return;
    if (lesson) keepSizes();
    lessonMode_ = lesson;
    for (QWidget* dock : {static_cast<QWidget*>(leftPanel_), static_cast<QWidget*>(rightPanel_)}) dock->setVisible(!lesson);
    for (QWidget* part : {static_cast<QWidget*>(lesson_), static_cast<QWidget*>(lessonBar_)}) part->setVisible(lesson);
    toolBar_->setVisible(!lesson && pages_->currentIndex() == 1);
    canvas_->setLayoutLocked(lesson);
    showTitle();
}

void Window::showLessonStep()
{
    std::vector<LessonBar::Step> steps;
    const auto& lesson = lesson_->lesson();
    for (std::size_t i = 0; i < lesson.steps.size(); ++i)
        steps.push_back({QString::fromStdString(lesson.steps[i].title), lesson_->isDone(static_cast<int>(i)), lesson_->step() == static_cast<int>(i)});
    QString track = lesson_->name().section('/', 0, 0).replace('_', ' ');
    if (!track.isEmpty()) track[0] = track[0].toUpper();
    lessonBar_->setLesson("Learn, " + track, QString::fromStdString(lesson.title), steps);
    mark(QString("lesson step=%1 done=%2").arg(lesson_->step()).arg(lesson_->isDone(lesson_->step())));
}

void Window::closeNow()
{
    closing_ = true;
    close();
}

void Window::closeEvent(QCloseEvent* event)
{
    const bool changed = !document_.undoStack().isClean() && !lessonMode_ && document_.isModified();
    if (changed && !closing_) {
        run_.pause();
        const auto answer = QMessageBox::question(this, "Tantrum", QString("Save the changes to %1?").arg(document_.fileName()),
                                                  QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel);
        if (answer == QMessageBox::Cancel || (answer == QMessageBox::Save && document_.path().isEmpty())) {
            event->ignore();
            if (answer == QMessageBox::Save) saveAs();
            return;
        }
        if (answer == QMessageBox::Save) save();
    }
    keepSizes();
    QMainWindow::closeEvent(event);
}

}  // namespace tantrum::studio
