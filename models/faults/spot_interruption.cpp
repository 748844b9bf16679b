// EC2 takes spot instances back: two minutes of notice, then they are gone.
#include "models/faults/hosts.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

namespace tantrum::models::faults {
namespace {

using namespace scenario;

struct Params {
    NodeReference spotInterruption;
    std::int64_t instances = 1;
    Duration notice = Duration::seconds(120);
};

class SpotInterruption final : public Fault {
public:
    SpotInterruption(const Params& params, Building& building)
        : component_(building.node(params.spotInterruption.node)), params_(params)
    {
    }
    void begin() override { component_.reclaim(params_.instances, params_.notice); }
    void end() override {}
    bool momentary() const override { return true; }
    std::string text() const override { return "spot interruption ×" + std::to_string(params_.instances); }
    std::string target() const override { return component_.name(); }

private:
    Component& component_;
    Params params_;
};

}  // namespace

TANTRUM_MODEL(faults, spot_interruption)
{
    static const Descriptor built =
        describe<Params>(Kind::fault, "spot_interruption")
            .title("Spot interruption").group("Faults").icon("crash")
            .summary("EC2 takes some spot instances back, after two minutes' notice.")
            .details("Those in service longest go first. From the notice on they get no new requests and have until its end, or for the group's `drain` if that is shorter, for those they "
                     "have; a replacement is launched at once (capacity rebalancing) and takes its `start_time`. Many at a time are what happens when a whole capacity pool "
                     "is wanted elsewhere; the `spot` parameter of the group takes them one by one.")
            .required("spot_interruption", &Params::spotInterruption, {.doc = "the Auto Scaling group"})
            .parameter("instances", &Params::instances, {.doc = "how many it takes", .least = 1, .most = 1'000, .unit = "instances"})
            .parameter("notice", &Params::notice, {.doc = "from the notice to the end", .least = Duration(), .source = "EC2 spot interruption notice: two minutes"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: ec2, desired: 4, max: 8, work: exponential(20ms)}\n"
                     "timeline:\n  - {at: 60s, spot_interruption: web, instances: 2}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Fault> {
                return std::make_unique<SpotInterruption>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::faults
