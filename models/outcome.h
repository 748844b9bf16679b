// How a call can end. A simulated failure is data: it travels in a Reply, it is never thrown.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tantrum::models {

enum class Outcome : std::uint8_t {
    ok,
    timeout,        ///< the caller stopped waiting
    rejected,       ///< refused for lack of room: full queue, full bulkhead
    error,          ///< the callee answered with a failure
    crashed,        ///< the callee's process died or was not there: connection reset or refused
    unreachable,    ///< the network gave up delivering
    circuitOpen,    ///< the caller's own circuit breaker refused to try
    rateLimited,    ///< over an agreed rate
    expired,        ///< dropped before service because its deadline had passed
};

inline constexpr std::size_t outcomeCount = 9;
/// The keys used in scenario files and in results, in enum order.
inline constexpr std::array<std::string_view, outcomeCount> outcomeKeys{
    "ok", "timeout", "rejected", "error", "crashed", "unreachable", "circuit_open", "rate_limited", "expired"};

constexpr std::string_view keyOf(Outcome outcome) { return outcomeKeys[static_cast<std::size_t>(outcome)]; }

}  // namespace tantrum::models
