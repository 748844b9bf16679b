// What consumers of a RabbitMQ broker know of it besides its operations: the connection they keep, and what lies in a
// delivery beyond its reply.
#pragma once

#include "models/component.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace tantrum::models::messaging {

/// Operations that carry the protocol. Each takes in `id` a RabbitLink, in `key` the tag that is settled, if any, and
/// is answered with the next delivery to that consumer, unless it is the last.
inline constexpr std::string_view amqpConsume = "basic.consume", amqpAck = "basic.ack", amqpNack = "basic.nack", amqpReject = "basic.reject";

/// Who asks: a consumer in a session of its connection.
struct RabbitLink {
    std::uint32_t consumer = 0;
    std::uint32_t session = 0;

    /// `last`: nothing more is wanted after the settlement.
    std::uint64_t id(bool last) const { return (std::uint64_t{session} << 32) | (std::uint64_t{last} << 31) | consumer; }
    static RabbitLink of(std::uint64_t id)
    {
        RabbitLink link;
        link.consumer = static_cast<std::uint32_t>(id & 0x7FFFFFFFu);
        link.session = static_cast<std::uint32_t>((id & Request::identityMask) >> 32);
        return link;
    }
    static bool last(std::uint64_t id) { return (id >> 31) & 1; }
};

class RabbitBroker {
public:
    virtual ~RabbitBroker() = default;
    /// While connecting. nullopt: there is no such queue. An empty name: the first queue.
    virtual std::optional<RabbitLink> subscribe(std::string_view queue, std::int64_t priority, bool acknowledgesItself) = 0;
    /// The consumer's process is gone, and with it its connection; another session begins.
    virtual RabbitLink reconnect(RabbitLink link) = 0;
    /// What was published; null if that delivery is no longer one.
    virtual const Request* delivered(std::uint64_t tag) const = 0;
};

}  // namespace tantrum::models::messaging
