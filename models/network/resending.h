// When TCP sends again what was lost, as in Linux.
#pragma once

#include "engine/time.h"

namespace tantrum::models::network {

// First after 200 ms (TCP_RTO_MIN), doubling to 120 s (TCP_RTO_MAX), 15 times (tcp_retries2).
inline constexpr engine::Duration firstResend = engine::Duration::milliseconds(200);
inline constexpr engine::Duration longestResend = engine::Duration::seconds(120);
inline constexpr int resends = 15;
// A connection that is being opened: after 1 s (TCP_TIMEOUT_INIT), doubling, 6 times (tcp_syn_retries).
inline constexpr engine::Duration firstGreetingAgain = engine::Duration::seconds(1);
inline constexpr int greetings = 6;

}  // namespace tantrum::models::network
