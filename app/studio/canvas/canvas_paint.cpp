// How the canvas paints: a cached picture of everything that stands still, sprites over it, floating controls on top.
#include "app/studio/canvas/canvas_widget.h"
#include "app/studio/canvas/describe.h"
#include "app/studio/canvas/link_painter.h"
#include "app/studio/canvas/outcome_card.h"
#include "app/studio/theme/format.h"
#include "app/studio/theme/marks.h"
#include "app/studio/theme/theme.h"

#include <QPainter>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace tantrum::studio {

namespace {

constexpr double dotSize = 6, gridPitch = 20;
constexpr double refreshBudget = 1;  ///< milliseconds of each picture spent on newer values

double dotSizeAt(double zoom) { return dotSize * std::clamp(zoom, 0.7, 1.6); }

void paintGrid(QPainter& painter, const Camera& camera, QSizeF size, const Tokens& t)
{
    double pitch = gridPitch * camera.zoom;
    while (pitch < 14) pitch *= 2;
    const double left = std::fmod(camera.origin.x(), pitch), top = std::fmod(camera.origin.y(), pitch);
    const QColor color = blended(t.link, t.bg0, 0.4);
    for (double y = top < 0 ? top + pitch : top; y < size.height(); y += pitch)
        for (double x = left < 0 ? left + pitch : left; x < size.width(); x += pitch)
            painter.fillRect(QRectF(std::floor(x), std::floor(y), 1, 1), color);
}

}  // namespace

OverlayState CanvasWidget::overlayState() const
{
    OverlayState state;
    state.heat = view_.heat;
    state.labels = view_.labels || reducedMotion_;
    state.bands = view_.bands;
    state.reducedMotion = reducedMotion_;
    state.keyVisible = keyVisible_;
    state.empty = scene_.nodeCount() == 0;
    if (scrubbed_) state.notice = tr("Recorded at %1").arg(formatClock(traffic_.now()));
    state.zoomPercent = static_cast<int>(std::lround(camera_.zoom * 100));
    state.hovered = hoveredSpot_;
    return state;
}

QPixmap CanvasWidget::emptyPicture(qreal ratio) const
{
    QPixmap picture((QSizeF(size()) * ratio).toSize());
    picture.setDevicePixelRatio(ratio);
    picture.fill(tokens().bg0);
    QPainter painter(&picture);
    paintGrid(painter, camera_, size(), tokens());
    return picture;
}

ScenePainter CanvasWidget::scenePainter() const
{
    SceneView shown = view_;
    shown.labels |= reducedMotion_;
    if (!hasFocus()) shown.focusedNode = -1;
    return {scene_, shown, tokens(), camera_.zoom, camera_.toWorld(QRectF(rect()))};
}

/// At once: something the viewer did must be seen in this very picture.
void CanvasWidget::renderStatic(qreal ratio)
{
    refreshing_.reset();
    static_ = background_ = emptyPicture(ratio);
    QPainter painter(&static_);
    painter.setTransform(camera_.transform(), true);
    scenePainter().paint(painter);
    staticDirty_ = valuesDirty_ = false;
}

/// Newer values can wait a few pictures; until then the old ones stay.
void CanvasWidget::refreshStatic()
{
    if (valuesDirty_ && !refreshing_) {
        next_ = background_;
        refreshing_.emplace(scenePainter());
        valuesDirty_ = false;
        return update();
    }
    if (!refreshing_) return;
    QPainter painter(&next_);
    painter.setTransform(camera_.transform(), true);
    const bool done = refreshing_->paint(painter, refreshBudget);
    painter.end();
    if (!done) return update();
    std::swap(static_, next_);
    refreshing_.reset();
    if (valuesDirty_) update();
}

/// Calls place(mark, world position) for every dot that is neither under a card nor out of its lane.
template <class Place> void CanvasWidget::forEachVisibleDot(double zoom, Place place) const
{
    struct Lane {
        const LinkGeometry* curve;
        double from, span, offset;
    };
    std::vector<Lane> lanes;
    lanes.reserve(scene_.links().size());
    for (std::size_t edge = 0; edge < scene_.links().size(); ++edge) {
        const LinkGeometry& curve = scene_.links()[edge];
        const double start = std::min(5 / curve.length, 0.2), end = std::min(9 / curve.length, 0.25);
        lanes.push_back({&curve, start, 1 - start - end,
                         laneOffset(scene_.rateShare(static_cast<int>(edge))) * std::max(1.0, 0.75 / zoom)});
    }
    traffic_.forEachDot([&](const Dot& dot) {
        const Lane& lane = lanes[static_cast<std::size_t>(dot.edge)];
        const double share = lane.from + lane.span * dot.share;
        if (!wantsAllDots_ && lane.curve->coveredAt(share)) return;
        // A lost message dies on the line, not beside it.
        const double offset = dot.mark == models::Mark::crashed ? 0 : dot.returning ? -lane.offset : lane.offset;
        place(dot.mark, lane.curve->at(share) + lane.curve->leftAt(share) * offset);
    });
}

void CanvasWidget::paintDots(QPainter& painter)
{
    sprites_.prepare(tokens(), dotSizeAt(camera_.zoom), devicePixelRatioF());
    const QRectF inside = QRectF(rect()).adjusted(-8, -8, 8, 8);
    forEachVisibleDot(camera_.zoom, [&](models::Mark mark, QPointF world) {
        const QPointF place = camera_.toScreen(world);
        if (!inside.contains(place)) return;
        sprites_.draw(painter, mark, place);
        ++dotsPainted_;
    });
}

void CanvasWidget::paintHover(QPainter& painter)
{
    if (touching() || hoveredSpot_ != Spot::none) return;
    const QRectF room = QRectF(rect()).adjusted(8, 8, -8, -8);
    if (view_.hoveredEdge >= 0) {
        const auto edge = static_cast<std::size_t>(view_.hoveredEdge);
        const auto& value = scene_.numbers().edges[edge];
        const OutcomeCard card(edgeTitle(topology(), topology().edges[edge]), value.attemptsPerSecond, value.perSecond,
                               attemptsLine(value));
        QPointF target = camera_.toScreen(scene_.links()[edge].at(0.5)) + QPointF(0, 14);
        // Beside a short link the card would lie on the very nodes it is about: then it goes below both.
        for (const int node : {topology().edges[edge].from, topology().edges[edge].to}) {
            const QRectF on = scene_.nodeRect(node);
            const QRectF end(camera_.toScreen(on.topLeft()), on.size() * camera_.zoom);
            if (end.intersects(card.placed(target, room))) target.setY(std::max(target.y(), end.bottom() + 4));
        }
        card.paint(painter, card.placed(target, room), target, tokens());
    } else if (hoveredNode_ >= 0 && !scene_.levels().nodes[static_cast<std::size_t>(hoveredNode_)].reason.empty()) {
        const auto node = static_cast<std::size_t>(hoveredNode_);
        const auto& value = scene_.numbers().nodes[node];
        const double all = std::accumulate(value.perSecond.begin(), value.perSecond.end(), 0.0);
        const OutcomeCard card(QString::fromStdString(topology().nodes[node].name), all, value.perSecond,
                               badgeText(value).isEmpty() ? wordFor(value.health) : badgeText(value));
        const QRectF on = scene_.nodeRect(hoveredNode_);
        const QPointF target = camera_.toScreen({on.center().x(), on.bottom()});
        card.paint(painter, card.placed(target, room), target, tokens());
    }
}

void CanvasWidget::paintEvent(QPaintEvent*)
{
    QElapsedTimer watch;
    watch.start();
    const qreal ratio = devicePixelRatioF();
    if (staticDirty_ || static_.devicePixelRatio() != ratio || static_.size() != (QSizeF(size()) * ratio).toSize())
        renderStatic(ratio);
    else
        refreshStatic();
    {
        QPainter painter(this);
        painter.setCompositionMode(QPainter::CompositionMode_Source);
        painter.drawPixmap(0, 0, static_);
        painter.setCompositionMode(QPainter::CompositionMode_SourceOver);
        dotsPainted_ = 0;
        if (showsDots()) paintDots(painter);
        if (drag_ == Drag::connect && dragNode_ >= 0) {
            painter.setRenderHint(QPainter::Antialiasing);
            painter.setPen(QPen(tokens().accent, 2, Qt::DashLine));
            painter.drawLine(camera_.toScreen(scene_.centres()[static_cast<std::size_t>(dragNode_)]), lastMouse_);
        }
        overlays_.paint(painter, overlayState(), tokens(), ratio);
        paintHover(painter);
    }
    statistics_.add(static_cast<double>(watch.nsecsElapsed()) * 1e-6);
}

void CanvasWidget::paintTo(QPainter& painter, const QRectF& target) const
{
    const Tokens& t = tokens();
    painter.save();
    painter.fillRect(target, t.bg0);
    const Camera camera = Camera::fitting(scene_.bounds().adjusted(-12, -12, 12, 12), target, Camera::largest);
    painter.setTransform(camera.transform(), true);
    SceneView shown = view_;
    shown.hoveredEdge = shown.focusedNode = -1;
    shown.labels |= reducedMotion_;
    ScenePainter(scene_, shown, t, std::max(camera.zoom, 0.6), camera.toWorld(target)).paint(painter);
    if (showsDots())
        forEachVisibleDot(camera.zoom,
                          [&](models::Mark mark, QPointF world) { paintMark(painter, mark, world, dotSize); });
    painter.restore();
}

QImage CanvasWidget::renderImage(QSize size, qreal scale) const
{
    QImage image((QSizeF(size) * scale).toSize(), QImage::Format_RGB32);
    image.setDevicePixelRatio(scale);
    QPainter painter(&image);
    paintTo(painter, QRectF(QPointF(), QSizeF(size)));
    painter.end();
    return image;
}

}  // namespace tantrum::studio
