#include "app/core/runner.h"

#include "app/core/processor_time.h"
#include "app/core/version.h"

#include <algorithm>
#include <chrono>

namespace tantrum::app {

namespace {

using Progress = models::World::Progress;
using Clock = std::chrono::steady_clock;

class ProgressReport {
public:
    explicit ProgressReport(const std::function<void(double)>& callback) : callback_(callback) {}

    void at(const models::World& world)
    {
        const auto now = Clock::now();
        if (!callback_ || now - last_ < std::chrono::milliseconds{100}) return;
        last_ = now;
        const double end = world.end().inSeconds();
        callback_(end > 0 ? world.now().inSeconds() / end : 1);
    }

private:
    const std::function<void(double)>& callback_;
    Clock::time_point last_ = Clock::now();
};

// Without anyone watching, the kernel is left alone until the limit.
Progress advance(models::World& world, engine::Instant limit, bool watched, ProgressReport& report)
{
    if (!watched) return world.advanceTo(limit);
    constexpr std::uint64_t slice = 1'000'000;
    while (true) {
        const Progress progress = world.advanceSome(slice, limit);
        report.at(world);
        if (progress != Progress::reached) return progress;
        if (world.now() >= limit) return world.advanceTo(limit);  // what is left of the last instant
    }
}

}  // namespace

std::string Runner::apply(const Command& command)
{
    std::string refusal = world_->apply(command.yaml);
    if (refusal.empty()) journal_.push_back({world_->now(), command});
    return refusal;
}

std::string Runner::command(const Command& command)
{
    if (world_->advanceTo(world_->now()) == Progress::stopped) return "the run has been stopped";
    // Where something happens in every nanosecond there is no free one; then it has to be any.
    constexpr int patience = 1000;
    for (int attempt = 0; attempt < patience && world_->now() < world_->end(); ++attempt) {
        const std::uint64_t before = world_->events();
        const auto next = world_->now() + engine::Duration::nanoseconds(1);
        if (world_->advanceTo(next) == Progress::stopped) return "the run has been stopped";
        if (world_->events() == before) break;
    }
    return apply(command);
}

std::string Runner::replay(const JournalEntry& entry)
{
    if (world_->now() < entry.at) world_->advanceTo(entry.at);
    return apply(entry.command);
}

RunOutcome run(const models::scenario::Scenario& scenario, const RunOptions& options)
{
    Runner runner{scenario, options.world};
    ProgressReport report{options.onProgress};
    const bool watched = static_cast<bool>(options.onProgress);
    RunOutcome outcome;

    const auto wallStart = Clock::now();
    const double cpuStart = processorSeconds();
    Progress progress = Progress::reached;
    for (const auto& entry : options.journal) {
        if (entry.at > runner.world().end()) break;
        progress = advance(runner.world(), entry.at, watched, report);
        if (progress == Progress::stopped) break;
        if (std::string refusal = runner.replay(entry); !refusal.empty()) outcome.refusals.push_back(std::move(refusal));
    }
    if (progress != Progress::stopped) advance(runner.world(), runner.world().end(), watched, report);
    const double wall = std::chrono::duration<double>(Clock::now() - wallStart).count();
    const double cpu = processorSeconds() - cpuStart;

    outcome.results = runner.world().results();
    outcome.results.version = version();
    outcome.results.wallSeconds = wall;
    outcome.results.cpuSeconds = cpu;
    if (options.audit) outcome.audit = runner.world().audit();
    return outcome;
}

}  // namespace tantrum::app
