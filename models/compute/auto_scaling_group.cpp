// A group of EC2 instances behind a load balancer: slow to start, scaled by alarms, bursting on credits, perhaps spot.
#include "models/compute/fleet_node.h"
#include "models/scenario/describe.h"

#include <algorithm>
#include <cmath>
#include <memory>

namespace tantrum::models::compute {
namespace {

using namespace scenario;

enum class Credits : std::uint8_t { none, standard, unlimited };
constexpr auto choices(Credits)
{
    return std::array{Choice<Credits>{Credits::none, "none", "not burstable (M, C, R families)"},
                      Choice<Credits>{Credits::standard, "standard", "without credits an instance is held at its baseline"},
                      Choice<Credits>{Credits::unlimited, "unlimited", "without credits it bursts on, for money"}};
}

struct Params {
    std::int64_t desired = 2, least = 1, most = 10;
    std::int64_t workers = 16;
    std::int64_t queue = scenario::unlimited;
    bool blocking = true;
    Balance balance = Balance::roundRobin;
    std::int64_t vcpus = 2;
    DurationDistribution startTime = DurationDistribution::of("lognormal(p50=60s p99=219s)");
    bool scaling = false;
    Probability target = Probability::ofShare(0.5);
    Duration warmup = Duration::seconds(300);
    Duration healthGrace, drain = Duration::seconds(300);
    Credits credits = Credits::none;
    Probability baseline = Probability::ofShare(0.3);
    double launchCredits = 0;
    std::optional<DurationDistribution> spot;
    Probability minHealthy = Probability::ofShare(0.9);
    Versions versions;
    Money price = Money::dollars(0.0832);
    std::optional<DurationDistribution> work;
    Operations operations;
};

constexpr Duration minute = Duration::seconds(60);
constexpr Duration spotNotice = Duration::seconds(120);
constexpr int outAfter = 3, inAfter = 15;       // one-minute samples that an alarm needs
constexpr double inBelow = 0.9;                 // of the target
constexpr double creditNanoseconds = 60e9;      // of one vCPU

ProcessParameters instanceOf(const Params& params)
{
    ProcessParameters instance;
    instance.replica.workers = params.workers;
    instance.replica.queue = params.queue;
    instance.replica.blocking = params.blocking;
    instance.replica.cores = static_cast<double>(params.vcpus);
    instance.startTime = params.startTime;
    return instance;
}

Fleet::Rules fleetOf(const Params& params)
{
    Fleet::Rules rules;
    rules.wanted = std::clamp(params.desired, params.least, std::max(params.least, params.most));
    rules.prepared = static_cast<std::size_t>(2 * std::max(rules.wanted, params.most) + 2);
    rules.maxSurge = 0;
    rules.maxUnavailable = 1 - params.minHealthy.share();
    rules.ready = Fleet::Ready::running;
    rules.grace = params.drain;
    rules.balance = params.balance;
    rules.versions = params.versions;
    rules.version = "v1";
    return rules;
}

class AutoScalingGroup final : public FleetNode {
public:
    AutoScalingGroup(const Params& params, Building& building)
        : FleetNode(params.operations, params.work, instanceOf(params), fleetOf(params), building), params_(params), spotLuck_(building.stream("spot"))
    {
    }

    void start() override
    {
        fleet_.start();
        scope_.start(watch());
        if (params_.credits != Credits::none) scope_.start(spend());
    }

    void change(const ParameterSet& parameters, std::string_view key, Building&) override
    {
        params_ = parameters.as<Params>();
        if (key == "desired" || key == "min" || key == "max") fleet_.want(within(key == "desired" ? params_.desired : fleet_.wanted()));
        if (key == "balance") fleet_.setBalance(params_.balance);
        if (key == "work" && params_.work) handler_.changeWork(*params_.work);
    }

    std::vector<NamedMetric> metrics() const override
    {
        const Fleet::Counts counts = fleet_.count();
        return {metric("desired", static_cast<double>(fleet_.wanted())), metric("instances", static_cast<double>(counts.present)),
                metric("in_service", static_cast<double>(counts.ready)), metric("instances_max", static_cast<double>(fleet_.mostPresent)),
                metric("in_service_min", static_cast<double>(fleet_.leastReady)), metric("launched", static_cast<double>(launched_)),
                metric("scale_outs", static_cast<double>(scaleOuts_)), metric("scale_ins", static_cast<double>(scaleIns_)),
                metric("cpu_utilization", lastUse_), metric("credit_balance", leastCredits()), metric("surplus_credits", surplus_),
                metric("throttled_time", throttled_), metric("interruptions", static_cast<double>(interruptions_)),
                metric("replaced", static_cast<double>(replaced_)), metric("cost", instanceSeconds() / 3600 * params_.price.dollars()),
                metric("rollouts", static_cast<double>(fleet_.rollouts)), metric("rollbacks", static_cast<double>(fleet_.rollbacks))};
    }
    std::string_view reason(Outcome outcome) const override
    {
        return outcome == Outcome::crashed ? "no instance in service, or it died" : Component::reason(outcome);
    }

private:
    struct Account {
        double credits = 0, usedBefore = 0;  ///< credits; core nanoseconds
        bool held = false;
    };

    std::int64_t within(std::int64_t count) const { return std::clamp(count, params_.least, std::max(params_.least, params_.most)); }

    // The status check of the next full minute finds it dead; then it is replaced, not restarted.
    std::optional<Duration> restart(Fleet::Unit& unit, int, Duration) override
    {
        const Instant now = simulation().now();
        const Instant checked = std::max(now, unit.created + params_.healthGrace);
        const Duration wait = minute * (checked.count() / minute.count() + 1) - now.sinceStart();
        scope_.spawnAfter(wait, replace(unit, generations_[unit.place]));
        return Duration::max();
    }
    Task<void> replace(Fleet::Unit& unit, std::uint64_t generation)
    {
        if (!isStill(unit, generation)) co_return;
        ++replaced_;
        fleet_.remove(unit);
        co_return;
    }
    void created(Fleet::Unit& unit) override
    {
        ++launched_;
        const std::size_t place = unit.place;
        if (accounts_.size() <= place) accounts_.resize(place + 1), generations_.resize(place + 1);
        accounts_[place].credits = params_.launchCredits * static_cast<double>(params_.vcpus);
        accounts_[place].usedBefore = unit.process.replica().cores->used();
        accounts_[place].held = false;
        ++generations_[place];
        if (!params_.spot) return;
        scope_.spawnAfter(params_.spot->distribution.sample(spotLuck_), interrupt(unit, generations_[place]));
    }
    bool isStill(const Fleet::Unit& unit, std::uint64_t generation) const
    {
        return unit.present && !unit.leaving && generations_[unit.place] == generation;
    }
    void reclaim(std::int64_t machines, Duration notice) override
    {
        for (Fleet::Unit& unit : fleet_.units()) {
            if (machines == 0) return;
            if (!unit.present || unit.leaving) continue;
            --machines;
            ++interruptions_;
            fleet_.remove(unit, std::min(params_.drain, notice));
        }
    }
    // Two minutes' notice; a replacement is launched at once, as with capacity rebalancing.
    Task<void> interrupt(Fleet::Unit& unit, std::uint64_t generation)
    {
        if (!isStill(unit, generation)) co_return;
        ++interruptions_;
        fleet_.remove(unit, std::min(params_.drain, spotNotice));
    }

    // Target tracking: alarms on the mean CPU use of each minute.
    Task<void> watch()
    {
        int above = 0, below = 0;
        for (;;) {
            co_await simulation().delay(minute);
            const auto [warm, warming] = lookAtInstances();
            if (!params_.scaling || warm == 0) continue;
            const double target = params_.target.share();
            above = lastUse_ > target ? above + 1 : 0;
            below = lastUse_ < inBelow * target ? below + 1 : 0;
            const auto wanted = within(static_cast<std::int64_t>(std::ceil(static_cast<double>(warm) * lastUse_ / target - 1e-6)));
            if (above >= outAfter && wanted > fleet_.wanted()) {
                ++scaleOuts_;
                fleet_.want(wanted);
            } else if (below >= inAfter && warming == 0 && wanted < fleet_.wanted()) {
                ++scaleIns_;
                fleet_.want(wanted);
            }
        }
    }
    // Those that are still warming up are left out of the metric, and hold scaling in back.
    std::pair<std::int64_t, std::int64_t> lookAtInstances()
    {
        std::int64_t warm = 0, warming = 0;
        double sum = 0;
        for (Fleet::Unit& unit : fleet_.units()) {
            if (!unit.present) continue;
            const bool counts = !unit.leaving && unit.ready && isWarm(unit);
            const double use = unit.use(simulation().now()) / static_cast<double>(params_.vcpus);
            if (counts) ++warm, sum += use;
            if (!counts && !unit.leaving) ++warming;
        }
        lastUse_ = warm ? sum / static_cast<double>(warm) : 0;
        return {warm, warming};
    }
    bool isWarm(const Fleet::Unit& unit) const
    {
        return unit.created == Instant() || simulation().now() - unit.readySince >= params_.warmup;
    }

    // Credits are settled each second: earned at the baseline, spent by what ran.
    Task<void> spend()
    {
        const Duration tick = Duration::seconds(1);
        const auto all = static_cast<double>(params_.vcpus);
        const double earned = params_.baseline.share() * all * static_cast<double>(tick.count()) / creditNanoseconds;
        const double most = earned * 24 * 3600;  // a day's worth
        for (;;) {
            co_await simulation().delay(tick);
            for (Fleet::Unit& unit : fleet_.units()) {
                if (!unit.present) continue;
                Account& account = accounts_[unit.place];
                engine::SharedProcessor& cores = *unit.process.replica().cores;
                const double used = cores.used();
                account.credits = std::min(most, account.credits + earned - (used - account.usedBefore) / creditNanoseconds);
                account.usedBefore = used;
                if (account.held) throttled_ += tick.inSeconds();
                if (account.credits < 0 && params_.credits == Credits::unlimited) surplus_ -= std::exchange(account.credits, 0);
                const bool hold = params_.credits == Credits::standard && account.credits <= earned * 1e-6;
                if (hold != account.held) cores.setCores(hold ? params_.baseline.share() * all : all);
                account.held = hold;
            }
        }
    }
    double leastCredits() const
    {
        double least = 1e300;
        for (const Fleet::Unit& unit : fleet_.units())
            if (unit.present) least = std::min(least, accounts_[unit.place].credits);
        return least == 1e300 ? 0 : least;
    }
    double instanceSeconds() const { return fleet_.presentSeconds(); }

    Params params_;
    engine::RandomStream spotLuck_;
    std::vector<Account> accounts_;          ///< by place
    std::vector<std::uint64_t> generations_; ///< by place: which instance it is
    double lastUse_ = 0, surplus_ = 0, throttled_ = 0;
    std::uint64_t launched_ = 0, interruptions_ = 0, replaced_ = 0, scaleOuts_ = 0, scaleIns_ = 0;
};

}  // namespace

TANTRUM_MODEL(compute, auto_scaling_group)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "ec2")
            .title("EC2 Auto Scaling group").group("Compute").icon("host").accepts("calls").ownOperations()
            .summary("Instances behind a load balancer: minutes to start, target tracking, CPU credits, spot interruptions.")
            .details("**Instances** exist from the beginning as `desired` says, and are in service. A new one takes `start_time`. The load "
                     "balancer sends to those in service; one that is terminated gets no new requests and has `drain` for those it has.\n\n"
                     "**Target tracking.** With `scaling: true`, CPU use of each minute: three minutes above the target scale out, to "
                     "instances × use / target, rounded up; fifteen minutes below nine tenths of it scale in. Instances that warm up are not in "
                     "the metric and count as capacity; while one does, nothing is scaled in. From a spike to the first new instance in "
                     "service it takes three minutes for the alarm and the start. The numbers of the alarms are those that AWS creates, "
                     "unconfirmed.\n\n"
                     "**Credits.** A burstable instance earns `baseline` of its vCPUs and spends what it uses, at most a day's worth is "
                     "kept. Without credits, `standard` is held at the baseline: an instance that was fast for hours gets several times slower. "
                     "T3 launches as unlimited and without launch credits, T2 as standard with 30 credits a vCPU. The balance is settled "
                     "each second; AWS lowers the speed over some minutes.\n\n"
                     "**Death.** A crashed instance is found by the status check of the next minute and replaced. **Spot**: after a time "
                     "drawn from `spot` an instance gets two minutes' notice, is drained, and a replacement is launched at once (capacity "
                     "rebalancing). **Deployments** `rolling` are an instance refresh.")
            .parameter("desired", &Params::desired, {.doc = "instances at the beginning", .least = 1, .most = 1'000, .unit = "instances", .live = true})
            .parameter("min", &Params::least, {.doc = "the fewest", .least = 1, .most = 1'000, .unit = "instances", .live = true})
            .parameter("max", &Params::most, {.doc = "the most", .least = 1, .most = 1'000, .unit = "instances", .live = true})
            .parameter("workers", &Params::workers, {.doc = "requests that one instance handles at once", .least = 1, .most = 1'000'000, .unit = "workers"})
            .parameter("queue", &Params::queue, {.doc = "requests that may wait at one instance; more are rejected", .least = 0, .most = 100'000'000, .unit = "requests", .mayBeUnlimited = true})
            .parameter("blocking", &Params::blocking, {.doc = "a worker is held while its operation waits for other nodes"})
            .parameter("balance", &Params::balance, {.doc = "which instance in service is next", .source = "Application Load Balancer: round robin", .live = true})
            .parameter("vcpus", &Params::vcpus, {.doc = "of each instance", .least = 1, .most = 1'000, .unit = "vCPUs", .source = "t3.large: 2"})
            .parameter("start_time", &Params::startTime, {.doc = "from launch to service: instance, system, bootstrap", .source = "median 60 s, p95 150 s, unconfirmed"})
            .parameter("scaling", &Params::scaling, {.doc = "whether target tracking scales the group"})
            .parameter("target", &Params::target, {.doc = "mean CPU use that target tracking aims at", .least = Probability::ofShare(0.01), .live = true})
            .parameter("warmup", &Params::warmup, {.doc = "in service for so long, an instance counts in the metric", .least = Duration(), .source = "Auto Scaling guide: not set, then the default cooldown, 300 s", .live = true})
            .parameter("health_grace", &Params::healthGrace, {.doc = "a new instance is not replaced before", .least = Duration(), .source = "Auto Scaling guide: 0 s by API, 300 s in the console", .live = true})
            .parameter("drain", &Params::drain, {.doc = "an instance that goes has so long for its requests", .least = Duration(), .source = "ELB deregistration delay: 300 s"})
            .parameter("credits", &Params::credits, {.doc = "whether the instances are burstable", .source = "EC2 guide: T3 unlimited, T2 standard"})
            .parameter("baseline", &Params::baseline, {.doc = "of each vCPU, earned all the time", .source = "EC2 guide: t3.large 30 %"})
            .parameter("launch_credits", &Params::launchCredits, {.doc = "of each vCPU of a new instance", .least = 0, .most = 10'000, .source = "EC2 guide: T2 30, T3 none"})
            .parameter("spot", &Params::spot, {.doc = "how long an instance lives until it is interrupted; absent: not spot"})
            .parameter("min_healthy", &Params::minHealthy, {.doc = "instances in service during a refresh", .source = "Auto Scaling guide, instance refresh: 90 %"})
            .parameter("versions", &Params::versions, {.doc = "how versions differ from v1, which runs at first: {v2: {errors: 5%, work: x1.5}}"})
            .parameter("price", &Params::price, {.doc = "of an instance hour", .source = "t3.large on demand, us-east-1: $0.0832"})
            .parameter("work", &Params::work, {.doc = "core time of a request, for a group with a single operation", .live = true})
            .parameter("operations", &Params::operations, {.doc = "what it does for each operation, step by step"})
            .metric("desired", "instances", "desired capacity now")
            .metric("instances", "instances", "there now, in service or on their way to it")
            .metric("in_service", "instances", "in service now")
            .metric("instances_max", "instances", "the most there were")
            .metric("in_service_min", "instances", "the fewest that were in service")
            .metric("launched", "instances", "those of the beginning included")
            .metric("scale_outs", "times", "target tracking asked for more")
            .metric("scale_ins", "times", "target tracking asked for fewer")
            .metric("cpu_utilization", "share", "of the warm instances' vCPUs in the last minute")
            .metric("credit_balance", "credits", "of the instance that has the fewest")
            .metric("surplus_credits", "credits", "spent beyond the balance in unlimited mode; they cost money")
            .metric("throttled_time", "s", "instances were held at their baseline, summed over them")
            .metric("interruptions", "instances", "that got a spot notice")
            .metric("replaced", "instances", "that were found dead")
            .metric("cost", "dollars", "of the instances")
            .metric("rollouts", "rollouts", "that came to their end")
            .metric("rollbacks", "rollouts", "that were taken back")
            .understands({"crash", "slow", "pause", "errors", "deploy", "spot_interruption"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: ec2, desired: 3, max: 10, scaling: true, work: exponential(20ms)}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<AutoScalingGroup>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::compute
