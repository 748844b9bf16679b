// Reading the entries of a mapping by name.
#pragma once

#include "models/scenario/reading.h"

#include <span>
#include <string_view>

namespace tantrum::models::scenario {

/// False after reporting that the node is not a mapping. `what`: "a link", for the message.
bool isMappingFor(const Node&, Reading&, std::string_view what);
bool isSequenceFor(const Node&, Reading&, std::string_view what);
/// Reports a key that `what` does not have.
void unknownKey(const Node& key, Reading&, std::string_view what, std::span<const std::string_view> known);
/// Reports every key that is not among the known ones.
void checkKeys(const Node& mapping, Reading&, std::string_view what, std::span<const std::string_view> known);

}  // namespace tantrum::models::scenario
