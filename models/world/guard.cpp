#include "models/world/guard.h"

#include "engine/pool.h"

#include <fmt/format.h>

#include <algorithm>

namespace tantrum::models {
namespace {

// At one instant. A burst that goes through ten nodes without taking time needs some forty events a request.
constexpr std::uint64_t eventsAtOneInstant = 4'000'000, eventsEach = 8, mostAtOneInstant = 12'000'000;
// Of those, without anybody coming or going anywhere: programs that go round and round.
constexpr std::uint64_t eventsUnmoved = 1'000'000;
// The pace is judged over this many events, and again for each request under way: lockstep is no pace.
constexpr std::uint64_t eventsOfWindow = 6'000'000, windowEach = 16;
// Simulated time hardly moves if a second of it takes so many events, and the rest of the run half an hour.
constexpr double mostEventsPerSecond = 2.5e8, mostEventsToCome = 5e9;
constexpr std::int64_t mostInsideOneNode = 2'000'000, mostUnderWay = 4'000'000;
constexpr std::size_t mostBytes = std::size_t{1600} << 20;
constexpr std::size_t bytesOfMessage = 256;  // in a queue's store, which is not of the pool

std::string seconds(Instant time) { return fmt::format("{:.4g} s", time.inSeconds()); }

const Station& stationOf(const NodePart& node) { return node.component->station(); }

}  // namespace

Guard::Guard(Parts& parts, Instant end) : parts_(parts), end_(end), poolBefore_(engine::FramePool::reservedBytes())
{
    begin(instant_);
    begin(window_);
}

void Guard::begin(Stretch& stretch) const
{
    stretch.since = parts_.simulation.now();
    stretch.events = parts_.simulation.events();
    stretch.mostUnderWay = 0;
    stretch.arrived.resize(parts_.nodes.size());
    for (std::size_t node = 0; node < parts_.nodes.size(); ++node)
        stretch.arrived[node] = stationOf(parts_.nodes[node]).counts().arrived;
}

std::string Guard::look()
{
    std::uint64_t underWay = 0, movements = 0;
    for (const NodePart& node : parts_.nodes) {
        const Station& station = stationOf(node);
        if (node.type->client) underWay += static_cast<std::uint64_t>(station.inside());
        movements += 2 * station.counts().arrived - static_cast<std::uint64_t>(station.inside());
    }
    looksUnmoved_ = movements == movements_ ? looksUnmoved_ + 1 : 0;
    movements_ = movements;
    if (parts_.simulation.now() != instant_.since) begin(instant_), looksUnmoved_ = 0;
    for (Stretch* stretch : {&instant_, &window_}) stretch->mostUnderWay = std::max(stretch->mostUnderWay, underWay);
    std::string reason = circle();
    if (reason.empty()) reason = crawl();
    return reason.empty() ? crowd() : reason;
}

Guard::Busiest Guard::busiestSince(const Stretch& stretch, bool clientsToo) const
{
    Busiest busiest;
    for (const bool client : {true, false})
        for (std::size_t node = 0; node < parts_.nodes.size(); ++node) {
            if (parts_.nodes[node].type->client != client || (client && !clientsToo)) continue;
            const std::uint64_t arrivals = stationOf(parts_.nodes[node]).counts().arrived - stretch.arrived[node];
            if (arrivals > busiest.arrivals) busiest = {node, arrivals};
        }
    return busiest;
}

// Time stands still.
std::string Guard::circle()
{
    const std::uint64_t events = parts_.simulation.events() - instant_.events;
    const std::uint64_t crowd = eventsEach * instant_.mostUnderWay;
    const bool unmoved = looksUnmoved_ * interval > std::min(eventsUnmoved + crowd, mostAtOneInstant);
    if (!unmoved && events <= std::min(eventsAtOneInstant + crowd, mostAtOneInstant)) return {};
    const std::string where = seconds(instant_.since);
    // Clients ask; the one who is asked is the centre, if they get through to anybody.
    Busiest centre = busiestSince(instant_, false);
    if (centre.arrivals == 0) centre = busiestSince(instant_, true);
    const NodePart& node = parts_.nodes[centre.node];
    if (!unmoved && centre.arrivals > 0)
        return fmt::format("time stands still at {}: '{}' {} {} requests at one instant; something asks again without "
                           "waiting, so give its work, its latency or its backoff a time",
                           where, node.component->name(), node.type->client ? "sends" : "got", centre.arrivals);
    std::size_t fullest = 0;
    for (std::size_t index = 1; index < parts_.nodes.size(); ++index) {
        const bool more = stationOf(parts_.nodes[index]).inside() > stationOf(parts_.nodes[fullest]).inside();
        if (!parts_.nodes[index].type->client && (more || parts_.nodes[fullest].type->client)) fullest = index;
    }
    return fmt::format("time stands still at {}: more than {} events at one instant, and nobody comes or goes; the steps of "
                       "'{}' go round and round without taking time, so give them some work or fewer repeats",
                       where, unmoved ? looksUnmoved_ * interval : events, parts_.nodes[fullest].component->name());
}

// Time moves, but so little that the run would never end: a rate or a wait with a unit mistaken.
std::string Guard::crawl()
{
    const std::uint64_t events = parts_.simulation.events() - window_.events;
    if (events < eventsOfWindow + windowEach * window_.mostUnderWay) return {};
    const Instant now = parts_.simulation.now();
    const double pace = static_cast<double>(events) / std::max(1e-9, (now - window_.since).inSeconds());
    const double toCome = pace * (end_ - now).inSeconds();
    if (pace <= mostEventsPerSecond || toCome <= mostEventsToCome) {
        begin(window_);
        return {};
    }
    const Busiest busiest = busiestSince(window_, true);
    const NodePart& node = parts_.nodes[busiest.node];
    const double rate = pace * static_cast<double>(busiest.arrivals) / static_cast<double>(events);
    return fmt::format("time hardly moves after {}: '{}' {} {:.2g} requests a second, and the rest of the run would take "
                       "{:.2g} events; lower the rate, or give what is repeated more time",
                       seconds(now), node.component->name(), node.type->client ? "sends" : "gets", rate, toCome);
}

// What is under way, or lies in queues, grows without end.
std::string Guard::crowd() const
{
    std::int64_t most = 0, waiting = 0, messages = 0;
    std::size_t fullest = 0;
    for (std::size_t node = 0; node < parts_.nodes.size(); ++node) {
        const std::int64_t here = stationOf(parts_.nodes[node]).inside();
        if (parts_.nodes[node].type->client)
            waiting += here;
        else if (here > most)
            most = here, fullest = node;
        if (parts_.nodes[node].type->isAccepted("messages")) messages += here;
    }
    const std::size_t pool = engine::FramePool::reservedBytes();
    const std::size_t bytes = (pool > poolBefore_ ? pool : 0) + bytesOfMessage * static_cast<std::size_t>(messages);
    if (most <= mostInsideOneNode && waiting <= mostUnderWay && bytes <= mostBytes) return {};
    const std::string when = seconds(parts_.simulation.now());
    if (most == 0) return fmt::format("{} requests are under way after {} and none comes to an end; give their calls a timeout", waiting, when);
    const Station::Counts& counts = stationOf(parts_.nodes[fullest]).counts();
    const double elapsed = parts_.simulation.now().inSeconds();
    return fmt::format("the queue of '{}' grows without end: {} requests inside after {}; it gets {:.4g} a second and finishes {:.4g}. "
                       "Give it more capacity, a bounded queue, or less load",
                       parts_.nodes[fullest].component->name(), most, when, static_cast<double>(counts.arrived) / elapsed,
                       static_cast<double>(counts.endedAltogether()) / elapsed);
}

}  // namespace tantrum::models
