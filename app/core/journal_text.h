// What a person did to a run, written into its scenario.
#pragma once

#include "app/core/session.h"

#include <string>
#include <vector>

namespace tantrum::app {

struct JournalText {
    std::string text;
    std::vector<std::string> refusals;  ///< entries that could not be written, and why
};

/// The scenario's own text with the journal appended to `timeline`; everything else stays as it stood.
JournalText scenarioWithJournal(const models::scenario::Scenario& scenario, const std::vector<JournalEntry>& journal);

}  // namespace tantrum::app
