#include "app/core/layers.h"

#include <algorithm>

namespace tantrum::app {

namespace {

// The longest way from a source. Edges that close a cycle do not count; the walk keeps its own stack, so that a long
// chain is no danger to ours.
std::vector<std::size_t> depthsOf(std::size_t count, const std::vector<std::pair<std::size_t, std::size_t>>& edges)
{
    std::vector<std::vector<std::size_t>> next(count);
    for (const auto& [from, to] : edges)
        if (from < count && to < count && from != to) next[from].push_back(to);

    enum class State : unsigned char { fresh, open, done };
    std::vector<State> states(count, State::fresh);
    std::vector<std::size_t> finished;
    std::vector<std::pair<std::size_t, std::size_t>> forward;
    for (std::size_t root = 0; root < count; ++root) {
        if (states[root] != State::fresh) continue;
        std::vector<std::pair<std::size_t, std::size_t>> walk{{root, 0}};
        states[root] = State::open;
        while (!walk.empty()) {
            auto& [node, at] = walk.back();
            if (at == next[node].size()) {
                states[node] = State::done;
                finished.push_back(node);
                walk.pop_back();
                continue;
            }
            const std::size_t target = next[node][at++];
            if (states[target] == State::open) continue;
            forward.emplace_back(node, target);
            if (states[target] == State::fresh) {
                states[target] = State::open;
                walk.emplace_back(target, 0);
            }
        }
    }
    std::vector<std::size_t> rank(count), depths(count, 0);
    for (std::size_t index = 0; index < finished.size(); ++index) rank[finished[index]] = finished.size() - index;
    std::sort(forward.begin(), forward.end(), [&](auto a, auto b) { return std::pair(rank[a.first], a.second) < std::pair(rank[b.first], b.second); });
    for (const auto& [from, to] : forward) depths[to] = std::max(depths[to], depths[from] + 1);
    return depths;
}

}  // namespace

std::vector<Point> layeredLayout(std::size_t count, const std::vector<std::pair<std::size_t, std::size_t>>& edges)
{
    constexpr double columnPitch = 232, rowPitch = 128;
    const std::vector<std::size_t> depths = depthsOf(count, edges);
    std::vector<std::size_t> sizes(count + 1, 0);
    for (const std::size_t depth : depths) ++sizes[depth];
    std::vector<std::size_t> used(count + 1, 0);
    std::vector<Point> places;
    for (const std::size_t depth : depths) {
        const double middle = static_cast<double>(sizes[depth] - 1) / 2;
        places.push_back({static_cast<double>(depth) * columnPitch, (static_cast<double>(used[depth]++) - middle) * rowPitch});
    }
    return places;
}

}  // namespace tantrum::app
