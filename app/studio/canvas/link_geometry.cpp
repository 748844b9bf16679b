#include "app/studio/canvas/link_geometry.h"

#include <QLineF>
#include <QRectF>
#include <algorithm>
#include <cmath>
#include <tuple>

namespace tantrum::studio {

namespace {

enum class Side { left, right, top, bottom };

struct Port {
    Side side = Side::right;
    double order = 0;   ///< links on one side are sorted by this
    double offset = 0;  ///< from the middle of the side
};

constexpr double halfWidth = cardSize.width() / 2, halfHeight = cardSize.height() / 2;

QPointF outwards(Side side)
{
    switch (side) {
    case Side::left: return {-1, 0};
    case Side::right: return {1, 0};
    case Side::top: return {0, -1};
    case Side::bottom: return {0, 1};
    }
    return {};
}

bool isUpright(Side side) { return side == Side::left || side == Side::right; }

std::pair<Side, Side> sidesFor(QPointF from, QPointF to)
{
    const double gapX = std::abs(to.x() - from.x()) - cardSize.width();
    const double gapY = std::abs(to.y() - from.y()) - cardSize.height();
    constexpr double roomForACurve = 24;
    if (gapX < roomForACurve && gapY > 8)
        return to.y() > from.y() ? std::pair{Side::bottom, Side::top} : std::pair{Side::top, Side::bottom};
    return to.x() >= from.x() ? std::pair{Side::right, Side::left} : std::pair{Side::left, Side::right};
}

QPointF place(QPointF centre, const Port& port)
{
    const QPointF out = outwards(port.side);
    const QPointF along = isUpright(port.side) ? QPointF(0, port.offset) : QPointF(port.offset, 0);
    return centre + QPointF(out.x() * halfWidth, out.y() * halfHeight) + along;
}

QPointF cubic(const std::array<QPointF, 4>& c, double t)
{
    const double u = 1 - t;
    return c[0] * (u * u * u) + c[1] * (3 * u * u * t) + c[2] * (3 * u * t * t) + c[3] * (t * t * t);
}

LinkGeometry sampled(const std::array<QPointF, 4>& control)
{
    LinkGeometry link;
    link.control = control;
    constexpr std::size_t fine = 192;
    std::array<QPointF, fine + 1> points;
    std::array<double, fine + 1> lengths{};
    for (std::size_t i = 0; i <= fine; ++i) {
        points[i] = cubic(control, static_cast<double>(i) / fine);
        if (i > 0) lengths[i] = lengths[i - 1] + QLineF(points[i - 1], points[i]).length();
    }
    link.length = lengths[fine];
    std::size_t at = 0;
    for (std::size_t i = 0; i <= LinkGeometry::segments; ++i) {
        const double wanted = link.length * static_cast<double>(i) / LinkGeometry::segments;
        while (at + 1 < fine && lengths[at + 1] < wanted) ++at;
        const double span = lengths[at + 1] - lengths[at];
        const double share = span > 0 ? std::clamp((wanted - lengths[at]) / span, 0.0, 1.0) : 0;
        link.point[i] = points[at] + (points[at + 1] - points[at]) * share;
        const QPointF direction = points[at + 1] - points[at];
        const double norm = std::hypot(direction.x(), direction.y());
        link.left[i] = norm > 0 ? QPointF(direction.y(), -direction.x()) / norm : QPointF(0, -1);
    }
    return link;
}

LinkGeometry loopAt(QPointF centre)
{
    const QPointF start = centre + QPointF(halfWidth, -16), end = centre + QPointF(halfWidth - 26, -halfHeight);
    return sampled({start, start + QPointF(48, 0), end + QPointF(0, -48), end});
}

void placeWords(LinkGeometry& link, const std::vector<QPointF>& centres)
{
    const QSizeF words(56, 18);
    const QPointF half(halfWidth, halfHeight), halfWords(words.width() / 2, words.height() / 2);
    for (const double share : {0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82})
        for (const bool left : {true, false}) {
            const QPointF place = link.at(share) + wordsOffset(link.leftAt(share) * (left ? 1 : -1), words, 10);
            const QRectF box(place - halfWords, words);
            const bool clear = std::none_of(centres.begin(), centres.end(), [&](QPointF centre) {
                return QRectF(centre - half, cardSize).adjusted(0, -11, 0, 0).intersects(box);
            });
            if (!clear) continue;
            link.wordsAt = share;
            link.wordsLeft = left;
            return;
        }
}

void spread(std::vector<std::tuple<int, Side, Port*>>& ports)
{
    std::stable_sort(ports.begin(), ports.end(), [](const auto& a, const auto& b) {
        return std::tuple(std::get<0>(a), std::get<1>(a), std::get<2>(a)->order) <
               std::tuple(std::get<0>(b), std::get<1>(b), std::get<2>(b)->order);
    });
    for (std::size_t first = 0, next = 0; first < ports.size(); first = next) {
        const auto [node, side, port] = ports[first];
        while (next < ports.size() && std::get<0>(ports[next]) == node && std::get<1>(ports[next]) == side) ++next;
        const auto count = static_cast<double>(next - first);
        const double room = isUpright(side) ? cardSize.height() - 20 : cardSize.width() - 40;
        const double pitch = count > 1 ? std::min(isUpright(side) ? 18.0 : 28.0, room / (count - 1)) : 0;
        for (std::size_t i = first; i < next; ++i)
            std::get<2>(ports[i])->offset = (static_cast<double>(i - first) - (count - 1) / 2) * pitch;
    }
}

}  // namespace

QPainterPath LinkGeometry::path() const
{
    QPainterPath curve(control[0]);
    curve.cubicTo(control[1], control[2], control[3]);
    return curve;
}

QPointF LinkGeometry::at(double share) const
{
    const double scaled = std::clamp(share, 0.0, 1.0) * segments;
    const auto index = std::min(static_cast<std::size_t>(scaled), segments - 1);
    return point[index] + (point[index + 1] - point[index]) * (scaled - static_cast<double>(index));
}

QPointF LinkGeometry::leftAt(double share) const
{
    return left[static_cast<std::size_t>(std::lround(std::clamp(share, 0.0, 1.0) * segments))];
}

bool LinkGeometry::coveredAt(double share) const
{
    return covered[static_cast<std::size_t>(std::lround(std::clamp(share, 0.0, 1.0) * segments))];
}

QPointF wordsOffset(QPointF direction, QSizeF words, double gap)
{
    const double reach =
        gap + std::abs(direction.x()) * words.width() / 2 + std::abs(direction.y()) * words.height() / 2;
    return direction * reach;
}

double LinkGeometry::distanceTo(QPointF place) const
{
    double best = 1e18;
    for (std::size_t i = 0; i < segments; ++i) {
        const QPointF step = point[i + 1] - point[i], offset = place - point[i];
        const double square = QPointF::dotProduct(step, step);
        const double share = square > 0 ? std::clamp(QPointF::dotProduct(offset, step) / square, 0.0, 1.0) : 0;
        const QPointF miss = offset - step * share;
        best = std::min(best, std::hypot(miss.x(), miss.y()));
    }
    return best;
}

std::vector<LinkGeometry> linkCurves(const models::Topology& topology, const std::vector<QPointF>& centres)
{
    struct Ends {
        Port from, to;
    };
    std::vector<Ends> ends(topology.edges.size());
    std::vector<std::tuple<int, Side, Port*>> ports;
    ports.reserve(ends.size() * 2);
    for (std::size_t i = 0; i < ends.size(); ++i) {
        const auto& edge = topology.edges[i];
        if (edge.from == edge.to) continue;
        const QPointF from = centres[static_cast<std::size_t>(edge.from)],
                      to = centres[static_cast<std::size_t>(edge.to)];
        const auto [leaves, enters] = sidesFor(from, to);
        ends[i].from = {leaves, isUpright(leaves) ? to.y() : to.x(), 0};
        ends[i].to = {enters, isUpright(enters) ? from.y() : from.x(), 0};
        ports.emplace_back(edge.from, leaves, &ends[i].from);
        ports.emplace_back(edge.to, enters, &ends[i].to);
    }
    spread(ports);

    std::vector<LinkGeometry> curves;
    curves.reserve(ends.size());
    for (std::size_t i = 0; i < ends.size(); ++i) {
        const auto& edge = topology.edges[i];
        const QPointF from = centres[static_cast<std::size_t>(edge.from)],
                      to = centres[static_cast<std::size_t>(edge.to)];
        if (edge.from == edge.to) {
            curves.push_back(loopAt(from));
            continue;
        }
        const QPointF start = place(from, ends[i].from), end = place(to, ends[i].to);
        const QPointF span = end - start;
        const double reach =
            std::clamp((isUpright(ends[i].from.side) ? std::abs(span.x()) : std::abs(span.y())) / 2, 16.0, 180.0);
        curves.push_back(sampled(
            {start, start + outwards(ends[i].from.side) * reach, end + outwards(ends[i].to.side) * reach, end}));
        LinkGeometry& link = curves.back();
        for (std::size_t node = 0; node < centres.size(); ++node) {
            if (static_cast<int>(node) == edge.from || static_cast<int>(node) == edge.to) continue;
            const QRectF card(centres[node] - QPointF(halfWidth + 3, halfHeight + 3), cardSize + QSizeF(6, 6));
            for (std::size_t s = 0; s <= LinkGeometry::segments; ++s) link.covered[s] |= card.contains(link.point[s]);
        }
        placeWords(link, centres);
    }
    return curves;
}

}  // namespace tantrum::studio
