// What faults do to the messages of a route besides losing and delaying them. Several of a kind act together, and when all
// are over nothing is left of them.
#pragma once

#include "engine/time.h"
#include "models/factors.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace tantrum::models {

class Disturbances {
public:
    using Duration = engine::Duration;
    using Instant = engine::Instant;

    bool none() const
    {
        return requestsOnce_.product() == 1 && packetsOnce_.product() == 1 && late_.empty() && perByte_.empty() && resolving_.empty() && clocks_ == 0;
    }

    /// Share of requests that reach the callee a second time.
    double repeatedRequests() const { return 1 - requestsOnce_.product(); }
    void repeatRequests(double share) { requestsOnce_.add(1 - share); }
    void stopRepeatingRequests(double share) { requestsOnce_.remove(1 - share); }
    /// Share of packets that the network delivers twice.
    double repeatedPackets() const { return 1 - packetsOnce_.product(); }
    void repeatPackets(double share) { packetsOnce_.add(1 - share); }
    void stopRepeatingPackets(double share) { packetsOnce_.remove(1 - share); }

    /// A share of messages is held back for so long, and overtaken meanwhile.
    struct Late {
        double share = 0;
        Duration by{};
        bool operator==(const Late&) const = default;
    };
    const std::vector<Late>& late() const { return late_; }
    void holdBack(const Late& late) { late_.push_back(late); }
    void stopHoldingBack(const Late& late) { late_.erase(std::find(late_.begin(), late_.end(), late)); }

    /// What a byte takes on the narrowest of the throttled ways; 0: nobody throttles.
    double nanosecondsPerByte() const { return perByte_.empty() ? 0 : *std::max_element(perByte_.begin(), perByte_.end()); }
    void throttle(double nanosecondsPerByte) { perByte_.push_back(nanosecondsPerByte); }
    void stopThrottling(double nanosecondsPerByte) { perByte_.erase(std::find(perByte_.begin(), perByte_.end(), nanosecondsPerByte)); }

    /// The caller cannot turn the callee's name into an address, and learns so after resolvingTakes().
    bool unresolved() const { return !resolving_.empty(); }
    Duration resolvingTakes() const { return *std::max_element(resolving_.begin(), resolving_.end()); }
    void unresolve(Duration takes) { resolving_.push_back(takes); }
    void resolveAgain(Duration takes) { resolving_.erase(std::find(resolving_.begin(), resolving_.end(), takes)); }

    /// The caller's clock against the callee's: ahead by `offset` at `since`, and by so many billionths of the time since then.
    struct Clock {
        Duration offset{};
        std::int64_t driftPerBillion = 0;
        Instant since{};
    };
    /// How far the caller's clock is ahead of the callee's.
    Duration clockShift(Instant now) const { return Duration::nanoseconds(offset_ + share(drift_, now)); }
    void skew(const Clock& clock)
    {
        ++clocks_;
        offset_ += clock.offset.count() - share(clock.driftPerBillion, clock.since);
        drift_ += clock.driftPerBillion;
    }
    void unskew(const Clock& clock)
    {
        --clocks_;
        offset_ -= clock.offset.count() - share(clock.driftPerBillion, clock.since);
        drift_ -= clock.driftPerBillion;
    }

private:
    static std::int64_t share(std::int64_t perBillion, Instant at)
    {
        return static_cast<std::int64_t>(static_cast<double>(perBillion) * (static_cast<double>(at.count()) * 1e-9));
    }

    Factors requestsOnce_, packetsOnce_;
    std::vector<Late> late_;
    std::vector<double> perByte_;
    std::vector<Duration> resolving_;
    int clocks_ = 0;
    std::int64_t offset_ = 0, drift_ = 0;
};

}  // namespace tantrum::models
