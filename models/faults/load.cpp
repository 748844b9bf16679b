// A client sends more, or less.
#include "models/component.h"
#include "models/faults/hosts.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

namespace tantrum::models::faults {
namespace {

using namespace scenario;

struct Params {
    NodeReference load;
    double factor = 2;
};

class Load final : public Fault {
public:
    Load(const Params& params, Building& building) : component_(building.node(params.load.node)), factor_(params.factor) {}
    void begin() override { component_.addLoad(factor_); }
    void end() override { component_.removeLoad(factor_); }
    std::string text() const override { return "load ×" + plainNumber(factor_); }
    std::string target() const override { return component_.name(); }

private:
    Component& component_;
    double factor_;
};

}  // namespace

TANTRUM_MODEL(faults, load)
{
    static const Descriptor built =
        describe<Params>(Kind::fault, "load")
            .title("Load").group("Faults").icon("load")
            .summary("A client sends several times as much.")
            .required("load", &Params::load, {.doc = "the client"})
            .parameter("factor", &Params::factor, {.doc = "how many times as much", .least = 0.001, .most = 1'000})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "timeline:\n  - {at: 60s, for: 20s, load: users, factor: 3}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Fault> {
                return std::make_unique<Load>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::faults
