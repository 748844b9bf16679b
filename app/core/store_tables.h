// The tables that belong to a run, written and read row by row. Reading is bounded whatever the file holds.
#pragma once

#include "app/core/store.h"

namespace tantrum::app {

/// What a run from the store may at most hold of each kind of row.
inline constexpr std::int64_t mostStoredRows = 20'000'000;

Expected<void> saveJournal(const Database&, std::int64_t run, const std::vector<JournalEntry>&);
Expected<void> saveSeries(const Database&, std::int64_t run, const models::SeriesResult&);
Expected<void> saveHistograms(const Database&, std::int64_t run, const std::vector<HistogramTable>&);
Expected<void> saveSpans(const Database&, std::int64_t run, const std::vector<SpanRow>&);
Expected<void> saveLogs(const Database&, std::int64_t run, const std::vector<LogRow>&);

Expected<void> loadJournal(const Database&, std::int64_t run, std::vector<JournalEntry>&);
Expected<void> loadSeries(const Database&, std::int64_t run, models::SeriesResult&);
Expected<void> loadHistograms(const Database&, std::int64_t run, std::vector<HistogramTable>&);
/// Of a store that was last written before there were traces: none.
Expected<void> loadSpans(const Database&, std::int64_t run, std::vector<SpanRow>&);
/// Of a store that was last written before there were logs: none.
Expected<void> loadLogs(const Database&, std::int64_t run, std::vector<LogRow>&);

}  // namespace tantrum::app
