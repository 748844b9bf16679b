// A process that starts, serves, is watched, dies and is started again: what a container, a pod and an instance have in
// common. Who owns it decides whether and when it comes back.
#pragma once

#include "engine/race.h"
#include "models/replicas.h"

#include <cstdint>
#include <optional>

namespace tantrum::models::compute {

/// What one process uses, and may use, of memory, in bytes.
struct Memory {
    double base = 0;         ///< with no request inside
    double perRequest = 0;   ///< while it is inside, working or waiting
    double leak = 0;         ///< of each request, until the process ends
    double limit = noLimit;  ///< beyond it the kernel kills
    static constexpr double noLimit = 1e300;
};

/// What a process is made of. The quota: as SharedProcessor::setQuota; Duration::max(): none.
struct ProcessParameters {
    ReplicaParameters replica;
    Duration quota = Duration::max();
    Duration period = Duration::milliseconds(100);
    Memory memory{};
    scenario::DurationDistribution startTime;
};

/// A check that is made again and again while the process runs: a small request to itself, which needs a worker and the
/// processor as any other.
struct Probe {
    Duration first;                   ///< after the process was started
    Duration interval, timeout;
    std::int64_t failures = 3;        ///< in a row, until it is said to fail
    Duration grace;                   ///< failures before that, from the start on, do not count until one succeeded
    Duration graceInterval = Duration::max();  ///< between checks in that time, if shorter
    Duration work;                    ///< core time of a check
    bool paced = false;               ///< the interval runs from check to check, not from the end of one to the next
};

inline constexpr int killed = 137;    ///< exit code: 128 + SIGKILL

class Process final : public Service {
public:
    enum class State : std::uint8_t { down, starting, running };
    enum class ProbeKind : std::uint8_t { liveness, readiness };

    class Owner {
    public:
        virtual ~Owner() = default;
        /// It ended by itself, `ran` after its start. The wait until it is started again; nothing: never.
        virtual std::optional<Duration> ended(Process& process, int exitCode, Duration ran) = 0;
        /// It is being started.
        virtual void starts(Process& process) { static_cast<void>(process); }
        /// It handles requests from now on.
        virtual void runs(Process& process) { static_cast<void>(process); }
        /// Whether a probe's last answers make it good or bad. Told once for each change, and each time it is bad again.
        virtual void probed(Process& process, ProbeKind kind, bool good) { static_cast<void>(process), static_cast<void>(kind), static_cast<void>(good); }
        /// Of each check that failed.
        virtual void probeFailed(Process& process, ProbeKind kind) { static_cast<void>(process), static_cast<void>(kind); }
    };

    /// All outlive it. It is down until begun.
    Process(Owner& owner, const Handler& handler, Station& station, engine::Gauge& inside, const ProcessParameters& parameters,
            engine::RandomStream& luck, engine::RandomStream& startLuck, Simulation& simulation);

    Task<Reply> call(Request request) override;

    /// Requires that it is down and not coming back. `atOnce`: it has been running all along.
    void begin(bool atOnce = false);
    /// From outside its own tasks: gone for good, with what it was working on, until begun again.
    void stop();
    /// Ends at this instant, through the agenda, unless it is down: a kill, a failed check. Then its owner decides.
    void exit(int code);
    /// A fault took its host down, or let go of it.
    void hostChanged();
    /// To be called from a scope that outlives it: waits until nobody is inside, but not for longer than that.
    Task<void> drain(Duration grace);
    /// From now on, each time it is started; before it is begun.
    void watch(ProbeKind kind, const Probe& probe) { probes_[static_cast<std::size_t>(kind)] = probe; }

    State state() const { return state_; }
    bool running() const { return state_ == State::running && replica_.host.up(); }
    std::int64_t stays() const { return stays_; }  ///< requests inside
    Replica& replica() { return replica_; }
    const Replica& replica() const { return replica_; }
    ProcessParameters& parameters() { return parameters_; }
    /// After its cores, quota or limits changed.
    void apply();

    double memory() const { return memory_; }
    double mostMemory() const { return mostMemory_; }
    std::uint64_t kills() const { return kills_; }  ///< for want of memory

private:
    class Stay;
    Task<void> live(bool atOnce);
    void end(bool up);
    Task<void> probe(ProbeKind kind);
    Task<Reply> check(Duration work);
    Task<Reply> answer(const Probe& rules);
    bool hasRoom() const;
    void use(double bytes);

    Owner& owner_;
    engine::Gauge& inside_;
    ProcessParameters parameters_;
    engine::RandomStream& startLuck_;
    Simulation& simulation_;
    Replica replica_;
    engine::Scope life_;     ///< of the process as seen by who watches over it
    engine::Scope watches_;  ///< its probes
    std::optional<engine::Finishes> exits_;
    engine::Finishes emptied_;
    std::int64_t stays_ = 0;
    std::optional<Probe> probes_[2];
    State state_ = State::down;
    Instant begun_;
    std::optional<int> exitCode_;
    std::uint64_t generation_ = 0;  ///< how often it ended: what an earlier one held went with it
    double memory_ = 0, mostMemory_ = 0;
    std::uint64_t kills_ = 0;
};

}  // namespace tantrum::models::compute
