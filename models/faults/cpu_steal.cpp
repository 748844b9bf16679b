// The hypervisor gives processor time to others: what a machine works, it works slower.
#include "models/faults/hosts.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

namespace tantrum::models::faults {
namespace {

using namespace scenario;

struct Params {
    NodeReference cpuSteal;
    Probability share = Probability::ofShare(0.5);
    std::optional<std::int64_t> replica;
};

class CpuSteal final : public HostFault {
public:
    CpuSteal(const Params& params, Building& building) : HostFault(building, params.cpuSteal.node, params.replica), share_(params.share.share()) {}
    std::string text() const override { return "CPU steal " + plainNumber(share_ * 100) + " %" + replicaText(); }

private:
    void strike(Host& host) override
    {
        if (share_ < 1)
            host.slow(1 / (1 - share_));
        else
            host.pause();
    }
    void relieve(Host& host) override
    {
        if (share_ < 1)
            host.unslow(1 / (1 - share_));
        else
            host.resume();
    }
    double share_;
};

}  // namespace

TANTRUM_MODEL(faults, cpu_steal)
{
    static const Descriptor built =
        describe<Params>(Kind::fault, "cpu_steal")
            .title("CPU steal").group("Faults").icon("slow")
            .summary("A share of the machine's processor time goes to others: noisy neighbours, spent burst credits.")
            .details("Work takes 1 / (1 − share) times as long; with all of it taken, nothing goes on. Time is taken evenly, not in slices, and all work counts as work of the processor; waiting does not take longer.")
            .required("cpu_steal", &Params::cpuSteal, {.doc = "the node"})
            .parameter("share", &Params::share, {.doc = "of the time that is taken away"})
            .parameter("replica", &Params::replica, {.doc = "which replica, from 1; absent: all", .least = 1, .most = 10'000})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "timeline:\n  - {at: 60s, for: 30s, cpu_steal: web, share: 60%}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Fault> {
                return std::make_unique<CpuSteal>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::faults
