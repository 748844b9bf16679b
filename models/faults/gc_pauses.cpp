// The process stands still again and again: stop-the-world collections of garbage.
#include "engine/scope.h"
#include "models/faults/hosts.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

namespace tantrum::models::faults {
namespace {

using namespace scenario;

struct Params {
    NodeReference gcPauses;
    Duration every = Duration::seconds(10);
    Duration pause = Duration::milliseconds(200);
    std::optional<std::int64_t> replica;
};

class GcPauses final : public HostFault {
public:
    GcPauses(const Params& params, Building& building)
        : HostFault(building, params.gcPauses.node, params.replica), params_(params), simulation_(building.simulation()),
          luck_(building.stream("gc_pauses of " + params.gcPauses.node)), standing_(struck().size()), work_(simulation_)
    {
    }
    void begin() override
    {
        for (std::size_t index = 0; index < struck().size(); ++index) {
            const Duration first = Duration::fromNanoseconds(luck_.uniform() * static_cast<double>(params_.every.count()));
            work_.spawn(pauses(index, first));
        }
    }
    void end() override
    {
        work_.cancelAll();
        for (std::size_t index = 0; index < struck().size(); ++index)
            if (standing_[index]) struck()[index]->resume();
    }
    std::string text() const override { return "GC pauses of " + ValueType<Duration>::write(params_.pause) + replicaText(); }

private:
    void strike(Host&) override {}
    void relieve(Host&) override {}
    // Each process collects in its own time.
    Task<void> pauses(std::size_t index, Duration first)
    {
        co_await simulation_.delay(first);
        while (true) {
            Host& host = *struck()[index];
            host.pause();
            standing_[index] = true;
            co_await simulation_.delay(params_.pause);
            standing_[index] = false;
            host.resume();
            co_await simulation_.delay(params_.every);
        }
    }

    Params params_;
    Simulation& simulation_;
    engine::RandomStream luck_;
    std::vector<bool> standing_;
    engine::Scope work_;
};

}  // namespace

TANTRUM_MODEL(faults, gc_pauses)
{
    static const Descriptor built =
        describe<Params>(Kind::fault, "gc_pauses")
            .title("GC pauses").group("Faults").icon("pause_fault")
            .summary("The process stands still again and again, as with stop-the-world garbage collections.")
            .details("Each replica pauses for itself: first within `every`, then after `every` of work. Pauses come by the clock, however much work there is.")
            .required("gc_pauses", &Params::gcPauses, {.doc = "the node"})
            .parameter("every", &Params::every, {.doc = "from the end of a pause to the next", .least = Duration::milliseconds(1)})
            .parameter("length", &Params::pause, {.doc = "length of a pause", .least = Duration::nanoseconds(1)})
            .parameter("replica", &Params::replica, {.doc = "which replica, from 1; absent: all", .least = 1, .most = 10'000})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "timeline:\n  - {at: 60s, for: 2min, gc_pauses: web, every: 5s, length: 400ms}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Fault> {
                return std::make_unique<GcPauses>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::faults
