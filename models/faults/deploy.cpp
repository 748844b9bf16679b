// A new version is put into production: what breaks systems most often.
#include "models/component.h"
#include "models/deployment.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

namespace tantrum::models::faults {
namespace {

using namespace scenario;

std::vector<Probability> usualSteps()
{
    std::vector<Probability> steps;
    for (const double share : {0.05, 0.25, 0.5, 1.0}) steps.push_back(Probability::ofShare(share));
    return steps;
}

struct Params {
    NodeReference deploy;
    std::string version;
    Strategy strategy = Strategy::rolling;
    std::vector<Probability> steps = usualSteps();
    Duration soak = Duration::seconds(60);
    Probability maxErrors = Probability::ofShare(0.05);
    Duration keep = Duration::seconds(30);
};

class Deploy final : public Fault {
public:
    Deploy(const Params& params, Building& building) : component_(building.node(params.deploy.node))
    {
        deployment_.version = params.version;
        deployment_.strategy = params.strategy;
        deployment_.steps = params.steps;
        deployment_.soak = params.soak;
        deployment_.maxErrors = params.maxErrors;
        deployment_.keep = params.keep;
    }
    void begin() override { component_.deploy(deployment_); }
    void end() override {}
    bool momentary() const override { return true; }
    std::string text() const override { return "deploy " + deployment_.version + " (" + ValueType<Strategy>::write(deployment_.strategy) + ")"; }
    std::string target() const override { return component_.name(); }

private:
    Component& component_;
    Deployment deployment_;
};

}  // namespace

TANTRUM_MODEL(faults, deploy)
{
    static const Descriptor built =
        describe<Params>(Kind::fault, "deploy")
            .title("Deployment").group("Faults").icon("deploy")
            .summary("A new version replaces the one that runs, all at once or step by step.")
            .details("What a version is like stands at the node: `versions: {v2: {errors: 5%, work: x1.5}}`; one that is not "
                     "listed there is exactly what the node's parameters say. Every run begins with `v1`; deploying it again is a "
                     "rollback. A deployment ends when it is done, so `for` has no meaning. A second one takes the place of one "
                     "under way.")
            .required("deploy", &Params::deploy, {.doc = "the node"})
            .required("version", &Params::version, {.doc = "name of the new version"})
            .parameter("strategy", &Params::strategy, {.doc = "in which order old is stopped and new started", .source = "Kubernetes apps/v1 types: RollingUpdate"})
            .parameter("steps", &Params::steps, {.doc = "canary: shares of the traffic, one after the other", .source = "common practice, unconfirmed"})
            .parameter("soak", &Params::soak, {.doc = "canary: how long each step is watched", .least = Duration()})
            .parameter("max_errors", &Params::maxErrors, {.doc = "canary: a larger share of errors, of what the new version answered in a step, takes it back"})
            .parameter("keep", &Params::keep, {.doc = "blue_green: how long the old fleet stays after the switch", .least = Duration(), .source = "Argo Rollouts scaleDownDelaySeconds: 30 s"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: kubernetes, replicas: 4, readiness: true, work: exponential(10ms), versions: {v2: {errors: 10%}}}\n"
                     "timeline:\n  - {at: 60s, deploy: web, version: v2, strategy: canary}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Fault> {
                return std::make_unique<Deploy>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::faults
