// What HTTP/2 and HTTP/3 share: streams on one connection, and the parameters and metrics that go with them.
#pragma once

#include "engine/slots.h"
#include "models/network/protocol.h"
#include "models/network/shared_connection.h"
#include "models/scenario/describe.h"

namespace tantrum::models::network {

struct MultiplexedParameters {
    std::int64_t streams = 100;
    std::int64_t queue = scenario::unlimited;
    scenario::Bytes window = scenario::Bytes::of(65'535);
    SharedConnection::Manner manner{};
};

class Multiplexed {
public:
    Multiplexed(const MultiplexedParameters& parameters, Building& building);
    Task<Reply> call(Request request, Service& next);
    void change(const MultiplexedParameters& parameters);
    std::vector<NamedMetric> metrics() const;

private:
    MultiplexedParameters parameters_;
    Simulation& simulation_;
    Link& link_;
    engine::Slots streams_;
    SharedConnection connection_;
    std::uint64_t waited_ = 0, refused_ = 0;
    double waiting_ = 0;
};

/// A protocol with `streams`, `queue` and `window`, whose file says in mannerOf(Params) how its connection is opened.
template <class Params> class MultiplexedPolicy : public Policy {
public:
    MultiplexedPolicy(const Params& params, Building& building) : shared_(sharedOf(params), building) { building.link().carryCancellations(); }
    Task<Reply> call(Request request, Service& next) override { return shared_.call(request, next); }
    void change(const scenario::ParameterSet& parameters, std::string_view) override { shared_.change(sharedOf(parameters.as<Params>())); }
    std::vector<NamedMetric> metrics() const override { return shared_.metrics(); }

private:
    static MultiplexedParameters sharedOf(const Params& params)
    {
        MultiplexedParameters shared;
        shared.streams = params.streams;
        shared.queue = params.queue;
        shared.window = params.window;
        shared.manner = mannerOf(params);
        return shared;
    }

    Multiplexed shared_;
};

/// The metrics both have, as Multiplexed::metrics() tells them.
template <class Params> void describeMultiplexed(scenario::Describing<Params>& describing)
{
    describing.metric("opened", "connections", "connections opened")
        .metric("streams_max", "streams", "most streams at once")
        .metric("waited", "requests", "requests that waited for a free stream")
        .metric("waiting_mean_s", "s", "their mean wait")
        .metric("refused", "requests", "requests refused because the line was full")
        .metric("unanswered", "connections", "attempts to connect that nobody answered, or that were refused");
}

}  // namespace tantrum::models::network
