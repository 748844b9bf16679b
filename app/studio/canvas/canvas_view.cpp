// Which part of the canvas is seen: fitting, zooming, revealing.
#include "app/studio/canvas/canvas_widget.h"

namespace tantrum::studio {

namespace {

constexpr double zoomStep = 1.25;

}  // namespace

void CanvasWidget::reveal(int node)
{
    if (node < 0 || node >= scene_.nodeCount()) return;
    const QRectF card(camera_.toScreen(scene_.nodeRect(node).topLeft()), cardSize * camera_.zoom);
    const QRectF room = QRectF(rect()).adjusted(16, 48, -16, -16);
    if (room.contains(card)) return;
    Camera next = camera_;
    next.origin += QPointF((room.center() - card.center()).toPoint());
    moved_ = true;
    changeCamera(next);
}

void CanvasWidget::changeCamera(const Camera& camera)
{
    if (camera_ == camera) return;
    const bool zoomed = camera_.zoom != camera.zoom;
    camera_ = camera;
    invalidate();
    if (zoomed) emit zoomChanged(camera_.zoom);
}

void CanvasWidget::fitView()
{
    moved_ = false;
    const QRectF world = scene_.bounds();
    if (world.isEmpty()) return changeCamera({1, QPointF(rect().center())});
    const QRectF room = QRectF(rect()).adjusted(14, 22, -14, -14);
    Camera camera = Camera::fitting(world, room);
    // The floating controls may stand beside nodes, not on them.
    const auto covered = [&](const QRectF& control) {
        for (int node = 0; node < scene_.nodeCount(); ++node)
            if (scene_.nodeRect(node).adjusted(-4, -12, 4, 4).intersects(camera.toWorld(control))) return true;
        return false;
    };
    QRectF clear = room;
    if (covered(QRectF(0, 0, 210, 40)) || covered(QRectF(width() - 140, 0, 140, 44))) clear.setTop(52);
    camera = Camera::fitting(world, clear);
    if (keyVisible_ && covered(overlays_.keyRect())) {
        QRectF beside = clear, above = clear;
        beside.setLeft(overlays_.keyRect().right() + 12);
        above.setBottom(overlays_.keyRect().top() - 8);
        const Camera besideKey = Camera::fitting(world, beside), aboveKey = Camera::fitting(world, above);
        camera = besideKey.zoom > aboveKey.zoom ? besideKey : aboveKey;
    }
    changeCamera(camera);
}

void CanvasWidget::zoomIn()
{
    moved_ = true;
    changeCamera(camera_.zoomedAt(QRectF(rect()).center(), zoomStep));
}

void CanvasWidget::zoomOut()
{
    moved_ = true;
    changeCamera(camera_.zoomedAt(QRectF(rect()).center(), 1 / zoomStep));
}

void CanvasWidget::zoomReset()
{
    moved_ = true;
    Camera camera = camera_.zoomedAt(QRectF(rect()).center(), 1 / camera_.zoom);
    camera.origin = QPointF(camera.origin.toPoint());
    changeCamera(camera);
}

}  // namespace tantrum::studio
