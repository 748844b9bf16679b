#include "app/core/traces.h"

#include "app/core/csv.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <numeric>

namespace tantrum::app {

std::vector<SpanRow> spansOf(const models::Results& results)
{
    const models::TraceResult& traced = results.traces;
    std::vector<std::uint32_t> order(traced.spans.size());
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(), [&](auto left, auto right) { return traced.spans[left].trace < traced.spans[right].trace; });
    std::vector<SpanRow> rows;
    rows.reserve(order.size());
    std::vector<std::size_t> rowOf(order.size());
    for (const std::uint32_t index : order) {
        const models::Span& span = traced.spans[index];
        const models::TraceResult::Trace& trace = traced.traces[span.trace];
        SpanRow row;
        row.trace = models::traceId(results.seed, trace);
        row.span = models::spanId(results.seed, trace, span.number);
        if (span.parent != models::Span::none) row.parent = models::spanId(results.seed, trace, traced.spans[span.parent].number);
        row.kind = models::keyOf(span.kind);
        row.place = span.kind == models::SpanKind::attempt ? traced.links[span.place] : traced.nodes[span.place];
        row.operation = traced.operationOf(span);
        row.attempt = span.attempt;
        row.waited = span.waited.count();
        row.begun = span.begun.count();
        if (!span.open) {
            row.ended = span.ended.count();
            row.outcome = models::keyOf(span.outcome);
        }
        rowOf[index] = rows.size();
        rows.push_back(std::move(row));
    }
    for (const models::Note& note : traced.notes)
        rows[rowOf[note.span]].notes.push_back({note.at.count(), std::string(models::keyOf(note.kind)), traced.links[note.link], note.value.count()});
    return rows;
}

namespace {

std::string textOf(const std::vector<NoteRow>& notes)
{
    std::string text;
    for (const NoteRow& note : notes) {
        if (!text.empty()) text += "; ";
        text += fmt::format("{} at {}ns", note.note, note.at);
        if (note.value > 0) text += fmt::format(" of {}ns", note.value);
    }
    return text;
}

}  // namespace

std::string spansCsv(const std::vector<SpanRow>& spans)
{
    CsvWriter csv;
    for (const char* column : {"trace_id", "span_id", "parent_id", "kind", "place", "attempt", "start_ns", "end_ns", "outcome",
                               "operation", "waited_ns", "notes"})
        csv.text(column);
    csv.endRow();
    for (const SpanRow& span : spans) {
        csv.text(span.trace).text(span.span).text(span.parent).text(span.kind).text(span.place).count(span.attempt).count(span.begun);
        if (span.ended)
            csv.count(*span.ended);
        else
            csv.text("");
        csv.text(span.outcome).text(span.operation).count(span.waited).text(textOf(span.notes)).endRow();
    }
    return std::move(csv).finish();
}

std::string spansJson(const std::vector<SpanRow>& spans)
{
    using Json = nlohmann::ordered_json;
    const auto textOrNull = [](const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); };
    Json traces = Json::array();
    for (const SpanRow& span : spans) {
        if (traces.empty() || traces.back()["trace_id"] != span.trace) traces.push_back({{"trace_id", span.trace}, {"spans", Json::array()}});
        Json notes = Json::array();
        for (const NoteRow& note : span.notes) notes.push_back({{"at_ns", note.at}, {"note", note.note}, {"link", note.link}, {"value_ns", note.value}});
        traces.back()["spans"].push_back({{"span_id", span.span},
                                          {"parent_id", textOrNull(span.parent)},
                                          {"kind", span.kind},
                                          {"place", span.place},
                                          {"attempt", span.attempt},
                                          {"start_ns", span.begun},
                                          {"end_ns", span.ended ? Json(*span.ended) : Json(nullptr)},
                                          {"outcome", textOrNull(span.outcome)},
                                          {"operation", textOrNull(span.operation)},
                                          {"waited_ns", span.waited},
                                          {"notes", std::move(notes)}});
    }
    return Json{{"traces", std::move(traces)}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tantrum::app
