#include "models/edge/proxy.h"

#include "engine/race.h"

#include <algorithm>

namespace tantrum::models::edge {

struct Proxy::Inside {
    explicit Inside(Proxy& of) : proxy(of) { proxy.inside_.add(proxy.simulation().now(), 1); }
    ~Inside() { proxy.inside_.add(proxy.simulation().now(), -1); }
    Proxy& proxy;
};

struct Proxy::Busy {
    explicit Busy(Backend& at) : backend(at) { ++backend.busy; }
    ~Busy() { --backend.busy; }
    Backend& backend;
};

Proxy::Proxy(const ProxyRules& rules, Building& building)
    : Component(building), rules_(rules), host_(simulation()), workLuck_(building.stream("work")),
      backends_(simulation(), building.stream("choice")), checks_(simulation())
{
    backends_.setRules(rules_.backends);
    if (rules_.pins) connections_.resize(mostConnections);
}

// Callers name operations of the targets; each gets an index here.
std::uint16_t Proxy::operation(const std::string& name) const
{
    const auto known = std::find(operations_.begin(), operations_.end(), name);
    if (known != operations_.end()) return static_cast<std::uint16_t>(known - operations_.begin());
    operations_.push_back(name);
    return static_cast<std::uint16_t>(operations_.size() - 1);
}

std::uint16_t Proxy::openConnection()
{
    if (!rules_.pins || operations_.size() > operationMask) return 0;
    for (std::size_t step = 0; step < connections_.size(); ++step) {
        const std::size_t place = (nextConnection_ + step) % connections_.size();
        if (connections_[place].open) continue;
        nextConnection_ = (place + 1) % connections_.size();
        connections_[place].open = true;
        connections_[place].backend = backends_.choose();
        ++opened_;
        return static_cast<std::uint16_t>((place + 1) << operationBits);
    }
    return 0;
}

// What is still on its way over it finds its target, until the place is taken anew.
void Proxy::closeConnection(std::uint16_t mark)
{
    if (mark > 0) connections_[static_cast<std::size_t>(mark >> operationBits) - 1].open = false;
}

void Proxy::connect(Building& building)
{
    building_ = &building;
    for (const scenario::NodeReference& reference : rules_.nodes) {
        const scenario::OperationReference any{reference.node, {}};
        const std::string zone = building.zoneOf(name());
        backends_.add(building.node(reference.node), building.targets(any), !zone.empty() && zone == building.zoneOf(reference.node));
    }
    for (std::size_t index = 0; index < backends_.size(); ++index) places_.emplace_back(simulation(), rules_.atOnceEach);
}

void Proxy::changeRules(const ProxyRules& rules)
{
    const bool checks = rules.checkEvery != rules_.checkEvery || rules.sweepEvery != rules_.sweepEvery;
    const std::vector<scenario::NodeReference> nodes = std::move(rules_.nodes);
    rules_ = rules;
    rules_.nodes = nodes;
    backends_.setRules(rules_.backends);
    for (engine::Slots& places : places_) places.setPlaces(rules_.atOnceEach);
    if (checks) begin();
    std::vector<std::string> draining;
    for (const scenario::NodeReference& reference : rules_.draining) draining.push_back(reference.node);
    backends_.drain(draining);
}

void Proxy::begin()
{
    checks_.cancelAll();
    if (!host_.up()) return;
    if (rules_.checkEvery > Duration())
        for (std::size_t index = 0; index < backends_.size(); ++index) checks_.spawn(checkAgainAndAgain(index));
    if (rules_.sweepEvery > Duration()) checks_.spawn(sweepAgainAndAgain());
    std::vector<std::string> draining;
    for (const scenario::NodeReference& reference : rules_.draining) draining.push_back(reference.node);
    backends_.drain(draining);
}

void Proxy::hostChanged(Host&) { begin(); }

Task<void> Proxy::sweepAgainAndAgain()
{
    for (;;) {
        co_await simulation().delay(rules_.sweepEvery);
        backends_.sweep();
    }
}

// From start to start, whatever a check takes.
Task<void> Proxy::checkAgainAndAgain(std::size_t index)
{
    Duration wait = rules_.checkEvery;
    for (;;) {
        co_await simulation().delay(wait);
        const Instant begun = simulation().now();
        const bool passed = co_await check(index);
        backends_.checked(index, passed);
        wait = std::max(rules_.checkEvery - (simulation().now() - begun), Duration::nanoseconds(1));
    }
}

// A process that is gone refuses at once; silence is taken for failure after the timeout. A process that stands still has a
// kernel that answers for it, until somebody asks the process.
Task<bool> Proxy::check(std::size_t index)
{
    const Backend& backend = backends_[index];
    if (rules_.checksByCall) {
        Request request;
        request.begun = simulation().now();
        request.depth = 1;
        request.operation = 0;
        request.deadline = simulation().now() + rules_.checkTimeout;
        Calling calling(backend.target);
        const std::optional<Reply> reply = co_await engine::within(simulation(), rules_.checkTimeout, backend.target.service->call(request));
        if (reply) calling.end(*reply);
        co_return reply && reply->ok();
    }
    const bool silent = backend.target.route->partitioned() || (rules_.checksProcess && backend.host && backend.host->paused());
    if (silent) {
        co_await simulation().delay(rules_.checkTimeout);
        co_return false;
    }
    if (!backend.host) co_return true;
    co_return backend.host->up() && !(rules_.checksProcess && backend.host->drawsError(workLuck_));
}

// At the first call: a balancer behind this one may learn names until all nodes are connected.
std::uint16_t Proxy::resolve(Backend& backend, std::uint16_t operation)
{
    while (backend.operations.size() <= operation) backend.operations.push_back(backend.node->operation(operations_[backend.operations.size()]));
    return backend.operations[operation];
}

// A pinned connection keeps its target, healthy or not; drained ones are let go after their time.
std::size_t Proxy::targetOf(std::size_t connection, std::size_t besides)
{
    if (connection == 0) return backends_.choose(besides);
    const std::size_t pinned = connections_[connection - 1].backend;
    if (pinned == Backends::none) return backends_.choose();
    const std::optional<Instant> since = backends_[pinned].drainingSince;
    if (!since || simulation().now() < *since + rules_.drain) return pinned;
    return connections_[connection - 1].backend = backends_.choose();
}

Task<Reply> Proxy::call(Request request)
{
    const std::size_t connection = rules_.pins ? request.operation >> operationBits : 0;
    if (rules_.pins && connection > 0) request.operation &= operationMask;
    Visit visit(station(), simulation(), request);
    if (!host_.up() || backends_.size() == 0) co_return visit.fail(Outcome::crashed);
    visit.at(host_);
    if (inside_.level() >= rules_.requestsAtOnce) {
        ++overflow_;
        co_return visit.fail(Outcome::rejected);
    }
    engine::Resident<Reply> here;
    co_await here.enter(host_.scope());
    const Inside inside(*this);
    if (host_.drawsError(workLuck_)) co_return visit.fail(Outcome::error);
    if (rules_.work.distribution.mean() > 0) {
        const Duration demand = rules_.work.distribution.sample(workLuck_);
        co_await host_.processor().work(demand, rules_.work.distribution.spans());
    }
    std::size_t chosen = Backends::none;
    Reply reply;
    for (std::int64_t attempt = 1;; ++attempt) {
        chosen = targetOf(connection, chosen);
        if (chosen == Backends::none) {
            ++noTarget_;
            co_return visit.fail(Outcome::rejected);
        }
        if (nestsTooDeep(request, *backends_[chosen].target.route, *building_)) co_return visit.fail(Outcome::error);
        request.attempt = static_cast<std::uint8_t>(std::min<std::int64_t>(attempt - 1, 255));
        reply = co_await askWithin(chosen, request);
        backends_.judge(chosen, reply);
        const bool unanswered = reply.outcome == Outcome::crashed || reply.outcome == Outcome::unreachable ||
                                (rules_.triesAfterTimeout && reply.outcome == Outcome::timeout);
        if (!unanswered || attempt >= rules_.tries) break;
        ++triesAgain_;
    }
    co_return visit.end(reply, simulation());
}

Task<Reply> Proxy::askWithin(std::size_t index, Request request)
{
    if (!rules_.timeout) co_return co_await ask(index, request);
    const Duration limit = *rules_.timeout;
    request.deadline = std::min(request.deadline, simulation().now() + limit);
    const std::optional<Reply> reply = co_await engine::within(simulation(), limit, ask(index, request));
    if (reply) co_return *reply;
    ++timeouts_;
    co_return Reply::failed(Outcome::timeout);
}

Task<Reply> Proxy::ask(std::size_t index, Request request)
{
    Backend& backend = backends_[index];
    const Busy busy(backend);
    engine::Permit place = places_[index].tryAcquire();
    if (!place) place = co_await places_[index].acquire();
    request.operation = resolve(backend, request.operation);
    ++request.depth;
    Calling calling(backend.target);
    const Reply reply = co_await backend.target.service->call(request);
    calling.end(reply);
    co_return reply;
}

Levels Proxy::look()
{
    Levels levels;
    levels.takeInside(inside_, simulation().now());
    levels.up = host_.up();
    levels.paused = host_.paused();
    return levels;
}

std::vector<NamedMetric> Proxy::metrics() const
{
    const Backends::Counts& counts = backends_.counts();
    std::vector<NamedMetric> metrics{metric("healthy_targets", static_cast<double>(backends_.fitCount())),
                                     metric("turned_unhealthy", static_cast<double>(counts.unhealthy)),
                                     metric("ejected", static_cast<double>(counts.ejections)),
                                     metric("failed_open", static_cast<double>(counts.failedOpen)),
                                     metric("tried_again", static_cast<double>(triesAgain_)),
                                     metric("no_target", static_cast<double>(noTarget_)),
                                     metric("target_timeouts", static_cast<double>(timeouts_)),
                                     metric("overflow", static_cast<double>(overflow_))};
    if (rules_.pins) metrics.push_back(metric("flows", static_cast<double>(opened_)));
    return metrics;
}

std::string_view Proxy::reason(Outcome outcome) const
{
    if (outcome == Outcome::rejected) return "no target";
    if (outcome == Outcome::timeout) return "target too slow";
    return Component::reason(outcome);
}

}  // namespace tantrum::models::edge
