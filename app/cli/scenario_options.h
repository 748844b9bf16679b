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
    command.add_option("--traces", arguments.traces,
                       "Trace requests, each call, attempt and stay: a share of them, such as 1%, or those that rules choose by their end: slow>500ms,errors,5%")
        ->type_name("RULES");
}

/// For the commands that keep what was logged.
inline void addLogLevelOption(CLI::App& command, ScenarioArguments& arguments)
{
    command.add_option("--log-level", arguments.logs, "Keep the services' logs from this level on: debug, info, warn, error (default: info)")
        ->type_name("LEVEL")
        ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
}

}  // namespace tantrum::app
