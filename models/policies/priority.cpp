// Says how urgent the calls over a link are, and whatever is called on their behalf.
#include "models/component.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <algorithm>

namespace tantrum::models::policies {
namespace {

using namespace scenario;

struct Params {
    std::int64_t priority = 0;
    std::vector<std::string> operations;
};

class Priority final : public Policy {
public:
    Priority(const Params& params, Building& building) : params_(params)
    {
        const Route& route = building.route();
        const Component& callee = building.node(route.to());
        const std::vector<std::string> names = callee.operations();
        for (const std::string& operation : params.operations) {
            if (std::find(names.begin(), names.end(), operation) == names.end())
                building.stop("The priority on " + route.name() + " names the operation '" + operation + "', which " + route.to() + " does not have.");
            operations_.push_back(callee.operation(operation));
        }
    }

    Task<Reply> call(Request request, Service& next) override
    {
        const bool meant = operations_.empty() || std::find(operations_.begin(), operations_.end(), request.operation) != operations_.end();
        if (meant) {
            request.setPriority(static_cast<unsigned>(params_.priority));
            ++set_;
        }
        return next.call(request);
    }
    void change(const ParameterSet& parameters, std::string_view) override { params_ = parameters.as<Params>(); }
    std::vector<NamedMetric> metrics() const override { return {metric("set", static_cast<double>(set_))}; }

private:
    Params params_;
    std::vector<std::uint16_t> operations_;
    std::uint64_t set_ = 0;
};

}  // namespace

TANTRUM_MODEL(policies, priority)
{
    static const Descriptor built =
        describe<Params>(Kind::policy, "priority")
            .title("Priority").group("Policies").icon("arrow_up")
            .summary("Says how urgent calls are, for services that serve by priority.")
            .details("A request keeps the priority its client gave it, and hands it on to all calls made on its behalf, as the criticality of "
                     "requests at Google does (Site Reliability Engineering, 2016, ch. 21). This policy replaces it for the calls over its link, or for "
                     "those of some `operations`, from there on. Services with `priorities: true` look at it. Messages in queues carry none.")
            .required("priority", &Params::priority, {.doc = "9 goes first", .least = 0, .most = Request::mostUrgent, .live = true})
            .parameter("operations", &Params::operations, {.doc = "operations of the callee that it holds for; none: all"})
            .shorthand("priority")
            .metric("set", "calls", "calls given this priority")
            .example("nodes:\n  buyers: {type: client, arrivals: poisson(300/s), sends: shop.checkout, priority: 5}\n"
                     "  robots: {type: client, arrivals: poisson(300/s), sends: shop.browse}\n"
                     "  shop: {type: service, workers: 8, queue: 50, priorities: true, operations: {browse: [{work: exponential(20ms)}], checkout: [{work: exponential(20ms)}]}}\n"
                     "links:\n  buyers -> shop: {latency: 1ms, policies: [priority: {priority: 9, operations: [checkout]}]}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Policy> {
                return std::make_unique<Priority>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::policies
