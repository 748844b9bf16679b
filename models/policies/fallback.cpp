// Something instead of nothing: a default answer, or another operation of the same callee, when a call fails.
#include "models/component.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <algorithm>

namespace tantrum::models::policies {
namespace {

using namespace scenario;

struct Params {
    std::string operation;
    bool answers = true;
};

class Fallback final : public Policy {
public:
    Fallback(const Params& params, Building& building) : params_(params), route_(building.route())
    {
        if (params.operation.empty()) return;
        const Component& callee = building.node(route_.to());
        const std::vector<std::string> names = callee.operations();
        if (std::find(names.begin(), names.end(), params.operation) == names.end())
            building.stop("The fallback on " + route_.name() + " names the operation '" + params.operation + "', which " + route_.to() + " does not have.");
        operation_ = callee.operation(params.operation);
    }

    Task<Reply> call(Request request, Service& next) override
    {
        Reply reply = co_await next.call(request);
        if (reply.ok()) co_return reply;
        ++failures_;
        if (!params_.operation.empty()) {
            request.operation = operation_;
            reply = co_await next.call(request);
        }
        if (!reply.ok() && params_.answers) {
            Reply instead;
            instead.found = false;
            reply = instead;
        }
        if (reply.ok()) ++fallbacks_;
        co_return reply;
    }
    void change(const ParameterSet& parameters, std::string_view) override { params_.answers = parameters.as<Params>().answers; }
    std::vector<NamedMetric> metrics() const override { return {metric("failures", static_cast<double>(failures_)), metric("fallbacks", static_cast<double>(fallbacks_))}; }

private:
    Params params_;
    Route& route_;
    std::uint16_t operation_ = 0;
    std::uint64_t failures_ = 0, fallbacks_ = 0;
};

}  // namespace

TANTRUM_MODEL(policies, fallback)
{
    static const Descriptor built =
        describe<Params>(Kind::policy, "fallback")
            .title("Fallback").group("Policies").icon("fallback")
            .summary("When a call fails, answers with something else: another operation's result, or a default.")
            .details("Stands outermost, around timeouts, retries and breakers, and turns what they could not prevent into a poorer success. With `operation` the same "
                     "callee is asked for something cheaper, through the same policies further inside. A fallback hides failures: goodput counts "
                     "the answer as a success, `fallbacks` says how many were none. It has to be cheaper and more reliable than what it stands for; "
                     "one that calls the same overloaded node adds to its load.")
            .parameter("operation", &Params::operation, {.doc = "of the callee, asked for instead; absent: none"})
            .parameter("answers", &Params::answers, {.doc = "a default answer, at once, if nothing else is left", .live = true})
            .metric("failures", "calls", "calls that failed")
            .metric("fallbacks", "calls", "of those, answered with something else")
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "links:\n  users -> web: {latency: 1ms, policies: [fallback: {}, timeout: 100ms]}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Policy> {
                return std::make_unique<Fallback>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::policies
