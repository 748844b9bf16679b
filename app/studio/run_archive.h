// Saves runs of the window in the results store, in the order in which they ended, without making the window wait.
#pragma once

#include "app/core/session.h"

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace tantrum::studio {

class RunArchive {
public:
    /// `onFailure` is called, from another thread, with one sentence when a run could not be saved.
    RunArchive(std::filesystem::path file, std::function<void(const std::string&)> onFailure);
    ~RunArchive();  ///< saves what is waiting

    /// The run as far as it has come: text, seed and journal say what it was, and repeat it.
    void keep(const app::Session& session);

private:
    struct Job {
        models::scenario::Scenario scenario;
        std::vector<app::JournalEntry> journal;
        engine::Duration reached;
    };
    void work();
    void save(const Job& job);

    std::filesystem::path file_;
    std::function<void(const std::string&)> onFailure_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Job> jobs_;
    bool closing_ = false;
    std::jthread worker_;  // last: joined before anything above goes
};

}  // namespace tantrum::studio
