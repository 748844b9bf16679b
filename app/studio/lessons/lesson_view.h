// The left side of the lesson view: one step with its prose, question, run and claims; forwards and backwards.
#pragma once

#include "app/studio/lessons/lesson_format.h"
#include "models/scenario/catalogue.h"

#include <QElapsedTimer>
#include <QWidget>

#include <thread>
#include <vector>

class QLabel;
class QPushButton;
class QScrollArea;
class QVBoxLayout;

namespace tantrum::studio {

class LessonView : public QWidget {
    Q_OBJECT

public:
    static constexpr int fixedWidth = 440;

    explicit LessonView(const models::scenario::Catalogue& catalogue, QWidget* parent = nullptr);
    ~LessonView() override;

    /// Empty, or why the lesson cannot be shown.
    QString open(const QString& directory);
    const app::Lesson& lesson() const { return lesson_; }
    QString name() const { return name_; }
    QString scenarioDirectory() const { return directory_; }
    int step() const { return step_; }
    void showStep(int step);
    bool isDone(int step) const;

signals:
    void stepChanged();
    /// The scenario as the step runs it; `play`: run it to its end now.
    void scenarioWanted(const QString& text, bool play);
    void leaveRequested();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void rebuild();
    void addPart(const app::LessonPart& part);
    void addQuestion(const app::LessonPart& part);
    void addRun();
    void addClaims(const app::LessonPart& part, std::size_t firstClaim);
    QLabel* addText(const QString& markdown);
    void run();
    void finish(int step, app::Expected<app::LessonFindings> findings, double seconds);
    const app::LessonStep& current() const { return lesson_.steps[static_cast<std::size_t>(step_)]; }
    StepProgress& progress() { return progress_[static_cast<std::size_t>(step_)]; }

    const models::scenario::Catalogue& catalogue_;
    app::Lesson lesson_;
    std::string scenario_;
    QString name_, directory_;
    std::vector<StepProgress> progress_;
    int step_ = 0;
    std::jthread worker_;

    QScrollArea* area_;
    QWidget* content_ = nullptr;
    QVBoxLayout* column_ = nullptr;
    QPushButton *back_, *next_;
};

}  // namespace tantrum::studio
