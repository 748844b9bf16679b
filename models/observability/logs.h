// What the simulated services write into their logs: a line has a moment, a level, the node that writes it, a message that
// is the same for all of its kind, and fields. Lines of one message are thinned out as a production logger does it, and what
// is kept is bounded; both are counted. Writing a line changes nothing about a run.
#pragma once

#include "engine/time.h"
#include "models/observability/traces.h"
#include "models/outcome.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tantrum::models {

enum class LogLevel : std::uint8_t { debug, info, warn, error };
inline constexpr std::array<std::string_view, 4> logLevelKeys{"debug", "info", "warn", "error"};
constexpr std::string_view keyOf(LogLevel level) { return logLevelKeys[static_cast<std::size_t>(level)]; }

struct LogLine {
    static constexpr std::uint32_t none = ~std::uint32_t{0};
    engine::Instant at;
    LogLevel level = LogLevel::info;
    std::uint32_t node = 0;             ///< who writes it
    std::uint32_t message = 0;          ///< index in the result's texts
    std::uint64_t suppressed = 0;       ///< lines of the same node and message before it that were not written
    // Its fields, where they have a value.
    std::uint32_t peer = none;          ///< node that was called
    std::uint32_t text = none;          ///< index in the result's texts: why, or what
    std::optional<Outcome> outcome;
    std::optional<engine::Duration> time;  ///< how long it took, or the limit, or the wait
    std::uint64_t count = 0;            ///< how many at once; 0: it is one
    std::int64_t replica = -1;
    std::uint8_t attempt = 0;           ///< > 0: a retry or a hedge
    // The request it is about, if that one is traced.
    bool traced = false;
    TraceResult::Trace trace;
    std::uint32_t span = 0;             ///< its number within the trace
};

struct LogResult {
    bool on = false;
    LogLevel least = LogLevel::info;
    std::uint64_t written = 0;     ///< by the services, those that found no room included
    std::uint64_t suppressed = 0;  ///< by the limit on repetition
    std::uint64_t dropped = 0;     ///< written when the memory was full
    std::vector<LogLine> lines;    ///< in the order of time
    std::vector<std::string> texts, nodes;
};

class LogRecorder {
public:
    static constexpr std::size_t usualCapacity = 100'000;

    /// Lines below `least` are not written; at most `capacity` are kept, the first.
    void open(LogLevel least, std::size_t capacity);
    void close() { result_.on = false; }
    bool wants(LogLevel level) const { return result_.on && level >= result_.least; }
    /// An index for LogLine::text.
    std::uint32_t text(std::string_view words);
    /// The line but for its message and `suppressed`. To be called in the order of time.
    void write(std::string_view message, LogLine line);
    const LogResult& result() const { return result_; }

private:
    /// Zap's sampler, as its production configuration has it: of the lines of one message within a second the first hundred,
    /// and then every hundredth (uber-go/zap, NewProductionConfig: Initial 100, Thereafter 100).
    static constexpr std::uint64_t first = 100, thereafter = 100;
    struct Repetition {
        engine::Instant until;
        std::uint64_t seen = 0, suppressed = 0;
    };

    std::size_t capacity_ = 0;
    std::map<std::string, std::uint32_t, std::less<>> texts_;
    std::map<std::pair<std::uint32_t, std::uint32_t>, Repetition> repeated_;  ///< by node and message
    LogResult result_;
};

}  // namespace tantrum::models
