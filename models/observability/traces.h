// Traces of single requests: which calls were made on a request's behalf, when each began and how it ended. A share of the
// requests is chosen when a client begins them (head sampling), by a hash of the seed and the request, or all are followed
// and chosen by what became of them (tail sampling, models/tail_traces.h); either changes nothing about a run. Memory is
// bounded: with head sampling a trace is kept whole or not at all.
#pragma once

#include "engine/time.h"
#include "models/outcome.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tantrum::models {

enum class LogLevel : std::uint8_t;
class LoggedSpans;
class LogPlaces;
class LogRecorder;
class TailTraces;
struct TailSampling;

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
    std::uint32_t number = 0;     ///< within its trace, from 0 for the root
    std::uint16_t operation = 0;  ///< index among the callee's; of a request none
    SpanKind kind = SpanKind::request;
    Outcome outcome = Outcome::ok;
    std::uint8_t attempt = 0;     ///< > 0: a retry or a hedge
    bool open = true;             ///< not ended when the run was; outcome and `ended` mean nothing then

    void goesOn(engine::Instant now);
    void end(Outcome how, engine::Instant now);
};

/// What a run recorded. `traces` gives each trace its request; spans stand in the order in which they began, parents first.
struct TraceResult {
    struct Trace {
        std::uint64_t request = 0;  ///< its number at its client
        std::uint32_t client = 0;   ///< node
        bool whole = true;          ///< false: the memory ran out in its midst; its spans are not kept
        std::uint32_t spans = 0;    ///< that were begun
    };
    /// Of tail sampling: what was chosen why, and what could not be.
    struct Tail {
        std::string rules;           ///< empty: it was head sampling, or none
        std::uint64_t seen = 0;      ///< requests that were followed
        std::uint64_t byErrors = 0, bySlowness = 0, byShare = 0;  ///< chosen by the first rule that applied
        std::uint64_t evicted = 0;   ///< left the memory before they were decided about
        std::uint64_t lateSpans = 0; ///< began or ended when their trace had left the memory
        std::uint64_t incomplete = 0;  ///< traces kept although some of their spans were then under way
    };
    double rate = 0;                ///< the share that is chosen by luck
    Tail tail;
    std::uint64_t sampled = 0;      ///< requests chosen
    std::uint64_t dropped = 0;      ///< of those, without a trace because the memory was full
    std::vector<Trace> traces;
    std::vector<Span> spans;
    std::uint64_t recorded = 0;     ///< how many spans these are
    std::vector<Note> notes;        ///< in the order of time
    std::vector<std::string> nodes, links;  ///< names, by place
    std::vector<std::uint32_t> callees;     ///< by link: the node it leads to
    std::vector<std::vector<std::string>> operations;  ///< by node: the names of its operations

    /// Some requests might have been.
    bool traced() const { return rate > 0 || !tail.rules.empty(); }
    std::uint64_t kept() const { return sampled - dropped; }
    /// Of an attempt's or a stay's operation; empty where the callee has but one.
    std::string_view operationOf(const Span& span) const;
};

/// Ids as W3C Trace Context has them, the same for the same run: 32 and 16 hexadecimal digits, never all zero.
std::string traceId(std::uint64_t seed, const TraceResult::Trace& trace);
/// `number`: of the span within its trace.
std::string spanId(std::uint64_t seed, const TraceResult::Trace& trace, std::uint32_t number);
/// Whether a request is among the share whose hashes are below `threshold` of 2^53.
bool isChosen(std::uint64_t seed, std::uint64_t request, std::uint32_t client, std::uint64_t threshold);
/// What share of the requests that is; 0 only for 0.
std::uint64_t thresholdOf(double share);

/// What models tell of the requests they handle. Handles are for the recorder alone; 0 is no span, and whoever holds it has
/// nothing to do. A handle may be used when its span has ended, or its trace is no longer kept.
class TraceRecorder {
public:
    static constexpr std::size_t usualCapacity = 400'000;

    TraceRecorder();
    ~TraceRecorder();
    TraceRecorder(const TraceRecorder&) = delete;
    TraceRecorder& operator=(const TraceRecorder&) = delete;

    /// 0 < rate <= 1: the share of requests. At most `capacity` spans and notes are kept; the last quarter is for traces begun.
    void open(double rate, std::uint64_t seed, std::size_t capacity);
    /// Instead: all requests are followed, and chosen by these rules. At most `capacity` spans and notes of those chosen are
    /// kept, and as many of those that are not decided about.
    void open(const TailSampling& rules, std::uint64_t seed, std::size_t capacity);
    /// Besides, or instead: what happens to every request is told to a log. Both outlive this.
    void tell(LogRecorder& log, const LogPlaces& places);
    /// The caller of a link has something to say about it.
    void tellOf(std::uint32_t link, std::string_view message, LogLevel level, engine::Instant now);
    bool logs() const { return logged_ != nullptr; }
    bool on() const { return on_; }
    /// Requests are chosen, and not only logged.
    bool samples() const { return threshold_ > 0 || tail_; }

    /// The root of a request's trace, or 0.
    std::uint32_t beginTrace(std::uint64_t request, std::uint32_t client, engine::Instant now)
    {
        // What head sampling alone leaves out, nearly all, is out at once.
        if (headAlone_ && !isChosen(seed_, request, client, threshold_)) [[likely]]
            return 0;
        return beginChosenTrace(request, client, now);
    }
    /// A span within the trace of `parent`, which is not 0.
    std::uint32_t begin(SpanKind kind, std::uint32_t parent, std::uint32_t place, std::uint16_t operation, std::uint8_t attempt,
                        engine::Instant now);
    // Of a span, which is not 0.
    void waits(std::uint32_t span, engine::Instant now);
    void goesOn(std::uint32_t span, engine::Instant now);
    void note(NoteKind kind, std::uint32_t span, std::uint32_t link, engine::Instant now, engine::Duration value);
    void end(std::uint32_t span, Outcome outcome, engine::Instant now);
    /// So far, without the spans of traces that are not whole. Names are left to the caller.
    TraceResult result() const;

private:
    friend class LoggedSpans;  // stands before the same for traces alone

    std::uint32_t beginChosenTrace(std::uint64_t request, std::uint32_t client, engine::Instant now);
    std::uint32_t traceBegins(std::uint64_t request, std::uint32_t client, engine::Instant now);
    std::uint32_t spanBegins(SpanKind kind, std::uint32_t parent, std::uint32_t place, std::uint16_t operation, std::uint8_t attempt,
                             engine::Instant now);
    void spanWaits(std::uint32_t span, engine::Instant now);
    void spanGoesOn(std::uint32_t span, engine::Instant now);
    void spanNoted(NoteKind kind, std::uint32_t span, std::uint32_t link, engine::Instant now, engine::Duration value);
    void spanEnds(std::uint32_t span, Outcome outcome, engine::Instant now);
    /// Of a span that has just begun.
    std::uint32_t numberOf(std::uint32_t span) const;

    std::size_t used() const { return spans_.size() + notes_.size(); }
    bool holds(std::uint32_t trace);

    bool on_ = false;
    bool headAlone_ = false;  ///< neither a tail sampler nor a log wants to hear of every request
    double rate_ = 0;
    std::uint64_t threshold_ = 0, seed_ = 0;
    std::size_t capacity_ = 0;
    std::uint64_t sampled_ = 0, dropped_ = 0;
    std::vector<TraceResult::Trace> traces_;
    std::vector<Span> spans_;
    std::vector<Note> notes_;
    std::unique_ptr<TailTraces> tail_;
    std::unique_ptr<LoggedSpans> logged_;
};

}  // namespace tantrum::models
