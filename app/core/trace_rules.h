// What `--traces` asks for: a share of the requests, chosen when they begin, or rules about what became of them.
#pragma once

#include "models/observability/tail_traces.h"
#include "models/scenario/units.h"

#include <optional>
#include <string_view>

namespace tantrum::app {

struct TraceRules {
    double share = 0;                           ///< head sampling; 0 with tail sampling
    std::optional<models::TailSampling> tail;
};

/// "1%" is head sampling. Anything else is tail sampling by rules with commas between them: "errors", "span_errors",
/// "slow>500ms", a share such as "5%", and "wait=10s", "after_root=1s", "held=50000" of when and from how many it chooses.
models::scenario::Parsed<TraceRules> parseTraceRules(std::string_view text);

}  // namespace tantrum::app
