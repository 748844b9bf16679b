// Concurrent requests for one key share one load: the first is the leader, the others wait for it. If the leader ends
// without a result (its caller went away, its host crashed), the next in line leads.
#pragma once

#include "engine/list.h"
#include "models/service.h"

#include <coroutine>
#include <unordered_map>

namespace tantrum::models {

class SingleFlight {
public:
    explicit SingleFlight(Simulation& simulation) : simulation_(simulation) {}

    /// One request's part in the flight of its key. Lives in the request's frame.
    class Seat : private engine::Wakeup {
    public:
        Seat(SingleFlight& flights, std::uint64_t key) : flights_(flights), key_(key) {}
        ~Seat();

        class Board {
        public:
            explicit Board(Seat& seat) : seat_(seat) {}
            bool await_ready() { return seat_.lead(); }
            void await_suspend(std::coroutine_handle<> awaiting) { seat_.wait(awaiting); }
            bool await_resume() const { return seat_.leads_; }

        private:
            Seat& seat_;
        };
        /// co_await: true: it leads and has to land(); false: result() is the leader's.
        Board board() { return Board(*this); }
        /// The leader's result goes to all who wait; the next request for the key starts a new flight.
        void land(const Reply& reply);
        const Reply& result() const { return result_; }

    private:
        bool lead();
        void wait(std::coroutine_handle<> awaiting);
        SingleFlight& flights_;
        std::uint64_t key_;
        Reply result_;
        bool leads_ = false;
        bool landed_ = false;
    };

private:
    Simulation& simulation_;
    std::unordered_map<std::uint64_t, engine::List> flights_;  // looked up only, never walked
};

}  // namespace tantrum::models
