#include "models/observability/traces.h"

#include "engine/ensure.h"
#include "models/observability/logged_spans.h"
#include "models/observability/tail_traces.h"

#include <fmt/format.h>

namespace tantrum::models {
namespace {

// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every bit of the result depends on every bit of the input.
std::uint64_t mix(std::uint64_t bits)
{
    bits += 0x9E3779B97F4A7C15u;
    bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ bits >> 27) * 0x94D049BB133111EBu;
    return bits ^ bits >> 31;
}

std::uint64_t hashOf(std::uint64_t seed, std::uint64_t request, std::uint32_t client)
{
    return mix(mix(mix(seed) ^ client) ^ request);
}

std::uint64_t notZero(std::uint64_t bits) { return bits ? bits : 1; }

}  // namespace

std::string traceId(std::uint64_t seed, const TraceResult::Trace& trace)
{
    const std::uint64_t high = hashOf(seed, trace.request, trace.client);
    return fmt::format("{:016x}{:016x}", high, notZero(mix(high ^ trace.request)));
}

std::string spanId(std::uint64_t seed, const TraceResult::Trace& trace, std::uint32_t number)
{
    return fmt::format("{:016x}", notZero(mix(hashOf(seed, trace.request, trace.client) + number + 1)));
}

bool isChosen(std::uint64_t seed, std::uint64_t request, std::uint32_t client, std::uint64_t threshold)
{
    return hashOf(seed, request, client) >> 11 < threshold;
}

// 2^53 of 2^53 for all of them: a double holds every one of these numbers.
std::uint64_t thresholdOf(double share)
{
    const auto threshold = static_cast<std::uint64_t>(share * 0x1p53);
    return threshold == 0 && share > 0 ? 1 : threshold;
}

TraceRecorder::TraceRecorder() = default;
TraceRecorder::~TraceRecorder() = default;

void TraceRecorder::open(double rate, std::uint64_t seed, std::size_t capacity)
{
    ENSURE(rate > 0 && rate <= 1, "a share of the requests is traced");
    rate_ = rate;
    seed_ = seed;
    capacity_ = capacity;
    threshold_ = thresholdOf(rate);
    on_ = true;
    headAlone_ = !logged_;
    spans_.reserve(capacity);  // address space alone, until it is written to: growing would write all of it anew
}

void TraceRecorder::open(const TailSampling& rules, std::uint64_t seed, std::size_t capacity)
{
    tail_ = std::make_unique<TailTraces>(rules, seed, capacity);
    on_ = true;
}

void TraceRecorder::tell(LogRecorder& log, const LogPlaces& places)
{
    logged_ = std::make_unique<LoggedSpans>(*this, log, places);
    on_ = true;
    headAlone_ = false;
}

void TraceRecorder::tellOf(std::uint32_t link, std::string_view message, LogLevel level, engine::Instant now)
{
    if (logged_) logged_->tellOf(link, message, level, now);
}

std::uint32_t TraceRecorder::beginChosenTrace(std::uint64_t request, std::uint32_t client, engine::Instant now)
{
    return logged_ ? logged_->beginTrace(request, client, now) : traceBegins(request, client, now);
}

std::uint32_t TraceRecorder::begin(SpanKind kind, std::uint32_t parent, std::uint32_t place, std::uint16_t operation,
                                   std::uint8_t attempt, engine::Instant now)
{
    return logged_ ? logged_->begin(kind, parent, place, operation, attempt, now) : spanBegins(kind, parent, place, operation, attempt, now);
}

void TraceRecorder::waits(std::uint32_t span, engine::Instant now) { logged_ ? logged_->waits(span, now) : spanWaits(span, now); }

void TraceRecorder::goesOn(std::uint32_t span, engine::Instant now) { logged_ ? logged_->goesOn(span, now) : spanGoesOn(span, now); }

void TraceRecorder::note(NoteKind kind, std::uint32_t span, std::uint32_t link, engine::Instant now, engine::Duration value)
{
    logged_ ? logged_->note(kind, span, link, now, value) : spanNoted(kind, span, link, now, value);
}

void TraceRecorder::end(std::uint32_t span, Outcome outcome, engine::Instant now)
{
    logged_ ? logged_->end(span, outcome, now) : spanEnds(span, outcome, now);
}

std::uint32_t TraceRecorder::traceBegins(std::uint64_t request, std::uint32_t client, engine::Instant now)
{
    if (tail_) return tail_->beginTrace(request, client, now);
    if (!isChosen(seed_, request, client, threshold_)) return 0;
    ++sampled_;
    if (used() >= capacity_ - capacity_ / 4) {
        ++dropped_;
        return 0;
    }
    TraceResult::Trace trace;
    trace.request = request;
    trace.client = client;
    trace.spans = 1;
    traces_.push_back(trace);
    Span span;
    span.trace = static_cast<std::uint32_t>(traces_.size() - 1);
    span.place = client;
    span.begun = now;
    spans_.push_back(span);
    return static_cast<std::uint32_t>(spans_.size());
}

// Whether there is room for more of it; if not, the whole of it is given up.
bool TraceRecorder::holds(std::uint32_t trace)
{
    if (!traces_[trace].whole) return false;
    if (used() < capacity_) return true;
    traces_[trace].whole = false;
    ++dropped_;
    return false;
}

std::uint32_t TraceRecorder::spanBegins(SpanKind kind, std::uint32_t parent, std::uint32_t place, std::uint16_t operation,
                                        std::uint8_t attempt, engine::Instant now)
{
    if (tail_) return tail_->begin(kind, parent, place, operation, attempt, now);
    const std::uint32_t trace = spans_[parent - 1].trace;
    if (!holds(trace)) return 0;
    Span span;
    span.trace = trace;
    span.parent = parent - 1;
    span.place = place;
    span.number = traces_[trace].spans++;
    span.operation = operation;
    span.kind = kind;
    span.attempt = attempt;
    span.begun = now;
    spans_.push_back(span);
    return static_cast<std::uint32_t>(spans_.size());
}

std::uint32_t TraceRecorder::numberOf(std::uint32_t span) const { return tail_ ? tail_->numberOf(span) : spans_[span - 1].number; }

void Span::goesOn(engine::Instant now)
{
    if (waitsSince == engine::Instant::never()) return;
    waited += now - waitsSince;
    waitsSince = engine::Instant::never();
}

void Span::end(Outcome how, engine::Instant now)
{
    goesOn(now);
    outcome = how;
    ended = now;
    open = false;
}

void TraceRecorder::spanWaits(std::uint32_t span, engine::Instant now)
{
    if (tail_) return tail_->waits(span, now);
    spans_[span - 1].waitsSince = now;
}

void TraceRecorder::spanGoesOn(std::uint32_t span, engine::Instant now)
{
    if (tail_) return tail_->goesOn(span, now);
    spans_[span - 1].goesOn(now);
}

void TraceRecorder::spanNoted(NoteKind kind, std::uint32_t span, std::uint32_t link, engine::Instant now, engine::Duration value)
{
    if (tail_) return tail_->note(kind, span, link, now, value);
    if (!holds(spans_[span - 1].trace)) return;
    Note note;
    note.at = now;
    note.value = value;
    note.span = span - 1;
    note.link = link;
    note.kind = kind;
    notes_.push_back(note);
}

void TraceRecorder::spanEnds(std::uint32_t span, Outcome outcome, engine::Instant now)
{
    if (tail_) return tail_->end(span, outcome, now);
    spans_[span - 1].end(outcome, now);
}

TraceResult TraceRecorder::result() const
{
    if (tail_) return tail_->result();
    TraceResult result;
    result.rate = rate_;
    result.sampled = sampled_;
    result.dropped = dropped_;
    result.traces = traces_;
    std::vector<std::uint32_t> kept(spans_.size(), Span::none);
    for (std::size_t index = 0; index < spans_.size(); ++index) {
        if (!traces_[spans_[index].trace].whole) continue;
        kept[index] = static_cast<std::uint32_t>(result.spans.size());
        result.spans.push_back(spans_[index]);
        if (result.spans.back().parent != Span::none) result.spans.back().parent = kept[spans_[index].parent];
    }
    result.recorded = result.spans.size();
    for (const Note& note : notes_) {
        if (kept[note.span] == Span::none) continue;
        result.notes.push_back(note);
        result.notes.back().span = kept[note.span];
    }
    return result;
}

std::string_view TraceResult::operationOf(const Span& span) const
{
    if (span.kind == SpanKind::request) return {};
    const std::vector<std::string>& names = operations[span.kind == SpanKind::attempt ? callees[span.place] : span.place];
    return span.operation < names.size() ? std::string_view(names[span.operation]) : std::string_view();
}

}  // namespace tantrum::models
