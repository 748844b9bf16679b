#include "models/compute/fleet.h"

#include "models/component.h"

#include <algorithm>
#include <cmath>

namespace tantrum::models::compute {

Fleet::Unit::Unit(Fleet& of, std::size_t at, const ProcessParameters& parameters)
    : fleet(of), place(at), process(*this, of.handler_, of.component_.station(), of.inside_, parameters, of.luck_, of.startLuck_, of.simulation_)
{
    if (of.rules_.liveness) process.watch(Process::ProbeKind::liveness, *of.rules_.liveness);
    if (of.rules_.readiness) process.watch(Process::ProbeKind::readiness, *of.rules_.readiness);
}

double Fleet::Unit::use(Instant now)
{
    const double used = process.replica().cores->used();
    const Duration elapsed = now - lookedAt;
    const double mean = elapsed > Duration() ? (used - usedBefore) / static_cast<double>(elapsed.count()) : 0;
    usedBefore = used;
    lookedAt = now;
    return mean;
}

Fleet::Fleet(Owner& owner, const Handler& handler, Component& component, const ProcessParameters& parameters, const Rules& rules,
             Building& building)
    : owner_(owner), handler_(handler), component_(component), simulation_(building.simulation()), parameters_(parameters), rules_(rules),
      luck_(building.stream("work")), startLuck_(building.stream("start")), choiceLuck_(building.stream("balance")), wanted_(rules.wanted),
      changed_(simulation_), scope_(simulation_), rollout_(simulation_)
{
    for (std::size_t unit = 0; unit < rules.prepared; ++unit) units_.emplace_back(*this, unit, parameters_);
    target_ = incoming_ = versionOf(rules.version);
}

void Fleet::start()
{
    for (std::int64_t unit = 0; unit < wanted_; ++unit) create(target_, true);
    mostPresent = leastReady = wanted_;
    scope_.start(control());
}

// Counts, lists and looks.

Fleet::Counts Fleet::countOf(std::size_t version) const
{
    Counts counts;
    for (const Unit& unit : units_) {
        if (!unit.present || unit.leaving || (version != ~std::size_t{0} && unit.version != version)) continue;
        ++counts.present;
        counts.ready += unit.ready;
        counts.available += unit.ready && now() - unit.readySince >= rules_.minReady;
    }
    return counts;
}

Fleet::Counts Fleet::count() const { return countOf(~std::size_t{0}); }

double Fleet::updated() const
{
    const std::int64_t ready = count().ready;
    return ready ? static_cast<double>(countOf(mode_ == Mode::beside ? incoming_ : target_).ready) / static_cast<double>(ready) : 0;
}

std::vector<Host*> Fleet::hosts()
{
    std::vector<Host*> all;
    for (Unit& unit : units_) all.push_back(&unit.process.replica().host);
    return all;
}

void Fleet::hostChanged(Host& host)
{
    for (Unit& unit : units_)
        if (&unit.process.replica().host == &host) unit.process.hostChanged();
}

void Fleet::look(Levels& levels)
{
    for (Unit& unit : units_) unit.process.replica().look(levels, now());
    levels.takeInside(inside_, now());
    const Counts counts = count();
    levels.replicas = static_cast<int>(wanted_);
    levels.up = static_cast<int>(counts.ready);
    levels.starting = static_cast<int>(counts.present - counts.ready);
    levels.capacity = static_cast<double>(parameters_.replica.workers) * static_cast<double>(std::max<std::int64_t>(counts.present, 1));
    if (parameters_.replica.queue != scenario::unlimited)
        levels.queueLimit = static_cast<double>(parameters_.replica.queue) * static_cast<double>(counts.present);
}

std::uint64_t Fleet::kills() const
{
    std::uint64_t sum = 0;
    for (const Unit& unit : units_) sum += unit.process.kills();
    return sum;
}

double Fleet::mostMemory() const
{
    double most = 0;
    for (const Unit& unit : units_) most = std::max(most, unit.process.mostMemory());
    return most;
}

double Fleet::used() const
{
    double sum = 0;
    for (const Unit& unit : units_) sum += unit.process.replica().cores->used();
    return sum;
}

std::size_t Fleet::versionOf(const std::string& name)
{
    const auto known = std::find(names_.begin(), names_.end(), name);
    if (known != names_.end()) return static_cast<std::size_t>(known - names_.begin());
    names_.push_back(name);
    tallies_.emplace_back();
    return names_.size() - 1;
}

void Fleet::list()
{
    endpoints_.clear();
    incomingEndpoints_.clear();
    for (Unit& unit : units_) {
        if (!unit.present || unit.leaving || !unit.ready) continue;
        (mode_ == Mode::beside && unit.version == incoming_ ? incomingEndpoints_ : endpoints_).push_back(&unit);
    }
    const Counts counts = count();
    mostPresent = std::max(mostPresent, counts.present);
    leastReady = std::min(leastReady, counts.ready);
}

// Requests.

Fleet::Unit* Fleet::choose()
{
    const bool incoming = mode_ == Mode::beside && choiceLuck_.chance(incomingShare_);
    const std::vector<Unit*>& endpoints = incoming ? incomingEndpoints_ : endpoints_;
    if (endpoints.empty()) return nullptr;
    return endpoints[(incoming ? incomingChooser_ : chooser_)
                         .choose(rules_.balance, endpoints.size(), choiceLuck_, [](std::size_t) { return true; },
                                 [&](std::size_t index) { return endpoints[index]->process.stays(); })];
}

Task<Reply> Fleet::call(Request request)
{
    Unit* const unit = choose();
    if (!unit) {
        Visit visit(component_.station(), simulation_, request);
        co_return visit.fail(Outcome::crashed);
    }
    const std::size_t version = unit->version;
    const Reply reply = co_await unit->process.call(request);
    ++tallies_[version].answered;
    tallies_[version].failed += !reply.ok();
    co_return reply;
}

// What processes tell.

void Fleet::setReady(Unit& unit, bool ready)
{
    if (unit.ready == ready) return;
    unit.ready = ready;
    unit.readyChanged = now();
    if (ready) {
        unit.readySince = now();
        unit.everReady = true;
        if (rules_.minReady > Duration()) scope_.spawnAfter(rules_.minReady, ringLater());
    }
    list();
    ring();
}

std::optional<Duration> Fleet::ended(Unit& unit, int exitCode, Duration ran)
{
    setReady(unit, false);
    ++unit.crashes;
    if (unit.leaving) return std::nullopt;
    const std::optional<Duration> wait = owner_.restart(unit, exitCode, ran);
    if (wait)
        ++restarts;
    else
        remove(unit);
    return wait;
}
void Fleet::starts(Unit& unit)
{
    if (rules_.ready == Ready::started && !unit.leaving) setReady(unit, true);
}
void Fleet::runs(Unit& unit)
{
    if (rules_.ready == Ready::running && !unit.leaving) setReady(unit, true);
}
void Fleet::probed(Unit& unit, Process::ProbeKind kind, bool good)
{
    if (kind == Process::ProbeKind::readiness) {
        if (!unit.leaving) setReady(unit, good);
    } else if (!good) {
        unit.process.exit(killed);
    }
}

// Places.

void Fleet::create(std::size_t version, bool atOnce)
{
    auto free = std::find_if(units_.begin(), units_.end(), [](const Unit& unit) { return !unit.present; });
    Unit& unit = free == units_.end() ? units_.emplace_back(*this, units_.size(), parameters_) : *free;
    unit.present = true;
    unit.leaving = unit.ready = unit.everReady = false;
    unit.version = version;
    unit.created = now();
    unit.delay = Duration();
    unit.crashes = 0;
    unit.lookedAt = now();
    unit.usedBefore = unit.process.replica().cores->used();
    unit.process.parameters() = parameters_;
    unit.process.apply();
    present_.add(now(), 1);
    owner_.created(unit);
    Host& host = unit.process.replica().host;
    if (const Version* differs = rules_.versions.find(names_[version])) {
        host.addErrors(differs->errors.share());
        host.slow(differs->work);
        if (!differs->starts) host.crash();
    }
    unit.process.begin(atOnce);
    if (atOnce && unit.process.running()) setReady(unit, true);
}

void Fleet::vacate(Unit& unit)
{
    unit.process.stop();
    Host& host = unit.process.replica().host;
    if (const Version* differs = rules_.versions.find(names_[unit.version])) {
        host.removeErrors(differs->errors.share());
        host.unslow(differs->work);
        if (!differs->starts) host.restart();
    }
    unit.present = unit.leaving = false;
    present_.add(now(), -1);
}

void Fleet::remove(Unit& unit, Duration grace)
{
    unit.leaving = true;
    unit.ready = false;
    list();
    ring();
    scope_.spawn(leave(unit, grace));
}

Task<void> Fleet::leave(Unit& unit, Duration grace)
{
    co_await unit.process.drain(grace);
    vacate(unit);
    ring();
}

// Those that are not ready go first, then the youngest.
std::int64_t Fleet::removeSome(std::int64_t count, bool onlyUnready, std::size_t version, bool others)
{
    std::int64_t removed = 0;
    for (; removed < count; ++removed) {
        Unit* best = nullptr;
        for (Unit& unit : units_) {
            if (!unit.present || unit.leaving || (unit.version == version) == others || (onlyUnready && unit.ready)) continue;
            if (!best || (best->ready && !unit.ready) || (best->ready == unit.ready && unit.created >= best->created)) best = &unit;
        }
        if (!best) break;
        remove(*best);
    }
    return removed;
}

}  // namespace tantrum::models::compute
