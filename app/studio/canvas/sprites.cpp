#include "app/studio/canvas/sprites.h"

#include "app/studio/theme/marks.h"

#include <QPainter>
#include <cmath>

namespace tantrum::studio {

void Sprites::prepare(const Tokens& tokens, double pixelSize, double devicePixelRatio)
{
    if (size_ == pixelSize && ratio_ == devicePixelRatio && background_ == tokens.bg0) return;
    size_ = pixelSize;
    ratio_ = devicePixelRatio;
    background_ = tokens.bg0;
    // In device pixels: the widest shape is 8 units of 6, plus one for the sub-pixel phase and one for the outline.
    side_ = static_cast<int>(std::ceil(size_ * ratio_ * 8 / 6)) + 2;
    for (int mark = 0; mark < markCount; ++mark)
        for (int phase = 0; phase < phases * phases; ++phase) {
            QPixmap picture(side_, side_);
            picture.fill(Qt::transparent);
            QPainter painter(&picture);
            const QPointF shift(static_cast<double>(phase % phases) / phases,
                                static_cast<double>(phase / phases) / phases);
            const auto kind = static_cast<models::Mark>(mark);
            paintMark(painter, kind, QPointF(side_ / 2, side_ / 2) + shift, size_ * ratio_, colorOf(tokens, kind),
                      tokens.bg0);
            painter.end();
            picture.setDevicePixelRatio(ratio_);
            pictures_[static_cast<std::size_t>(mark)][static_cast<std::size_t>(phase)] = picture;
        }
}

void Sprites::draw(QPainter& painter, models::Mark mark, QPointF centre) const
{
    const double x = centre.x() * ratio_, y = centre.y() * ratio_;
    const double left = std::floor(x), top = std::floor(y);
    const auto phase =
        static_cast<std::size_t>(static_cast<int>((x - left) * phases) + phases * static_cast<int>((y - top) * phases));
    painter.drawPixmap(QPointF((left - side_ / 2) / ratio_, (top - side_ / 2) / ratio_),
                       pictures_[static_cast<std::size_t>(mark)][phase]);
}

}  // namespace tantrum::studio
