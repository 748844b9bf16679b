// Votes in a two-phase commit. From its yes to the coordinator's word it keeps the row locked, whatever happens.
#include "engine/slots.h"
#include "models/component.h"
#include "models/row_locks.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <deque>
#include <memory>
#include <unordered_map>

namespace tantrum::models::transactions {
namespace {

using namespace scenario;

struct Params {
    std::int64_t connections = 100;
    DurationDistribution work;
    DurationDistribution log;
    Probability votesNo = Probability::ofShare(0);
};

constexpr std::uint16_t prepareOperation = 0, commitOperation = 1;  // as in operations(); aborting is 2
constexpr std::size_t mostRemembered = 10'000;

class Participant final : public Component, public Service {
public:
    Participant(const Params& params, Building& building)
        : Component(building), params_(params), locks_(simulation()), host_(simulation()),
          connections_(simulation(), params.connections, scenario::unlimited), luck_(building.stream("work"))
    {
    }

    Service* service() override { return this; }
    std::vector<std::string> operations() const override { return {"prepare", "commit", "abort"}; }
    std::vector<Host*> hosts() override { return {&host_}; }
    void change(const ParameterSet& parameters, std::string_view key, Building&) override
    {
        params_ = parameters.as<Params>();
        if (key == "connections") connections_.setPlaces(params_.connections);
    }

    bool workersAlsoWait() const override { return true; }
    Levels look() override
    {
        const Instant now = simulation().now();
        Levels levels;
        levels.takeBusy(connections_.busy(), now);
        levels.takeQueue(connections_.queue(), now);
        levels.capacity = static_cast<double>(params_.connections);
        levels.up = host_.up();
        levels.paused = host_.paused();
        return levels;
    }
    std::vector<NamedMetric> metrics() const override
    {
        const double locked = static_cast<double>(decided_ == 0 ? 0 : lockedNanoseconds_ / decided_) / 1e9;
        return {metric("prepared", static_cast<double>(prepared_)), metric("in_doubt", static_cast<double>(inDoubt_)),
                metric("lock_waits", static_cast<double>(lockWaits_)), metric("locked_mean", locked)};
    }

    Task<Reply> call(Request request) override
    {
        Visit visit(station(), simulation(), request);
        if (!host_.up()) co_return visit.fail(Outcome::crashed);
        visit.at(host_);
        engine::Resident<Reply> here;
        co_await here.enter(host_.scope());
        engine::Permit connection = connections_.tryAcquire();
        if (!connection) {
            visit.waits();
            connection = co_await connections_.acquire();
            visit.goesOn();
        }
        if (host_.drawsError(luck_)) co_return visit.fail(Outcome::error);
        if (request.operation != prepareOperation) {
            co_await write();
            settle(request.id, request.operation == commitOperation);
            co_return visit.end(Reply(), simulation());
        }
        Voting voting(*this, request.id);
        if (voting.answered()) co_return voting.prepared() ? visit.end(Reply(), simulation()) : visit.fail(Outcome::rejected);
        lockWaits_ += locks_.held(request.key);
        visit.waits();
        RowLocks::Lock lock = co_await locks_.acquire(request.key);
        visit.goesOn();
        co_await host_.processor().work(params_.work.distribution.sample(luck_));
        if (luck_.chance(params_.votesNo.share())) co_return visit.fail(Outcome::rejected);
        co_await write();
        if (!voting.promise(std::move(lock))) co_return visit.fail(Outcome::rejected);
        co_return visit.end(Reply(), simulation());
    }

private:
    enum class State : std::uint8_t { voting, aborted, prepared };
    struct Transaction {
        State state = State::voting;
        RowLocks::Lock lock;
        Instant since;  ///< prepared
    };

    // A transaction between the question and the answer. Lives in the frame: a crash forgets it.
    class Voting {
    public:
        Voting(Participant& participant, std::uint64_t id) : participant_(participant), id_(id)
        {
            const auto [place, isNew] = participant.transactions_.try_emplace(id);
            mine_ = isNew;
            state_ = place->second.state;
        }
        Voting(const Voting&) = delete;
        Voting& operator=(const Voting&) = delete;
        ~Voting()
        {
            if (mine_) participant_.transactions_.erase(id_);
        }
        /// Asked before: it has voted yes, or has heard already that it is over.
        bool answered() const { return !mine_; }
        bool prepared() const { return state_ == State::prepared; }
        /// False if the transaction has been aborted meanwhile.
        bool promise(RowLocks::Lock lock)
        {
            Transaction& transaction = participant_.transactions_.find(id_)->second;
            if (transaction.state == State::aborted) return false;
            transaction.state = State::prepared;
            transaction.lock = std::move(lock);
            transaction.since = participant_.simulation().now();
            ++participant_.prepared_;
            ++participant_.inDoubt_;
            mine_ = false;
            return true;
        }

    private:
        Participant& participant_;
        std::uint64_t id_;
        State state_;
        bool mine_;
    };

    // What it has not heard of, or has done already, is done: decisions are repeated until they get through. An abort that
    // overtakes its question is remembered for a while, so that nobody promises what nobody will ask for.
    void settle(std::uint64_t id, bool commits)
    {
        const auto place = transactions_.find(id);
        if (place == transactions_.end()) {
            if (!commits) remember(id);
            return;
        }
        Transaction& transaction = place->second;
        if (transaction.state == State::voting) transaction.state = State::aborted;
        if (transaction.state != State::prepared) return;
        ++decided_;
        --inDoubt_;
        lockedNanoseconds_ += static_cast<std::uint64_t>((simulation().now() - transaction.since).count());
        transactions_.erase(place);
    }
    void remember(std::uint64_t id)
    {
        transactions_[id].state = State::aborted;
        remembered_.push_back(id);
        if (remembered_.size() <= mostRemembered) return;
        const auto oldest = transactions_.find(remembered_.front());
        if (oldest != transactions_.end() && oldest->second.state == State::aborted) transactions_.erase(oldest);
        remembered_.pop_front();
    }

    engine::Processor::Work write() { return host_.processor().work(params_.log.distribution.sample(luck_)); }

    Params params_;
    RowLocks locks_;
    std::unordered_map<std::uint64_t, Transaction> transactions_;  // looked up only, never walked; outlives a crash
    std::deque<std::uint64_t> remembered_;
    Host host_;
    engine::Slots connections_;
    engine::RandomStream luck_;
    std::uint64_t prepared_ = 0, decided_ = 0, lockWaits_ = 0, lockedNanoseconds_ = 0;
    std::int64_t inDoubt_ = 0;
};

}  // namespace

TANTRUM_MODEL(transactions, participant)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "participant")
            .title("Participant").group("Transactions").icon("database").accepts("votes").operations({"prepare", "commit", "abort"})
            .summary("Votes in a two-phase commit; from its yes until the decision it keeps the row locked.")
            .details("Asked to prepare, it locks the row (the request's key), does the work and forces its yes to the log. "
                     "What it has promised outlives a crash, lock included: it is in doubt until the coordinator has "
                     "spoken. What it had not yet promised is forgotten by a crash. Locks are granted in the order of "
                     "asking; participants that two transactions lock in different orders block each other until the "
                     "coordinator's `prepare_timeout`. Aborts that arrive before their question are remembered, the last "
                     "10,000 of them.")
            .parameter("connections", &Params::connections, {.doc = "calls handled at once; more wait", .least = 1, .most = 1'000'000, .unit = "connections", .live = true})
            .parameter("work", &Params::work, {.doc = "time of the work before the vote", .live = true})
            .parameter("log", &Params::log, {.doc = "time of each forced write: the vote, the decision", .live = true})
            .parameter("votes_no", &Params::votesNo, {.doc = "share of transactions it votes against", .live = true})
            .metric("prepared", "transactions", "votes for yes")
            .metric("in_doubt", "transactions", "promised and not yet decided at the end of the run")
            .metric("lock_waits", "calls", "votes that waited for another transaction's lock")
            .metric("locked_mean", "s", "mean time from its yes to the decision")
            .understands({"crash", "slow", "pause", "errors"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(20/s), keys: uniform(1000), sends: transfer}\n"
                     "  transfer: {type: two_phase_commit, participants: [accounts, ledger], log: 2ms}\n"
                     "  accounts: {type: participant, work: exponential(3ms), log: 2ms}\n"
                     "  ledger: {type: participant, work: exponential(3ms), log: 2ms, votes_no: 1%}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<Participant>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::transactions
