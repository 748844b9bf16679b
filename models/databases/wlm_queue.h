// A workload management queue: slots, and the line of queries that wait for one or several of them.
#pragma once

#include "engine/list.h"
#include "engine/simulation.h"
#include "models/service.h"

#include <algorithm>
#include <coroutine>
#include <cstdint>

namespace tantrum::models::databases {

class WlmQueue {
public:
    std::int64_t slots = 0, used = 0;

    /// One query's place in a line. Derived from by what happens to queries; it leaves the line before it dies.
    class Place : private engine::Wakeup {
    public:
        Place(Simulation& simulation, std::int64_t wanted) : simulation_(simulation), slots_(wanted) {}
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        std::int64_t slots() const { return slots_; }

    protected:
        ~Place() = default;
        /// True if it stood in a line.
        bool leave()
        {
            if (!standing_.linked()) return false;
            standing_.unlink();
            return true;
        }
        void waitOn(std::coroutine_handle<> awaiting)
        {
            aim(awaiting);
            suspended_ = true;
        }
        /// Who waits goes on, if it does wait already.
        void wake()
        {
            if (suspended_) simulation_.armNow(*this);
        }

    private:
        friend class WlmQueue;
        struct Standing : engine::ListNode {
            Place* place = nullptr;
        };
        Simulation& simulation_;
        std::int64_t slots_;
        Standing standing_;
        bool suspended_ = false;
    };

    void join(Place& place)
    {
        place.slots_ = std::min(place.slots_, std::max<std::int64_t>(slots, 1));  // more than there are: all of them
        place.standing_.place = &place;
        line_.pushBack(place.standing_);
    }
    /// Null: nobody waits.
    Place* first() const { return line_.empty() ? nullptr : static_cast<Place::Standing*>(line_.first())->place; }
    bool hasRoomFor(std::int64_t wanted) const { return used + std::min(wanted, std::max<std::int64_t>(slots, 1)) <= slots; }
    /// Somebody who came now would not have to wait.
    bool fits(std::int64_t wanted) const { return line_.empty() && hasRoomFor(wanted); }

private:
    engine::List line_;
};

}  // namespace tantrum::models::databases
