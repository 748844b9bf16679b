// A service: replicas of a process with a bounded pool of workers, each with its own queue.
#include "models/component.h"
#include "models/replicas.h"
#include "models/scenario/describe.h"
#include "models/scenario/steps.h"
#include "models/scenario/values.h"
#include "models/services/desk.h"

#include <deque>
#include <memory>
#include <optional>

namespace tantrum::models::services {
namespace {

using namespace scenario;

struct Params {
    std::int64_t replicas = 1;
    std::int64_t workers = 1;
    std::int64_t queue = scenario::unlimited;
    Queueing discipline = Queueing::fifo;
    std::optional<double> cores;
    bool blocking = true;
    bool dropExpired = false;
    bool priorities = false;
    std::optional<Duration> tie;
    Balance balance = Balance::roundRobin;
    std::optional<DurationDistribution> work;
    Operations operations;
};

ReplicaParameters replicaOf(const Params& params)
{
    return {params.workers, params.queue, params.discipline, params.cores, params.blocking, params.dropExpired};
}

class ServiceNode final : public Component, public Service {
public:
    ServiceNode(const Params& params, Building& building)
        : Component(building), params_(params), handler_(params.operations, params.work), luck_(building.stream("work")),
          balanceLuck_(building.stream("balance"))
    {
        for (std::int64_t index = 0; index < params.replicas; ++index)
            replicas_.emplace_back(handler_, station(), simulation(), replicaOf(params), luck_);
        if (!params.priorities && !params.tie) return;
        if (!params.blocking)
            building.stop("The service '" + name() + "' is an event loop (`blocking: false`), whose requests do not wait for a worker: `priorities` and `tie` need `blocking: true`.");
        if (params.tie) ties_.emplace(simulation(), *params.tie);
        for (Replica& replica : replicas_) desks_.emplace_back(replica, params.priorities, params.discipline, ties_ ? &*ties_ : nullptr);
        front_.emplace(*this);
    }

    Service* service() override
    {
        if (front_) return &*front_;
        return replicas_.size() == 1 ? static_cast<Service*>(&replicas_.front()) : this;
    }
    std::vector<std::string> operations() const override { return handler_.operations(); }
    std::vector<Service*> replicas() override
    {
        std::vector<Service*> all;
        for (Desk& desk : desks_) all.push_back(&desk);
        if (!all.empty()) return all;
        for (Replica& replica : replicas_) all.push_back(&replica);
        return all;
    }
    Task<Reply> call(Request request) override { return replicas_[pick()].call(request); }

    void connect(Building& building) override { handler_.connect(building); }

    void change(const ParameterSet& parameters, std::string_view key, Building&) override
    {
        params_ = parameters.as<Params>();
        for (Replica& replica : replicas_) {
            if (key == "workers") replica.workers.setPlaces(params_.workers);
            if (key == "queue") replica.workers.setQueueLimit(params_.queue);
            if (key == "drop_expired") replica.site.dropExpired = params_.dropExpired;
            if (key == "discipline") replica.workers.setDiscipline(disciplineOf(params_.discipline));
            if (key == "cores" && replica.cores && params_.cores) replica.cores->setCores(*params_.cores);
        }
        for (Desk& desk : desks_) {
            if (key == "workers") desk.setWorkers(params_.workers);
            if (key == "discipline") desk.setDiscipline(params_.discipline);
        }
        if (key == "work" && params_.work) handler_.changeWork(*params_.work);
    }

    std::vector<Host*> hosts() override
    {
        std::vector<Host*> all;
        for (Replica& replica : replicas_) all.push_back(&replica.host);
        return all;
    }

    std::string_view busyIsNotWork() const override { return params_.cores ? sharedCores : std::string_view(); }
    std::string_view uncountedInside() const override { return params_.blocking ? std::string_view() : withoutBlocking; }
    Levels look() override
    {
        Levels levels;
        levels.capacity = static_cast<double>(params_.workers) * static_cast<double>(replicas_.size());
        levels.replicas = static_cast<int>(replicas_.size());
        levels.up = 0;
        if (params_.queue != scenario::unlimited)
            levels.queueLimit = static_cast<double>(params_.queue) * static_cast<double>(replicas_.size());
        for (Replica& replica : replicas_) replica.look(levels, simulation().now());
        return levels;
    }

    std::vector<NamedMetric> metrics() const override
    {
        std::vector<NamedMetric> metrics;
        if (params_.priorities) {
            std::uint64_t shed = 0;
            for (const Desk& desk : desks_) shed += desk.shed();
            metrics.push_back(metric("shed", static_cast<double>(shed)));
        }
        if (ties_) {
            metrics.push_back(metric("twins_cancelled", static_cast<double>(ties_->cancelled())));
            metrics.push_back(metric("twins_begun", static_cast<double>(ties_->bothBegun())));
        }
        return metrics;
    }

private:
    /// Callers' way to the desks; without them, they go to the replicas themselves.
    struct Front final : Service {
        explicit Front(ServiceNode& of) : node(of) {}
        Task<Reply> call(Request request) override { return node.desks_[node.pick()].call(request); }
        ServiceNode& node;
    };

    // Among the replicas that are up; all down: the next in turn, which refuses.
    std::size_t pick()
    {
        return chooser_.choose(
            params_.balance, replicas_.size(), balanceLuck_, [this](std::size_t index) { return replicas_[index].host.up(); },
            [this](std::size_t index) { return replicas_[index].load(); });
    }

    Params params_;
    Handler handler_;
    engine::RandomStream luck_, balanceLuck_;
    std::deque<Replica> replicas_;
    std::optional<Ties> ties_;
    std::deque<Desk> desks_;  ///< one in front of each replica, if anybody looks at more than the order of arrival
    std::optional<Front> front_;
    Chooser chooser_;
};

}  // namespace

TANTRUM_MODEL(services, service)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "service")
            .title("Service").group("Compute").icon("service").accepts("calls").ownOperations()
            .summary("Handles requests with a bounded pool of workers and a bounded queue, on one or more replicas.")
            .details("Each replica has its own workers and its own queue. A request that finds the queue full is "
                     "rejected at once. While an operation calls another node its worker waits with it, as a thread "
                     "does; with `blocking: false` a worker is held only during `work`, as in an event loop. With "
                     "`cores`, running work shares that many cores equally (processor sharing); without, every "
                     "worker has a core of its own.\n\n"
                     "**Priorities.** With `priorities` the most urgent request is next (a client's `priority`, or that of a `priority` policy "
                     "on the way); who is being served stays. One that finds the queue full takes the place of the least urgent "
                     "that waits, the newest of those, if that is less urgent than itself; otherwise it is rejected. `discipline` holds within a priority.\n\n"
                     "**Tied requests** (Dean and Barroso, The Tail at Scale, 2013): a `hedge` policy with `tied: true` sends two copies at once. With `tie`, the replica "
                     "that begins one tells the other, which strikes its copy from its queue; within that time both may be begun. "
                     "`adaptive_lifo` is what servers at Facebook do when a queue builds up (Maurer, Fail at Scale, 2015), who name no threshold; here it is the number of workers.")
            .parameter("replicas", &Params::replicas, {.doc = "processes that share the load", .least = 1, .most = 10'000, .unit = "replicas"})
            .parameter("workers", &Params::workers, {.doc = "requests handled at once by one replica", .least = 1, .most = 1'000'000, .unit = "workers", .live = true})
            .parameter("queue", &Params::queue, {.doc = "requests that may wait at one replica; more are rejected", .least = 0, .most = 100'000'000, .unit = "requests", .live = true, .mayBeUnlimited = true})
            .parameter("discipline", &Params::discipline, {.doc = "who is served next", .live = true})
            .parameter("cores", &Params::cores, {.doc = "cores of one replica, shared equally by its running work", .least = 0.001, .most = 100'000, .live = true})
            .parameter("blocking", &Params::blocking, {.doc = "a worker is held while its operation waits for other nodes"})
            .parameter("drop_expired", &Params::dropExpired, {.doc = "work whose caller has stopped waiting is dropped before it is begun", .live = true})
            .parameter("priorities", &Params::priorities, {.doc = "the most urgent is next, and a full queue sheds the least urgent"})
            .parameter("tie", &Params::tie, {.doc = "how long the news that one of two tied copies is begun takes to the other replica; absent: copies know nothing of each other", .least = Duration()})
            .parameter("balance", &Params::balance, {.doc = "how callers without a load balancer spread over the replicas", .live = true})
            .parameter("work", &Params::work, {.doc = "time of a request, for a service with a single operation", .live = true})
            .parameter("operations", &Params::operations, {.doc = "what it does for each operation, step by step"})
            .metric("shed", "requests", "requests that lost their place in the queue to more urgent ones (with `priorities`)")
            .metric("twins_cancelled", "requests", "copies not begun because their twin was (with `tie`)")
            .metric("twins_begun", "requests", "copies begun although their twin was (with `tie`)")
            .understands({"crash", "slow", "pause", "errors"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, queue: 50, work: exponential(20ms)}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<ServiceNode>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::services
