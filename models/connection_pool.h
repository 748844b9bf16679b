// A pool of connections to one server, and the line of those who wait for one, first come first served and for so long
// at most. If the server limits its connections (PooledConnections), the pool holds them open there, in use or not, and
// makes do with those it gets; a server that crashes takes all of them with it.
#pragma once

#include "engine/list.h"
#include "engine/scope.h"
#include "engine/simulation.h"
#include "engine/statistics.h"
#include "models/pooled_connections.h"
#include "models/service.h"

#include <algorithm>
#include <coroutine>
#include <cstdint>

namespace tantrum::models {

class ConnectionPool {
public:
    /// `server`: null if it counts no connections. `retry`: the pause after a connection that could not be opened.
    ConnectionPool(Simulation& simulation, PooledConnections* server, std::int64_t size, Duration retry)
        : simulation_(simulation), server_(server), size_(size), retry_(retry), keeper_(simulation)
    {
    }
    ConnectionPool(const ConnectionPool&) = delete;
    ConnectionPool& operator=(const ConnectionPool&) = delete;

    /// A wish for a connection, and then its use, until destroyed. Set `patience`, then co_await: true with a connection
    /// in hand, false if there was none in that time. It may be awaited again, from the same place in the line.
    class Use : private engine::Wakeup {
    public:
        explicit Use(ConnectionPool& pool) : pool_(pool) {}
        ~Use() { giveUp(); }
        Duration patience = Duration::max();

        bool await_ready()
        {
            if (!held_ && !place_.linked() && pool_.waiting_.empty() && pool_.takeAt(pool_.size())) take();
            return held_;
        }
        void await_suspend(std::coroutine_handle<> awaiting)
        {
            aim(awaiting);
            if (!place_.linked()) {
                place_.use = this;
                pool_.waiting_.pushBack(place_);
                pool_.queue_.add(pool_.simulation_.now(), 1);
                pool_.wakeKeeper();
            }
            if (patience != Duration::max()) pool_.simulation_.armAfter(*this, patience, engine::Spans::constant);
        }
        bool await_resume() const { return held_; }
        /// Out of turn: one of the extra connections beyond the pool's size. False: there is none.
        bool takeExtra()
        {
            if (held_ || !pool_.takeAt(pool_.size() + pool_.extra_)) return held_;
            leaveLine();
            take();
            return true;
        }
        /// Of a connection in hand: it is lost to the pool for ever.
        void leak()
        {
            if (!held_) return;
            held_ = false;
            pool_.lose(generation_);
        }
        /// Before its end.
        void giveUp()
        {
            leaveLine();
            if (!held_) return;
            held_ = false;
            pool_.giveBack(generation_);
        }

    private:
        friend class ConnectionPool;
        void take()
        {
            held_ = true;
            generation_ = pool_.generation_;
        }
        void leaveLine()
        {
            if (!place_.linked()) return;
            place_.unlink();
            pool_.queue_.add(pool_.simulation_.now(), -1);
        }
        void grant()
        {
            leaveLine();
            take();
            leave();
            pool_.simulation_.armNow(*this);
        }
        struct Standing : engine::ListNode {
            Use* use = nullptr;
        };
        ConnectionPool& pool_;
        Standing place_;
        std::uint64_t generation_ = 0;
        bool held_ = false;
    };

    /// Opens connections up to the pool's size, as far as the server lets it.
    void fill()
    {
        refresh();
        while (open_ < size() && openOne()) {}
    }
    /// More admits those who wait; fewer takes effect as connections come back.
    void setSize(std::int64_t size)
    {
        size_ = size;
        nextTry_ = Instant();
        shrink();
        serve();
    }
    /// The process that leaked was begun anew: what it lost is closed, and its pool is whole again.
    void recover()
    {
        refresh();
        for (; lostThere_ > 0; --lostThere_)
            if (server_) server_->giveConnectionBack();
        leaked_ = 0;
        fill();
        serve();
    }
    /// How many there may be beyond its size, for those who take them.
    void setExtra(std::int64_t extra) { extra_ = extra; }
    /// Without those that leaked.
    std::int64_t size() const { return std::max<std::int64_t>(size_ - leaked_, 0); }
    std::int64_t open() const { return open_; }
    std::int64_t leaked() const { return leaked_; }
    std::uint64_t refusedByServer() const { return refused_; }
    /// In use, and waited for.
    engine::Gauge& busy() { return busy_; }
    engine::Gauge& queue() { return queue_; }
    const engine::Gauge& busy() const { return busy_; }
    const engine::Gauge& queue() const { return queue_; }

private:
    // What was open went with the server.
    void refresh()
    {
        if (!server_ || server_->generation() == generation_) return;
        generation_ = server_->generation();
        open_ = used_ = lostThere_ = 0;
        nextTry_ = Instant();
    }
    bool openOne()
    {
        if (server_) {
            if (simulation_.now() < nextTry_) return false;
            if (!server_->takeConnection()) {
                ++refused_;
                nextTry_ = simulation_.now() + retry_;
                return false;
            }
        }
        ++open_;
        return true;
    }
    /// One that is idle, or a new one as long as fewer than `most` are open.
    bool takeAt(std::int64_t most)
    {
        refresh();
        if (used_ >= most || (used_ == open_ && (open_ >= most || !openOne()))) return false;
        ++used_;
        busy_.add(simulation_.now(), 1);
        return true;
    }
    void serve()
    {
        while (!waiting_.empty() && takeAt(size())) static_cast<Use::Standing*>(waiting_.first())->use->grant();
    }
    // Beyond its size, whatever is not in use is closed.
    void shrink()
    {
        refresh();
        while (open_ > used_ && open_ > size()) {
            --open_;
            if (server_) server_->giveConnectionBack();
        }
    }
    void giveBack(std::uint64_t generation)
    {
        busy_.add(simulation_.now(), -1);
        refresh();
        if (generation == generation_) {
            --used_;
            if (open_ > size() && open_ <= size() + extra_ && !waiting_.empty()) {
                // An extra connection goes on to the first in line rather than being closed.
                ++used_;
                busy_.add(simulation_.now(), 1);
                static_cast<Use::Standing*>(waiting_.first())->use->grant();
                return;
            }
            shrink();
        }
        serve();
    }
    void lose(std::uint64_t generation)
    {
        busy_.add(simulation_.now(), -1);
        refresh();
        ++leaked_;
        if (generation != generation_) return;
        --used_;
        --open_;
        ++lostThere_;  // still open at the server
    }

    // As long as somebody waits for a connection that could not be opened: tries again.
    void wakeKeeper()
    {
        if (!server_ || keeperRuns_ || (open_ >= size() && server_->generation() == generation_)) return;
        keeperRuns_ = true;
        keeper_.spawn(keepTrying());
    }
    Task<void> keepTrying()
    {
        while (!waiting_.empty()) {
            co_await simulation_.delay(retry_, engine::Spans::constant);
            serve();
        }
        keeperRuns_ = false;
    }

    Simulation& simulation_;
    PooledConnections* server_;
    std::int64_t size_, extra_ = 0;
    Duration retry_;
    std::int64_t open_ = 0, used_ = 0, leaked_ = 0, lostThere_ = 0;
    std::uint64_t generation_ = 0;
    Instant nextTry_;
    std::uint64_t refused_ = 0;
    engine::List waiting_;
    engine::Gauge busy_, queue_;
    bool keeperRuns_ = false;
    engine::Scope keeper_;
};

}  // namespace tantrum::models
