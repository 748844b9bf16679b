// A Raft group: one leader, elected by a majority, replicates a log to followers; what a majority has on disk is committed.
#include "models/component.h"
#include "models/databases/raft_log.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <vector>

namespace tantrum::models::databases {
namespace {

using namespace scenario;

struct Params {
    std::int64_t members = 5;
    Duration timeoutLeast = Duration::milliseconds(150);
    Duration timeoutMost = Duration::milliseconds(300);
    Duration heartbeat = Duration::milliseconds(50);
    DurationDistribution network = DurationDistribution::of("0.25ms");
    DurationDistribution fsync = DurationDistribution::of("normal(3ms 0.5ms)");
    DurationDistribution read = DurationDistribution::of("0.1ms");
};

constexpr std::size_t mostMembers = 9;
constexpr std::uint16_t readOperation = 1;  // proposing is 0

class RaftGroup final : public Component, public Service {
    enum class Role : std::uint8_t { follower, candidate, leader };
    struct Member {
        explicit Member(Simulation& simulation) : host(simulation) {}
        Host host;
        Role role = Role::follower;
        std::int64_t votedFor = -1;                      // in this term
        std::uint64_t term = 0, durable = 0, commit = 0; // durable: as much of the log is on disk
        std::size_t votes = 0;
        RaftLog log{};
        std::uint64_t wanted = 0, wantedTerm = 0;        // what the disk is to have next, of whose log
        std::size_t source = 0;
        bool flushing = false, wasUp = true;
        std::array<std::uint64_t, mostMembers> matches{};  // of a leader: what is on each member's disk
        std::array<Instant, mostMembers> wayFree{};        // messages to a member arrive in order
        Instant deadline{};
        engine::List waiting{};
    };

    // co_await: true when a new entry is committed; false if its leader is none any more, and nobody knows what became of it.
    class Proposal : private engine::Wakeup {
    public:
        Proposal(RaftGroup& group, std::size_t leader) : group_(group), leader_(leader) {}
        ~Proposal()
        {
            if (place_.linked()) place_.unlink();
        }
        bool await_ready() const { return false; }
        void await_suspend(std::coroutine_handle<> awaiting)
        {
            aim(awaiting);
            place_.proposal = this;
            group_.members_[leader_].waiting.pushBack(place_);
            index_ = group_.append(leader_);
        }
        bool await_resume() const { return committed_; }
        std::uint64_t index() const { return index_; }
        void settle(bool committed)
        {
            place_.unlink();
            committed_ = committed;
            group_.simulation().armNow(*this);
        }
        struct Standing : engine::ListNode {
            Proposal* proposal = nullptr;
        };

    private:
        RaftGroup& group_;
        std::size_t leader_;
        Standing place_;
        std::uint64_t index_ = ~std::uint64_t{0};
        bool committed_ = false;
    };

public:
    RaftGroup(const Params& params, Building& building)
        : Component(building), params_(params), luck_(building.stream("work")), timeouts_(building.stream("elections"))
    {
        for (std::int64_t index = 0; index < params.members; ++index) members_.emplace_back(simulation());
    }

    Service* service() override { return this; }
    std::vector<std::string> operations() const override { return {"propose", "read"}; }
    /// The leader, if there is one, and then the others.
    std::vector<Host*> hosts() override
    {
        std::vector<Host*> all;
        const std::size_t first = leader();
        if (first < members_.size()) all.push_back(&members_[first].host);
        for (std::size_t index = 0; index < members_.size(); ++index)
            if (index != first) all.push_back(&members_[index].host);
        return all;
    }
    void start() override
    {
        for (std::size_t index = 0; index < members_.size(); ++index) begin(index);
    }
    void hostChanged(Host& host) override
    {
        for (std::size_t index = 0; index < members_.size(); ++index) {
            Member& member = members_[index];
            if (&member.host != &host || host.up() == member.wasUp) continue;
            member.wasUp = host.up();
            if (host.up()) {
                begin(index);
            } else {
                member.flushing = false;
                resign(member);
            }
        }
        noteLeader();
    }
    void change(const ParameterSet& parameters, std::string_view, Building&) override { params_ = parameters.as<Params>(); }

    Levels look() override
    {
        Levels levels;
        levels.takeInside(inside_, simulation().now());
        levels.replicas = static_cast<int>(members_.size());
        levels.up = 0;
        for (const Member& member : members_) {
            levels.up += member.host.up();
            levels.paused |= member.host.paused();
        }
        return levels;
    }
    std::vector<NamedMetric> metrics() const override
    {
        const auto count = [](std::string_view key, std::uint64_t value) { return metric(key, static_cast<double>(value)); };
        std::uint64_t term = 0;
        for (const Member& member : members_) term = std::max(term, member.term);
        const Duration now = hasLeader_ ? Duration() : simulation().now() - lostAt_;
        return {count("term", term), count("elections", elections_), count("leaders_elected", elected_), metric("first_election_s", firstElection_.inSeconds()),
                metric("leaderless_s", (leaderless_ + now).inSeconds()), metric("leaderless_max_s", std::max(longest_, now).inSeconds()),
                count("committed", committed_), count("no_leader", noLeader_), count("lost_leadership", lostLeadership_), count("lost_commits", lostCommits_)};
    }
    std::string_view reason(Outcome outcome) const override { return outcome == Outcome::error ? "no leader" : Component::reason(outcome); }

    Task<Reply> call(Request request) override
    {
        Visit visit(station(), simulation(), request);
        const std::size_t index = leader();
        if (index == members_.size()) {
            ++noLeader_;
            const bool anyUp = std::any_of(members_.begin(), members_.end(), [](const Member& member) { return member.host.up(); });
            co_return visit.fail(anyUp ? Outcome::error : Outcome::crashed);
        }
        Member& member = members_[index];
        visit.at(member.host);
        engine::Resident<Reply> here;
        co_await here.enter(member.host.scope());
        const Inside inside(*this);
        if (member.host.drawsError(luck_)) co_return visit.fail(Outcome::error);
        if (request.operation == readOperation) {
            const Duration demand = params_.read.distribution.sample(luck_);
            co_await member.host.processor().work(demand, params_.read.distribution.spans());
        } else {
            visit.waits();
            co_await member.host.processor().work(Duration());
            bool committed = false;
            if (member.role == Role::leader) {
                Proposal proposal(*this, index);
                committed = co_await proposal;
            }
            visit.goesOn();
            if (!committed) {
                ++lostLeadership_;
                co_return visit.fail(Outcome::error);
            }
            ++committed_;
        }
        Reply done;
        done.bytes = request.replyBytes;
        co_return visit.end(done, simulation());
    }

private:
    struct Inside {
        explicit Inside(RaftGroup& of) : group(of) { group.inside_.add(group.simulation().now(), 1); }
        ~Inside() { group.inside_.add(group.simulation().now(), -1); }
        RaftGroup& group;
    };

    // The one of the latest term: one that stood still may still believe it leads. members_.size(): there is none.
    std::size_t leader() const
    {
        std::size_t found = members_.size();
        for (std::size_t index = 0; index < members_.size(); ++index)
            if (members_[index].role == Role::leader && (found == members_.size() || members_[index].term > members_[found].term)) found = index;
        return found;
    }
    void noteLeader()
    {
        const bool has = leader() < members_.size();
        if (has == hasLeader_) return;
        hasLeader_ = has;
        const Instant now = simulation().now();
        if (!has) {
            lostAt_ = now;
            return;
        }
        leaderless_ += now - lostAt_;
        longest_ = std::max(longest_, now - lostAt_);
    }
    std::size_t majority() const { return members_.size() / 2 + 1; }

    // A message to a member that is up when it arrives. Of the same pair, none overtakes another.
    void post(std::size_t from, std::size_t to, Task<void> handling)
    {
        const Instant now = simulation().now();
        Instant& free = members_[from].wayFree[to];
        free = std::max(free, now + params_.network.distribution.sample(luck_));
        wire_.spawnAfter(free - now, arrive(to, std::move(handling)));
    }
    Task<void> arrive(std::size_t to, Task<void> handling)
    {
        if (members_[to].host.up()) members_[to].host.scope().start(std::move(handling));
        co_return;
    }

    void begin(std::size_t index)
    {
        restTimer(members_[index]);
        members_[index].host.scope().spawn(watch(index));
    }
    void restTimer(Member& member)
    {
        const auto least = static_cast<double>(params_.timeoutLeast.count());
        const auto most = static_cast<double>(std::max(params_.timeoutMost, params_.timeoutLeast).count());
        member.deadline = simulation().now() + Duration::fromNanoseconds(least + (most - least) * timeouts_.uniform());
    }
    // Who does not lead and hears nothing for its timeout stands for election.
    Task<void> watch(std::size_t index)
    {
        Member& member = members_[index];
        for (;;) {
            const Instant now = simulation().now();
            const bool leads = member.role == Role::leader;
            const Duration rest = leads || member.deadline <= now ? params_.timeoutLeast : member.deadline - now;
            co_await simulation().delay(rest, engine::Spans::varying);
            co_await member.host.processor().work(Duration());
            if (member.role != Role::leader && simulation().now() >= member.deadline) stand(index);
        }
    }
    void stand(std::size_t index)
    {
        Member& member = members_[index];
        if (elections_++ == 0) firstElection_ = simulation().now().sinceStart();
        ++member.term;
        member.role = Role::candidate;
        member.votedFor = static_cast<std::int64_t>(index);
        member.votes = 1;
        restTimer(member);
        for (std::size_t other = 0; other < members_.size(); ++other)
            if (other != index) post(index, other, consider(other, index, member.term, member.log.lastTerm(), member.log.last()));
        if (member.votes >= majority()) lead(index);
    }
    Task<void> consider(std::size_t self, std::size_t candidate, std::uint64_t term, std::uint64_t lastTerm, std::uint64_t last)
    {
        Member& member = members_[self];
        co_await member.host.processor().work(Duration());
        if (term > member.term) follow(member, term);
        const bool upToDate = lastTerm > member.log.lastTerm() || (lastTerm == member.log.lastTerm() && last >= member.log.last());
        const bool free = member.votedFor < 0 || member.votedFor == static_cast<std::int64_t>(candidate);
        const bool grants = term == member.term && free && upToDate;
        if (grants) {
            member.votedFor = static_cast<std::int64_t>(candidate);
            restTimer(member);
            co_await toDisk(member);  // a vote forgotten could be given twice
        }
        post(self, candidate, count(candidate, member.term, grants && member.term == term));
    }
    Task<void> count(std::size_t self, std::uint64_t term, bool granted)
    {
        Member& member = members_[self];
        co_await member.host.processor().work(Duration());
        if (term > member.term) follow(member, term);
        if (granted && member.role == Role::candidate && member.term == term && ++member.votes >= majority()) lead(self);
    }
    void lead(std::size_t index)
    {
        Member& member = members_[index];
        member.role = Role::leader;
        member.matches.fill(0);
        member.matches[index] = member.durable;
        ++elected_;
        // Leader completeness, of later terms: one who stood still may win an election long decided, and can commit nothing.
        if (member.term > committedTerm_ && member.log.termAt(mostCommitted_) != committedTerm_)
            lostCommits_ += std::max<std::uint64_t>(mostCommitted_ - std::min(mostCommitted_, member.log.last()), 1);
        noteLeader();
        append(index);  // an empty entry of its own term: only such entries may be counted
        member.host.scope().spawn(beat(index, member.term));
    }
    Task<void> beat(std::size_t index, std::uint64_t term)
    {
        Member& member = members_[index];
        for (;;) {
            co_await simulation().delay(params_.heartbeat, engine::Spans::constant);
            co_await member.host.processor().work(Duration());
            if (member.role != Role::leader || member.term != term) co_return;
            replicate(index);
        }
    }
    /// A later term: whatever it was, it is a follower now.
    void follow(Member& member, std::uint64_t term)
    {
        member.term = term;
        member.votedFor = -1;
        resign(member);
        noteLeader();
    }
    // What is not on disk is forgotten; who waits for it is told that nobody knows.
    void resign(Member& member)
    {
        if (member.role == Role::leader) restTimer(member);
        member.role = Role::follower;
        member.log.truncate(member.durable);
        while (!member.waiting.empty()) static_cast<Proposal::Standing*>(member.waiting.first())->proposal->settle(false);
    }

    std::uint64_t append(std::size_t index)
    {
        Member& member = members_[index];
        member.log.append(member.term);
        store(index, index, member.log.last());
        replicate(index);
        return member.log.last();
    }
    void replicate(std::size_t index)
    {
        const Member& member = members_[index];
        for (std::size_t other = 0; other < members_.size(); ++other)
            if (other != index) post(index, other, accept(other, index, member.term, member.log.last()));
    }
    // Entries from a leader, or none: then it is its heartbeat.
    Task<void> accept(std::size_t self, std::size_t from, std::uint64_t term, std::uint64_t index)
    {
        Member& member = members_[self];
        co_await member.host.processor().work(Duration());
        if (term < member.term) {
            post(self, from, count(from, member.term, false));
            co_return;
        }
        if (term > member.term) follow(member, term);
        if (member.role == Role::candidate) member.role = Role::follower;
        restTimer(member);
        const Member& leads = members_[from];
        if (leads.role != Role::leader || leads.term != term) co_return;  // gone since; what it sent with
        const std::uint64_t same = RaftLog::common(member.log, leads.log);
        if (same < member.log.last() && same < index) {
            member.log.truncate(same);
            member.durable = std::min(member.durable, same);
        }
        if (std::min(same, member.durable) >= index)
            post(self, from, acknowledge(from, self, term, index));
        else
            store(self, from, index);
    }
    // To disk, of the leader's log, one flush after the other; what comes meanwhile goes with the next.
    void store(std::size_t self, std::size_t source, std::uint64_t index)
    {
        Member& member = members_[self];
        member.wanted = index;
        member.wantedTerm = member.term;
        member.source = source;
        if (member.flushing) return;
        member.flushing = true;
        member.host.scope().spawn(write(self));
    }
    Task<void> write(std::size_t self)
    {
        Member& member = members_[self];
        while (member.wantedTerm == member.term && member.durable < member.wanted) {
            const std::uint64_t index = member.wanted, term = member.term;
            const std::size_t source = member.source;
            co_await toDisk(member);
            const Member& leads = members_[source];
            if (member.term != term || leads.term != term || leads.role != Role::leader) {
                if (member.wantedTerm == term) break;
                continue;  // meanwhile there is another leader's to be written
            }
            if (source != self) member.log.extend(leads.log, index);
            member.durable = std::max(member.durable, std::min(index, member.log.last()));
            if (source == self)
                note(self, self, member.durable);
            else
                post(self, source, acknowledge(source, self, term, member.durable));
        }
        member.flushing = false;
    }
    Task<void> toDisk(Member& member)
    {
        const Duration time = params_.fsync.distribution.sample(luck_);
        co_await member.host.processor().work(time, params_.fsync.distribution.spans());
    }
    Task<void> acknowledge(std::size_t self, std::size_t from, std::uint64_t term, std::uint64_t index)
    {
        Member& member = members_[self];
        co_await member.host.processor().work(Duration());
        if (member.role == Role::leader && member.term == term) note(self, from, index);
    }
    // What a majority has on disk, and is of the leader's own term, is committed.
    void note(std::size_t self, std::size_t from, std::uint64_t index)
    {
        Member& member = members_[self];
        member.matches[from] = std::max(member.matches[from], index);
        std::array<std::uint64_t, mostMembers> sorted = member.matches;
        const auto end = sorted.begin() + static_cast<std::ptrdiff_t>(members_.size());
        std::sort(sorted.begin(), end, std::greater<>());
        const std::uint64_t held = sorted[majority() - 1];
        if (held <= member.commit || member.log.termAt(held) != member.term) return;
        member.commit = held;
        if (held > mostCommitted_) mostCommitted_ = held, committedTerm_ = member.term;
        while (!member.waiting.empty()) {
            Proposal& first = *static_cast<Proposal::Standing*>(member.waiting.first())->proposal;
            if (first.index() > held) break;
            first.settle(true);
        }
    }

    Params params_;
    engine::RandomStream luck_, timeouts_;
    std::deque<Member> members_;
    engine::Gauge inside_;
    bool hasLeader_ = false;
    Instant lostAt_;
    Duration leaderless_, longest_, firstElection_;
    std::uint64_t mostCommitted_ = 0, committedTerm_ = 0, elections_ = 0, elected_ = 0, committed_ = 0, noLeader_ = 0, lostLeadership_ = 0, lostCommits_ = 0;
    engine::Scope wire_{simulation()};
};

}  // namespace

TANTRUM_MODEL(databases, raft_group)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "raft_group")
            .title("Raft group").group("Databases").icon("storage").accepts("calls").operations({"propose", "read"})
            .summary("A replicated log with a leader: elections with random timeouts, commits by a majority's disks, lost leaders, split votes.")
            .details("Who hears nothing from a leader for its timeout, drawn anew each time between `election_timeout_min` and `election_timeout_max`, begins a new "
                     "term, votes for itself and asks the others. Each votes once a term, and only for a candidate whose log is no older than its own. With a "
                     "majority it leads, and says so by heartbeats. Two candidates at a time can split the votes; then the next timeout decides.\n\n"
                     "`propose` appends an entry to the leader's log; it is committed when a majority has it on disk, the leader counting as one: a round trip and a flush "
                     "of the fastest majority. One flush at a time on each member, for all entries that have come by then. `read` is answered by the leader "
                     "alone (by lease). Without a leader calls fail at once; an entry whose leader crashes or is deposed fails for its caller, "
                     "and may have been committed all the same.\n\n"
                     "A fault with `replica: 1` strikes the leader of that moment, `replica: 2` and up the others; without a number, all. A leader that stands "
                     "still is replaced, and deposed when it goes on.\n\n"
                     "Simplified: members always reach each other; a member that was away gets all it missed with one flush; no snapshots, no changes of "
                     "membership, no pre-vote, and no check-quorum: a leader that has lost the majority goes on taking entries.")
            .parameter("members", &Params::members, {.doc = "servers of the group", .least = 1, .most = mostMembers, .unit = "servers"})
            .parameter("election_timeout_min", &Params::timeoutLeast, {.doc = "shortest election timeout", .least = Duration::milliseconds(1), .source = "Ongaro, dissertation: 150 ms; etcd 1 s, unconfirmed", .live = true})
            .parameter("election_timeout_max", &Params::timeoutMost, {.doc = "longest election timeout", .least = Duration::milliseconds(1), .source = "Ongaro, dissertation: 300 ms", .live = true})
            .parameter("heartbeat", &Params::heartbeat, {.doc = "between two heartbeats of a leader", .least = Duration::milliseconds(1), .source = "Ongaro, dissertation: at most half the shortest timeout", .live = true})
            .parameter("network", &Params::network, {.doc = "one way between two members", .source = "unconfirmed", .live = true})
            .parameter("fsync", &Params::fsync, {.doc = "time of one flush to disk", .source = "2 to 6 ms, unconfirmed", .live = true})
            .parameter("read", &Params::read, {.doc = "time of a read at the leader", .live = true})
            .metric("term", "terms", "the latest term").metric("elections", "elections", "elections begun").metric("leaders_elected", "elections", "of those, the ones that gave a leader")
            .metric("first_election_s", "s", "when the first election began").metric("leaderless_s", "s", "time without a leader").metric("leaderless_max_s", "s", "the longest such time")
            .metric("committed", "entries", "proposals committed").metric("no_leader", "calls", "calls that found no leader")
            .metric("lost_leadership", "calls", "proposals whose leader was deposed").metric("lost_commits", "entries", "committed entries a new leader did not have; 0 if all is well")
            .understands({"crash", "slow", "pause", "errors"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(200/s), sends: store.propose}\n  store: {type: raft_group, members: 5}\n"
                     "timeline:\n  - {at: 60s, for: 10s, crash: store, replica: 1}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<RaftGroup>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::databases
