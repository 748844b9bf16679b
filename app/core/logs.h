// The logs of a run's services as rows: what the results store keeps and exports write.
#pragma once

#include "models/world/results.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tantrum::app {

struct LogRow {
    std::int64_t at = 0;           ///< simulated nanoseconds
    std::string level;             ///< debug, info, warn or error
    std::string node;              ///< who writes it
    std::string message;           ///< the same for all lines of its kind: request_failed
    std::string fields;            ///< a JSON object: {"outcome":"timeout","took_ns":1000}
    std::string trace, span;       ///< ids, if the request is traced; else empty
    std::int64_t suppressed = 0;   ///< lines like it before it that were not written
};

/// In the order of time.
std::vector<LogRow> logsOf(const models::Results& results);

/// One JSON object a line, as log shippers read them: {"ts", "level", "node", "message", …fields, "trace_id", "span_id",
/// "suppressed"}, without those that have no value; `ts` is simulated seconds.
std::string logLines(const std::vector<LogRow>& rows);
/// at_ns, level, node, message, fields, trace_id, span_id, suppressed.
std::string logsCsv(const std::vector<LogRow>& rows);
/// {"logs": [the objects of logLines()]}
std::string logsJson(const std::vector<LogRow>& rows);

}  // namespace tantrum::app
