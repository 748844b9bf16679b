#include "models/edge/backends.h"

#include <algorithm>

namespace tantrum::models::edge {

void Backends::add(Component& node, std::vector<Target> targets, bool near)
{
    const std::vector<Host*> hosts = node.hosts();
    for (std::size_t index = 0; index < targets.size(); ++index) {
        Backend backend;
        backend.target = targets[index];
        backend.node = &node;
        backend.near = near;
        if (hosts.size() == targets.size()) backend.host = hosts[index];
        all_.push_back(std::move(backend));
        outliers_.add();
    }
    candidates_.reserve(all_.size());
}

bool Backends::fit(std::size_t index) const
{
    const Backend& backend = all_[index];
    const bool aside = outliers_.ejected(index) || backend.asideUntil > simulation_.now();
    return backend.healthy && !aside && !backend.drainingSince;
}

std::size_t Backends::fitCount() const
{
    std::size_t count = 0;
    for (std::size_t index = 0; index < all_.size(); ++index) count += fit(index);
    return count;
}

// Its share grows in a straight line while it starts slowly: it is passed over with the rest of the probability.
bool Backends::holdsBack(std::size_t index)
{
    Backend& backend = all_[index];
    if (backend.warm) return false;
    const Duration since = simulation_.now() - backend.fitSince;
    if (since >= rules_.slowStart) {
        backend.warm = true;
        return false;
    }
    return luck_.uniform() >= static_cast<double>(since.count()) / static_cast<double>(rules_.slowStart.count());
}

template <class Allowed> std::size_t Backends::pick(const Allowed& allowed)
{
    candidates_.clear();
    for (std::size_t step = 0; step < all_.size(); ++step) {
        const std::size_t index = (next_ + step) % all_.size();
        if (allowed(index)) candidates_.push_back(index);
    }
    if (candidates_.empty()) return none;
    std::size_t chosen = candidates_.front();
    switch (rules_.picking) {
    case Picking::roundRobin: break;
    case Picking::random: chosen = candidates_[luck_.below(candidates_.size())]; break;
    case Picking::leastOfTwo: {
        chosen = candidates_[luck_.below(candidates_.size())];
        const std::size_t other = candidates_[luck_.below(candidates_.size())];
        if (all_[other].busy < all_[chosen].busy) chosen = other;
        break;
    }
    case Picking::leastBusy:
        for (const std::size_t index : candidates_)
            if (all_[index].busy < all_[chosen].busy) chosen = index;
        break;
    }
    next_ = (chosen + 1) % all_.size();
    return chosen;
}

std::size_t Backends::choose(std::size_t besides)
{
    const std::size_t fitNow = fitCount();
    const auto kept = static_cast<std::size_t>(std::count_if(all_.begin(), all_.end(), [](const Backend& backend) { return !backend.drainingSince; }));
    const bool panics = fitNow == 0 || static_cast<double>(fitNow) < rules_.panicBelow * static_cast<double>(kept);
    if (panics && rules_.failsOpen) {
        if (kept == 0) return none;
        ++counts_.failedOpen;
        return pick([&](std::size_t index) { return !all_[index].drainingSince && (index != besides || kept == 1); });
    }
    const auto fitOnes = [&](std::size_t index) { return fit(index) && (index != besides || fitNow == 1); };
    if (rules_.ownZone) {
        const std::size_t near = pick([&](std::size_t index) { return all_[index].near && index != besides && fit(index); });
        if (near != none) return near;
    }
    if (rules_.slowStart > Duration()) {
        const std::size_t warm = pick([&](std::size_t index) { return fitOnes(index) && !holdsBack(index); });
        if (warm != none) return warm;
    }
    return pick(fitOnes);
}

void Backends::comeBack(Backend& backend)
{
    backend.fitSince = simulation_.now();
    backend.warm = rules_.slowStart == Duration();
}

void Backends::checked(std::size_t index, bool passed)
{
    Backend& backend = all_[index];
    backend.passesInARow = passed ? backend.passesInARow + 1 : 0;
    backend.failsInARow = passed ? 0 : backend.failsInARow + 1;
    if (backend.healthy && backend.failsInARow >= rules_.fails) {
        backend.healthy = false;
        ++counts_.unhealthy;
    } else if (!backend.healthy && backend.passesInARow >= rules_.passes) {
        backend.healthy = true;
        comeBack(backend);
    }
}

void Backends::judge(std::size_t index, const Reply& reply)
{
    if (outliers_.on()) outliers_.judge(index, !reply.ok(), simulation_.now());
    if (rules_.failures == 0 || (rules_.alone && all_.size() == 1)) return;
    Backend& backend = all_[index];
    const bool unanswered = reply.outcome == Outcome::crashed || reply.outcome == Outcome::unreachable || reply.outcome == Outcome::timeout;
    const bool failed = unanswered || (rules_.answersCount && !reply.ok());
    const Instant now = simulation_.now();
    if (now >= backend.failuresSince + rules_.aside) backend.failures = 0;
    if (!failed) return;
    if (backend.failures == 0) backend.failuresSince = now;
    ++backend.failures;
    if (backend.failures < rules_.failures || backend.asideUntil > now) return;
    ++counts_.ejections;
    backend.failures = 0;
    backend.asideUntil = now + rules_.aside;
}

void Backends::sweep()
{
    outliers_.sweep(simulation_.now(), [this](std::size_t index) { comeBack(all_[index]); });
}

void Backends::drain(const std::vector<std::string>& nodes)
{
    for (Backend& backend : all_) {
        const bool drains = std::find(nodes.begin(), nodes.end(), backend.node->name()) != nodes.end();
        if (drains && !backend.drainingSince) backend.drainingSince = simulation_.now();
        if (!drains && backend.drainingSince) {
            backend.drainingSince.reset();
            comeBack(backend);
        }
    }
}

}  // namespace tantrum::models::edge
