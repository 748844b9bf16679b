// What stands on the timeline: happenings of the run, and entries of the scenario that are still to come.
#pragma once

#include "models/scenario/scenario.h"
#include "models/world/view.h"

#include <QString>

#include <vector>

namespace tantrum::studio {

struct TimelineMark {
    models::Happening::Kind kind = models::Happening::Kind::fault;
    double from = 0, until = 0;  ///< seconds; equal for a moment; until is the end of the run while it lasts
    bool lasting = false;        ///< no end is known
    bool ahead = false;          ///< scheduled, not yet happened
    bool byUser = false;
    QString text, target;

    bool isSpan() const { return until > from; }
    /// "slow ×4, payments, 60 to 70 s"
    QString sentence() const;
};

/// Ordered by time.
std::vector<TimelineMark> marksOf(const std::vector<models::Happening>& happenings,
                                  const models::scenario::Scenario& scenario, engine::Instant now, double endSeconds);

}  // namespace tantrum::studio
