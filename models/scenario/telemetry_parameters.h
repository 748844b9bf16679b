// The words of the section `telemetry` as the parameter machinery reads them.
#pragma once

#include "models/scenario/telemetry.h"
#include "models/scenario/values.h"

namespace tantrum::models::scenario {

constexpr auto choices(Answering)
{
    return std::array{Choice<Answering>{Answering::workers, "workers", "the workers that answer requests: a scrape waits in their queue"},
                      Choice<Answering>{Answering::aside, "aside", "a thread of its own in the same process"}};
}

}  // namespace tantrum::models::scenario
