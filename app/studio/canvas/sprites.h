// The shapes of travelling dots as small ready-made pictures, at quarter-pixel-grid positions so that motion is smooth.
#pragma once

#include "app/studio/theme/tokens.h"

#include <QPixmap>
#include <QPointF>
#include <array>

class QPainter;

namespace tantrum::studio {

class Sprites {
public:
    static constexpr int markCount = 9;

    /// Rebuilds if anything differs from the last call; cheap otherwise.
    void prepare(const Tokens& tokens, double pixelSize, double devicePixelRatio);

    /// Draws the mark centred on `centre` (device-independent pixels). Requires prepare().
    void draw(QPainter& painter, models::Mark mark, QPointF centre) const;

    const QPixmap& picture(models::Mark mark) const { return pictures_[static_cast<std::size_t>(mark)][0]; }

private:
    static constexpr int phases = 2;  ///< sub-pixel positions along each axis
    std::array<std::array<QPixmap, phases * phases>, markCount> pictures_;
    QColor background_;
    double size_ = 0, ratio_ = 0;
    int side_ = 0;
};

}  // namespace tantrum::studio
