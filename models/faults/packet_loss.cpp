// The network loses a share of messages.
#include "models/faults/hosts.h"
#include "models/faults/network.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

namespace tantrum::models::faults {
namespace {

using namespace scenario;

struct Params {
    LinkPattern packetLoss;
    Probability share = Probability::ofShare(0.1);
};

class PacketLoss final : public RouteFault {
public:
    PacketLoss(const Params& params, Building& building) : RouteFault(building, params.packetLoss), share_(params.share.share()) {}
    std::string text() const override { return "packet loss " + plainNumber(share_ * 100) + " %"; }

private:
    void strike(Route& route) override { route.addLoss(share_); }
    void relieve(Route& route) override { route.removeLoss(share_); }
    double share_;
};

}  // namespace

TANTRUM_MODEL(faults, packet_loss)
{
    static const Descriptor built =
        describe<Params>(Kind::fault, "packet_loss")
            .title("Packet loss").group("Faults").icon("packet_loss").aimsAtNetwork()
            .summary("The network loses a share of messages, in both directions of a link.")
            .required("packet_loss", &Params::packetLoss, {.doc = "the links"})
            .parameter("share", &Params::share, {.doc = "of messages lost"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "links:\n  users -> web: {latency: 1ms}\ntimeline:\n  - {at: 60s, for: 30s, packet_loss: users -> web, share: 5%}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Fault> {
                return std::make_unique<PacketLoss>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::faults
