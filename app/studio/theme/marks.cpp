#include "app/studio/theme/marks.h"

#include "app/studio/theme/theme.h"

#include <QIconEngine>
#include <QPainter>
#include <QPainterPath>
#include <array>

namespace tantrum::studio {

using models::Mark;

namespace {

void fillPolygon(QPainter& painter, std::initializer_list<QPointF> points)
{
    painter.drawPolygon(points.begin(), static_cast<int>(points.size()));
}

class MarkIconEngine final : public QIconEngine {
public:
    explicit MarkIconEngine(Mark mark) : mark_(mark) {}
    void paint(QPainter* painter, const QRect& rect, QIcon::Mode, QIcon::State) override
    {
        paintMark(*painter, mark_, QRectF(rect).center(), qMin(rect.width(), rect.height()) * 0.5);
    }
    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override
    {
        QPixmap picture(size);
        picture.fill(Qt::transparent);
        QPainter painter(&picture);
        paint(&painter, QRect(QPoint(), size), mode, state);
        return picture;
    }
    QIconEngine* clone() const override { return new MarkIconEngine(mark_); }

private:
    Mark mark_;
};

}  // namespace

void paintMark(QPainter& painter, Mark mark, QPointF centre, qreal size, const QColor& color, const QColor& ink)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.translate(centre);
    painter.scale(size / 6, size / 6);
    painter.setPen(Qt::NoPen);
    painter.setBrush(color);
    switch (mark) {
    case Mark::request: painter.drawEllipse(QPointF(), 2.6, 2.6); break;
    case Mark::ok: painter.drawEllipse(QPointF(), 3.2, 3.2); break;
    case Mark::slow:
        painter.drawEllipse(QPointF(), 3.4, 3.4);
        painter.setPen(QPen(ink, 0.95, Qt::SolidLine, Qt::FlatCap, Qt::MiterJoin));
        painter.drawPolyline(std::array<QPointF, 3>{QPointF(0, -2.3), QPointF(0, 0.2), QPointF(2, 0.2)}.data(), 3);
        break;
    case Mark::retry:
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(color, 1.7));
        painter.drawEllipse(QPointF(), 2.75, 2.75);
        break;
    case Mark::timeout:
        fillPolygon(painter, {{-3, -3.2},
                              {3, -3.2},
                              {3, -2.2},
                              {0.9, 0},
                              {3, 2.2},
                              {3, 3.2},
                              {-3, 3.2},
                              {-3, 2.2},
                              {-0.9, 0},
                              {-3, -2.2}});
        break;
    case Mark::rejected:
        painter.drawRect(QRectF(-3, -3, 6, 6));
        painter.fillRect(QRectF(-1.9, -0.65, 3.8, 1.3), ink);
        break;
    case Mark::error: fillPolygon(painter, {{0, -3.9}, {3.9, 0}, {0, 3.9}, {-3.9, 0}}); break;
    case Mark::crashed:
        painter.setPen(QPen(color, 1.7, Qt::SolidLine, Qt::FlatCap));
        painter.drawLine(QPointF(-2.6, -2.6), QPointF(2.6, 2.6));
        painter.drawLine(QPointF(-2.6, 2.6), QPointF(2.6, -2.6));
        break;
    case Mark::message: painter.drawRoundedRect(QRectF(-3.4, -2.3, 6.8, 4.6), 1, 1); break;
    }
    painter.restore();
}

void paintMark(QPainter& painter, Mark mark, QPointF centre, qreal size)
{
    paintMark(painter, mark, centre, size, colorOf(tokens(), mark), tokens().bg0);
}

void paintPartitionMark(QPainter& painter, QPointF centre, const QColor& dash, const QColor& slash)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.translate(centre);
    painter.setPen(QPen(dash, 1.5, Qt::SolidLine, Qt::FlatCap));
    painter.drawLine(QPointF(-5, 0), QPointF(-2.4, 0));
    painter.drawLine(QPointF(2.4, 0), QPointF(5, 0));
    painter.setPen(QPen(slash, 1.3, Qt::SolidLine, Qt::FlatCap));
    painter.drawLine(QPointF(-2, 3.5), QPointF(-0.2, -3.5));
    painter.drawLine(QPointF(0.6, 3.5), QPointF(2.4, -3.5));
    painter.restore();
}

QIcon markIcon(Mark mark) { return QIcon(new MarkIconEngine(mark)); }

}  // namespace tantrum::studio
