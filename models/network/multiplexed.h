// What HTTP/2 and HTTP/3 share: streams on one connection.
#pragma once

#include "engine/slots.h"
#include "models/network/protocol.h"
#include "models/network/shared_connection.h"

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

}  // namespace tantrum::models::network
