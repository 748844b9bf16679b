// Text at fractional pixel sizes (12.5, 10.5), laid out without hinting so that it scales evenly with the zoom.
#pragma once

#include <QColor>
#include <QFont>
#include <QPointF>
#include <QString>

class QPainter;

namespace tantrum::studio {

struct TextStyle {
    double pixelSize = 12;
    QFont::Weight weight = QFont::Normal;
    bool mono = false;
};

/// Draws with the baseline at `baseline`; `align` says whether that point is the left end, the middle or the right end.
void drawText(QPainter& painter, QPointF baseline, const QString& text, const TextStyle& style, const QColor& color,
              Qt::AlignmentFlag align = Qt::AlignLeft);
double textWidth(const QString& text, const TextStyle& style);
/// Shortened with "…" to at most `width`.
QString elided(const QString& text, const TextStyle& style, double width);

}  // namespace tantrum::studio
