// A link carries less than it did.
#include "models/faults/network.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

namespace tantrum::models::faults {
namespace {

using namespace scenario;

struct Params {
    LinkPattern bandwidth;
    Bandwidth rate = *parseBandwidth("1Mbit/s");
};

class Throttle final : public RouteFault {
public:
    Throttle(const Params& params, Building& building) : RouteFault(building, params.bandwidth), rate_(params.rate) {}
    std::string text() const override { return "bandwidth " + ValueType<Bandwidth>::write(rate_); }

private:
    void strike(Route& route) override
    {
        route.disturb([&](Disturbances& disturbances) { disturbances.throttle(nanosecondsPerByte()); });
    }
    void relieve(Route& route) override
    {
        route.disturb([&](Disturbances& disturbances) { disturbances.stopThrottling(nanosecondsPerByte()); });
    }
    double nanosecondsPerByte() const { return 1e9 / rate_.bytesPerSecond(); }
    Bandwidth rate_;
};

}  // namespace

TANTRUM_MODEL(faults, bandwidth)
{
    static const Descriptor built =
        describe<Params>(Kind::fault, "bandwidth")
            .title("Bandwidth").group("Faults").icon("stream").aimsAtNetwork()
            .summary("A link is throttled: messages wait for each other on the wire.")
            .details("Each direction carries `rate` and no more, one message after the other, as with a `bandwidth` of the link; of several the least counts. "
                     "Messages are as large as their senders say (`bytes`, `reply_bytes`); those of no size take no time. Nothing is dropped: whoever sends more than the link carries "
                     "waits longer and longer. When it is over, what is on the wire arrives when it would have.")
            .required("bandwidth", &Params::bandwidth, {.doc = "the links"})
            .parameter("rate", &Params::rate, {.doc = "what each direction still carries", .least = *parseBandwidth("1kbit/s")})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web, bytes: 1KB, reply_bytes: 20KB}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "links:\n  users -> web: {latency: 1ms}\ntimeline:\n  - {at: 60s, for: 30s, bandwidth: users -> web, rate: 10Mbit/s}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Fault> {
                return std::make_unique<Throttle>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::faults
