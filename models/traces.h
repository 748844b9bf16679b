// Traces of single requests: which calls were made on a request's behalf, when each began and how it ended. A share of the
// requests is chosen when a client begins them (head sampling), by a hash of the seed and the request, so that tracing
// changes nothing about a run. Memory is bounded: a trace is kept whole or not at all.
#pragma once

#include "engine/time.h"
#include "models/outcome.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tantrum::models {

enum class SpanKind : std::uint8_t {
    request,  ///< at a client, from its beginning to what its user is told
    attempt,  ///< over a link: one try, seen by the caller
    stay      ///< at a node, from arrival to answer, waiting included
};
constexpr std::string_view keyOf(SpanKind kind)
{
    return kind == SpanKind::request ? "request" : kind == SpanKind::attempt ? "attempt" : "stay";
}

struct Span {
    static constexpr std::uint32_t none = ~std::uint32_t{0};
    engine::Instant begun, ended;
    std::uint32_t trace = 0;
    std::uint32_t parent = none;  ///< index of another span of the same trace; none: the root
    std::uint32_t place = 0;      ///< index of the node; of an attempt, of the link
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
    std::vector<std::string> nodes, links;  ///< names, by place

    std::uint64_t kept() const { return sampled - dropped; }
};

/// Ids as W3C Trace Context has them, the same for the same run: 32 and 16 hexadecimal digits, never all zero.
std::string traceId(std::uint64_t seed, const TraceResult::Trace& trace);
std::string spanId(std::uint64_t seed, const TraceResult::Trace& trace, std::uint32_t span);

/// Handles are one more than a span's index; 0 is no span, and whoever holds it has nothing to do.
class TraceRecorder {
public:
    static constexpr std::size_t usualCapacity = 400'000;

    /// 0 < rate <= 1: the share of requests. At most `capacity` spans are kept; the last quarter is for traces begun.
    void open(double rate, std::uint64_t seed, std::size_t capacity);
    bool on() const { return threshold_ > 0; }
    /// The root of a request's trace, or 0.
    std::uint32_t beginTrace(std::uint64_t request, std::uint32_t client, engine::Instant now);
    /// A span within the trace of `parent`, which is not 0.
    std::uint32_t begin(SpanKind kind, std::uint32_t parent, std::uint32_t place, std::uint8_t attempt, engine::Instant now);
    void end(std::uint32_t span, Outcome outcome, engine::Instant now);
    /// So far, without the spans of traces that are not whole. Names are left to the caller.
    TraceResult result() const;

private:
    double rate_ = 0;
    std::uint64_t threshold_ = 0, seed_ = 0;
    std::size_t capacity_ = 0;
    std::uint64_t sampled_ = 0, dropped_ = 0;
    std::vector<TraceResult::Trace> traces_;
    std::vector<Span> spans_;
};

}  // namespace tantrum::models
