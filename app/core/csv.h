// CSV after RFC 4180: comma, CRLF, quotes where needed. Spreadsheets run cells that look like formulas, so names that
// would be one get an apostrophe in front.
#pragma once

#include "app/core/store.h"

#include <string>
#include <string_view>

namespace tantrum::app {

class CsvWriter {
public:
    CsvWriter& text(std::string_view value);
    /// Seventeen digits where they are needed to read back the same; empty for NaN and infinities.
    CsvWriter& number(double value);
    CsvWriter& number(float value);
    CsvWriter& count(std::uint64_t value);
    CsvWriter& count(std::int64_t value);
    void endRow();
    std::string finish() && { return std::move(out_); }

private:
    void separate();
    std::string out_;
    bool rowBegun_ = false;
};

/// kind, name, metric, value: one line a number.
std::string summaryCsv(const models::Results& results);
/// kind, name, bucket, time_s (the bucket's start), and one column a series.
std::string seriesCsv(const models::SeriesResult& series);
/// kind, name, lower_s, upper_s, count.
std::string histogramCsv(const std::vector<HistogramTable>& histograms);

}  // namespace tantrum::app
