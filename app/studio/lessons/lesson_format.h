// How lesson.md is written is said, once, in app/core/lesson.h, whose parser the command line and the tests share.
// Here: what the window makes of a step.
#pragma once

#include "app/core/lesson.h"

#include <QString>

#include <optional>

namespace tantrum::studio {

/// Where a person is in a step. Parts after the question wait for an answer, parts after the run for its end.
struct StepProgress {
    std::optional<std::size_t> chosen;                 ///< the option
    bool running = false;
    std::optional<app::LessonFindings> findings;
    QString failure;                                   ///< why the run did not come to an end
    double wallSeconds = 0;

    bool mayRun(const app::LessonStep& step) const
    {
        return !running && (chosen || !step.part(app::LessonPart::Kind::predict));
    }
    /// How many parts of the step are shown: up to and including the run until it has ended, then all.
    std::size_t shownParts(const app::LessonStep& step) const;
};

/// "measured 86/s": what the claim of an option or check came to, in the unit of its bound.
QString measuredText(const models::ExpectResult& result);
/// "You said back at 420/s, measured 86/s."
QString verdictText(const app::LessonPart& question, const StepProgress& progress);

}  // namespace tantrum::studio
