// Inter for words, JetBrains Mono for every number that can change (ligatures off). Falls back to Noto Sans / DejaVu.
#pragma once

#include <QFont>

namespace tantrum::studio {

/// Sizes in pixels: 11 hint, 12 body, 13 section, 15-17 heading, 20-22 page, 14 lesson prose.
/// Weights: Normal, Medium (labels), DemiBold (headings).
QFont words(int pixelSize = 12, QFont::Weight weight = QFont::Normal);
QFont numbers(int pixelSize = 12, QFont::Weight weight = QFont::Normal);

/// The families in use, after fallback.
const QString& wordFamily();
const QString& numberFamily();

}  // namespace tantrum::studio
