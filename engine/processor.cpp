#include "engine/processor.h"

#include <algorithm>

namespace tantrum::engine {

void Processor::Work::armStretched()
{
    if (processor_.speed_ <= 0) return;
    const double stretched = static_cast<double>(demand_.count()) / processor_.speed_;
    processor_.simulation_.armAfter(wakeup_, Duration::fromNanoseconds(stretched));
}

void Processor::setSpeed(double speed)
{
    if (speed == speed_) return;
    const double before = speed_;
    speed_ = speed;
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

double SharedProcessor::rate() const
{
    const auto jobs = static_cast<double>(jobs_.size());
    return jobs > cores_ ? speed_ * cores_ / jobs : speed_;
}

void SharedProcessor::advance()
{
    const Instant now = simulation_.now();
    attained_ += static_cast<double>((now - since_).count()) * rate();
    since_ = now;
}

// Only the job that finishes first has an appointment.
void SharedProcessor::schedule()
{
    if (jobs_.empty()) {
        attained_ = 0;  // keeps the sums small, and so exact, over long runs
        return;
    }
    Work& first = *jobs_.front();
    first.wakeup_.leave();
    const double speed = rate();
    if (speed <= 0) return;
    const double wait = std::max(0.0, (first.finish_ - attained_) / speed);
    simulation_.armAfter(first.wakeup_, Duration::fromNanoseconds(wait));
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
