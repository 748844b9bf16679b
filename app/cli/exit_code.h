// How the command line ends (design.md §6).
#pragma once

namespace tantrum::app {

enum class ExitCode : int {
    fine = 0,
    expectationFailed = 1,
    usersMistake = 2,  ///< usage, scenario
    environment = 3,   ///< disk, database, display
    stoppedByGuard = 4
};

}  // namespace tantrum::app
