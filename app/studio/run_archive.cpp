#include "app/studio/run_archive.h"

#include "app/core/runner.h"
#include "app/core/store.h"

namespace tantrum::studio {

RunArchive::RunArchive(std::filesystem::path file, std::function<void(const std::string&)> onFailure)
    : file_(std::move(file)), onFailure_(std::move(onFailure)), worker_([this] { work(); })
{
}

RunArchive::~RunArchive()
{
    {
        const std::lock_guard lock{mutex_};
        closing_ = true;
    }
    wake_.notify_one();
}

void RunArchive::keep(const app::Session& session)
{
    {
        const std::lock_guard lock{mutex_};
        jobs_.push_back({session.scenario(), session.journal(), session.latest()->time.sinceStart()});
    }
    wake_.notify_one();
}

void RunArchive::work()
{
    for (;;) {
        std::unique_lock lock{mutex_};
        wake_.wait(lock, [this] { return closing_ || !jobs_.empty(); });
        if (jobs_.empty()) return;
        const Job job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        save(job);
    }
}

// A session hands out pictures, not results; but a run is a pure function of its inputs, so that running it again at
// full speed, to the moment it had reached, gives exactly the results it had.
void RunArchive::save(const Job& job)
{
    app::RunOptions options;
    options.world.duration = job.reached;
    options.journal = job.journal;
    app::Run run;
    run.scenarioFile = job.scenario.file;
    run.scenarioText = job.scenario.tree ? job.scenario.tree->source() : std::string();
    run.duration = job.reached;
    run.journal = job.journal;
    run.results = app::run(job.scenario, options).results;
    run.histograms = app::histogramsOf(run.results);
    auto store = app::Store::open(file_, app::Store::Access::write);
    if (!store) return onFailure_("The run was not saved: " + store.failure().message);
    if (const auto id = store->save(run); !id) onFailure_("The run was not saved: " + id.failure().message);
}

}  // namespace tantrum::studio
