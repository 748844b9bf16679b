// A container as Docker runs it: control groups bound its processor time and memory, and a restart policy brings it back.
#include "models/component.h"
#include "models/compute/process.h"
#include "models/scenario/describe.h"

#include <algorithm>
#include <memory>

namespace tantrum::models::compute {
namespace {

using namespace scenario;

enum class Restart : std::uint8_t { no, onFailure, always, unlessStopped };
constexpr auto choices(Restart)
{
    return std::array{Choice<Restart>{Restart::no, "no", "it stays down"},
                      Choice<Restart>{Restart::onFailure, "on-failure", "started again after an exit code other than 0"},
                      Choice<Restart>{Restart::always, "always", "started again whatever the exit code"},
                      Choice<Restart>{Restart::unlessStopped, "unless-stopped", "as always; they differ only after `docker stop`"}};
}



struct Params {
    std::int64_t workers = 16;
    std::int64_t queue = scenario::unlimited;
    bool blocking = true;
    double cores = 4;
    std::optional<double> cpus;
    Duration cpuPeriod = Duration::milliseconds(100);
    Bytes memory = Bytes::unlimited();
    Bytes memoryBase = Bytes::of(50'000'000), memoryPerRequest, memoryLeak;
    Restart restart = Restart::no;
    std::int64_t maximumRetryCount = 0;
    DurationDistribution startTime = DurationDistribution::constant(Duration::milliseconds(500));
    bool healthcheck = false;
    Duration healthInterval = Duration::seconds(30), healthTimeout = Duration::seconds(30);
    Duration healthStartPeriod, healthStartInterval = Duration::seconds(5);
    std::int64_t healthRetries = 3;
    Duration healthWork = Duration::milliseconds(1);
    std::optional<DurationDistribution> work;
    Operations operations;
};

Duration quotaOf(const Params& params)
{
    return params.cpus ? Duration::fromNanoseconds(*params.cpus * static_cast<double>(params.cpuPeriod.count())) : Duration::max();
}

Memory memoryOf(const Params& params)
{
    Memory memory;
    memory.base = static_cast<double>(params.memoryBase.count());
    memory.perRequest = static_cast<double>(params.memoryPerRequest.count());
    memory.leak = static_cast<double>(params.memoryLeak.count());
    if (params.memory != Bytes::unlimited()) memory.limit = static_cast<double>(params.memory.count());
    return memory;
}

ProcessParameters processOf(const Params& params)
{
    ProcessParameters process;
    process.replica.workers = params.workers;
    process.replica.queue = params.queue;
    process.replica.blocking = params.blocking;
    process.replica.cores = params.cores;
    process.quota = quotaOf(params);
    process.period = params.cpuPeriod;
    process.memory = memoryOf(params);
    process.startTime = params.startTime;
    return process;
}

Probe healthcheckOf(const Params& params)
{
    Probe probe;
    probe.first = params.healthStartPeriod > Duration() ? std::min(params.healthInterval, params.healthStartInterval) : params.healthInterval;
    probe.interval = params.healthInterval;
    probe.timeout = params.healthTimeout;
    probe.failures = params.healthRetries;
    probe.grace = params.healthStartPeriod;
    probe.graceInterval = params.healthStartInterval;
    probe.work = params.healthWork;
    return probe;
}

constexpr Duration firstDelay = Duration::milliseconds(100);
constexpr Duration longestDelay = Duration::seconds(60);
constexpr Duration stable = Duration::seconds(10);

class Container final : public Component, private Process::Owner {
public:
    Container(const Params& params, Building& building)
        : Component(building), params_(params), handler_(params.operations, params.work), luck_(building.stream("work")),
          startLuck_(building.stream("start")),
          process_(*this, handler_, station(), inside_, processOf(params), luck_, startLuck_, simulation())
    {
        if (params.healthcheck) process_.watch(Process::ProbeKind::liveness, healthcheckOf(params));
    }

    Service* service() override { return &process_; }
    std::vector<std::string> operations() const override { return handler_.operations(); }
    void connect(Building& building) override { handler_.connect(building); }
    void start() override { process_.begin(true); }
    std::vector<Host*> hosts() override { return {&process_.replica().host}; }
    void hostChanged(Host&) override { process_.hostChanged(); }

    void change(const ParameterSet& parameters, std::string_view key, Building&) override
    {
        params_ = parameters.as<Params>();
        process_.parameters() = processOf(params_);
        if (key == "workers") process_.replica().workers.setPlaces(params_.workers);
        if (key == "queue") process_.replica().workers.setQueueLimit(params_.queue);
        if (key == "cores" || key == "cpus") process_.apply();
        if (key == "work" && params_.work) handler_.changeWork(*params_.work);
    }

    std::string_view busyIsNotWork() const override { return sharedCores; }
    std::string_view uncountedInside() const override { return params_.blocking ? std::string_view() : withoutBlocking; }
    Levels look() override
    {
        const Instant now = simulation().now();
        Levels levels;
        levels.up = 0;
        levels.capacity = static_cast<double>(params_.workers);
        if (params_.queue != scenario::unlimited) levels.queueLimit = static_cast<double>(params_.queue);
        process_.replica().look(levels, now);
        levels.takeInside(inside_, now);
        levels.starting = process_.state() == Process::State::starting;
        return levels;
    }

    std::vector<NamedMetric> metrics() const override
    {
        const auto& cores = *process_.replica().cores;
        const engine::SharedProcessor::Throttling throttling = cores.throttling();
        const double elapsed = simulation().now().inSeconds(), used = cores.used() * 1e-9;
        const double allowed = std::min(params_.cpus.value_or(params_.cores), params_.cores);
        return {metric("cpu_usage", used), metric("cpu_utilization", elapsed > 0 ? used / (elapsed * allowed) : 0),
                metric("nr_periods", static_cast<double>(throttling.periods)), metric("nr_throttled", static_cast<double>(throttling.throttled)),
                metric("throttled_time", throttling.time.inSeconds()), metric("memory_max", process_.mostMemory()),
                metric("oom_kills", static_cast<double>(process_.kills())), metric("restarts", static_cast<double>(restarts_)),
                metric("exit_code", exitCode_), metric("health_failures", static_cast<double>(healthFailures_)),
                metric("unhealthy_time", unhealthy().inSeconds())};
    }
    std::string_view reason(Outcome outcome) const override
    {
        if (outcome != Outcome::crashed) return Component::reason(outcome);
        if (exitCode_ == killed && process_.kills() > 0) return gone_ ? "OOM killed, stays down" : "OOM killed";
        return gone_ ? "exited, stays down" : "exited";
    }

private:
    std::optional<Duration> ended(Process&, int code, Duration ran) override
    {
        exitCode_ = code;
        health(false);
        delay_ = ran >= stable || delay_ == Duration() ? firstDelay : std::min(delay_ * 2, longestDelay);
        const bool tries = params_.maximumRetryCount == 0 || restarts_ < params_.maximumRetryCount;
        gone_ = params_.restart == Restart::no || (params_.restart == Restart::onFailure && !(code != 0 && tries));
        if (gone_) return std::nullopt;
        ++restarts_;
        return delay_;
    }
    // Docker says so and does nothing: restarting what is unhealthy is an orchestrator's business.
    void probed(Process&, Process::ProbeKind, bool good) override { health(!good); }
    void probeFailed(Process&, Process::ProbeKind) override { ++healthFailures_; }

    void health(bool bad)
    {
        if (bad == unhealthyNow_) return;
        unhealthyBefore_ = unhealthy();
        unhealthyNow_ = bad;
        unhealthySince_ = simulation().now();
    }
    Duration unhealthy() const { return unhealthyNow_ ? unhealthyBefore_ + (simulation().now() - unhealthySince_) : unhealthyBefore_; }

    Params params_;
    Handler handler_;
    engine::RandomStream luck_, startLuck_;
    engine::Gauge inside_;
    Duration delay_;
    std::int64_t restarts_ = 0;
    std::uint64_t healthFailures_ = 0;
    int exitCode_ = 0;
    bool gone_ = false, unhealthyNow_ = false;
    Instant unhealthySince_;
    Duration unhealthyBefore_;
    Process process_;
};

}  // namespace

TANTRUM_MODEL(compute, container)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "docker")
            .title("Docker container").group("Compute").icon("container").accepts("calls").ownOperations()
            .summary("A process in a container: CPU quota, memory limit, restart policy, health check.")
            .details("**CPU.** `cpus: 0.5` is a quota of 50 ms of core time in each period of 100 ms, which all threads use "
                     "together: four busy threads use it up in 12.5 ms and then stand still for 87.5 (CFS throttling). So a "
                     "container that is 60 % busy on average can have stalls of most of a period; look at `nr_throttled`. "
                     "Without `cpus` only the cores of the host bound it. CPU shares matter only among containers that contend "
                     "for one host, which is not modelled: each container here has `cores` to itself. Linux hands a quota to "
                     "each core in slices of 5 ms; here it is one account.\n\n"
                     "**Memory.** A request holds `memory_per_request` from its arrival to its end, waiting included, and may "
                     "leave a leak behind. Beyond `memory` the kernel kills the process: exit code 137, and everything inside "
                     "is lost. There is no swap (as with `--memory-swap` equal to `--memory`).\n\n"
                     "**Restart.** The delay before a restart is 100 ms and doubles each time up to a minute; ten seconds "
                     "without an exit bring it back to 100 ms. While a `crash` lasts, each new start fails at once with exit "
                     "code 1, so a long crash is a restart loop, and a crash `for: 1ms` is a kill. Without a restart policy "
                     "(Docker's default) a container that died stays down even when the fault is over.\n\n"
                     "**Health.** A check needs a worker and the processor like any request, so a saturated container looks "
                     "unhealthy. Plain Docker only says so: it restarts nothing for it. Containers run from the beginning, "
                     "without a start time.")
            .parameter("workers", &Params::workers, {.doc = "threads that handle requests", .least = 1, .most = 1'000'000, .unit = "workers", .live = true})
            .parameter("queue", &Params::queue, {.doc = "requests that may wait for a thread; more are rejected", .least = 0, .most = 100'000'000, .unit = "requests", .live = true, .mayBeUnlimited = true})
            .parameter("blocking", &Params::blocking, {.doc = "a thread is held while its operation waits for other nodes"})
            .parameter("cores", &Params::cores, {.doc = "cores of the host it runs on", .least = 0.001, .most = 100'000, .live = true})
            .parameter("cpus", &Params::cpus, {.doc = "core time it may use, in cores: `--cpus`; absent: all of the host's", .least = 0.01, .most = 100'000, .source = "Docker resource constraints: no limit", .live = true})
            .parameter("cpu_period", &Params::cpuPeriod, {.doc = "period of the CPU quota: `--cpu-period`", .least = Duration::milliseconds(1), .most = Duration::seconds(1), .source = "Docker resource constraints: 100000 us"})
            .parameter("memory", &Params::memory, {.doc = "hard limit: `--memory`", .least = Bytes::of(6'000'000), .source = "Docker resource constraints: no limit, at least 6 MB", .live = true, .mayBeUnlimited = true})
            .parameter("memory_base", &Params::memoryBase, {.doc = "used by the process without any request", .least = Bytes::of(0)})
            .parameter("memory_per_request", &Params::memoryPerRequest, {.doc = "held by each request inside, working or waiting", .least = Bytes::of(0), .live = true})
            .parameter("memory_leak", &Params::memoryLeak, {.doc = "lost for good with each request that ends", .least = Bytes::of(0), .live = true})
            .parameter("restart", &Params::restart, {.doc = "what happens when it has exited: `--restart`", .source = "docker run reference: no", .live = true})
            .parameter("maximum_retry_count", &Params::maximumRetryCount, {.doc = "restarts that on-failure grants in all; 0: any number", .least = 0, .most = 1'000'000, .unit = "restarts", .source = "docker run reference", .live = true})
            .parameter("start_time", &Params::startTime, {.doc = "from a start to the first request it can handle", .source = "engine 0.1 to 1 s and the application's boot, unconfirmed"})
            .parameter("healthcheck", &Params::healthcheck, {.doc = "whether the image has a HEALTHCHECK"})
            .parameter("health_interval", &Params::healthInterval, {.doc = "before each check, the first included", .least = Duration::milliseconds(1), .source = "Dockerfile reference: 30 s"})
            .parameter("health_timeout", &Params::healthTimeout, {.doc = "a check that takes longer has failed", .least = Duration::milliseconds(1), .source = "Dockerfile reference: 30 s"})
            .parameter("health_retries", &Params::healthRetries, {.doc = "failures in a row that make it unhealthy", .least = 1, .most = 1'000'000, .unit = "checks", .source = "Dockerfile reference: 3"})
            .parameter("health_start_period", &Params::healthStartPeriod, {.doc = "failures in this time after a start do not count", .least = Duration(), .source = "Dockerfile reference: 0 s"})
            .parameter("health_start_interval", &Params::healthStartInterval, {.doc = "before each check in the start period", .least = Duration::milliseconds(1), .source = "Dockerfile reference: 5 s"})
            .parameter("health_work", &Params::healthWork, {.doc = "core time of a check", .least = Duration()})
            .parameter("work", &Params::work, {.doc = "core time of a request, for a container with a single operation", .live = true})
            .parameter("operations", &Params::operations, {.doc = "what it does for each operation, step by step"})
            .metric("cpu_usage", "core-seconds", "core time used")
            .metric("cpu_utilization", "share", "of the core time it may use")
            .metric("nr_periods", "periods", "of the quota in which anything ran (cpu.stat)")
            .metric("nr_throttled", "periods", "of those, in which it stood still because the quota was used up (cpu.stat)")
            .metric("throttled_time", "s", "stood still because the quota was used up")
            .metric("memory_max", "bytes", "the most it used")
            .metric("oom_kills", "kills", "by the kernel, for memory beyond the limit")
            .metric("restarts", "restarts", "by the restart policy (RestartCount)")
            .metric("exit_code", "code", "of the last exit; 137: killed; 0: none so far")
            .metric("health_failures", "checks", "that failed or timed out")
            .metric("unhealthy_time", "s", "in which Docker called it unhealthy")
            .understands({"crash", "slow", "pause", "errors"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(60/s), sends: web}\n"
                     "  web: {type: docker, cpus: 1, workers: 8, work: exponential(10ms), memory: 256MB, restart: on-failure}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<Container>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::compute
