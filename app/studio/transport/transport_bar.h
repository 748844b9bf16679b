// Below everything: reset, step, play; the speed; the timeline; clock, events a second and seed.
#pragma once

#include "app/studio/run.h"
#include "app/studio/timeline/timeline_widget.h"

#include <QElapsedTimer>
#include <QWidget>

class QAction;
class QLabel;
class QLineEdit;
class QSlider;
class QToolButton;

namespace tantrum::studio {

class TransportBar : public QWidget {
    Q_OBJECT

public:
    static constexpr int fixedHeight = 64;

    struct Actions {
        QAction *reset, *stepBack, *play, *stepForward, *toEnd;
    };
    TransportBar(Run& run, const Actions& actions, QWidget* parent = nullptr);

    TimelineWidget& timeline() { return *timeline_; }

signals:
    /// Text as typed.
    void seedEdited(const QString& text);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QWidget* makeButtons(const Actions& actions);
    QWidget* makeSpeed();
    QWidget* makeNumbers();
    void showSpeed();
    void showTime();
    void showRates();
    void showMarks();
    void takeSpeedText();

    Run& run_;
    TimelineWidget* timeline_;
    QSlider* speedSlider_ = nullptr;
    QLineEdit* speedText_ = nullptr;
    QLineEdit* seed_ = nullptr;
    QLabel *clock_ = nullptr, *length_ = nullptr, *events_ = nullptr;
    std::size_t shownHappenings_ = 0;
    QElapsedTimer sinceClock_;
};

}  // namespace tantrum::studio
