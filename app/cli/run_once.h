// Runs a scenario from the command line, with a progress line for people who watch.
#pragma once

#include "app/cli/scenario_input.h"
#include "app/core/runner.h"
#include "app/core/store.h"

namespace tantrum::app {

/// The finished run, ready to be saved or exported. Fills `audit`, if there is one, with every law for every node and link.
Run runOnce(const ScenarioInput& input, std::vector<models::AuditLine>* audit = nullptr);

}  // namespace tantrum::app
