// What adds up at any moment of any run.
#pragma once

#include "models/world/world.h"

namespace tantrum::swarm {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif
#else
inline constexpr bool sanitized = false;
#endif

/// Requests are conserved at every client, node and link, and no level is impossible; reports to GoogleTest.
void expectConservation(const models::World& world);

}  // namespace tantrum::swarm
