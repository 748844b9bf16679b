// A zone goes down, and with it whatever of several nodes stands in it.
#include "models/component.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <utility>

namespace tantrum::models::faults {
namespace {

using namespace scenario;

struct Params {
    std::vector<NodeReference> zoneOutage;
    std::int64_t zones = 3;
    std::int64_t zone = 1;
};

class ZoneOutage final : public Fault {
public:
    ZoneOutage(const Params& params, Building& building) : zone_(std::min(params.zone, params.zones))
    {
        for (const NodeReference& reference : params.zoneOutage) {
            names_ += (names_.empty() ? "" : ", ") + reference.node;
            Component& component = building.node(reference.node);
            std::int64_t place = 0;
            for (Host* host : component.hosts())
                if (place++ % params.zones == zone_ - 1) struck_.emplace_back(&component, host);
        }
    }
    void begin() override
    {
        for (const auto& [component, host] : struck_) host->crash(), component->hostChanged(*host);
    }
    void end() override
    {
        for (const auto& [component, host] : struck_) host->restart(), component->hostChanged(*host);
    }
    std::string text() const override { return "outage of zone " + std::to_string(zone_); }
    std::string target() const override { return names_; }

private:
    std::int64_t zone_;
    std::string names_;
    std::vector<std::pair<Component*, Host*>> struck_;
};

}  // namespace

TANTRUM_MODEL(faults, zone_outage)
{
    static const Descriptor built =
        describe<Params>(Kind::fault, "zone_outage")
            .title("Zone outage").group("Faults").icon("region")
            .summary("An availability zone is lost: the replicas that stand in it crash at once, of several nodes.")
            .details("The replicas of each node stand in the zones in turn: replica 1 in zone 1, replica 2 in zone 2 and so on. A node of one replica stands in zone 1. "
                     "With `zones: 1` all of the nodes are lost. What is left has to carry the whole load: with three zones, half as much again each.")
            .required("zone_outage", &Params::zoneOutage, {.doc = "the nodes that stand in the zones"})
            .parameter("zones", &Params::zones, {.doc = "over how many zones replicas are spread", .least = 1, .most = 100, .unit = "zones"})
            .parameter("zone", &Params::zone, {.doc = "which of them is lost, from 1; beyond the last: the last", .least = 1, .most = 100})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, replicas: 3, workers: 8, work: exponential(20ms)}\n"
                     "timeline:\n  - {at: 60s, for: 5min, zone_outage: [web], zones: 3, zone: 2}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Fault> {
                return std::make_unique<ZoneOutage>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::faults
