// One directed pair of nodes that talk: what is counted about it, and the state of the network between them. Links,
// policies and faults meet here.
#pragma once

#include "models/disturbances.h"
#include "models/factors.h"
#include "models/observability/traces.h"
#include "models/passages.h"
#include "models/service.h"
#include "models/world/view.h"

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace tantrum::models {

/// To the callee, or from it.
enum class Way : std::uint8_t { there, back };

class Route {
public:
    using Outcomes = std::array<std::uint64_t, outcomeCount>;
    struct Counts {
        std::uint64_t calls = 0;      ///< what the caller asked for; a caller that goes away ends its call as timeout
        Outcomes callsEnded{};
        std::uint64_t attempts = 0;   ///< what went on the wire, retries and hedges included
        std::uint64_t retries = 0;    ///< of those, the ones after the first
        Outcomes attemptsEnded{};
        std::uint64_t delivered = 0;  ///< arrived at the callee
        std::uint64_t lost = 0;       ///< messages the network dropped, in either direction
        std::uint64_t repeated = 0;   ///< requests that were delivered without having been attempted: copies of others
        std::int64_t callsInside = 0, attemptsInside = 0;
    };

    Route(int index, std::string from, std::string to, const Simulation& simulation, PassageRecorder& passages, TraceRecorder& traces)
        : index_(index), from_(std::move(from)), to_(std::move(to)), simulation_(simulation), passages_(passages), traces_(traces), drawn_(passages.on())
    {
    }

    int index() const { return index_; }
    const std::string& from() const { return from_; }
    const std::string& to() const { return to_; }
    std::string name() const { return from_ + " -> " + to_; }

    TraceRecorder& traces() { return traces_; }
    /// What a policy decided, if the request is traced.
    void note(NoteKind kind, const Request& request, Instant now, Duration value = Duration()) { note(kind, request.span, now, value); }
    void note(NoteKind kind, std::uint32_t span, Instant now, Duration value)
    {
        if (span) [[unlikely]]
            traces_.note(kind, span, static_cast<std::uint32_t>(index_), now, value);
    }

    Counts counts;
    Breaker breaker = Breaker::none;  ///< of the outermost circuit breaker
    /// A circuit breaker changes its state; a change of state is worth a line in the caller's log.
    void turnBreaker(Breaker state, Instant now)
    {
        if (traces_.logs() && now > Instant()) tellOfBreaker(state, now);
        breaker = state;
    }

    /// Somebody watches what travels. Settled before the world is built.
    bool drawn() const { return drawn_; }
    void draw(Mark mark, bool returning, bool lost, Instant departure, Instant arrival)
    {
        Passage passage;
        passage.departure = departure;
        passage.arrival = arrival;
        passage.edge = index_;
        passage.mark = mark;
        passage.returning = returning;
        passage.lost = lost;
        passages_.record(passage);
    }
    /// What takes no time.
    void draw(Mark mark, bool returning) { draw(mark, returning, false, simulation_.now(), simulation_.now()); }

    // The state of the network; faults nest.
    /// No fault acts on it.
    bool calm() const { return calm_; }
    /// Cut off, in one direction at least.
    bool partitioned() const { return partitionsThere_ + partitionsBack_ > 0; }
    bool partitioned(Way way) const { return (way == Way::there ? partitionsThere_ : partitionsBack_) > 0; }
    Instant partitionedSince() const { return partitionedSince_; }
    void partition(Instant now, bool there = true, bool back = true)
    {
        if (!partitioned()) partitionedSince_ = now;
        partitionsThere_ += there, partitionsBack_ += back, judge();
    }
    void heal(bool there = true, bool back = true) { partitionsThere_ -= there, partitionsBack_ -= back, judge(); }
    Duration extraLatency() const { return extraLatency_; }
    void addLatency(Duration extra) { extraLatency_ += extra, judge(); }
    void removeLatency(Duration extra) { extraLatency_ -= extra, judge(); }
    /// Besides the link's own loss.
    double extraLoss() const { return 1 - kept_.product(); }
    void addLoss(double share) { kept_.add(1 - share), judge(); }
    void removeLoss(double share) { kept_.remove(1 - share), judge(); }
    const Disturbances& disturbances() const { return disturbances_; }
    template <class Change> void disturb(const Change& change) { change(disturbances_), judge(); }

    // What pools of connections on the route do wrong.
    /// Share of calls that do not give their connection back.
    double leaks() const { return 1 - returned_.product(); }
    void addLeak(double share) { returned_.add(1 - share); }
    void removeLeak(double share) { returned_.remove(1 - share); }
    /// Called when the caller's process was begun anew, with fresh pools. Outlives the route's last use.
    void onFreshPools(std::function<void()> call) { freshPools_.push_back(std::move(call)); }
    void beginFreshPools()
    {
        for (const std::function<void()>& call : freshPools_) call();
    }

private:
    void tellOfBreaker(Breaker state, Instant now);
    int index_;
    std::string from_, to_;
    const Simulation& simulation_;
    PassageRecorder& passages_;
    TraceRecorder& traces_;
    bool drawn_;
    void judge() { calm_ = !partitioned() && extraLatency_ == Duration() && kept_.product() == 1 && disturbances_.none(); }
    bool calm_ = true;
    int partitionsThere_ = 0, partitionsBack_ = 0;
    Instant partitionedSince_;
    Duration extraLatency_;
    Factors kept_;
    Disturbances disturbances_;
    Factors returned_;
    std::vector<std::function<void()>> freshPools_;
};

/// Where a call goes: resolved once, when the world is built.
struct Target {
    Service* service = nullptr;
    Route* route = nullptr;
    std::uint16_t operation = 0;
    bool drawn = false;  ///< somebody watches, and no link lies between that draws what travels over it
};

/// One call over a route, from its caller's side. Lives in the caller's frame around the co_await; one that is destroyed
/// before it has ended was given up.
class Calling {
public:
    /// Of nobody, until begun.
    Calling() = default;
    explicit Calling(const Target& target) { begin(target); }
    Calling(const Calling&) = delete;
    Calling& operator=(const Calling&) = delete;
    ~Calling()
    {
        if (target_) [[unlikely]]
            leave(Outcome::timeout);
    }
    /// Again, perhaps, once the last one has ended.
    void begin(const Target& target)
    {
        target_ = &target;
        ++target.route->counts.calls;
        ++target.route->counts.callsInside;
        if (target.drawn) [[unlikely]]
            draw(Mark::request, false);
    }
    /// Once.
    void end(const Reply& reply)
    {
        if (target_->drawn) [[unlikely]]
            draw(markOf(reply.outcome), true);
        leave(reply.outcome);
    }

private:
    [[gnu::cold, gnu::noinline]] void draw(Mark mark, bool returning) { target_->route->draw(mark, returning); }
    void leave(Outcome outcome)
    {
        Route::Counts& counts = std::exchange(target_, nullptr)->route->counts;
        --counts.callsInside;
        ++counts.callsEnded[static_cast<std::size_t>(outcome)];
    }

    const Target* target_ = nullptr;
};

}  // namespace tantrum::models
