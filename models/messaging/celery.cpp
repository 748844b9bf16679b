// A Celery worker: a main process that reserves tasks from a queue of its broker, and a pool that executes them.
#include "models/messaging/task_source.h"
#include "models/program.h"

#include "engine/race.h"
#include "models/scenario/describe.h"
#include "models/scenario/steps.h"
#include "models/scenario/values.h"

#include <algorithm>
#include <memory>
#include <optional>

namespace tantrum::models::messaging {
namespace {

using namespace scenario;

struct Params {
    OperationReference consumes;
    std::int64_t concurrency = 4;
    std::int64_t prefetchMultiplier = 4;
    bool acksLate = false;
    std::optional<DurationDistribution> work;
    scenario::Program steps;
    std::optional<DurationDistribution> countdown;
    bool autoretry = false;
    std::int64_t maxRetries = 3;
    Duration retryDelay = Duration::seconds(180);
    std::optional<Duration> retryBackoff;
    Duration retryBackoffMax = Duration::seconds(600);
    bool retryJitter = true;
    std::optional<Rate> rateLimit;
    std::optional<Duration> softTimeLimit, timeLimit;
    Duration reconnect = Duration::seconds(2);
    Duration visibilityTimeout = Duration::seconds(3600);
    Duration restoreInterval = Duration::seconds(100);
};

class Worker final : public Component {
public:
    Worker(const Params& params, Building& building)
        : Component(building), params_(params), host_(simulation()), pool_(simulation(), params.concurrency), luck_(building.stream("work")),
          retryLuck_(building.stream("retry")), site_{host_, luck_, station()}
    {
    }

    void connect(Building& building) override
    {
        source_ = taskSource(building, params_.consumes, params_.visibilityTimeout, params_.restoreInterval);
        program_.emplace(withWork(params_.work, params_.steps), building);
    }
    void start() override
    {
        reserve(params_.concurrency * params_.prefetchMultiplier);
        if (host_.up()) source_->work(host_.scope());
    }
    void change(const ParameterSet& parameters, std::string_view, Building&) override
    {
        const Params& changed = parameters.as<Params>();
        params_.autoretry = changed.autoretry;
        params_.rateLimit = changed.rateLimit;
        params_.softTimeLimit = changed.softTimeLimit;
        params_.timeLimit = changed.timeLimit;
    }
    std::vector<Host*> hosts() override { return {&host_}; }
    // What was acknowledged and not finished is lost; the broker gives the rest to another worker.
    void hostChanged(Host& host) override
    {
        if (host.up()) return start();
        lost_ += static_cast<std::uint64_t>(startedEarly_);
        startedEarly_ = held_ = 0;
        source_->close();
    }

    Levels look() override
    {
        const Instant now = simulation().now();
        Levels levels;
        levels.takeBusy(pool_.busy(), now);
        levels.takeQueue(pool_.queue(), now);
        levels.takeInside(inside_, now);
        levels.capacity = static_cast<double>(params_.concurrency);
        levels.up = host_.up();
        levels.paused = host_.paused();
        return levels;
    }
    std::vector<NamedMetric> metrics() const override
    {
        const auto count = [](std::string_view key, auto value) { return metric(key, static_cast<double>(value)); };
        return {count("received", received_), count("started", started_), count("succeeded", succeeded_), count("failed", failed_), count("retried", retried_),
                count("lost", lost_), count("soft_time_limits", softLimits_), count("time_limits", hardLimits_), count("eta_held", held_), count("reconnects", reconnects_)};
    }

private:
    // Inside the worker from receipt to end, however it ends.
    struct Inside {
        explicit Inside(Worker& of) : worker(of) { worker.inside_.add(worker.simulation().now(), 1); }
        ~Inside() { worker.inside_.add(worker.simulation().now(), -1); }
        Worker& worker;
    };

    void reserve(std::int64_t places)
    {
        for (; host_.up() && source_->connected() && places > 0; --places) host_.scope().spawn(place(Settlement::none, 0));
    }

    // One of the prefetch: settles the last delivery of it and waits for the next.
    Task<void> place(Settlement settlement, std::uint64_t tag)
    {
        for (;;) {
            const Reply delivery = co_await source_->next(settlement, tag, false);
            if (delivery.ok()) {
                host_.scope().spawn(task(delivery));
                co_return;
            }
            settlement = Settlement::none;
            tag = 0;
            ++reconnects_;
            co_await simulation().delay(params_.reconnect);
        }
    }
    Task<void> settleLast(std::uint64_t tag) { co_await source_->next(Settlement::acknowledge, tag, true); }

    // A task whose time has not come raised the prefetch count when it was received; now it falls again.
    void acknowledge(std::uint64_t tag, bool hadEta)
    {
        if (hadEta)
            host_.scope().spawn(settleLast(tag));
        else
            host_.scope().spawn(place(Settlement::acknowledge, tag));
    }

    Task<void> task(Reply delivery)
    {
        Request request = source_->published(delivery);
        ++received_;
        Visit visit(station(), simulation(), request);
        visit.at(host_);
        const Inside inside(*this);
        const Instant eta = etaOf(request);
        const bool early = eta > simulation().now();
        if (early) {
            ++held_;
            reserve(1);
            co_await simulation().delay(eta - simulation().now());
            --held_;
        }
        if (const Duration wait = tokenIn(); wait > Duration()) co_await simulation().delay(wait);
        Reply result;
        {
            engine::Permit process = co_await pool_.acquire();
            ++started_;
            if (!params_.acksLate) acknowledge(delivery.token, early);
            startedEarly_ += !params_.acksLate;
            result = co_await execute(request);
            startedEarly_ -= !params_.acksLate;
        }
        if (params_.acksLate) acknowledge(delivery.token, early);
        visit.end(result, simulation());
    }

    // Retries carry their time with them.
    Instant etaOf(const Request& request)
    {
        if (request.attempt > 0) return Instant::at(Duration::nanoseconds(static_cast<std::int64_t>(request.identity())));
        return params_.countdown ? request.begun + params_.countdown->distribution.sample(luck_) : simulation().now();
    }

    // The worker's token bucket holds one.
    Duration tokenIn()
    {
        if (!params_.rateLimit) return Duration();
        const Instant turn = std::max(simulation().now(), nextToken_);
        nextToken_ = turn + Duration::fromSeconds(1 / params_.rateLimit->perSecond());
        return turn - simulation().now();
    }

    Task<Reply> execute(const Request& request)
    {
        const std::optional<Duration> limit = params_.softTimeLimit && (!params_.timeLimit || *params_.softTimeLimit <= *params_.timeLimit) ? params_.softTimeLimit : params_.timeLimit;
        const bool soft = params_.softTimeLimit && limit == params_.softTimeLimit;
        Request inner = request;
        inner.attempt = 0;
        std::optional<Reply> reply;
        if (host_.drawsError(luck_) || host_.poison().isIn(request.key, request.begun))
            reply = Reply::failed(Outcome::error);
        else if (limit)
            reply = co_await engine::within(simulation(), *limit, program_->run(site_, inner));
        else
            reply = co_await program_->run(site_, inner);
        if (reply && reply->ok()) {
            ++succeeded_;
            co_return *reply;
        }
        if (!reply) ++(soft ? softLimits_ : hardLimits_);
        const bool killed = !reply && !soft;  // by the main process: nobody is left to ask for a retry
        if (params_.autoretry && !killed && request.attempt < params_.maxRetries) {
            ++retried_;
            co_await retry(request);
        } else {
            ++failed_;
        }
        co_return reply ? *reply : Reply::failed(Outcome::timeout);
    }

    // A new message with a time in it; the old one is acknowledged as usual.
    Task<void> retry(Request request)
    {
        const Instant eta = simulation().now() + delayBefore(request.attempt);
        request.id = static_cast<std::uint64_t>(eta.count());
        ++request.attempt;
        request.operation = source_->operationFor(request);
        Calling calling(source_->to());
        const Reply reply = co_await source_->to().service->call(request);
        calling.end(reply);
    }

    // min(retry_backoff_max, factor * 2^retries), and with jitter a whole number of seconds up to that.
    Duration delayBefore(std::uint8_t retries)
    {
        if (!params_.retryBackoff) return params_.retryDelay;
        Duration delay = *params_.retryBackoff;
        for (std::uint8_t doubling = 0; doubling < retries && delay < params_.retryBackoffMax; ++doubling) delay = delay * 2;
        delay = std::min(delay, params_.retryBackoffMax);
        if (!params_.retryJitter) return delay;
        const auto seconds = static_cast<std::uint64_t>(delay.count() / Duration::seconds(1).count());
        return Duration::seconds(static_cast<std::int64_t>(retryLuck_.below(seconds + 1)));
    }

    Params params_;
    Host host_;
    engine::Slots pool_;
    engine::RandomStream luck_, retryLuck_;
    Site site_;
    std::unique_ptr<TaskSource> source_;
    std::optional<models::Program> program_;
    engine::Gauge inside_;
    Instant nextToken_;
    std::int64_t startedEarly_ = 0;  ///< acknowledged and not finished
    std::int64_t held_ = 0;
    std::uint64_t received_ = 0, started_ = 0, succeeded_ = 0, failed_ = 0, retried_ = 0, lost_ = 0, softLimits_ = 0, hardLimits_ = 0, reconnects_ = 0;
};

}  // namespace

TANTRUM_MODEL(messaging, celery)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "celery")
            .title("Celery worker").group("Messaging").icon("worker")
            .summary("Reserves tasks from a queue in RabbitMQ or Redis and executes them in a pool of processes.")
            .details("The worker reserves `concurrency` times `prefetch_multiplier` tasks. **Early acknowledgement**, the default: a task is "
                     "acknowledged just before it is executed, so `concurrency` tasks run besides those reserved, and a worker that dies loses them. "
                     "**`acks_late`**: after it, whether it failed or not; running tasks count towards the prefetch, and a worker that dies has "
                     "them done again elsewhere.\n\n"
                     "**Retries** (`autoretry`) publish a new message with a time (ETA) to the same queue. A task whose time has not come is held in the "
                     "worker's memory, unacknowledged, and raises the prefetch count by one: many of them fill the memory of whoever receives them, and "
                     "one that is due later than the broker's consumer_timeout comes back before and is executed twice.\n\n"
                     "**RabbitMQ** pushes tasks, takes those of a worker that dies back at once, and closes the channel of one that does not acknowledge within "
                     "consumer_timeout. **Redis** knows no consumers: the worker pops tasks one at a time while it has room (`redis.tasks`, or all lists in turn: `redis`), "
                     "those not acknowledged stand in a hash, and any worker puts back what has stood there for `visibility_timeout`: looked at when it starts and every "
                     "`restore_interval`. So tasks of a worker that died are late by that much, and one that is held or, with `acks_late`, runs for longer "
                     "(a countdown, a retry, a long task) is delivered again while it still waits, again and again, and executed as often. The first acknowledgement ends it. "
                     "Make `visibility_timeout` longer than the longest time.\n\n"
                     "**Limits.** `soft_time_limit` raises an exception in the task, which may be retried; `time_limit` kills the process, and the task has failed. "
                     "`rate_limit` is each worker's own.\n\n"
                     "Simplified: the prefork pool alone; the loss of the whole worker, not of one child (reject_on_worker_lost); a task that ignores its soft limit does not "
                     "exist; no result backend, chords or remote control; a pool process is replaced at once.")
            .required("consumes", &Params::consumes, {.doc = "the queue, as broker.queue; its node is the broker", .accepts = "tasks"})
            .parameter("concurrency", &Params::concurrency, {.doc = "pool processes", .least = 1, .most = 10'000, .unit = "processes", .source = "Celery: the number of CPUs; 4 here"})
            .parameter("prefetch_multiplier", &Params::prefetchMultiplier, {.doc = "tasks reserved for each pool process", .least = 1, .most = 1'000, .unit = "tasks", .source = "Celery worker_prefetch_multiplier: 4"})
            .parameter("acks_late", &Params::acksLate, {.doc = "tasks are acknowledged after they were executed, not before", .source = "Celery task_acks_late: False"})
            .parameter("work", &Params::work, {.doc = "time of each task"})
            .parameter("steps", &Params::steps, {.doc = "what else it does for each task"})
            .parameter("countdown", &Params::countdown, {.doc = "tasks are published to be executed so long after they were asked for"})
            .parameter("autoretry", &Params::autoretry, {.doc = "a task that failed is retried (autoretry_for)", .source = "Celery: none", .live = true})
            .parameter("max_retries", &Params::maxRetries, {.doc = "retries before a task has failed", .least = 0, .most = 200, .unit = "retries", .source = "Celery Task.max_retries: 3"})
            .parameter("default_retry_delay", &Params::retryDelay, {.doc = "wait before a retry, without backoff", .least = Duration(), .source = "Celery Task.default_retry_delay: 180 s"})
            .parameter("retry_backoff", &Params::retryBackoff, {.doc = "wait before the first retry, doubled with each one", .least = Duration::milliseconds(1), .source = "Celery Task.retry_backoff: False"})
            .parameter("retry_backoff_max", &Params::retryBackoffMax, {.doc = "longest wait with backoff", .least = Duration::milliseconds(1), .source = "Celery Task.retry_backoff_max: 600 s"})
            .parameter("retry_jitter", &Params::retryJitter, {.doc = "a whole number of seconds from 0 to the backoff, instead of it", .source = "Celery Task.retry_jitter: True"})
            .parameter("rate_limit", &Params::rateLimit, {.doc = "tasks this worker starts", .least = Rate::perSecond(0.0001), .source = "Celery task_default_rate_limit: none", .live = true})
            .parameter("soft_time_limit", &Params::softTimeLimit, {.doc = "a task that runs longer gets an exception", .least = Duration::milliseconds(1), .source = "Celery task_soft_time_limit: none", .live = true})
            .parameter("time_limit", &Params::timeLimit, {.doc = "a task that runs longer is killed with its process", .least = Duration::milliseconds(1), .source = "Celery task_time_limit: none", .live = true})
            .parameter("reconnect", &Params::reconnect, {.doc = "wait before connecting to the broker again", .least = Duration::milliseconds(1), .source = "kombu: 2 s more each time; unconfirmed"})
            .parameter("visibility_timeout", &Params::visibilityTimeout, {.doc = "on Redis: how long a task may stay unacknowledged before it is delivered again", .least = Duration::milliseconds(1), .source = "kombu transport/redis.py, visibility_timeout: 1 h"})
            .parameter("restore_interval", &Params::restoreInterval, {.doc = "on Redis: how often the worker looks for such tasks", .least = Duration::milliseconds(1), .source = "kombu transport/redis.py: every tenth time of every 10 s"})
            .metric("received", "tasks", "tasks received, redeliveries and retries included")
            .metric("started", "tasks", "tasks begun by a pool process")
            .metric("succeeded", "tasks", "tasks executed to their end")
            .metric("failed", "tasks", "tasks that failed for good")
            .metric("retried", "tasks", "tasks published again after a failure")
            .metric("lost", "tasks", "tasks acknowledged early and lost with the worker")
            .metric("soft_time_limits", "tasks", "tasks that exceeded their soft time limit")
            .metric("time_limits", "tasks", "tasks killed at their time limit")
            .metric("eta_held", "tasks", "tasks held in memory until their time, now")
            .metric("reconnects", "places", "places of the prefetch that had to be asked for again")
            .understands({"crash", "slow", "pause", "errors", "poison_message"})
            .example("nodes:\n  web: {type: client, arrivals: poisson(20/s), sends: rabbit.tasks}\n"
                     "  rabbit: {type: rabbitmq, queues: {tasks: {}}}\n"
                     "  worker: {type: celery, consumes: rabbit.tasks, concurrency: 8, work: exponential(200ms), autoretry: true, retry_backoff: 1s}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<Worker>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::messaging
