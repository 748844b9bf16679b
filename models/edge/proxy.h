// What load balancers share besides the choice of a target: their own time, health checks, timeouts, further tries, connections
// that stay with their target.
#pragma once

#include "engine/slots.h"
#include "models/edge/backends.h"
#include "models/scenario/values.h"

#include <deque>

namespace tantrum::models::edge {

struct ProxyRules {
    BackendRules backends{};
    std::vector<scenario::NodeReference> nodes{};
    std::vector<scenario::NodeReference> draining{};
    Duration drain = Duration::seconds(300);            ///< pinned connections to drained targets live so long
    scenario::DurationDistribution work{};
    Duration checkEvery = Duration::seconds(30);        ///< zero: no checks
    Duration checkTimeout = Duration::seconds(5);
    bool checksProcess = true;                          ///< the check asks the process, not only the kernel below it
    bool checksByCall = false;                          ///< the check is a request like any other
    Duration sweepEvery;                                ///< zero: none
    std::optional<Duration> timeout{};                  ///< for the target's answer
    std::int64_t tries = 1;                             ///< targets tried for one request, if the ones before gave no answer
    bool triesAfterTimeout = false;
    std::int64_t requestsAtOnce = scenario::unlimited;  ///< more are refused
    std::int64_t atOnceEach = scenario::unlimited;      ///< on one target; more wait
    bool pins = false;                                  ///< a connection stays with its target
};

class Proxy : public Component, public Service {
public:
    Proxy(const ProxyRules& rules, Building& building);

    Service* service() override { return this; }
    std::uint16_t operation(const std::string& name) const override;
    std::vector<std::string> operations() const override { return operations_; }
    std::uint16_t openConnection() override;
    void closeConnection(std::uint16_t mark) override;
    void connect(Building& building) override;
    void start() override { begin(); }
    std::vector<Host*> hosts() override { return {&host_}; }
    void hostChanged(Host& host) override;
    Levels look() override;
    std::vector<NamedMetric> metrics() const override;
    std::string_view reason(Outcome outcome) const override;
    Task<Reply> call(Request request) override;

protected:
    std::size_t targets() const { return backends_.size(); }
    /// The targets stay.
    void changeRules(const ProxyRules& rules);

private:
    static constexpr unsigned operationBits = 6;
    static constexpr std::uint16_t operationMask = (1u << operationBits) - 1;
    static constexpr std::size_t mostConnections = 1023;

    struct Inside;
    struct Busy;
    struct Pinned {
        std::size_t backend = Backends::none;
        bool open = false;
    };

    void begin();
    Task<void> checkAgainAndAgain(std::size_t index);
    Task<bool> check(std::size_t index);
    Task<void> sweepAgainAndAgain();
    std::size_t targetOf(std::size_t connection, std::size_t besides);
    Task<Reply> ask(std::size_t index, Request request);
    Task<Reply> askWithin(std::size_t index, Request request);
    std::uint16_t resolve(Backend& backend, std::uint16_t operation);

    ProxyRules rules_;
    Building* building_ = nullptr;  ///< to report endless circles
    Host host_;
    engine::RandomStream workLuck_;
    mutable std::vector<std::string> operations_;
    Backends backends_;
    std::deque<engine::Slots> places_;  ///< of each target, if it may have only so many requests
    std::vector<Pinned> connections_;
    std::size_t nextConnection_ = 0;
    engine::Gauge inside_;
    std::uint64_t triesAgain_ = 0, timeouts_ = 0, noTarget_ = 0, overflow_ = 0, opened_ = 0;
    engine::Scope checks_;
};

/// The metrics every proxy has, for its descriptor.
template <class Describing> void proxyMetrics(Describing& describing)
{
    describing.metric("healthy_targets", "targets", "targets in rotation now")
        .metric("turned_unhealthy", "times", "how often checks took a target out")
        .metric("ejected", "times", "how often failing requests put a target aside")
        .metric("failed_open", "requests", "requests sent although too few targets were fit")
        .metric("tried_again", "requests", "further targets tried")
        .metric("no_target", "requests", "requests refused because no target was left (502, 503)")
        .metric("target_timeouts", "requests", "requests whose target took too long (504)")
        .metric("overflow", "requests", "requests refused as too many at once (503)");
}

}  // namespace tantrum::models::edge
