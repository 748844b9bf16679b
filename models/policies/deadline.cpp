// One time limit for a whole request, whoever works on its behalf: what is left shrinks with every call.
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
    Duration limit = Duration::seconds(1);
    Duration reserve;
};

class Deadline final : public Policy {
public:
    Deadline(const Params& params, Building& building) : params_(params), simulation_(building.simulation()), route_(building.route()) {}

    Task<Reply> call(Request request, Service& next) override
    {
        const Instant now = simulation_.now();
        const Duration budget = params_.limit - params_.reserve * request.depth;
        const Instant deadline = std::min(request.deadline, request.begun + std::max(budget, Duration()));
        if (deadline <= now) {
            ++spent_;
            route_.note(NoteKind::timeout, request, now);
            co_return Reply::failed(Outcome::expired);
        }
        request.deadline = deadline;
        const Duration left = deadline - now;
        const std::optional<Reply> reply = co_await engine::within(simulation_, left, next.call(request));
        if (reply) co_return *reply;
        ++exceeded_;
        route_.note(NoteKind::timeout, request, simulation_.now(), left);
        co_return Reply::failed(Outcome::timeout);
    }
    void change(const ParameterSet& parameters, std::string_view) override { params_ = parameters.as<Params>(); }
    std::vector<NamedMetric> metrics() const override { return {metric("exceeded", static_cast<double>(exceeded_)), metric("spent", static_cast<double>(spent_))}; }

private:
    Params params_;
    Simulation& simulation_;
    Route& route_;
    std::uint64_t exceeded_ = 0, spent_ = 0;
};

}  // namespace

TANTRUM_MODEL(policies, deadline)
{
    static const Descriptor built =
        describe<Params>(Kind::policy, "deadline")
            .title("Deadline").group("Policies").icon("timeout")
            .summary("Gives a whole request one time limit: each call on its behalf gets what is left of it.")
            .details("The limit counts from the moment the client began the request, as gRPC hands on the time that is left. On every link that is to obey it "
                     "(`\"* -> *\": {policies: [deadline: 1s]}`) a call waits no longer than what is left, retries included, and one for which nothing is left is "
                     "not made: it ends as `expired`. With `reserve` each hop keeps something for the way back: a call made at depth n may use the limit less n "
                     "times the reserve, so that the innermost gives up first and those above can still answer. What is left travels along as the call's deadline; "
                     "with `drop_expired` a service does not begin work whose deadline has passed.\n\n"
                     "A timeout limits each call by itself. On a queue's link a message counts from when its request was begun.")
            .required("limit", &Params::limit, {.doc = "for the whole request", .least = Duration::nanoseconds(1), .most = Duration::seconds(1'000'000'000), .live = true})
            .parameter("reserve", &Params::reserve, {.doc = "kept back at each hop", .least = Duration(), .most = Duration::seconds(10'000'000), .live = true})
            .shorthand("limit")
            .metric("exceeded", "calls", "calls that were still under way when the time was up")
            .metric("spent", "calls", "calls not made because nothing was left")
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "links:\n  \"* -> *\": {latency: 1ms, policies: [deadline: 500ms]}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Policy> {
                return std::make_unique<Deadline>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::policies
