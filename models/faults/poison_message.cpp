// Messages that no consumer can handle, however often they come.
#include "models/faults/hosts.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

namespace tantrum::models::faults {
namespace {

using namespace scenario;

struct Params {
    NodeReference poisonMessage;
    Probability share = Probability::ofShare(0.01);
};

class PoisonMessage final : public HostFault {
public:
    PoisonMessage(const Params& params, Building& building)
        : HostFault(building, params.poisonMessage.node, std::nullopt), simulation_(building.simulation()), share_(params.share)
    {
    }
    std::string text() const override { return "poison messages " + ValueType<Probability>::write(share_); }

private:
    void strike(Host& host) override { host.poison().begin(share_.share(), simulation_.now()); }
    void relieve(Host& host) override { host.poison().end(share_.share(), simulation_.now()); }
    Simulation& simulation_;
    Probability share_;
};

}  // namespace

TANTRUM_MODEL(faults, poison_message)
{
    static const Descriptor built =
        describe<Params>(Kind::fault, "poison_message")
            .title("Poison messages").group("Faults").icon("errors")
            .summary("A share of the messages fails its consumer each time it is delivered.")
            .details("Aimed at a consumer. Of the messages whose requests begin while the fault lasts, a share cannot be handled: a record the code does not expect. "
                     "Whichever message it is fails at every delivery, also after the fault is over, until its queue gives it up (dead letters) or drops it. Without a limit "
                     "of deliveries it comes back for ever, and takes the consumer's time from those behind it. Other than `errors`, trying again does not help.")
            .required("poison_message", &Params::poisonMessage, {.doc = "the consumer"})
            .parameter("share", &Params::share, {.doc = "of the messages that begin meanwhile"})
            .example("nodes:\n  shop: {type: client, arrivals: poisson(100/s), sends: orders}\n"
                     "  orders: {type: queue, max_deliveries: 3, visibility: 5s, dead_letters: failed}\n  failed: {type: queue}\n"
                     "  fulfil: {type: consumer, consumes: orders, concurrency: 8, work: exponential(50ms), on_failure: return}\n"
                     "timeline:\n  - {at: 60s, for: 30s, poison_message: fulfil, share: 2%}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Fault> {
                return std::make_unique<PoisonMessage>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::faults
