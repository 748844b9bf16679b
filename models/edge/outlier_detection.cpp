#include "models/edge/outlier_detection.h"

#include <algorithm>
#include <cmath>

namespace tantrum::models::edge {

bool OutlierDetection::comesBack(Host& host, Instant now)
{
    if (host.ejected && host.until <= now) {
        host.ejected = false;
        return true;
    }
    if (!host.ejected && host.times > 0) --host.times;
    return false;
}

bool OutlierDetection::mayEject() const
{
    const auto out = static_cast<double>(std::count_if(hosts_.begin(), hosts_.end(), [](const Host& host) { return host.ejected; }));
    return out + 1 <= std::max(1.0, rules_.maxEjectionPercent.share() * static_cast<double>(hosts_.size()));
}

void OutlierDetection::eject(Host& host, Instant now)
{
    ++ejections_;
    host.inARow = 0;
    ++host.times;
    const double longer = static_cast<double>(rules_.baseEjectionTime.count()) * static_cast<double>(host.times);
    host.until = now + std::min(Duration::fromNanoseconds(longer), std::max(rules_.maxEjectionTime, rules_.baseEjectionTime));
    host.ejected = true;
}

void OutlierDetection::judge(std::size_t index, bool failed, Instant now)
{
    Host& host = hosts_[index];
    ++host.requests;
    if (!failed) {
        host.inARow = 0;
        return;
    }
    ++host.failures;
    ++host.inARow;
    if (rules_.consecutive5xx > 0 && host.inARow >= rules_.consecutive5xx && !host.ejected && mayEject()) eject(host, now);
}

// The share of successes of each host over the interval, against its peers' or a limit.
void OutlierDetection::compare(Instant now)
{
    std::int64_t compared = 0;
    double sum = 0, squares = 0;
    const auto counts = [this](const Host& host) { return !host.ejected && host.requests >= rules_.requestVolume; };
    const auto rateOf = [](const Host& host) { return 1 - static_cast<double>(host.failures) / static_cast<double>(host.requests); };
    for (const Host& host : hosts_)
        if (counts(host)) ++compared, sum += rateOf(host);
    if (compared > 0 && compared >= rules_.minimumHosts) {
        const double mean = sum / static_cast<double>(compared);
        for (const Host& host : hosts_)
            if (counts(host)) squares += (rateOf(host) - mean) * (rateOf(host) - mean);
        const double least = mean - rules_.successRateFactor * std::sqrt(squares / static_cast<double>(compared));
        for (Host& host : hosts_) {
            if (!counts(host)) continue;
            const bool worse = rules_.successRate && rateOf(host) < least - 1e-12;  // not for a rounding of equals
            const bool bad = rules_.failurePercentage && 1 - rateOf(host) >= rules_.failurePercentage->share();
            if ((worse || bad) && mayEject()) eject(host, now);
        }
    }
    for (Host& host : hosts_) host.requests = host.failures = 0;
}

}  // namespace tantrum::models::edge
