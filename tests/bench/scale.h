// How cost grows with size: pending timers, users, nodes and links, requests in flight.
#pragma once

#include "app/core/expected.h"
#include "tests/bench/figures.h"

#include <string>
#include <vector>

namespace tantrum::bench {

/// Timers of random spans, 10^2 to 10^6 of them pending, through the engine alone; and as many users who think, ask and
/// think again, through the whole model.
app::Expected<std::vector<Figure>> measurePending();
/// A graph of 10,000 nodes and 50,000 links: read, built, run.
app::Expected<std::vector<Figure>> measureLargeGraph();
/// A million requests in flight at once, in a process of its own: its peak memory.
app::Expected<std::vector<Figure>> measureInFlight();

/// What that process runs; `network`: over a link with policies, instead of in one process. Returns the highest number
/// of requests in flight it saw, and the peak of its memory in KiB.
app::Expected<std::string> runInFlight(bool network);

}  // namespace tantrum::bench
