#include "models/scenario/zones.h"

#include "models/scenario/describe.h"

namespace tantrum::models::scenario {

std::string_view regionOf(std::string_view zone)
{
    const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
    const auto isLetter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    if (zone.size() < 3 || !isLetter(zone.back())) return zone;
    const char before = zone[zone.size() - 2];
    return isDigit(before) ? zone.substr(0, zone.size() - 1) : before == '-' ? zone.substr(0, zone.size() - 2) : zone;
}

std::optional<engine::Duration> Zones::roundTrip(const std::string& one, const std::string& other) const
{
    const auto of = [&](std::string_view first, std::string_view second) {
        return pairs.find({std::string(std::min(first, second)), std::string(std::max(first, second))});
    };
    if (const auto pair = of(one, other); pair != pairs.end()) return pair->second;
    if (one == other) return withinZone;
    const std::string_view here = regionOf(one), there = regionOf(other);
    if (const auto pair = of(here, there); pair != pairs.end()) return pair->second;
    return here == there ? std::optional(betweenZones) : betweenRegions;
}

const Descriptor& zoneKeys()
{
    static const Descriptor built =
        describe<Zones>(Kind::policy, "zones")
            .title("Zones")
            .summary("How far the zones are apart in which nodes stand.")
            .details("A link between two nodes that both say where they stand has half the round trip of their zones for its latency, each way. "
                     "An entry of `links` that names one of the two and gives a `latency` goes before that; the latency of `\"* -> *\"` is for "
                     "pairs of which one does not say where it stands. Other parameters of links (jitter, loss, bandwidth) are theirs as always. "
                     "Nodes of different zones share no process: they are linked even if `links` does not mention them. Two of the same zone "
                     "are linked if a link is declared, as everywhere.\n\n"
                     "The region is read off the zone's name: `eu-west-1a` and `eu-west-1b` are zones of `eu-west-1`, `us-central1-b` one of `us-central1`; "
                     "a name without a letter after a digit or a dash at its end is a region of its own. A node stands in one zone with all of its replicas; "
                     "for a fleet over three zones write three nodes. What happens between the members inside a node (a Raft group, a quorum store) "
                     "takes the time its own parameters say.\n\n"
                     "`zone_outage: eu-west-1a` takes down everything in a zone that can crash. An `nlb` prefers targets in its own zone, an `alb` "
                     "only with `cross_zone: false`. The other balancers do not look at zones; Envoy's zone aware routing is left out.")
            .parameter("within_zone", &Zones::withinZone, {.doc = "between nodes of one zone", .least = engine::Duration(), .source = "engineering folklore: 0.1 to 0.3 ms, unconfirmed"})
            .parameter("between_zones", &Zones::betweenZones, {.doc = "between zones of one region", .least = engine::Duration(), .source = "engineering folklore: 0.5 to 1.5 ms, unconfirmed"})
            .parameter("between_regions", &Zones::betweenRegions, {.doc = "between regions; absent: round_trips has to name each pair", .least = engine::Duration(), .source = "east to west of the USA 60 to 70 ms, USA to Europe 75 to 90 ms, unconfirmed"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web, zone: us-east-1a}\n"
                     "  web: {type: service, zone: eu-west-1a, operations: {get: [{work: 1ms}, {call: db}]}}\n  db: {type: service, work: 1ms, zone: eu-west-1b}\n"
                     "zones:\n  between_zones: 1ms\n  round_trips:\n    us-east-1 eu-west-1: 80ms\n    eu-west-1a eu-west-1b: 0.8ms\n");
    return built;
}

}  // namespace tantrum::models::scenario
