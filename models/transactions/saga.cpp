// A long transaction without locks: one step after the other, and if one fails, what was done is undone, last first.
#include "models/scenario/describe.h"
#include "models/scenario/values.h"
#include "models/transactions/coordinator.h"

#include <memory>

namespace tantrum::models::transactions {
namespace {

using namespace scenario;

struct Params {
    std::vector<OperationReference> steps;
    std::vector<OperationReference> compensations;
    DurationDistribution log;
    bool undoUncertain = true;
    Duration retryAfter = Duration::seconds(1);
};

struct Record : RecordBase {
    struct Progress {
        std::size_t done = 0;           ///< steps done and not undone
        Outcome outcome = Outcome::ok;  ///< of the step that failed; ok: it goes forward
    };
    Progress progress;
};

class Saga final : public Coordinator<Record> {
public:
    Saga(const Params& params, Building& building) : Coordinator(building), params_(params) {}

    void connect(Building& building) override
    {
        Coordinator::connect(building);
        for (const OperationReference& step : params_.steps) steps_.push_back(building.target(step));
        for (const OperationReference& undo : params_.compensations) compensations_.push_back(building.target(undo));
    }
    void change(const ParameterSet& parameters, std::string_view, Building&) override
    {
        const Params& changed = parameters.as<Params>();
        params_.undoUncertain = changed.undoUncertain;
        params_.retryAfter = changed.retryAfter;
    }
    std::vector<NamedMetric> metrics() const override
    {
        return {metric("completed", static_cast<double>(completed_)), metric("compensated", static_cast<double>(compensated_)),
                metric("compensations", static_cast<double>(undone_)), metric("compensation_retries", static_cast<double>(retries_)),
                metric("resumed", resumed()), metric("open", open())};
    }

private:
    Task<void> run(Record& record) override
    {
        Record::Progress& progress = record.progress;
        while (progress.outcome == Outcome::ok && progress.done < steps_.size()) {
            co_await write(params_.log);
            const Reply reply = co_await ask(steps_[progress.done], record.request);
            if (!reply.ok()) progress.outcome = reply.outcome;
            if (reply.ok() || (params_.undoUncertain && mayBeDone(reply.outcome))) ++progress.done;
        }
        while (progress.outcome != Outcome::ok && progress.done > 0) {
            if (progress.done <= compensations_.size()) {
                co_await write(params_.log);
                const Reply reply = co_await ask(compensations_[progress.done - 1], record.request);
                if (!reply.ok()) {
                    ++retries_;
                    co_await simulation().delay(params_.retryAfter);
                    continue;
                }
                ++undone_;
            }
            --progress.done;
        }
        ++(progress.outcome == Outcome::ok ? completed_ : compensated_);
        conclude(record, progress.outcome);
    }
    // What had been asked is asked again, since nobody knows the answer.
    Task<void> resume(Record& record) override { return run(record); }

    // The caller has not heard, which does not mean that the callee has not acted.
    static bool mayBeDone(Outcome outcome)
    {
        return outcome == Outcome::timeout || outcome == Outcome::crashed || outcome == Outcome::unreachable;
    }

    Params params_;
    std::vector<Target> steps_, compensations_;
    std::uint64_t completed_ = 0, compensated_ = 0, undone_ = 0, retries_ = 0;
};

}  // namespace

TANTRUM_MODEL(transactions, saga)
{
    static const Descriptor built =
        describe<Params>(Kind::component, "saga")
            .title("Saga").group("Transactions").icon("undo").accepts("calls")
            .summary("Runs steps on several nodes one after the other; if one fails, undoes those before it, last first.")
            .details("An orchestrated saga (Garcia-Molina and Salem, 1987). Before each step its state is written down, so a "
                     "crash of the orchestrator ends no saga: after the restart it asks again for what it had asked, "
                     "which the other side may have done already; steps have to bear being repeated. A compensation is "
                     "tried until it succeeds. Between a step and its compensation everybody sees what will not last: "
                     "there is no isolation.\n\n"
                     "A step that timed out, crashed or could not be reached may have been done all the same. With "
                     "`undo_uncertain` it is undone as well; without, its effects may stay behind. The caller hears when "
                     "the saga has ended, one way or the other; one that stops waiting does not stop the saga. A "
                     "choreographed saga needs no node of its own: it is queues and consumers whose steps publish.")
            .required("steps", &Params::steps, {.doc = "what is done, in order"})
            .parameter("compensations", &Params::compensations, {.doc = "what undoes each step, in the order of the steps; the last may go without"})
            .parameter("log", &Params::log, {.doc = "time to write the state down before each call"})
            .parameter("undo_uncertain", &Params::undoUncertain, {.doc = "a step without an answer is undone too", .live = true})
            .parameter("retry_after", &Params::retryAfter, {.doc = "wait before a failed compensation is tried again", .least = Duration::nanoseconds(1), .live = true})
            .metric("completed", "sagas", "sagas whose steps were all done")
            .metric("compensated", "sagas", "sagas undone")
            .metric("compensations", "calls", "steps undone")
            .metric("compensation_retries", "calls", "compensations that failed and were tried again")
            .metric("resumed", "sagas", "sagas taken up again after a crash")
            .metric("open", "sagas", "sagas under way at the end of the run")
            .understands({"crash", "slow", "pause", "errors"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(20/s), sends: trips}\n"
                     "  trips: {type: saga, steps: [hotel.book, flight.book], compensations: [hotel.cancel]}\n"
                     "  hotel: {type: service, workers: 8, operations: {book: [{work: exponential(20ms)}], cancel: [{work: 10ms}]}}\n"
                     "  flight: {type: service, workers: 8, operations: {book: [{work: exponential(20ms)}, {fail: 10%}]}}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Component> {
                return std::make_unique<Saga>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::transactions
