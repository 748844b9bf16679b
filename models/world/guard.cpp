#include "models/world/guard.h"

#include "engine/pool.h"

#include <fmt/format.h>

#include <numeric>

namespace tantrum::models {
namespace {

constexpr std::uint64_t mostEventsAtOneInstant = 30'000'000;
constexpr std::int64_t mostInside = 2'000'000;
constexpr std::size_t mostFrameBytes = std::size_t{1500} << 20;

std::string seconds(Instant time) { return fmt::format("{:.4g} s", time.inSeconds()); }

}  // namespace

Guard::Guard(Parts& parts) : parts_(parts), arrivedBefore_(parts.nodes.size()), poolBefore_(engine::FramePool::reservedBytes()) {}

std::string Guard::look()
{
    if (parts_.simulation.now() != since_) {
        since_ = parts_.simulation.now();
        looksAtOneInstant_ = 0;
        for (std::size_t node = 0; node < parts_.nodes.size(); ++node)
            arrivedBefore_[node] = parts_.nodes[node].component->station().counts().arrived;
    } else if (++looksAtOneInstant_ * interval > mostEventsAtOneInstant) {
        return storm();
    }
    return crowd();
}

std::string Guard::storm()
{
    std::size_t busiest = 0;
    std::uint64_t most = 0;
    for (std::size_t node = 0; node < parts_.nodes.size(); ++node) {
        if (parts_.nodes[node].type->client) continue;  // they ask; the one who is asked is the centre
        const std::uint64_t arrived = parts_.nodes[node].component->station().counts().arrived - arrivedBefore_[node];
        if (arrived > most) most = arrived, busiest = node;
    }
    const std::string where = seconds(parts_.simulation.now());
    if (most == 0) return fmt::format("time stands still at {}: more than {} events at one instant", where, mostEventsAtOneInstant);
    return fmt::format("time stands still at {}: '{}' got {} requests at one instant; something asks again without waiting, "
                       "so give its work, its latency or its backoff a time",
                       where, parts_.nodes[busiest].component->name(), most);
}

std::string Guard::crowd()
{
    std::int64_t inside = 0, most = 0;
    std::size_t fullest = 0;
    for (std::size_t node = 0; node < parts_.nodes.size(); ++node) {
        if (parts_.nodes[node].type->client) continue;
        const std::int64_t here = parts_.nodes[node].component->station().inside();
        inside += here;
        if (here > most) most = here, fullest = node;
    }
    std::int64_t waiting = 0;
    for (std::size_t node = 0; node < parts_.nodes.size(); ++node)
        if (parts_.nodes[node].type->client) waiting += parts_.nodes[node].component->station().inside();
    const std::size_t pool = engine::FramePool::reservedBytes();
    const bool outOfMemory = pool > mostFrameBytes && pool > poolBefore_;
    if (inside <= mostInside && waiting <= 2 * mostInside && !outOfMemory) return {};
    const std::string when = seconds(parts_.simulation.now());
    if (most == 0) return fmt::format("{} requests are under way after {} and none comes to an end; give their calls a timeout", waiting, when);
    const Station::Counts& counts = parts_.nodes[fullest].component->station().counts();
    const double elapsed = parts_.simulation.now().inSeconds();
    return fmt::format("the queue of '{}' grows without end: {} requests inside after {}; it gets {:.4g} a second and finishes {:.4g}. "
                       "Give it more capacity, a bounded queue, or less load",
                       parts_.nodes[fullest].component->name(), most, when, static_cast<double>(counts.arrived) / elapsed,
                       static_cast<double>(counts.endedAltogether()) / elapsed);
}

}  // namespace tantrum::models
