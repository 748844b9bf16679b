// What `tantrum run` prints for a person: a few aligned tables and one line a claim.
#pragma once

#include "models/world/results.h"

#include <string>

namespace tantrum::app {

/// UTF-8, ends with a newline. Control characters in foreign names are escaped.
std::string textSummary(const models::Results& results);

/// "✓ p99(shoppers.latency) < 250ms  held: 80.1 ms"; without a newline.
std::string expectLine(const models::ExpectResult& claim, std::size_t textWidth = 0);

}  // namespace tantrum::app
