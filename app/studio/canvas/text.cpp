#include "app/studio/canvas/text.h"

#include "app/studio/theme/fonts.h"

#include <QFontMetricsF>
#include <QHash>
#include <QPainter>
#include <cmath>

namespace tantrum::studio {

namespace {

// QFont takes whole pixels only: fonts are made at twice their size and drawn at half scale.
constexpr double oversize = 2;

struct Face {
    QFont font;
    QFontMetricsF metrics;
};

const Face& faceFor(const TextStyle& style)
{
    static QHash<int, Face*>& faces = *new QHash<int, Face*>;  // never destroyed: at exit the application is gone first
    const int size = static_cast<int>(std::lround(style.pixelSize * oversize));
    Face*& face = faces[(size * 1024 + style.weight) * 2 + (style.mono ? 1 : 0)];
    if (!face) {
        QFont font = style.mono ? numbers(size, style.weight) : words(size, style.weight);
        font.setHintingPreference(QFont::PreferNoHinting);
        face = new Face{font, QFontMetricsF(font)};
    }
    return *face;
}

}  // namespace

void drawText(QPainter& painter, QPointF baseline, const QString& text, const TextStyle& style, const QColor& color,
              Qt::AlignmentFlag align)
{
    const double shift = align == Qt::AlignLeft ? 0 : textWidth(text, style) * (align == Qt::AlignRight ? 1 : 0.5);
    const QTransform before = painter.transform();
    painter.translate(baseline.x() - shift, baseline.y());
    painter.scale(1 / oversize, 1 / oversize);
    painter.setFont(faceFor(style).font);
    painter.setPen(color);
    painter.drawText(QPointF(), text);
    painter.setTransform(before);
}

double textWidth(const QString& text, const TextStyle& style)
{
    return faceFor(style).metrics.horizontalAdvance(text) / oversize;
}

QString elided(const QString& text, const TextStyle& style, double width)
{
    return faceFor(style).metrics.elidedText(text, Qt::ElideRight, width * oversize);
}

}  // namespace tantrum::studio
