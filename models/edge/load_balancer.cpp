// Spreads calls over backends: every replica of every node behind it.
#include "models/component.h"
#include "models/edge/outlier_detection.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <algorithm>
#include <memory>
#include <optional>

namespace tantrum::models::edge {
namespace {

using namespace scenario;

enum class Algorithm : std::uint8_t { roundRobin, random, leastRequests, twoChoices };
constexpr auto choices(Algorithm)
{
    return std::array{
        Choice<Algorithm>{Algorithm::roundRobin, "round_robin", "each backend in turn"},
        Choice<Algorithm>{Algorithm::random, "random", "any backend"},
        Choice<Algorithm>{Algorithm::leastRequests, "least_requests", "the backend with the fewest of this balancer's requests under way"},
        Choice<Algorithm>{Algorithm::twoChoices, "two_choices", "the less busy of two backends taken at random"}};
}

struct Params : OutlierParams {
    std::vector<NodeReference> backends;
    Algorithm algorithm = Algorithm::roundRobin;
    DurationDistribution work;
    std::int64_t ejectAfter = 0;
    Duration ejectFor = Duration::seconds(10);
};

class LoadBalancer final : public Component, public Service {
public:
    LoadBalancer(const Params& params, Building& building)
        : Component(building), params_(params), host_(simulation()), luck_(building.stream("choice")),
          workLuck_(building.stream("work")), sweeps_(simulation())
    {
        outliers_.setRules(params);
    }

    Service* service() override { return this; }
    // Callers name operations of the backends; each gets an index here.
    std::uint16_t operation(const std::string& name) const override
    {
        const auto known = std::find(operations_.begin(), operations_.end(), name);
        if (known != operations_.end()) return static_cast<std::uint16_t>(known - operations_.begin());
        operations_.push_back(name);
        return static_cast<std::uint16_t>(operations_.size() - 1);
    }
    std::vector<std::string> operations() const override { return operations_; }
    void connect(Building& building) override
    {
        building_ = &building;
        for (const NodeReference& reference : params_.backends) {
            Component& node = building.node(reference.node);
            for (const Target& target : building.targets(OperationReference{reference.node, {}})) {
                backends_.push_back(Backend{target, &node});
                outliers_.add();
            }
        }
    }
    void change(const ParameterSet& parameters, std::string_view, Building&) override
    {
        const std::vector<NodeReference> backends = params_.backends;
        params_ = parameters.as<Params>();
        params_.backends = backends;
        const bool sweepsAnew = params_.on() != outliers_.on() || params_.interval != outliers_.interval();
        outliers_.setRules(params_);
        if (sweepsAnew) begin();
    }
    void start() override { begin(); }
    void hostChanged(Host&) override { begin(); }
    std::vector<Host*> hosts() override { return {&host_}; }

    Levels look() override
    {
        Levels levels;
        levels.takeInside(inside_, simulation().now());
        levels.up = host_.up();
        levels.paused = host_.paused();
        return levels;
    }
    std::vector<NamedMetric> metrics() const override { return {metric("ejected", static_cast<double>(ejections_ + outliers_.ejections()))}; }
    std::string_view reason(Outcome outcome) const override
    {
        return outcome == Outcome::crashed ? "no backend up" : Component::reason(outcome);
    }

    Task<Reply> call(Request request) override
    {
        Visit visit(station(), simulation(), request);
        if (!host_.up() || backends_.empty()) co_return visit.fail(Outcome::crashed);
        visit.at(host_);
        engine::Resident<Reply> here;
        co_await here.enter(host_.scope());
        const Inside inside(*this);
        if (host_.drawsError(workLuck_)) co_return visit.fail(Outcome::error);
        if (params_.work.distribution.mean() > 0) {
            const Duration demand = params_.work.distribution.sample(workLuck_);
            co_await host_.processor().work(demand, params_.work.distribution.spans());
        }
        const std::size_t chosen = choose();
        Backend& backend = backends_[chosen];
        const Busy busy(backend);
        if (nestsTooDeep(request, *backend.target.route, *building_)) co_return visit.fail(Outcome::error);
        request.operation = backend.resolve(request.operation, operations_);
        request.attempt = 0;
        ++request.depth;
        Reply reply;
        {
            Calling calling(backend.target);
            reply = co_await backend.target.service->call(request);
            calling.end(reply);
        }
        judge(chosen, reply);
        co_return visit.end(reply, simulation());
    }

private:
    struct Backend {
        Target target;
        Component* node = nullptr;
        std::vector<std::uint16_t> operations{};  ///< its index for each of the balancer's
        std::int64_t busy = 0;
        std::int64_t failuresInARow = 0;
        Instant ejectedUntil{};

        // At the first call: a balancer behind this one may learn names until all nodes are connected.
        std::uint16_t resolve(std::uint16_t operation, const std::vector<std::string>& names)
        {
            while (operations.size() <= operation) operations.push_back(node->operation(names[operations.size()]));
            return operations[operation];
        }
    };
    struct Inside {
        explicit Inside(LoadBalancer& of) : balancer(of) { balancer.inside_.add(balancer.simulation().now(), 1); }
        ~Inside() { balancer.inside_.add(balancer.simulation().now(), -1); }
        LoadBalancer& balancer;
    };
    struct Busy {
        explicit Busy(Backend& at) : backend(at) { ++backend.busy; }
        ~Busy() { --backend.busy; }
        Backend& backend;
    };

    bool usable(std::size_t index) const { return backends_[index].ejectedUntil <= simulation().now() && !outliers_.ejected(index); }
    void begin()
    {
        sweeps_.cancelAll();
        if (host_.up() && outliers_.on()) sweeps_.spawn(sweepAgainAndAgain());
    }
    Task<void> sweepAgainAndAgain()
    {
        for (;;) {
            co_await simulation().delay(outliers_.interval());
            outliers_.sweep(simulation().now(), [](std::size_t) {});
        }
    }
    void judge(std::size_t index, const Reply& reply)
    {
        if (outliers_.on()) outliers_.judge(index, !reply.ok(), simulation().now());
        Backend& backend = backends_[index];
        if (params_.ejectAfter == 0) return;
        backend.failuresInARow = reply.ok() ? 0 : backend.failuresInARow + 1;
        if (backend.failuresInARow < params_.ejectAfter) return;
        backend.failuresInARow = 0;
        backend.ejectedUntil = simulation().now() + params_.ejectFor;
        ++ejections_;
    }

    // With every backend ejected it fails open: better a bad backend than none.
    std::size_t choose()
    {
        const std::size_t count = backends_.size();
        std::size_t first = 0;
        while (first < count && !usable(first)) ++first;
        const bool any = first < count;
        const auto fit = [&](std::size_t each) { return !any || usable(each); };
        switch (params_.algorithm) {
        case Algorithm::roundRobin: break;
        case Algorithm::random: return draw(fit);
        case Algorithm::twoChoices: {
            const std::size_t one = draw(fit);
            const std::size_t second = draw(fit);
            return backends_[second].busy < backends_[one].busy ? second : one;
        }
        case Algorithm::leastRequests: {
            std::size_t best = count;
            for (std::size_t step = 0; step < count; ++step) {
                const std::size_t index = (next_ + step) % count;
                if (fit(index) && (best == count || backends_[index].busy < backends_[best].busy)) best = index;
            }
            next_ = (best + 1) % count;
            return best;
        }
        }
        while (!fit(next_)) next_ = (next_ + 1) % count;
        const std::size_t chosen = next_;
        next_ = (next_ + 1) % count;
        return chosen;
    }
    template <class Fit> std::size_t draw(const Fit& fit)
    {
        for (;;) {
            const std::size_t index = luck_.below(backends_.size());
            if (fit(index)) return index;
        }
    }

    Params params_;
    Building* building_ = nullptr;  ///< to report endless circles
    Host host_;
    engine::RandomStream luck_, workLuck_;
    mutable std::vector<std::string> operations_;
    std::vector<Backend> backends_;
    engine::Gauge inside_;
    std::size_t next_ = 0;
    std::uint64_t ejections_ = 0;
    OutlierDetection outliers_;
    engine::Scope sweeps_;
};

}  // namespace

TANTRUM_MODEL(edge, load_balancer)
{
    auto describing = describe<Params>(Kind::component, "load_balancer");
    describing.required("backends", &Params::backends, {.doc = "the nodes behind it", .accepts = "calls"})
        .parameter("algorithm", &Params::algorithm, {.doc = "which backend is next", .live = true})
        .parameter("work", &Params::work, {.doc = "its own time for each request", .live = true});
    outlierParameters(describing);
    static const Descriptor built =
        describing.title("Load balancer").group("Edge").icon("load_balancer").accepts("calls")
            .summary("Spreads calls over all replicas of the nodes behind it.")
            .details("It sees each replica of a service as a backend of its own, and counts only its own requests: two "
                     "balancers know nothing of each other. Failing backends are put aside if `eject_after` is set; "
                     "when all are, it uses all of them.\n\n" + std::string(outlierDetails))
            .parameter("eject_after", &Params::ejectAfter, {.doc = "failures in a row that put a backend aside; 0: never", .least = 0, .most = 1'000'000, .unit = "failures", .live = true})
            .parameter("eject_for", &Params::ejectFor, {.doc = "how long a backend is put aside", .least = Duration(), .source = "nginx fail_timeout: 10 s", .live = true})
            .metric("ejected", "times", "how often a backend was put aside")
            .understands({"crash", "slow", "pause", "errors"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: balancer}\n"
                     "  balancer: {type: load_balancer, backends: [web], algorithm: two_choices}\n"
                     "  web: {type: service, replicas: 4, work: exponential(20ms)}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<LoadBalancer>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::edge
