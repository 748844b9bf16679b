// One run from start to end without a window: scenario + seed + journal -> Results.
#pragma once

#include "app/core/session.h"
#include "models/world/world.h"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tantrum::app {

struct RunOptions {
    models::WorldOptions world;
    /// Ascending in time. Each entry is applied when everything up to and including its moment has happened.
    std::vector<JournalEntry> journal;
    bool audit = false;  ///< check every law at the end
    /// Called now and then, about every tenth of a second, with the simulated share done, 0..1.
    std::function<void(double share)> onProgress;
};

struct RunOutcome {
    models::Results results;            ///< wall and CPU seconds are of the run phase alone
    std::vector<std::string> refusals;  ///< why journal entries were refused
    std::vector<models::AuditLine> audit;  ///< if it was asked for
};

/// The scenario must have been read without errors.
RunOutcome run(const models::scenario::Scenario& scenario, const RunOptions& options = {});

/// A world whose commands are journalled. What Session paces and run() lets go. Single-threaded, like World.
class Runner {
public:
    Runner(const models::scenario::Scenario& scenario, const models::WorldOptions& options)
        : world_(models::World::build(scenario, options)) {}

    models::World& world() { return *world_; }
    const models::World& world() const { return *world_; }

    /// Finishes the instant at which the world stands, then goes on to the next at which nothing happens, and applies
    /// the command there: before or after the other events of its moment would be a difference that a journal cannot
    /// tell. Returns why it was refused (and is not journalled), or empty.
    std::string command(const Command& command);
    /// Applies an entry at its own moment, which must not be in the past.
    std::string replay(const JournalEntry& entry);
    const std::vector<JournalEntry>& journal() const { return journal_; }

private:
    std::string apply(const Command& command);

    std::unique_ptr<models::World> world_;
    std::vector<JournalEntry> journal_;
};

}  // namespace tantrum::app
