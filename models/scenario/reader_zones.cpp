#include "models/scenario/describe.h"
#include "models/scenario/fields.h"
#include "models/scenario/names.h"
#include "models/scenario/reader_parts.h"
#include "models/scenario/zones.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tantrum::models::scenario {
namespace {

constexpr std::array<std::string_view, 1> pairsKey{"round_trips"};

class ZoneReader {
public:
    ZoneReader(const Node& section, ReaderState& state) : section_(section), state_(state), reading_(state.reading) {}

    void read()
    {
        Zones zones;
        if (!section_.isNull()) {
            if (!isMappingFor(section_, reading_, "'zones'")) return;
            ParameterSet set = ParameterSet::of(zones);
            bool good = readParameters(section_, zoneKeys(), pairsKey, "'zones'", state_, set);
            zones = set.as<Zones>();
            if (const Node* pairs = section_.find("round_trips"); pairs && !pairs->isNull()) good = readPairs(*pairs, zones) && good;
            if (!good) return;
        }
        zones.link = state_.catalogue.find(Kind::link, "link");
        if (state_.zones.empty())
            reading_.warning(section_, "no node says in which zone it stands", "write e.g. zone: eu-west-1a at a node; without it 'zones' is of no use");
        checkPairs(zones);
        state_.scenario.zones = std::move(zones);
    }

private:
    bool readPairs(const Node& pairs, Zones& into)
    {
        const auto inside = reading_.inside("round_trips");
        if (!isMappingFor(pairs, reading_, "'round_trips'")) return false;
        bool good = true;
        for (std::size_t i = 0; i < pairs.size(); ++i) good = readPair(pairs.key(i), pairs.value(i), into) && good;
        return good;
    }

    bool readPair(const Node& key, const Node& value, Zones& into)
    {
        const auto inside = reading_.inside(key.text());
        const std::vector<std::string_view> names = words(key.text());
        if (names.size() != 2) {
            reading_.error(key, fmt::format("{} is not a pair of zones", inQuotes(key.text())), "write two names and the round trip: eu-west-1a eu-west-1b: 1ms");
            return false;
        }
        for (const std::string_view name : names)
            if (!isPlace(name)) {
                reading_.error(key, fmt::format("no node stands in {}", inQuotes(name)), suggest(name, places()));
                return false;
            }
        const auto trip = ValueType<engine::Duration>::read(value, reading_, {.least = engine::Duration()});
        if (!trip) return false;
        const auto [low, high] = std::minmax(names[0], names[1]);
        if (into.pairs.emplace(std::pair(std::string(low), std::string(high)), *trip).second) return true;
        reading_.error(key, fmt::format("the round trip between {} and {} is given twice", inQuotes(names[0]), inQuotes(names[1])), "it is the same in both directions");
        return false;
    }

    static std::vector<std::string_view> words(std::string_view text)
    {
        std::vector<std::string_view> found;
        while (true) {
            const std::size_t begin = text.find_first_not_of(' ');
            if (begin == std::string_view::npos || found.size() > 2) return found;
            text.remove_prefix(begin);
            found.push_back(text.substr(0, text.find(' ')));
            text.remove_prefix(found.back().size());
        }
    }

    std::vector<std::string_view> places() const
    {
        std::vector<std::string_view> all;
        for (const auto& zone : state_.zones)
            for (const std::string_view place : {std::string_view(zone.name), regionOf(zone.name)})
                if (std::find(all.begin(), all.end(), place) == all.end()) all.push_back(place);
        return all;
    }
    bool isPlace(std::string_view name) const
    {
        return std::any_of(state_.zones.begin(), state_.zones.end(), [&](const auto& zone) { return zone.name == name || regionOf(zone.name) == name; });
    }

    // Of any two zones that are used it is known how far they are apart.
    void checkPairs(const Zones& zones)
    {
        for (std::size_t one = 0; one < state_.zones.size(); ++one)
            for (std::size_t other = 0; other < one; ++other) {
                const auto &here = state_.zones[one], &there = state_.zones[other];
                if (reading_.full() || zones.roundTrip(there.name, here.name)) continue;
                reading_.diagnostics().error(here.position, here.path, fmt::format("nothing says how far {} is from {}", inQuotes(here.name), inQuotes(there.name)),
                                             fmt::format("add to zones: round_trips: {{{} {}: 80ms}}, or between_regions: 80ms for all such pairs", regionOf(there.name), regionOf(here.name)));
                break;  // the others of that zone are the same mistake
            }
    }

    const Node& section_;
    ReaderState& state_;
    Reading& reading_;
};

}  // namespace

bool ReaderState::isZone(std::string_view name) const
{
    return std::any_of(zones.begin(), zones.end(), [&](const ZoneUse& zone) { return zone.name == name; });
}

std::string readZoneOf(const Node& mapping, ReaderState& state)
{
    const Node* node = mapping.find("zone");
    if (!node) return {};
    const auto inside = state.reading.inside("zone");
    if (!node->isScalar() || node->isNull()) {
        state.reading.error(*node, fmt::format("the name of a zone is expected here, not {}", node->kindName()), "e.g. zone: eu-west-1a");
        return {};
    }
    const auto name = parseName(node->text());
    if (!name) {
        state.reading.error(*node, name.message, name.hint);
        return {};
    }
    if (state.isZone(*name)) return *name;
    if (state.zones.size() == mostZones) {
        state.reading.error(*node, fmt::format("more than {} zones", mostZones), "nodes that are equally far from all others can share one");
        return {};
    }
    state.zones.push_back({*name, node->position(), state.reading.path()});
    return *name;
}

void readZones(const Node& node, ReaderState& state) { ZoneReader(node, state).read(); }

void checkZones(const Node& root, ReaderState& state)
{
    Diagnostics& diagnostics = state.reading.diagnostics();
    for (const auto& zone : state.zones)
        if (state.node(zone.name))
            diagnostics.error(zone.position, zone.path, fmt::format("{} is the name of a node, too", inQuotes(zone.name)), "call one of them otherwise, so that faults can name either");
    if (root.find("zones") || state.zones.empty()) return;
    const auto& first = state.zones.front();
    diagnostics.error(first.position, first.path, fmt::format("nothing says how far {} is from anywhere", inQuotes(first.name)),
                      "add the section 'zones: {}' for the usual round trips, or your own: zones: {within_zone: 0.2ms, between_zones: 1ms}");
}

}  // namespace tantrum::models::scenario
