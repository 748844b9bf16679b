// A chart of lines over time.
#pragma once

#include "app/studio/charts/chart_view.h"

class QCPGraph;
class QCPItemText;

namespace tantrum::studio {

struct ChartContent;
class LevelTicker;
class SecondsTicker;

class LineChart : public ChartView {
    Q_OBJECT

public:
    using Content = ChartContent (*)(const ChartInput&);
    LineChart(const QString& title, const char* name, Content content, QWidget* parent = nullptr);

protected:
    void fill(const ChartInput& input) override;

private:
    void setScale(const ChartContent& content);
    void showLimit(const ChartContent& content, const ChartInput& input);

    Content content_;
    std::vector<QCPGraph*> graphs_;
    QCPGraph* limit_ = nullptr;
    QCPItemText* limitText_ = nullptr;
    std::shared_ptr<LevelTicker> levels_;
    std::shared_ptr<SecondsTicker> seconds_;
};

}  // namespace tantrum::studio
