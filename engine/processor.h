// Who does the work of a host. Processor: every job runs at the host's own speed (one worker, one core). SharedProcessor:
// the jobs share a number of cores equally, and perhaps a quota of their time. Both stretch what is under way when the host
// slows down or stands still.
#pragma once

#include "engine/list.h"
#include "engine/simulation.h"

#include <memory>
#include <vector>

namespace tantrum::engine {

template <class T> class Task;

class Processor {
public:
    explicit Processor(Simulation& simulation) : simulation_(simulation) {}
    Processor(const Processor&) = delete;
    Processor& operator=(const Processor&) = delete;

    double speed() const { return speed_; }
    /// 1 is the speed at which demands are given; 0 stands still. Work under way is rescheduled exactly.
    void setSpeed(double speed);

    /// All work begun so far, in nanoseconds at full speed; of what was given up, the part that was done. Modulo 2^64.
    std::uint64_t demanded() const { return demanded_; }

    class Work : private ListNode {
    public:
        /// To be begun by hand.
        explicit Work(Processor& processor) : processor_(processor) {}
        Work(Processor& processor, Duration demand, Spans demands) : processor_(processor), demand_(demand), demands_(demands) {}
        Work(const Work&) = delete;
        Work& operator=(const Work&) = delete;
        ~Work()
        {
            if (linked()) abandon();
        }
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> awaiting) { begin(demand_, demands_, awaiting); }
        void begin(Duration demand, Spans demands, std::coroutine_handle<> awaiting)
        {
            demand_ = demand;
            wakeup_.aim(awaiting);
            processor_.jobs_.pushBack(*this);
            processor_.demanded_ += static_cast<std::uint64_t>(demand_.count());
            if (processor_.atFullSpeed_) [[likely]]
                processor_.simulation_.armAfter(wakeup_, demand_, demands);
            else
                armStretched();
        }
        void await_resume() { unlink(); }
        /// Goes on at once, through the agenda, without any work.
        void wake(std::coroutine_handle<> awaiting)
        {
            wakeup_.aim(awaiting);
            processor_.simulation_.armNow(wakeup_);
        }

    private:
        friend class Processor;
        void armStretched();
        void abandon();
        Processor& processor_;
        Duration demand_;       ///< set when begun; while armed: as given; while the host stands still: what is left
        Spans demands_;         ///< of one that is not begun by hand
        Wakeup wakeup_;
    };
    /// co_await: goes on when `demand` has been worked off.
    Work work(Duration demand, Spans demands = Spans::any) { return Work(*this, demand, demands); }

private:
    Simulation& simulation_;
    double speed_ = 1;
    bool atFullSpeed_ = true;
    std::uint64_t demanded_ = 0;
    List jobs_;
};

/// Processor sharing among `cores`: n jobs each advance at min(1, cores / n) of the speed.
class SharedProcessor {
public:
    SharedProcessor(Simulation& simulation, double cores);
    SharedProcessor(const SharedProcessor&) = delete;
    SharedProcessor& operator=(const SharedProcessor&) = delete;
    ~SharedProcessor();

    void setSpeed(double speed);
    void setCores(double cores);
    double cores() const { return cores_; }
    std::size_t jobs() const { return jobs_.size(); }

    /// Bandwidth control as in Linux (CFS, cpu.max): all jobs together may use `quota` of core time in each period; then all
    /// stand still until the next begins. The first period begins when a quota is first set. `period` above zero;
    /// Duration::max() as quota: no limit any more. Core time of earlier periods is not saved up.
    void setQuota(Duration quota, Duration period);
    /// What bandwidth control did so far, as cpu.stat counts it.
    struct Throttling {
        std::uint64_t periods = 0;    ///< in which anything ran
        std::uint64_t throttled = 0;  ///< of those, in which the quota ended before the work
        Duration time;                ///< stood still, while there was work
    };
    Throttling throttling() const;
    /// Core time used since the start, in nanoseconds. A host that is slow uses as much of it, one that stands still none.
    double used() const;

    class Work {
    public:
        Work(SharedProcessor& processor, Duration demand) : processor_(processor), demand_(demand) {}
        Work(const Work&) = delete;
        Work& operator=(const Work&) = delete;
        ~Work();
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> awaiting);
        void await_resume();

    private:
        friend class SharedProcessor;
        SharedProcessor& processor_;
        Duration demand_;
        double finish_ = 0;          ///< in attained service
        std::uint64_t order_ = 0;
        std::size_t place_ = ~std::size_t{0};
        Wakeup wakeup_;
    };
    Work work(Duration demand) { return Work(*this, demand); }

private:
    struct Quota;
    double rate() const;
    double busyCores() const;
    bool throttled() const;
    void advance();
    void scheduleWithin(Quota& quota, Work& first);
    Task<void> watch(Quota& quota);
    void schedule();
    void join(Work& work);
    void leave(Work& work);
    bool before(const Work* left, const Work* right) const;
    void siftUp(std::size_t place);
    void siftDown(std::size_t place);
    void put(std::size_t place, Work* work);

    Simulation& simulation_;
    double cores_;
    double speed_ = 1;
    double attained_ = 0;            ///< nanoseconds of service each job present since the start would have had
    double used_ = 0;                ///< nanoseconds of core time
    Instant since_;
    std::uint64_t nextOrder_ = 0;
    std::vector<Work*> jobs_;        ///< binary heap by finish_
    std::unique_ptr<Quota> quota_;   ///< null: no limit
};

}  // namespace tantrum::engine
