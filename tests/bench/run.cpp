#include "tests/bench/run.h"

#include "models/scenario/reader.h"

namespace tantrum::bench {
namespace {

using Progress = models::World::Progress;

app::Expected<void> unlessStopped(Progress progress, const models::World& world)
{
    if (progress == Progress::stopped) return app::Failure{world.stopReason(), {}};
    return {};
}

}  // namespace

app::Expected<std::unique_ptr<models::World>> buildFrom(const std::string& yaml)
{
    const auto result = models::scenario::read(yaml, "generated", models::catalogue());
    if (!result.scenario) return app::Failure{models::scenario::render(result.diagnostics), {}};
    return models::World::build(*result.scenario, {});
}

app::Expected<void> advanceEvents(models::World& world, std::uint64_t events)
{
    return unlessStopped(world.advanceSome(events, world.end()), world);
}

app::Expected<void> advanceTo(models::World& world, engine::Instant limit)
{
    return unlessStopped(world.advanceTo(limit), world);
}

}  // namespace tantrum::bench
