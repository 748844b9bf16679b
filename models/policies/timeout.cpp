// Stops waiting after a while. Behind a link the work goes on without its caller.
#include "engine/state_machine.h"
#include "models/component.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <algorithm>

namespace tantrum::models::policies {
namespace {

using namespace scenario;

struct Params {
    Duration limit = Duration::seconds(1);
};

class Timeout final : public Policy {
public:
    Timeout(const Params& params, Building& building) : simulation_(building.simulation()), route_(building.route()), limit_(params.limit) {}

    Task<Reply> call(Request request, Service& next) override
    {
        request.deadline = std::min(request.deadline, simulation_.now() + limit_);
        return (new Waiting(*this, request.span, next.call(request)))->task();
    }
    void change(const ParameterSet& parameters, std::string_view) override { limit_ = parameters.as<Params>().limit; }
    std::vector<NamedMetric> metrics() const override { return {metric("timeouts", static_cast<double>(timeouts_))}; }

private:
    // For the answer or for the limit, whichever comes first.
    class Waiting final : public engine::StateMachine<Reply, Waiting> {
    public:
        Waiting(Timeout& policy, std::uint32_t span, Task<Reply> inner) : policy_(policy), span_(span), limit_(policy.limit_), inner_(std::move(inner)) {}

    private:
        friend class engine::StateMachine<Reply, Waiting>;
        ~Waiting() = default;

        void resume()
        {
            if (inner_.start()) return finish(inner_.result());
            goOnWith<&Waiting::afterFirst>();
            inner_.continueWith(handle());
            timer_.aim(handle());
            policy_.simulation_.armAfter(timer_, limit_, engine::Spans::constant);
        }

        void afterFirst()
        {
            timer_.leave();
            if (inner_.done()) return finish(inner_.result());
            inner_.reset();
            finish(policy_.tooLate(span_, limit_));
        }

        Timeout& policy_;
        std::uint32_t span_;
        Duration limit_;
        Task<Reply> inner_;
        engine::Wakeup timer_;
    };

    Reply tooLate(std::uint32_t span, Duration limit)
    {
        ++timeouts_;
        route_.note(NoteKind::timeout, span, simulation_.now(), limit);
        return Reply::failed(Outcome::timeout);
    }

    Simulation& simulation_;
    Route& route_;
    Duration limit_;
    std::uint64_t timeouts_ = 0;
};

}  // namespace

TANTRUM_MODEL(policies, timeout)
{
    static const Descriptor built =
        describe<Params>(Kind::policy, "timeout")
            .title("Timeout").group("Policies").icon("timeout")
            .summary("Stops waiting for an answer after a while; the call then fails as a timeout.")
            .details("Inside a retry it limits each attempt, outside it limits all of them together. The time at which "
                     "it will stop waiting travels with the request as its deadline.")
            .required("limit", &Params::limit, {.doc = "how long to wait", .least = Duration::nanoseconds(1), .live = true})
            .shorthand("limit")
            .metric("timeouts", "calls", "calls that took too long")
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "links:\n  users -> web: {latency: 1ms, policies: [timeout: 200ms]}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Policy> {
                return std::make_unique<Timeout>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::policies
