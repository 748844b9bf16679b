// Messages take longer on the way.
#include "models/faults/network.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

namespace tantrum::models::faults {
namespace {

using namespace scenario;

struct Params {
    LinkPattern latency;
    Duration add = Duration::milliseconds(100);
};

class Latency final : public RouteFault {
public:
    Latency(const Params& params, Building& building) : RouteFault(building, params.latency), add_(params.add) {}
    std::string text() const override { return "latency +" + ValueType<Duration>::write(add_); }

private:
    void strike(Route& route) override { route.addLatency(add_); }
    void relieve(Route& route) override { route.removeLatency(add_); }
    Duration add_;
};

}  // namespace

TANTRUM_MODEL(faults, latency)
{
    static const Descriptor built =
        describe<Params>(Kind::fault, "latency")
            .title("Latency").group("Faults").icon("latency").aimsAtNetwork()
            .summary("Messages take longer, in both directions of a link.")
            .required("latency", &Params::latency, {.doc = "the links"})
            .parameter("add", &Params::add, {.doc = "added to each way", .least = Duration()})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "links:\n  users -> web: {latency: 1ms}\ntimeline:\n  - {at: 60s, for: 30s, latency: users -> web, add: 80ms}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Fault> {
                return std::make_unique<Latency>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::faults
