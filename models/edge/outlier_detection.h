// Outlier detection as Envoy does it: hosts that fail requests, in a row or more than the others, are ejected for a while.
// Shared by whoever spreads requests.
#pragma once

#include "engine/time.h"
#include "models/scenario/describe.h"

#include <cstdint>
#include <vector>

namespace tantrum::models::edge {

using engine::Duration;
using engine::Instant;

/// For Params to inherit: what a scenario says.
struct OutlierParams {
    std::int64_t consecutive5xx = 0;
    Duration interval = Duration::seconds(10), baseEjectionTime = Duration::seconds(30), maxEjectionTime = Duration::seconds(300);
    scenario::Probability maxEjectionPercent = scenario::Probability::ofShare(0.1);
    bool successRate = false;
    double successRateFactor = 1.9;
    std::optional<scenario::Probability> failurePercentage;
    std::int64_t minimumHosts = 5;
    std::int64_t requestVolume = 100;

    bool on() const { return consecutive5xx > 0 || successRate || failurePercentage; }
};

class OutlierDetection {
public:
    void add() { hosts_.emplace_back(); }
    void setRules(const OutlierParams& rules) { rules_ = rules; }
    bool on() const { return rules_.on(); }
    /// Between sweeps of detections that are on.
    Duration interval() const { return rules_.interval; }

    bool ejected(std::size_t host) const { return hosts_[host].ejected && on(); }
    /// How a request ended there.
    void judge(std::size_t host, bool failed, Instant now);
    /// At the end of each interval. `back(host)` for those whose time is over.
    template <class Back> void sweep(Instant now, const Back& back)
    {
        for (std::size_t host = 0; host < hosts_.size(); ++host)
            if (comesBack(hosts_[host], now)) back(host);
        compare(now);
    }
    std::uint64_t ejections() const { return ejections_; }

private:
    struct Host {
        std::int64_t inARow = 0, requests = 0, failures = 0;
        bool ejected = false;
        Instant until{};
        std::int64_t times = 0;  ///< ejected; forgiven once for each interval it was well
    };
    static bool comesBack(Host& host, Instant now);
    void compare(Instant now);
    bool mayEject() const;
    void eject(Host& host, Instant now);

    OutlierParams rules_;
    std::vector<Host> hosts_;
    std::uint64_t ejections_ = 0;
};

inline constexpr const char* outlierDetails =
    "**Outlier detection** is off until one of `consecutive_5xx` (Envoy's value once it is configured: 5), `success_rate` or `failure_percentage` is set. "
    "So many failures in a row, refused connections and timeouts included, eject a host for `base_ejection_time` × the number of its "
    "ejections, at most `max_ejection_time`; a sweep every `interval` brings it back when its time is over and forgives one ejection "
    "for each sweep it was well. At most `max_ejection_percent` of the hosts are out at once, but always one may be. "
    "`success_rate`: at each sweep, of the hosts with `request_volume` requests in the interval (if there are `minimum_hosts` of them), those whose share of "
    "successes is below the mean by more than `success_rate_factor` deviations are ejected; `failure_percentage`: those of which at least that "
    "share failed. Envoy with outlier detection judges by success rate too, and has volumes of its own for each; here it has to be asked for.";

/// The parameters, for a descriptor whose Params inherit OutlierParams.
template <class Params> void outlierParameters(scenario::Describing<Params>& describing)
{
    describing.template parameter<std::int64_t>("consecutive_5xx", &OutlierParams::consecutive5xx, {.doc = "failures in a row that eject a host; 0: none do", .least = 0, .most = 1'000'000, .unit = "failures", .source = "Envoy: off; 5 once configured", .live = true})
        .template parameter<Duration>("interval", &OutlierParams::interval, {.doc = "time between sweeps of outlier detection", .least = Duration::milliseconds(1), .source = "Envoy outlier_detection.proto: 10 s", .live = true})
        .template parameter<Duration>("base_ejection_time", &OutlierParams::baseEjectionTime, {.doc = "ejection, times the number of ejections", .least = Duration::milliseconds(1), .source = "Envoy outlier_detection.proto: 30 s", .live = true})
        .template parameter<Duration>("max_ejection_time", &OutlierParams::maxEjectionTime, {.doc = "longest ejection", .least = Duration::milliseconds(1), .source = "Envoy outlier_detection.proto: 300 s", .live = true})
        .template parameter<scenario::Probability>("max_ejection_percent", &OutlierParams::maxEjectionPercent, {.doc = "hosts that may be ejected at once, but always one", .source = "Envoy outlier_detection.proto: 10 %", .live = true})
        .template parameter<bool>("success_rate", &OutlierParams::successRate, {.doc = "hosts that succeed less often than the others are ejected at each sweep", .live = true})
        .template parameter<double>("success_rate_factor", &OutlierParams::successRateFactor, {.doc = "how many standard deviations below the mean", .least = 0, .most = 1000, .source = "Envoy outlier_detection.proto, success_rate_stdev_factor: 1.9", .live = true})
        .template parameter<std::optional<scenario::Probability>>("failure_percentage", &OutlierParams::failurePercentage, {.doc = "hosts that fail such a share of their requests are ejected at each sweep; absent: none are", .source = "Envoy outlier_detection.proto: 85 %, not enforced", .live = true})
        .template parameter<std::int64_t>("minimum_hosts", &OutlierParams::minimumHosts, {.doc = "hosts with enough requests it takes to compare them", .least = 1, .most = 100'000, .unit = "hosts", .source = "Envoy outlier_detection.proto, success_rate_minimum_hosts: 5", .live = true})
        .template parameter<std::int64_t>("request_volume", &OutlierParams::requestVolume, {.doc = "requests in an interval that are enough", .least = 1, .most = 1'000'000'000, .unit = "requests", .source = "Envoy outlier_detection.proto, success_rate_request_volume: 100", .live = true});
}

}  // namespace tantrum::models::edge
