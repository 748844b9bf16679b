#include "app/studio/library/lesson_card.h"

#include "app/studio/theme/fonts.h"
#include "app/studio/theme/icons.h"
#include "app/studio/theme/theme.h"

#include <QFontMetricsF>
#include <QPainter>

namespace tantrum::studio {

LessonCard::LessonCard(LessonItem item, QWidget* parent) : QAbstractButton(parent), item_(std::move(item))
{
    setObjectName("lesson:" + item_.name);
    setText(item_.title);
    setAccessibleName(item_.title + ", lesson");
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setFixedHeight(98);
    setAttribute(Qt::WA_Hover);
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
    refresh();
}

void LessonCard::refresh()
{
    done_ = std::min(stepsDone(item_.name), static_cast<int>(item_.steps.size()));
    update();
}

void LessonCard::paintEvent(QPaintEvent*)
{
    const Tokens& t = tokens();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF card = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    painter.setBrush(t.bg1);
    painter.setPen(QPen(hasFocus() ? t.accent : underMouse() ? t.line2 : t.line1, hasFocus() ? 2 : 1));
    painter.drawRoundedRect(card, 6, 6);
    const double left = 12, right = width() - 12;
    const auto steps = static_cast<int>(item_.steps.size());
    paintIcon(painter, "lesson", QRectF(left, 12, 16, 16), t.text2);
    const QString count = QString("%1 of %2").arg(done_).arg(steps);
    painter.setFont(numbers(11));
    const double countWidth = QFontMetricsF(painter.font()).horizontalAdvance(count);
    painter.setPen(t.text2);
    painter.drawText(QPointF(right - countWidth, 25), count);
    painter.setFont(words(13, QFont::DemiBold));
    painter.setPen(t.text1);
    painter.drawText(QPointF(left + 26, 25), QFontMetricsF(painter.font()).elidedText(item_.title, Qt::ElideRight, right - countWidth - left - 40));
    painter.setFont(words(11));
    painter.setPen(t.text3);
    painter.drawText(QPointF(left, 46), item_.track);
    const double gap = 4, each = steps > 0 ? (right - left - gap * (steps - 1)) / steps : 0;
    painter.setPen(Qt::NoPen);
    for (int i = 0; i < steps; ++i) {
        painter.setBrush(i < done_ ? t.ok : t.bg4);
        painter.drawRoundedRect(QRectF(left + i * (each + gap), 58, each, 3), 1.5, 1.5);
    }
    const bool all = done_ == steps;
    const QString next = all ? QString("Done") : (done_ ? "Next: " : "Start: ") + item_.steps[static_cast<std::size_t>(done_)];
    painter.setFont(words(12, QFont::Medium));
    painter.setPen(all ? t.text2 : t.accent);
    painter.drawText(QPointF(left, 83), QFontMetricsF(painter.font()).elidedText(next, Qt::ElideRight, right - left - 24));
    if (!all) paintIcon(painter, "arrow_right", QRectF(right - 14, 71, 14, 14), t.accent);
}

}  // namespace tantrum::studio
