// Traces of single requests: which calls were made on a request's behalf, when each began and how it ended. A share of the
// requests is chosen when a client begins them (head sampling), by a hash of the seed and the request, so that tracing
// changes nothing about a run. Memory is bounded: a trace is kept whole or not at all.
#pragma once

#include "engine/time.h"
#include "models/outcome.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tantrum::models {

enum class SpanKind : std::uint8_t {
    request,  ///< at a client, from its beginning to what its user is told
    attempt,  ///< over a link: one try, seen by the caller
    stay      ///< at a node, from arrival to answer, waiting included; of a message, until it is acknowledged
};
constexpr std::string_view keyOf(SpanKind kind)
{
    return kind == SpanKind::request ? "request" : kind == SpanKind::attempt ? "attempt" : "stay";
}

/// What a policy decided about a request, worth knowing when its trace is read.
enum class NoteKind : std::uint8_t {
    retry,         ///< it is tried again; value: after what wait
    retryRefused,  ///< it is not, since the budget is spent
    timeout,       ///< its caller stops waiting; value: the limit
    hedge,         ///< another copy of it is sent
    circuitOpen, bulkheadFull, rateLimited  ///< it is not sent
};
inline constexpr std::array<std::string_view, 7> noteKeys{"retry", "retry_refused", "timeout", "hedge", "circuit_open", "bulkhead_full", "rate_limited"};
constexpr std::string_view keyOf(NoteKind kind) { return noteKeys[static_cast<std::size_t>(kind)]; }

struct Note {
    engine::Instant at;
    engine::Duration value;   ///< zero where the kind has none
    std::uint32_t span = 0;   ///< index of the caller's
    std::uint32_t link = 0;   ///< index of the link the policy stands on
    NoteKind kind = NoteKind::retry;
};

struct Span {
    static constexpr std::uint32_t none = ~std::uint32_t{0};
    engine::Instant begun, ended;
    engine::Duration waited;      ///< of a stay: for a worker, a connection or a lock; of a message: for consumers
    engine::Instant waitsSince = engine::Instant::never();  ///< while it waits
    std::uint32_t trace = 0;
    std::uint32_t parent = none;  ///< index of another span of the same trace; none: the root
    std::uint32_t place = 0;      ///< index of the node; of an attempt, of the link
    std::uint16_t operation = 0;  ///< index among the callee's; of a request none
    SpanKind kind = SpanKind::request;
    Outcome outcome = Outcome::ok;
    std::uint8_t attempt = 0;     ///< > 0: a retry or a hedge
    bool open = true;             ///< not ended when the run was; outcome and `ended` mean nothing then
};

/// What a run recorded. `traces` gives each trace its request; spans stand in the order in which they began, parents first.
struct TraceResult {
    struct Trace {
        std::uint64_t request = 0;  ///< its number at its client
        std::uint32_t client = 0;   ///< node
        bool whole = true;          ///< false: the memory ran out in its midst; its spans are not kept
    };
    double rate = 0;                ///< 0: nothing was traced
    std::uint64_t sampled = 0;      ///< requests chosen
    std::uint64_t dropped = 0;      ///< of those, without a trace because the memory was full
    std::vector<Trace> traces;
    std::vector<Span> spans;
    std::uint64_t recorded = 0;     ///< how many spans these are
    std::vector<Note> notes;        ///< in the order of time
    std::vector<std::string> nodes, links;  ///< names, by place
    std::vector<std::uint32_t> callees;     ///< by link: the node it leads to
    std::vector<std::vector<std::string>> operations;  ///< by node: the names of its operations

    std::uint64_t kept() const { return sampled - dropped; }
    /// Of an attempt's or a stay's operation; empty where the callee has but one.
    std::string_view operationOf(const Span& span) const;
};

/// Ids as W3C Trace Context has them, the same for the same run: 32 and 16 hexadecimal digits, never all zero.
std::string traceId(std::uint64_t seed, const TraceResult::Trace& trace);
std::string spanId(std::uint64_t seed, const TraceResult::Trace& trace, std::uint32_t span);

/// Handles are one more than a span's index; 0 is no span, and whoever holds it has nothing to do.
class TraceRecorder {
public:
    static constexpr std::size_t usualCapacity = 400'000;

    /// 0 < rate <= 1: the share of requests. At most `capacity` spans and notes are kept; the last quarter is for traces begun.
    void open(double rate, std::uint64_t seed, std::size_t capacity);
    bool on() const { return threshold_ > 0; }
    /// The root of a request's trace, or 0.
    std::uint32_t beginTrace(std::uint64_t request, std::uint32_t client, engine::Instant now);
    /// A span within the trace of `parent`, which is not 0.
    std::uint32_t begin(SpanKind kind, std::uint32_t parent, std::uint32_t place, std::uint16_t operation, std::uint8_t attempt,
                        engine::Instant now);
    // Of a span, which is not 0 and under way.
    void waits(std::uint32_t span, engine::Instant now) { spans_[span - 1].waitsSince = now; }
    void goesOn(std::uint32_t span, engine::Instant now);
    void note(NoteKind kind, std::uint32_t span, std::uint32_t link, engine::Instant now, engine::Duration value);
    void end(std::uint32_t span, Outcome outcome, engine::Instant now);
    /// So far, without the spans of traces that are not whole. Names are left to the caller.
    TraceResult result() const;

private:
    std::size_t used() const { return spans_.size() + notes_.size(); }
    bool holds(std::uint32_t trace);

    double rate_ = 0;
    std::uint64_t threshold_ = 0, seed_ = 0;
    std::size_t capacity_ = 0;
    std::uint64_t sampled_ = 0, dropped_ = 0;
    std::vector<TraceResult::Trace> traces_;
    std::vector<Span> spans_;
    std::vector<Note> notes_;
};

}  // namespace tantrum::models
