#include "app/studio/canvas/layout.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace tantrum::studio {

namespace {

constexpr double columnPitch = 152 + 84;
constexpr double rowPitch = 80 + 44;
// A layer longer than this continues in another column, so that wide fan-outs stay on a landscape screen.
constexpr std::size_t tallestColumn = 9;

using Neighbours = std::vector<std::vector<int>>;

/// Edges without self-loops, duplicates and the ones that close a cycle (found depth first, in index order).
class Acyclic {
public:
    explicit Acyclic(const models::Topology& topology) : out(topology.nodes.size()), in(topology.nodes.size())
    {
        Neighbours all(topology.nodes.size());
        std::vector<int> incoming(topology.nodes.size(), 0);
        for (const auto& edge : topology.edges) {
            auto& targets = all[static_cast<std::size_t>(edge.from)];
            if (edge.from == edge.to || std::find(targets.begin(), targets.end(), edge.to) != targets.end()) continue;
            targets.push_back(edge.to);
            ++incoming[static_cast<std::size_t>(edge.to)];
        }
        state_.assign(all.size(), 0);
        const auto visitWhere = [&](auto condition) {
            for (std::size_t node = 0; node < all.size(); ++node)
                if (state_[node] == 0 && condition(node)) visit(all, static_cast<int>(node));
        };
        visitWhere([&](std::size_t node) { return topology.nodes[node].isClient; });
        visitWhere([&](std::size_t node) { return incoming[node] == 0; });
        visitWhere([](std::size_t) { return true; });
        std::reverse(finished_.begin(), finished_.end());
    }

    const std::vector<int>& topologicalOrder() const { return finished_; }

    Neighbours out, in;

private:
    void visit(const Neighbours& all, int start)
    {
        std::vector<std::pair<int, std::size_t>> stack{{start, 0}};
        state_[static_cast<std::size_t>(start)] = 1;
        while (!stack.empty()) {
            auto& [node, next] = stack.back();
            const auto& targets = all[static_cast<std::size_t>(node)];
            if (next == targets.size()) {
                state_[static_cast<std::size_t>(node)] = 2;
                finished_.push_back(node);
                stack.pop_back();
                continue;
            }
            const int target = targets[next++];
            int& seen = state_[static_cast<std::size_t>(target)];
            if (seen == 1) continue;
            out[static_cast<std::size_t>(node)].push_back(target);
            in[static_cast<std::size_t>(target)].push_back(node);
            if (seen == 0) {
                seen = 1;
                stack.emplace_back(target, 0);
            }
        }
    }

    std::vector<int> state_;  ///< 0 new, 1 open, 2 done
    std::vector<int> finished_;
};

std::vector<std::vector<int>> layersOf(const Acyclic& graph)
{
    std::vector<std::size_t> depth(graph.out.size(), 0);
    for (const int node : graph.topologicalOrder())
        for (const int target : graph.out[static_cast<std::size_t>(node)])
            depth[static_cast<std::size_t>(target)] =
                std::max(depth[static_cast<std::size_t>(target)], depth[static_cast<std::size_t>(node)] + 1);
    // A source stands next to its first callee rather than far to the left of it.
    for (std::size_t node = 0; node < depth.size(); ++node) {
        if (!graph.in[node].empty() || graph.out[node].empty()) continue;
        std::size_t nearest = depth.size();
        for (const int target : graph.out[node]) nearest = std::min(nearest, depth[static_cast<std::size_t>(target)]);
        depth[node] = nearest - 1;
    }
    std::vector<std::vector<int>> layers;
    for (std::size_t node = 0; node < depth.size(); ++node) {
        if (layers.size() <= depth[node]) layers.resize(depth[node] + 1);
        layers[depth[node]].push_back(static_cast<int>(node));
    }
    std::erase_if(layers, [](const auto& layer) { return layer.empty(); });
    return layers;
}

std::vector<std::vector<int>> split(const std::vector<std::vector<int>>& layers)
{
    std::vector<std::vector<int>> columns;
    for (const auto& layer : layers) {
        const std::size_t parts = (layer.size() + tallestColumn - 1) / tallestColumn;
        for (std::size_t part = 0; part < parts; ++part) {
            columns.emplace_back();
            for (std::size_t at = part; at < layer.size(); at += parts) columns.back().push_back(layer[at]);
        }
    }
    return columns;
}

/// Heights within one column: as near as possible to the wanted ones, at least one pitch apart.
void settle(const std::vector<int>& column, std::vector<double>& y, const std::vector<double>& wanted)
{
    double shift = 0;
    double previous = -1e18;
    for (const int node : column) {
        const auto at = static_cast<std::size_t>(node);
        y[at] = std::max(wanted[at], previous + rowPitch);
        previous = y[at];
        shift += wanted[at] - y[at];
    }
    shift /= static_cast<double>(column.size());
    for (const int node : column) y[static_cast<std::size_t>(node)] += shift;
}

double barycentre(const std::vector<int>& neighbours, const std::vector<double>& y, double otherwise)
{
    if (neighbours.empty()) return otherwise;
    double sum = 0;
    for (const int node : neighbours) sum += y[static_cast<std::size_t>(node)];
    return sum / static_cast<double>(neighbours.size());
}

bool hasPosition(const models::NodeFacts& facts) { return std::isfinite(facts.x) && std::isfinite(facts.y); }

}  // namespace

std::vector<QPointF> arranged(const models::Topology& topology)
{
    const std::size_t count = topology.nodes.size();
    if (count == 0) return {};
    const Acyclic graph(topology);
    std::vector<std::vector<int>> columns = split(layersOf(graph));

    std::vector<double> y(count, 0);
    for (const auto& column : columns)
        for (std::size_t row = 0; row < column.size(); ++row)
            y[static_cast<std::size_t>(column[row])] =
                (static_cast<double>(row) - static_cast<double>(column.size() - 1) / 2) * rowPitch;

    constexpr int sweeps = 12;
    for (int sweep = 0; sweep < sweeps; ++sweep) {
        const bool forward = sweep % 2 == 0;
        for (std::size_t step = 0; step < columns.size(); ++step) {
            auto& column = columns[forward ? step : columns.size() - 1 - step];
            std::vector<double> wanted = y;
            for (const int node : column) {
                const auto at = static_cast<std::size_t>(node);
                wanted[at] = barycentre(forward ? graph.in[at] : graph.out[at], y, y[at]);
            }
            std::stable_sort(column.begin(), column.end(), [&](int first, int second) {
                return wanted[static_cast<std::size_t>(first)] < wanted[static_cast<std::size_t>(second)];
            });
            settle(column, y, wanted);
        }
    }

    std::vector<QPointF> centres(count);
    for (std::size_t column = 0; column < columns.size(); ++column)
        for (const int node : columns[column])
            centres[static_cast<std::size_t>(node)] = {static_cast<double>(column) * columnPitch,
                                                       std::round(y[static_cast<std::size_t>(node)] / 4) * 4};
    return centres;
}

std::vector<QPointF> layOut(const models::Topology& topology)
{
    std::vector<QPointF> centres = arranged(topology);
    double keptBottom = -1e18, keptLeft = 1e18, freeTop = 1e18, freeLeft = 1e18;
    for (std::size_t node = 0; node < centres.size(); ++node) {
        const auto& facts = topology.nodes[node];
        if (hasPosition(facts)) {
            keptBottom = std::max(keptBottom, facts.y);
            keptLeft = std::min(keptLeft, facts.x);
        } else {
            freeTop = std::min(freeTop, centres[node].y());
            freeLeft = std::min(freeLeft, centres[node].x());
        }
    }
    if (keptBottom < -1e17) return centres;
    const QPointF below(keptLeft - freeLeft, keptBottom + rowPitch - freeTop);
    for (std::size_t node = 0; node < centres.size(); ++node) {
        const auto& facts = topology.nodes[node];
        centres[node] = hasPosition(facts) ? QPointF(facts.x, facts.y) : centres[node] + below;
    }
    return centres;
}

}  // namespace tantrum::studio
