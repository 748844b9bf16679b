// The charts under the canvas: latency, throughput, queues, utilisation and the latency map of the focused node, all
// with one window of time and one cursor, fed ten times a second.
#pragma once

#include "app/studio/run.h"

#include <QImage>
#include <QTimer>
#include <QWidget>

#include <optional>
#include <vector>

class QToolButton;

namespace tantrum::studio {

class ChartView;
struct ChartInput;

class ChartsPanel : public QWidget {
    Q_OBJECT

public:
    explicit ChartsPanel(Run& run, QWidget* parent = nullptr);

    /// A node; -1 or an unknown one: the first client.
    void setScope(int node);
    int scope() const;
    /// Chips that belong into the row of tabs above.
    QToolButton* scopeChip() { return scopeChip_; }
    QToolButton* windowChip() { return windowChip_; }
    /// All charts as one picture. Here a vector format would branch off (app/core/picture.h draws SVG from results).
    QImage renderImage(qreal scale);

signals:
    /// Chosen in the scope chip's menu.
    void scopeChosen(int node);

protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void refresh();
    void soil() { dirty_ = true; }
    void fillScopeMenu();
    ChartInput input() const;

    Run& run_;
    std::vector<ChartView*> charts_;
    QToolButton *scopeChip_, *windowChip_;
    QTimer timer_;
    int chosen_ = -1;
    double lastSeconds_ = 0;  ///< of the run that are shown; 0: all
    std::optional<double> hover_;
    bool dirty_ = true;
};

}  // namespace tantrum::studio
