// How far the zones are apart in which nodes stand.
#pragma once

#include "engine/time.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tantrum::models::scenario {

struct Descriptor;

/// The region a zone belongs to, by its name: `eu-west-1a` to `eu-west-1`, `us-central1-b` to `us-central1`. Any other name
/// is a region of its own.
std::string_view regionOf(std::string_view zone);

/// The section `zones`. Everything here is a round trip.
struct Zones {
    engine::Duration withinZone = engine::Duration::nanoseconds(200'000);
    engine::Duration betweenZones = engine::Duration::milliseconds(1);
    std::optional<engine::Duration> betweenRegions;
    std::map<std::pair<std::string, std::string>, engine::Duration> pairs;  ///< of zones or regions; the lesser name first
    const Descriptor* link = nullptr;                                       ///< the type of links nobody has declared

    /// By the pair of zones, the pair of regions, or what holds for all such pairs; nullopt: nothing says.
    std::optional<engine::Duration> roundTrip(const std::string& one, const std::string& other) const;
};

/// The section's keys, but for `round_trips`.
const Descriptor& zoneKeys();
inline constexpr const char* roundTripsDoc =
    "round trips of single pairs, by two names: `eu-west-1a eu-west-1b: 0.8ms`; of zones, of regions, or of one zone with itself. A pair of zones goes before the pair of their regions";
inline constexpr std::size_t mostZones = 100;

}  // namespace tantrum::models::scenario
