#include "models/world/world.h"

#include "models/scenario/catalogue.h"
#include "models/scenario/document.h"
#include "models/scenario/reader.h"
#include "models/world/construction.h"
#include "models/world/guard.h"
#include "models/world/log_watch.h"
#include "models/world/sampler.h"
#include "models/world/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace tantrum::models {

struct World::Implementation {
    Implementation(const scenario::Scenario& read, const WorldOptions& options)
        : scenario(read), seed(options.seed.value_or(read.seed)), end(Instant::at(options.duration.value_or(read.duration))),
          construction(scenario, parts, seed)
    {
        if (options.tail)
            parts.traces.open(*options.tail, seed, options.traceCapacity);
        else if (options.traceRate > 0)
            parts.traces.open(options.traceRate, seed, options.traceCapacity);
        if (options.logs) logs.emplace(parts, *options.logs, options.logCapacity);
        if (options.passages) parts.passages.open(options.passageCapacity);
        construction.build();
        timeline.emplace(scenario, parts, construction);
        sampler.emplace(scenario, parts, end, options);
        guard.emplace(parts, end);
        if (logs) logs->begin(engine::Duration::fromSeconds(sampler->bucketSeconds()));
        describe();
    }

    ~Implementation()
    {
        if (logs) logs->close();
    }

    void describe();
    Progress advance(Instant limit, std::uint64_t budget);
    Progress atEdge(Instant edge);
    bool stop(std::string reason);
    void showAlerts();

    scenario::Scenario scenario;
    std::uint64_t seed;
    Instant end;
    std::optional<LogWatch> logs;  ///< what ends with the parts is still told to it
    Parts parts;
    Construction construction;
    std::optional<Timeline> timeline;
    std::optional<Sampler> sampler;
    std::optional<Guard> guard;
    std::uint64_t looked = 0;  ///< events at the guard's last look
    Topology topology;
    std::string stopReason;
    bool finished = false;
    std::map<std::size_t, std::size_t> shownAlerts;  ///< by alert: its last happening
    std::vector<std::unique_ptr<scenario::Scenario>> interventions;  ///< what their entries refer to
};

void World::Implementation::describe()
{
    for (const NodePart& node : parts.nodes) {
        NodeFacts facts;
        facts.name = node.component->name();
        facts.type = node.type->key;
        facts.typeTitle = node.type->title;
        facts.group = node.type->group;
        facts.icon = node.type->icon;
        facts.faults = node.type->understands;
        for (const scenario::Descriptor* fault : catalogue().all(scenario::Kind::fault))  // those made of others
            if (node.type->isUnderstood(fault->key) && std::find(facts.faults.begin(), facts.faults.end(), fault->key) == facts.faults.end()) facts.faults.push_back(fault->key);
        facts.isClient = node.type->client;
        facts.holdsMessages = node.type->isAccepted("messages");
        topology.nodes.push_back(std::move(facts));
    }
    for (const scenario::LayoutPoint& point : scenario.layout) {
        const auto known = parts.nodeIndex.find(point.node);
        if (known == parts.nodeIndex.end()) continue;
        NodeFacts& facts = topology.nodes[static_cast<std::size_t>(known->second)];
        facts.x = point.x;
        facts.y = point.y;
    }
    for (const auto& route : parts.routes) {
        EdgeFacts facts;
        facts.from = route->from;
        facts.to = route->to;
        facts.declared = route->declared;
        facts.messages = route->messages;
        const WayPart* way = route->whole ? route->whole.get() : route->replicas.empty() ? nullptr : route->replicas.front().get();
        if (way)
            for (const PolicyPart& policy : way->policies) facts.policies.push_back(policy.type->key);
        topology.edges.push_back(std::move(facts));
    }
}

bool World::Implementation::stop(std::string reason)
{
    if (reason.empty()) return false;
    stopReason = std::move(reason);
    sampler->cut();
    return true;
}

World::Progress World::Implementation::advance(Instant limit, std::uint64_t budget)
{
    if (!stopReason.empty()) return Progress::stopped;
    if (stop(construction.stopReason())) return Progress::stopped;  // something refused to be built
    const std::uint64_t stopAt = budget > ~std::uint64_t{0} - parts.simulation.events() ? ~std::uint64_t{0} : parts.simulation.events() + budget;
    while (!finished) {
        const Instant edge = std::min({limit, end, sampler->nextEdge(), timeline->next(), logs ? logs->next() : Instant::never()});
        const std::uint64_t room = std::min(stopAt - parts.simulation.events(), looked + Guard::interval - parts.simulation.events());
        const Simulation::Pause pause = parts.simulation.run(edge, room);
        if (parts.simulation.events() - looked >= Guard::interval) {
            looked = parts.simulation.events();
            if (stop(guard->look())) return Progress::stopped;
        }
        if (stop(construction.stopReason())) return Progress::stopped;
        if (pause == Simulation::Pause::budget) {
            if (parts.simulation.events() >= stopAt) return Progress::reached;
            continue;
        }
        const Progress progress = atEdge(edge);
        if (progress != Progress::reached || edge == limit) return progress;
    }
    return Progress::finished;
}

World::Progress World::Implementation::atEdge(Instant edge)
{
    if (edge >= timeline->next()) timeline->strike();
    if (edge >= sampler->nextEdge() || edge >= end) sampler->cut();
    if (logs) logs->look(timeline->happenings());
    if (sampler->slos()) showAlerts();
    if (edge < end) return Progress::reached;
    finished = true;
    return Progress::finished;
}

void World::Implementation::showAlerts()
{
    for (const SloWatch::News& news : sampler->slos()->takeNews()) {
        if (logs) logs->tell(news);
        if (news.fires) {
            Happening alert;
            alert.kind = Happening::Kind::alert;
            alert.from = news.at;
            alert.until = Instant::never();
            alert.text = news.text;
            alert.target = news.of;
            shownAlerts[news.alert] = timeline->note(std::move(alert));
        } else {
            timeline->noteEnd(shownAlerts[news.alert], news.at);
        }
    }
}

std::unique_ptr<World> World::build(const scenario::Scenario& scenario, const WorldOptions& options)
{
    return std::unique_ptr<World>(new World(std::make_unique<Implementation>(scenario, options)));
}
World::World(std::unique_ptr<Implementation> implementation) : implementation_(std::move(implementation)) {}
World::~World() = default;

const Topology& World::topology() const { return implementation_->topology; }
engine::Instant World::now() const { return implementation_->parts.simulation.now(); }
engine::Instant World::end() const { return implementation_->end; }
std::uint64_t World::events() const { return implementation_->parts.simulation.events(); }
std::uint64_t World::fingerprint() const { return implementation_->parts.simulation.fingerprint(); }
std::uint64_t World::seed() const { return implementation_->seed; }
const std::string& World::stopReason() const { return implementation_->stopReason; }

std::uint64_t World::requests() const
{
    std::uint64_t sum = 0;
    for (const NodePart& node : implementation_->parts.nodes)
        if (node.type->client) sum += node.component->station().counts().arrived;
    return sum;
}

World::Progress World::advanceTo(Instant limit) { return implementation_->advance(limit, ~std::uint64_t{0}); }

World::Progress World::advanceSome(std::uint64_t events, Instant limit) { return implementation_->advance(limit, events); }

// The entry is appended to the scenario's own text and read with it, so that it is checked like any other.
std::string World::apply(const std::string& timelineEntry)
{
    Implementation& self = *implementation_;
    if (self.finished || !self.stopReason.empty()) return "the run has ended";
    self.advance(now(), ~std::uint64_t{0});  // the rest of this instant
    const std::string::size_type open = timelineEntry.find('{');
    if (open == std::string::npos) return "a timeline entry is expected, as {crash: inventory, for: 10s}";
    const std::string entry = fmt::format("{{at: {}ns, {}", now().count(), timelineEntry.substr(open + 1));
    scenario::Document document(std::string(self.scenario.tree->source()), self.scenario.file, catalogue());
    if (const auto refusal = document.append("timeline", entry)) return refusal->message;
    scenario::ReadOptions options;
    options.directory = self.scenario.directory;
    scenario::ReadResult result = scenario::read(document.text(), self.scenario.file, catalogue(), options);
    if (!result.scenario) {
        if (result.diagnostics.empty()) return "refused";
        const scenario::Diagnostic& first = result.diagnostics.front();
        return first.hint.empty() ? first.message : first.message + " (" + first.hint + ")";
    }
    self.interventions.push_back(std::make_unique<scenario::Scenario>(std::move(*result.scenario)));
    self.timeline->begin(self.interventions.back()->timeline.back(), true);
    return {};
}

std::int64_t World::unaccounted() const
{
    std::int64_t sum = 0;
    for (const NodePart& node : implementation_->parts.nodes) sum += std::abs(node.component->station().unaccounted());
    return sum;
}

std::vector<AuditLine> World::audit() const
{
    return models::audit(implementation_->parts, *implementation_->sampler, implementation_->timeline->happenings());
}

Frame World::frame() const { return implementation_->sampler->frame(); }
const std::vector<Happening>& World::happenings() const { return implementation_->timeline->happenings(); }
void World::takePassages(std::vector<Passage>& into) { implementation_->parts.passages.take(into); }
std::uint64_t World::droppedPassages() const { return implementation_->parts.passages.dropped(); }
std::size_t World::buckets() const { return implementation_->sampler->buckets(); }
double World::bucketSeconds() const { return implementation_->sampler->bucketSeconds(); }
const SeriesResult& World::series() const { return implementation_->sampler->series(); }
std::span<const std::uint32_t> World::heat(std::size_t node, std::size_t bucket) const { return implementation_->sampler->heat(node, bucket); }
const std::vector<Frame>& World::frames() const { return implementation_->sampler->frames(); }

Results World::results() const
{
    const Implementation& self = *implementation_;
    Results results;
    results.scenario = self.scenario.name;
    results.seed = self.seed;
    results.fingerprint = fingerprint();
    results.simulatedSeconds = now().inSeconds();
    results.events = events();
    results.stopReason = self.stopReason;
    self.sampler->summarise(results, self.timeline->happenings());
    if (self.logs) results.logs = self.logs->result();
    if (self.parts.traces.samples()) {
        results.traces = self.parts.traces.result();
        for (const NodePart& node : self.parts.nodes) {
            results.traces.nodes.push_back(node.component->name());
            results.traces.operations.push_back(node.component->operations());
        }
        for (const auto& route : self.parts.routes) {
            results.traces.links.push_back(route->route->name());
            results.traces.callees.push_back(static_cast<std::uint32_t>(route->to));
        }
    }
    return results;
}

}  // namespace tantrum::models
