// Stops waiting after a while. Behind a link the work goes on without its caller.
#include "engine/race.h"
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
        const std::optional<Reply> reply = co_await engine::within(simulation_, limit_, next.call(request));
        if (reply) co_return *reply;
        ++timeouts_;
        route_.note(NoteKind::timeout, request, simulation_.now(), limit_);
        co_return Reply::failed(Outcome::timeout);
    }
    void change(const ParameterSet& parameters, std::string_view) override { limit_ = parameters.as<Params>().limit; }
    std::vector<NamedMetric> metrics() const override { return {metric("timeouts", static_cast<double>(timeouts_))}; }

private:
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
