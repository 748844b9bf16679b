// What the protocols on a link have in common: what it takes to open a connection, and how flow control holds up what is large.
#pragma once

#include "models/network/link.h"
#include "models/scenario/values.h"

#include <algorithm>

namespace tantrum::models::network {

enum class Tls : std::uint8_t { none, tls12, tls13 };
constexpr auto choices(Tls)
{
    return std::array{scenario::Choice<Tls>{Tls::none, "none", "plain TCP"},
                      scenario::Choice<Tls>{Tls::tls12, "tls12", "two more round trips, one if the session is resumed"},
                      scenario::Choice<Tls>{Tls::tls13, "tls13", "one more round trip, none if the session is resumed"}};
}

/// Round trips before a request can go: one for TCP, then those of TLS.
constexpr int roundTripsToOpen(Tls tls, bool resumed)
{
    if (tls == Tls::none) return 1;
    return (tls == Tls::tls12 ? 3 : 2) - (resumed ? 1 : 0);
}

/// How much later the last byte comes because the receiver has to announce room for each further window of bytes: a round
/// trip each, less what the line is busy with meanwhile.
inline Duration windowStalls(std::uint32_t bytes, scenario::Bytes window, const Link& link)
{
    const std::int64_t size = std::max<std::int64_t>(window.count(), 1);
    if (bytes <= size) return Duration();
    const double further = static_cast<double>((bytes - 1) / size);
    double stall = link.usualRoundTrip().inSeconds();
    if (link.bandwidth()) stall -= static_cast<double>(size) / link.bandwidth()->bytesPerSecond();
    return std::clamp(Duration::fromSeconds(further * stall), Duration(), Duration::max() / 8);
}

/// Nobody listens there: the SYN is answered with a reset.
inline bool refusesConnections(Component& callee)
{
    const std::vector<Host*> hosts = callee.hosts();
    return !hosts.empty() && std::none_of(hosts.begin(), hosts.end(), [](const Host* host) { return host->up(); });
}

/// The connection did not survive that.
constexpr bool breaksConnection(Outcome outcome) { return outcome == Outcome::crashed || outcome == Outcome::unreachable; }

}  // namespace tantrum::models::network
