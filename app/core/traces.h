// The spans of a traced run as rows, in the words of W3C Trace Context: what the results store keeps and exports write.
#pragma once

#include "models/world/results.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tantrum::app {

/// What a policy decided.
struct NoteRow {
    std::int64_t at = 0;     ///< simulated nanoseconds
    std::string note;        ///< a key, such as retry
    std::string link;        ///< on which the policy stands
    std::int64_t value = 0;  ///< nanoseconds; 0 where the note has none
};

struct SpanRow {
    std::string trace;                   ///< 32 hexadecimal digits
    std::string span, parent;            ///< 16 hexadecimal digits; no parent: empty
    std::string kind;                    ///< request, attempt or stay
    std::string place;                   ///< the node; of an attempt, the link: "web -> db"
    std::string operation;               ///< of the callee; empty where it has but one, and of a request
    std::int64_t attempt = 0;            ///< > 0: a retry or a hedge
    std::int64_t begun = 0;              ///< simulated nanoseconds
    std::optional<std::int64_t> ended;   ///< none: still under way when the run ended
    std::string outcome;                 ///< a key; empty while under way
    std::int64_t waited = 0;             ///< nanoseconds of a stay that were waiting
    std::vector<NoteRow> notes;          ///< in the order of time
};

/// Trace by trace in the order in which they began, and within one in the order of its spans, parents first.
std::vector<SpanRow> spansOf(const models::Results& results);

/// trace_id, span_id, parent_id, kind, place, attempt, start_ns, end_ns, outcome, operation, waited_ns, notes: "timeout at 1010ns
/// of 10ns; retry at …".
std::string spansCsv(const std::vector<SpanRow>& spans);
/// {"traces": [{"trace_id", "spans": [{"span_id", "parent_id" or null, "kind", "place", "attempt", "start_ns", "end_ns" or null,
/// "outcome" or null, "operation" or null, "waited_ns", "notes": [{"at_ns", "note", "link", "value_ns"}]}]}]}
std::string spansJson(const std::vector<SpanRow>& spans);

}  // namespace tantrum::app
