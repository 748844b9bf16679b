// Leader election by a lease: one of several candidates does the work as long as it renews its lease in time, and every write says
// under which lease it was made.
#include "models/component.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>

namespace tantrum::models::transactions {
namespace {

using namespace scenario;

struct Params {
    std::int64_t candidates = 3;
    Duration lease = Duration::seconds(15);
    Duration renewDeadline = Duration::seconds(10);
    Duration retry = Duration::seconds(2);
    double jitter = 1.2;
    DurationDistribution lockTime = DurationDistribution::constant(Duration::milliseconds(5));
    bool fencing = true;
    DurationDistribution work = DurationDistribution::of("exponential(10ms)");
    std::optional<OperationReference> store;
};

class LeaderElection final : public Component, public Service {
public:
    LeaderElection(const Params& params, Building& building)
        : Component(building), params_(params), luck_(building.stream("work")), electionLuck_(building.stream("elections"))
    {
        for (std::int64_t index = 0; index < params.candidates; ++index) candidates_.emplace_back(simulation());
    }

    Service* service() override { return this; }
    std::vector<Host*> hosts() override
    {
        std::vector<Host*> all;
        for (Candidate& candidate : candidates_) all.push_back(&candidate.host);
        return all;
    }
    void connect(Building& building) override
    {
        building_ = &building;
        if (params_.store) store_ = building.target(*params_.store);
    }
    // The first candidate has the lease already.
    void start() override
    {
        lock_ = Lock{0, 1, simulation().now()};
        candidates_.front().leads = true;
        candidates_.front().token = 1;
        for (Candidate& candidate : candidates_) candidate.host.scope().spawn(campaign(candidate));
    }
    void hostChanged(Host& host) override
    {
        Candidate& candidate = *std::find_if(candidates_.begin(), candidates_.end(), [&host](const Candidate& each) { return &each.host == &host; });
        candidate.leads = false;
        if (host.up() && host.scope().empty()) host.scope().spawn(campaign(candidate));
    }
    void change(const ParameterSet& parameters, std::string_view, Building&) override
    {
        const std::int64_t candidates = params_.candidates;
        params_ = parameters.as<Params>();
        params_.candidates = candidates;
    }

    Levels look() override
    {
        Levels levels;
        levels.takeInside(inside_, simulation().now());
        levels.replicas = static_cast<int>(candidates_.size());
        levels.up = static_cast<int>(std::count_if(candidates_.begin(), candidates_.end(), [](const Candidate& each) { return each.host.up(); }));
        levels.paused = std::any_of(candidates_.begin(), candidates_.end(), [](const Candidate& each) { return each.host.paused(); });
        return levels;
    }
    std::vector<NamedMetric> metrics() const override
    {
        return {metric("leader", static_cast<double>(lock_.holder + 1)), metric("token", static_cast<double>(lock_.token)),
                metric("takeovers", static_cast<double>(takeovers_)), metric("longest_takeover", longestTakeover_.inSeconds()),
                metric("given_up", static_cast<double>(givenUp_)), metric("writes", static_cast<double>(writes_)),
                metric("fenced_writes", static_cast<double>(fenced_)), metric("stale_writes", static_cast<double>(stale_)),
                metric("no_leader", static_cast<double>(noLeader_))};
    }
    std::string_view reason(Outcome outcome) const override
    {
        if (outcome == Outcome::rejected) return "no leader";
        return outcome == Outcome::error && fenced_ > 0 ? "lease lost before the write" : Component::reason(outcome);
    }

    // Callers find the leader in the lock, as the clients of such a service do.
    Task<Reply> call(Request request) override
    {
        Visit visit(station(), simulation(), request);
        Candidate& leader = candidates_[lock_.holder];
        if (!leader.host.up() || !leads(leader)) {
            ++noLeader_;
            co_return visit.fail(Outcome::rejected);
        }
        visit.at(leader.host);
        engine::Resident<Reply> here;
        co_await here.enter(leader.host.scope());
        const Inside inside(*this);
        if (leader.host.drawsError(luck_)) co_return visit.fail(Outcome::error);
        const std::uint64_t token = leader.token;  // it has looked: it leads. What follows takes its time
        const Duration demand = params_.work.distribution.sample(luck_);
        co_await leader.host.processor().work(demand, params_.work.distribution.spans());
        if (token < highest_ && params_.fencing) {
            ++fenced_;
            co_return visit.fail(Outcome::error);
        }
        if (token < highest_) ++stale_;
        highest_ = std::max(highest_, token);
        ++writes_;
        Reply reply;
        if (store_) {
            if (nestsTooDeep(request, *store_->route, *building_)) co_return visit.fail(Outcome::error);
            request.operation = store_->operation;
            request.attempt = 0;
            ++request.depth;
            Calling calling(*store_);
            reply = co_await store_->service->call(request);
            calling.end(reply);
        }
        reply.bytes = request.replyBytes;
        co_return visit.end(reply, simulation());
    }

private:
    struct Candidate {
        explicit Candidate(Simulation& simulation) : host(simulation) {}
        Host host;
        bool leads = false;     ///< it believes so
        std::uint64_t token = 0;
        Instant renewed{};      ///< by its own knowledge
    };
    struct Lock {
        std::size_t holder = 0;
        std::uint64_t token = 0;
        Instant renewed{};
    };
    struct Inside {
        explicit Inside(LeaderElection& of) : group(of) { group.inside_.add(group.simulation().now(), 1); }
        ~Inside() { group.inside_.add(group.simulation().now(), -1); }
        LeaderElection& group;
    };

    bool leads(const Candidate& candidate) const { return candidate.leads && simulation().now() - candidate.renewed < params_.renewDeadline; }

    // A process that stands still does not get to it; its lease goes by a clock that does not stand still.
    Task<void> campaign(Candidate& candidate)
    {
        for (;;) {
            co_await candidate.host.processor().work(Duration::microseconds(1), engine::Spans::constant);
            const Instant asked = simulation().now();
            const Duration way = params_.lockTime.distribution.sample(electionLuck_);
            co_await simulation().delay(way, params_.lockTime.distribution.spans());
            tryLock(candidate, asked);
            const double swing = candidate.leads ? 0 : electionLuck_.uniform() * params_.jitter;
            const Duration wait = Duration::fromNanoseconds(static_cast<double>(params_.retry.count()) * (1 + swing));
            co_await simulation().delay(wait);
        }
    }
    void tryLock(Candidate& candidate, Instant asked)
    {
        const Instant now = simulation().now();
        const auto index = indexOf(candidate);
        const bool led = candidate.leads;
        const bool mine = lock_.holder == index && led && candidate.token == lock_.token;
        if (mine && now - candidate.renewed < params_.renewDeadline) {
            lock_.renewed = now;
        } else if (mine || now - lock_.renewed > params_.lease) {
            // Its own that it renewed too late is given up, and fought for like any other.
            if (mine) ++givenUp_;
            candidate.leads = false;
            if (now - lock_.renewed <= params_.lease) return;
            longestTakeover_ = std::max(longestTakeover_, now - lock_.renewed);
            ++takeovers_;
            lock_ = Lock{index, lock_.token + 1, now};
            candidate.leads = true;
            candidate.token = lock_.token;
        } else {
            candidate.leads = false;
            return;
        }
        candidate.renewed = asked;
    }
    std::size_t indexOf(const Candidate& candidate) const
    {
        std::size_t index = 0;
        while (&candidates_[index] != &candidate) ++index;
        return index;
    }

    Params params_;
    Building* building_ = nullptr;  ///< to report endless circles
    engine::RandomStream luck_, electionLuck_;
    std::optional<Target> store_;
    std::deque<Candidate> candidates_;
    Lock lock_;
    std::uint64_t highest_ = 0;     ///< token that a write has had
    engine::Gauge inside_;
    Duration longestTakeover_;
    std::uint64_t takeovers_ = 0, givenUp_ = 0, writes_ = 0, fenced_ = 0, stale_ = 0, noLeader_ = 0;
};

}  // namespace

TANTRUM_MODEL(transactions, leader_election)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "leader_election")
            .title("Leader election").group("Transactions").icon("flag").accepts("calls")
            .summary("Candidates of which one leads by a lease that it renews; its writes carry a fencing token.")
            .details("**The lease** is a record in a lock service that does not fail (etcd, the Kubernetes API, a row in a database); `raft_group` is how such a service is made. Each `retry` the "
                     "leader renews it, and gives up leading if it could not within `renew_deadline`. The others look each `retry`, and up to `jitter` of it longer, and take "
                     "it once it was not renewed for `lease`, with the next token. So a leader that dies is missed for up to the lease plus one look; calls meanwhile are refused "
                     "(`no leader`), or reach a leader that stands still and wait with it. The first candidate leads at the beginning.\n\n"
                     "**Work**: each call makes sure that its candidate leads, works, and then writes. Nothing keeps the lease while it works: a process that stands still "
                     "(`pause`, `gc_pauses`) for longer than the lease goes on where it stood, in the belief that it leads, while another does.\n\n"
                     "**Fencing** (Kleppmann, How to do distributed locking, 2016): the storage keeps the highest token it has seen and refuses writes with a lower one. Without, such a "
                     "write overwrites what the new leader has written: a `stale_write` is damage.\n\n"
                     "Simplified: the storage that looks at tokens is part of this node and does not fail; with `store`, what it lets through goes on there. Clocks run alike.")
            .parameter("candidates", &Params::candidates, {.doc = "processes of which one leads", .least = 1, .most = 100, .unit = "processes"})
            .parameter("lease", &Params::lease, {.doc = "not renewed for so long, it may be taken", .least = Duration::milliseconds(1), .source = "Kubernetes client-go, LeaseDuration: 15 s", .live = true})
            .parameter("renew_deadline", &Params::renewDeadline, {.doc = "a leader that could not renew for so long gives up", .least = Duration::milliseconds(1), .source = "Kubernetes client-go, RenewDeadline: 10 s", .live = true})
            .parameter("retry", &Params::retry, {.doc = "between two looks at the lock", .least = Duration::milliseconds(1), .source = "Kubernetes client-go, RetryPeriod: 2 s", .live = true})
            .parameter("jitter", &Params::jitter, {.doc = "share of `retry` by which those who do not lead wait longer, at most", .least = 0, .most = 100, .source = "Kubernetes client-go, JitterFactor: 1.2", .live = true})
            .parameter("lock_time", &Params::lockTime, {.doc = "of one look at the lock, there and back", .source = "unconfirmed", .live = true})
            .parameter("fencing", &Params::fencing, {.doc = "writes under an older lease than the last are refused", .live = true})
            .parameter("work", &Params::work, {.doc = "time from looking at the lease to the write", .live = true})
            .parameter("store", &Params::store, {.doc = "where writes go; absent: nowhere else", .accepts = "calls"})
            .metric("leader", "candidate", "which candidate holds the lease, from 1")
            .metric("token", "token", "of the lease")
            .metric("takeovers", "times", "times the lease was taken from another, or anew")
            .metric("longest_takeover", "s", "longest time from the last renewal of a lease until it was taken")
            .metric("given_up", "times", "times a leader found that it had renewed too late")
            .metric("writes", "writes", "writes that the storage took")
            .metric("fenced_writes", "writes", "writes refused because of their token")
            .metric("stale_writes", "writes", "writes taken although a later leader had written: damage")
            .metric("no_leader", "calls", "calls refused because nobody led")
            .understands({"crash", "slow", "pause", "errors"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(50/s), sends: scheduler}\n"
                     "  scheduler: {type: leader_election, store: db.write}\n"
                     "  db: {type: database}\n"
                     "timeline:\n  - {at: 60s, for: 40s, pause: scheduler, replica: 1}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<LeaderElection>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::transactions
