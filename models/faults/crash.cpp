// A process dies: its work ends, its callers learn so, new calls are refused until it is back.
#include "models/component.h"
#include "models/faults/hosts.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

namespace tantrum::models::faults {
namespace {

using namespace scenario;

struct Params {
    NodeReference crash;
    std::optional<std::int64_t> replica;
};

class Crash final : public HostFault {
public:
    Crash(const Params& params, Building& building) : HostFault(building, params.crash.node, params.replica) {}
    std::string text() const override { return "crash" + replicaText(); }

private:
    void strike(Host& host) override { host.crash(), component().hostChanged(host); }
    void relieve(Host& host) override { host.restart(), component().hostChanged(host); }
};

}  // namespace

TANTRUM_MODEL(faults, crash)
{
    static const Descriptor built =
        describe<Params>(Kind::fault, "crash")
            .title("Crash").group("Faults").icon("crash")
            .summary("The process dies. Work under way ends, calls are refused until it is back.")
            .required("crash", &Params::crash, {.doc = "the node"})
            .parameter("replica", &Params::replica, {.doc = "which replica, from 1; absent: all", .least = 1, .most = 10'000})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "timeline:\n  - {at: 60s, for: 10s, crash: web}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Fault> {
                return std::make_unique<Crash>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::faults
