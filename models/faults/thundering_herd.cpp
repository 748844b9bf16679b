// Everybody at the same moment: users reconnect after an outage, a push message goes out, timers agree.
#include "models/faults/hosts.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

namespace tantrum::models::faults {
namespace {

using namespace scenario;

struct Params {
    NodeReference thunderingHerd;
    std::int64_t requests = 1000;
};

class ThunderingHerd final : public Fault {
public:
    ThunderingHerd(const Params& params, Building& building)
        : component_(building.node(params.thunderingHerd.node)), requests_(params.requests)
    {
    }
    void begin() override { component_.stampede(requests_); }
    void end() override {}
    bool momentary() const override { return true; }
    std::string text() const override { return "thundering herd"; }
    std::string target() const override { return component_.name(); }

private:
    Component& component_;
    std::int64_t requests_;
};

}  // namespace

TANTRUM_MODEL(faults, thundering_herd)
{
    static const Descriptor built =
        describe<Params>(Kind::fault, "thundering_herd")
            .title("Thundering herd").group("Faults").icon("load")
            .summary("All of a client's users ask at the same moment.")
            .details("The users of a closed client (`closed(...)`) all ask at once, whoever was thinking or waiting; from then on they think and ask as before, so that the herd runs "
                     "together for a while. Open arrivals are joined by `requests` at one moment. For all entries of a cache that expire at once there is `flush`.")
            .required("thundering_herd", &Params::thunderingHerd, {.doc = "the client"})
            .parameter("requests", &Params::requests, {.doc = "how many come at once, if arrivals are open", .least = 1, .most = 1'000'000, .unit = "requests"})
            .example("nodes:\n  users: {type: client, arrivals: closed(users=500 think=10s), sends: web}\n"
                     "  web: {type: service, workers: 8, queue: 200, work: exponential(20ms)}\n"
                     "timeline:\n  - {at: 60s, thundering_herd: users}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Fault> {
                return std::make_unique<ThunderingHerd>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::faults
