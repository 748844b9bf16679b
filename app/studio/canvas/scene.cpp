#include "app/studio/canvas/scene.h"

#include "app/studio/canvas/link_painter.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

namespace tantrum::studio {

namespace {

bool same(double first, double second) { return first == second || (std::isnan(first) && std::isnan(second)); }

bool looksLike(const models::NodeView& a, const models::NodeView& b)
{
    return a.health == b.health && same(a.utilization, b.utilization) && same(a.queue, b.queue) &&
           same(a.queueLimit, b.queueLimit) && same(a.ratePerSecond, b.ratePerSecond) && same(a.p99, b.p99) &&
           a.replicas == b.replicas && a.replicasUp == b.replicasUp && a.replicasStarting == b.replicasStarting &&
           a.reason == b.reason && same(a.reasonPerSecond, b.reasonPerSecond) && a.perSecond == b.perSecond &&
           same(a.oldestSeconds, b.oldestSeconds) && same(a.hitRatio, b.hitRatio);
}

bool looksLike(const models::EdgeView& a, const models::EdgeView& b)
{
    return a.attemptsPerSecond == b.attemptsPerSecond && a.callsPerSecond == b.callsPerSecond &&
           a.retryShare == b.retryShare && a.perSecond == b.perSecond && a.partitioned == b.partitioned &&
           a.breaker == b.breaker;
}

template <class View> bool allLookLike(const std::vector<View>& first, const std::vector<View>& second)
{
    return std::equal(first.begin(), first.end(), second.begin(), second.end(),
                      [](const View& a, const View& b) { return looksLike(a, b); });
}

}  // namespace

bool looksLike(const models::Frame& first, const models::Frame& second)
{
    const bool ages =
        std::any_of(first.edges.begin(), first.edges.end(), [](const auto& edge) { return edge.partitioned; });
    return (!ages || first.time == second.time) && allLookLike(first.nodes, second.nodes) &&
           allLookLike(first.edges, second.edges);
}

void Scene::setTopology(models::Topology topology)
{
    const int nodes = static_cast<int>(topology.nodes.size());
    std::erase_if(topology.edges, [nodes](const models::EdgeFacts& edge) {
        return edge.from < 0 || edge.to < 0 || edge.from >= nodes || edge.to >= nodes;
    });
    topology_ = std::move(topology);
    levels_ = {};
    levels_.nodes.resize(topology_.nodes.size());
    levels_.edges.resize(topology_.edges.size());
    numbers_ = levels_;
    shares_.assign(topology_.edges.size(), 0);
    setCentres(layOut(topology_));
}

void Scene::setCentres(std::vector<QPointF> centres)
{
    if (centres.size() != topology_.nodes.size()) return;
    centres_ = std::move(centres);
    links_ = linkCurves(topology_, centres_);
}

void Scene::moveNode(int node, QPointF centre)
{
    if (node < 0 || node >= nodeCount()) return;
    centres_[static_cast<std::size_t>(node)] = centre;
    links_ = linkCurves(topology_, centres_);
}

bool Scene::fits(const models::Frame& frame) const
{
    return frame.nodes.size() == topology_.nodes.size() && frame.edges.size() == topology_.edges.size();
}

void Scene::setLevels(const models::Frame& frame)
{
    if (!fits(frame)) return;
    levels_ = frame;
    double busiest = 0;
    for (const auto& edge : levels_.edges) busiest = std::max(busiest, edge.attemptsPerSecond);
    for (std::size_t edge = 0; edge < shares_.size(); ++edge)
        shares_[edge] = busiest > 0 ? std::max(levels_.edges[edge].attemptsPerSecond, 0.0) / busiest : 0;
}

void Scene::setNumbers(const models::Frame& frame)
{
    if (fits(frame)) numbers_ = frame;
}

std::vector<double> Scene::linkLengths() const
{
    std::vector<double> lengths;
    lengths.reserve(links_.size());
    for (const LinkGeometry& link : links_) lengths.push_back(link.length);
    return lengths;
}

bool Scene::cutOff(int node) const
{
    bool any = false;
    for (std::size_t edge = 0; edge < topology_.edges.size(); ++edge) {
        if (topology_.edges[edge].from != node && topology_.edges[edge].to != node) continue;
        if (!levels_.edges[edge].partitioned) return false;
        any = true;
    }
    return any;
}

QRectF Scene::nodeRect(int node) const
{
    return {centres_[static_cast<std::size_t>(node)] - QPointF(cardSize.width() / 2, cardSize.height() / 2), cardSize};
}

QRectF Scene::bounds() const
{
    QRectF all;
    for (int node = 0; node < nodeCount(); ++node) all |= nodeRect(node).adjusted(-8, -12, 8, 8);
    return all;
}

int Scene::nodeAt(QPointF world) const
{
    for (int node = nodeCount() - 1; node >= 0; --node)
        if (nodeRect(node).contains(world)) return node;
    return -1;
}

int Scene::edgeAt(QPointF world, double tolerance) const
{
    int nearest = -1;
    double best = 0;
    for (int edge = 0; edge < edgeCount(); ++edge) {
        const double beyond = links_[static_cast<std::size_t>(edge)].distanceTo(world) - linkWidth(rateShare(edge)) / 2;
        if (beyond <= tolerance && (nearest < 0 || beyond < best)) {
            nearest = edge;
            best = beyond;
        }
    }
    return nearest;
}

std::vector<int> Scene::readingOrder() const
{
    std::vector<int> order(topology_.nodes.size());
    std::iota(order.begin(), order.end(), 0);
    const auto column = [this](int node) {
        return std::floor(centres_[static_cast<std::size_t>(node)].x() / cardSize.width());
    };
    std::stable_sort(order.begin(), order.end(), [&](int first, int second) {
        return std::tuple(column(first), centres_[static_cast<std::size_t>(first)].y()) <
               std::tuple(column(second), centres_[static_cast<std::size_t>(second)].y());
    });
    return order;
}

}  // namespace tantrum::studio
