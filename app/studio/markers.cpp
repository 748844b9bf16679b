#include "app/studio/markers.h"

#include "app/studio/canvas/canvas_widget.h"
#include "app/studio/canvas/layout.h"

#include <QApplication>
#include <QEvent>
#include <QWidget>

#include <cstdio>

namespace tantrum::studio {

namespace {
bool enabled = false;
constexpr int settleMilliseconds = 120;
}

void enableMarkers() { enabled = true; }
bool markersEnabled() { return enabled; }

void mark(const QString& line)
{
    if (!enabled) return;
    std::fprintf(stdout, "%s\n", qPrintable(QString(line).replace('\n', ' ')));
    std::fflush(stdout);
}

GeometryMarkers::GeometryMarkers(QWidget& window, const CanvasWidget& canvas) : QObject(&window), window_(window), canvas_(canvas)
{
    timer_.setSingleShot(true);
    timer_.setInterval(settleMilliseconds);
    connect(&timer_, &QTimer::timeout, this, &GeometryMarkers::print);
    if (enabled) qApp->installEventFilter(this);
}

bool GeometryMarkers::eventFilter(QObject* watched, QEvent* event)
{
    switch (event->type()) {
    case QEvent::Resize:
    case QEvent::Move:
    case QEvent::Show:
    case QEvent::Hide:
        if (watched->isWidgetType() && !timer_.isActive()) timer_.start();
        break;
    default: break;
    }
    return QObject::eventFilter(watched, event);
}

void GeometryMarkers::print()
{
    QHash<QString, QRect> now;
    for (const QWidget* widget : QApplication::allWidgets()) {
        const QString name = widget->objectName();
        if (name.isEmpty() || name.startsWith("qt_") || !widget->isVisible()) continue;
        const QRect visible = widget->visibleRegion().boundingRect();
        if (!visible.isEmpty()) now.insert(name, QRect(widget->mapToGlobal(visible.topLeft()), visible.size()));
    }
    if (canvas_.isVisible()) {
        const auto& nodes = canvas_.topology().nodes;
        const auto& centres = canvas_.positions();
        for (std::size_t i = 0; i < nodes.size() && i < centres.size(); ++i) {
            const QRectF card(canvas_.fromCanvas(centres[i] - QPointF(cardSize.width(), cardSize.height()) / 2), cardSize * canvas_.zoom());
            now.insert("node:" + QString::fromStdString(nodes[i].name),
                       QRect(canvas_.mapToGlobal(card.topLeft().toPoint()), card.size().toSize()));
        }
    }
    bool changed = false;
    for (auto it = now.cbegin(); it != now.cend(); ++it) {
        if (printed_.value(it.key()) == it.value()) continue;
        const QRect& r = it.value();
        mark(QString("geometry %1 %2 %3 %4 %5").arg(QString(it.key()).replace(' ', '_')).arg(r.x()).arg(r.y()).arg(r.width()).arg(r.height()));
        changed = true;
    }
    for (auto it = printed_.cbegin(); it != printed_.cend(); ++it)
        if (!now.contains(it.key())) mark("gone " + QString(it.key()).replace(' ', '_')), changed = true;
    printed_ = std::move(now);
    if (changed) mark("laid out");
}

}  // namespace tantrum::studio
