// Waiting for the first of several things. The loser of a race is destroyed, and so cancelled, before the winner's
// result is used.
#pragma once

#include "engine/simulation.h"
#include "engine/task.h"

#include <optional>
#include <utility>

namespace tantrum::engine {

/// co_await within(simulation, limit, task): the task's result, or nothing if it took longer than `limit`, in which case
/// it is cancelled.
template <class T> class [[nodiscard]] Within {
public:
    Within(Simulation& simulation, Duration limit, Task<T> task)
        : simulation_(simulation), limit_(limit), task_(std::move(task))
    {
    }
    bool await_ready() { return task_.start(); }
    void await_suspend(std::coroutine_handle<> awaiting)
    {
        task_.continueWith(awaiting);
        timer_.aim(awaiting);
        simulation_.armAfter(timer_, limit_, Spans::constant);
    }
    std::optional<T> await_resume()
    {
        if (!task_.done()) {
            task_.reset();
            return std::nullopt;
        }
        timer_.leave();
        return task_.result();
    }

private:
    Simulation& simulation_;
    Duration limit_;
    Task<T> task_;
    Wakeup timer_;
};

template <class T> Within<T> within(Simulation& simulation, Duration limit, Task<T> task)
{
    return Within<T>(simulation, limit, std::move(task));
}

/// Counts what has finished and wakes one waiter at each change. Outlives the Running tasks that report to it.
class Finishes {
public:
    explicit Finishes(Simulation& simulation) : simulation_(simulation) {}
    Finishes(const Finishes&) = delete;
    Finishes& operator=(const Finishes&) = delete;

    int count() const { return count_; }
    Simulation& simulation() const { return simulation_; }
    void add()
    {
        ++count_;
        if (waiting_) {
            waiting_ = false;
            waiter_.leave();
            simulation_.armNow(waiter_);
        }
    }

    class Wait {
    public:
        Wait(Finishes& finishes, int beyond, Duration limit) : finishes_(finishes), beyond_(beyond), limit_(limit) {}
        bool await_ready() const { return finishes_.count_ > beyond_; }
        void await_suspend(std::coroutine_handle<> awaiting)
        {
            finishes_.waiter_.aim(awaiting);
            finishes_.waiting_ = true;
            if (limit_ != Duration::max()) finishes_.simulation_.armAfter(finishes_.waiter_, limit_, Spans::constant);
        }
        bool await_resume()
        {
            finishes_.waiting_ = false;
            return finishes_.count_ > beyond_;
        }

    private:
        Finishes& finishes_;
        int beyond_;
        Duration limit_;
    };
    /// co_await: true once more than `beyond` have finished; false if `limit` passed first. One waiter at a time.
    Wait more(int beyond, Duration limit = Duration::max()) { return Wait(*this, beyond, limit); }

private:
    Simulation& simulation_;
    int count_ = 0;
    bool waiting_ = false;
    Wakeup waiter_;
};

/// A task under way beside its owner. Destroying it cancels the task.
template <class T> class Running {
public:
    Running(Task<T> task, Finishes& finishes) : driver_(drive(std::move(task), *this)), finishes_(finishes)
    {
        driver_.start();
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

    bool finished() const { return finished_; }
    /// Requires finished().
    const T& result() const { return result_; }

private:
    static Task<void> drive(Task<T> task, Running& self)
    {
        self.result_ = co_await std::move(task);
        self.finished_ = true;
        self.finishes_.add();
    }

    T result_{};
    bool finished_ = false;
    Task<void> driver_;
    Finishes& finishes_;
};

/// A fixed number of tasks under way side by side, in pooled memory. Destroying it cancels those not finished.
template <class T> class RunningSet {
public:
    RunningSet(std::size_t capacity, Finishes& finishes)
        : finishes_(finishes), bytes_(capacity * sizeof(Running<T>)),
          items_(static_cast<Running<T>*>(FramePool::allocate(bytes_)))
    {
    }
    RunningSet(const RunningSet&) = delete;
    RunningSet& operator=(const RunningSet&) = delete;
    ~RunningSet()
    {
        for (std::size_t index = size_; index-- > 0;) items_[index].~Running<T>();
        FramePool::release(items_, bytes_);
    }
    /// At most `capacity` times; starts the task.
    void add(Task<T> task) { new (&items_[size_++]) Running<T>(std::move(task), finishes_); }
    std::size_t size() const { return size_; }
    const Running<T>& operator[](std::size_t index) const { return items_[index]; }

private:
    Finishes& finishes_;
    std::size_t bytes_;
    Running<T>* items_;
    std::size_t size_ = 0;
};

}  // namespace tantrum::engine
