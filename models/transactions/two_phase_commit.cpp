// The coordinator of an atomic commitment: all participants or none, at the price of their locks while it thinks.
#include "engine/race.h"
#include "models/component.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"
#include "models/transactions/records.h"

#include <memory>

namespace tantrum::models::transactions {
namespace {

using namespace scenario;

struct Params {
    std::vector<NodeReference> participants;
    DurationDistribution log;
    Duration prepareTimeout = Duration::seconds(5);
    Duration retryAfter = Duration::seconds(1);
};

enum class Phase : std::uint8_t { voting, committing, aborting };

struct Record : RecordBase {
    struct Progress {
        Phase phase = Phase::voting;  ///< as it stands in the log
        Outcome outcome = Outcome::ok;
    };
    Progress progress;
};

class Coordinator final : public Component, public Service {
public:
    Coordinator(const Params& params, Building& building)
        : Component(building), params_(params), host_(simulation()), luck_(building.stream("work")),
          lastId_(building.stream("transactions").next())
    {
    }

    Service* service() override { return this; }
    std::vector<Host*> hosts() override { return {&host_}; }
    void connect(Building& building) override
    {
        building_ = &building;
        for (const NodeReference& participant : params_.participants) {
            prepare_.push_back(building.target(OperationReference{participant.node, "prepare"}));
            commit_.push_back(building.target(OperationReference{participant.node, "commit"}));
            abort_.push_back(building.target(OperationReference{participant.node, "abort"}));
        }
    }
    void change(const ParameterSet& parameters, std::string_view, Building&) override
    {
        const Params& changed = parameters.as<Params>();
        params_.prepareTimeout = changed.prepareTimeout;
        params_.retryAfter = changed.retryAfter;
    }
    // Presumed abort: what has no decision in the log was never decided.
    void hostChanged(Host& host) override
    {
        if (!host.up()) return;
        records_.forEach([this](Record& record) {
            ++resumed_;
            if (record.progress.phase == Phase::voting) decideTo(Phase::aborting, Outcome::crashed, record);
            host_.scope().spawn(finish(record));
        });
    }

    Levels look() override
    {
        Levels levels;
        levels.takeInside(inside_, simulation().now());
        levels.up = host_.up();
        levels.paused = host_.paused();
        return levels;
    }
    std::vector<NamedMetric> metrics() const override
    {
        return {metric("committed", static_cast<double>(committed_)), metric("aborted", static_cast<double>(aborted_)),
                metric("resumed", static_cast<double>(resumed_)), metric("decision_retries", static_cast<double>(retries_)),
                metric("open", static_cast<double>(records_.size()))};
    }

    Task<Reply> call(Request request) override
    {
        Visit visit(station(), simulation(), request);
        if (!host_.up()) co_return visit.fail(Outcome::crashed);
        visit.at(host_);
        engine::Resident<Reply> here;
        co_await here.enter(host_.scope());
        const Inside inside(*this);
        if (host_.drawsError(luck_)) co_return visit.fail(Outcome::error);
        engine::Mailbox<Reply> mailbox(simulation());
        request.id = ++lastId_;  // participants tell transactions apart by it
        host_.scope().spawn(run(records_.open(request, mailbox)));
        const Reply reply = co_await mailbox.receive();
        co_return visit.end(reply, simulation());
    }

private:
    struct Inside {
        explicit Inside(Coordinator& of) : coordinator(of) { coordinator.inside_.add(coordinator.simulation().now(), 1); }
        ~Inside() { coordinator.inside_.add(coordinator.simulation().now(), -1); }
        Coordinator& coordinator;
    };
    using Targets = std::vector<Target>;

    Task<void> run(Record& record)
    {
        const Outcome vote = co_await askForVotes(record.request);
        co_await host_.processor().work(params_.log.distribution.sample(luck_));  // forced: from here on it is decided
        decideTo(vote == Outcome::ok ? Phase::committing : Phase::aborting, vote, record);
        co_await finish(record);
    }

    static void decideTo(Phase phase, Outcome outcome, Record& record)
    {
        record.progress.phase = phase;
        record.progress.outcome = outcome;
    }

    // The first no ends the vote; who has not voted in time is taken for a no.
    Task<Outcome> askForVotes(const Request& transaction)
    {
        engine::Finishes finishes(simulation());
        engine::RunningSet<Reply> votes(prepare_.size(), finishes);
        for (const Target& participant : prepare_) votes.add(askInTime(participant, transaction));
        for (int seen = 0; seen < static_cast<int>(votes.size());) {
            co_await finishes.more(seen);
            seen = finishes.count();
            for (std::size_t index = 0; index < votes.size(); ++index)
                if (votes[index].finished() && !votes[index].result().ok()) co_return votes[index].result().outcome;
        }
        co_return Outcome::ok;
    }

    // Everybody learns the decision, however long it takes.
    Task<void> finish(Record& record)
    {
        const bool commits = record.progress.phase == Phase::committing;
        const Targets& targets = commits ? commit_ : abort_;
        {
            engine::Finishes finishes(simulation());
            engine::RunningSet<Reply> told(targets.size(), finishes);
            for (const Target& target : targets) told.add(tell(target, record.request));
            while (finishes.count() < static_cast<int>(told.size())) co_await finishes.more(finishes.count());
        }
        ++(commits ? committed_ : aborted_);
        Reply reply;
        reply.outcome = record.progress.outcome;
        reply.bytes = record.request.replyBytes;
        record.answer(reply);
        records_.close(record);
    }

    Task<Reply> tell(const Target& target, const Request& transaction)
    {
        for (;;) {
            const Reply reply = co_await ask(target, transaction);
            if (reply.ok()) co_return reply;
            ++retries_;
            co_await simulation().delay(params_.retryAfter);
        }
    }

    Task<Reply> askInTime(const Target& target, const Request& transaction)
    {
        const std::optional<Reply> reply = co_await engine::within(simulation(), params_.prepareTimeout, ask(target, transaction));
        co_return reply ? *reply : Reply::failed(Outcome::timeout);
    }

    Task<Reply> ask(const Target& target, const Request& transaction)
    {
        Request request = transaction;
        request.operation = target.operation;
        request.attempt = 0;
        request.deadline = Instant::never();
        ++request.depth;
        if (nestsTooDeep(transaction, *target.route, *building_)) co_return Reply::failed(Outcome::error);
        Calling calling(target, simulation());
        const Reply reply = co_await target.service->call(request);
        calling.end(reply);
        co_return reply;
    }

    Params params_;
    Building* building_ = nullptr;  ///< to report endless circles
    Targets prepare_, commit_, abort_;
    Records<Record> records_;
    Host host_;  // its processes work on the records
    engine::RandomStream luck_;
    engine::Gauge inside_;
    std::uint64_t lastId_;
    std::uint64_t committed_ = 0, aborted_ = 0, resumed_ = 0, retries_ = 0;
};

}  // namespace

TANTRUM_MODEL(transactions, two_phase_commit)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "two_phase_commit")
            .title("Two-phase commit").group("Transactions").icon("lock").accepts("calls")
            .summary("Coordinates a transaction over several participants: all of them commit, or none.")
            .details("Asks all participants at once to prepare, forces its decision to the log, and tells them at once to "
                     "commit or to abort (Gray, 1978; presumed abort after Mohan, Lindsay and Obermarck, 1986). A "
                     "transaction takes about twice the slowest round trip and two forced writes, and all that time each "
                     "participant keeps its locks. If the coordinator dies after the votes, the participants are in "
                     "doubt: they may neither commit nor abort, and their locks stay until it is back. A decision is "
                     "repeated until everybody has it; a missing vote counts as a no after `prepare_timeout`, which also "
                     "ends deadlocks between participants.")
            .required("participants", &Params::participants, {.doc = "nodes that vote: they answer to prepare, commit and abort", .accepts = "votes"})
            .parameter("log", &Params::log, {.doc = "time of the forced write of the decision"})
            .parameter("prepare_timeout", &Params::prepareTimeout, {.doc = "how long it waits for the votes", .least = Duration::nanoseconds(1), .live = true})
            .parameter("retry_after", &Params::retryAfter, {.doc = "wait before a participant that did not hear the decision is told again", .least = Duration::nanoseconds(1), .live = true})
            .metric("committed", "transactions", "transactions all participants committed")
            .metric("aborted", "transactions", "transactions undone")
            .metric("resumed", "transactions", "transactions taken up again after a crash")
            .metric("decision_retries", "calls", "times a decision did not get through and was told again")
            .metric("open", "transactions", "transactions under way at the end of the run")
            .understands({"crash", "slow", "pause", "errors"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(20/s), keys: uniform(1000), sends: transfer}\n"
                     "  transfer: {type: two_phase_commit, participants: [accounts, ledger], log: 2ms}\n"
                     "  accounts: {type: participant, work: exponential(3ms), log: 2ms}\n"
                     "  ledger: {type: participant, work: exponential(3ms), log: 2ms}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<Coordinator>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::transactions
