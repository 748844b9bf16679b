// Runs a scenario from the command line, with a progress line for people who watch.
#pragma once

#include "app/cli/scenario_input.h"
#include "app/core/runner.h"
#include "app/core/store.h"

namespace tantrum::app {

/// The finished run, ready to be saved or exported.
Run runOnce(const ScenarioInput& input);

}  // namespace tantrum::app
