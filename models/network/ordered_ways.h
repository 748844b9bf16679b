// Connections that many calls share: bytes come out of one in the order they went in, so what was sent after a lost message
// waits until that has been sent again and has arrived (head-of-line blocking).
#pragma once

#include "models/network/link.h"

#include <deque>

namespace tantrum::models::network {

/// One direction of one connection.
class OrderedWay {
public:
    explicit OrderedWay(Simulation& simulation) : simulation_(simulation) {}

    /// A message has been lost; its number.
    std::uint64_t lose();
    /// That message has arrived after all, or nobody sends it any more.
    void fill(std::uint64_t gap);
    /// What is sent now comes out after the lost message of this number.
    std::uint64_t behind() const { return last_; }
    /// Nothing that was lost up to that number is still missing.
    bool free(std::uint64_t behind) const { return missing_.empty() || missing_.front() > behind; }

    class Passing : private engine::Wakeup {
    public:
        Passing(OrderedWay& way, std::uint64_t behind) : way_(way), behind_(behind) {}
        bool await_ready() const { return way_.free(behind_); }
        void await_suspend(std::coroutine_handle<> awaiting)
        {
            aim(awaiting);
            way_.waiting_.pushBack(*this);
        }
        void await_resume() const {}

    private:
        friend class OrderedWay;
        OrderedWay& way_;
        std::uint64_t behind_;
    };
    /// co_await, on arrival: goes on when it is the message's turn.
    Passing passes(std::uint64_t behind) { return Passing(*this, behind); }

private:
    Simulation& simulation_;
    std::uint64_t last_ = 0;
    std::vector<std::uint64_t> missing_;  ///< ascending
    engine::List waiting_;
};

/// A link's calls over such connections.
class OrderedWays {
public:
    OrderedWays(Link& link, std::size_t connections);
    void send(const Request& request, Link::Answer answer, std::size_t connection);

private:
    struct Connection {
        explicit Connection(Simulation& simulation) : forward(simulation), back(simulation) {}
        OrderedWay forward, back;
    };

    void deliver(const Request& request, Link::Answer answer, Duration after, Connection& over, std::uint64_t behind);
    Task<void> arrive(Request request, Link::Answer answer, Connection& over, std::uint64_t behind);
    Task<void> resend(Request request, Link::Answer answer, Connection& over, std::uint64_t gap);
    Task<void> comeLate(Request request, Link::Answer answer, Connection& over, std::uint64_t gap, Duration way);
    Task<void> comeBackLate(Reply reply, Link::Answer answer, Connection& over, std::uint64_t gap, Duration way);
    void answer(const Reply& reply, Link::Answer answer, const Request& request, Connection& over);
    Task<void> comeBack(Reply reply, Link::Answer answer, Connection& over, std::uint64_t behind, Duration way);
    Task<void> answerAgain(Reply reply, Link::Answer answer, Connection& over, std::uint64_t gap, std::uint32_t bytes);

    Link& link_;
    std::deque<Connection> connections_;
};

}  // namespace tantrum::models::network
