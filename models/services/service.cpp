// A service: replicas of a process with a bounded pool of workers, each with its own queue.
#include "models/component.h"
#include "models/program.h"
#include "models/scenario/describe.h"
#include "models/scenario/steps.h"
#include "models/scenario/values.h"

#include <deque>
#include <memory>
#include <optional>

namespace tantrum::models::services {
namespace {

using namespace scenario;

enum class Queueing : std::uint8_t { fifo, lifo };
constexpr auto choices(Queueing)
{
    return std::array{Choice<Queueing>{Queueing::fifo, "fifo", "first come, first served"},
                      Choice<Queueing>{Queueing::lifo, "lifo", "the newest first: under overload some answers stay fast"}};
}
enum class Balance : std::uint8_t { roundRobin, random, leastRequests };
constexpr auto choices(Balance)
{
    return std::array{Choice<Balance>{Balance::roundRobin, "round_robin", "each replica in turn"},
                      Choice<Balance>{Balance::random, "random", "any replica"},
                      Choice<Balance>{Balance::leastRequests, "least_requests", "the replica with the fewest requests inside"}};
}

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

engine::Slots::Discipline disciplineOf(Queueing queueing)
{
    return queueing == Queueing::fifo ? engine::Slots::Discipline::firstInFirstOut
                                      : engine::Slots::Discipline::lastInFirstOut;
}

class ServiceNode;

class Replica final : public Service {
public:
    Replica(ServiceNode& node, Simulation& simulation, const Params& params, engine::RandomStream& luck);
    Task<Reply> call(Request request) override;

    ServiceNode& node;
    Host host;
    engine::Slots workers;
    std::optional<engine::SharedProcessor> cores;
    Site site;
};

class ServiceNode final : public Component, public Service {
public:
    ServiceNode(const Params& params, Building& building)
        : Component(building), params_(params), luck_(building.stream("work")), balanceLuck_(building.stream("balance"))
    {
        for (std::int64_t index = 0; index < params.replicas; ++index)
            replicas_.emplace_back(*this, simulation(), params, luck_);
    }

    Service* service() override { return replicas_.size() == 1 ? static_cast<Service*>(&replicas_.front()) : this; }
    std::vector<std::string> operations() const override
    {
        std::vector<std::string> names;
        for (const Operation& operation : params_.operations.list) names.push_back(operation.name);
        return names;
    }
    std::vector<Service*> replicas() override
    {
        std::vector<Service*> all;
        for (Replica& replica : replicas_) all.push_back(&replica);
        return all;
    }
    Task<Reply> call(Request request) override { return pick().call(request); }

    void connect(Building& building) override
    {
        if (params_.operations.list.empty()) {
            Step step;
            step.action = Work{params_.work.value_or(DurationDistribution())};
            programs_.emplace_back(scenario::Program{step}, building);
        }
        for (const Operation& operation : params_.operations.list) programs_.emplace_back(operation.program, building);
    }

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
        if (key == "work" && params_.work)
            for (models::Program& program : programs_) program.changeWork(params_.work->distribution);
    }

    std::vector<Host*> hosts() override
    {
        std::vector<Host*> all;
        for (Replica& replica : replicas_) all.push_back(&replica.host);
        return all;
    }

    Levels look() override
    {
        const Instant now = simulation().now();
        Levels levels;
        levels.capacity = static_cast<double>(params_.workers) * static_cast<double>(replicas_.size());
        levels.replicas = static_cast<int>(replicas_.size());
        levels.up = 0;
        if (params_.queue != scenario::unlimited)
            levels.queueLimit = static_cast<double>(params_.queue) * static_cast<double>(replicas_.size());
        for (Replica& replica : replicas_) {
            levels.takeBusy(replica.workers.busy(), now);
            levels.takeQueue(replica.workers.queue(), now);
            levels.up += replica.host.up();
            levels.paused |= replica.host.paused();
        }
        return levels;
    }

    const models::Program& program(std::uint16_t operation) const { return programs_[operation]; }

private:
    // Among the replicas that are up; all down: the next in turn, which refuses.
    Replica& pick()
    {
        const std::size_t count = replicas_.size();
        if (params_.balance == Balance::leastRequests) {
            Replica* best = nullptr;
            for (std::size_t step = 0; step < count; ++step) {
                Replica& candidate = replicas_[(next_ + step) % count];
                if (candidate.host.up() && (!best || load(candidate) < load(*best))) best = &candidate;
            }
            next_ = (next_ + 1) % count;
            return best ? *best : replicas_[next_];
        }
        if (params_.balance == Balance::random) next_ = balanceLuck_.below(count);
        for (std::size_t step = 0; step < count; ++step) {
            Replica& candidate = replicas_[next_];
            next_ = (next_ + 1) % count;
            if (candidate.host.up()) return candidate;
        }
        return replicas_[next_];
    }
    static std::int64_t load(const Replica& replica) { return replica.workers.busy().level() + replica.workers.queue().level(); }

    Params params_;
    engine::RandomStream luck_, balanceLuck_;
    std::deque<Replica> replicas_;
    std::vector<models::Program> programs_;
    std::size_t next_ = 0;
};

Replica::Replica(ServiceNode& owner, Simulation& simulation, const Params& params, engine::RandomStream& luck)
    : node(owner), host(simulation), workers(simulation, params.workers, params.queue, disciplineOf(params.discipline)),
      site{host, luck, owner.station(), nullptr, params.blocking ? &workers : nullptr, params.blocking ? nullptr : &workers, params.dropExpired}
{
    if (params.cores) {
        cores.emplace(simulation, *params.cores);
        host.drive(*cores);
        site.shared = &*cores;
    }
}

Task<Reply> Replica::call(Request request) { return node.program(request.operation).serve(site, request); }

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
