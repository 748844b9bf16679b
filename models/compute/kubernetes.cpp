// A Kubernetes Deployment behind a Service: pods, probes, back-off, rolling updates, and an autoscaler if there is one.
#include "models/compute/fleet_node.h"
#include "models/compute/horizontal_autoscaler.h"
#include "models/scenario/describe.h"

#include <algorithm>
#include <cmath>
#include <memory>

namespace tantrum::models::compute {
namespace {

using namespace scenario;

struct Params {
    std::int64_t replicas = 1;
    std::int64_t workers = 16;
    std::int64_t queue = scenario::unlimited;
    bool blocking = true;
    Balance balance = Balance::random;
    double cores = 4;
    double cpuRequest = 0.5;
    std::optional<double> cpuLimit;
    Bytes memoryLimit = Bytes::unlimited();
    Bytes memoryBase = Bytes::of(50'000'000), memoryPerRequest, memoryLeak;
    DurationDistribution startTime = DurationDistribution::constant(Duration::seconds(5));
    bool readiness = false, liveness = false;
    Duration probeDelay, probePeriod = Duration::seconds(10), probeTimeout = Duration::seconds(1);
    std::int64_t probeFailures = 3;
    Duration probeWork = Duration::milliseconds(1);
    Duration grace = Duration::seconds(30), minReady, progressDeadline = Duration::seconds(600);
    Probability maxSurge = Probability::ofShare(0.25), maxUnavailable = Probability::ofShare(0.25);
    bool hpa = false;
    std::int64_t minReplicas = 1, maxReplicas = 10;
    Probability targetUtilization = Probability::ofShare(0.8);
    Duration stabilization = Duration::seconds(300);
    Versions versions;
    std::optional<DurationDistribution> work;
    Operations operations;
};

constexpr Duration sync = Duration::seconds(15);
constexpr Duration initialisation = Duration::seconds(300);
constexpr Duration initialDelay = Duration::seconds(30);
constexpr Duration firstBackoff = Duration::seconds(10);
constexpr Duration longestBackoff = Duration::seconds(300);
constexpr Duration stable = Duration::seconds(600);

ProcessParameters podOf(const Params& params)
{
    ProcessParameters pod;
    pod.replica.workers = params.workers;
    pod.replica.queue = params.queue;
    pod.replica.blocking = params.blocking;
    pod.replica.cores = params.cores;
    if (params.cpuLimit) pod.quota = Duration::fromNanoseconds(*params.cpuLimit * static_cast<double>(pod.period.count()));
    pod.memory.base = static_cast<double>(params.memoryBase.count());
    pod.memory.perRequest = static_cast<double>(params.memoryPerRequest.count());
    pod.memory.leak = static_cast<double>(params.memoryLeak.count());
    if (params.memoryLimit != Bytes::unlimited()) pod.memory.limit = static_cast<double>(params.memoryLimit.count());
    pod.startTime = params.startTime;
    return pod;
}

Probe probeOf(const Params& params)
{
    Probe probe;
    probe.first = params.probeDelay;
    probe.interval = params.probePeriod;
    probe.timeout = params.probeTimeout;
    probe.failures = params.probeFailures;
    probe.work = params.probeWork;
    probe.paced = true;
    return probe;
}

Fleet::Rules fleetOf(const Params& params)
{
    Fleet::Rules rules;
    const std::int64_t most = std::max(params.replicas, params.hpa ? params.maxReplicas : 0);
    rules.prepared = static_cast<std::size_t>(2 * most + 2);
    rules.wanted = params.hpa ? std::clamp(params.replicas, params.minReplicas, std::max(params.minReplicas, params.maxReplicas)) : params.replicas;
    rules.maxSurge = params.maxSurge.share();
    rules.maxUnavailable = params.maxUnavailable.share();
    rules.ready = params.readiness ? Fleet::Ready::probed : Fleet::Ready::started;
    rules.minReady = params.minReady;
    rules.grace = params.grace;
    rules.progressDeadline = params.progressDeadline;
    rules.balance = params.balance;
    rules.versions = params.versions;
    rules.version = "v1";
    if (params.liveness) rules.liveness = probeOf(params);
    if (params.readiness) rules.readiness = probeOf(params);
    return rules;
}

HorizontalAutoscaler::Rules scalingOf(const Params& params)
{
    HorizontalAutoscaler::Rules rules;
    rules.least = params.minReplicas;
    rules.most = params.maxReplicas;
    rules.target = params.targetUtilization.share();
    rules.stabilization = params.stabilization;
    return rules;
}

class Kubernetes final : public FleetNode {
public:
    Kubernetes(const Params& params, Building& building)
        : FleetNode(params.operations, params.work, podOf(params), fleetOf(params), building), params_(params), autoscaler_(scalingOf(params))
    {
    }

    void start() override
    {
        fleet_.start();
        if (params_.hpa) scope_.start(scale());
    }

    void change(const ParameterSet& parameters, std::string_view key, Building&) override
    {
        params_ = parameters.as<Params>();
        if (key == "replicas") fleet_.want(params_.replicas);
        if (key == "balance") fleet_.setBalance(params_.balance);
        if (key == "work" && params_.work) handler_.changeWork(*params_.work);
        autoscaler_.change(scalingOf(params_));
        const ProcessParameters pod = podOf(params_);
        fleet_.parameters() = pod;
        for (Fleet::Unit& unit : fleet_.units()) {
            unit.process.parameters() = pod;
            if (key == "workers") unit.process.replica().workers.setPlaces(params_.workers);
            if (key == "queue") unit.process.replica().workers.setQueueLimit(params_.queue);
            if (key == "cpu_limit") unit.process.apply();
        }
    }

    std::vector<NamedMetric> metrics() const override
    {
        const Fleet::Counts counts = fleet_.count();
        return {metric("replicas", static_cast<double>(fleet_.wanted())), metric("pods", static_cast<double>(counts.present)),
                metric("ready", static_cast<double>(counts.ready)), metric("pods_max", static_cast<double>(fleet_.mostPresent)),
                metric("ready_min", static_cast<double>(fleet_.leastReady)), metric("replicas_max", static_cast<double>(mostWanted_)),
                metric("restarts", static_cast<double>(fleet_.restarts)), metric("oom_kills", static_cast<double>(fleet_.kills())),
                metric("memory_max", fleet_.mostMemory()), metric("cpu_usage", fleet_.used() * 1e-9),
                metric("cpu_utilization", lastUse_), metric("scale_ups", static_cast<double>(scaleUps_)),
                metric("scale_downs", static_cast<double>(scaleDowns_)), metric("rollouts", static_cast<double>(fleet_.rollouts)),
                metric("rollbacks", static_cast<double>(fleet_.rollbacks)), metric("deadlines_exceeded", static_cast<double>(fleet_.deadlines)),
                metric("rollout_time", fleet_.rolloutTime.inSeconds()), metric("updated", fleet_.updated()),
                metric("new_answered", newAnswered()), metric("new_failed", newFailed())};
    }
    std::string_view reason(Outcome outcome) const override
    {
        return outcome == Outcome::crashed ? "no ready pod, or its container died" : Component::reason(outcome);
    }

private:
    // The first time at once; then the back-off, which ten good minutes forget.
    std::optional<Duration> restart(Fleet::Unit& unit, int, Duration ran) override
    {
        if (ran >= stable) unit.crashes = 1;
        const Duration wait = unit.crashes <= 1 ? Duration() : unit.crashes == 2 ? firstBackoff : std::min(unit.delay * 2, longestBackoff);
        unit.delay = std::max(wait, unit.crashes <= 1 ? Duration() : firstBackoff);
        return wait;
    }

    Task<void> scale()
    {
        for (;;) {
            co_await simulation().delay(sync);
            lookAtPods();
            const std::int64_t wanted = autoscaler_.decide(simulation().now(), fleet_.wanted(), pods_);
            scaleUps_ += wanted > fleet_.wanted();
            scaleDowns_ += wanted < fleet_.wanted();
            mostWanted_ = std::max(mostWanted_, wanted);
            fleet_.want(wanted);
        }
    }

    // The metrics server's sample of each pod is its mean use since the last sync.
    void lookAtPods()
    {
        const Instant now = simulation().now();
        pods_.clear();
        double sum = 0;
        std::int64_t counted = 0;
        for (Fleet::Unit& unit : fleet_.units()) {
            if (!unit.present || unit.leaving) continue;
            HorizontalAutoscaler::Pod pod;
            if (unit.lookedAt == now) pod.state = HorizontalAutoscaler::Pod::State::missing;
            if (isUnready(unit)) pod.state = HorizontalAutoscaler::Pod::State::unready;
            pod.use = unit.use(now) / params_.cpuRequest;
            pods_.push_back(pod);
            if (pod.state == HorizontalAutoscaler::Pod::State::counted) ++counted, sum += pod.use;
        }
        lastUse_ = counted ? sum / static_cast<double>(counted) : 0;
    }

    // In its first five minutes until a whole sample was taken while it was ready; later only if it never was.
    bool isUnready(const Fleet::Unit& unit) const
    {
        const Instant now = simulation().now();
        if (unit.created + initialisation > now) return !unit.ready || now - unit.readySince < sync;
        return !unit.ready && unit.created + initialDelay > unit.readyChanged;
    }

    double newAnswered() const
    {
        double sum = 0;
        for (std::size_t version = 1; version < fleet_.versions(); ++version) sum += static_cast<double>(fleet_.answeredBy(version));
        return sum;
    }
    double newFailed() const
    {
        double sum = 0;
        for (std::size_t version = 1; version < fleet_.versions(); ++version) sum += static_cast<double>(fleet_.failedBy(version));
        return sum;
    }

    Params params_;
    HorizontalAutoscaler autoscaler_;
    std::vector<HorizontalAutoscaler::Pod> pods_;
    double lastUse_ = 0;
    std::int64_t mostWanted_ = 0, scaleUps_ = 0, scaleDowns_ = 0;
};

}  // namespace

TANTRUM_MODEL(compute, kubernetes)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "kubernetes")
            .title("Kubernetes deployment").group("Compute").icon("pods").accepts("calls").ownOperations()
            .summary("Pods behind a Service, with probes, crash back-off, rolling updates and a horizontal autoscaler.")
            .details("**Pods** exist from the beginning as `replicas` says, and are ready. Requests go to ready pods; if there is none, or "
                     "the one that was chosen died in this moment, they are refused. Without a readiness probe a pod is ready as soon as its "
                     "container is started, and refuses requests until its program listens (`start_time`).\n\n"
                     "**Probes** need a worker and the processor like any request: a pod that is overloaded fails them. Three failed "
                     "readiness probes take it out of the Service, three failed liveness probes restart its container, which makes an "
                     "overload worse. Both have the same settings here.\n\n"
                     "**Back-off.** A container that ends is started again at once, then after 10 s, 20 s, 40 s … up to 5 min; ten minutes "
                     "without an end forget it. A `crash` hits the containers, the places of pods to come included: as long as it lasts "
                     "every start fails (CrashLoopBackOff); `for: 1ms` is a kill.\n\n"
                     "**Taking away.** A pod that goes gets no new requests and has `termination_grace` for those it has. Services and "
                     "pods agree at once: the seconds in which some nodes still send to a pod that is going are not modelled.\n\n"
                     "**Autoscaler.** With `hpa: true`, each 15 s: pods × use / target, rounded up, if it differs by more than 10 %. Use is a "
                     "share of `cpu_request`, not of the limit or the node. At most as many again or 4 more in 15 s; fewer only if every "
                     "recommendation of the last 5 min says so. Pods not ready count as idle when it would scale up. One metric, CPU; nodes "
                     "never run out.\n\n"
                     "**Deployments.** `rolling` and `recreate` are the Deployment's own. `blue_green` and `canary` do what Argo Rollouts or "
                     "Flagger add; a canary whose share of errors is too large in a step is taken back.")
            .parameter("replicas", &Params::replicas, {.doc = "pods; with an autoscaler: at the beginning", .least = 1, .most = 1'000, .unit = "pods", .source = "Kubernetes apps/v1 types: 1", .live = true})
            .parameter("workers", &Params::workers, {.doc = "requests that one pod handles at once", .least = 1, .most = 1'000'000, .unit = "workers", .live = true})
            .parameter("queue", &Params::queue, {.doc = "requests that may wait at one pod; more are rejected", .least = 0, .most = 100'000'000, .unit = "requests", .live = true, .mayBeUnlimited = true})
            .parameter("blocking", &Params::blocking, {.doc = "a worker is held while its operation waits for other nodes"})
            .parameter("balance", &Params::balance, {.doc = "which ready pod is next; kube-proxy with iptables: random", .source = "Kubernetes virtual IPs: iptables mode chooses at random", .live = true})
            .parameter("cores", &Params::cores, {.doc = "cores of a pod's node, which it has to itself", .least = 0.001, .most = 100'000})
            .parameter("cpu_request", &Params::cpuRequest, {.doc = "cores a pod requests: what the autoscaler's use is a share of", .least = 0.001, .most = 100'000})
            .parameter("cpu_limit", &Params::cpuLimit, {.doc = "cores of time a pod may use in each 100 ms; absent: all of the node's", .least = 0.01, .most = 100'000, .live = true})
            .parameter("memory_limit", &Params::memoryLimit, {.doc = "beyond it the container is killed", .least = Bytes::of(0), .live = true, .mayBeUnlimited = true})
            .parameter("memory_base", &Params::memoryBase, {.doc = "used by a pod without any request", .least = Bytes::of(0)})
            .parameter("memory_per_request", &Params::memoryPerRequest, {.doc = "held by each request inside, working or waiting", .least = Bytes::of(0), .live = true})
            .parameter("memory_leak", &Params::memoryLeak, {.doc = "lost for good with each request that ends", .least = Bytes::of(0), .live = true})
            .parameter("start_time", &Params::startTime, {.doc = "from the creation of a pod, or a restart, to the first request it can handle", .source = "scheduling, image and boot, unconfirmed"})
            .parameter("readiness", &Params::readiness, {.doc = "whether there is a readiness probe", .source = "Kubernetes core/v1 types: none"})
            .parameter("liveness", &Params::liveness, {.doc = "whether there is a liveness probe", .source = "Kubernetes core/v1 types: none"})
            .parameter("probe_delay", &Params::probeDelay, {.doc = "from the container's start to the first probe (initialDelaySeconds)", .least = Duration(), .source = "Kubernetes core/v1 types: 0 s"})
            .parameter("probe_period", &Params::probePeriod, {.doc = "from probe to probe (periodSeconds)", .least = Duration::milliseconds(1), .source = "Kubernetes core/v1 types: 10 s"})
            .parameter("probe_timeout", &Params::probeTimeout, {.doc = "a probe that takes longer has failed (timeoutSeconds)", .least = Duration::milliseconds(1), .source = "Kubernetes core/v1 types: 1 s"})
            .parameter("probe_failures", &Params::probeFailures, {.doc = "failures in a row that count (failureThreshold)", .least = 1, .most = 1'000'000, .unit = "probes", .source = "Kubernetes core/v1 types: 3"})
            .parameter("probe_work", &Params::probeWork, {.doc = "core time of a probe", .least = Duration()})
            .parameter("termination_grace", &Params::grace, {.doc = "a pod that is taken away has so long to finish its requests", .least = Duration(), .source = "Kubernetes core/v1 types: 30 s"})
            .parameter("min_ready", &Params::minReady, {.doc = "a new pod counts once it was ready for so long (minReadySeconds)", .least = Duration(), .source = "Kubernetes apps/v1 types: 0 s"})
            .parameter("progress_deadline", &Params::progressDeadline, {.doc = "a rollout that takes longer is said to have failed", .least = Duration::milliseconds(1), .source = "Kubernetes apps/v1 types: 600 s"})
            .parameter("max_surge", &Params::maxSurge, {.doc = "rolling: pods beyond those wanted, rounded up", .source = "Kubernetes apps/v1 types: 25 %"})
            .parameter("max_unavailable", &Params::maxUnavailable, {.doc = "rolling: pods short of those wanted, rounded down", .source = "Kubernetes apps/v1 types: 25 %"})
            .parameter("hpa", &Params::hpa, {.doc = "whether a HorizontalPodAutoscaler sets the number of pods"})
            .parameter("min_replicas", &Params::minReplicas, {.doc = "the autoscaler's least", .least = 1, .most = 1'000, .unit = "pods", .source = "Kubernetes autoscaling/v2: 1", .live = true})
            .parameter("max_replicas", &Params::maxReplicas, {.doc = "the autoscaler's most", .least = 1, .most = 1'000, .unit = "pods", .live = true})
            .parameter("target_utilization", &Params::targetUtilization, {.doc = "use of the requested CPU that the autoscaler aims at", .least = Probability::ofShare(0.01), .source = "Kubernetes autoscaling/v2: 80 %", .live = true})
            .parameter("stabilization", &Params::stabilization, {.doc = "fewer pods only if asked for during all of this time", .least = Duration(), .most = Duration::seconds(3600), .source = "Kubernetes HPA: 300 s", .live = true})
            .parameter("versions", &Params::versions, {.doc = "how versions differ from v1, which runs at first: {v2: {errors: 5%, work: x1.5}}"})
            .parameter("work", &Params::work, {.doc = "core time of a request, for a deployment with a single operation", .live = true})
            .parameter("operations", &Params::operations, {.doc = "what it does for each operation, step by step"})
            .metric("replicas", "pods", "wanted now")
            .metric("pods", "pods", "there now, those that are going left out")
            .metric("ready", "pods", "ready now")
            .metric("pods_max", "pods", "the most there were, those that were going left out")
            .metric("ready_min", "pods", "the fewest that were ready")
            .metric("replicas_max", "pods", "the most the autoscaler wanted")
            .metric("restarts", "restarts", "of containers")
            .metric("oom_kills", "kills", "by the kernel, for memory beyond the limit")
            .metric("memory_max", "bytes", "the most that one pod used")
            .metric("cpu_usage", "core-seconds", "core time used by all pods")
            .metric("cpu_utilization", "share", "of the requested CPU, as the autoscaler saw it last")
            .metric("scale_ups", "times", "the autoscaler asked for more")
            .metric("scale_downs", "times", "the autoscaler asked for fewer")
            .metric("rollouts", "rollouts", "that came to their end")
            .metric("rollbacks", "rollouts", "that were taken back")
            .metric("deadlines_exceeded", "rollouts", "that made no progress in time")
            .metric("rollout_time", "s", "of the last that is over")
            .metric("updated", "share", "of ready pods that run the newest version")
            .metric("new_answered", "requests", "by other versions than v1")
            .metric("new_failed", "requests", "by other versions than v1, without success")
            .understands({"crash", "slow", "pause", "errors", "deploy"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: kubernetes, replicas: 3, cpu_request: 0.5, readiness: true, hpa: true, max_replicas: 10, work: exponential(10ms)}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<Kubernetes>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::compute
