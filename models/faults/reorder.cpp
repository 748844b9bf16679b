// Messages are held back on the way, and later ones overtake them.
#include "models/faults/hosts.h"
#include "models/faults/network.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

namespace tantrum::models::faults {
namespace {

using namespace scenario;

struct Params {
    LinkPattern reorder;
    Probability share = Probability::ofShare(0.25);
    Duration by = Duration::milliseconds(10);
};

class Reorder final : public RouteFault {
public:
    Reorder(const Params& params, Building& building) : RouteFault(building, params.reorder), late_{params.share.share(), params.by} {}
    std::string text() const override { return "reorders " + plainNumber(late_.share * 100) + " % by " + ValueType<Duration>::write(late_.by); }

private:
    void strike(Route& route) override
    {
        route.disturb([&](Disturbances& disturbances) { disturbances.holdBack(late_); });
    }
    void relieve(Route& route) override
    {
        route.disturb([&](Disturbances& disturbances) { disturbances.stopHoldingBack(late_); });
    }
    Disturbances::Late late_;
};

}  // namespace

TANTRUM_MODEL(faults, reorder)
{
    static const Descriptor built =
        describe<Params>(Kind::fault, "reorder")
            .title("Reordering").group("Faults").icon("sweep").aimsAtNetwork()
            .summary("A share of messages is held back on the way, so that later ones overtake them.")
            .details("As `tc netem delay … reorder`, seen from the other side: the share given here is late. Datagrams, and calls without a protocol, "
                     "of which each has a connection of its own, overtake each other. On the connections of `http2` and `grpc`, which many calls share, nothing "
                     "does: TCP keeps what arrives early until the missing part is there, so that one late message holds up all behind it (head-of-line "
                     "blocking). The streams of `http3` do not wait for each other.")
            .required("reorder", &Params::reorder, {.doc = "the links"})
            .parameter("share", &Params::share, {.doc = "of messages held back, in either direction"})
            .parameter("by", &Params::by, {.doc = "how long", .least = Duration(), .most = Duration::seconds(1'000'000), .source = "tc-netem(8), in its example: delay 10ms reorder 25%"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "links:\n  users -> web: {latency: 1ms, transport: datagram}\ntimeline:\n  - {at: 60s, for: 60s, reorder: users -> web, share: 25%, by: 20ms}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Fault> {
                return std::make_unique<Reorder>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::faults
