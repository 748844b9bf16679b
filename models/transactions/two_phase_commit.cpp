// The coordinator of an atomic commitment: all participants or none, at the price of their locks while it thinks.
#include "engine/race.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"
#include "models/transactions/coordinator.h"

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

class TwoPhaseCommit final : public Coordinator<Record> {
public:
    TwoPhaseCommit(const Params& params, Building& building) : Coordinator(building), params_(params) {}

    void connect(Building& building) override
    {
        Coordinator::connect(building);
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
    std::vector<NamedMetric> metrics() const override
    {
        return {metric("committed", static_cast<double>(committed_)), metric("aborted", static_cast<double>(aborted_)),
                metric("resumed", resumed()), metric("decision_retries", static_cast<double>(retries_)), metric("open", open())};
    }

private:
    using Targets = std::vector<Target>;

    Task<void> run(Record& record) override
    {
        const Outcome vote = co_await askForVotes(record.request);
        co_await write(params_.log);  // forced: from here on it is decided
        record.progress.phase = vote == Outcome::ok ? Phase::committing : Phase::aborting;
        record.progress.outcome = vote;
        co_await finish(record);
    }
    // Presumed abort: what has no decision in the log was never decided.
    Task<void> resume(Record& record) override
    {
        if (record.progress.phase == Phase::voting) {
            record.progress.phase = Phase::aborting;
            record.progress.outcome = Outcome::crashed;
        }
        return finish(record);
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
        conclude(record, record.progress.outcome);
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

    Params params_;
    Targets prepare_, commit_, abort_;
    std::uint64_t committed_ = 0, aborted_ = 0, retries_ = 0;
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
                return std::make_unique<TwoPhaseCommit>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::transactions
