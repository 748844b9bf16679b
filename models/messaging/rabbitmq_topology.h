// What a RabbitMQ broker is declared with: queues with their arguments, exchanges with their bindings. Read from
// scenarios as mappings; every queue, every fanout exchange and every routing key is an operation that can be called.
#pragma once

#include "models/scenario/values.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tantrum::models::messaging {

enum class RabbitQueueType : std::uint8_t { classic, quorum };
constexpr auto choices(RabbitQueueType)
{
    using scenario::Choice;
    return std::array{Choice<RabbitQueueType>{RabbitQueueType::classic, "classic", "on one node"},
                      Choice<RabbitQueueType>{RabbitQueueType::quorum, "quorum", "replicated by Raft, always durable"}};
}

enum class RabbitOverflow : std::uint8_t { dropHead, rejectPublish, rejectPublishDlx };
constexpr auto choices(RabbitOverflow)
{
    using scenario::Choice;
    return std::array{Choice<RabbitOverflow>{RabbitOverflow::dropHead, "drop-head", "the oldest ready message goes"},
                      Choice<RabbitOverflow>{RabbitOverflow::rejectPublish, "reject-publish", "the new message is refused"},
                      Choice<RabbitOverflow>{RabbitOverflow::rejectPublishDlx, "reject-publish-dlx", "refused, and dead-lettered too; classic queues only"}};
}

struct RabbitQueueSettings {
    std::string name;
    RabbitQueueType type = RabbitQueueType::classic;
    bool durable = true;
    bool persistent = true;                         ///< delivery mode 2 of what is published to it
    std::int64_t maxLength = scenario::unlimited;   ///< ready messages
    scenario::Bytes maxLengthBytes = scenario::Bytes::unlimited();
    RabbitOverflow overflow = RabbitOverflow::dropHead;
    std::optional<engine::Duration> messageTtl;
    std::string deadLetterTo;                       ///< a queue of the same broker; empty: nowhere
    std::int64_t deliveryLimit = 20;                ///< of a quorum queue: returns after which a message goes
    bool singleActiveConsumer = false;

    bool quorum() const { return type == RabbitQueueType::quorum; }
    /// Whether what it holds is still there after a crash of the broker.
    bool survives() const { return quorum() || (durable && persistent); }
};

struct RabbitQueues {
    std::vector<RabbitQueueSettings> list;
    /// Index; nullopt if there is none of that name.
    std::optional<std::size_t> find(std::string_view name) const;
};

enum class RabbitExchangeType : std::uint8_t { direct, fanout, topic };
constexpr auto choices(RabbitExchangeType)
{
    using scenario::Choice;
    return std::array{Choice<RabbitExchangeType>{RabbitExchangeType::direct, "direct", "to the queues bound with that very key"},
                      Choice<RabbitExchangeType>{RabbitExchangeType::fanout, "fanout", "to every queue bound"},
                      Choice<RabbitExchangeType>{RabbitExchangeType::topic, "topic", "keys are words; * stands for one, # for any number"}};
}

struct RabbitExchange {
    struct Binding {
        std::string queue;
        std::vector<std::string> keys;
    };
    struct RoutingKey {
        std::string operation;
        std::string key;
    };
    std::string name;
    RabbitExchangeType type = RabbitExchangeType::direct;
    std::vector<Binding> bindings;
    std::vector<RoutingKey> routingKeys;
    /// Whether a message with that routing key goes to the queue of that binding.
    bool routes(const Binding& binding, std::string_view key) const;
};

struct RabbitExchanges {
    std::vector<RabbitExchange> list;
};

/// A topic pattern against a routing key; words are separated by dots.
bool topicMatches(std::string_view pattern, std::string_view key);

/// More would make a set of queues larger than a word.
inline constexpr std::size_t mostRabbitQueues = 64;

}  // namespace tantrum::models::messaging

namespace tantrum::models::scenario {

template <> struct ValueType<messaging::RabbitQueues> {
    using Bound = std::monostate;
    static constexpr bool declares = true;
    static std::string kind() { return "queues"; }
    /// Declares each queue to the reading as an operation.
    static std::optional<messaging::RabbitQueues> read(const Node&, Reading&, const Rules<messaging::RabbitQueues>&);
    static std::string write(const messaging::RabbitQueues&);
    static void schema(nlohmann::json&, const Rules<messaging::RabbitQueues>&);
};

template <> struct ValueType<messaging::RabbitExchanges> {
    using Bound = std::monostate;
    static constexpr bool declares = true;
    static std::string kind() { return "exchanges"; }
    /// Declares fanout exchanges and routing keys as operations; the queues bound have to exist.
    static std::optional<messaging::RabbitExchanges> read(const Node&, Reading&, const Rules<messaging::RabbitExchanges>&);
    static std::string write(const messaging::RabbitExchanges&);
    static void schema(nlohmann::json&, const Rules<messaging::RabbitExchanges>&);
};

}  // namespace tantrum::models::scenario
