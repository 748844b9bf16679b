// What happens to a world from outside: the scenario's timeline and a person's interventions.
#pragma once

#include "models/scenario/scenario.h"
#include "models/world/parts.h"

#include <memory>
#include <vector>

namespace tantrum::models {

class Timeline {
public:
    /// All outlive it.
    Timeline(const scenario::Scenario& scenario, Parts& parts, Building& building);

    /// When the next entry begins or ends.
    Instant next() const;
    /// Begins and ends what is due at this instant, in the order of the file, ends first.
    void strike();
    /// Begins an entry now, whatever its `at` says.
    void begin(const scenario::TimelineEntry& entry, bool byUser);

    /// Shows what happens without its doing: an alert. Returns where it stands in happenings().
    std::size_t note(Happening happening)
    {
        happenings_.push_back(std::move(happening));
        return happenings_.size() - 1;
    }
    /// What was noted ends.
    void noteEnd(std::size_t note, Instant until) { happenings_[note].until = until; }

    const std::vector<Happening>& happenings() const { return happenings_; }

private:
    struct Waiting {
        Instant at;
        const scenario::TimelineEntry* entry = nullptr;
    };
    struct Lasting {
        Instant until;
        std::unique_ptr<Fault> fault;
    };

    void beginFault(const scenario::FaultAction& action, Instant until, Happening& happening);
    void set(const scenario::SetAction& action);
    void setNode(const scenario::SetAction& action);
    void setLinks(const scenario::SetAction& action);

    Parts& parts_;
    Building& building_;
    std::vector<Waiting> waiting_;  ///< ascending
    std::size_t begun_ = 0;
    std::vector<Lasting> lasting_;
    std::vector<Happening> happenings_;
};

}  // namespace tantrum::models
