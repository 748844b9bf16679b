#include "models/world/sampler.h"

#include "models/world/heat.h"

#include <algorithm>
#include <cmath>

namespace tantrum::models {

void NodeTally::add(const NodeTally& piece)
{
    latency.merge(piece.latency);
    failureLatency.merge(piece.failureLatency);
    addCounts(piece);
}

void NodeTally::take(NodeTally& piece)
{
    for (const auto histogram : {&NodeTally::latency, &NodeTally::failureLatency}) {
        if ((this->*histogram).count() == 0)
            (this->*histogram).swap(piece.*histogram);
        else
            (this->*histogram).merge(piece.*histogram);
    }
    addCounts(piece);
}

void NodeTally::addCounts(const NodeTally& piece)
{
    arrived += piece.arrived;
    for (std::size_t outcome = 0; outcome < outcomeCount; ++outcome) {
        ended[outcome] += piece.ended[outcome];
        refused[outcome] += piece.refused[outcome];
    }
    seconds += piece.seconds;
    busySeconds += piece.busySeconds;
    capacitySeconds += piece.capacitySeconds;
    queueSeconds += piece.queueSeconds;
    insideSeconds += piece.insideSeconds;
    queueMax = std::max(queueMax, piece.queueMax);
}

void NodeTally::clear()
{
    engine::Histogram kept = std::move(latency), keptFailures = std::move(failureLatency);
    kept.clear();
    keptFailures.clear();
    *this = {};
    latency = std::move(kept);
    failureLatency = std::move(keptFailures);
}

std::uint64_t NodeTally::endedAltogether() const
{
    std::uint64_t sum = 0;
    for (std::uint64_t count : ended) sum += count;
    return sum;
}

void RouteTally::add(const RouteTally& piece)
{
    calls += piece.calls;
    attempts += piece.attempts;
    retries += piece.retries;
    for (std::size_t outcome = 0; outcome < outcomeCount; ++outcome) attemptsEnded[outcome] += piece.attemptsEnded[outcome];
}

Sampler::Sampler(const scenario::Scenario& scenario, Parts& parts, Instant end, const WorldOptions& options)
    : scenario_(scenario), parts_(parts), warmupEnd_(Instant::at(scenario.warmup)), end_(end), keepFrames_(options.frames)
{
    chooseBucket(options);
    nodes_.resize(parts.nodes.size());
    routes_.resize(parts.routes.size());
    std::size_t clients = 0;
    for (std::size_t index = 0; index < nodes_.size(); ++index) clients += nodes_[index].client = parts.nodes[index].type->client;
    series_.bucketSeconds = bucket_.inSeconds();
    series_.clients.reserve(clients);
    series_.nodes.reserve(nodes_.size() - clients);
    for (std::size_t index = 0; index < nodes_.size(); ++index) {
        auto& list = nodes_[index].client ? series_.clients : series_.nodes;
        list.emplace_back();
        list.back().name = parts.nodes[index].component->name();
        nodes_[index].columns = &list.back();
        nodes_[index].hosts = parts.nodes[index].component->hosts();
    }
    frame_.nodes.resize(nodes_.size());
    frame_.edges.resize(routes_.size());
    bucketEnd_ = Instant::at(bucket_);
    if (!scenario.slos.empty()) slos_.emplace(scenario, parts, end, options.seed.value_or(scenario.seed));
    for (const scenario::NodeEntry& node : scenario.nodes)
        if (!node.runsOn.empty()) replicaSeconds_.resize(nodes_.size());
    prepareBatches();
    edges_.push_back(warmupEnd_);
    prepareQuestions();
    std::sort(edges_.begin(), edges_.end());
    findNextEdge();
    collect(0);  // brings the levels at the start into the first frame
    for (std::size_t index = 0; index < nodes_.size(); ++index) frame_.nodes[index] = view(nodes_[index], index);
}

// The shortest of 1, 2, 5 times a power of ten that keeps the number of buckets within bounds.
void Sampler::chooseBucket(const WorldOptions& options)
{
    constexpr std::size_t mostCells = 1'000'000;
    const std::size_t affordable = std::max<std::size_t>(20, mostCells / std::max<std::size_t>(1, parts_.nodes.size()));
    const auto most = static_cast<std::int64_t>(std::min(options.mostBuckets, affordable));
    std::int64_t length = 1'000;  // a microsecond
    for (int step = 0; length * most < end_.count(); ++step) length = step % 3 == 1 ? length / 2 * 5 : length * 2;
    bucket_ = Duration::nanoseconds(length);
}

// Clients first: theirs are the latencies that claims are made of.
void Sampler::prepareBatches()
{
    constexpr std::size_t mostDistributions = 250;
    std::size_t given = 0;
    for (const bool clients : {true, false})
        for (NodeState& state : nodes_)
            if (state.client == clients && given < mostDistributions) {
                state.batches = Batches(true);
                ++given;
            }
}

Instant Sampler::batchEnd(std::size_t batch) const
{
    if (batch >= Batches::most || warmupEnd_ >= end_) return Instant::never();
    const std::int64_t measured = (end_ - warmupEnd_).count();
    const auto parts = static_cast<std::int64_t>(Batches::most), ended = static_cast<std::int64_t>(batch) + 1;
    return warmupEnd_ + Duration::nanoseconds(measured / parts * ended + measured % parts * ended / parts);
}

void Sampler::closeBatches()
{
    while (batchEnd(batchesClosed_) <= lastCut_) {
        for (NodeState& state : nodes_) state.batches.close(state.total.latency);
        ++batchesClosed_;
    }
}

void Sampler::prepareQuestions()
{
    for (const scenario::Expectation& expectation : scenario_.expect) {
        Question question;
        question.expectation = &expectation;
        question.from = std::max(warmupEnd_, expectation.after.value_or(Instant()));
        question.until = expectation.before.value_or(Instant::never());
        const auto from = parts_.nodeIndex.find(expectation.node);
        if (expectation.linkTo.empty()) {
            if (from != parts_.nodeIndex.end()) question.nodes.push_back(from->second);
            for (std::size_t route = 0; route < parts_.routes.size(); ++route)
                if (parts_.routes[route]->route->to() == expectation.node) question.routes.push_back(static_cast<int>(route));
        } else {
            for (std::size_t route = 0; route < parts_.routes.size(); ++route)
                if (parts_.routes[route]->route->from() == expectation.node && parts_.routes[route]->route->to() == expectation.linkTo)
                    question.routes.push_back(static_cast<int>(route));
        }
        if (expectation.after) edges_.push_back(*expectation.after);
        if (expectation.before) edges_.push_back(*expectation.before);
        questions_.push_back(std::move(question));
    }
}

void Sampler::findNextEdge()
{
    nextEdge_ = std::min({bucketEnd_, batchEnd(batchesClosed_), end_});
    const auto next = std::upper_bound(edges_.begin(), edges_.end(), lastCut_);
    if (next != edges_.end()) nextEdge_ = std::min(nextEdge_, *next);
    if (slos_) nextEdge_ = std::min(nextEdge_, slos_->next());
}

void Sampler::collect(double seconds)
{
    for (std::size_t index = 0; index < nodes_.size(); ++index) {
        NodeState& state = nodes_[index];
        Component& component = *parts_.nodes[index].component;
        Station& station = component.station();
        NodeTally& piece = state.piece;
        piece.clear();
        piece.latency.swap(station.window());
        piece.failureLatency.swap(station.failures());
        station.window().cover(piece.latency);
        station.failures().cover(piece.failureLatency);
        const Station::Counts& counts = station.counts();
        piece.arrived = counts.arrived - state.seen.arrived;
        for (std::size_t outcome = 0; outcome < outcomeCount; ++outcome) {
            piece.ended[outcome] = counts.ended[outcome] - state.seen.ended[outcome];
            piece.refused[outcome] = counts.refused[outcome] - state.seen.refused[outcome];
        }
        state.seen = counts;
        state.levels = component.look();
        const Levels& levels = state.levels;
        piece.seconds = seconds;
        if (!std::isnan(levels.busyMean)) {
            piece.busySeconds = levels.busyMean * seconds;
            piece.capacitySeconds = levels.capacity * seconds;
        }
        piece.queueSeconds = levels.queueMean * seconds;
        piece.queueMax = levels.queueMax;
        piece.insideSeconds = seconds * (std::isnan(levels.insideMean) ? levels.busyMean + levels.queueMean : levels.insideMean);
        enterInLedger(state, station.inside());
    }
    for (std::size_t index = 0; index < routes_.size(); ++index) {
        RouteState& state = routes_[index];
        const bool declared = parts_.routes[index]->declared;
        const Route::Counts& counts = parts_.routes[index]->route->counts;
        RouteTally& piece = state.piece;
        piece.calls = counts.calls - state.seen.calls;
        piece.attempts = declared ? counts.attempts - state.seen.attempts : piece.calls;
        piece.retries = counts.retries - state.seen.retries;
        for (std::size_t outcome = 0; outcome < outcomeCount; ++outcome)
            piece.attemptsEnded[outcome] = declared ? counts.attemptsEnded[outcome] - state.seen.attemptsEnded[outcome]
                                                    : counts.callsEnded[outcome] - state.seen.callsEnded[outcome];
        state.seen = counts;
    }
}

void Sampler::enterInLedger(NodeState& state, std::int64_t inside) const
{
    const NodeTally& piece = state.piece;
    Ledger& ledger = state.ledger;
    ledger.population += piece.insideSeconds;
    ledger.busy += std::isnan(state.levels.busyMean) ? noData : piece.busySeconds;
    for (const engine::Histogram* latencies : {&piece.latency, &piece.failureLatency}) {
        ledger.stays += latencies->mean() * static_cast<double>(latencies->count()) * 1e-9;
        ledger.measured += latencies->count();
    }
    ledger.ended += piece.endedAltogether();
    std::uint64_t demanded = 0;
    for (Host* host : state.hosts) demanded += host->processor().demanded();
    ledger.demanded += static_cast<double>(static_cast<std::int64_t>(demanded - state.demandedSeen)) * 1e-9;  // less, if work was cut off
    state.demandedSeen = demanded;
    ledger.at = parts_.simulation.now();
    if (inside == 0) state.emptied = ledger;
    state.insideAfter = inside;
    if (ledger.at <= warmupEnd_) state.insideBefore = inside;
}

const Ledger* Sampler::emptied(std::size_t node) const
{
    const Ledger& ledger = nodes_[node].emptied;
    return ledger.at > Instant() ? &ledger : nullptr;
}

Sampler::Flow Sampler::flow(std::size_t node) const
{
    const NodeState& state = nodes_[node];
    return {state.total.arrived, state.total.endedAltogether(), state.insideBefore, state.insideAfter};
}

void Sampler::cut()
{
    const Instant now = parts_.simulation.now();
    if (now == lastCut_) return;
    const Instant from = lastCut_;
    collect((now - from).inSeconds());
    lastCut_ = now;
    for (std::size_t index = 0; index < replicaSeconds_.size(); ++index)
        replicaSeconds_[index] += nodes_[index].levels.replicas * (now - from).inSeconds();
    if (slos_) {
        for (std::size_t index = 0; index < nodes_.size(); ++index) slos_->take(static_cast<int>(index), nodes_[index].piece.latency, nodes_[index].levels);
        slos_->evaluate(now);
    }
    const bool counts = from >= warmupEnd_;
    for (NodeState& state : nodes_)
        if (counts) state.total.add(state.piece);
    for (RouteState& state : routes_) {
        state.bucket.add(state.piece);
        if (counts) state.total.add(state.piece);
    }
    for (Question& question : questions_) {
        if (from < question.from || now > question.until) continue;
        for (int node : question.nodes) question.tally.add(nodes_[static_cast<std::size_t>(node)].piece);
        for (int route : question.routes) question.calls.add(routes_[static_cast<std::size_t>(route)].piece);
    }
    for (NodeState& state : nodes_) state.bucket.take(state.piece);
    if (now >= bucketEnd_) emitBucket();
    closeBatches();
    findNextEdge();
}

std::span<const std::uint32_t> Sampler::heat(std::size_t node, std::size_t bucket) const
{
    const std::vector<std::uint32_t>& rows = nodes_[node].heat;
    const std::size_t from = bucket * heatRowCount;
    if (from + heatRowCount > rows.size()) return {};
    return std::span(rows).subspan(from, heatRowCount);
}

void Sampler::keepHeat(NodeState& state)
{
    const std::size_t from = state.heat.size();
    state.heat.resize(from + heatRowCount);
    state.bucket.latency.forEachBucket([&](std::int64_t low, std::int64_t high, std::uint64_t count) {
        std::uint32_t& cell = state.heat[from + heatRowOf(low + (high - low) / 2)];
        cell = static_cast<std::uint32_t>(std::min<std::uint64_t>(cell + count, ~std::uint32_t{0}));
    });
}

void Sampler::emitBucket()
{
    const double seconds = (parts_.simulation.now() - bucketStart_).inSeconds();
    const auto share = [seconds](std::uint64_t count) { return static_cast<float>(static_cast<double>(count) / seconds); };
    frame_.time = parts_.simulation.now();
    std::vector<std::uint64_t> attemptsFrom(nodes_.size());
    for (std::size_t route = 0; route < routes_.size(); ++route)
        attemptsFrom[static_cast<std::size_t>(parts_.routes[route]->from)] += routes_[route].bucket.attempts;
    for (std::size_t index = 0; index < nodes_.size(); ++index) {
        NodeState& state = nodes_[index];
        const NodeTally& bucket = state.bucket;
        SeriesResult::Columns& columns = *state.columns;
        const std::uint64_t ended = bucket.endedAltogether();
        const std::uint64_t good = bucket.ended[0];
        columns.ratePerSecond.push_back(share(bucket.arrived));
        columns.goodputPerSecond.push_back(share(good));
        columns.errorRate.push_back(ended ? static_cast<float>(ended - good) / static_cast<float>(ended) : static_cast<float>(noData));
        columns.attemptsPerSecond.push_back(share(attemptsFrom[index]));
        columns.mean.push_back(bucket.latency.count() ? static_cast<float>(bucket.latency.mean() * 1e-9) : static_cast<float>(noData));
        constexpr std::array fractions{0.5, 0.95, 0.99, 0.999};
        std::array<double, fractions.size()> values{};
        bucket.latency.quantiles(fractions, values);
        std::vector<float>* const series[]{&columns.p50, &columns.p95, &columns.p99, &columns.p999};
        for (std::size_t which = 0; which < fractions.size(); ++which) {
            if (bucket.latency.count() == 0) values[which] = noData;
            series[which]->push_back(static_cast<float>(values[which] * 1e-9));
        }
        columns.queueMean.push_back(static_cast<float>(bucket.queueSeconds / seconds));
        columns.queueMax.push_back(static_cast<float>(bucket.queueMax));
        columns.utilization.push_back(static_cast<float>(bucket.utilization()));
        if (keepFrames_) keepHeat(state);
        frame_.nodes[index] = view(state, index);
    }
    for (std::size_t index = 0; index < routes_.size(); ++index) {
        const RouteTally& bucket = routes_[index].bucket;
        const Route& route = *parts_.routes[index]->route;
        EdgeView& edge = frame_.edges[index];
        edge.callsPerSecond = static_cast<double>(bucket.calls) / seconds;
        edge.attemptsPerSecond = static_cast<double>(bucket.attempts) / seconds;
        for (std::size_t outcome = 0; outcome < outcomeCount; ++outcome)
            edge.perSecond[outcome] = static_cast<double>(bucket.attemptsEnded[outcome]) / seconds;
        edge.retryShare = bucket.attempts ? static_cast<double>(bucket.retries) / static_cast<double>(bucket.attempts) : 0;
        edge.partitioned = route.partitioned();
        edge.partitionedSince = route.partitionedSince();
        edge.breaker = route.breaker;
        routes_[index].bucket = {};
    }
    for (NodeState& state : nodes_) state.bucket.clear();
    if (keepFrames_) frames_.push_back(frame_);
    ++emitted_;
    bucketStart_ = parts_.simulation.now();
    while (bucketEnd_ <= bucketStart_) bucketEnd_ = bucketEnd_ + bucket_;
}

NodeView Sampler::view(const NodeState& state, std::size_t node) const
{
    const NodeTally& bucket = state.bucket;
    const Levels& levels = state.levels;
    const double seconds = bucket.seconds;
    NodeView view;
    view.utilization = bucket.utilization();
    view.queue = levels.queueNow;
    view.queueLimit = levels.queueLimit;
    view.replicas = levels.replicas;
    view.replicasUp = levels.up;
    view.replicasStarting = levels.starting;
    view.oldestSeconds = levels.oldestSeconds;
    view.hitRatio = levels.hitRatio;
    std::uint64_t ended = 0, failed = 0;
    std::size_t worst = 0;
    if (seconds > 0) {
        ended = bucket.endedAltogether();
        failed = ended - bucket.ended[0];
        view.ratePerSecond = static_cast<double>(bucket.arrived) / seconds;
        view.goodPerSecond = static_cast<double>(bucket.ended[0]) / seconds;
        for (std::size_t outcome = 0; outcome < outcomeCount; ++outcome) {
            view.perSecond[outcome] = static_cast<double>(bucket.ended[outcome]) / seconds;
            if (outcome > 0 && bucket.refused[outcome] > (worst > 0 ? bucket.refused[worst] : 0)) worst = outcome;
        }
        if (!state.columns->p50.empty()) {
            view.p50 = state.columns->p50.back();
            view.p95 = state.columns->p95.back();
            view.p99 = state.columns->p99.back();
        }
    }
    if (worst > 0 && !state.client) {
        view.reason = parts_.nodes[node].component->reason(static_cast<Outcome>(worst));
        view.reasonPerSecond = static_cast<double>(bucket.refused[worst]) / seconds;
    }
    const double failedShare = ended ? static_cast<double>(failed) / static_cast<double>(ended) : 0;
    if (levels.up == 0)
        view.health = Health::crashed;
    else if (levels.paused)
        view.health = Health::paused;
    else if (failedShare > 0.2)
        view.health = Health::failing;
    else if (failedShare > 0.01 || view.utilization > 0.95 || levels.up < levels.replicas)
        view.health = Health::degraded;
    else
        view.health = bucket.arrived + ended > 0 ? Health::ok : Health::idle;
    return view;
}

}  // namespace tantrum::models
