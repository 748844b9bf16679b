#include "models/world/scrapes.h"

#include <algorithm>
#include <utility>

namespace tantrum::models {
namespace {

// FNV-1a: targets are spread over the interval by their names, as Prometheus does it by their labels.
std::uint64_t hashOf(std::string_view name)
{
    std::uint64_t hash = 0xcbf29ce484222325u;
    for (const char letter : name) hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3u;
    return hash;
}

bool allDown(Component& component)
{
    const std::vector<Host*> hosts = component.hosts();
    return !hosts.empty() && std::none_of(hosts.begin(), hosts.end(), [](const Host* host) { return host->up(); });
}

bool noneRuns(Component& component)
{
    const std::vector<Host*> hosts = component.hosts();
    return !hosts.empty() && std::none_of(hosts.begin(), hosts.end(), [](const Host* host) { return host->up() && !host->paused(); });
}

}  // namespace

Scrapes::Scrapes(const scenario::Telemetry& telemetry, const Parts& parts, int node, Duration longest, std::uint64_t seed)
    : telemetry_(telemetry), parts_(parts), node_(static_cast<std::size_t>(node)), longest_(longest),
      luck_(seed, parts.nodes[node_].component->name(), "scrapes")
{
    const auto interval = static_cast<std::uint64_t>(telemetry.scrapeInterval.count());
    const std::uint64_t offset = hashOf(parts.nodes[node_].component->name()) % interval;
    next_ = Instant::at(Duration::nanoseconds(static_cast<std::int64_t>(offset == 0 ? interval : offset)));
}

void Scrapes::scrape(Instant now, const EndedCounts& counts, const Levels& levels)
{
    next_ = next_ + telemetry_.scrapeInterval;
    ++result_.scrapes;
    const Failure failure = attempt(levels);
    result_.lost += failure == Failure::lost;
    result_.down += failure == Failure::down;
    result_.cutOff += failure == Failure::cutOff;
    result_.timedOut += failure == Failure::timedOut;
    result_.longestGapSeconds = std::max(result_.longestGapSeconds, (now - lastGood_).inSeconds());
    const EndedCounts grown{counts.all - process_.all, counts.bad - process_.bad};
    if (failure == Failure::none) {
        told_.all += grown.all;
        told_.bad += grown.bad;
        process_ = counts;
        lastGood_ = now;
        samples_.push_back({now, told_});
        const Instant since = Instant::at(now - Instant() - std::min(now - Instant(), longest_ + telemetry_.delay + telemetry_.scrapeInterval));
        while (samples_.size() > 2 && samples_[1].at < since) samples_.pop_front();
    } else if (failure == Failure::down) {
        process_ = counts;  // what it had counted since it was last scraped died with it
    }
}

Scrapes::Failure Scrapes::attempt(const Levels& levels)
{
    Component& component = *parts_.nodes[node_].component;
    const bool overloaded = isOverloaded(levels);  // looks at the interval whether or not it matters
    const bool lost = telemetry_.loss.share() > 0 && luck_.chance(telemetry_.loss.share());
    if (allDown(component)) return Failure::down;
    if (isCutOff()) return Failure::cutOff;
    if (noneRuns(component) || overloaded) return Failure::timedOut;
    return lost ? Failure::lost : Failure::none;
}

// By the links between the two, if there are any; else if nobody reaches the node, nor does the monitoring.
bool Scrapes::isCutOff() const
{
    int beside = -1;
    if (telemetry_.beside) {
        beside = parts_.nodeIndex.at(telemetry_.beside->node);
        if (static_cast<std::size_t>(beside) == node_) return false;
        if (noneRuns(*parts_.nodes[static_cast<std::size_t>(beside)].component)) return true;
    }
    bool linked = false, linkedCut = false, touched = false, allCut = true;
    for (const auto& part : parts_.routes) {
        const int node = static_cast<int>(node_);
        if (!part->declared || (part->from != node && part->to != node)) continue;
        const bool cut = part->route->partitioned();
        touched = true;
        allCut = allCut && cut;
        if (part->from != beside && part->to != beside) continue;
        linked = true;
        linkedCut = linkedCut || cut;
    }
    return linked ? linkedCut : touched && allCut;
}

// A scrape is one more request: it is refused where requests are, and waits as long as the queue takes at the pace at which
// requests were served since the last look.
bool Scrapes::isOverloaded(const Levels& levels)
{
    const Instant now = parts_.simulation.now();
    const Station::Counts& counts = parts_.nodes[node_].component->station().counts();
    std::uint64_t served = counts.endedAltogether();
    for (const std::uint64_t refused : counts.refused) served -= refused;
    const double seconds = (now - std::exchange(looked_, now)).inSeconds();
    const auto done = static_cast<double>(served - std::exchange(served_, served));
    const scenario::Descriptor& type = *parts_.nodes[node_].type;
    if (telemetry_.answering == scenario::Answering::aside || type.client || type.isAccepted("messages") || levels.queueNow <= 0) return false;
    if (levels.queueLimit > 0 && levels.queueNow >= levels.queueLimit) return true;
    return levels.queueNow * seconds > done * telemetry_.timeout().inSeconds();
}

std::deque<Scrapes::Sample>::const_iterator Scrapes::arrived(Instant now) const
{
    return std::partition_point(samples_.begin(), samples_.end(), [&](const Sample& sample) { return sample.at + telemetry_.delay <= now; });
}

Scrapes::Increase Scrapes::over(Duration window, Instant now, scenario::History history) const
{
    const auto end = arrived(now);
    if (end == samples_.begin()) return {};
    const Sample& last = *std::prev(end);
    const std::int64_t from = now.count() - window.count();
    if (last.at.count() <= from) return {};
    if (from < 0 && history == scenario::History::healthy) {
        // Before the run: the mean traffic so far, none of it bad.
        const double length = static_cast<double>(last.at.count() - from) / static_cast<double>(last.at.count());
        return {static_cast<double>(last.counts.all) * length, static_cast<double>(last.counts.bad)};
    }
    const auto first = std::partition_point(samples_.begin(), end, [&](const Sample& sample) { return sample.at.count() <= from; });
    return {static_cast<double>(last.counts.all - first->counts.all), static_cast<double>(last.counts.bad - first->counts.bad)};
}

EndedCounts Scrapes::known(Instant now) const
{
    const auto end = arrived(now);
    return end == samples_.begin() ? EndedCounts() : std::prev(end)->counts;
}

}  // namespace tantrum::models
