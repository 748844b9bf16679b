// Memory that is never given back: collections take longer and longer, then the process is killed, and it begins anew.
#include "engine/scope.h"
#include "models/faults/hosts.h"
#include "models/scenario/describe.h"
#include "models/scenario/values.h"

#include <algorithm>

namespace tantrum::models::faults {
namespace {

using namespace scenario;

struct Params {
    NodeReference memoryLeak;
    Duration fillsIn = Duration::seconds(60);
    Duration every = Duration::seconds(1);
    Duration pause = Duration::milliseconds(20);
    Duration restart = Duration::seconds(10);
    std::optional<std::int64_t> replica;
};

class MemoryLeak final : public HostFault {
public:
    MemoryLeak(const Params& params, Building& building)
        : HostFault(building, params.memoryLeak.node, params.replica), params_(params), simulation_(building.simulation()),
          luck_(building.stream("memory_leak of " + params.memoryLeak.node)), state_(struck().size(), State::works), work_(simulation_)
    {
    }
    void begin() override
    {
        for (std::size_t index = 0; index < struck().size(); ++index) work_.spawn(leak(index));
    }
    void end() override
    {
        work_.cancelAll();
        for (std::size_t index = 0; index < struck().size(); ++index) {
            if (state_[index] == State::stands) struck()[index]->resume();
            if (state_[index] == State::down) rise(*struck()[index]);
        }
    }
    std::string text() const override { return "memory leak" + replicaText(); }

private:
    enum class State : std::uint8_t { works, stands, down };
    void strike(Host&) override {}
    void relieve(Host&) override {}
    void rise(Host& host) { host.restart(), component().hostChanged(host); }

    // The fuller, the more often it has to collect for the same work: pauses grow with 1 / free.
    Task<void> leak(std::size_t index)
    {
        Host& host = *struck()[index];
        while (true) {
            const double lasts = static_cast<double>(params_.fillsIn.count()) * (0.9 + 0.2 * luck_.uniform());
            const Instant begun = simulation_.now();
            while (true) {
                co_await simulation_.delay(params_.every);
                const double free = 1 - static_cast<double>((simulation_.now() - begun).count()) / lasts;
                if (free <= 0) break;
                host.pause();
                state_[index] = State::stands;
                const double pause = static_cast<double>(params_.pause.count()) / std::max(free, 0.01);
                const Duration length = Duration::fromNanoseconds(pause);
                co_await simulation_.delay(length);
                state_[index] = State::works;
                host.resume();
            }
            host.crash();
            state_[index] = State::down;
            component().hostChanged(host);
            co_await simulation_.delay(params_.restart);
            state_[index] = State::works;
            rise(host);
        }
    }

    Params params_;
    Simulation& simulation_;
    engine::RandomStream luck_;
    std::vector<State> state_;
    engine::Scope work_;
};

}  // namespace

TANTRUM_MODEL(faults, memory_leak)
{
    static const Descriptor built =
        describe<Params>(Kind::fault, "memory_leak")
            .title("Memory leak").group("Faults").icon("storage")
            .summary("Memory fills up: pauses of the collector grow, then the process is killed and begins anew.")
            .details("Memory fills evenly within `fills_in` (each time up to a tenth more or less, so that replicas do not die together for ever). Each `every` the process stands still for "
                     "`length` / (the share of memory still free), at most a hundred times `length`. Full, it is killed as by the kernel's OOM killer: work under way ends, "
                     "and `restart` later it is back with empty memory, to leak again until the fault ends. The leak goes by the clock, not by requests.")
            .required("memory_leak", &Params::memoryLeak, {.doc = "the node"})
            .parameter("fills_in", &Params::fillsIn, {.doc = "from empty to full", .least = Duration::milliseconds(1)})
            .parameter("every", &Params::every, {.doc = "from the end of a collection to the next", .least = Duration::milliseconds(1)})
            .parameter("length", &Params::pause, {.doc = "a collection with empty memory", .least = Duration()})
            .parameter("restart", &Params::restart, {.doc = "from the kill until it is back", .least = Duration::milliseconds(1)})
            .parameter("replica", &Params::replica, {.doc = "which replica, from 1; absent: all", .least = 1, .most = 10'000})
            .example("nodes:\n  users: {type: client, arrivals: poisson(100/s), sends: web}\n"
                     "  web: {type: service, workers: 8, work: exponential(20ms)}\n"
                     "timeline:\n  - {at: 60s, for: 5min, memory_leak: web, fills_in: 90s}\n")
            .creates([](const Params& params, Building& building) -> std::unique_ptr<Fault> {
                return std::make_unique<MemoryLeak>(params, building);
            });
    return built;
}

}  // namespace tantrum::models::faults
