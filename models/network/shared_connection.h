// One connection that carries many calls at once: opened by the first that needs it, for all who come meanwhile.
#pragma once

#include "engine/race.h"
#include "engine/scope.h"
#include "models/network/protocol.h"

#include <optional>

namespace tantrum::models::network {

class SharedConnection {
public:
    /// All outlive it.
    SharedConnection(Simulation& simulation, Link& link, Component& callee) : simulation_(simulation), link_(link), callee_(callee), opening_(simulation) {}

    /// How to open it; set before each use.
    struct Manner {
        int roundTrips = 1, roundTripsResumed = 1;
        Duration idle = Duration::max();    ///< unused for so long, it is closed
        Duration longest = Duration::max(); ///< after so long it is replaced by a new one
        Duration patience = Duration::max();///< how long to wait for it to open
        Duration pause{};                   ///< after a vain attempt nothing is tried for so long; zero: always
        double pauseGrowth = 1;             ///< from one vain attempt in a row to the next
        Duration pauseMost{};
    };
    void setManner(const Manner& manner) { manner_ = manner; }

    class Ready : private engine::Wakeup {
    public:
        explicit Ready(SharedConnection& connection) : connection_(connection) {}
        bool await_ready() { return connection_.settledAtOnce(); }
        void await_suspend(std::coroutine_handle<> awaiting)
        {
            aim(awaiting);
            suspended_ = true;
            connection_.waiting_.pushBack(*this);
        }
        bool await_resume() const { return suspended_ ? answered_ : connection_.open_; }

    private:
        friend class SharedConnection;
        SharedConnection& connection_;
        bool suspended_ = false, answered_ = false;
    };
    /// co_await: it is open; false: see failure().
    Ready ready() { return Ready(*this); }

    /// A call on it; makes it busy, and its end begins the idle time.
    class Stream {
    public:
        explicit Stream(SharedConnection& on) : on_(on), era_(on.era_) { ++on.streams_; }
        Stream(const Stream&) = delete;
        Stream& operator=(const Stream&) = delete;
        ~Stream()
        {
            --on_.streams_;
            on_.lastUsed_ = on_.simulation_.now();
        }
        /// The other side has reset it. The news of an earlier connection's end does not close the next.
        void broken()
        {
            if (era_ == on_.era_) on_.close();
        }

    private:
        SharedConnection& on_;
        std::uint64_t era_;
    };

    /// How the last attempt to open it failed.
    Outcome failure() const { return failure_; }
    std::uint16_t mark() const { return mark_; }
    bool isOpen() const { return open_; }
    std::uint64_t opened() const { return opened_; }
    std::uint64_t unanswered() const { return unanswered_; }

private:
    /// Whether there is nothing to wait for: it is open, or could not be opened.
    bool settledAtOnce()
    {
        const Instant now = simulation_.now();
        if (open_ && (since_ + manner_.longest <= now || (streams_ == 0 && lastUsed_ + manner_.idle <= now))) close();
        if (!open_ && !underWay_ && now >= pausedUntil_) opening_.start(open());
        return !underWay_;
    }

    Task<void> open()
    {
        underWay_ = true;
        const int trips = opened_ > 0 ? manner_.roundTripsResumed : manner_.roundTrips;
        bool answered = false;
        if (manner_.patience == Duration::max()) {
            answered = co_await link_.greet(trips);
        } else {
            const std::optional<bool> inTime = co_await engine::within(simulation_, manner_.patience, link_.greet(trips));
            answered = inTime && *inTime;
        }
        underWay_ = false;
        failure_ = answered ? Outcome::crashed : Outcome::unreachable;
        const bool opens = answered && !refusesConnections(callee_);
        if (opens)
            nowOpen();
        else
            inVain();
        while (!waiting_.empty()) {
            auto& ready = static_cast<Ready&>(*waiting_.first());
            ready.unlink();
            ready.answered_ = opens;
            simulation_.armNow(ready);
        }
    }
    void nowOpen()
    {
        open_ = true;
        ++opened_;
        ++era_;
        vainInARow_ = 0;
        since_ = lastUsed_ = simulation_.now();
        mark_ = callee_.openConnection();
    }
    void inVain()
    {
        ++unanswered_;
        double pause = static_cast<double>(manner_.pause.count());
        for (int attempt = 0; attempt < vainInARow_ && pause < static_cast<double>(manner_.pauseMost.count()); ++attempt) pause *= manner_.pauseGrowth;
        ++vainInARow_;
        pausedUntil_ = simulation_.now() + std::min(Duration::fromNanoseconds(pause), manner_.pauseMost);
    }
    void close()
    {
        if (!open_) return;
        open_ = false;
        callee_.closeConnection(mark_);
    }

    Simulation& simulation_;
    Link& link_;
    Component& callee_;
    Manner manner_;
    bool open_ = false, underWay_ = false;
    std::uint16_t mark_ = 0;
    std::int64_t streams_ = 0;
    Instant since_, lastUsed_, pausedUntil_;
    int vainInARow_ = 0;
    Outcome failure_ = Outcome::unreachable;
    std::uint64_t era_ = 0, opened_ = 0, unanswered_ = 0;
    engine::List waiting_;
    engine::Scope opening_;
};

}  // namespace tantrum::models::network
