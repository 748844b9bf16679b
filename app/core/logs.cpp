#include "app/core/logs.h"

#include "app/core/csv.h"

#include <nlohmann/json.hpp>

namespace tantrum::app {

namespace {

using Json = nlohmann::ordered_json;

std::string written(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// What the time of a line is, by its message.
const char* timeKey(std::string_view message)
{
    if (message == "call_retried") return "after_ns";
    return message == "call_timed_out" ? "limit_ns" : "took_ns";
}

Json fieldsOf(const models::LogLine& line, const models::LogResult& logs)
{
    Json fields = Json::object();
    const std::string& message = logs.texts[line.message];
    if (line.peer != models::LogLine::none) fields["peer"] = logs.nodes[line.peer];
    if (line.replica >= 0) fields["replica"] = line.replica;
    if (line.outcome) fields["outcome"] = models::keyOf(*line.outcome);
    if (line.text != models::LogLine::none) fields[line.outcome ? "reason" : "what"] = logs.texts[line.text];
    if (line.attempt > 0) fields["attempt"] = line.attempt;
    if (line.time) fields[timeKey(message)] = line.time->count();
    if (line.count > 0) fields["count"] = line.count;
    return fields;
}

Json objectOf(const LogRow& row)
{
    Json object{{"ts", static_cast<double>(row.at) / 1e9}, {"level", row.level}, {"node", row.node}, {"message", row.message}};
    const Json fields = Json::parse(row.fields, nullptr, false);
    if (fields.is_object())
        for (const auto& [key, value] : fields.items())
            if (!object.contains(key)) object[key] = value;
    if (!row.trace.empty()) object["trace_id"] = row.trace, object["span_id"] = row.span;
    if (row.suppressed > 0) object["suppressed"] = row.suppressed;
    return object;
}

}  // namespace

std::vector<LogRow> logsOf(const models::Results& results)
{
    const models::LogResult& logs = results.logs;
    std::vector<LogRow> rows;
    rows.reserve(logs.lines.size());
    for (const models::LogLine& line : logs.lines) {
        LogRow& row = rows.emplace_back();
        row.at = line.at.count();
        row.level = models::keyOf(line.level);
        row.node = logs.nodes[line.node];
        row.message = logs.texts[line.message];
        row.fields = written(fieldsOf(line, logs));
        row.suppressed = static_cast<std::int64_t>(line.suppressed);
        if (!line.traced) continue;
        row.trace = models::traceId(results.seed, line.trace);
        row.span = models::spanId(results.seed, line.trace, line.span);
    }
    return rows;
}

std::string logLines(const std::vector<LogRow>& rows)
{
    std::string text;
    for (const LogRow& row : rows) text += written(objectOf(row)) + "\n";
    return text;
}

std::string logsCsv(const std::vector<LogRow>& rows)
{
    CsvWriter csv;
    for (const char* column : {"at_ns", "level", "node", "message", "fields", "trace_id", "span_id", "suppressed"}) csv.text(column);
    csv.endRow();
    for (const LogRow& row : rows) {
        csv.count(row.at).text(row.level).text(row.node).text(row.message).text(row.fields);
        csv.text(row.trace).text(row.span).count(row.suppressed).endRow();
    }
    return std::move(csv).finish();
}

std::string logsJson(const std::vector<LogRow>& rows)
{
    Json lines = Json::array();
    for (const LogRow& row : rows) lines.push_back(objectOf(row));
    return written(Json{{"logs", std::move(lines)}});
}

}  // namespace tantrum::app
