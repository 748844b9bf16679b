#include "app/studio/canvas/node_painter.h"

#include "app/studio/canvas/describe.h"
#include "app/studio/canvas/layout.h"
#include "app/studio/canvas/text.h"
#include "app/studio/theme/format.h"
#include "app/studio/theme/icons.h"

#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>

namespace tantrum::studio {

using models::Health;

namespace {

constexpr double width = cardSize.width(), height = cardSize.height();
constexpr double insetLeft = 12, insetRight = 140;
constexpr TextStyle nameStyle{12.5, QFont::DemiBold, false}, typeStyle{10.5, QFont::Normal, false};
constexpr TextStyle figureStyle{11, QFont::Medium, true}, unitStyle{11, QFont::Normal, true};
constexpr TextStyle queueStyle{10, QFont::Normal, true}, arcStyle{9, QFont::Medium, true};
constexpr TextStyle badgeStyle{11, QFont::DemiBold, false};

/// One card; the painter's origin is its top left corner.
class Card {
public:
    Card(QPainter& painter, const NodeLook& look, const Tokens& tokens, double zoom)
        : painter_(painter), look_(look), t_(tokens),
          health_(look.partitioned ? t_.partitioned : colorOf(t_, look.levels.health)),
          fill_(look.heat && look.levels.utilization > 0
                    ? blended(t_.accent, t_.card, 0.12 + 0.26 * std::min(look.levels.utilization, 1.0))
                    : t_.card),
          label_(look.heat ? t_.text1 : t_.text3), barWidth_(std::max(3.0, 2 / zoom))
    {}

    void frame()
    {
        const bool failing = look_.levels.health == Health::failing;
        const QColor line = look_.partitioned ? t_.partitioned : failing ? t_.error : t_.line2;
        QPen pen(line, 1);
        if (look_.partitioned) pen.setDashPattern({4, 3});
        painter_.setPen(pen);
        painter_.setBrush(fill_);
        painter_.drawRoundedRect(QRectF(0.5, 0.5, width - 1, height - 1), 6, 6);
        if (look_.levels.health == Health::idle && !look_.partitioned) return;
        if (look_.partitioned) {
            QPen dashes(health_, 3, Qt::SolidLine, Qt::FlatCap);
            dashes.setDashPattern({7 / 3.0, 1});
            painter_.setPen(dashes);
            painter_.drawLine(QPointF(1.5, 10), QPointF(1.5, height - 10));
            return;
        }
        painter_.setPen(Qt::NoPen);
        painter_.setBrush(health_);
        painter_.drawRoundedRect(QRectF(0, 10, barWidth_, height - 20), 1.5, 1.5);
    }

    void icon(const QRectF& where) { paintIcon(painter_, QString::fromStdString(look_.facts.icon), where, t_.text2); }

    void heading()
    {
        icon({12, 10, 15, 15});
        const double room = (hasArc() ? 114 : insetRight) - 33;
        drawText(painter_, {33, 21}, elided(QString::fromStdString(look_.facts.name), nameStyle, room), nameStyle,
                 t_.text1);
        drawText(painter_, {insetLeft, 38}, elided(typeLine(look_.facts, look_.numbers), typeStyle, 116 - insetLeft),
                 typeStyle, label_);
    }

    void arc()
    {
        if (!hasArc()) return;
        const double busy = std::clamp(look_.levels.utilization, 0.0, 1.0);
        const QRectF circle(131 - 12, 22 - 12, 24, 24);
        painter_.setBrush(Qt::NoBrush);
        painter_.setPen(QPen(t_.bg4, 3, Qt::SolidLine, Qt::RoundCap));
        painter_.drawArc(circle, 225 * 16, -270 * 16);
        if (busy > 0.004) {
            painter_.setPen(QPen(colorOfUtilization(t_, busy), 3, Qt::SolidLine, Qt::RoundCap));
            painter_.drawArc(circle, 225 * 16, static_cast<int>(-270 * 16 * busy));
        }
    }

    void arcNumber()
    {
        if (!hasArc()) return;
        const double shown =
            std::isfinite(look_.numbers.utilization) ? look_.numbers.utilization : look_.levels.utilization;
        const double percent = std::clamp(shown, 0.0, 1.0) * 100;
        // 99.6 % is not 100 %.
        const double whole = percent > 99 && percent < 99.95 ? 99 : std::round(percent);
        drawText(painter_, {131, 25.2}, QString::number(whole, 'f', 0), arcStyle, t_.text1, Qt::AlignHCenter);
    }

    void pips()
    {
        if (look_.facts.isClient || look_.facts.holdsMessages) return;
        const int total = std::max(look_.levels.replicas, 0), up = look_.levels.replicasUp;
        const QColor color = look_.partitioned                        ? t_.partitioned
                             : look_.levels.health == Health::failing ? t_.error
                                                                      : t_.ok;
        const double room = insetRight - insetLeft - textWidth(levelText(look_.facts, look_.numbers), queueStyle);
        if (total > 10 || total * 8 > room) {
            drawText(painter_, {insetLeft, 51.5}, pipText(), queueStyle, up == total ? t_.text2 : t_.text1);
            return;
        }
        for (int pip = 0; pip < total; ++pip) {
            const QRectF box(insetLeft + pip * 8, 45, 6, 6);
            if (pip < up && !look_.partitioned) {
                painter_.setPen(Qt::NoPen);
                painter_.setBrush(color);
                painter_.drawRoundedRect(box, 1.5, 1.5);
            } else if (pip < up + look_.levels.replicasStarting || look_.partitioned) {
                painter_.setPen(QPen(color, 1));
                painter_.setBrush(Qt::NoBrush);
                painter_.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 1.5, 1.5);
            } else {
                painter_.setPen(QPen(t_.crashed, 1.3, Qt::SolidLine, Qt::FlatCap));
                painter_.drawLine(box.topLeft() + QPointF(0.7, 0.7), box.bottomRight() - QPointF(0.7, 0.7));
                painter_.drawLine(box.topRight() + QPointF(-0.7, 0.7), box.bottomLeft() + QPointF(0.7, -0.7));
            }
        }
    }

    void levelBar()
    {
        const double limit = look_.levels.queueLimit;
        const bool bounded = std::isfinite(limit) && limit > 0;
        const double share = look_.facts.isClient ? successShare(look_.levels)
                             : bounded            ? std::clamp(look_.levels.queue / limit, 0.0, 1.0)
                                                  : 0;
        if (look_.partitioned && !(share > 0)) return;
        painter_.setPen(Qt::NoPen);
        painter_.setBrush(t_.bg4);
        painter_.drawRoundedRect(QRectF(insetLeft, 56, insetRight - insetLeft, 3), 1.5, 1.5);
        if (!(share > 0)) return;
        painter_.setBrush(look_.facts.isClient ? t_.ok : share >= 0.95 ? t_.error : t_.message);
        painter_.drawRoundedRect(QRectF(insetLeft, 56, std::max(share * (insetRight - insetLeft), 2.0), 3), 1.5, 1.5);
    }

    void figures()
    {
        const auto& view = look_.numbers;
        const bool full = std::isfinite(view.queueLimit) && view.queueLimit > 0 && view.queue >= view.queueLimit * 0.95;
        const QString level = levelText(look_.facts, view);
        if (!look_.partitioned || view.queue > 0)
            drawText(painter_, {insetRight, 51.5}, level, queueStyle,
                     full && !look_.facts.isClient && !look_.heat ? t_.error : label_, Qt::AlignRight);

        const bool aged = look_.facts.holdsMessages && std::isfinite(view.oldestSeconds);
        const QString value = aged ? formatAge(view.oldestSeconds) : formatDuration(view.p99);
        drawText(painter_, {insetRight, 72}, value, figureStyle, t_.text1, Qt::AlignRight);
        drawText(painter_, {insetRight - textWidth(value, figureStyle) - 6, 72},
                 aged ? QStringLiteral("age") : QStringLiteral("p99"), unitStyle, label_, Qt::AlignRight);

        const double room = insetRight - insetLeft - textWidth(value + QStringLiteral(" p99 /s"), figureStyle) - 6;
        QString rate = formatCount(view.ratePerSecond);
        if (textWidth(rate, figureStyle) > room) rate = formatCompact(view.ratePerSecond);
        drawText(painter_, {insetLeft, 72}, rate, figureStyle, t_.text1);
        drawText(painter_, {insetLeft + textWidth(rate, figureStyle), 72}, QStringLiteral("/s"), unitStyle, label_);
    }

    void badge()
    {
        const models::NodeView& view = badgeText(look_.numbers).isEmpty() ? look_.levels : look_.numbers;
        QString text = badgeText(view);
        if (text.isEmpty()) return;
        // A long reason is shortened, its rate never.
        const bool counted = !view.reason.empty() && view.reasonPerSecond > 0;
        const QString rate = counted ? ' ' + formatRate(view.reasonPerSecond) : QString();
        text = elided(text.chopped(rate.size()), badgeStyle, 104 - textWidth(rate, badgeStyle)) + rate;
        const QRectF box(16, -9.5, 22 + textWidth(text, badgeStyle) + 8, 19);
        painter_.setPen(QPen(t_.bg0, 2));
        const Health health = look_.levels.health;
        painter_.setBrush(health == Health::paused    ? t_.partitioned
                          : health == Health::crashed ? t_.crashed
                                                      : t_.error);
        painter_.drawRoundedRect(box, 3, 3);
        paintIcon(painter_, "error_circle", {box.left() + 6, box.top() + 3, 13, 13}, t_.onError);
        drawText(painter_, {box.left() + 22, box.top() + 13.5}, text, badgeStyle, t_.onError);
    }

    void bigName(double zoom)
    {
        const TextStyle style{std::min(12.5 * 0.85 / zoom, 22.0), QFont::DemiBold, false};
        const double iconSide = 15 * std::min(0.85 / zoom, 1.7);
        icon({12, 9, iconSide, iconSide});
        drawText(painter_, {12, 9 + iconSide + style.pixelSize + 1},
                 elided(QString::fromStdString(look_.facts.name), style, insetRight - insetLeft + 6), style, t_.text1);
    }

private:
    bool hasArc() const { return std::isfinite(look_.levels.utilization) && !look_.facts.isClient; }
    QString pipText() const
    {
        const auto& view = look_.numbers;
        return view.replicasUp == view.replicas ? QStringLiteral("%1 ×").arg(view.replicas)
                                                : QStringLiteral("%1/%2 ×").arg(view.replicasUp).arg(view.replicas);
    }

    QPainter& painter_;
    const NodeLook& look_;
    const Tokens& t_;
    QColor health_, fill_, label_;
    double barWidth_;  ///< of the health bar: never under 2 px on screen
};

}  // namespace

Detail detailAt(double zoom) { return zoom < 0.35 ? Detail::iconOnly : zoom < 0.6 ? Detail::noText : Detail::full; }

void paintNode(QPainter& painter, QPointF centre, const NodeLook& look, const Tokens& tokens, double zoom)
{
    painter.save();
    painter.translate(centre - QPointF(width / 2, height / 2));
    Card card(painter, look, tokens, zoom);
    card.frame();
    switch (detailAt(zoom)) {
    case Detail::full:
        card.heading();
        card.arc();
        card.arcNumber();
        card.pips();
        card.levelBar();
        card.figures();
        card.badge();
        break;
    case Detail::noText:
        card.bigName(zoom);
        card.arc();
        painter.translate(0, 11);
        card.levelBar();
        break;
    case Detail::iconOnly: card.icon({width / 2 - 22, height / 2 - 22, 44, 44}); break;
    }
    painter.restore();
}

void paintNodeRing(QPainter& painter, QPointF centre, const Tokens& tokens, double gap, double zoom)
{
    const double stroke = 2 / std::max(zoom, 0.35), out = gap + stroke / 2;
    const QRectF card(centre - QPointF(width / 2, height / 2), cardSize);
    painter.setPen(QPen(tokens.accent, stroke));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(card.adjusted(-out, -out, out, out), 6 + gap, 6 + gap);
}

}  // namespace tantrum::studio
