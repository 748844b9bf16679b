#include "engine/processor.h"

#include "engine/task.h"

#include <algorithm>
#include <limits>

namespace tantrum::engine {

void Processor::Work::armStretched()
{
    if (processor_.speed_ <= 0) return;
    const double stretched = static_cast<double>(demand_.count()) / processor_.speed_;
    processor_.simulation_.armAfter(wakeup_, Duration::fromNanoseconds(stretched));
}

// What is left of it was not demanded after all.
void Processor::Work::abandon()
{
    unlink();
    Duration left = demand_;
    if (processor_.speed_ > 0) {
        left = std::max(wakeup_.due() - processor_.simulation_.now(), Duration{});
        if (processor_.speed_ != 1) left = Duration::fromNanoseconds(static_cast<double>(left.count()) * processor_.speed_);
    }
    processor_.demanded_ -= static_cast<std::uint64_t>(left.count());
}

void Processor::setSpeed(double speed)
{
    if (speed == speed_) return;
    const double before = speed_;
    speed_ = speed;
    atFullSpeed_ = speed == 1;
    const Instant now = simulation_.now();
    for (ListNode* node = jobs_.empty() ? nullptr : jobs_.first(); node; node = jobs_.after(node)) {
        auto& job = static_cast<Work&>(*node);
        if (before > 0) {
            const Duration wait = std::max(job.wakeup_.due() - now, Duration{});
            job.demand_ = Duration::fromNanoseconds(static_cast<double>(wait.count()) * before);
            job.wakeup_.leave();
        }
        job.armStretched();
    }
}

// What is left of the present period's core time. Periods are looked at when something happens: one in which nothing ends,
// begins or runs out needs no event of its own.
struct SharedProcessor::Quota {
    double perPeriod = 0;  ///< nanoseconds of core time
    Duration period;
    Instant origin;        ///< of the periods
    std::int64_t index = 0;
    double used = 0;       ///< in that period
    bool exhausted = false;
    std::int64_t counted = -1;  ///< the last period that was counted
    Throttling counts;
    Wakeup alarm;          ///< the quota runs out, or the next period begins
    Task<void> watcher;

    std::int64_t indexAt(Instant moment) const { return (moment - origin).count() / period.count(); }
    Duration untilEnd(Instant now) const { return origin + period * (index + 1) - now; }
    double left() const { return perPeriod - used; }

    void take(Instant from, Instant now, double cores, bool standing)
    {
        const std::int64_t at = indexAt(now);
        if (standing) counts.time += std::min(now, origin + period * (index + 1)) - from;
        if (cores > 0 && now > from) count(from, now);
        if (at != index) used = 0, exhausted = false;
        const Instant since = at == index ? from : origin + period * at;
        used += static_cast<double>((now - since).count()) * cores;
        index = at;
    }

private:
    void count(Instant from, Instant now)
    {
        const std::int64_t last = indexAt(Instant::at(now.sinceStart() - Duration::nanoseconds(1)));
        counts.periods += static_cast<std::uint64_t>(std::max<std::int64_t>(0, last - std::max(counted, indexAt(from) - 1)));
        counted = std::max(counted, last);
    }
};

SharedProcessor::SharedProcessor(Simulation& simulation, double cores) : simulation_(simulation), cores_(cores) {}
SharedProcessor::~SharedProcessor() = default;

bool SharedProcessor::throttled() const { return quota_ && quota_->exhausted; }

double SharedProcessor::rate() const
{
    const auto jobs = static_cast<double>(jobs_.size());
    if (throttled()) return 0;
    return jobs > cores_ ? speed_ * cores_ / jobs : speed_;
}

double SharedProcessor::busyCores() const
{
    return speed_ > 0 && !throttled() ? std::min(static_cast<double>(jobs_.size()), cores_) : 0;
}

double SharedProcessor::used() const
{
    return used_ + static_cast<double>((simulation_.now() - since_).count()) * busyCores();
}

SharedProcessor::Throttling SharedProcessor::throttling() const { return quota_ ? quota_->counts : Throttling(); }

void SharedProcessor::advance()
{
    const Instant now = simulation_.now();
    const auto elapsed = static_cast<double>((now - since_).count());
    const double cores = busyCores();
    attained_ += elapsed * rate();
    used_ += elapsed * cores;
    if (quota_) quota_->take(since_, now, cores, throttled() && !jobs_.empty());
    since_ = now;
}

// Only the job that finishes first has an appointment.
void SharedProcessor::schedule()
{
    if (jobs_.empty()) {
        attained_ = 0;  // keeps the sums small, and so exact, over long runs
        if (quota_) quota_->alarm.leave();
        return;
    }
    Work& first = *jobs_.front();
    first.wakeup_.leave();
    if (quota_) return scheduleWithin(*quota_, first);
    const double speed = rate();
    if (speed <= 0) return;
    const double wait = std::max(0.0, (first.finish_ - attained_) / speed);
    simulation_.armAfter(first.wakeup_, Duration::fromNanoseconds(wait));
}

// Whoever has nothing left to do ends, even at the very moment at which the quota does.
void SharedProcessor::scheduleWithin(Quota& quota, Work& first)
{
    constexpr double instant = 0.5;  // nanoseconds: what rounding leaves over
    quota.alarm.leave();
    if (speed_ <= 0) return;
    const double left = std::max(0.0, first.finish_ - attained_);
    if (left < instant) return simulation_.armNow(first.wakeup_);
    const Duration end = quota.untilEnd(simulation_.now());
    if (quota.exhausted) return simulation_.armAfter(quota.alarm, end);
    const double cores = busyCores();
    double exhaustion = std::max(0.0, quota.left()) / cores;
    if (exhaustion >= static_cast<double>(end.count())) {
        const double inFull = quota.perPeriod / cores;
        const bool suffices = inFull >= static_cast<double>(quota.period.count());
        exhaustion = suffices ? std::numeric_limits<double>::infinity() : static_cast<double>(end.count()) + inFull;
    }
    const double finish = left / rate();
    if (finish <= exhaustion + instant)
        simulation_.armAfter(first.wakeup_, Duration::fromNanoseconds(finish));
    else
        simulation_.armAfter(quota.alarm, Duration::fromNanoseconds(exhaustion));
}

namespace {

/// Goes on whenever the wakeup, armed by whoever knows when, is due.
class Due {
public:
    explicit Due(Wakeup& wakeup) : wakeup_(wakeup) {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> awaiting) { wakeup_.aim(awaiting); }
    void await_resume() const noexcept {}

private:
    Wakeup& wakeup_;
};

}  // namespace

Task<void> SharedProcessor::watch(Quota& quota)
{
    for (;;) {
        Due due(quota.alarm);
        co_await due;
        advance();
        if (!quota.exhausted && quota.left() < std::max(1.0, cores_)) {  // less than a nanosecond of all cores
            quota.exhausted = true;
            ++quota.counts.throttled;
        }
        schedule();
    }
}

void SharedProcessor::setQuota(Duration quota, Duration period)
{
    advance();
    if (!jobs_.empty()) jobs_.front()->wakeup_.leave();
    if (quota == Duration::max()) {
        quota_.reset();
    } else {
        if (!quota_) {
            quota_ = std::make_unique<Quota>();
            quota_->origin = simulation_.now();
            quota_->watcher = watch(*quota_);
            quota_->watcher.start();
        } else if (period != quota_->period) {
            quota_->origin = simulation_.now();
            quota_->used = 0, quota_->index = 0, quota_->counted = -1;
        }
        quota_->perPeriod = static_cast<double>(quota.count());
        quota_->period = period;
        quota_->exhausted = quota_->exhausted && quota_->left() < std::max(1.0, cores_);
    }
    schedule();
}

void SharedProcessor::join(Work& work)
{
    advance();
    if (!jobs_.empty()) jobs_.front()->wakeup_.leave();
    work.finish_ = attained_ + static_cast<double>(work.demand_.count());
    work.order_ = nextOrder_++;
    jobs_.push_back(&work);
    work.place_ = jobs_.size() - 1;
    siftUp(work.place_);
    schedule();
}

void SharedProcessor::leave(Work& work)
{
    advance();
    jobs_.front()->wakeup_.leave();
    const std::size_t place = work.place_;
    work.place_ = ~std::size_t{0};
    Work* last = jobs_.back();
    jobs_.pop_back();
    if (last != &work) {
        put(place, last);
        siftUp(place);
        siftDown(last->place_);
    }
    schedule();
}

void SharedProcessor::setSpeed(double speed)
{
    advance();
    speed_ = speed;
    schedule();
}

void SharedProcessor::setCores(double cores)
{
    advance();
    cores_ = cores;
    schedule();
}

SharedProcessor::Work::~Work()
{
    if (place_ != ~std::size_t{0}) processor_.leave(*this);
}

void SharedProcessor::Work::await_suspend(std::coroutine_handle<> awaiting)
{
    wakeup_.aim(awaiting);
    processor_.join(*this);
}

void SharedProcessor::Work::await_resume() { processor_.leave(*this); }

bool SharedProcessor::before(const Work* left, const Work* right) const
{
    return left->finish_ != right->finish_ ? left->finish_ < right->finish_ : left->order_ < right->order_;
}

void SharedProcessor::put(std::size_t place, Work* work)
{
    jobs_[place] = work;
    work->place_ = place;
}

void SharedProcessor::siftUp(std::size_t place)
{
    Work* work = jobs_[place];
    while (place > 0 && before(work, jobs_[(place - 1) / 2])) {
        put(place, jobs_[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    put(place, work);
}

void SharedProcessor::siftDown(std::size_t place)
{
    Work* work = jobs_[place];
    for (;;) {
        std::size_t child = 2 * place + 1;
        if (child >= jobs_.size()) break;
        if (child + 1 < jobs_.size() && before(jobs_[child + 1], jobs_[child])) ++child;
        if (!before(jobs_[child], work)) break;
        put(place, jobs_[child]);
        place = child;
    }
    put(place, work);
}

}  // namespace tantrum::engine
