#include "models/compute/process.h"

#include <algorithm>

namespace tantrum::models::compute {

using engine::Finishes;
using engine::Resident;

// What a request holds while it is inside. If the process ends first, it holds nothing any more.
class Process::Stay {
public:
    Stay(Process& process, bool holds) : process_(process), generation_(process.generation_), holds_(holds)
    {
        process_.inside_.add(process_.simulation_.now(), 1);
        ++process_.stays_;
        if (holds_) process_.use(process_.parameters_.memory.perRequest);
    }
    Stay(const Stay&) = delete;
    Stay& operator=(const Stay&) = delete;
    ~Stay()
    {
        process_.inside_.add(process_.simulation_.now(), -1);
        if (--process_.stays_ == 0) process_.emptied_.add();
        const Memory& memory = process_.parameters_.memory;
        if (holds_ && generation_ == process_.generation_) process_.use(memory.leak - memory.perRequest);
    }

private:
    Process& process_;
    std::uint64_t generation_;
    bool holds_;
};

Process::Process(Owner& owner, const Handler& handler, Station& station, engine::Gauge& inside, const ProcessParameters& parameters,
                 engine::RandomStream& luck, engine::RandomStream& startLuck, Simulation& simulation)
    : owner_(owner), inside_(inside), parameters_(parameters), startLuck_(startLuck), simulation_(simulation),
      replica_(handler, station, simulation, parameters.replica, luck), life_(simulation), watches_(simulation),
      emptied_(simulation)
{
    replica_.host.crash();
    if (parameters.quota != Duration::max()) replica_.cores->setQuota(parameters.quota, parameters.period);
}

void Process::apply()
{
    if (!replica_.cores) return;
    if (parameters_.replica.cores) replica_.cores->setCores(*parameters_.replica.cores);
    replica_.cores->setQuota(parameters_.quota, parameters_.period);
}

bool Process::hasRoom() const
{
    const engine::Slots& workers = replica_.workers;
    return replica_.host.up() && (workers.taken() < workers.places() || workers.queue().level() < workers.queueLimit());
}

Task<Reply> Process::call(Request request)
{
    const Stay stay(*this, hasRoom());
    const Reply reply = co_await replica_.call(request);
    co_return reply;
}

void Process::use(double bytes)
{
    memory_ += bytes;
    mostMemory_ = std::max(mostMemory_, memory_);
    if (memory_ <= parameters_.memory.limit || state_ != State::running || exitCode_) return;
    ++kills_;
    exit(killed);
}

void Process::begin(bool atOnce)
{
    exits_.emplace(simulation_);
    life_.start(live(atOnce));
}

void Process::stop()
{
    life_.cancelAll();
    exits_.reset();
    end(state_ == State::running);
    state_ = State::down;
}

void Process::end(bool up)
{
    watches_.cancelAll();
    if (up) replica_.host.crash();
    exitCode_.reset();
    memory_ = 0;
    ++generation_;
}

void Process::exit(int code)
{
    if (state_ == State::down || exitCode_) return;
    exitCode_ = code;
    exits_->add();
}

void Process::hostChanged()
{
    if (state_ == State::running && !replica_.host.up()) exit(killed);
}

Task<void> Process::live(bool atOnce)
{
    for (;;) {
        state_ = State::starting;
        begun_ = simulation_.now();
        const int before = exits_->count();
        owner_.starts(*this);
        for (const ProbeKind kind : {ProbeKind::liveness, ProbeKind::readiness})
            if (probes_[static_cast<std::size_t>(kind)]) watches_.spawn(probe(kind));
        const Duration boot = atOnce ? Duration() : parameters_.startTime.distribution.sample(startLuck_);
        if (!atOnce) co_await exits_->more(before, boot);
        atOnce = false;
        if (!exitCode_) replica_.host.restart();
        const bool starts = !exitCode_;
        if (starts && !replica_.host.up()) exitCode_ = 1;  // a fault, or the program itself
        if (!exitCode_) {
            state_ = State::running;
            use(parameters_.memory.base);
            owner_.runs(*this);
            co_await exits_->more(before);
        }
        const int code = *exitCode_;
        end(starts);
        state_ = State::down;
        const std::optional<Duration> wait = owner_.ended(*this, code, simulation_.now() - begun_);
        if (!wait) co_return;
        co_await simulation_.delay(*wait);
    }
}

Task<void> Process::drain(Duration grace)
{
    const Instant until = simulation_.now() + grace;
    while (stays_ > 0) {
        const bool left = co_await emptied_.more(emptied_.count(), until - simulation_.now());
        if (!left) co_return;
    }
}

// It queues for a worker as everybody does: a process that has none left looks dead from outside.
Task<Reply> Process::check(Duration work)
{
    if (!running()) co_return Reply::died();
    Resident<Reply> here;
    co_await here.enter(replica_.host.scope());
    const engine::Permit worker = co_await replica_.workers.acquire();
    if (!worker) co_return Reply::failed(Outcome::rejected);
    if (replica_.cores)
        co_await replica_.cores->work(work);
    else
        co_await replica_.host.processor().work(work, engine::Spans::constant);
    co_return Reply();
}

Task<Reply> Process::answer(const Probe& rules)
{
    const std::optional<Reply> reply = co_await engine::within(simulation_, rules.timeout, check(rules.work));
    if (reply) co_return *reply;
    co_return Reply::failed(Outcome::timeout);
}

Task<void> Process::probe(ProbeKind kind)
{
    const Probe& rules = *probes_[static_cast<std::size_t>(kind)];
    const Instant begun = simulation_.now();
    std::int64_t failures = 0;
    bool good = false;
    Duration wait = rules.first;
    for (;;) {
        co_await simulation_.delay(wait);
        const Instant asked = simulation_.now();
        const Reply reply = co_await answer(rules);
        const bool forgiven = !good && simulation_.now() - begun < rules.grace;
        if (reply.ok()) {
            failures = 0;
            if (!good) owner_.probed(*this, kind, true);
            good = true;
        } else {
            owner_.probeFailed(*this, kind);
            if (!forgiven && ++failures >= rules.failures) {
                good = false;
                owner_.probed(*this, kind, false);
            }
        }
        const bool early = !good && simulation_.now() - begun < rules.grace;
        wait = early ? std::min(rules.interval, rules.graceInterval) : rules.interval;
        if (rules.paced) wait -= std::min(wait, simulation_.now() - asked);
    }
}

}  // namespace tantrum::models::compute
