// Above the lesson: where one is (track, title) and its steps; a click goes to a step.
#pragma once

#include <QStringList>
#include <QWidget>

#include <vector>

class QHBoxLayout;
class QLabel;
class QToolButton;

namespace tantrum::studio {

class LessonBar : public QWidget {
    Q_OBJECT

public:
    explicit LessonBar(QWidget* parent = nullptr);

    struct Step {
        QString title;
        bool done = false, current = false;
    };
    void setLesson(const QString& track, const QString& title, const std::vector<Step>& steps);

signals:
    void stepChosen(int step);
    void leaveRequested();
    void editorRequested();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QLabel *track_, *title_;
    QHBoxLayout* steps_;
};

}  // namespace tantrum::studio
