// The process stands still but lives: a long garbage collection, a stopped virtual machine. Callers wait.
#include "models/faults/hosts.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

namespace tantrum::models::faults {
namespace {

using namespace scenario;

struct Params {
    NodeReference pause;
    std::optional<std::int64_t> replica;
};

class Pause final : public HostFault {
public:
    Pause(const Params& params, Building& building) : HostFault(building, params.pause.node, params.replica) {}
    std::string text() const override { return "pause" + replicaText(); }

private:
    void strike(Host& host) override { host.pause(); }
    void relieve(Host& host) override { host.resume(); }
};

}  // namespace

TANTRUM_MODEL(faults, pause)
{
    static const Descriptor built =
        describe<Params>(Kind::fault, "pause")
            .title("Pause").group("Faults").icon("pause_fault")
            .summary("The process stands still; its work goes on where it stopped when the pause ends.")
            .required("pause", &Params::pause, {.doc = "the node"})
            .parameter("replica", &Params::replica, {.doc = "which replica, from 1; absent: all", .least = 1, .most = 10'000})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "timeline:\n  - {at: 60s, for: 2s, pause: web}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Fault> {
                return std::make_unique<Pause>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::faults
