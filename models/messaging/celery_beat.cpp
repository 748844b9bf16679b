// Celery beat: a clock that publishes periodic tasks. It keeps when it sent each in a file, and knows of no other beat.
#include "models/component.h"
#include "models/messaging/beat_schedule.h"
#include "models/scenario/describe.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>

namespace tantrum::models::messaging {
namespace {

using namespace scenario;

struct Params {
    OperationReference sends;
    BeatSchedule schedule;
    std::int64_t replicas = 1;
    std::optional<Duration> startingDeadline;
    Duration maxLoopInterval = Duration::seconds(300);
    Duration syncEvery = Duration::seconds(180);
    Duration clock;
};

class Beat final : public Component {
public:
    Beat(const Params& params, Building& building) : Component(building), params_(params)
    {
        for (std::int64_t number = 0; number < params.replicas; ++number) processes_.emplace_back(simulation());
    }

    void connect(Building& building) override { publish_ = building.target(params_.sends); }
    void start() override
    {
        for (Process& process : processes_)
            if (process.host.up()) process.host.scope().spawn(tick(process));
    }
    std::vector<Host*> hosts() override
    {
        std::vector<Host*> all;
        for (Process& process : processes_) all.push_back(&process.host);
        return all;
    }
    void hostChanged(Host& host) override
    {
        for (Process& process : processes_)
            if (&process.host == &host && host.up()) host.scope().spawn(tick(process));
    }

    Levels look() override
    {
        Levels levels;
        levels.replicas = static_cast<int>(processes_.size());
        levels.up = 0;
        for (const Process& process : processes_) {
            levels.up += process.host.up();
            levels.paused |= process.host.paused();
        }
        return levels;
    }
    std::vector<NamedMetric> metrics() const override
    {
        const auto count = [](std::string_view key, std::uint64_t value) { return metric(key, static_cast<double>(value)); };
        return {count("sent", sent_), count("failed", failed_), count("late", late_), count("missed", missed_), count("repeated", repeated_)};
    }

private:
    struct Process {
        explicit Process(Simulation& simulation) : host(simulation) {}
        Host host;
        std::vector<Instant> last;      ///< when each entry was sent, or the schedule was first read
        std::vector<Instant> file;      ///< the same as it was written last; empty: there is no file yet
        std::optional<Instant> synced;  ///< since it runs
        std::vector<Instant> settled;   ///< when each was really sent, or passed over: what the process may have forgotten
    };

    Task<void> tick(Process& process)
    {
        process.last = process.file.empty() ? std::vector<Instant>(params_.schedule.entries.size(), simulation().now()) : process.file;
        process.file = process.last;
        process.synced.reset();
        if (process.settled.empty()) process.settled = process.last;
        for (;;) {
            const auto [index, due] = next(process);
            if (due <= simulation().now()) {
                const bool tooLate = passOver(process, index);
                if (!tooLate) co_await send(process, index, due);
            } else {
                co_await simulation().delay(std::min(due - simulation().now(), params_.maxLoopInterval));
                co_await process.host.processor().work(Duration());  // not while it stands still
            }
            sync(process);
        }
    }

    struct Next {
        std::size_t index;
        Instant due;
    };
    Next next(const Process& process) const
    {
        Next soonest{0, Instant::never()};
        for (std::size_t index = 0; index < process.last.size(); ++index) {
            const Instant due = params_.schedule.entries[index].after(process.last[index], params_.clock);
            if (due < soonest.due) soonest = {index, due};
        }
        return soonest;
    }

    // With a deadline, the latest moment of a crontab that has passed counts, if it is not too long ago; earlier ones never do.
    bool passOver(Process& process, std::size_t index)
    {
        const BeatEntry& entry = params_.schedule.entries[index];
        if (entry.every || !params_.startingDeadline) return false;
        const Instant latest = passed(entry, process.last[index]).latest;
        if (simulation().now() - latest <= *params_.startingDeadline) return false;
        missed_ += passed(entry, process.settled[index]).count;
        process.last[index] = process.settled[index] = simulation().now();
        return true;
    }

    struct Passed {
        std::uint64_t count = 0;
        Instant latest;
    };
    /// How often it was due after that moment until now, and when last.
    Passed passed(const BeatEntry& entry, Instant last) const
    {
        const Instant now = simulation().now();
        if (entry.every) {
            const std::int64_t times = (now - last).count() / entry.every->count();
            return {static_cast<std::uint64_t>(times), last + *entry.every * times};
        }
        Passed passed;
        for (Instant due = entry.after(last, params_.clock); due <= now; due = entry.after(due, params_.clock)) ++passed.count, passed.latest = due;
        return passed;
    }

    // However often it was due: it is sent once. A failure is logged, and that is that.
    Task<void> send(Process& process, std::size_t index, Instant due)
    {
        const std::uint64_t times = passed(params_.schedule.entries[index], process.settled[index]).count;
        if (times == 0)
            ++repeated_;
        else
            missed_ += times - 1;
        late_ += due < simulation().now();
        process.last[index] = process.settled[index] = simulation().now();
        Request request;
        request.id = ++requests_;
        request.key = index;
        request.begun = simulation().now();
        request.operation = publish_.operation;
        Visit visit(station(), simulation(), request);
        visit.at(process.host);
        Calling calling(publish_);
        const Reply reply = co_await publish_.service->call(request);
        calling.end(reply);
        ++(reply.ok() ? sent_ : failed_);
        visit.end(reply, simulation());
    }

    void sync(Process& process)
    {
        if (process.synced && simulation().now() - *process.synced < params_.syncEvery) return;
        process.file = process.last;
        process.synced = simulation().now();
    }

    const Params params_;
    Target publish_;
    std::deque<Process> processes_;
    std::uint64_t requests_ = 0, sent_ = 0, failed_ = 0, late_ = 0, missed_ = 0, repeated_ = 0;
};

}  // namespace

TANTRUM_MODEL(messaging, celery_beat)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "celery_beat")
            .title("Celery beat").group("Messaging").icon("history")
            .summary("Publishes periodic tasks, by interval or crontab.")
            .details("Each entry of `schedule` is an interval (`30s`), counted from when it was sent last, or `crontab(minute hour day-of-month month "
                     "day-of-week)`, all of which have to fit. The first run of an interval is one interval after the start. The run begins on Monday, "
                     "1 January 2024, at `clock` past midnight. A request's key is the number of its entry.\n\n"
                     "**One beat.** Beat holds no lock: two of them (`replicas: 2`, or two nodes) publish everything twice.\n\n"
                     "**After a standstill** an entry that was due meanwhile is sent at once, but once, however often it was due; the others are missed. With "
                     "`starting_deadline` a crontab that is later than that is skipped. When it sent what is written to a file, after the first thing it does, "
                     "then every `sync_every`: a beat that is killed has forgotten what it sent since, and sends again what was due "
                     "by then.\n\nIt publishes one after the other and waits for the answer; what cannot be published is logged and lost until it is due again. "
                     "Celery's own retries of publishing are a `retry` policy on the link. The file survives every crash.")
            .required("sends", &Params::sends, {.doc = "where the tasks are published, as broker.queue", .accepts = "messages"})
            .required("schedule", &Params::schedule, {.doc = "entries by name: an interval or a crontab"})
            .parameter("replicas", &Params::replicas, {.doc = "beats that run at once; more than one publish everything as often", .least = 1, .most = 100, .unit = "processes", .source = "Celery, Periodic Tasks: there should be one"})
            .parameter("starting_deadline", &Params::startingDeadline, {.doc = "a crontab that is later than this is not made up for", .least = Duration(), .source = "Celery beat_cron_starting_deadline: none"})
            .parameter("max_loop_interval", &Params::maxLoopInterval, {.doc = "longest sleep between two looks at the schedule", .least = Duration::milliseconds(1), .source = "Celery beat_max_loop_interval: 5 min"})
            .parameter("sync_every", &Params::syncEvery, {.doc = "how often the file is written", .least = Duration(), .source = "celery/beat.py, Scheduler.sync_every: 3 min"})
            .parameter("clock", &Params::clock, {.doc = "time past midnight when the run begins", .least = Duration(), .most = Duration::seconds(86'400)})
            .metric("sent", "tasks", "tasks published")
            .metric("failed", "tasks", "tasks that could not be published")
            .metric("late", "tasks", "tasks that were due before they were sent")
            .metric("missed", "tasks", "times at which a task was due and was not sent")
            .metric("repeated", "tasks", "tasks sent again because the beat had forgotten it")
            .understands({"crash", "pause"})
            .example("nodes:\n  shop: {type: client, arrivals: poisson(1/s), sends: rabbit.tasks}\n"
                     "  beat: {type: celery_beat, sends: rabbit.tasks, schedule: {report: 30s, cleanup: crontab(*/2 * * * *)}}\n"
                     "  rabbit: {type: rabbitmq, queues: {tasks: {}}}\n  worker: {type: celery, consumes: rabbit.tasks, work: 5s}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<Beat>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::messaging
