// Values for parameters of any kind, as text that the reader takes.
#pragma once

#include "models/scenario/expression.h"
#include "models/scenario/parameter.h"
#include "tests/swarm/support/luck.h"

#include <optional>
#include <span>
#include <string>

namespace tantrum::swarm {

/// A value for a parameter that names no node; nullopt for kinds that the generator has to handle itself (references,
/// steps) and for kinds it does not know. Zero, one and other edge cases come often.
std::optional<std::string> valueFor(const models::scenario::Parameter& parameter, Luck& luck);
/// Whether valueFor, or the generator, knows this kind.
bool isKnown(const std::string& kind);

std::string timeLaw(Luck& luck);
std::string sizeLaw(Luck& luck);
std::string duration(Luck& luck);

}  // namespace tantrum::swarm
