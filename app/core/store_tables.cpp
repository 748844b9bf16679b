#include "app/core/store_tables.h"

#include <algorithm>
#include <cmath>

namespace tantrum::app {

namespace {

using Columns = models::SeriesResult::Columns;

// In the order of the table.
constexpr std::vector<float> Columns::*seriesColumns[] = {
    &Columns::ratePerSecond, &Columns::goodputPerSecond, &Columns::errorRate, &Columns::attemptsPerSecond,
    &Columns::mean, &Columns::p50, &Columns::p95, &Columns::p99, &Columns::p999,
    &Columns::queueMean, &Columns::queueMax, &Columns::utilization};
constexpr int seriesColumnCount = static_cast<int>(std::size(seriesColumns));

std::string_view keyOf(Subject subject) { return subject == Subject::client ? "client" : "node"; }

std::size_t bucketsIn(const Columns& columns)
{
    std::size_t buckets = 0;
    for (const auto column : seriesColumns) buckets = std::max(buckets, (columns.*column).size());
    return buckets;
}

Expected<void> saveColumns(Statement& insert, Subject subject, const Columns& columns)
{
    insert.bind(2, keyOf(subject)).bind(3, columns.name);
    for (std::size_t bucket = 0; bucket < bucketsIn(columns); ++bucket) {
        insert.bind(4, static_cast<std::int64_t>(bucket));
        for (int index = 0; index < seriesColumnCount; ++index) {
            const auto& values = columns.*seriesColumns[index];
            insert.bind(5 + index, bucket < values.size() ? static_cast<double>(values[bucket]) : std::nan(""));
        }
        if (auto done = insert.run(); !done) return done;
    }
    return {};
}

template <class Row>
Expected<void> forEachRow(const Database& database, const char* sql, std::int64_t run, Row&& visit, std::int64_t atMost = mostStoredRows)
{
    auto statement = database.prepare(sql);
    if (!statement) return statement.failure();
    statement->bind(1, run).bind(2, atMost);
    while (true) {
        auto row = statement->step();
        if (!row) return row.failure();
        if (!*row) return {};
        visit(*statement);
    }
}

}  // namespace

Expected<void> saveJournal(const Database& database, std::int64_t run, const std::vector<JournalEntry>& journal)
{
    auto insert = database.prepare("INSERT INTO journal VALUES (?1, ?2, ?3, ?4)");
    if (!insert) return insert.failure();
    for (std::size_t position = 0; position < journal.size(); ++position) {
        insert->bind(1, run).bind(2, static_cast<std::int64_t>(position)).bind(3, journal[position].at.count()).bind(4, journal[position].command.yaml);
        if (auto done = insert->run(); !done) return done;
    }
    return {};
}

Expected<void> saveSeries(const Database& database, std::int64_t run, const models::SeriesResult& series)
{
    auto insert = database.prepare("INSERT INTO series VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16)");
    if (!insert) return insert.failure();
    insert->bind(1, run);
    for (const auto& columns : series.clients)
        if (auto done = saveColumns(*insert, Subject::client, columns); !done) return done;
    for (const auto& columns : series.nodes)
        if (auto done = saveColumns(*insert, Subject::node, columns); !done) return done;
    return {};
}

Expected<void> saveHistograms(const Database& database, std::int64_t run, const std::vector<HistogramTable>& tables)
{
    auto insert = database.prepare("INSERT INTO histograms VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    if (!insert) return insert.failure();
    for (const auto& table : tables)
        for (const auto& row : table.rows) {
            insert->bind(1, run).bind(2, keyOf(table.subject)).bind(3, table.name);
            insert->bind(4, row.lower).bind(5, row.upper).bind(6, static_cast<std::int64_t>(row.count));
            if (auto done = insert->run(); !done) return done;
        }
    return {};
}

Expected<void> loadJournal(const Database& database, std::int64_t run, std::vector<JournalEntry>& journal)
{
    return forEachRow(database, "SELECT at_ns, entry FROM journal WHERE run = ?1 ORDER BY position LIMIT ?2", run, [&](const Statement& row) {
        journal.push_back({engine::Instant::at(engine::Duration::nanoseconds(row.integer(0))), {row.text(1)}});
    });
}

Expected<void> loadSeries(const Database& database, std::int64_t run, models::SeriesResult& series)
{
    return forEachRow(database,
                           "SELECT subject, name, rate_per_s, goodput_per_s, error_rate, attempts_per_s, mean_s, p50_s, p95_s, p99_s, "
                           "p999_s, queue_mean, queue_max, utilization FROM series WHERE run = ?1 ORDER BY subject, name, bucket LIMIT ?2",
                           run, [&](const Statement& row) {
                               auto& group = row.text(0) == "client" ? series.clients : series.nodes;
                               const std::string name = row.text(1);
                               if (group.empty() || group.back().name != name) group.emplace_back().name = name;
                               for (int index = 0; index < seriesColumnCount; ++index)
                                   (group.back().*seriesColumns[index]).push_back(static_cast<float>(row.real(2 + index)));
                           });
}

Expected<void> loadHistograms(const Database& database, std::int64_t run, std::vector<HistogramTable>& tables)
{
    return forEachRow(database,
                      "SELECT subject, name, lower_ns, upper_ns, count FROM histograms WHERE run = ?1 "
                      "ORDER BY subject, name, lower_ns LIMIT ?2",
                      run, [&](const Statement& row) {
                          const Subject subject = row.text(0) == "client" ? Subject::client : Subject::node;
                          const std::string name = row.text(1);
                          if (tables.empty() || tables.back().subject != subject || tables.back().name != name)
                              tables.push_back({subject, name, {}});
                          const auto count = static_cast<std::uint64_t>(std::max<std::int64_t>(0, row.integer(4)));
                          tables.back().rows.push_back({row.integer(2), row.integer(3), count});
                      });
}

namespace {

Expected<void> saveNotes(const Database& database, std::int64_t run, const std::vector<SpanRow>& spans)
{
    auto insert = database.prepare("INSERT INTO span_notes VALUES (?1, ?2, ?3, ?4, ?5, ?6, nullif(?7, 0))");
    if (!insert) return insert.failure();
    insert->bind(1, run);
    for (std::size_t position = 0; position < spans.size(); ++position)
        for (std::size_t number = 0; number < spans[position].notes.size(); ++number) {
            const NoteRow& note = spans[position].notes[number];
            insert->bind(2, static_cast<std::int64_t>(position)).bind(3, static_cast<std::int64_t>(number));
            insert->bind(4, note.at).bind(5, note.note).bind(6, note.link).bind(7, note.value);
            if (auto done = insert->run(); !done) return done;
        }
    return {};
}

// A note without its span, in a file that others have changed, is left out.
Expected<void> loadNotes(const Database& database, std::int64_t run, const std::vector<std::int64_t>& positions, std::vector<SpanRow>& spans)
{
    return forEachRow(database, "SELECT position, at_ns, note, link, ifnull(value_ns, 0) FROM span_notes WHERE run = ?1 ORDER BY position, number LIMIT ?2",
                      run, [&](const Statement& row) {
                          const auto place = std::lower_bound(positions.begin(), positions.end(), row.integer(0));
                          if (place == positions.end() || *place != row.integer(0)) return;
                          spans[static_cast<std::size_t>(place - positions.begin())].notes.push_back({row.integer(1), row.text(2), row.text(3), row.integer(4)});
                      });
}

}  // namespace

Expected<void> saveSpans(const Database& database, std::int64_t run, const std::vector<SpanRow>& spans)
{
    if (spans.empty()) return {};
    auto insert = database.prepare("INSERT INTO spans VALUES (?1, ?2, ?3, ?4, nullif(?5, ''), ?6, ?7, ?8, ?9, nullif(?10, -1), nullif(?11, ''), "
                                   "nullif(?12, ''), ?13)");
    if (!insert) return insert.failure();
    insert->bind(1, run);
    for (std::size_t position = 0; position < spans.size(); ++position) {
        const SpanRow& span = spans[position];
        insert->bind(2, static_cast<std::int64_t>(position)).bind(3, span.trace).bind(4, span.span).bind(5, span.parent);
        insert->bind(6, span.kind).bind(7, span.place).bind(8, span.attempt).bind(9, span.begun).bind(10, span.ended.value_or(-1));
        insert->bind(11, span.outcome).bind(12, span.operation).bind(13, span.waited);
        if (auto done = insert->run(); !done) return done;
    }
    return saveNotes(database, run, spans);
}

Expected<void> loadSpans(const Database& database, std::int64_t run, std::vector<SpanRow>& spans)
{
    auto version = database.integer("PRAGMA user_version");
    if (!version) return version.failure();
    if (*version < 3) return {};
    const std::string later = *version < 4 ? "'', 0" : "ifnull(operation, ''), ifnull(waited_ns, 0)";
    const std::string select = "SELECT trace_id, span_id, ifnull(parent_id, ''), kind, place, attempt, start_ns, ifnull(end_ns, -1), "
                               "ifnull(outcome, ''), " + later + ", position FROM spans WHERE run = ?1 ORDER BY position LIMIT ?2";
    std::vector<std::int64_t> positions;
    const auto read = [&](const Statement& row) {
        SpanRow& span = spans.emplace_back();
        span.trace = row.text(0), span.span = row.text(1), span.parent = row.text(2);
        span.kind = row.text(3), span.place = row.text(4);
        span.attempt = row.integer(5), span.begun = row.integer(6);
        if (const std::int64_t ended = row.integer(7); ended >= 0) span.ended = ended;
        span.outcome = row.text(8), span.operation = row.text(9), span.waited = row.integer(10);
        positions.push_back(row.integer(11));
    };
    auto done = forEachRow(database, select.c_str(), run, read, static_cast<std::int64_t>(models::TraceRecorder::usualCapacity));
    return !done || *version < 4 ? done : loadNotes(database, run, positions, spans);
}

Expected<void> saveLogs(const Database& database, std::int64_t run, const std::vector<LogRow>& logs)
{
    if (logs.empty()) return {};
    auto insert = database.prepare("INSERT INTO logs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, nullif(?8, ''), nullif(?9, ''), ?10)");
    if (!insert) return insert.failure();
    insert->bind(1, run);
    for (std::size_t position = 0; position < logs.size(); ++position) {
        const LogRow& row = logs[position];
        insert->bind(2, static_cast<std::int64_t>(position)).bind(3, row.at).bind(4, row.level).bind(5, row.node).bind(6, row.message);
        insert->bind(7, row.fields).bind(8, row.trace).bind(9, row.span).bind(10, row.suppressed);
        if (auto done = insert->run(); !done) return done;
    }
    return {};
}

Expected<void> loadLogs(const Database& database, std::int64_t run, std::vector<LogRow>& logs)
{
    auto version = database.integer("PRAGMA user_version");
    if (!version) return version.failure();
    if (*version < 5) return {};
    return forEachRow(database, "SELECT at_ns, level, node, message, fields, ifnull(trace_id, ''), ifnull(span_id, ''), suppressed FROM logs WHERE run = ?1 ORDER BY position LIMIT ?2", run,
                      [&](const Statement& row) {
                          logs.push_back({row.integer(0), row.text(1), row.text(2), row.text(3), row.text(4), row.text(5), row.text(6), row.integer(7)});
                      }, static_cast<std::int64_t>(models::LogRecorder::usualCapacity));
}

}  // namespace tantrum::app
