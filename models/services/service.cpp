// A service: replicas of a process with a bounded pool of workers, each with its own queue.
#include "models/component.h"
#include "models/replicas.h"
#include "models/scenario/describe.h"
#include "models/scenario/steps.h"
#include "models/scenario/values.h"

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
    }

    Service* service() override { return replicas_.size() == 1 ? static_cast<Service*>(&replicas_.front()) : this; }
    std::vector<std::string> operations() const override { return handler_.operations(); }
    std::vector<Service*> replicas() override
    {
        std::vector<Service*> all;
        for (Replica& replica : replicas_) all.push_back(&replica);
        return all;
    }
    Task<Reply> call(Request request) override { return pick().call(request); }

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

private:
    // Among the replicas that are up; all down: the next in turn, which refuses.
    Replica& pick()
    {
        return replicas_[chooser_.choose(
            params_.balance, replicas_.size(), balanceLuck_, [this](std::size_t index) { return replicas_[index].host.up(); },
            [this](std::size_t index) { return replicas_[index].load(); })];
    }

    Params params_;
    Handler handler_;
    engine::RandomStream luck_, balanceLuck_;
    std::deque<Replica> replicas_;
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
                     "worker has a core of its own.")
            .parameter("replicas", &Params::replicas, {.doc = "processes that share the load", .least = 1, .most = 10'000, .unit = "replicas"})
            .parameter("workers", &Params::workers, {.doc = "requests handled at once by one replica", .least = 1, .most = 1'000'000, .unit = "workers", .live = true})
            .parameter("queue", &Params::queue, {.doc = "requests that may wait at one replica; more are rejected", .least = 0, .most = 100'000'000, .unit = "requests", .live = true, .mayBeUnlimited = true})
            .parameter("discipline", &Params::discipline, {.doc = "who is served next", .live = true})
            .parameter("cores", &Params::cores, {.doc = "cores of one replica, shared equally by its running work", .least = 0.001, .most = 100'000, .live = true})
            .parameter("blocking", &Params::blocking, {.doc = "a worker is held while its operation waits for other nodes"})
            .parameter("drop_expired", &Params::dropExpired, {.doc = "work whose caller has stopped waiting is dropped before it is begun", .live = true})
            .parameter("balance", &Params::balance, {.doc = "how callers without a load balancer spread over the replicas", .live = true})
            .parameter("work", &Params::work, {.doc = "time of a request, for a service with a single operation", .live = true})
            .parameter("operations", &Params::operations, {.doc = "what it does for each operation, step by step"})
            .understands({"crash", "slow", "pause", "errors"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, queue: 50, work: exponential(20ms)}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<ServiceNode>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::services
