// A number of equal processes behind one name, in one or two versions: pods of a deployment, instances of a group. It keeps as
// many as are wanted, sends requests to those that are ready, and replaces one version by another.
#pragma once

#include "models/compute/process.h"
#include "models/deployment.h"

#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace tantrum::models::compute {

class Fleet {
public:
    /// When a process gets requests: as soon as it is started, whether it listens or not; when it listens; when its readiness
    /// probe says so.
    enum class Ready : std::uint8_t { started, running, probed };

    struct Rules {
        std::size_t prepared = 1;     ///< places for processes from the beginning, where lasting faults find them
        std::int64_t wanted = 1;      ///< at first; these run already
        double maxSurge = 0.25, maxUnavailable = 0.25;  ///< of those wanted; rounded up, and down
        Ready ready = Ready::probed;
        Duration minReady;            ///< ready for so long: available
        Duration grace = Duration::seconds(30);         ///< to finish what is inside when one is taken away
        Duration progressDeadline = Duration::seconds(600);
        Balance balance = Balance::random;
        Versions versions;
        std::string version;          ///< that runs at first
        std::optional<Probe> liveness{}, readiness{};
    };

    struct Unit final : Process::Owner {
        Unit(Fleet& fleet, std::size_t place, const ProcessParameters& parameters);
        std::optional<Duration> ended(Process&, int exitCode, Duration ran) override { return fleet.ended(*this, exitCode, ran); }
        void starts(Process&) override { fleet.starts(*this); }
        void runs(Process&) override { fleet.runs(*this); }
        void probed(Process&, Process::ProbeKind kind, bool good) override { fleet.probed(*this, kind, good); }

        Fleet& fleet;
        const std::size_t place;
        std::size_t version = 0;
        bool present = false, leaving = false, ready = false, everReady = false;
        Instant created{}, readySince{}, readyChanged{};
        Duration delay{};        ///< before its last restart
        std::uint64_t crashes = 0;
        /// Core time it used on average, in cores, since this was asked last, or since it was created.
        double use(Instant now);
        Instant lookedAt{};
        double usedBefore = 0;
        Process process;
    };

    class Owner {
    public:
        virtual ~Owner() = default;
        /// The wait until a process that ended is started again; nothing: it is taken away, and another made in its place.
        virtual std::optional<Duration> restart(Unit& unit, int exitCode, Duration ran) = 0;
        /// A new one has taken this place, and is about to be started.
        virtual void created(Unit& unit) { static_cast<void>(unit); }
    };

    Fleet(Owner& owner, const Handler& handler, Component& component, const ProcessParameters& parameters, const Rules& rules,
          Building& building);

    void start();
    Task<Reply> call(Request request);
    void hostChanged(Host& host);
    std::vector<Host*> hosts();
    void look(Levels& levels);

    std::int64_t wanted() const { return wanted_; }
    void want(std::int64_t count);
    void deploy(const Deployment& deployment);
    void setBalance(Balance balance) { rules_.balance = balance; }
    /// Processes that have a place: also those under way or leaving.
    std::deque<Unit>& units() { return units_; }
    const std::deque<Unit>& units() const { return units_; }
    /// Takes one away, with the grace that its requests are given, or another.
    void remove(Unit& unit) { remove(unit, rules_.grace); }
    void remove(Unit& unit, Duration grace);
    /// Those leaving included, since the start.
    double presentSeconds() const { return present_.integral(now()) * 1e-9; }
    ProcessParameters& parameters() { return parameters_; }

    struct Counts {
        std::int64_t present = 0, ready = 0, available = 0;
    };
    Counts count() const;
    Counts countOf(std::size_t version) const;

    // What happened so far.
    std::int64_t mostPresent = 0, leastReady = 0;
    std::uint64_t restarts = 0, rollbacks = 0, rollouts = 0, deadlines = 0;
    Duration rolloutTime;                       ///< of the last that is over
    std::uint64_t kills() const;
    double mostMemory() const;
    double used() const;                        ///< core time of all, in nanoseconds
    std::uint64_t answeredBy(std::size_t version) const { return tallies_[version].answered; }
    std::uint64_t failedBy(std::size_t version) const { return tallies_[version].failed; }
    std::size_t versions() const { return tallies_.size(); }
    /// Share of ready processes that are of the version wanted in the end.
    double updated() const;

private:
    enum class Mode : std::uint8_t { rolling, recreate, beside };
    struct Tally {
        std::uint64_t answered = 0, failed = 0;
    };

    std::optional<Duration> ended(Unit& unit, int exitCode, Duration ran);
    void starts(Unit& unit);
    void runs(Unit& unit);
    void probed(Unit& unit, Process::ProbeKind kind, bool good);
    void setReady(Unit& unit, bool ready);

    Instant now() const { return simulation_.now(); }
    void ring();
    Task<void> ringLater();
    Task<void> control();
    void reconcile();
    void reconcileRolling();
    void reconcileBeside();
    void keep(std::size_t version, std::int64_t count);
    std::int64_t removeSome(std::int64_t count, bool onlyUnready, std::size_t version, bool others);
    void create(std::size_t version, bool atOnce = false);
    Task<void> leave(Unit& unit, Duration grace);
    void vacate(Unit& unit);
    void list();
    Unit* choose();

    std::size_t versionOf(const std::string& name);
    Task<void> roll();
    Task<void> rollBeside(Deployment deployment);
    Task<bool> becomesAvailable(std::size_t version, std::int64_t count);
    void finish(bool good);

    Owner& owner_;
    const Handler& handler_;
    Component& component_;
    Simulation& simulation_;
    ProcessParameters parameters_;
    Rules rules_;
    engine::RandomStream luck_, startLuck_, choiceLuck_;
    engine::Gauge inside_, present_;
    std::deque<Unit> units_;
    std::int64_t wanted_;
    Mode mode_ = Mode::rolling;
    std::size_t target_ = 0;          ///< the version that is to be everywhere; beside: that gets the rest of the traffic
    std::size_t incoming_ = 0;        ///< beside: the other
    std::int64_t incomingWanted_ = 0;
    double incomingShare_ = 0;        ///< beside: of the traffic
    std::vector<std::string> names_;  ///< of versions
    std::vector<Tally> tallies_;      ///< by version
    std::vector<Unit*> endpoints_, incomingEndpoints_;
    Chooser chooser_, incomingChooser_;
    Instant rolloutBegun_;
    bool rollingOut_ = false;
    engine::Finishes changed_;
    std::optional<engine::Finishes> progress_;
    engine::Scope scope_, rollout_;
};

}  // namespace tantrum::models::compute
