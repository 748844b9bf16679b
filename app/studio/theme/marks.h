// The shapes of what travels and of how calls end: a shape for each meaning, so that colour is never needed alone.
#pragma once

#include "models/world/view.h"

#include <QColor>
#include <QIcon>
#include <QPointF>

class QPainter;

namespace tantrum::studio {

/// Paints the mark's shape centred on `centre`, optically `size` pixels across (6 in the canvas, 8 in lists).
/// `ink` is what shows through details (the clock hand, the bar): the background the mark stands on.
void paintMark(QPainter& painter, models::Mark mark, QPointF centre, qreal size, const QColor& color,
               const QColor& ink);
/// The same in the current theme's colours.
void paintMark(QPainter& painter, models::Mark mark, QPointF centre, qreal size);
/// A broken link: a dash, two slashes, a dash.
void paintPartitionMark(QPainter& painter, QPointF centre, const QColor& dash, const QColor& slash);

/// The mark as an icon for lists and menus; follows the theme.
QIcon markIcon(models::Mark mark);

}  // namespace tantrum::studio
