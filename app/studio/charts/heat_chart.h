// Latency of the focused node as a map: time across, latency up (log), requests a cell as the accent's opacity.
#pragma once

#include "app/studio/charts/chart_view.h"

class QCPColorMap;

namespace tantrum::studio {

class HeatRowTicker;
class Recording;

/// The cells of the map: columns merged to at most `mostColumns`, rows cut to those in use.
struct HeatCells {
    int columns = 0, firstRow = 0, rows = 0;
    double from = 0, to = 0;              ///< seconds
    std::vector<double> counts;           ///< [column * rows + row]
    double full = 1;                      ///< the count drawn at full opacity: 98 of 100 used cells are at most that
};
HeatCells heatCells(const Recording& recording, std::size_t node, double from, double to, int mostColumns);

class HeatChart : public ChartView {
    Q_OBJECT

public:
    HeatChart(const QString& title, const char* name, QWidget* parent = nullptr);

protected:
    void fill(const ChartInput& input) override;
    void restyle() override;
    void paintLegendExtra(QPainter& painter, double x, double centre) const override;

private:
    QCPColorMap* map_;
    std::shared_ptr<HeatRowTicker> rows_;
    double full_ = 0;
};

}  // namespace tantrum::studio
