// How people work the canvas: pointer, wheel, keyboard, drops.
#include "app/studio/canvas/canvas_widget.h"

#include <QApplication>
#include <QContextMenuEvent>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMimeData>
#include <QMouseEvent>
#include <QToolTip>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

namespace tantrum::studio {

void CanvasWidget::press(Spot spot)
{
    switch (spot) {
    case Spot::live: return setHeat(false);
    case Spot::heat: return setHeat(!heat());
    case Spot::labels: return setLabels(!labels());
    case Spot::zoomOut: return zoomOut();
    case Spot::zoomReset: return zoomReset();
    case Spot::zoomIn: return zoomIn();
    case Spot::zoomFit: return fitView();
    case Spot::example: emit exampleRequested(); return;
    case Spot::key:
    case Spot::none: return;
    }
}

void CanvasWidget::mousePressEvent(QMouseEvent* event)
{
    pressedAt_ = lastMouse_ = event->position();
    const bool left = event->button() == Qt::LeftButton;
    if (left && overlays_.at(pressedAt_, overlayState()) != Spot::none) {
        press(overlays_.at(pressedAt_, overlayState()));
        return;
    }
    if (event->button() == Qt::MiddleButton || (left && tool_ == Tool::hand)) {
        drag_ = Drag::pan;
        updateCursor();
        return;
    }
    if (!left) return;
    const Target target = targetAt(pressedAt_);
    dragNode_ = target.node;
    if (target.node >= 0) {
        grabOffset_ = scene_.centres()[static_cast<std::size_t>(target.node)] - camera_.toWorld(pressedAt_);
        drag_ = tool_ == Tool::connect ? Drag::connect : Drag::pending;
        selectNode(target.node);
    } else if (target.edge >= 0) {
        selectEdge(target.edge);
    } else {
        drag_ = Drag::pan;
    }
    updateCursor();
}

void CanvasWidget::mouseMoveEvent(QMouseEvent* event)
{
    const QPointF before = lastMouse_;
    lastMouse_ = event->position();
    const bool far = (lastMouse_ - pressedAt_).manhattanLength() >= QApplication::startDragDistance();
    switch (drag_) {
    case Drag::none: setHover(lastMouse_); return;
    case Drag::pending:
        if (!far || locked_) return;
        drag_ = Drag::node;
        [[fallthrough]];
    case Drag::node: {
        const QPointF free = camera_.toWorld(lastMouse_) + grabOffset_;
        setNodePosition(dragNode_, {std::round(free.x() / 4) * 4, std::round(free.y() / 4) * 4});
        return;
    }
    case Drag::connect: update(); return;
    case Drag::pan: {
        Camera next = camera_;
        next.origin += lastMouse_ - before;
        moved_ = true;
        changeCamera(next);
        return;
    }
    }
}

void CanvasWidget::mouseReleaseEvent(QMouseEvent* event)
{
    const Drag ended = drag_;
    drag_ = Drag::none;
    const int node = dragNode_;
    dragNode_ = -1;
    const bool still = (event->position() - pressedAt_).manhattanLength() < QApplication::startDragDistance();
    if (ended == Drag::node) {
        moved_ = true;
        emit nodeMoved(node, scene_.centres()[static_cast<std::size_t>(node)]);
    } else if (ended == Drag::connect) {
        const int onto = targetAt(event->position()).node;
        if (onto >= 0 && onto != node) emit connectRequested(node, onto);
    } else if (ended == Drag::pan && still && event->button() == Qt::LeftButton && tool_ != Tool::hand) {
        clearSelection();
    }
    setHover(event->position());
    update();
}

void CanvasWidget::mouseDoubleClickEvent(QMouseEvent* event)
{
    const Spot spot = overlays_.at(event->position(), overlayState());
    if (spot != Spot::none) return press(spot);
    const int node = targetAt(event->position()).node;
    if (event->button() == Qt::LeftButton && node >= 0) emit nodeActivated(node);
}

void CanvasWidget::wheelEvent(QWheelEvent* event)
{
    const QPoint pixels = event->pixelDelta(), degrees = event->angleDelta();
    if (!pixels.isNull() && !(event->modifiers() & Qt::ControlModifier)) {
        Camera next = camera_;
        next.origin += pixels;
        moved_ = true;
        changeCamera(next);
    } else if (degrees.y() != 0) {
        moved_ = true;
        changeCamera(camera_.zoomedAt(event->position(), std::pow(1.15, degrees.y() / 120.0)));
    }
    event->accept();
}

void CanvasWidget::keyPressEvent(QKeyEvent* event)
{
    const int node = view_.focusedNode;
    if (event->modifiers() & Qt::AltModifier && node >= 0 && !locked_) {
        constexpr double step = 20;
        QPointF shift;
        if (event->key() == Qt::Key_Left)
            shift = {-step, 0};
        else if (event->key() == Qt::Key_Right)
            shift = {step, 0};
        else if (event->key() == Qt::Key_Up)
            shift = {0, -step};
        else if (event->key() == Qt::Key_Down)
            shift = {0, step};
        if (!shift.isNull()) {
            setNodePosition(node, scene_.centres()[static_cast<std::size_t>(node)] + shift);
            emit nodeMoved(node, scene_.centres()[static_cast<std::size_t>(node)]);
            return;
        }
    }
    switch (event->key()) {
    case Qt::Key_F:
        if (event->modifiers() == Qt::NoModifier) return fitView();
        break;
    case Qt::Key_Plus:
    case Qt::Key_Equal: return zoomIn();
    case Qt::Key_Minus: return zoomOut();
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (node < 0) break;
        selectNode(node);
        emit nodeActivated(node);
        return;
    case Qt::Key_Escape:
        if (view_.selectedNode < 0 && view_.selectedEdge < 0) break;
        clearSelection();
        return;
    default: break;
    }
    QWidget::keyPressEvent(event);
}

bool CanvasWidget::focusNextPrevChild(bool next)
{
    const std::vector<int> order = scene_.readingOrder();
    const auto here = std::find(order.begin(), order.end(), view_.focusedNode);
    const auto index =
        here == order.end() ? (next ? -1 : static_cast<int>(order.size())) : static_cast<int>(here - order.begin());
    const int wanted = index + (next ? 1 : -1);
    if (wanted < 0 || wanted >= static_cast<int>(order.size())) {
        // Past the last node the focus leaves: the canvas is no trap.
        setFocusedNode(-1);
        return QWidget::focusNextPrevChild(next);
    }
    setFocusedNode(order[static_cast<std::size_t>(wanted)]);
    return true;
}

void CanvasWidget::focusInEvent(QFocusEvent* event)
{
    const bool byTab = event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason;
    if (byTab && scene_.nodeCount() > 0) {
        const std::vector<int> order = scene_.readingOrder();
        setFocusedNode(event->reason() == Qt::TabFocusReason ? order.front() : order.back());
    }
    invalidate();
    QWidget::focusInEvent(event);
}

void CanvasWidget::focusOutEvent(QFocusEvent* event)
{
    invalidate();
    QWidget::focusOutEvent(event);
}

void CanvasWidget::contextMenuEvent(QContextMenuEvent* event)
{
    if (event->reason() == QContextMenuEvent::Keyboard) {
        const int node = view_.focusedNode;
        const QPointF place =
            node >= 0 ? camera_.toScreen(scene_.centres()[static_cast<std::size_t>(node)]) : QRectF(rect()).center();
        emit contextRequested(node, node >= 0 ? -1 : view_.selectedEdge, mapToGlobal(place.toPoint()));
        return;
    }
    const Target target = targetAt(QPointF(event->pos()));
    if (target.node >= 0)
        selectNode(target.node);
    else if (target.edge >= 0)
        selectEdge(target.edge);
    emit contextRequested(target.node, target.edge, event->globalPos());
}

void CanvasWidget::setHover(QPointF place)
{
    const Spot spot = overlays_.at(place, overlayState());
    const Target target = spot == Spot::none ? targetAt(place) : Target{};
    if (spot == hoveredSpot_ && target.node == hoveredNode_ && target.edge == view_.hoveredEdge) return;
    if (target.edge != view_.hoveredEdge) invalidate();
    hoveredSpot_ = spot;
    hoveredNode_ = target.node;
    view_.hoveredEdge = target.edge;
    updateCursor();
    update();
}

void CanvasWidget::updateCursor()
{
    const bool button = hoveredSpot_ != Spot::none && hoveredSpot_ != Spot::key;
    if (drag_ == Drag::pan)
        setCursor(Qt::ClosedHandCursor);
    else if (button || hoveredNode_ >= 0 || view_.hoveredEdge >= 0)
        setCursor(tool_ == Tool::connect && hoveredNode_ >= 0 ? Qt::CrossCursor : Qt::PointingHandCursor);
    else if (tool_ == Tool::hand)
        setCursor(Qt::OpenHandCursor);
    else
        setCursor(tool_ == Tool::connect ? Qt::CrossCursor : Qt::ArrowCursor);
}

void CanvasWidget::leaveEvent(QEvent* event)
{
    setHover({-1e6, -1e6});
    QWidget::leaveEvent(event);
}

bool CanvasWidget::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const QString hint = Overlays::hint(overlays_.at(QPointF(help->pos()), overlayState()));
        if (hint.isEmpty())
            QToolTip::hideText();
        else
            QToolTip::showText(help->globalPos(), hint, this);
        return true;
    }
    return QWidget::event(event);
}

void CanvasWidget::resizeEvent(QResizeEvent* event)
{
    overlays_.layOut(size());
    if (!moved_) fitView();
    invalidate();
    QWidget::resizeEvent(event);
}

void CanvasWidget::dragEnterEvent(QDragEnterEvent* event)
{
    if (event->mimeData()->hasFormat(componentMimeType)) event->acceptProposedAction();
}

void CanvasWidget::dropEvent(QDropEvent* event)
{
    emit componentDropped(QString::fromUtf8(event->mimeData()->data(componentMimeType)), toCanvas(event->position()));
    event->acceptProposedAction();
}

}  // namespace tantrum::studio
