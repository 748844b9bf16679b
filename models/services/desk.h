// Who is served next at a replica, where that is more than the order of arrival: requests by their priority, and tied
// copies of which only one is to be begun. A replica without a desk knows nothing of either.
#pragma once

#include "engine/list.h"
#include "models/replicas.h"

#include <array>
#include <cstdint>
#include <deque>
#include <unordered_map>

namespace tantrum::models {

class Desk;

/// One request's place in a desk's line, and then its worker; lives in the request's frame.
class Seat : private engine::Wakeup {
public:
    Seat(Desk& desk, const Request& request);
    ~Seat();

    enum class State : std::uint8_t { waiting, served, refused, cancelled };
    /// co_await: how its wait ended; with a worker in hand if served.
    bool await_ready() const { return state_ != State::waiting; }
    void await_suspend(std::coroutine_handle<> awaiting) { aim(awaiting); }
    State await_resume() const { return state_; }

private:
    friend class Desk;
    friend class Ties;
    struct Twin : engine::ListNode {
        Seat* seat = nullptr;
    };
    void wakeAs(State state);

    Desk& desk_;
    std::size_t rank_;
    std::uint64_t tie_;  ///< 0: it has no twin
    State state_ = State::waiting;
    engine::Permit worker_;
    Twin twin_;
};

/// The pairs of copies among a service's replicas ("tied requests": Dean and Barroso, The Tail at Scale, 2013): the replica
/// that begins one tells the other's, which strikes its copy from the queue.
class Ties {
public:
    /// `news`: how long that takes.
    Ties(Simulation& simulation, Duration news) : simulation_(simulation), news_(news), telling_(simulation) {}

    /// False: its twin is begun, and the news of it is here already.
    bool arrives(Seat& seat);
    void begins(Seat& seat);
    void leaves(Seat& seat);

    std::uint64_t cancelled() const { return cancelled_; }
    std::uint64_t bothBegun() const { return bothBegun_; }

private:
    struct Tie {
        engine::List waiting;
        std::uint64_t number = 0;
        Instant since{};
        int arrived = 0, begun = 0;
        bool over = false;
    };
    void forgetOld();
    void settle(std::uint64_t key);
    void tell(std::uint64_t key, std::uint64_t number);
    Task<void> tellLater(std::uint64_t key, std::uint64_t number);

    Simulation& simulation_;
    Duration news_;
    std::unordered_map<std::uint64_t, Tie> ties_;  // looked up only, never walked
    std::deque<std::pair<std::uint64_t, std::uint64_t>> order_;  ///< key and number, the oldest first
    std::uint64_t number_ = 0, cancelled_ = 0, bothBegun_ = 0;
    engine::Scope telling_;
};

/// In front of a replica that holds a worker for a whole request.
class Desk final : public Service {
public:
    static constexpr std::size_t ranks = Request::mostUrgent + 1;

    /// `byPriority`: the most urgent first, and a full queue sheds the least urgent, the newest of them, for one more urgent.
    /// `ties`: null if copies know nothing of each other. All outlive it.
    Desk(Replica& replica, bool byPriority, Queueing discipline, Ties* ties)
        : replica_(replica), byPriority_(byPriority), discipline_(discipline), ties_(ties)
    {
    }

    Task<Reply> call(Request request) override;
    /// Within a priority.
    void setDiscipline(Queueing discipline) { discipline_ = discipline; }
    /// More workers admit those who wait.
    void setWorkers(std::int64_t workers);
    std::uint64_t shed() const { return shed_; }

private:
    friend class Seat;
    friend class Ties;
    Simulation& simulation() const { return replica_.host.scope().simulation(); }
    void receive(Seat& seat);
    void admit();
    void give(Seat& seat);
    bool shedFor(std::size_t rank);
    void leaveLine(Seat& seat);
    Seat& best();

    Replica& replica_;
    bool byPriority_;
    Queueing discipline_;
    Ties* ties_;
    std::array<engine::List, ranks> lines_;
    std::uint64_t shed_ = 0;
};

}  // namespace tantrum::models
