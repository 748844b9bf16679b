// One chart over simulated time, drawn into a box of an SVG: title and unit in the first line, legend with values in
// the second, grid and axes below (look.md §5).
#pragma once

#include "app/core/colours.h"
#include "app/core/svg.h"

#include <string>
#include <string_view>
#include <vector>

namespace tantrum::app {

struct Box {
    double x = 0, y = 0, width = 0, height = 0;
};

struct ChartLine {
    std::string name;
    std::string value;           ///< said in the legend after the name; may be empty
    std::vector<double> values;  ///< one a bucket; NaN breaks the line
    std::string_view colour;
    std::string_view dash = {};
};

enum class ChartScale : unsigned char { count, share, seconds };  ///< seconds: logarithmic

struct Chart {
    std::string title, caption;
    ChartScale scale = ChartScale::count;
    double bucketSeconds = 1;
    std::vector<ChartLine> lines;
};

/// The size of the file is bounded by the width of the box, however many buckets there are.
void drawChart(SvgWriter& svg, const Box& box, const Chart& chart, const Colours& colours);

}  // namespace tantrum::app
