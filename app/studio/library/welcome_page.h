// The first page: begin anew, open, continue, learn, or run one of the bundled scenarios.
#pragma once

#include <QWidget>

#include <vector>

class QGridLayout;
class QVBoxLayout;

namespace tantrum::studio {

class LessonCard;
class ScenarioCard;

class WelcomePage : public QWidget {
    Q_OBJECT

public:
    explicit WelcomePage(QWidget* parent = nullptr);

    /// After files were opened or lessons taken.
    void refresh();

signals:
    void newRequested();
    void openRequested();
    void keysRequested();
    void scenarioChosen(const QString& path);
    void lessonChosen(const QString& directory);

protected:
    void resizeEvent(QResizeEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    QWidget* makeLeft();
    QWidget* makeRight();
    void arrange();
    void loadNextSketch();

    QWidget* left_ = nullptr;
    QVBoxLayout* recent_ = nullptr;
    QGridLayout *lessonGrid_ = nullptr, *scenarioGrid_ = nullptr;
    QWidget *lessonBox_ = nullptr, *noScenarios_ = nullptr;
    std::vector<LessonCard*> lessons_;
    std::vector<ScenarioCard*> cards_;
    QString filter_;
    std::size_t sketched_ = 0;
};

}  // namespace tantrum::studio
