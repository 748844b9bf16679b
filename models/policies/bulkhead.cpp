// A bounded number of calls under way at once, so that one slow callee cannot take all of a caller's workers.
#include "engine/slots.h"
#include "engine/state_machine.h"
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

    Task<Reply> call(Request request, Service& next) override { return (new Passing(*this, request, next))->task(); }
    void change(const ParameterSet& parameters, std::string_view) override
    {
        places_.setQueueLimit(parameters.as<Params>().queue);
        places_.setPlaces(parameters.as<Params>().concurrent);
    }
    std::vector<NamedMetric> metrics() const override { return {metric("refused", static_cast<double>(refused_))}; }

private:
    // One call: waits for a place, and holds it until the answer is there.
    class Passing final : public engine::StateMachine<Reply, Passing> {
    public:
        Passing(Bulkhead& bulkhead, const Request& request, Service& next)
            : bulkhead_(bulkhead), next_(next), request_(request), place_(bulkhead.places_)
        {
        }

    private:
        friend class engine::StateMachine<Reply, Passing>;
        ~Passing() = default;

        void resume()
        {
            if (place_.await_ready()) return admitted();
            goOnWith<&Passing::admitted>();
            place_.await_suspend(handle());
        }

        void admitted()
        {
            permit_ = place_.await_resume();
            if (!permit_) return finish(bulkhead_.refuse(request_));
            inner_ = next_.call(request_);
            if (inner_.start()) return answered();
            goOnWith<&Passing::answered>();
            inner_.continueWith(handle());
        }

        void answered() { finish(inner_.result()); }

        Bulkhead& bulkhead_;
        Service& next_;
        Request request_;
        engine::Slots::Acquire place_;
        engine::Permit permit_;
        Task<Reply> inner_;
    };

    Reply refuse(const Request& request)
    {
        ++refused_;
        route_.note(NoteKind::bulkheadFull, request, simulation_.now());
        return Reply::failed(Outcome::rejected);
    }

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
