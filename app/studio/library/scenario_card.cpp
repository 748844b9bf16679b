#include "app/studio/library/scenario_card.h"

#include "app/studio/canvas/layout.h"
#include "app/studio/theme/fonts.h"
#include "app/studio/theme/theme.h"

#include <QFontMetricsF>
#include <QPainter>
#include <QPainterPath>
#include <QTextLayout>

#include <algorithm>

namespace tantrum::studio {

namespace {

constexpr double textHeight = 64;

/// At most two lines, the second one shortened.
void paintLines(QPainter& painter, const QRectF& where, const QString& text, double lineHeight)
{
    QTextLayout layout(text, painter.font());
    layout.beginLayout();
    double y = where.top();
    for (int i = 0; i < 2; ++i) {
        QTextLine line = layout.createLine();
        if (!line.isValid()) break;
        line.setLineWidth(where.width());
        const int from = line.textStart();
        const QString shown = i == 1 ? QFontMetricsF(painter.font()).elidedText(text.mid(from), Qt::ElideRight, where.width())
                                     : text.mid(from, line.textLength());
        painter.drawText(QPointF(where.left(), y + 11), shown);
        y += lineHeight;
    }
    layout.endLayout();
}

}  // namespace

void paintSketch(QPainter& painter, const QRectF& where, const models::Topology& topology)
{
    if (topology.nodes.empty()) return;
    const Tokens& t = tokens();
    const std::vector<QPointF> centres = layOut(topology);
    QRectF world;
    for (const QPointF& centre : centres) world |= QRectF(centre - QPointF(76, 40), cardSize);
    const double scale = std::min({where.width() / world.width(), where.height() / world.height(), 0.22});
    const auto place = [&](QPointF point) { return where.center() + (point - world.center()) * scale; };
    const QSizeF size(std::max(cardSize.width() * scale, 14.0), std::max(cardSize.height() * scale, 9.0));
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    for (const models::EdgeFacts& edge : topology.edges) {
        const QPointF from = place(centres[static_cast<std::size_t>(edge.from)]), to = place(centres[static_cast<std::size_t>(edge.to)]);
        QPainterPath path(from);
        const double bend = (to.x() - from.x()) / 2;
        path.cubicTo(from + QPointF(bend, 0), to - QPointF(bend, 0), to);
        painter.setPen(QPen(edge.messages ? t.message : t.link, 1));
        painter.drawPath(path);
    }
    for (std::size_t i = 0; i < topology.nodes.size(); ++i) {
        const QRectF card(place(centres[i]) - QPointF(size.width(), size.height()) / 2, size);
        painter.setPen(QPen(t.line2, 1));
        painter.setBrush(t.card);
        painter.drawRoundedRect(card, 2, 2);
        painter.setPen(Qt::NoPen);
        painter.setBrush(topology.nodes[i].isClient ? t.accent : t.ok);
        painter.drawRect(QRectF(card.left() + 1.5, card.top() + 2.5, 1.5, card.height() - 5));
        painter.setBrush(t.text3);
        painter.drawRect(QRectF(card.left() + 6, card.center().y() - 2, card.width() * 0.45, 1));
        painter.drawRect(QRectF(card.left() + 6, card.center().y() + 1.5, card.width() * 0.3, 1));
    }
}

ScenarioCard::ScenarioCard(ScenarioItem item, QWidget* parent) : QAbstractButton(parent), item_(std::move(item))
{
    setObjectName("scenario:" + item_.name);
    setText(item_.title);
    setAccessibleName(item_.title);
    setToolTip(item_.about.toHtmlEscaped());
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setFixedHeight(208);
    setAttribute(Qt::WA_Hover);
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void ScenarioCard::loadSketch()
{
    sketch_ = sketchOf(item_.path);
    update();
}

bool ScenarioCard::matches(const QString& text) const
{
    return item_.title.contains(text, Qt::CaseInsensitive) || item_.name.contains(text, Qt::CaseInsensitive) ||
           item_.about.contains(text, Qt::CaseInsensitive);
}

void ScenarioCard::paintEvent(QPaintEvent*)
{
    const Tokens& t = tokens();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF card = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    QPainterPath shape;
    shape.addRoundedRect(card, 6, 6);
    painter.fillPath(shape, t.bg1);
    const QRectF picture(card.left(), card.top(), card.width(), card.height() - textHeight);
    painter.save();
    painter.setClipPath(shape);
    painter.fillRect(picture, t.bg0);
    paintSketch(painter, picture.adjusted(16, 14, -16, -14), sketch_);
    painter.restore();
    painter.setPen(t.line1);
    painter.drawLine(QPointF(card.left(), picture.bottom()), QPointF(card.right(), picture.bottom()));

    const double left = card.left() + 12, wide = card.width() - 24, top = picture.bottom();
    const QString count = QString("%1 nodes").arg(item_.nodes);
    painter.setFont(words(11));
    painter.setPen(t.text3);
    const double countWidth = QFontMetricsF(painter.font()).horizontalAdvance(count);
    painter.drawText(QPointF(left + wide - countWidth, top + 19), count);
    painter.setFont(words(12, QFont::DemiBold));
    painter.setPen(t.text1);
    painter.drawText(QPointF(left, top + 19), QFontMetricsF(painter.font()).elidedText(item_.title, Qt::ElideRight, wide - countWidth - 8));
    painter.setFont(words(11));
    painter.setPen(t.text2);
    paintLines(painter, QRectF(left, top + 26, wide, 32), item_.about, 15);

    const bool active = underMouse() || hasFocus();
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(hasFocus() ? t.accent : active ? t.line2 : t.line1, hasFocus() ? 2 : 1));
    painter.drawPath(shape);
}

}  // namespace tantrum::studio
