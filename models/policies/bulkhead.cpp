// A bounded number of calls under way at once, so that one slow callee cannot take all of a caller's workers.
#include "engine/race.h"
#include "engine/slots.h"
#include "models/component.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

namespace tantrum::models::policies {
namespace {

using namespace scenario;

struct Params {
    std::int64_t concurrent = 25;
    std::int64_t queue = 0;
};

class Bulkhead final : public Policy {
public:
    Bulkhead(const Params& params, Building& building)
        : simulation_(building.simulation()), route_(building.route()), places_(simulation_, params.concurrent, params.queue)
    {
    }

    Task<Reply> call(Request request, Service& next) override
    {
        const engine::Permit permit = co_await places_.acquire();
        if (!permit) {
            ++refused_;
            route_.note(NoteKind::bulkheadFull, request, simulation_.now());
            co_return Reply::failed(Outcome::rejected);
        }
        co_return co_await next.call(request);
    }
    void change(const ParameterSet& parameters, std::string_view) override
    {
        places_.setQueueLimit(parameters.as<Params>().queue);
        places_.setPlaces(parameters.as<Params>().concurrent);
    }
    std::vector<NamedMetric> metrics() const override { return {metric("refused", static_cast<double>(refused_))}; }

private:
    Simulation& simulation_;
    Route& route_;
    engine::Slots places_;
    std::uint64_t refused_ = 0;
};

}  // namespace

TANTRUM_MODEL(policies, bulkhead)
{
    static const Descriptor built =
        describe<Params>(Kind::policy, "bulkhead")
            .title("Bulkhead").group("Policies").icon("bulkhead")
            .summary("Lets only so many calls be under way at once; more wait in a bounded queue or are refused.")
            .parameter("concurrent", &Params::concurrent, {.doc = "calls under way at once", .least = 1, .most = 1'000'000, .unit = "calls", .source = "resilience4j BulkheadConfig: 25", .live = true})
            .parameter("queue", &Params::queue, {.doc = "calls that may wait for a place", .least = 0, .most = 1'000'000, .unit = "calls", .source = "resilience4j BulkheadConfig: no wait", .live = true})
            .shorthand("concurrent")
            .metric("refused", "calls", "calls refused for lack of room")
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "links:\n  users -> web: {latency: 1ms, policies: [bulkhead: 10, timeout: 200ms]}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Policy> {
                return std::make_unique<Bulkhead>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::policies
