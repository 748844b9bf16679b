// A lesson: prose, a run, a prediction and claims that are measured, not asserted. One Markdown file, lesson.md, next to
// the scenario.yaml it is about.
//
//     # Retry storms                       the title; paragraphs up to the first step introduce the lesson
//     ## Why it stays down                 a step; its parts are shown in order
//     At 60 s **payments** slows down.     prose: paragraphs, lists, **bold**, *italics*, `code`
//
//     ```predict                           asked before the run; exactly one option's claim should hold
//     What is goodput at 90 s?
//     - Back at 420/s => goodput(shoppers) > 400/s after 80s
//     - Below 100/s, and flat => goodput(shoppers) < 100/s after 80s
//     ```
//
//     ```run                               a run of the scenario; what follows it in the step is shown once it ended
//     until: 90s                           optional: instead of the scenario's duration
//     seed: 7                              optional
//     set: checkout.workers = 8            any number of edits, paths as in models/scenario/document.h
//     ```
//
//     ```check                             claims (the language of `expect`) about the step's run, one a line
//     goodput(shoppers) < 100/s after 80s
//     ```
//
// Any other fenced block is prose. A step has at most one `run` and one `predict`; both, and `check`, need a `run`.
#pragma once

#include "app/core/expected.h"
#include "models/scenario/catalogue.h"
#include "models/world/results.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tantrum::app {

struct LessonOption {
    std::string text;
    std::string claim;  ///< right exactly when it holds
};

struct LessonPart {
    enum class Kind : unsigned char { prose, predict, run, check } kind = Kind::prose;
    std::string text;                                         ///< prose: Markdown; predict: the question
    std::vector<LessonOption> options;                        ///< predict
    std::vector<std::string> claims;                          ///< check
    std::string until, seed;                                  ///< run; empty: the scenario's own
    std::vector<std::pair<std::string, std::string>> changes; ///< run: path, value
    int line = 0;                                             ///< in the file, from 1
};

struct LessonStep {
    std::string title;
    std::vector<LessonPart> parts;

    const LessonPart* part(LessonPart::Kind kind) const;  ///< the first of that kind, or nullptr
};

struct LessonMistake {
    int line = 0;
    std::string message;
};

struct Lesson {
    std::string title;
    std::string introduction;  ///< Markdown
    std::vector<LessonStep> steps;
};

struct LessonReading {
    Lesson lesson;
    std::vector<LessonMistake> mistakes;  ///< empty: the lesson may be shown
};

/// Never throws; any text gives a lesson, with the mistakes that were found.
LessonReading parseLesson(std::string_view markdown);

/// What the claims of a step came to: options first, in order, then the lines of its `check` parts.
struct LessonFindings {
    std::vector<models::ExpectResult> options, claims;
    models::Results results;

    bool kept() const;                    ///< every claim held, and exactly one option
    std::optional<std::size_t> right() const;  ///< the option that held, if exactly one did
};

/// The scenario's text as the step runs it, without its own `expect` lines.
Expected<std::string> textOfStep(const LessonStep& step, const std::string& scenarioText,
                                 const models::scenario::Catalogue& catalogue);

/// Runs the step and judges its claims. `directory`: where files named in the scenario are looked for.
Expected<LessonFindings> judgeStep(const LessonStep& step, const std::string& scenarioText,
                                   const std::filesystem::path& directory,
                                   const models::scenario::Catalogue& catalogue);

}  // namespace tantrum::app
