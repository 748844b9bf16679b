#include "app/studio/canvas/link_painter.h"

#include "app/studio/canvas/text.h"
#include "app/studio/theme/format.h"

#include <QCoreApplication>
#include <QPaintEngine>
#include <QPainter>
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <tuple>

namespace tantrum::studio {

namespace {

constexpr double gapHalf = 13;  ///< half the gap a partition leaves, along the curve

void paintArrow(QPainter& painter, const LinkGeometry& curve, const QColor& color)
{
    const QPointF tip = curve.point.back(), left = curve.left.back(), forward(-left.y(), left.x());
    const std::array<QPointF, 3> points{tip - forward * 6.5 + left * 4, tip - forward * 0.5,
                                        tip - forward * 6.5 - left * 4};
    painter.setPen(QPen(color, 1.5, Qt::SolidLine, Qt::FlatCap, Qt::MiterJoin));
    painter.setBrush(Qt::NoBrush);
    painter.drawPolyline(points.data(), 3);
}

QPolygonF partOf(const LinkGeometry& curve, double from, double to, double offset)
{
    QPolygonF line;
    const int steps = std::max(2, static_cast<int>((to - from) * LinkGeometry::segments) + 1);
    for (int i = 0; i <= steps; ++i) {
        const double share = from + (to - from) * i / steps;
        line << curve.at(share) + curve.leftAt(share) * offset;
    }
    return line;
}

void paintPartition(QPainter& painter, const LinkGeometry& curve, const Tokens& t)
{
    const double gap = std::min(gapHalf / std::max(curve.length, 1.0), 0.3);
    QPen dashes(t.partitioned, 1.5, Qt::SolidLine, Qt::FlatCap);
    dashes.setDashPattern({4, 10 / 3.0});
    painter.setPen(dashes);
    painter.setBrush(Qt::NoBrush);
    painter.drawPolyline(partOf(curve, 0, 0.5 - gap, 0));
    painter.drawPolyline(partOf(curve, 0.5 + gap, 1, 0));

    painter.save();
    painter.translate(curve.at(0.5));
    const QPointF left = curve.leftAt(0.5);
    painter.rotate(std::atan2(left.x(), -left.y()) * 180 / M_PI);
    painter.setPen(QPen(t.error, 2, Qt::SolidLine, Qt::FlatCap));
    painter.drawLine(QPointF(-5.5, 8), QPointF(-0.5, -8));
    painter.drawLine(QPointF(0.5, 8), QPointF(5.5, -8));
    painter.restore();
}

/// The lane as a ribbon cut into repeating cycles, each cycle divided like the traffic.
void paintBand(QPainter& painter, const LinkGeometry& curve, double offset,
               const std::vector<std::pair<QColor, double>>& parts)
{
    const double total = std::accumulate(parts.begin(), parts.end(), 0.0,
                                         [](double sum, const auto& part) { return sum + part.second; });
    if (total <= 0) return;
    const double from = 6 / std::max(curve.length, 20.0), to = 1 - 10 / std::max(curve.length, 20.0);
    const int cycles = std::max(1, static_cast<int>(curve.length / 42));
    const double cycle = (to - from) / cycles;
    for (int i = 0; i < cycles; ++i) {
        double at = from + i * cycle;
        for (const auto& [color, amount] : parts) {
            const double span = cycle * amount / total;
            if (span * curve.length >= 0.75) {
                painter.setPen(QPen(color, 3, Qt::SolidLine, Qt::FlatCap));
                painter.drawPolyline(partOf(curve, at, at + span, offset));
            }
            at += span;
        }
    }
}

void paintBands(QPainter& painter, const LinkLook& look, const Tokens& t)
{
    const auto& view = look.view;
    const double retries = view.attemptsPerSecond * view.retryShare, side = laneOffset(look.share);
    const QColor request = look.facts.messages ? t.message : t.request;
    paintBand(painter, look.curve, side, {{request, view.attemptsPerSecond - retries}, {t.retry, retries}});
    if (look.facts.messages) return;
    std::vector<std::pair<QColor, double>> replies;
    for (std::size_t outcome = 0; outcome < models::outcomeCount; ++outcome)
        replies.emplace_back(colorOf(t, static_cast<models::Outcome>(outcome)), view.perSecond[outcome]);
    paintBand(painter, look.curve, -side, replies);
}

using Line = std::array<QPointF, LinkGeometry::segments + 1>;

Line beside(const LinkGeometry& curve, double offset)
{
    Line line = curve.point;
    for (std::size_t i = 0; i < line.size(); ++i) line[i] += curve.left[i] * offset;
    return line;
}

/// A solid curve. Filling or stroking long antialiased shapes costs Qt's raster engine 70 µs each, a 1 px line 10 µs:
/// so the body is filled without antialiasing and two such lines smooth its edges.
void paintCurve(QPainter& painter, const LinkGeometry& curve, double width, const QColor& color)
{
    const bool raster = painter.paintEngine() && painter.paintEngine()->type() == QPaintEngine::Raster;
    if (!raster) {
        painter.setPen(QPen(color, width, Qt::SolidLine, Qt::FlatCap));
        painter.setBrush(Qt::NoBrush);
        painter.drawPath(curve.path());
        return;
    }
    const double scale = std::max(std::abs(painter.deviceTransform().m11()), 1e-6), pixels = width * scale;
    QPen pen(color, 1, Qt::SolidLine, Qt::FlatCap);
    pen.setCosmetic(true);
    const int count = static_cast<int>(curve.point.size());
    if (pixels <= 1.4) {
        painter.setPen(pen);
        painter.drawPolyline(curve.point.data(), count);
        return;
    }
    const double edge = (pixels - 1) / 2 / scale;
    Line left = beside(curve, edge), right = beside(curve, -edge);
    if (pixels > 2) {
        std::array<QPointF, 2 * std::tuple_size_v<Line>> outline;
        std::copy(left.begin(), left.end(), outline.begin());
        std::copy(right.rbegin(), right.rend(), outline.begin() + count);
        painter.setRenderHint(QPainter::Antialiasing, false);
        painter.setPen(Qt::NoPen);
        painter.setBrush(color);
        painter.drawPolygon(outline.data(), 2 * count, Qt::WindingFill);
        painter.setRenderHint(QPainter::Antialiasing);
    }
    painter.setPen(pen);
    painter.drawPolyline(left.data(), count);
    painter.drawPolyline(right.data(), count);
}

QColor colorFor(const LinkLook& look, const Tokens& t)
{
    if (look.heat) return look.share > 0 ? blended(t.accent, t.bg0, 0.12 + 0.88 * look.share) : t.line2;
    if (look.view.retryShare > 0.2) return blended(t.retry, t.bg0, 0.42);
    return t.link;
}

}  // namespace

double linkWidth(double share) { return 1 + 5.5 * std::sqrt(std::clamp(share, 0.0, 1.0)); }

double laneOffset(double share) { return std::max(4.0, linkWidth(share) / 2 + 2.8); }

void paintLink(QPainter& painter, const LinkLook& look, const Tokens& t)
{
    const double width = linkWidth(look.share);
    if (look.selected || look.hovered) {
        paintCurve(painter, look.curve, width + 4, look.selected ? t.accent : blended(t.text3, t.bg0, 0.5));
        paintCurve(painter, look.curve, width + 1.5, t.bg0);
    }
    if (look.view.partitioned) {
        paintPartition(painter, look.curve, t);
    } else {
        paintCurve(painter, look.curve, width, colorFor(look, t));
    }
    if (look.bands && !look.view.partitioned) paintBands(painter, look, t);
    paintArrow(painter, look.curve,
               look.view.partitioned                      ? t.partitioned
               : look.view.retryShare > 0.2 && !look.heat ? t.retry
                                                          : t.text3);
}

void paintLinkWords(QPainter& painter, const LinkLook& look, const Tokens& t)
{
    const QPointF middle = look.curve.at(0.5);
    if (look.view.partitioned) {
        drawText(painter, middle - QPointF(0, 26), QCoreApplication::translate("tantrum", "partition"),
                 {10.5, QFont::DemiBold, false}, t.error, Qt::AlignHCenter);
        const double age = (look.now - look.view.partitionedSince).inSeconds();
        drawText(painter, middle - QPointF(0, 14), formatAge(std::max(age, 0.0)), {10.5, QFont::Normal, true}, t.text3,
                 Qt::AlignHCenter);
        return;
    }
    if (!look.label) return;
    const TextStyle style{10, QFont::Medium, true};
    const QString text = formatRate(look.view.attemptsPerSecond);
    const double width = textWidth(text, style);
    const double at = look.curve.wordsAt;
    const QPointF side = look.curve.leftAt(at) * (look.curve.wordsLeft ? 1 : -1);
    const QPointF place = look.curve.at(at) + wordsOffset(side, {width + 10, 16}, laneOffset(look.share) + 5);
    painter.setPen(QPen(t.line2, 1));
    painter.setBrush(t.bg1);
    painter.drawRoundedRect(QRectF(place.x() - width / 2 - 5, place.y() - 8, width + 10, 16), 3, 3);
    drawText(painter, place + QPointF(0, 3.6), text, style, t.text2, Qt::AlignHCenter);
}

}  // namespace tantrum::studio
