#include "models/observability/logged_spans.h"

#include <array>

namespace tantrum::models {
namespace {

// By NoteKind: what is written, and how grave it is.
struct Words {
    std::string_view message;
    LogLevel level;
};
constexpr std::array<Words, noteKeys.size()> noteWords{{{"call_retried", LogLevel::warn},
                                                        {"retry_refused", LogLevel::warn},
                                                        {"call_timed_out", LogLevel::warn},
                                                        {"call_hedged", LogLevel::debug},
                                                        {"call_refused_by_open_circuit", LogLevel::warn},
                                                        {"call_refused_by_full_bulkhead", LogLevel::warn},
                                                        {"call_refused_by_rate_limit", LogLevel::warn}}};

}  // namespace

LoggedSpans::Entry* LoggedSpans::find(std::uint32_t handle)
{
    const std::uint32_t slot = (handle & ((1u << slotBits) - 1)) - 1;
    if (slot >= entries_.size() || entries_[slot].uses != handle >> slotBits) return nullptr;
    return &entries_[slot];
}

std::uint32_t LoggedSpans::add(const Entry& entry)
{
    std::uint32_t slot = 0;
    std::uint8_t uses = 0;
    if (ended_.size() > resting || entries_.size() >= mostSlots) {
        if (ended_.empty()) return 0;
        slot = ended_.front();
        ended_.pop_front();
        uses = static_cast<std::uint8_t>(entries_[slot].uses + 1);
    } else {
        slot = static_cast<std::uint32_t>(entries_.size());
        entries_.emplace_back();
    }
    entries_[slot] = entry;
    entries_[slot].uses = uses;
    entries_[slot].open = true;
    return std::uint32_t{uses} << slotBits | (slot + 1);
}

std::uint32_t LoggedSpans::beginTrace(std::uint64_t request, std::uint32_t client, engine::Instant now)
{
    Entry entry;
    entry.request = request;
    entry.client = entry.place = client;
    entry.begun = now;
    if (traces_.samples()) entry.traced = traces_.traceBegins(request, client, now);
    return add(entry);
}

std::uint32_t LoggedSpans::begin(SpanKind kind, std::uint32_t parent, std::uint32_t place, std::uint16_t operation, std::uint8_t attempt,
                                 engine::Instant now)
{
    const Entry* above = find(parent);
    if (!above) return 0;
    Entry entry;
    entry.request = above->request;
    entry.client = above->client;
    entry.place = place;
    entry.parent = parent;
    entry.kind = kind;
    entry.attempt = attempt;
    entry.begun = now;
    if (above->traced) entry.traced = traces_.spanBegins(kind, above->traced, place, operation, attempt, now);
    if (entry.traced) entry.number = traces_.numberOf(entry.traced);
    return add(entry);
}

void LoggedSpans::waits(std::uint32_t span, engine::Instant now)
{
    if (const Entry* entry = find(span); entry && entry->traced) traces_.spanWaits(entry->traced, now);
}

void LoggedSpans::goesOn(std::uint32_t span, engine::Instant now)
{
    if (const Entry* entry = find(span); entry && entry->traced) traces_.spanGoesOn(entry->traced, now);
}

LogLine LoggedSpans::lineAbout(const Entry& entry, std::uint32_t node, LogLevel level, engine::Instant now) const
{
    LogLine line;
    line.at = now;
    line.level = level;
    line.node = node;
    line.attempt = entry.attempt;
    line.traced = entry.traced != 0;
    line.trace.request = entry.request;
    line.trace.client = entry.client;
    line.span = entry.number;
    return line;
}

void LoggedSpans::note(NoteKind kind, std::uint32_t span, std::uint32_t link, engine::Instant now, engine::Duration value)
{
    Entry* entry = find(span);
    if (!entry) return;
    entry->passesOn = entry->passesOn || (kind != NoteKind::retry && kind != NoteKind::hedge);
    if (entry->traced) traces_.spanNoted(kind, entry->traced, link, now, value);
    const Words& words = noteWords[static_cast<std::size_t>(kind)];
    if (!log_.wants(words.level)) return;
    LogLine line = lineAbout(*entry, places_.callerOf(link), words.level, now);
    line.peer = places_.calleeOf(link);
    if (value > engine::Duration()) line.time = value;
    log_.write(words.message, line);
}

void LoggedSpans::tellOf(std::uint32_t link, std::string_view message, LogLevel level, engine::Instant now)
{
    if (!log_.wants(level)) return;
    LogLine line;
    line.at = now;
    line.level = level;
    line.node = places_.callerOf(link);
    line.peer = places_.calleeOf(link);
    log_.write(message, line);
}

void LoggedSpans::end(std::uint32_t span, Outcome outcome, engine::Instant now)
{
    Entry* entry = find(span);
    if (!entry || !entry->open) return;
    entry->open = false;
    if (entry->traced) traces_.spanEnds(entry->traced, outcome, now);
    // A call that its caller leaves ends as a timeout; unless a policy said so, nobody is told of it.
    if (outcome != Outcome::ok && (outcome != Outcome::timeout || entry->passesOn))
        if (Entry* above = find(entry->parent)) above->passesOn = true;
    tellEnd(*entry, outcome, now);
    ended_.push_back((span & ((1u << slotBits) - 1)) - 1);
}

void LoggedSpans::tellEnd(const Entry& entry, Outcome outcome, engine::Instant now)
{
    const bool failed = outcome != Outcome::ok;
    const auto tell = [&](std::string_view message, LogLevel level, std::uint32_t node) {
        if (!log_.wants(level)) return;
        LogLine line = lineAbout(entry, node, level, now);
        line.time = now - entry.begun;
        if (failed) line.outcome = outcome;
        if (entry.kind == SpanKind::attempt) line.peer = places_.calleeOf(entry.place);
        if (failed && entry.kind == SpanKind::stay && !entry.passesOn)
            if (const std::string_view why = places_.reasonOf(node, outcome); !why.empty()) line.text = log_.text(why);
        log_.write(message, line);
    };
    if (entry.kind == SpanKind::attempt) {
        // Who stopped waiting has said so, in the words of its policy.
        if (failed && outcome != Outcome::timeout && log_.wants(LogLevel::warn)) tell("call_failed", LogLevel::warn, places_.callerOf(entry.place));
        return;
    }
    if (!failed) return tell("request_served", LogLevel::debug, entry.place);
    if (entry.kind == SpanKind::stay) {
        if (outcome == Outcome::crashed && !entry.passesOn) return;
        if (outcome == Outcome::timeout && !entry.passesOn) return tell("caller_gone", LogLevel::info, entry.place);
    }
    tell("request_failed", LogLevel::error, entry.place);
}

}  // namespace tantrum::models
