#include "models/observability/tail_traces.h"

#include <algorithm>
#include <utility>

namespace tantrum::models {

TailTraces::TailTraces(const TailSampling& rules, std::uint64_t seed, std::size_t capacity)
    : rules_(rules), seed_(seed), threshold_(thresholdOf(rules.share)), capacity_(std::max<std::size_t>(capacity, 1))
{
    tail_.rules = rules.text;
}

std::uint32_t TailTraces::handleFor(const Key& key, std::uint32_t span)
{
    places_.push_back({key, span});
    ++heldSpans_;
    const auto handle = static_cast<std::uint32_t>(firstHandle_ + static_cast<std::uint32_t>(places_.size() - 1));
    if (handle != 0) return handle;
    places_.push_back({key, span});  // 0 means none: this one is left out
    return 1;
}

// Handles are numbered round a circle: one from before the first is far ahead of it.
const TailTraces::Place* TailTraces::placeOf(std::uint32_t span) const
{
    const std::uint32_t index = span - firstHandle_;
    if (index >= places_.size()) return nullptr;
    const Place& place = places_[index];
    return held_[place.trace.slot].serial == place.trace.serial ? &place : nullptr;
}

Span* TailTraces::spanOf(std::uint32_t span)
{
    const Place* place = placeOf(span);
    if (!place) return nullptr;
    Held& held = held_[place->trace.slot];
    return held.verdict == Verdict::dropped ? nullptr : &held.spans[place->span];
}

std::uint32_t TailTraces::numberOf(std::uint32_t span) const
{
    const Place* place = placeOf(span);
    return place ? held_[place->trace.slot].spans[place->span].number : 0;
}

std::uint32_t TailTraces::beginTrace(std::uint64_t request, std::uint32_t client, engine::Instant now)
{
    decideUntil(now);
    makeRoom();
    ++tail_.seen;
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(held_.size()));
        held_.emplace_back();
    }
    const Key key{free_.back(), ++begun_};
    free_.pop_back();
    Held& held = held_[key.slot];
    held.trace.request = request;
    held.trace.client = client;
    held.trace.spans = 1;
    held.serial = key.serial;
    Span span;
    span.place = client;
    span.begun = now;
    held.spans.push_back(span);
    return handleFor(key, 0);
}

std::uint32_t TailTraces::begin(SpanKind kind, std::uint32_t parent, std::uint32_t place, std::uint16_t operation,
                                std::uint8_t attempt, engine::Instant now)
{
    decideUntil(now);
    makeRoom();
    const Place* above = placeOf(parent);
    if (!above) {
        ++tail_.lateSpans;
        return 0;
    }
    const Key key = above->trace;
    Held& held = held_[key.slot];
    if (held.verdict == Verdict::dropped) return 0;
    Span span;
    span.parent = above->span;
    span.place = place;
    span.number = held.trace.spans++;
    span.operation = operation;
    span.kind = kind;
    span.attempt = attempt;
    span.begun = now;
    held.spans.push_back(span);
    return handleFor(key, static_cast<std::uint32_t>(held.spans.size() - 1));
}

void TailTraces::waits(std::uint32_t span, engine::Instant now)
{
    if (Span* waiting = spanOf(span)) waiting->waitsSince = now;
}

void TailTraces::goesOn(std::uint32_t span, engine::Instant now)
{
    if (Span* waiting = spanOf(span)) waiting->goesOn(now);
}

void TailTraces::note(NoteKind kind, std::uint32_t span, std::uint32_t link, engine::Instant now, engine::Duration value)
{
    decideUntil(now);
    makeRoom();
    const Place* place = spanOf(span) ? placeOf(span) : nullptr;
    if (!place) return;
    Note note;
    note.at = now;
    note.value = value;
    note.span = place->span;
    note.link = link;
    note.kind = kind;
    held_[place->trace.slot].notes.push_back(note);
    ++heldSpans_;
}

void TailTraces::end(std::uint32_t span, Outcome outcome, engine::Instant now)
{
    decideUntil(now);
    const Place* place = placeOf(span);
    if (!place) {
        ++tail_.lateSpans;
        return;
    }
    const Place found = *place;
    Held& held = held_[found.trace.slot];
    if (held.verdict == Verdict::dropped) return;
    held.spans[found.span].end(outcome, now);
    if (found.span == 0 && rules_.afterRoot) {
        held.rootCame = now;
        rootsCame_.push_back(found.trace);
    }
    if (!held.seen) comes(found.trace, held, now);
}

// The first span of a trace comes to the Collector: from now on it is one of those in its memory.
void TailTraces::comes(const Key& key, Held& held, engine::Instant now)
{
    held.seen = true;
    held.came = now;
    came_.push_back(key);
    undecided_.push_back(key);
    ++inMemory_;
    while (inMemory_ > rules_.held) {
        const Key oldest = came_.front();
        came_.pop_front();
        if (Held* leaving = find(oldest)) leave(*leaving, oldest.slot);
    }
}

void TailTraces::decideUntil(engine::Instant now)
{
    while (!undecided_.empty()) {
        Held* held = find(undecided_.front());
        if (held && held->verdict == Verdict::none) {
            if (held->came + rules_.wait > now) break;
            decide(*held);
        }
        undecided_.pop_front();
    }
    while (!rootsCame_.empty()) {
        Held* held = find(rootsCame_.front());
        if (held && held->verdict == Verdict::none) {
            if (held->rootCame + *rules_.afterRoot > now) break;
            decide(*held);
        }
        rootsCame_.pop_front();
    }
}

// Only what has ended has come. Without its root a trace is as long as what came of it.
TailTraces::Verdict TailTraces::judge(const Held& held) const
{
    const Span& root = held.spans.front();
    bool failed = rules_.errors && !root.open && root.outcome != Outcome::ok;
    engine::Instant until = root.begun;
    for (const Span& span : held.spans) {
        if (span.open) continue;
        failed = failed || (rules_.spanErrors && span.outcome != Outcome::ok);
        until = std::max(until, span.ended);
    }
    if (failed) return Verdict::byErrors;
    if (!root.open) until = root.ended;
    if (rules_.slowerThan && until - root.begun > *rules_.slowerThan) return Verdict::bySlowness;
    return isChosen(seed_, held.trace.request, held.trace.client, threshold_) ? Verdict::byShare : Verdict::dropped;
}

void TailTraces::count(Verdict verdict, TraceResult::Tail& tail)
{
    tail.byErrors += verdict == Verdict::byErrors;
    tail.bySlowness += verdict == Verdict::bySlowness;
    tail.byShare += verdict == Verdict::byShare;
}

void TailTraces::decide(Held& held)
{
    held.verdict = judge(held);
    count(held.verdict, tail_);
    if (held.isKept()) {
        ++sampled_;
        return;
    }
    heldSpans_ -= held.size();
    held.spans = {};
    held.notes = {};
}

void TailTraces::leave(Held& held, std::uint32_t slot)
{
    inMemory_ -= held.seen;
    heldSpans_ -= held.size();
    if (held.verdict == Verdict::none) ++tail_.evicted;
    if (held.isKept()) {
        if (storedSpans_ + held.size() <= capacity_) {
            storedSpans_ += held.size();
            tail_.incomplete += std::any_of(held.spans.begin(), held.spans.end(), [](const Span& span) { return span.open; });
            stored_.push_back(std::move(held));
        } else {
            ++dropped_;
        }
    }
    held = Held();
    free_.push_back(slot);
}

// Places go in the order of their handles: those of the oldest traces first, since no span is older than its trace.
void TailTraces::makeRoom()
{
    constexpr std::size_t placesPerSpan = 8;  // those of traces that are not kept need next to nothing
    for (;;) {
        while (!places_.empty() && !find(places_.front().trace)) {
            places_.pop_front();
            ++firstHandle_;
        }
        if (heldSpans_ < capacity_ && places_.size() < placesPerSpan * capacity_) return;
        while (!came_.empty() && !find(came_.front())) came_.pop_front();
        const Key oldest = came_.empty() ? places_.front().trace : came_.front();
        leave(held_[oldest.slot], oldest.slot);
    }
}

TraceResult TailTraces::result() const
{
    TraceResult result;
    result.rate = rules_.share;
    result.tail = tail_;
    result.sampled = sampled_;
    result.dropped = dropped_;
    std::vector<const Held*> kept;
    for (const Held& held : stored_) kept.push_back(&held);
    std::size_t room = capacity_ - storedSpans_;
    for (const Held& held : held_) {
        if (!held.seen) continue;
        const bool decided = held.verdict != Verdict::none;
        const Verdict verdict = decided ? held.verdict : judge(held);
        if (verdict == Verdict::dropped) continue;
        if (!decided) {
            count(verdict, result.tail);
            ++result.sampled;
        }
        const bool fits = held.size() <= room;
        result.dropped += !fits;
        if (!fits) continue;
        room -= held.size();
        kept.push_back(&held);
    }
    std::sort(kept.begin(), kept.end(), [](const Held* left, const Held* right) { return left->serial < right->serial; });
    for (const Held* held : kept) {
        const auto base = static_cast<std::uint32_t>(result.spans.size());
        for (Span span : held->spans) {
            span.trace = static_cast<std::uint32_t>(result.traces.size());
            if (span.parent != Span::none) span.parent += base;
            result.spans.push_back(span);
        }
        for (Note note : held->notes) {
            note.span += base;
            result.notes.push_back(note);
        }
        result.traces.push_back(held->trace);
    }
    std::stable_sort(result.notes.begin(), result.notes.end(), [](const Note& left, const Note& right) { return left.at < right.at; });
    result.recorded = result.spans.size();
    return result;
}

}  // namespace tantrum::models
