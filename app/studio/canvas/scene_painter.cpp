#include "app/studio/canvas/scene_painter.h"

#include "app/studio/canvas/link_painter.h"
#include "app/studio/canvas/node_painter.h"

#include <QElapsedTimer>
#include <QPainter>
#include <algorithm>

namespace tantrum::studio {

ScenePainter::ScenePainter(const Scene& scene, const SceneView& view, const Tokens& tokens, double zoom,
                           const QRectF& visible)
    : scene_(scene), view_(view), tokens_(tokens), zoom_(zoom), visible_(visible), order_(scene.readingOrder())
{
    // What is wrong is never hidden under what is fine.
    std::stable_partition(order_.begin(), order_.end(), [&](int node) {
        return scene_.levels().nodes[static_cast<std::size_t>(node)].reason.empty() && node != view_.selectedNode;
    });
}

bool ScenePainter::paint(QPainter& painter, double milliseconds)
{
    painter.setRenderHint(QPainter::Antialiasing);
    const std::size_t links = scene_.links().size();
    const bool words = detailAt(zoom_) == Detail::full;
    const std::size_t end = links + order_.size() + (words ? links : 0);
    QElapsedTimer watch;
    watch.start();
    while (next_ < end) {
        step(painter, next_++);
        if (static_cast<double>(watch.nsecsElapsed()) * 1e-6 >= milliseconds) break;
    }
    return next_ >= end;
}

void ScenePainter::step(QPainter& painter, std::size_t index) const
{
    const std::size_t links = scene_.links().size();
    if (index >= links && index < links + order_.size()) return paintCard(painter, order_[index - links]);
    const std::size_t edge = index < links ? index : index - links - order_.size();
    const int number = static_cast<int>(edge);
    const LinkLook look{scene_.links()[edge],
                        scene_.topology().edges[edge],
                        scene_.levels().edges[edge],
                        scene_.rateShare(number),
                        view_.selectedEdge == number,
                        view_.hoveredEdge == number,
                        view_.heat,
                        view_.labels,
                        view_.bands,
                        scene_.levels().time};
    if (index < links)
        paintLink(painter, look, tokens_);
    else
        paintLinkWords(painter, look, tokens_);
}

void ScenePainter::paintCard(QPainter& painter, int node) const
{
    if (!scene_.nodeRect(node).adjusted(-8, -12, 8, 8).intersects(visible_)) return;
    const auto at = static_cast<std::size_t>(node);
    const QPointF centre = scene_.centres()[at];
    // Before the card, whose badge lies over it.
    if (view_.selectedNode == node)
        paintNodeRing(painter, centre, tokens_, 3, zoom_);
    else if (view_.focusedNode == node)
        paintNodeRing(painter, centre, tokens_, 2, zoom_);
    paintNode(painter, centre,
              {scene_.topology().nodes[at], scene_.levels().nodes[at], scene_.numbers().nodes[at], scene_.cutOff(node),
               view_.heat},
              tokens_, zoom_);
}

}  // namespace tantrum::studio
