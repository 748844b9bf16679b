// Work takes longer: a noisy neighbour, a cold cache, a thermal limit.
#include "models/faults/hosts.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

namespace tantrum::models::faults {
namespace {

using namespace scenario;

struct Params {
    NodeReference slow;
    double factor = 4;
    std::optional<std::int64_t> replica;
};

class Slow final : public HostFault {
public:
    Slow(const Params& params, Building& building)
        : HostFault(building, params.slow.node, params.replica), factor_(params.factor)
    {
    }
    std::string text() const override { return "slow ×" + plainNumber(factor_) + replicaText(); }

private:
    void strike(Host& host) override { host.slow(factor_); }
    void relieve(Host& host) override { host.unslow(factor_); }
    double factor_;
};

}  // namespace

TANTRUM_MODEL(faults, slow)
{
    static const Descriptor built =
        describe<Params>(Kind::fault, "slow")
            .title("Slow").group("Faults").icon("slow")
            .summary("Work takes several times as long, work under way included.")
            .required("slow", &Params::slow, {.doc = "the node"})
            .parameter("factor", &Params::factor, {.doc = "how many times as long", .least = 0.001, .most = 1'000'000})
            .parameter("replica", &Params::replica, {.doc = "which replica, from 1; absent: all", .least = 1, .most = 10'000})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "timeline:\n  - {at: 60s, for: 15s, slow: web, factor: 4}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Fault> {
                return std::make_unique<Slow>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::faults
