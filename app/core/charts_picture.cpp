#include "app/core/chart.h"
#include "app/core/numbers.h"
#include "app/core/picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tantrum::app {

namespace {

using models::Results;
using Columns = models::SeriesResult::Columns;

std::vector<double> widened(const std::vector<float>& values) { return {values.begin(), values.end()}; }

// The columns know how much ended well and the share that did not. Where nothing ended well the rate of failures is
// taken to be the rate of arrivals, which it is but for the change of what is in flight.
std::vector<double> failuresPerSecond(const Columns& columns)
{
    std::vector<double> failures;
    const std::size_t buckets = std::min({columns.goodputPerSecond.size(), columns.errorRate.size(), columns.ratePerSecond.size()});
    for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
        const double share = columns.errorRate[bucket], good = columns.goodputPerSecond[bucket];
        failures.push_back(std::isnan(share) ? 0 : share < 1 ? good * share / (1 - share) : columns.ratePerSecond[bucket]);
    }
    return failures;
}

const Columns* focusOf(const Results& results, const std::string& name)
{
    for (const auto* group : {&results.series.clients, &results.series.nodes})
        for (const auto& columns : *group)
            if (columns.name == name) return &columns;
    const models::ClientResult* busiest = nullptr;
    for (const auto& client : results.clients)
        if (!busiest || client.offered > busiest->offered) busiest = &client;
    for (const auto& columns : results.series.clients)
        if (busiest && columns.name == busiest->name) return &columns;
    return nullptr;
}

models::LatencySummary latencyOf(const Results& results, const std::string& name)
{
    for (const auto& client : results.clients)
        if (client.name == name) return client.latency;
    for (const auto& node : results.nodes)
        if (node.name == name) return node.latency;
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    return {0, none, none, none, none, none, none, none};
}

Chart latencyChart(const Results& results, const Columns* focus, const Colours& colours)
{
    Chart chart{"Latency", "no client", ChartScale::seconds, results.series.bucketSeconds, {}};
    if (!focus) return chart;
    chart.caption = focus->name + ", log scale; numbers are of the whole run";
    const auto overall = latencyOf(results, focus->name);
    chart.lines.push_back({"p50", secondsText(overall.p50), widened(focus->p50), colours.accent});
    chart.lines.push_back({"p95", secondsText(overall.p95), widened(focus->p95), colours.accent, "5 2"});
    chart.lines.push_back({"p99", secondsText(overall.p99), widened(focus->p99), colours.accent, "2 2"});
    return chart;
}

Chart throughputChart(const Results& results, const Columns* focus, const Colours& colours)
{
    Chart chart{"Throughput", "requests per second", ChartScale::count, results.series.bucketSeconds, {}};
    if (!focus) return chart;
    chart.caption = focus->name + ", requests per second";
    std::string good, errors;
    for (const auto& client : results.clients) {
        if (client.name != focus->name) continue;
        good = numberText(client.goodputPerSecond);
        errors = numberText(client.throughputPerSecond - client.goodputPerSecond);
    }
    chart.lines.push_back({"good", good, widened(focus->goodputPerSecond), colours.ok});
    chart.lines.push_back({"errors", errors, failuresPerSecond(*focus), colours.error, "4 2"});
    chart.lines.push_back({"offered", "", widened(focus->ratePerSecond), colours.request, "2 2"});
    return chart;
}

// The nodes that matter for a level: those with the highest one, the first drawn solid in the accent colour.
Chart levelChart(const Results& results, Chart chart, double models::NodeResult::*level, std::vector<float> Columns::*column,
                 const Colours& colours)
{
    std::vector<const models::NodeResult*> order;
    for (const auto& node : results.nodes)
        if (node.*level > 0) order.push_back(&node);
    std::stable_sort(order.begin(), order.end(), [&](auto* a, auto* b) { return a->*level > b->*level; });
    if (order.size() > 3) order.resize(3);
    constexpr std::string_view dashes[] = {"", "4 2", "1.5 2"};
    for (std::size_t index = 0; index < order.size(); ++index)
        for (const auto& columns : results.series.nodes) {
            if (columns.name != order[index]->name) continue;
            const double value = order[index]->*level;
            chart.lines.push_back({columns.name, chart.scale == ChartScale::share ? shareText(value) : numberText(value),
                                   widened(columns.*column), index == 0 ? colours.accent : colours.text2, dashes[index]});
        }
    return chart;
}

}  // namespace

std::string chartsSvg(const Results& results, const PictureOptions& options)
{
    constexpr double width = 1040, height = 640, margin = 24, top = 64;
    constexpr double chartWidth = (width - 3 * margin) / 2, chartHeight = (height - top - 2 * margin) / 2;
    const Colours& colours = *options.colours;
    SvgWriter svg{width, height, results.scenario, colours.panel};
    svg.text({margin, 28}, results.scenario, {.colour = colours.text1, .size = 17, .semibold = true});
    svg.text({margin, 46},
             fmt::format("seed {}, {} simulated, {} requests", results.seed, secondsText(results.simulatedSeconds), countText(results.requests)),
             {.colour = colours.text3, .size = 11});

    const Columns* focus = focusOf(results, options.focus);
    const double bucket = results.series.bucketSeconds;
    const Chart charts[] = {
        latencyChart(results, focus, colours), throughputChart(results, focus, colours),
        levelChart(results, {"Queue depth", "waiting, mean of each bucket; numbers are means", ChartScale::count, bucket, {}},
                   &models::NodeResult::queueMean, &Columns::queueMean, colours),
        levelChart(results, {"Utilisation", "busy share of workers", ChartScale::share, bucket, {}}, &models::NodeResult::utilization,
                   &Columns::utilization, colours)};
    for (int index = 0; index < 4; ++index)
        drawChart(svg, {margin + (index % 2) * (chartWidth + margin), top + (index / 2) * (chartHeight + margin), chartWidth, chartHeight},
                  charts[index], colours);
    return std::move(svg).finish();
}

}  // namespace tantrum::app
