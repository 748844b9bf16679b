#include "app/core/chart.h"

#include "app/core/numbers.h"
#include "app/core/text_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tantrum::app {

namespace {

constexpr double gutter = 58, header = 46, footer = 22;

struct Axis {
    double low = 0, high = 1;
    bool logarithmic = false;
    std::vector<double> ticks;

    /// 0 at the low end, 1 at the high one; what lies outside is cut here, so that nothing is painted beside the plot.
    double placeOf(double value) const
    {
        const double place = logarithmic ? (std::log10(value) - std::log10(low)) / (std::log10(high) - std::log10(low))
                                         : (value - low) / (high - low);
        return std::clamp(place, 0.0, 1.0);
    }
};

double niceStep(double span, int steps)
{
    const double raw = span / steps, magnitude = std::pow(10, std::floor(std::log10(raw)));
    for (const double factor : {1.0, 2.0, 2.5, 5.0})
        if (raw <= factor * magnitude * 1.0000001) return factor * magnitude;
    return 10 * magnitude;
}

Axis linearAxis(double high, int steps)
{
    Axis axis;
    if (!(high > 0)) high = 1;
    const double step = niceStep(high, steps);
    const int count = static_cast<int>(std::ceil(high / step - 1e-9));
    for (int index = 0; index <= count; ++index) axis.ticks.push_back(index * step);
    axis.high = axis.ticks.back();
    return axis;
}

Axis logarithmicAxis(double low, double high)
{
    Axis axis;
    axis.logarithmic = true;
    const int first = static_cast<int>(std::floor(std::log10(low) + 1e-9));
    const int last = std::max(first + 1, static_cast<int>(std::ceil(std::log10(high) - 1e-9)));
    axis.low = std::pow(10, first);
    axis.high = std::pow(10, last);
    const int stride = std::max(1, (last - first + 3) / 5);
    for (int decade = first; decade <= last; decade += stride) axis.ticks.push_back(std::pow(10, decade));
    return axis;
}

Axis valueAxis(const Chart& chart)
{
    double low = INFINITY, high = 0;
    for (const auto& line : chart.lines)
        for (const double value : line.values)
            if (std::isfinite(value) && value > 0) low = std::min(low, value), high = std::max(high, value);
    if (chart.scale == ChartScale::share) return linearAxis(std::max(high, 1.0), 4);
    if (chart.scale == ChartScale::count) return linearAxis(high, 4);
    return std::isfinite(low) ? logarithmicAxis(low, high) : logarithmicAxis(1e-3, 1);
}

std::string tickText(double value, ChartScale scale)
{
    if (scale == ChartScale::seconds) return secondsText(value);
    return scale == ChartScale::share ? shareText(value) : numberText(value);
}

// At most two points a pixel column, its lowest and its highest, in the order in which they came.
std::vector<std::size_t> thinned(const std::vector<double>& values, double width)
{
    std::vector<std::size_t> kept;
    const auto columns = static_cast<std::size_t>(std::max(width, 1.0));
    const std::size_t stride = (values.size() + columns - 1) / columns;
    if (stride <= 2) {
        for (std::size_t index = 0; index < values.size(); ++index) kept.push_back(index);
        return kept;
    }
    for (std::size_t begin = 0; begin < values.size(); begin += stride) {
        const std::size_t end = std::min(begin + stride, values.size());
        std::size_t lowest = begin, highest = begin;
        for (std::size_t index = begin; index < end; ++index) {
            if (std::isnan(values[lowest]) || values[index] < values[lowest]) lowest = index;
            if (std::isnan(values[highest]) || values[index] > values[highest]) highest = index;
        }
        kept.push_back(std::min(lowest, highest));
        if (lowest != highest) kept.push_back(std::max(lowest, highest));
    }
    return kept;
}

void drawLine(SvgWriter& svg, const Box& plot, const Axis& axis, const ChartLine& line, std::size_t buckets)
{
    std::vector<Point> run;
    const auto flush = [&] {
        if (run.size() == 1) svg.circle(run.front(), 1, line.colour);
        else svg.polyline(run, {line.colour, 1.25, line.dash});
        run.clear();
    };
    for (const std::size_t index : thinned(line.values, plot.width)) {
        const double value = line.values[index];
        if (!std::isfinite(value) || (axis.logarithmic && value <= 0)) {
            if (!run.empty()) flush();
            continue;
        }
        run.push_back({plot.x + plot.width * (static_cast<double>(index) + 0.5) / static_cast<double>(buckets),
                       plot.y + plot.height * (1 - axis.placeOf(value))});
    }
    if (!run.empty()) flush();
}

void drawLegend(SvgWriter& svg, const Box& box, const Chart& chart, const Colours& colours)
{
    svg.text({box.x, box.y + 12}, chart.title, {.colour = colours.text1, .size = 13, .semibold = true});
    svg.text({box.x + 8 + 7.6 * static_cast<double>(widthOf(chart.title)), box.y + 12}, chart.caption, {.colour = colours.text3, .size = 11});
    double x = box.x;
    for (const auto& line : chart.lines) {
        const double nameWidth = 6.2 * static_cast<double>(widthOf(line.name)), valueWidth = 6.7 * static_cast<double>(widthOf(line.value));
        if (x > box.x && x + 24 + nameWidth + valueWidth > box.x + box.width) break;  // what does not fit is left out, not cut
        svg.line({x, box.y + 28}, {x + 14, box.y + 28}, {line.colour, 1.5, line.dash});
        svg.text({x + 18, box.y + 32}, line.name, {.colour = colours.text2, .size = 11});
        svg.text({x + 24 + nameWidth, box.y + 32}, line.value, {.colour = colours.text1, .size = 11, .mono = true});
        x += 24 + nameWidth + valueWidth + 16;
    }
}

}  // namespace

void drawChart(SvgWriter& svg, const Box& box, const Chart& chart, const Colours& colours)
{
    drawLegend(svg, box, chart, colours);
    const Box plot{box.x + gutter, box.y + header, box.width - gutter - 12, box.height - header - footer};
    const Axis axis = valueAxis(chart);
    for (const double tick : axis.ticks) {
        const double y = plot.y + plot.height * (1 - axis.placeOf(tick));
        svg.line({plot.x, y}, {plot.x + plot.width, y}, {colours.grid});
        svg.text({plot.x - 6, y + 3.5}, tickText(tick, chart.scale), {colours.text3, 10, TextStyle::Anchor::end, true});
    }
    std::size_t buckets = 0;
    for (const auto& line : chart.lines) buckets = std::max(buckets, line.values.size());
    if (buckets == 0) {
        svg.text({plot.x + plot.width / 2, plot.y + plot.height / 2}, "no data", {colours.text3, 12, TextStyle::Anchor::middle});
        return;
    }
    const double span = static_cast<double>(buckets) * chart.bucketSeconds, step = niceStep(span, 5);
    const int last = static_cast<int>(std::floor(span / step + 1e-9));
    for (int index = 0; index <= last; ++index) {
        const double x = plot.x + plot.width * (index * step / span);
        svg.line({x, plot.y + plot.height}, {x, plot.y + plot.height + 3}, {colours.border});
        svg.text({x, plot.y + plot.height + 14}, numberText(index * step) + (index == last ? " s" : ""),
                 {colours.text3, 10, TextStyle::Anchor::middle, true});
    }
    // The first line is the one looked at: painted last, on top.
    for (auto line = chart.lines.rbegin(); line != chart.lines.rend(); ++line) drawLine(svg, plot, axis, *line, buckets);
}

}  // namespace tantrum::app
