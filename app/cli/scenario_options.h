// The options that `run` and `export` share.
#pragma once

#include "app/cli/commands.h"
#include "app/cli/scenario_input.h"

namespace tantrum::app {

inline void addScenarioOptions(CLI::App& command, ScenarioArguments& arguments)
{
    command.add_option("--seed", arguments.seed, "Random seed instead of the scenario's")->type_name("N");
    command.add_option("--duration", arguments.duration, "Simulated time instead of the scenario's, such as 90s or 5min")->type_name("T");
    command.add_option("--set", arguments.changes, "Change a value of the scenario for this run; may be repeated")
        ->type_name("KEY=VALUE")->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

/// For the commands that keep what was traced.
inline void addTracesOption(CLI::App& command, ScenarioArguments& arguments)
{
    command.add_option("--traces", arguments.traces, "Trace this share of the requests, such as 1% or 0.01: each call, attempt and stay")
        ->type_name("RATE");
}

}  // namespace tantrum::app
