// What the line charts show, as plain values: which nodes, which numbers, which style. No painting.
#pragma once

#include "app/studio/recording.h"
#include "models/world/view.h"

#include <QColor>
#include <QPen>
#include <QString>

#include <optional>
#include <vector>

namespace tantrum::studio {

/// What all charts share: the run, whose numbers, the window of time and the cursor in it.
struct ChartInput {
    const Recording* recording = nullptr;
    const models::Topology* topology = nullptr;
    int scope = -1;                                  ///< a node
    double from = 0, to = 1, cursor = 0;             ///< seconds
    std::vector<std::pair<double, double>> bands;    ///< faults: from, until
    double pixels = 300;                             ///< width of a plot; lines are thinned to it
};

enum class ChartScale { count, share, seconds };     ///< seconds: logarithmic

struct ChartLine {
    QString name;
    QString value;                       ///< at the cursor, with its unit
    QPen pen;
    std::vector<double> keys, values;    ///< seconds and values; NaN breaks the line
};

struct ChartContent {
    QString caption;
    ChartScale scale = ChartScale::count;
    std::vector<ChartLine> lines;
    std::optional<double> limit;         ///< a horizontal line
    QString limitText;

    bool isEmpty() const;                ///< no value at all
};

ChartContent latencyContent(const ChartInput& input);
ChartContent throughputContent(const ChartInput& input);
ChartContent queueContent(const ChartInput& input);
ChartContent utilizationContent(const ChartInput& input);

/// Thins columns to at most two points a pixel, the lowest and the highest of each, so that no peak is lost.
void thinned(const std::vector<double>& keys, const std::vector<double>& values, double pixels,
             std::vector<double>& thinKeys, std::vector<double>& thinValues);

/// 0 to a round number a little above `largest`, and the distance of the ticks: 1, 2, 2.5 or 5 times a power of ten.
struct NiceRange {
    double upper = 1, step = 0.25;
};
NiceRange niceRange(double largest);

/// Lower and upper end of a logarithmic axis around values, at least a decade apart.
std::pair<double, double> logRange(double smallest, double largest);

}  // namespace tantrum::studio
