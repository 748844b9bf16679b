#include "app/studio/charts/heat_chart.h"

#include "app/studio/charts/chart_content.h"
#include "app/studio/charts/tickers.h"
#include "app/studio/theme/fonts.h"
#include "app/studio/theme/format.h"
#include "app/studio/theme/theme.h"

#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <cmath>
#include <limits>

namespace tantrum::studio {

namespace {
constexpr double faintest = 0.12;
}

HeatCells heatCells(const Recording& recording, std::size_t node, double from, double to, int mostColumns)
{
    HeatCells cells;
    const auto& heat = recording.heat(node);
    const double bucket = recording.bucketSeconds();
    const std::size_t available = heat.size() / app::heatRows;
    const auto first = static_cast<std::size_t>(std::max(0.0, std::floor(from / bucket + 1e-9)));
    const std::size_t end = std::min(available, static_cast<std::size_t>(std::max(0.0, std::ceil(to / bucket - 1e-9))));
    if (first >= end) return cells;

    int lowest = app::heatRows, highest = -1;
    for (std::size_t column = first; column < end; ++column)
        for (int row = 0; row < app::heatRows; ++row)
            if (heat[column * app::heatRows + static_cast<std::size_t>(row)] > 0) {
                lowest = std::min(lowest, row);
                highest = std::max(highest, row);
            }
    if (highest < 0) return cells;
    // Whole decades, so that the picture stands still while it fills.
    cells.firstRow = lowest / 8 * 8;
    cells.rows = std::max((highest / 8 + 1) * 8 - cells.firstRow, 16);

    const std::size_t span = end - first;
    const std::size_t merged = (span + static_cast<std::size_t>(mostColumns) - 1) / static_cast<std::size_t>(mostColumns);
    cells.columns = static_cast<int>((span + merged - 1) / merged);
    cells.from = static_cast<double>(first) * bucket;
    cells.to = cells.from + static_cast<double>(static_cast<std::size_t>(cells.columns) * merged) * bucket;
    cells.counts.assign(static_cast<std::size_t>(cells.columns * cells.rows), 0);
    for (std::size_t column = first; column < end; ++column)
        for (int row = 0; row < cells.rows && cells.firstRow + row < app::heatRows; ++row)
            cells.counts[(column - first) / merged * static_cast<std::size_t>(cells.rows) + static_cast<std::size_t>(row)] +=
                heat[column * app::heatRows + static_cast<std::size_t>(cells.firstRow + row)];

    std::vector<double> used;
    std::copy_if(cells.counts.begin(), cells.counts.end(), std::back_inserter(used), [](double c) { return c > 0; });
    const auto nth = used.begin() + static_cast<std::ptrdiff_t>(static_cast<double>(used.size() - 1) * 0.98);
    std::nth_element(used.begin(), nth, used.end());
    cells.full = std::max(*nth, 2.0);
    return cells;
}

HeatChart::HeatChart(const QString& title, const char* name, QWidget* parent)
    : ChartView(title, name, parent), map_(new QCPColorMap(plot().xAxis, plot().yAxis)),
      rows_(std::make_shared<HeatRowTicker>())
{
    plot().yAxis->setTicker(QSharedPointer<QCPAxisTicker>(rows_.get(), [keep = rows_](QCPAxisTicker*) {}));
    map_->setInterpolate(false);
    map_->setTightBoundary(false);
    restyle();
}

void HeatChart::restyle()
{
    QCPColorGradient gradient;
    gradient.clearColorStops();
    QColor faint = tokens().accent, full = tokens().accent;
    faint.setAlphaF(static_cast<float>(faintest));
    gradient.setColorStopAt(0, faint);
    gradient.setColorStopAt(1, full);
    gradient.setNanHandling(QCPColorGradient::nhTransparent);
    map_->setGradient(gradient);
}

void HeatChart::fill(const ChartInput& input)
{
    const bool ready = input.recording && input.topology && input.scope >= 0;
    const auto most = static_cast<int>(std::max(20.0, plotPixels() / 2));
    const HeatCells cells = ready ? heatCells(*input.recording, static_cast<std::size_t>(input.scope), input.from, input.to, most)
                                  : HeatCells{};
    full_ = cells.columns ? cells.full : 0;
    setEmpty(cells.columns == 0);
    setLegend({});
    setCaption(!ready ? QString() : QString::fromStdString(input.topology->nodes[static_cast<std::size_t>(input.scope)].name) +
                                        ", requests a cell");
    map_->setVisible(cells.columns > 0);
    if (cells.columns == 0) {
        plot().yAxis->setRange(16, 40);
        return;
    }
    map_->data()->setSize(cells.columns, cells.rows);
    const double halfColumn = (cells.to - cells.from) / cells.columns / 2;
    map_->data()->setRange(QCPRange(cells.from + halfColumn, cells.to - halfColumn),
                           QCPRange(cells.firstRow + 0.5, cells.firstRow + cells.rows - 0.5));
    for (int column = 0; column < cells.columns; ++column)
        for (int row = 0; row < cells.rows; ++row) {
            const double count = cells.counts[static_cast<std::size_t>(column * cells.rows + row)];
            map_->data()->setCell(column, row, count > 0 ? count : std::numeric_limits<double>::quiet_NaN());
        }
    map_->setDataRange(QCPRange(1, cells.full));
    plot().yAxis->setRange(cells.firstRow, cells.firstRow + cells.rows);
}

void HeatChart::paintLegendExtra(QPainter& painter, double x, double centre) const
{
    if (full_ <= 0) return;
    const Tokens& t = tokens();
    const QFont mono = numbers(11);
    painter.setFont(mono);
    painter.setPen(t.text1);
    painter.drawText(QPointF(x, 32), "1");
    x += QFontMetricsF(mono).horizontalAdvance("1") + 5;
    for (int i = 0; i < 6; ++i)
        painter.fillRect(QRectF(x + 9 * i, centre - 4, 9, 8), blended(t.accent, t.bg1, faintest + (1 - faintest) * i / 5));
    painter.drawText(QPointF(x + 60, 32), formatCount(full_) + "+");
}

}  // namespace tantrum::studio
