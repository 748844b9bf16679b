// The rows of latency heat maps: 8 a decade from 10 µs to 1000 s, the first and the last open.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace tantrum::models {

inline constexpr std::size_t heatRowCount = 64;

/// Lower edges in nanoseconds of the rows after the first: 10 µs times the eighth powers of ten.
inline const std::array<std::int64_t, heatRowCount>& heatEdges()
{
    static const std::array<std::int64_t, heatRowCount> edges = [] {
        constexpr std::array<double, 8> eighths{1, 1.333521432, 1.778279410, 2.371373706, 3.162277660, 4.216965034, 5.623413252, 7.498942093};
        std::array<std::int64_t, heatRowCount> made{};
        double decade = 10'000;
        for (std::size_t row = 0; row < heatRowCount; ++row) {
            made[row] = static_cast<std::int64_t>(decade * eighths[row % 8]);
            if (row % 8 == 7) decade *= 10;
        }
        return made;
    }();
    return edges;
}

inline std::size_t heatRowOf(std::int64_t nanoseconds)
{
    const auto& edges = heatEdges();
    const auto above = std::upper_bound(edges.begin(), edges.end(), nanoseconds);
    return above == edges.begin() ? 0 : static_cast<std::size_t>(above - edges.begin()) - 1;
}

}  // namespace tantrum::models
