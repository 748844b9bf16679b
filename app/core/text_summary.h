// What `tantrum run` prints for a person: a few aligned tables and one line a claim.
#pragma once

#include "models/world/audit.h"
#include "models/world/results.h"

#include <cstddef>
#include <string>
#include <vector>

namespace tantrum::app {

/// UTF-8, ends with a newline. Control characters in foreign names are escaped.
std::string textSummary(const models::Results& results);

/// "✓ p99(shoppers.latency) < 250ms  held: 80.1 ms"; without a newline.
std::string expectLine(const models::ExpectResult& claim, std::size_t textWidth = 0);

/// What has to be known beside the claim's value: why it could not be judged, or how little the sample says. May be empty.
std::string remarkOn(const models::ExpectResult& claim);

/// A table of every law with both sides and the verdict, and one closing sentence.
std::string auditText(const std::vector<models::AuditLine>& audit);
std::size_t violationsIn(const std::vector<models::AuditLine>& audit);

}  // namespace tantrum::app
