// A replicated key-value store without a leader, as Dynamo and Cassandra are: a write is done when W of N replicas have it, a
// read when R have answered; what a replica missed reaches it by hint or by repair.
#include "models/component.h"
#include "models/databases/quorum_keys.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"
#include "engine/slots.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <vector>

namespace tantrum::models::databases {
namespace {

using namespace scenario;

struct Params {
    std::int64_t nodes = 3;
    std::int64_t replication = 3;
    std::int64_t readQuorum = 2;
    std::int64_t writeQuorum = 2;
    std::int64_t workers = 32;
    DurationDistribution read = DurationDistribution::of("exponential(1ms)");
    DurationDistribution write = DurationDistribution::of("exponential(1ms)");
    DurationDistribution network = DurationDistribution::of("0.25ms");
    Duration timeout = Duration::seconds(2);
    bool readRepair = true;
    bool hintedHandoff = true;
    bool sloppyQuorum = false;
};

constexpr std::uint16_t writeOperation = 1;  // reading is 0

class QuorumStore final : public Component, public Service {
    struct Node {
        Node(Simulation& simulation, std::int64_t places) : host(simulation), workers(simulation, places) {}
        Host host;
        engine::Slots workers;
        HintQueue hints{};
        bool replaying = false;
    };
    // What a coordinator has heard so far. Kept by the store: replicas go on when the coordinator has gone.
    struct Gathered {
        std::uint64_t generation = 0;
        int needed = 0, answers = 0, possible = 0;
        std::uint64_t newest = 0;
        int repliers = 0;
        std::array<std::uint8_t, QuorumKeys::mostReplicas> replica{};
        std::array<std::uint64_t, QuorumKeys::mostReplicas> version{};
        engine::Wakeup coordinator{};
        bool waits = false;
    };

public:
    QuorumStore(const Params& params, Building& building)
        : Component(building), params_(params), luck_(building.stream("work")), replication_(static_cast<std::size_t>(params.replication)), keys_(replication_)
    {
        for (std::int64_t node = 0; node < std::max(params.nodes, params.replication); ++node) nodes_.emplace_back(simulation(), params.workers);
    }

    Service* service() override { return this; }
    std::vector<std::string> operations() const override { return {"read", "write"}; }
    std::vector<Host*> hosts() override
    {
        std::vector<Host*> all;
        for (Node& node : nodes_) all.push_back(&node.host);
        return all;
    }
    void hostChanged(Host& host) override
    {
        for (Node& node : nodes_) {
            if (&node.host != &host) continue;
            if (!host.up()) node.replaying = false;
            else replayHints(node);
        }
    }
    void change(const ParameterSet& parameters, std::string_view, Building&) override
    {
        params_ = parameters.as<Params>();
        for (Node& node : nodes_) node.workers.setPlaces(params_.workers);
    }

    Levels look() override
    {
        Levels levels;
        levels.takeInside(inside_, simulation().now());
        levels.replicas = static_cast<int>(nodes_.size());
        levels.up = 0;
        for (const Node& node : nodes_) {
            levels.up += node.host.up();
            levels.paused |= node.host.paused();
        }
        return levels;
    }
    std::vector<NamedMetric> metrics() const override
    {
        const auto count = [](std::string_view key, std::uint64_t value) { return metric(key, static_cast<double>(value)); };
        std::uint64_t pending = 0, dropped = 0;
        for (const Node& node : nodes_) pending += node.hints.size(), dropped += node.hints.dropped();
        return {count("reads", reads_), count("writes", writes_), count("stale_reads", staleReads_), count("read_repairs", repairs_),
                count("hints_stored", hintsStored_), count("hints_pending", pending), count("hints_replayed", hintsReplayed_), count("hints_dropped", dropped),
                count("sloppy_writes", sloppyWrites_), count("unavailable", unavailable_), count("timeouts", timeouts_), count("divergent_keys", keys_.size())};
    }
    std::string_view reason(Outcome outcome) const override
    {
        return outcome == Outcome::error ? "too few replicas" : outcome == Outcome::timeout ? "replicas too slow" : Component::reason(outcome);
    }

    Task<Reply> call(Request request) override
    {
        Visit visit(station(), simulation(), request);
        const bool writes = request.operation == writeOperation;
        ++(writes ? writes_ : reads_);
        const Inside inside(*this);
        const std::size_t home = homeOf(request.key);
        const auto needed = static_cast<int>(std::min(writes ? params_.writeQuorum : params_.readQuorum, params_.replication));
        const std::uint64_t confirmed = keys_.confirmed(request.key);
        Gathering gathering(*this, needed);
        std::uint64_t version = 0;
        if (writes) {
            version = keys_.begin(request.key);
            askToWrite(home, request.key, version, gathering.token());
        } else {
            askToRead(home, request.key, gathering.token());
        }
        if (gathering.cannotSucceed()) {
            ++unavailable_;
            co_return visit.fail(anyUp() ? Outcome::error : Outcome::crashed);
        }
        visit.waits();
        co_await gathering;
        visit.goesOn();
        if (!gathering.succeeded()) {
            ++(gathering.cannotSucceed() ? unavailable_ : timeouts_);
            co_return visit.fail(gathering.cannotSucceed() ? Outcome::error : Outcome::timeout);
        }
        if (writes)
            keys_.confirm(request.key, version);
        else
            judge(home, request.key, gathering.heard(), confirmed);
        Reply done;
        done.bytes = request.replyBytes;
        co_return visit.end(done, simulation());
    }

private:
    struct Inside {
        explicit Inside(QuorumStore& of) : store(of) { store.inside_.add(store.simulation().now(), 1); }
        ~Inside() { store.inside_.add(store.simulation().now(), -1); }
        QuorumStore& store;
    };
    struct Token {
        std::uint32_t index = 0;
        std::uint64_t generation = 0;
    };
    class Gathering {
    public:
        Gathering(QuorumStore& store, int needed) : store_(store)
        {
            if (store.free_.empty()) {
                store.free_.push_back(static_cast<std::uint32_t>(store.gathered_.size()));
                store.gathered_.emplace_back();
            }
            index_ = store.free_.back();
            store.free_.pop_back();
            Gathered& mine = store.gathered_[index_];
            ++mine.generation;
            mine.needed = needed;
            mine.answers = mine.possible = mine.repliers = 0;
            mine.newest = 0;
            mine.waits = false;
        }
        Gathering(const Gathering&) = delete;
        Gathering& operator=(const Gathering&) = delete;
        ~Gathering()
        {
            Gathered& mine = store_.gathered_[index_];
            ++mine.generation;
            mine.coordinator.leave();
            store_.free_.push_back(index_);
        }
        Token token() const { return Token{index_, heard().generation}; }
        const Gathered& heard() const { return store_.gathered_[index_]; }
        bool succeeded() const { return heard().answers >= heard().needed; }
        bool cannotSucceed() const { return heard().possible < heard().needed; }

        bool await_ready() const { return succeeded() || cannotSucceed(); }
        void await_suspend(std::coroutine_handle<> awaiting)
        {
            Gathered& mine = store_.gathered_[index_];
            mine.coordinator.aim(awaiting);
            mine.waits = true;
            store_.simulation().armAfter(mine.coordinator, store_.params_.timeout, engine::Spans::constant);
        }
        void await_resume() const { store_.gathered_[index_].waits = false; }

    private:
        QuorumStore& store_;
        std::uint32_t index_ = 0;
    };
    // A write that does not come to its end at its replica becomes a hint.
    class Delivery {
    public:
        Delivery(QuorumStore& store, std::size_t node, std::uint64_t key, std::uint64_t version) : store_(store), node_(node), key_(key), version_(version) {}
        Delivery(const Delivery&) = delete;
        Delivery& operator=(const Delivery&) = delete;
        ~Delivery()
        {
            if (!done_) store_.hint(store_.nodes_[node_], key_, version_);
        }
        void done() { done_ = true; }

    private:
        QuorumStore& store_;
        std::size_t node_;
        std::uint64_t key_, version_;
        bool done_ = false;
    };

    std::size_t homeOf(std::uint64_t key) const { return scatteredKey(key) % nodes_.size(); }
    std::size_t replicaNode(std::size_t home, std::size_t replica) const { return (home + replica) % nodes_.size(); }
    bool anyUp() const
    {
        return std::any_of(nodes_.begin(), nodes_.end(), [](const Node& node) { return node.host.up(); });
    }

    void askToWrite(std::size_t home, std::uint64_t key, std::uint64_t version, Token token)
    {
        std::size_t next = replication_;  // the first node beyond the key's own that may stand in
        for (std::size_t replica = 0; replica < replication_; ++replica) {
            const std::size_t index = replicaNode(home, replica);
            if (nodes_[index].host.up()) {
                expect(token);
                nodes_[index].host.scope().spawn(writeAt(index, replica, key, version, token));
                continue;
            }
            hint(nodes_[index], key, version);
            if (!params_.sloppyQuorum) continue;
            while (next < nodes_.size() && !nodes_[replicaNode(home, next)].host.up()) ++next;
            if (next >= nodes_.size()) continue;
            ++sloppyWrites_;
            expect(token);
            const std::size_t standIn = replicaNode(home, next++);
            nodes_[standIn].host.scope().spawn(keepFor(standIn, token));
        }
    }
    void askToRead(std::size_t home, std::uint64_t key, Token token)
    {
        for (std::size_t replica = 0; replica < replication_; ++replica) {
            const std::size_t index = replicaNode(home, replica);
            if (!nodes_[index].host.up()) continue;
            expect(token);
            nodes_[index].host.scope().spawn(readAt(index, replica, key, token));
        }
    }
    void expect(Token token) { ++gathered_[token.index].possible; }
    Gathered* find(Token token)
    {
        Gathered& found = gathered_[token.index];
        return found.generation == token.generation ? &found : nullptr;
    }
    void wake(Gathered& gathered)
    {
        if (!gathered.waits) return;
        gathered.waits = false;
        gathered.coordinator.leave();
        simulation().armNow(gathered.coordinator);
    }
    void answer(Token token)
    {
        Gathered* gathered = find(token);
        if (gathered && ++gathered->answers == gathered->needed) wake(*gathered);
    }
    void refuse(Token token)
    {
        Gathered* gathered = find(token);
        if (gathered && --gathered->possible < gathered->needed) wake(*gathered);
    }

    Task<void> passes()
    {
        const Duration way = params_.network.distribution.sample(luck_);
        if (way > Duration()) co_await simulation().delay(way, params_.network.distribution.spans());
    }
    Task<void> work(Node& node, const engine::Distribution& law)
    {
        const engine::Permit worker = co_await node.workers.acquire();
        const Duration demand = law.sample(luck_);
        co_await node.host.processor().work(demand, law.spans());
    }
    Task<void> writeAt(std::size_t index, std::size_t replica, std::uint64_t key, std::uint64_t version, Token token)
    {
        Delivery delivery(*this, index, key, version);
        co_await passes();
        co_await work(nodes_[index], params_.write.distribution);
        if (nodes_[index].host.drawsError(luck_)) {
            refuse(token);
            co_return;
        }
        delivery.done();
        keys_.apply(key, replica, version);
        co_await passes();
        answer(token);
    }
    // In place of a replica that is down: it counts, and the hint brings it where it belongs.
    Task<void> keepFor(std::size_t index, Token token)
    {
        co_await passes();
        co_await work(nodes_[index], params_.write.distribution);
        co_await passes();
        answer(token);
    }
    Task<void> readAt(std::size_t index, std::size_t replica, std::uint64_t key, Token token)
    {
        co_await passes();
        co_await work(nodes_[index], params_.read.distribution);
        if (nodes_[index].host.drawsError(luck_)) {
            refuse(token);
            co_return;
        }
        const std::uint64_t version = keys_.versionAt(key, replica);
        co_await passes();
        Gathered* gathered = find(token);
        if (!gathered || gathered->answers >= gathered->needed) co_return;
        const auto place = static_cast<std::size_t>(gathered->repliers++);
        gathered->replica[place] = static_cast<std::uint8_t>(replica);
        gathered->version[place] = version;
        gathered->newest = std::max(gathered->newest, version);
        answer(token);
    }
    // Of what the read has heard: was a confirmed write missing, and who needs to be told of a newer version.
    void judge(std::size_t home, std::uint64_t key, const Gathered& heard, std::uint64_t confirmed)
    {
        staleReads_ += heard.newest < confirmed;
        if (!params_.readRepair) return;
        for (std::size_t place = 0; place < static_cast<std::size_t>(heard.repliers); ++place) {
            if (heard.version[place] >= heard.newest) continue;
            const std::uint64_t newest = std::min(heard.newest, keys_.latest(key));
            const std::size_t index = replicaNode(home, heard.replica[place]);
            if (newest == 0 || !nodes_[index].host.up()) continue;
            ++repairs_;
            nodes_[index].host.scope().spawn(writeAt(index, heard.replica[place], key, newest, Token{}));
        }
    }

    void hint(Node& node, std::uint64_t key, std::uint64_t version)
    {
        if (!params_.hintedHandoff) return;
        ++hintsStored_;
        node.hints.push(key, version);
        replayHints(node);
    }
    void replayHints(Node& node)
    {
        if (!node.host.up() || node.replaying || node.hints.size() == 0) return;
        node.replaying = true;
        node.host.scope().spawn(replay(node));
    }
    Task<void> replay(Node& node)
    {
        const std::size_t index = static_cast<std::size_t>(std::find_if(nodes_.begin(), nodes_.end(), [&](const Node& each) { return &each == &node; }) - nodes_.begin());
        while (node.hints.size() > 0) {
            co_await passes();
            co_await work(node, params_.write.distribution);
            const HintQueue::Hint hint = node.hints.pop();
            ++hintsReplayed_;
            keys_.apply(hint.key, (index + nodes_.size() - homeOf(hint.key)) % nodes_.size(), hint.version);
        }
        node.replaying = false;
    }

    Params params_;
    engine::RandomStream luck_;
    std::size_t replication_;
    QuorumKeys keys_;
    std::deque<Gathered> gathered_ = std::deque<Gathered>(1);  // the first belongs to nobody: repairs report to it
    std::vector<std::uint32_t> free_;
    std::deque<Node> nodes_;
    engine::Gauge inside_;
    std::uint64_t reads_ = 0, writes_ = 0, staleReads_ = 0, repairs_ = 0, hintsStored_ = 0, hintsReplayed_ = 0, sloppyWrites_ = 0, unavailable_ = 0, timeouts_ = 0;
};

}  // namespace

TANTRUM_MODEL(databases, quorum_store)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "quorum_store")
            .title("Quorum store").group("Databases").icon("storage").accepts("calls").operations({"read", "write"})
            .summary("A key-value store without a leader: N replicas of each key, W of them for a write, R for a read, hints and repair.")
            .details("As in Dynamo and Cassandra. Each key lives on `replication` of the `nodes`, next to each other on a ring. A call is sent to all "
                     "replicas that are up, and is done when the quorum has answered, so it takes as long as the W-th (R-th) fastest of them. Where "
                     "`read_quorum + write_quorum > replication` every read meets every confirmed write; where not, a read can be *stale*: none of the "
                     "replicas it heard had the last confirmed write.\n\n"
                     "**When nodes are down.** With fewer replicas up than the quorum needs, calls fail at once (*unavailable*). What a node that is down misses "
                     "is kept as a hint and replayed, one by one, when it is back (`hinted_handoff`). With `sloppy_quorum`, other nodes of the ring stand in for "
                     "those that are down: writes go on, and reads may miss them until the hints are delivered. A read that hears different versions "
                     "repairs the older ones it has heard (`read_repair`).\n\n"
                     "Simplified: failures are known at once; nodes reach each other always; there is no anti-entropy and no last-write-wins by clocks: writes of a "
                     "key have an order; one million hints for each node and one million keys that differ are kept, the oldest hints are dropped.")
            .parameter("nodes", &Params::nodes, {.doc = "nodes of the ring, at least as many as replicas", .least = 1, .most = 1000, .unit = "nodes"})
            .parameter("replication", &Params::replication, {.doc = "N, replicas of each key", .least = 1, .most = QuorumKeys::mostReplicas, .unit = "replicas", .source = "Dynamo (DeCandia et al., SOSP 2007): N = 3, R = W = 2"})
            .parameter("read_quorum", &Params::readQuorum, {.doc = "R, answers a read waits for; more than N: all", .least = 1, .most = QuorumKeys::mostReplicas, .unit = "replicas", .source = "Dynamo (DeCandia et al., SOSP 2007): 2", .live = true})
            .parameter("write_quorum", &Params::writeQuorum, {.doc = "W, answers a write waits for; more than N: all", .least = 1, .most = QuorumKeys::mostReplicas, .unit = "replicas", .source = "Dynamo (DeCandia et al., SOSP 2007): 2", .live = true})
            .parameter("workers", &Params::workers, {.doc = "requests a node handles at once", .least = 1, .most = 1'000'000, .unit = "workers", .source = "Cassandra concurrent_reads: 32, unconfirmed", .live = true})
            .parameter("read", &Params::read, {.doc = "time of a read at a replica", .live = true})
            .parameter("write", &Params::write, {.doc = "time of a write at a replica", .live = true})
            .parameter("network", &Params::network, {.doc = "one way between coordinator and replica", .source = "within a zone 0.1 to 0.3 ms there and back, between zones 0.5 to 1.5 ms, unconfirmed", .live = true})
            .parameter("timeout", &Params::timeout, {.doc = "how long a coordinator waits for its quorum", .least = Duration::milliseconds(1), .source = "Cassandra write_request_timeout: 2 s, unconfirmed", .live = true})
            .parameter("read_repair", &Params::readRepair, {.doc = "reads bring old replicas up to date", .live = true})
            .parameter("hinted_handoff", &Params::hintedHandoff, {.doc = "what a node missed is kept for it", .live = true})
            .parameter("sloppy_quorum", &Params::sloppyQuorum, {.doc = "other nodes stand in for replicas that are down", .live = true})
            .metric("reads", "calls", "reads begun").metric("writes", "calls", "writes begun")
            .metric("stale_reads", "calls", "reads that missed a write confirmed before they began")
            .metric("read_repairs", "writes", "writes to replicas a read found old")
            .metric("hints_stored", "hints", "writes kept for nodes that were down").metric("hints_pending", "hints", "of those, not delivered yet")
            .metric("hints_replayed", "hints", "delivered").metric("hints_dropped", "hints", "given up, for there were too many")
            .metric("sloppy_writes", "writes", "writes another node stood in for")
            .metric("unavailable", "calls", "calls for which too few replicas were there").metric("timeouts", "calls", "calls whose quorum did not answer in time")
            .metric("divergent_keys", "keys", "keys whose replicas differ now")
            .understands({"crash", "slow", "pause", "errors"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(500/s), sends: store.write, keys: zipf(10000 1.0)}\n"
                     "  store: {type: quorum_store, nodes: 5, replication: 3, write_quorum: 2, read_quorum: 2}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<QuorumStore>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::databases
