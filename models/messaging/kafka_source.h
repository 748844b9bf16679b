// How a consumer group and its topic know each other, and how their calls name the member they come from.
#pragma once

#include "models/messaging/kafka_group.h"

namespace tantrum::models::messaging {

/// Operations of a topic, besides those scenarios may name. As in its operations().
enum class KafkaCall : std::uint16_t { produce, fetch, commit, heartbeat, join, leave };

/// A request's key: who calls, and which of his calls it is.
struct KafkaCaller {
    std::size_t group = 0, member = 0;
    std::uint64_t call = 0;

    std::uint64_t key() const { return call << 30 | static_cast<std::uint64_t>(group) << 14 | static_cast<std::uint64_t>(member); }
    static KafkaCaller of(std::uint64_t key)
    {
        KafkaCaller caller;
        caller.group = key >> 14 & 0xFFFF;
        caller.member = key & 0x3FFF;
        caller.call = key >> 30;
        return caller;
    }
};
inline constexpr std::size_t mostKafkaGroups = 65'536, mostKafkaMembers = 10'000;

/// Answers of a heartbeat, in the reply's key.
inline constexpr std::uint64_t kafkaFine = 0, kafkaRejoin = 1;

/// A topic that groups may consume.
class KafkaSource {
public:
    /// While connecting. The number names the group in calls.
    virtual std::size_t enter(std::size_t members) = 0;
    virtual KafkaGroup& group(std::size_t number) = 0;
    virtual std::size_t partitionCount() const = 0;

protected:
    ~KafkaSource() = default;
};

}  // namespace tantrum::models::messaging
