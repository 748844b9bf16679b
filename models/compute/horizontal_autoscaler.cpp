#include "models/compute/horizontal_autoscaler.h"

#include <algorithm>
#include <cmath>

namespace tantrum::models::compute {

using engine::Instant;

namespace {
// Ratios are quotients of measured times: what is a whole number but for rounding is that number.
std::int64_t ceiling(double value) { return static_cast<std::int64_t>(std::ceil(std::min(value, 1e9) - 1e-6)); }
}  // namespace

std::int64_t HorizontalAutoscaler::recommend(std::int64_t current, std::span<const Pod> pods) const
{
    double use = 0;
    std::int64_t counted = 0, unready = 0, missing = 0;
    for (const Pod& pod : pods) {
        switch (pod.state) {
        case Pod::State::counted: ++counted, use += pod.use; break;
        case Pod::State::unready: ++unready; break;
        case Pod::State::missing: ++missing; break;
        }
    }
    if (counted == 0) return current;
    const auto within = [this](double ratio) { return std::abs(ratio - 1) <= rules_.tolerance + 1e-9; };
    const double ratio = use / static_cast<double>(counted) / rules_.target;
    const bool up = ratio > 1;
    if (missing == 0 && !(up && unready > 0)) return within(ratio) ? current : ceiling(ratio * static_cast<double>(counted));
    std::int64_t all = counted + missing;
    if (!up) use += static_cast<double>(missing) * std::max(1.0, rules_.target);
    if (up) all += unready;
    const double again = use / static_cast<double>(all) / rules_.target;
    if (within(again) || (again > 1) != up) return current;
    const std::int64_t wanted = ceiling(again * static_cast<double>(all));
    return up == (wanted > current) || wanted == current ? wanted : current;
}

std::int64_t HorizontalAutoscaler::decide(Instant now, std::int64_t current, std::span<const Pod> pods)
{
    if (recommendations_.empty()) recommendations_.push_back({now, current});
    std::int64_t wanted = recommend(current, pods);
    while (!recommendations_.empty() && now - recommendations_.front().at > rules_.stabilization) recommendations_.pop_front();
    recommendations_.push_back({now, wanted});
    if (wanted < current) {
        std::int64_t highest = 0;
        for (const Stamped& each : recommendations_) highest = std::max(highest, each.value);
        wanted = std::min(highest, current);
    }
    while (!added_.empty() && now - added_.front().at >= rules_.policyPeriod) added_.pop_front();
    if (wanted > current) {
        std::int64_t before = current;
        for (const Stamped& each : added_) before -= each.value;
        wanted = std::min(wanted, std::max(current, before + std::max(before, rules_.podsUp)));
    }
    wanted = std::clamp(wanted, rules_.least, std::max(rules_.least, rules_.most));
    if (wanted > current) added_.push_back({now, wanted - current});
    return wanted;
}

}  // namespace tantrum::models::compute
