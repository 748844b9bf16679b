#include "app/studio/charts/chart_content.h"

#include "app/studio/theme/format.h"
#include "app/studio/theme/theme.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tantrum::studio {

namespace {

using app::NodePoint;
constexpr double none = std::numeric_limits<double>::quiet_NaN();
constexpr double samplesBeyond = 100;  // of a percentile, or it is not said

enum class Stroke { solid, dashed, dotted, dashDotted };

QPen pen(const QColor& color, Stroke stroke)
{
    QPen made(color, 1);
    if (stroke == Stroke::dashed) made.setDashPattern({5, 2});
    if (stroke == Stroke::dotted) made.setDashPattern({2, 2});
    if (stroke == Stroke::dashDotted) made.setDashPattern({5, 2, 1, 2});
    return made;
}

/// The columns of one node inside the window, as lines are drawn from them.
class Columns {
public:
    Columns(const ChartInput& input, int node) : input_(input), points_(input.recording->node(static_cast<std::size_t>(node))) {}

    ChartLine line(const QString& name, const QPen& pen, float NodePoint::*value, QString (*format)(double)) const
    {
        ChartLine made{name, format(at(value)), pen, {}, {}};
        std::vector<double> keys, values;
        const double bucket = input_.recording->bucketSeconds();
        const auto first = static_cast<std::size_t>(std::max(0.0, std::floor(input_.from / bucket) - 1));
        for (std::size_t i = first; i < points_.size(); ++i) {
            const double end = input_.recording->endOf(i);
            if (end > input_.to + bucket) break;
            keys.push_back(end);
            values.push_back(static_cast<double>(points_[i].*value));
        }
        thinned(keys, values, input_.pixels, made.keys, made.values);
        return made;
    }
    double at(float NodePoint::*value) const
    {
        const std::size_t column = cursorColumn();
        return column < points_.size() ? static_cast<double>(points_[column].*value) : none;
    }
    double largest(float NodePoint::*value) const
    {
        double found = none;
        for (const NodePoint& point : points_)
            if (const auto v = static_cast<double>(point.*value); !(v <= found) && !std::isnan(v)) found = v;
        return found;
    }
    /// Answers from the start of the window to the cursor.
    double samples() const
    {
        double sum = 0;
        const double bucket = input_.recording->bucketSeconds();
        for (std::size_t i = 0; i < points_.size() && i <= cursorColumn(); ++i)
            if (input_.recording->endOf(i) > input_.from && points_[i].goodPerSecond > 0)
                sum += static_cast<double>(points_[i].goodPerSecond) * bucket;
        return sum;
    }

private:
    std::size_t cursorColumn() const { return points_.empty() ? 0 : input_.recording->columnAt(input_.cursor); }
    const ChartInput& input_;
    const std::vector<NodePoint>& points_;
};

bool ready(const ChartInput& input)
{
    return input.recording && input.topology && input.scope >= 0 && input.recording->columns() > 0;
}

QString nameOf(const ChartInput& input, int node)
{
    return QString::fromStdString(input.topology->nodes[static_cast<std::size_t>(node)].name);
}

/// The focused node first, then the two others where the value was highest. Nodes without the value are left out.
std::vector<int> ranked(const ChartInput& input, float NodePoint::*value)
{
    std::vector<std::pair<double, int>> order;
    constexpr int mostCompared = 300;  // of a huge system, the first ones and the focused one
    for (int node = 0; node < std::min(static_cast<int>(input.topology->nodes.size()), mostCompared); ++node) {
        const double largest = Columns(input, node).largest(value);
        if (node != input.scope && largest > 0) order.emplace_back(-largest, node);
    }
    std::sort(order.begin(), order.end());
    std::vector<int> nodes;
    if (!std::isnan(Columns(input, input.scope).largest(value)) &&
        !input.topology->nodes[static_cast<std::size_t>(input.scope)].isClient)
        nodes.push_back(input.scope);
    for (std::size_t i = 0; i < order.size() && nodes.size() < 3; ++i) nodes.push_back(order[i].second);
    return nodes;
}

ChartContent levels(const ChartInput& input, float NodePoint::*value, QString (*format)(double))
{
    ChartContent content;
    if (!ready(input)) return content;
    const Tokens& t = tokens();
    Stroke other = Stroke::dashed;
    for (const int node : ranked(input, value)) {
        const bool focused = node == input.scope;
        const QPen style = focused ? pen(t.accent, Stroke::solid) : pen(t.text2, other);
        content.lines.push_back(Columns(input, node).line(nameOf(input, node), style, value, format));
        if (!focused) other = other == Stroke::dashed ? Stroke::dotted : Stroke::dashDotted;
    }
    return content;
}

}  // namespace

bool ChartContent::isEmpty() const
{
    return std::all_of(lines.begin(), lines.end(), [](const ChartLine& line) {
        return std::all_of(line.values.begin(), line.values.end(), [](double v) { return std::isnan(v); });
    });
}

ChartContent latencyContent(const ChartInput& input)
{
    ChartContent content;
    content.scale = ChartScale::seconds;
    if (!ready(input)) return content;
    content.caption = nameOf(input, input.scope) + ", log scale";
    const Columns columns(input, input.scope);
    const QColor color = tokens().accent;
    content.lines = {columns.line("p50", pen(color, Stroke::solid), &NodePoint::p50, formatDuration),
                     columns.line("p95", pen(color, Stroke::dashed), &NodePoint::p95, formatDuration),
                     columns.line("p99", pen(color, Stroke::dotted), &NodePoint::p99, formatDuration)};
    const double shares[] = {0.5, 0.05, 0.01};
    const double samples = columns.samples();
    for (std::size_t i = 0; i < content.lines.size(); ++i)
        if (samples > 0 && samples * shares[i] < samplesBeyond) content.lines[i].value = "too few";
    return content;
}

ChartContent throughputContent(const ChartInput& input)
{
    ChartContent content;
    if (!ready(input)) return content;
    content.caption = nameOf(input, input.scope) + ", requests/s";
    const Columns columns(input, input.scope);
    const Tokens& t = tokens();
    content.lines = {columns.line("good", pen(t.ok, Stroke::solid), &NodePoint::goodPerSecond, formatCount),
                     columns.line("errors", pen(t.error, Stroke::dashed), &NodePoint::errorsPerSecond, formatCount)};
    if (columns.largest(&NodePoint::attemptsPerSecond) > 0)
        content.lines.push_back(columns.line("attempts", pen(t.retry, Stroke::dotted), &NodePoint::attemptsPerSecond, formatCount));
    return content;
}

ChartContent queueContent(const ChartInput& input)
{
    ChartContent content = levels(input, &NodePoint::queueMax, formatCount);
    content.caption = "requests or messages";
    if (!ready(input)) return content;
    const models::Frame* frame = input.recording->frameAt(input.cursor);
    const auto scope = static_cast<std::size_t>(input.scope);
    if (!frame || scope >= frame->nodes.size() || input.topology->nodes[scope].isClient) return content;
    const double limit = frame->nodes[scope].queueLimit;
    if (std::isfinite(limit) && limit > 0 && Columns(input, input.scope).largest(&NodePoint::queueMax) > limit / 4) {
        content.limit = limit;
        content.limitText = nameOf(input, input.scope) + " limit";
    }
    return content;
}

ChartContent utilizationContent(const ChartInput& input)
{
    ChartContent content = levels(input, &NodePoint::utilization, formatShare);
    content.caption = "busy share of workers";
    content.scale = ChartScale::share;
    return content;
}

void thinned(const std::vector<double>& keys, const std::vector<double>& values, double pixels,
             std::vector<double>& thinKeys, std::vector<double>& thinValues)
{
    const auto most = static_cast<std::size_t>(std::max(2.0, pixels)) * 2;
    if (keys.size() <= most) {
        thinKeys = keys;
        thinValues = values;
        return;
    }
    const std::size_t groups = most / 2;
    for (std::size_t group = 0; group < groups; ++group) {
        const std::size_t first = group * keys.size() / groups, end = (group + 1) * keys.size() / groups;
        std::size_t low = end, high = end;
        for (std::size_t i = first; i < end; ++i) {
            if (std::isnan(values[i])) continue;
            if (low == end || values[i] < values[low]) low = i;
            if (high == end || values[i] > values[high]) high = i;
        }
        if (low == end) {
            thinKeys.push_back(keys[first]);
            thinValues.push_back(none);
            continue;
        }
        for (const std::size_t i : {std::min(low, high), std::max(low, high)}) {
            thinKeys.push_back(keys[i]);
            thinValues.push_back(values[i]);
            if (low == high) break;
        }
    }
}

NiceRange niceRange(double largest)
{
    if (!(largest > 0) || !std::isfinite(largest)) return {};
    const double raw = largest * 1.05 / 4;
    const double power = std::pow(10, std::floor(std::log10(raw)));
    for (const double factor : {1.0, 2.0, 2.5, 5.0, 10.0}) {
        const double step = factor * power;
        if (step < raw * (1 - 1e-9)) continue;
        return {std::ceil(largest * 1.05 / step - 1e-9) * step, step};
    }
    return {largest, largest / 4};
}

std::pair<double, double> logRange(double smallest, double largest)
{
    if (!(smallest > 0) || !(largest >= smallest)) return {1e-3, 1};
    // Thirds of a decade (1, 2, 5): close enough to fill the plot, coarse enough to stand still.
    const auto third = [](double value, bool up) {
        const double power = std::pow(10, std::floor(std::log10(value) + 1e-12));
        double best = up ? power * 10 : power;
        for (const double factor : {1.0, 2.0, 5.0}) {
            if (!up && factor * power <= value * (1 + 1e-9)) best = factor * power;
            if (up && factor * power >= value * (1 - 1e-9)) return factor * power;
        }
        return best;
    };
    double lower = third(smallest * 0.9, false), upper = third(largest * 1.1, true);
    while (upper / lower < 9.99) lower / 1.0 > smallest / 5 ? lower = third(lower * 0.99, false) : upper = third(upper * 1.01, true);
    return {lower, upper};
}

}  // namespace tantrum::studio
