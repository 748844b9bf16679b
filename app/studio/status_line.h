// The status bar: how the run is doing in words, what it is made of, whether every request is accounted for.
#pragma once

#include "app/studio/run.h"

#include <QElapsedTimer>
#include <QWidget>

class QLabel;

namespace tantrum::studio {

class CanvasWidget;

class StatusLine : public QWidget {
    Q_OBJECT

public:
    static constexpr int fixedHeight = 22;

    StatusLine(Run& run, const CanvasWidget& canvas, QWidget* parent = nullptr);

    /// Shown instead of the state for some seconds: why something could not be done, or that it was.
    void say(const QString& sentence);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void refresh();

    Run& run_;
    const CanvasWidget& canvas_;
    QLabel *sign_, *state_, *size_, *requests_, *audit_, *dropped_, *speed_, *frames_;
    QElapsedTimer sinceSaid_, sinceFrames_;
    QString said_;
    std::size_t framesBefore_ = 0;
};

}  // namespace tantrum::studio
