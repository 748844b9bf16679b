// A node's clock is wrong.
#include "models/component.h"
#include "models/faults/hosts.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

namespace tantrum::models::faults {
namespace {

using namespace scenario;

enum class Direction : std::uint8_t { ahead, behind };
constexpr auto choices(Direction)
{
    return std::array{Choice<Direction>{Direction::ahead, "ahead", "it shows a later time"},
                      Choice<Direction>{Direction::behind, "behind", "it shows an earlier time"}};
}

struct Params {
    NodeReference clockSkew;
    Duration by = Duration::seconds(1);
    double drift = 0;
    Direction direction = Direction::ahead;
};

class ClockSkew final : public Fault {
public:
    ClockSkew(const Params& params, Building& building)
        : params_(params), simulation_(building.simulation()), out_(building.routes(params.clockSkew.node, "*")), in_(building.routes("*", params.clockSkew.node))
    {
    }
    // Of a route the difference counts: the node's callers see its clock, its callees are seen by it.
    void begin() override
    {
        const bool ahead = params_.direction == Direction::ahead;
        const auto drift = static_cast<std::int64_t>(params_.drift * 1000);
        clock_ = {ahead ? params_.by : Duration() - params_.by, ahead ? drift : -drift, simulation_.now()};
        other_ = {Duration() - clock_.offset, -clock_.driftPerBillion, clock_.since};
        for (Route* route : out_) route->disturb([&](Disturbances& disturbances) { disturbances.skew(clock_); });
        for (Route* route : in_) route->disturb([&](Disturbances& disturbances) { disturbances.skew(other_); });
    }
    void end() override
    {
        for (Route* route : out_) route->disturb([&](Disturbances& disturbances) { disturbances.unskew(clock_); });
        for (Route* route : in_) route->disturb([&](Disturbances& disturbances) { disturbances.unskew(other_); });
    }
    std::string text() const override
    {
        return "clock " + ValueType<Duration>::write(params_.by) + " " + ValueType<Direction>::write(params_.direction) +
               (params_.drift > 0 ? ", drifting by " + plainNumber(params_.drift) + " ppm" : std::string());
    }
    std::string target() const override { return params_.clockSkew.node; }

private:
    Params params_;
    Simulation& simulation_;
    std::vector<Route*> out_, in_;
    Disturbances::Clock clock_, other_;
};

}  // namespace

TANTRUM_MODEL(faults, clock_skew)
{
    static const Descriptor built =
        describe<Params>(Kind::fault, "clock_skew")
            .title("Clock skew").group("Faults").icon("skew").aimsAtNetwork()
            .summary("A node's clock is wrong: deadlines that travel as a time of day are judged wrongly.")
            .details("What a node's clock says matters where one node writes a moment down and another holds it against its own clock. In this catalogue that is the **deadline** of a "
                     "request: a caller's `timeout` or `deadline`, a balancer's. It travels as a time of day (`X-Deadline: 12:00:07`), and who is called judges it: a service or "
                     "database with `drop_expired`, and the `deadline` policy on the callee's own links, which calls nobody when nothing is left. A callee that is ahead finds requests expired that are "
                     "not and drops them unworked; one that is behind works for callers that have gone. Over `grpc` nothing happens: it sends the time that is left. "
                     "Nor between nodes without a link, which share a process and its clock.\n\n"
                     "Everything else here measures spans on one clock, and is not disturbed: timeouts and backoff themselves, visibility and TTLs (kept and judged by the same node), election "
                     "timeouts and heartbeats of `raft_group`, a quorum store's versions (it does not let the last clock win). Leases that a client reads off its own clock, "
                     "tokens with an expiry time and last-write-wins by clocks are not modelled.")
            .required("clock_skew", &Params::clockSkew, {.doc = "the node"})
            .parameter("by", &Params::by, {.doc = "how far off it is from the beginning", .least = Duration(), .most = Duration::seconds(1'000'000)})
            .parameter("drift", &Params::drift, {.doc = "how much further in each second, in millionths (ppm)", .least = 0.0, .most = 1'000'000.0, .source = "quartz: 20 to 100 ppm, unconfirmed"})
            .parameter("direction", &Params::direction, {.doc = "which way"})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms), drop_expired: true}\n"
                     "links:\n  users -> web: {latency: 1ms, policies: [timeout: 200ms]}\ntimeline:\n  - {at: 60s, for: 60s, clock_skew: web, by: 2s}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Fault> {
                return std::make_unique<ClockSkew>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::faults
