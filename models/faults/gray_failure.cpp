// Neither up nor down: slow, and wrong now and then, while anyone who only asks whether it lives hears yes.
#include "models/faults/hosts.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

namespace tantrum::models::faults {
namespace {

using namespace scenario;

struct Params {
    NodeReference grayFailure;
    Probability errors = Probability::ofShare(0.05);
    double factor = 5;
    std::optional<std::int64_t> replica;
};

class GrayFailure final : public HostFault {
public:
    GrayFailure(const Params& params, Building& building)
        : HostFault(building, params.grayFailure.node, params.replica), errors_(params.errors.share()), factor_(params.factor)
    {
    }
    std::string text() const override { return "gray failure, errors " + plainNumber(errors_ * 100) + " %, slow ×" + plainNumber(factor_) + replicaText(); }

private:
    void strike(Host& host) override { host.addErrors(errors_), host.slow(factor_); }
    void relieve(Host& host) override { host.removeErrors(errors_), host.unslow(factor_); }
    double errors_, factor_;
};

}  // namespace

TANTRUM_MODEL(faults, gray_failure)
{
    static const Descriptor built =
        describe<Params>(Kind::fault, "gray_failure")
            .title("Gray failure").group("Faults").icon("warning")
            .summary("A node that is neither up nor down: it is slow and answers a share of requests with errors.")
            .details("As the two faults `errors` and `slow` at once, most telling on one replica of several: a check that only asks whether it lives finds nothing.")
            .required("gray_failure", &Params::grayFailure, {.doc = "the node"})
            .parameter("share", &Params::errors, {.doc = "share of requests that fail"})
            .parameter("factor", &Params::factor, {.doc = "how many times as long work takes", .least = 0.001, .most = 1'000'000})
            .parameter("replica", &Params::replica, {.doc = "which replica, from 1; absent: all", .least = 1, .most = 10'000})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, replicas: 3, workers: 8, work: exponential(20ms)}\n"
                     "timeline:\n  - {at: 60s, for: 60s, gray_failure: web, share: 5%, factor: 10, replica: 1}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Fault> {
                return std::make_unique<GrayFailure>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::faults
