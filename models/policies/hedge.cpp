// Asks a second time when the first answer is late, and takes whichever comes first.
#include "engine/histogram.h"
#include "engine/race.h"
#include "models/component.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <algorithm>
#include <optional>

namespace tantrum::models::policies {
namespace {

using namespace scenario;

struct Params {
    Duration after = Duration::milliseconds(100);
    std::int64_t attempts = 2;
    std::optional<Probability> percentile;
    bool tied = false;
};

/// How long calls took, of the last thousand or two: a histogram that is being filled, and the one before it.
class TimesTaken {
public:
    void record(Duration took)
    {
        filling_.record(took.count());
        if (filling_.count() < 1000) return;
        std::swap(filling_, full_);
        filling_.clear();
    }
    std::uint64_t count() const { return full_.count() + filling_.count(); }
    /// Worked out anew for each hundredth call.
    Duration quantile(double fraction)
    {
        if (asked_++ % 100 == 0) last_ = Duration::fromNanoseconds((full_.count() > 0 ? full_ : filling_).quantile(fraction));
        return last_;
    }

private:
    engine::Histogram filling_, full_;
    std::uint64_t asked_ = 0;
    Duration last_;
};

class Hedge final : public Policy {
public:
    Hedge(const Params& params, Building& building) : params_(params), simulation_(building.simulation()), route_(building.route()) {}

    // A failure that comes early fires the next copy at once; the first success cancels the rest.
    Task<Reply> call(Request request, Service& next) override
    {
        const std::size_t most = params_.tied ? 2 : static_cast<std::size_t>(params_.attempts);  // a third would be no one's twin
        request.setTied(params_.tied);
        const Instant begun = simulation_.now();
        const Duration patience = after();
        engine::Finishes finishes(simulation_);
        engine::RunningSet<Reply> copies(most, finishes);
        copies.add(next.call(request));
        Reply reply;
        for (int seen = 0;;) {
            const bool mayAsk = copies.size() < most;
            bool finished;
            if (mayAsk)
                finished = co_await finishes.more(seen, patience);
            else
                finished = co_await finishes.more(seen);
            if (finished) {
                seen = finishes.count();
                for (std::size_t index = 0; index < copies.size(); ++index) {
                    if (!copies[index].finished()) continue;
                    const Reply& result = copies[index].result();
                    if (!result.ok() && params_.tied && result.outcome == Outcome::expired && index > 0) continue;  // struck for its twin
                    reply = result;
                    if (!reply.ok()) continue;
                    if (params_.percentile) taken_.record(simulation_.now() - begun);
                    co_return reply;
                }
                if (!mayAsk && seen == static_cast<int>(copies.size())) co_return reply;
            }
            if (mayAsk) {
                ++hedges_;
                route_.note(NoteKind::hedge, request, simulation_.now());
                request.attempt = static_cast<std::uint8_t>(std::min<std::size_t>(copies.size(), 255));
                copies.add(next.call(request));
            }
        }
    }
    void change(const ParameterSet& parameters, std::string_view) override { params_ = parameters.as<Params>(); }
    std::vector<NamedMetric> metrics() const override { return {metric("hedges", static_cast<double>(hedges_)), metric("wait", last_.inSeconds())}; }

private:
    // A hedged call takes longer than the percentile by either copy, so that its time says the same about it.
    Duration after() { return last_ = params_.percentile && taken_.count() >= 100 ? taken_.quantile(params_.percentile->share()) : params_.after; }

    Params params_;
    Simulation& simulation_;
    Route& route_;
    TimesTaken taken_;
    Duration last_;
    std::uint64_t hedges_ = 0;
};

}  // namespace

TANTRUM_MODEL(policies, hedge)
{
    static const Descriptor built =
        describe<Params>(Kind::policy, "hedge")
            .title("Hedge").group("Policies").icon("hedge")
            .summary("Sends a second copy of a call that takes long, and uses the first answer.")
            .details("Sent at the 95th percentile it costs at most 5 % more calls and cuts the tail (Dean and Barroso, "
                     "The Tail at Scale, 2013); with `percentile: 95%` it waits for that percentile of its own last one to two thousand calls, and "
                     "for `after` until it has seen a hundred. Copies that are no longer needed are cancelled, which frees the callee if the link "
                     "has `cancellation: true`. Only for calls that may be made twice.\n\n"
                     "**Tied requests**: with `tied: true` and `after: 0s` both copies are in two queues at once, and whichever is begun first has its twin struck "
                     "(`tie` of the service). Dean and Barroso let the second follow the first after twice the time that news takes, so that seldom both are begun: "
                     "`after: 2ms` for `tie: 1ms`. It is for services of several replicas; a balancer may put both copies in the same queue.")
            .required("after", &Params::after, {.doc = "how long to wait for the first answer; 0 asks all at once", .least = Duration(), .live = true})
            .parameter("attempts", &Params::attempts, {.doc = "copies altogether; two if they are tied", .least = 2, .most = 10, .unit = "copies", .live = true})
            .parameter("percentile", &Params::percentile, {.doc = "waits as long as this share of its own calls takes; absent: for `after`", .source = "The Tail at Scale: 95 %"})
            .parameter("tied", &Params::tied, {.doc = "copies know of each other: the replica that begins one has the other struck from its queue, if the callee is a service with `tie`", .source = "The Tail at Scale: tied requests", .live = true})
            .shorthand("after")
            .metric("hedges", "calls", "further copies sent")
            .metric("wait", "s", "how long the last call would have waited for a second copy")
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "links:\n  users -> web: {latency: 1ms, policies: [hedge: {after: 50ms}]}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Policy> {
                return std::make_unique<Hedge>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::policies
