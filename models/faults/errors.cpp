// A share of requests is answered with an error.
#include "models/faults/hosts.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

namespace tantrum::models::faults {
namespace {

using namespace scenario;

struct Params {
    NodeReference errors;
    Probability share = Probability::ofShare(1);
    std::optional<std::int64_t> replica;
};

class Errors final : public HostFault {
public:
    Errors(const Params& params, Building& building)
        : HostFault(building, params.errors.node, params.replica), share_(params.share.share())
    {
    }
    std::string text() const override { return "errors " + plainNumber(share_ * 100) + " %" + replicaText(); }

private:
    void strike(Host& host) override { host.addErrors(share_); }
    void relieve(Host& host) override { host.removeErrors(share_); }
    double share_;
};

}  // namespace

TANTRUM_MODEL(faults, errors)
{
    static const Descriptor built =
        describe<Params>(Kind::fault, "errors")
            .title("Errors").group("Faults").icon("errors")
            .summary("A share of requests is answered with an error.")
            .required("errors", &Params::errors, {.doc = "the node"})
            .parameter("share", &Params::share, {.doc = "of requests"})
            .parameter("replica", &Params::replica, {.doc = "which replica, from 1; absent: all", .least = 1, .most = 10'000})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "timeline:\n  - {at: 60s, for: 30s, errors: web, share: 20%}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Fault> {
                return std::make_unique<Errors>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::faults
