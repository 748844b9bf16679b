// Worlds of scenarios that the bench writes itself.
#pragma once

#include "app/core/expected.h"
#include "models/world/world.h"

#include <cstdint>
#include <memory>
#include <string>

namespace tantrum::bench {

/// Failure: the text has mistakes, which are shown with their lines.
app::Expected<std::unique_ptr<models::World>> buildFrom(const std::string& yaml);
/// So many events further, or to the end. Failure: a guard stopped the run.
app::Expected<void> advanceEvents(models::World& world, std::uint64_t events);
app::Expected<void> advanceTo(models::World& world, engine::Instant limit);

}  // namespace tantrum::bench
