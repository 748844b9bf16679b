// The targets behind a load balancer: which of them are fit, and which gets the next request. For the balancers that are real
// products; models/edge/proxy.h does the rest of what they share.
#pragma once

#include "models/component.h"
#include "models/edge/outlier_detection.h"
#include "models/host.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tantrum::models::edge {

enum class Picking : std::uint8_t { roundRobin, leastBusy, leastOfTwo, random };

struct BackendRules {
    Picking picking = Picking::roundRobin;
    std::int64_t passes = 1, fails = 1;        ///< checks in a row until it is healthy, and unhealthy
    OutlierParams outliers{};                  ///< by its own traffic, answers that are errors included
    std::int64_t failures = 0;                 ///< of requests, without an answer, within `aside`, put a target aside for that time, as nginx's max_fails; 0: never
    bool answersCount = false;                 ///< answers that are errors count, too
    Duration aside = Duration::seconds(10);
    bool alone = false;                        ///< a lone target is never put aside
    double panicBelow = 0;                     ///< with a smaller share fit, all are used; 0: with none
    bool failsOpen = true;                     ///< false: with none fit, there is no target
    bool ownZone = false;                      ///< targets in the balancer's own zone go before all others, while one of them is fit
    Duration slowStart;                        ///< a target that is back gets its full share after so long
};

struct Backend {
    Target target;
    Component* node = nullptr;
    bool near = false;                         ///< in the balancer's zone
    Host* host = nullptr;                      ///< null: it cannot be told which one
    std::vector<std::uint16_t> operations{};   ///< its index for each of the balancer's
    std::int64_t busy = 0;
    bool healthy = true;
    std::int64_t passesInARow = 0, failsInARow = 0;
    std::int64_t failures = 0;
    Instant failuresSince;
    Instant asideUntil;
    Instant fitSince;
    bool warm = true;                          ///< not in slow start
    std::optional<Instant> drainingSince{};
};

class Backends {
public:
    static constexpr std::size_t none = ~std::size_t{0};

    Backends(Simulation& simulation, engine::RandomStream luck) : simulation_(simulation), luck_(luck) {}
    void add(Component& node, std::vector<Target> targets, bool near = false);
    void setRules(const BackendRules& rules)
    {
        rules_ = rules;
        outliers_.setRules(rules.outliers);
    }

    std::size_t size() const { return all_.size(); }
    Backend& operator[](std::size_t index) { return all_[index]; }
    const Backend& operator[](std::size_t index) const { return all_[index]; }
    /// Healthy, not put aside, not being drained.
    bool fit(std::size_t index) const;
    std::size_t fitCount() const;

    /// The next target; not `besides`, if there is another. none: no target is left.
    std::size_t choose(std::size_t besides = none);
    /// What a health check found.
    void checked(std::size_t index, bool passed);
    /// How a request ended.
    void judge(std::size_t index, const Reply& reply);
    /// Of outlier detection.
    void sweep();
    /// Takes these nodes' targets out of rotation, and all others back.
    void drain(const std::vector<std::string>& nodes);
    engine::RandomStream& luck() { return luck_; }

    struct Counts {
        std::uint64_t ejections = 0;      ///< put aside for failing requests
        std::uint64_t unhealthy = 0;      ///< times a target turned unhealthy
        std::uint64_t failedOpen = 0;     ///< requests sent although too few targets were fit
    };
    Counts counts() const
    {
        Counts all = counts_;
        all.ejections += outliers_.ejections();
        return all;
    }

private:
    template <class Allowed> std::size_t pick(const Allowed& allowed);
    bool holdsBack(std::size_t index);
    void comeBack(Backend& backend);

    Simulation& simulation_;
    engine::RandomStream luck_;
    BackendRules rules_;
    std::vector<Backend> all_;
    OutlierDetection outliers_;
    std::vector<std::size_t> candidates_;      ///< while choosing
    std::size_t next_ = 0;
    Counts counts_;
};

}  // namespace tantrum::models::edge
