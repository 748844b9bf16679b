// From what stands on the command line to a scenario that can run.
#pragma once

#include "app/cli/exit_code.h"
#include "models/scenario/scenario.h"
#include "models/world/world.h"

#include <optional>
#include <string>
#include <vector>

namespace tantrum::app {

struct ScenarioArguments {
    std::string scenario;              ///< path or bundled name
    std::vector<std::string> changes;  ///< KEY=VALUE
    std::string seed, duration;        ///< empty: the scenario's own
    std::string traces;                ///< which requests to trace; empty: none
    std::string logs;                  ///< the least level of the services' logs; empty: none
};

struct ScenarioInput {
    models::scenario::Scenario scenario;
    std::string file, text;  ///< the text with the changes made
    models::WorldOptions options;
};

/// Says on standard error what is wrong, warnings included; nullopt after a mistake of the user's.
std::optional<ScenarioInput> readScenario(const ScenarioArguments& arguments);

}  // namespace tantrum::app
