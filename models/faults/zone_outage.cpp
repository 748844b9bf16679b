// A zone goes down, and with it whatever of several nodes stands in it.
#include "models/component.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <algorithm>
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
            if (building.isZone(reference.node)) {
                for (Component* inZone : building.nodesIn(reference.node, "zone_outage"))
                    for (Host* host : inZone->hosts()) strike(*inZone, *host);
                continue;
            }
            counted_ = true;
            Component& component = building.node(reference.node);
            std::int64_t place = 0;
            for (Host* host : component.hosts())
                if (place++ % params.zones == zone_ - 1) strike(component, *host);
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
    std::string text() const override { return counted_ ? "outage of zone " + std::to_string(zone_) : "zone outage"; }
    std::string target() const override { return names_; }

private:
    // Once, however often the list names it.
    void strike(Component& component, Host& host)
    {
        const std::pair struck(&component, &host);
        if (std::find(struck_.begin(), struck_.end(), struck) == struck_.end()) struck_.push_back(struck);
    }

    std::int64_t zone_;
    bool counted_ = false;  ///< it names nodes, whose replicas stand in numbered zones
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
            .details("Of a zone that nodes say they stand in (`zone: eu-west-1a`) everything is lost that can crash. Clients and what else has no host go on.\n\n"
                     "Of nodes that are named in the zone's place the replicas of each node stand in the zones in turn: replica 1 in zone 1, replica 2 in zone 2 and so on. A node of one replica stands in zone 1. "
                     "With `zones: 1` all of the nodes are lost. What is left has to carry the whole load: with three zones, half as much again each.")
            .required("zone_outage", &Params::zoneOutage, {.doc = "the zone, or the nodes whose replicas stand in zones in turn", .accepts = nodeOrZone})
            .parameter("zones", &Params::zones, {.doc = "over how many zones the replicas of nodes that are named are spread", .least = 1, .most = 100, .unit = "zones"})
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
