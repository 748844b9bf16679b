// Our own line icons: 24 x 24, one stroke width, drawn in the palette's colour. Keys are file names in resources/icons
// without ".svg" ("load_balancer", "step_back"); they are also the icon keys of models::NodeFacts.
#pragma once

#include <QColor>
#include <QIcon>
#include <QPixmap>
#include <QString>
#include <QStringList>

class QPainter;
class QRectF;

namespace tantrum::studio {

/// Follows the theme by itself: text2, text1 when checked or hovered, faint when disabled. Unknown names give
/// "generic".
QIcon icon(const QString& name);
/// The same in a fixed colour (for example on a primary button: tokens().onAccent).
QIcon icon(const QString& name, const QColor& color);
/// The application's icon, in colour.
QIcon appIcon();

/// A crisp picture of `size` logical pixels; cached.
QPixmap iconPixmap(const QString& name, int size, const QColor& color, qreal devicePixelRatio = 1);
/// As vectors, at any scale.
void paintIcon(QPainter& painter, const QString& name, const QRectF& where, const QColor& color);

bool hasIcon(const QString& name);
QStringList iconNames();

}  // namespace tantrum::studio
