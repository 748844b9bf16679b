// What floats over the canvas: view chips, zoom control, the key. Painted by the canvas itself, cached as pictures.
#pragma once

#include "app/studio/theme/tokens.h"

#include <QPixmap>
#include <QPointF>
#include <QRectF>
#include <QSizeF>
#include <QString>

class QPainter;

namespace tantrum::studio {

enum class Spot { none, live, heat, labels, zoomOut, zoomReset, zoomIn, zoomFit, key, example };

/// Everything the overlays show; they are redrawn when it changes.
struct OverlayState {
    bool heat = false, labels = false, bands = false, reducedMotion = false, keyVisible = true, empty = false;
    QString notice;  ///< a chip after the others, e.g. "recorded"; empty: none
    int zoomPercent = 100;
    Spot hovered = Spot::none, pressed = Spot::none;

    bool operator==(const OverlayState&) const = default;
};

class Overlays {
public:
    static constexpr double margin = 12;

    void layOut(QSizeF canvas);
    /// Blits the cached pictures, redrawing them first if the state, theme or resolution changed.
    void paint(QPainter& painter, const OverlayState& state, const Tokens& tokens, double devicePixelRatio);
    Spot at(QPointF screen, const OverlayState& state) const;
    QRectF keyRect() const { return key_; }
    /// What a click there does, for tooltips.
    static QString hint(Spot spot);

private:
    struct Layer {
        QRectF where;
        QPixmap picture;
    };
    void render(const OverlayState& state, const Tokens& tokens, double devicePixelRatio);
    bool keyShown(const OverlayState& state) const;

    QSizeF canvas_;
    QRectF key_, zoom_;
    Layer chipLayer_, zoomLayer_, keyLayer_, emptyLayer_;
    OverlayState drawn_;
    QColor drawnBackground_;
    double drawnRatio_ = 0;
};

}  // namespace tantrum::studio
