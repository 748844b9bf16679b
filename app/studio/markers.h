// Machine-readable lines on standard output for tests that drive the real window (`--markers`): what happened, and
// where things are on the screen.
#pragma once

#include <QHash>
#include <QObject>
#include <QRect>
#include <QString>
#include <QTimer>

class QWidget;

namespace tantrum::studio {

class CanvasWidget;

/// Does nothing unless enabled. One line, flushed.
void mark(const QString& line);
void enableMarkers();
bool markersEnabled();

/// Prints `geometry NAME x y w h` (screen coordinates) for every visible named widget of the window and every node on
/// the canvas (`node:NAME`) after the first layout and whenever something has moved; `gone NAME` when it is no longer
/// to be seen; then `laid out`.
class GeometryMarkers : public QObject {
    Q_OBJECT

public:
    GeometryMarkers(QWidget& window, const CanvasWidget& canvas);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void print();

    QWidget& window_;
    const CanvasWidget& canvas_;
    QTimer timer_;
    QHash<QString, QRect> printed_;
};

}  // namespace tantrum::studio
