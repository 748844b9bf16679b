// One chart: title and unit in the first line, legend with live values in the second, the plot below. Shares window
// and cursor with the others; repaints only when it is visible and something changed.
#pragma once

#include <QPen>
#include <QString>
#include <QWidget>

#include <memory>
#include <vector>

class QCustomPlot;
class QCPItemStraightLine;
class QCPItemRect;

namespace tantrum::studio {

class TimeTicker;
struct ChartInput;

class ChartView : public QWidget {
    Q_OBJECT

public:
    static constexpr int headerHeight = 40;
    static constexpr int leftMargin = 52, rightMargin = 18, bottomMargin = 20, topMargin = 8;

    ChartView(const QString& title, const char* name, QWidget* parent = nullptr);
    ~ChartView() override;

    void refresh(const ChartInput& input);
    /// The width the lines are drawn in.
    double plotPixels() const { return width() - leftMargin - rightMargin; }
    QString title() const { return title_; }

signals:
    void hovered(double seconds);
    void left();

protected:
    struct LegendItem {
        QString name, value;
        QPen pen;
    };
    virtual void fill(const ChartInput& input) = 0;
    virtual void restyle() {}
    /// Painted in the legend line, after the items.
    virtual void paintLegendExtra(QPainter&, double /*x*/, double /*centre*/) const {}

    QCustomPlot& plot() { return *plot_; }
    void setCaption(const QString& caption) { caption_ = caption; }
    void setLegend(std::vector<LegendItem> items) { legend_ = std::move(items); }
    void setEmpty(bool empty) { empty_ = empty; }

    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void style();
    void showBands(const ChartInput& input);

    QString title_, caption_;
    std::vector<LegendItem> legend_;
    QCustomPlot* plot_;
    QCPItemStraightLine* cursor_;
    std::vector<QCPItemRect*> bands_;
    std::shared_ptr<TimeTicker> timeTicker_;
    bool empty_ = true;
};

}  // namespace tantrum::studio
