// Tail sampling: every request is followed, and whether its trace is kept is decided when it is known what became of it, as
// the tail sampling processor of the OpenTelemetry Collector does it (collector-contrib, processor/tailsamplingprocessor:
// decision_wait 30 s after the first span of a trace came, num_traces 50,000 in memory, the oldest leave first). A span comes
// when it ends. What comes after the decision follows it while the trace is in memory, and is lost when it no longer is.
#pragma once

#include "models/observability/traces.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace tantrum::models {

/// Which traces are kept: those to which one of the rules applies.
struct TailSampling {
    static constexpr engine::Duration usualWait = engine::Duration::seconds(30);
    static constexpr std::size_t usuallyHeld = 50'000, mostHeld = 1'000'000;

    std::string text;                           ///< the rules as written
    bool errors = false;                        ///< the request failed
    bool spanErrors = false;                    ///< any span of it did, as the Collector's policy status_code
    std::optional<engine::Duration> slowerThan; ///< the request took longer; one under way is judged by what came of it
    double share = 0;                           ///< by luck, as in head sampling the same requests each time
    engine::Duration wait = usualWait;          ///< from the first span that came to the decision
    std::optional<engine::Duration> afterRoot;  ///< and at the latest so long after the root came
    std::size_t held = usuallyHeld;             ///< traces in memory, decided about or not
};

/// What TraceRecorder does with tail sampling. Decides whenever it is called, so that it needs no events of its own.
class TailTraces {
public:
    TailTraces(const TailSampling& rules, std::uint64_t seed, std::size_t capacity);

    std::uint32_t beginTrace(std::uint64_t request, std::uint32_t client, engine::Instant now);
    std::uint32_t begin(SpanKind kind, std::uint32_t parent, std::uint32_t place, std::uint16_t operation, std::uint8_t attempt,
                        engine::Instant now);
    void waits(std::uint32_t span, engine::Instant now);
    void goesOn(std::uint32_t span, engine::Instant now);
    void note(NoteKind kind, std::uint32_t span, std::uint32_t link, engine::Instant now, engine::Duration value);
    void end(std::uint32_t span, Outcome outcome, engine::Instant now);
    std::uint32_t numberOf(std::uint32_t span) const;
    /// As if the Collector were shut down now: what is not decided about is judged by what came of it.
    TraceResult result() const;

private:
    enum class Verdict : std::uint8_t { none, dropped, byErrors, bySlowness, byShare };
    struct Held {
        TraceResult::Trace trace;
        std::uint64_t serial = 0;       ///< whose slot it is: traces are numbered in the order in which they began; 0: free
        engine::Instant came;           ///< its first span
        engine::Instant rootCame;
        Verdict verdict = Verdict::none;
        bool seen = false;              ///< some span of it has come
        std::vector<Span> spans;        ///< parents are indices here
        std::vector<Note> notes;
        bool isKept() const { return verdict > Verdict::dropped; }
        std::size_t size() const { return spans.size() + notes.size(); }
    };
    struct Key {
        std::uint32_t slot = 0;
        std::uint64_t serial = 0;
    };
    struct Place {
        Key trace;
        std::uint32_t span = 0;
    };

    Held* find(const Key& key) { return held_[key.slot].serial == key.serial ? &held_[key.slot] : nullptr; }
    /// Null: its trace has left the memory.
    const Place* placeOf(std::uint32_t span) const;
    /// Null: nothing of its trace is recorded any more.
    Span* spanOf(std::uint32_t span);
    std::uint32_t handleFor(const Key& key, std::uint32_t span);
    void comes(const Key& key, Held& held, engine::Instant now);
    void decideUntil(engine::Instant now);
    Verdict judge(const Held& held) const;
    static void count(Verdict verdict, TraceResult::Tail& tail);
    void decide(Held& held);
    void leave(Held& held, std::uint32_t slot);
    void makeRoom();

    TailSampling rules_;
    std::uint64_t seed_, threshold_;
    std::size_t capacity_;
    std::vector<Held> held_;            ///< slots, free ones among them
    std::vector<std::uint32_t> free_;
    std::deque<Key> came_;              ///< in the order of their first spans; those that have left among them
    std::deque<Key> undecided_, rootsCame_;
    std::deque<Place> places_;          ///< by handle, from `firstHandle_` on
    std::uint32_t firstHandle_ = 1;
    std::uint64_t begun_ = 0;           ///< traces
    std::size_t inMemory_ = 0;          ///< traces of which something has come
    std::size_t heldSpans_ = 0, storedSpans_ = 0;  ///< and notes
    std::vector<Held> stored_;          ///< kept, and out of memory
    TraceResult::Tail tail_;
    std::uint64_t sampled_ = 0, dropped_ = 0;
};

}  // namespace tantrum::models
