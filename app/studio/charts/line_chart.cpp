#include "app/studio/charts/line_chart.h"

#include "app/studio/charts/chart_content.h"
#include "app/studio/charts/tickers.h"
#include "app/studio/theme/fonts.h"
#include "app/studio/theme/theme.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tantrum::studio {

namespace {
template <class T> QSharedPointer<QCPAxisTicker> shared(const std::shared_ptr<T>& ticker)
{
    return QSharedPointer<QCPAxisTicker>(ticker.get(), [ticker](QCPAxisTicker*) {});
}
}

LineChart::LineChart(const QString& title, const char* name, Content content, QWidget* parent)
    : ChartView(title, name, parent), content_(content), levels_(std::make_shared<LevelTicker>()),
      seconds_(std::make_shared<SecondsTicker>())
{
}

void LineChart::fill(const ChartInput& input)
{
    const ChartContent content = content_(input);
    setScale(content);
    // What is too small for a logarithmic axis (an answer in no time at all) runs along its lower end.
    const double least = content.scale == ChartScale::seconds ? plot().yAxis->range().lower : -std::numeric_limits<double>::infinity();
    setCaption(content.caption);
    setEmpty(content.isEmpty());
    while (graphs_.size() < content.lines.size()) graphs_.push_back(plot().addGraph());
    std::vector<LegendItem> legend;
    for (std::size_t i = 0; i < graphs_.size(); ++i) {
        if (i >= content.lines.size()) {
            graphs_[i]->data()->clear();
            continue;
        }
        const ChartLine& line = content.lines[i];
        legend.push_back({line.name, line.value, line.pen});
        graphs_[i]->setPen(line.pen);
        QVector<QCPGraphData> points;
        points.reserve(static_cast<qsizetype>(line.keys.size()));
        for (std::size_t k = 0; k < line.keys.size(); ++k) points.append(QCPGraphData(line.keys[k], line.values[k] < least ? least : line.values[k]));
        graphs_[i]->data()->set(points, true);
    }
    setLegend(std::move(legend));
    showLimit(content, input);
}

void LineChart::setScale(const ChartContent& content)
{
    double smallest = std::numeric_limits<double>::infinity(), largest = 0;
    for (const ChartLine& line : content.lines)
        for (const double value : line.values) {
            if (std::isnan(value)) continue;
            if (value > 0) smallest = std::min(smallest, value);
            largest = std::max(largest, value);
        }
    if (content.limit) largest = std::max(largest, *content.limit);
    QCPAxis* axis = plot().yAxis;
    if (content.scale == ChartScale::seconds) {
        axis->setScaleType(QCPAxis::stLogarithmic);
        axis->setTicker(shared(seconds_));
        const auto [lower, upper] = logRange(smallest, largest);
        axis->setRange(lower, upper);
        return;
    }
    NiceRange range = niceRange(largest);
    if (content.scale == ChartScale::share) range = largest <= 1.0001 ? NiceRange{1.05, 0.5} : range;
    else if (range.step < 1) range = {std::max(std::ceil(range.upper), 4.0), 1};
    levels_->setStep(range.step, content.scale == ChartScale::share);
    axis->setTicker(shared(levels_));
    axis->setRange(0, range.upper);
}

void LineChart::showLimit(const ChartContent& content, const ChartInput& input)
{
    if (content.limit && !limit_) {
        limit_ = plot().addGraph();
        limitText_ = new QCPItemText(&plot());
        limitText_->setPositionAlignment(Qt::AlignLeft | Qt::AlignBottom);
        limitText_->setPadding(QMargins(4, 0, 0, 2));
        limitText_->setFont(words(10));
    }
    if (!limit_) return;
    limit_->setVisible(content.limit.has_value());
    limitText_->setVisible(content.limit.has_value());
    if (!content.limit) return;
    QPen pen(tokens().text3, 1);
    pen.setDashPattern({3, 3});
    limit_->setPen(pen);
    limit_->setData({input.from, input.to}, {*content.limit, *content.limit}, true);
    limitText_->setColor(tokens().text2);
    limitText_->setText(content.limitText);
    limitText_->position->setCoords(input.from, *content.limit);
}

}  // namespace tantrum::studio
