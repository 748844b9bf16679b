#include "app/studio/timeline/timeline_widget.h"

#include "app/studio/theme/fonts.h"
#include "app/studio/theme/format.h"
#include "app/studio/theme/icons.h"
#include "app/studio/theme/theme.h"

#include <QFontMetricsF>
#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace tantrum::studio {

namespace {
constexpr double margin = 8;        // so that the head fits at both ends
constexpr double spanTop = 2, spanHeight = 14;
constexpr double stripTop = 20, stripHeight = 16;
constexpr double tickBaseline = 51;
}

TimelineWidget::TimelineWidget(QWidget* parent) : QWidget(parent)
{
    setObjectName("timeline");
    setAccessibleName("Timeline");
    setMouseTracking(true);
    setFixedHeight(fixedHeight);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

void TimelineWidget::setTimes(double endSeconds, double reachedSeconds, double shownSeconds)
{
    if (end_ == endSeconds && reached_ == reachedSeconds && shown_ == shownSeconds) return;
    end_ = endSeconds;
    reached_ = reachedSeconds;
    shown_ = shownSeconds;
    update();
}

void TimelineWidget::setHealth(const std::vector<float>& goodShare, double bucketSeconds)
{
    health_ = goodShare;
    bucket_ = bucketSeconds;
    update();
}

void TimelineWidget::setMarks(std::vector<TimelineMark> marks)
{
    marks_ = std::move(marks);
    update();
}

TimelineScale TimelineWidget::scale() const { return {margin, width() - 2 * margin, end_}; }

QRectF TimelineWidget::spanBox(const TimelineMark& mark) const
{
    const TimelineScale s = scale();
    const double from = s.xOf(mark.from);
    return {from, spanTop, std::max(6.0, s.xOf(std::min(mark.until, end_)) - from), spanHeight};
}

QRectF TimelineWidget::momentBox(const TimelineMark& mark) const
{
    return {std::round(scale().xOf(mark.from)) - 7, stripTop + 1, 14, 14};
}

std::optional<std::size_t> TimelineWidget::markAt(QPointF point) const
{
    for (std::size_t i = marks_.size(); i-- > 0;) {
        const TimelineMark& mark = marks_[i];
        if (mark.isSpan() && spanBox(mark).contains(point)) return i;
        if ((!mark.isSpan() || mark.byUser) && momentBox(mark).contains(point)) return i;
    }
    return std::nullopt;
}

std::optional<double> TimelineWidget::nextMark(double from) const
{
    for (const TimelineMark& mark : marks_)
        if (mark.from > from + 1e-9) return mark.from;
    return std::nullopt;
}

std::optional<double> TimelineWidget::previousMark(double from) const
{
    std::optional<double> found;
    for (const TimelineMark& mark : marks_)
        if (mark.from < from - 1e-9) found = mark.from;
    return found;
}

void TimelineWidget::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const TimelineScale s = scale();
    paintStrip(painter, s);
    paintTicks(painter, s);
    paintSpans(painter);
    paintMoments(painter);
    paintHead(painter, s);
}

void TimelineWidget::paintStrip(QPainter& painter, const TimelineScale& s) const
{
    const Tokens& t = tokens();
    const QRectF strip(s.left(), stripTop, s.width(), stripHeight);
    painter.fillRect(strip, t.bg3);
    painter.setRenderHint(QPainter::Antialiasing, false);
    const int first = static_cast<int>(strip.left());
    const int last = static_cast<int>(std::min(s.xOf(reached_), strip.right()));
    const double columns = static_cast<double>(health_.size());
    for (int x = first; x < last; ++x) {
        // Several columns can fall on one pixel: their mean is what it shows.
        const double from = s.secondsAt(x) / bucket_, to = std::max(s.secondsAt(x + 1) / bucket_, from);
        double good = 0;
        int count = 0;
        for (double column = std::floor(from); column <= to && column < columns; ++column)
            if (const float share = health_[static_cast<std::size_t>(column)]; !std::isnan(share)) good += share, ++count;
        if (count == 0) {
            painter.fillRect(QRectF(x, stripTop, 1, stripHeight), t.bg4);
            continue;
        }
        double failed = (1 - good / count) * stripHeight;
        if (failed > 0.01 && failed < 1) failed = 1;  // a failure is never invisible
        painter.fillRect(QRectF(x, stripTop, 1, stripHeight), t.ok);
        painter.fillRect(QRectF(x, stripTop, 1, std::round(failed)), t.error);
    }
    painter.setRenderHint(QPainter::Antialiasing);
}

void TimelineWidget::paintTicks(QPainter& painter, const TimelineScale& s) const
{
    const Tokens& t = tokens();
    const QFont font = numbers(10);
    const QFontMetricsF metrics(font);
    painter.setFont(font);
    painter.setPen(t.text3);
    const double step = s.tickStep(72);
    for (double tick = 0; tick <= end_ * (1 + 1e-9); tick += step) {
        const QString text = TimelineScale::tickText(tick, step);
        const double wide = metrics.horizontalAdvance(text);
        const double x = std::clamp(s.xOf(tick) - wide / 2, 0.0, width() - wide);
        painter.drawText(QPointF(x, tickBaseline), text);
    }
}

void TimelineWidget::paintSpans(QPainter& painter) const
{
    const Tokens& t = tokens();
    const QFont font = words(10);
    const QFontMetricsF metrics(font);
    painter.setFont(font);
    const double head = scale().xOf(shown_);
    std::vector<std::pair<double, double>> taken{{head - 7, head + 7}};
    for (const TimelineMark& mark : marks_)
        if (mark.isSpan()) taken.emplace_back(spanBox(mark).left(), spanBox(mark).right());
    const auto isFree = [&](double from, double to) {
        return from >= 0 && to <= width() &&
               std::none_of(taken.begin(), taken.end(), [&](const auto& span) { return from < span.second && to > span.first; });
    };
    for (const TimelineMark& mark : marks_) {
        if (!mark.isSpan()) continue;
        const QRectF box = spanBox(mark).adjusted(0.5, 0.5, -0.5, -0.5);
        const QColor color = mark.kind == models::Happening::Kind::fault ? t.error : t.slow;
        QPen pen(mark.ahead ? t.text3 : color, 1);
        if (mark.ahead) pen.setDashPattern({2, 2});
        painter.setPen(pen);
        painter.setBrush(mark.ahead ? QBrush(Qt::NoBrush) : QBrush(blended(color, t.bg1, 0.18)));
        painter.drawRoundedRect(box, 3, 3);
        // Inside if it fits, else beside it where nothing is covered, else only in the tooltip.
        const double wide = metrics.horizontalAdvance(mark.text);
        const bool inside = wide + 10 <= box.width();
        double x = box.left() + 5;
        if (!inside && isFree(box.right() + 1, box.right() + 6 + wide)) x = box.right() + 5;
        else if (!inside && isFree(box.left() - 6 - wide, box.left() - 1)) x = box.left() - 5 - wide;
        else if (!inside) continue;
        painter.setPen(inside && !mark.ahead ? t.text1 : t.text2);
        painter.drawText(QPointF(x, spanTop + 11), mark.text);
        if (!inside) taken.emplace_back(x - 4, x + wide + 4);
    }
}

void TimelineWidget::paintMoments(QPainter& painter) const
{
    const Tokens& t = tokens();
    for (const TimelineMark& mark : marks_) {
        if (mark.isSpan() && !mark.byUser) continue;
        const QRectF box = momentBox(mark).adjusted(0.5, 0.5, -0.5, -0.5);
        const bool fault = mark.kind == models::Happening::Kind::fault;
        painter.setPen(QPen(mark.ahead ? t.text3 : fault ? t.error : t.accent, 1));
        painter.setBrush(t.bg1);
        painter.drawRoundedRect(box, 3, 3);
        paintIcon(painter, fault ? "inject" : mark.byUser ? "edit" : "set", box.adjusted(2, 2, -2, -2),
                  mark.ahead ? t.text3 : t.text1);
    }
}

void TimelineWidget::paintHead(QPainter& painter, const TimelineScale& s) const
{
    const Tokens& t = tokens();
    const double x = std::round(s.xOf(shown_)) + 0.5;
    const bool recorded = shown_ < reached_;
    if (recorded) {
        painter.setPen(QPen(t.text3, 1, Qt::DotLine));
        const double edge = std::round(s.xOf(reached_)) + 0.5;
        painter.drawLine(QPointF(edge, stripTop - 3), QPointF(edge, stripTop + stripHeight + 3));
    }
    const QColor color = recorded ? t.accent : t.text1;
    painter.setPen(QPen(color, 1));
    painter.drawLine(QPointF(x, 6), QPointF(x, stripTop + stripHeight + 3));
    QPainterPath head;
    head.addPolygon(QPolygonF{QPointF(x - 5, 0), QPointF(x + 5, 0), QPointF(x + 5, 7), QPointF(x, 13), QPointF(x - 5, 7)});
    head.closeSubpath();
    painter.setPen(Qt::NoPen);
    painter.setBrush(color);
    painter.drawPath(head);
}

void TimelineWidget::seek(double x) { emit sought(std::min(scale().secondsAt(x), reached_)); }

void TimelineWidget::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton) return QWidget::mousePressEvent(event);
    dragging_ = true;
    const auto mark = markAt(event->position());
    if (mark && !marks_[*mark].ahead) emit sought(marks_[*mark].from);
    else seek(event->position().x());
}

void TimelineWidget::mouseMoveEvent(QMouseEvent* event)
{
    if (dragging_) seek(event->position().x());
}

void TimelineWidget::mouseReleaseEvent(QMouseEvent*) { dragging_ = false; }

bool TimelineWidget::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip) return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const auto mark = markAt(help->pos());
    const double seconds = scale().secondsAt(help->pos().x());
    QToolTip::showText(help->globalPos(), mark ? marks_[*mark].sentence()
                                               : formatClock(engine::Instant::at(engine::Duration::fromSeconds(seconds))),
                       this);
    return true;
}

}  // namespace tantrum::studio
