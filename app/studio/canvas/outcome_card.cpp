#include "app/studio/canvas/outcome_card.h"

#include "app/studio/canvas/text.h"
#include "app/studio/theme/format.h"
#include "app/studio/theme/marks.h"

#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <numeric>

namespace tantrum::studio {

namespace {

constexpr double inset = 11, leastWidth = 237, height = 73, caret = 7, markRoom = 11, columnGap = 18;
constexpr TextStyle titleStyle{11, QFont::DemiBold, false}, wordStyle{11, QFont::Normal, false};
constexpr TextStyle figureStyle{11, QFont::Medium, true};

}  // namespace

OutcomeCard::OutcomeCard(QString title, double perSecond, const std::array<double, models::outcomeCount>& outcomes,
                         QString footer)
    : title_(std::move(title)), footer_(std::move(footer)), perSecond_(perSecond)
{
    for (std::size_t outcome = 0; outcome < outcomes.size(); ++outcome)
        if (outcomes[outcome] > 0) parts_.push_back({static_cast<models::Outcome>(outcome), outcomes[outcome]});
    std::stable_sort(parts_.begin(), parts_.end(), [](const Part& a, const Part& b) {
        const bool okA = a.outcome == models::Outcome::ok, okB = b.outcome == models::Outcome::ok;
        return okA != okB ? okA : false;
    });
}

double OutcomeCard::legendWidth() const
{
    double width = 0;
    for (const Part& part : parts_)
        width += markRoom + textWidth(wordFor(part.outcome), wordStyle) + 6 +
                 textWidth(formatCount(part.perSecond), figureStyle) + columnGap;
    return width - columnGap;
}

QSizeF OutcomeCard::size() const
{
    const double title = textWidth(title_, titleStyle) + 24 + textWidth(formatRate(perSecond_), figureStyle);
    return {
        std::max({leastWidth, title + 2 * inset, legendWidth() + 2 * inset, textWidth(footer_, wordStyle) + 2 * inset}),
        parts_.empty() ? height - 29 : height};
}

QRectF OutcomeCard::placed(QPointF target, const QRectF& screen) const
{
    const QSizeF wanted = size();
    const double gap = 16;
    const bool below = target.y() + gap + wanted.height() <= screen.bottom();
    const double x = std::clamp(target.x() - wanted.width() / 2, screen.left(),
                                std::max(screen.left(), screen.right() - wanted.width()));
    return {QPointF(QPointF(x, below ? target.y() + gap : target.y() - gap - wanted.height()).toPoint()), wanted};
}

void OutcomeCard::paint(QPainter& painter, const QRectF& where, QPointF target, const Tokens& t) const
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF box = where.adjusted(0.5, 0.5, -0.5, -0.5);
    const double tip = std::clamp(target.x(), box.left() + 16, box.right() - 16);
    const bool below = target.y() < box.top();
    const double edge = below ? box.top() : box.bottom(), point = below ? edge - caret : edge + caret;
    QPainterPath outline, pointer;
    outline.addRoundedRect(box, 6, 6);
    pointer.moveTo(tip - 6, edge);
    pointer.lineTo(tip, point);
    pointer.lineTo(tip + 6, edge);
    pointer.closeSubpath();
    painter.setPen(QPen(t.line2, 1));
    painter.setBrush(t.bg2);
    painter.drawPath(outline.united(pointer));

    const double left = where.left() + inset, right = where.right() - inset;
    double y = where.top();
    drawText(painter, {left, y + 18}, title_, titleStyle, t.text1);
    drawText(painter, {right, y + 18}, formatRate(perSecond_), figureStyle, t.text1, Qt::AlignRight);
    if (!parts_.empty()) {
        const double total = std::accumulate(parts_.begin(), parts_.end(), 0.0,
                                             [](double sum, const Part& p) { return sum + p.perSecond; });
        const double room = right - left - static_cast<double>(parts_.size() - 1);
        double at = left;
        for (const Part& part : parts_) {
            const double span = room * part.perSecond / total;
            painter.fillRect(QRectF(at, y + 26, span, 6), colorOf(t, part.outcome));
            at += span + 1;
        }
        const double spare =
            parts_.size() > 1 ? (right - left - legendWidth()) / static_cast<double>(parts_.size() - 1) : 0;
        at = left;
        for (const Part& part : parts_) {
            const models::Mark mark = markOf(part.outcome);
            paintMark(painter, mark, {at + 4, y + 43.5}, 6.5, colorOf(t, part.outcome), t.bg2);
            drawText(painter, {at + markRoom, y + 47.5}, wordFor(part.outcome), wordStyle, t.text2);
            at += markRoom + textWidth(wordFor(part.outcome), wordStyle) + 6;
            drawText(painter, {at, y + 47.5}, formatCount(part.perSecond), figureStyle, t.text1);
            at += textWidth(formatCount(part.perSecond), figureStyle) + columnGap + spare;
        }
        y += 29;
    }
    drawText(painter, {left, y + 35}, footer_, wordStyle, t.text2);
    painter.restore();
}

}  // namespace tantrum::studio
