// The rules, each as a function from a source to what it does wrong ("line 12: …"); empty: nothing.
#pragma once

#include "tests/tidy/support/sources.h"

#include <string>
#include <vector>

namespace tantrum::tidy {

using Complaints = std::vector<std::string>;

/// engine <- models <- app/core <- app/cli | app/studio; folders of models meet only at the root and the engine.
Complaints arrowsOf(const Source& source);
/// What g++ 12 miscompiles inside a co_await expression: capturing lambdas, temporaries built with braces.
Complaints coroutineHazardsOf(const Source& source);
/// Luck and clocks of the machine, transcendental functions of its libm: not the same run everywhere.
Complaints sourcesOfDivergenceOf(const Source& source);
/// Walks over a hash table, or tables sorted by address: an order that differs between machines and runs.
Complaints machineOrderOf(const Source& source);
Complaints unfinishedWorkOf(const Source& source);
Complaints headerFormOf(const Source& source);
Complaints machinePathsOf(const Source& source);
Complaints macrosOutOfLineOf(const Source& source);
Complaints sizeOf(const Source& source);
Complaints slowTypesOf(const Source& source);

}  // namespace tantrum::tidy
