// Which part of the canvas is looked at, and how large.
#pragma once

#include <QPointF>
#include <QRectF>
#include <QSizeF>
#include <QTransform>
#include <algorithm>

namespace tantrum::studio {

struct Camera {
    static constexpr double smallest = 0.1, largest = 4;

    double zoom = 1;
    QPointF origin;  ///< where the world's (0, 0) is on screen

    QPointF toScreen(QPointF world) const { return world * zoom + origin; }
    QPointF toWorld(QPointF screen) const { return (screen - origin) / zoom; }
    QRectF toWorld(const QRectF& screen) const { return {toWorld(screen.topLeft()), screen.size() / zoom}; }
    QTransform transform() const { return {zoom, 0, 0, zoom, origin.x(), origin.y()}; }

    /// The same world point stays under `screen`.
    Camera zoomedAt(QPointF screen, double factor) const
    {
        const double next = std::clamp(zoom * factor, smallest, largest);
        return {next, screen - (screen - origin) * (next / zoom)};
    }
    /// Shows all of `world` inside `screen`, centred, never larger than `atMost`; whole pixels, so that 100 % is crisp.
    static Camera fitting(const QRectF& world, const QRectF& screen, double atMost = 1)
    {
        if (world.isEmpty() || screen.isEmpty()) return {};
        const double zoom =
            std::clamp(std::min(screen.width() / world.width(), screen.height() / world.height()), smallest, atMost);
        const QPointF origin = screen.center() - world.center() * zoom;
        return {zoom, QPointF(origin.toPoint())};
    }

    bool operator==(const Camera&) const = default;
};

}  // namespace tantrum::studio
