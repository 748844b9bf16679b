// What is logged about requests, derived from what the models tell of their spans: each that fails, and each decision of a
// policy. With a log every request is followed, traced or not; a line carries ids if its request is traced.
//
// A process that is gone writes nothing, and what its callers saw stands in their logs.
#pragma once

#include "models/observability/logs.h"
#include "models/observability/traces.h"

#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

namespace tantrum::models {

/// What is asked about the world while lines are written.
class LogPlaces {
public:
    virtual ~LogPlaces() = default;
    // Of a link: the node that calls, and the one that is called.
    virtual std::uint32_t callerOf(std::uint32_t link) const = 0;
    virtual std::uint32_t calleeOf(std::uint32_t link) const = 0;
    /// Why a node ends requests so, in two or three words; empty if it does not say.
    virtual std::string_view reasonOf(std::uint32_t node, Outcome outcome) const = 0;
};

/// Stands before the recorder of traces: its handles are the ones models have, and each knows the recorder's own.
class LoggedSpans {
public:
    /// All outlive it.
    LoggedSpans(TraceRecorder& traces, LogRecorder& log, const LogPlaces& places) : traces_(traces), log_(log), places_(places) {}

    std::uint32_t beginTrace(std::uint64_t request, std::uint32_t client, engine::Instant now);
    std::uint32_t begin(SpanKind kind, std::uint32_t parent, std::uint32_t place, std::uint16_t operation, std::uint8_t attempt,
                        engine::Instant now);
    void waits(std::uint32_t span, engine::Instant now);
    void goesOn(std::uint32_t span, engine::Instant now);
    void note(NoteKind kind, std::uint32_t span, std::uint32_t link, engine::Instant now, engine::Duration value);
    void end(std::uint32_t span, Outcome outcome, engine::Instant now);

    void tellOf(std::uint32_t link, std::string_view message, LogLevel level, engine::Instant now);

private:
    // A handle is a slot and how often it has been used: who still has one of an ended span finds that out, unless the
    // slot has been used 256 times since, and it is not before `resting` others.
    static constexpr std::uint32_t slotBits = 24;
    static constexpr std::size_t resting = 1 << 16, mostSlots = (1u << slotBits) - 2;

    struct Entry {
        std::uint64_t request = 0;
        engine::Instant begun;
        std::uint32_t traced = 0;   ///< the recorder's handle; 0: it is not traced
        std::uint32_t number = 0;   ///< of a traced one, within its trace
        std::uint32_t client = 0, place = 0, parent = 0;
        std::uint8_t uses = 0, attempt = 0;
        SpanKind kind = SpanKind::request;
        bool open = false, passesOn = false;  ///< a call of its own failed
    };

    Entry* find(std::uint32_t handle);
    std::uint32_t add(const Entry& entry);
    void tellEnd(const Entry& entry, Outcome outcome, engine::Instant now);
    LogLine lineAbout(const Entry& entry, std::uint32_t node, LogLevel level, engine::Instant now) const;

    TraceRecorder& traces_;
    LogRecorder& log_;
    const LogPlaces& places_;
    std::vector<Entry> entries_;
    std::deque<std::uint32_t> ended_;  ///< slots that may be used again
};

}  // namespace tantrum::models
