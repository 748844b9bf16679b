#include "models/replicas.h"

#include "models/plain_stay.h"

namespace tantrum::models {

engine::Slots::Discipline disciplineOf(Queueing queueing)
{
    switch (queueing) {
    case Queueing::fifo: return engine::Slots::Discipline::firstInFirstOut;
    case Queueing::lifo: return engine::Slots::Discipline::lastInFirstOut;
    case Queueing::adaptiveLifo: break;
    }
    return engine::Slots::Discipline::adaptive;
}

Handler::Handler(scenario::Operations operations, std::optional<scenario::DurationDistribution> work)
    : operations_(std::move(operations)), work_(std::move(work))
{
}

void Handler::connect(Building& building)
{
    if (operations_.list().empty()) {
        scenario::Step step;
        step.action = scenario::Work{work_.value_or(scenario::DurationDistribution())};
        programs_.emplace_back(scenario::Program{step}, building);
    }
    for (const scenario::Operation& operation : operations_.list()) programs_.emplace_back(operation.program, building);
}

std::vector<std::string> Handler::operations() const
{
    std::vector<std::string> names;
    for (const scenario::Operation& operation : operations_.list()) names.push_back(operation.name);
    return names;
}

void Handler::changeWork(const scenario::DurationDistribution& work)
{
    for (Program& program : programs_) program.changeWork(work.distribution);
}

Replica::Replica(const Handler& of, Station& station, Simulation& simulation, const ReplicaParameters& parameters,
                 engine::RandomStream& luck)
    : handler(of), host(simulation),
      workers(simulation, parameters.workers, parameters.queue, disciplineOf(parameters.discipline)),
      site{host, luck, station, nullptr, parameters.blocking ? &workers : nullptr, parameters.blocking ? nullptr : &workers,
           parameters.dropExpired}
{
    if (parameters.cores) {
        cores.emplace(simulation, *parameters.cores);
        host.drive(*cores);
        site.shared = &*cores;
    }
}

Task<Reply> Replica::call(Request request)
{
    const Program& program = handler.program(request.operation);
    if (const engine::Distribution* work = program.onlyWork(); work && PlainStay::suits(site)) [[likely]]
        return PlainStay::of(site, *work, request);
    return program.serve(site, request);
}

void Replica::look(Levels& levels, Instant now)
{
    levels.takeBusy(workers.busy(), now);
    levels.takeQueue(workers.queue(), now);
    levels.up += host.up();
    levels.paused |= host.paused();
}

}  // namespace tantrum::models
