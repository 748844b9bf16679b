// One partition of a topic: its log, its replicas, what its producers have not sent yet, and those who wait for an answer.
#pragma once

#include "engine/list.h"
#include "engine/simulation.h"
#include "models/messaging/kafka_log.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace tantrum::models::messaging {

struct KafkaPartition {
    static constexpr std::size_t none = ~std::size_t{0};

    KafkaPartition(std::uint32_t number_, std::vector<std::size_t> brokers)
        : number(number_), replicas(std::move(brokers)), isr(replicas), fellBehindAt(replicas.size(), 0), leader(replicas.front()), lastLeader(leader)
    {
    }

    const std::uint32_t number;
    const std::vector<std::size_t> replicas;  ///< brokers, in order of preference
    std::vector<std::size_t> isr;             ///< of those, the ones in sync; never empty
    std::vector<std::int64_t> fellBehindAt;   ///< by replica: the end of its log when it left the in-sync replicas
    std::size_t leader, lastLeader;

    KafkaLog log;
    KafkaRing buffer;                         ///< gathered by producers
    std::int64_t bufferedBytes = 0;
    std::uint64_t sequence = 0;               ///< of the last record that was gathered
    std::uint64_t acknowledged = 0;           ///< up to this one

    bool isInSync(std::size_t broker) const { return std::find(isr.begin(), isr.end(), broker) != isr.end(); }
    /// The last one stays: it is the only one that has everything.
    void leaveIsr(std::size_t broker)
    {
        if (isr.size() <= 1 || !isInSync(broker)) return;
        isr.erase(std::find(isr.begin(), isr.end(), broker));
        fellBehindAt[static_cast<std::size_t>(std::find(replicas.begin(), replicas.end(), broker) - replicas.begin())] = log.highWatermark();
    }
    void enterIsr(std::size_t broker)
    {
        if (!isInSync(broker) && std::find(replicas.begin(), replicas.end(), broker) != replicas.end()) isr.push_back(broker);
    }

    /// All that was gathered, to the log.
    void append(Instant now)
    {
        for (std::size_t each = 0; each < buffer.size(); ++each)
            if (!buffer[each].cancelled) log.append(buffer[each], now);
        buffer.popFront(buffer.size());
        bufferedBytes = 0;
    }
    /// Its publisher does not try any longer.
    void giveUp(std::uint64_t record)
    {
        if (buffer.empty() || record < buffer[0].sequence) return;
        KafkaRecord& given = buffer[static_cast<std::size_t>(record - buffer[0].sequence)];
        given.cancelled = true;
        bufferedBytes -= given.bytes;
        while (!buffer.empty() && buffer[0].cancelled) buffer.popFront();
    }
    /// Everything before that offset.
    void acknowledge(std::int64_t before, Simulation& simulation)
    {
        if (!log.holds(before - 1)) return;
        acknowledged = std::max(acknowledged, log.at(before - 1).sequence);
        while (!waits.empty() && static_cast<Wait::Standing*>(waits.first())->wait->sequence_ <= acknowledged)
            static_cast<Wait::Standing*>(waits.first())->wait->call(simulation);
    }

    /// co_await: true when the record is acknowledged, false after the span.
    class Wait : private engine::Wakeup {
    public:
        Wait(KafkaPartition& partition, Simulation& simulation, std::uint64_t sequence, Duration span)
            : partition_(partition), simulation_(simulation), sequence_(sequence), span_(span)
        {
        }
        ~Wait()
        {
            if (place_.linked()) place_.unlink();
        }
        bool await_ready() const { return false; }
        void await_suspend(std::coroutine_handle<> awaiting)
        {
            aim(awaiting);
            place_.wait = this;
            partition_.waits.pushBack(place_);
            simulation_.armAfter(*this, span_, engine::Spans::constant);
        }
        bool await_resume()
        {
            if (place_.linked()) place_.unlink();
            return called_;
        }

    private:
        friend struct KafkaPartition;
        struct Standing : engine::ListNode {
            Wait* wait = nullptr;
        };
        void call(Simulation& simulation)
        {
            place_.unlink();
            leave();
            called_ = true;
            simulation.armNow(*this);
        }
        KafkaPartition& partition_;
        Simulation& simulation_;
        std::uint64_t sequence_;
        Duration span_;
        Standing place_;
        bool called_ = false;
    };

    engine::List waits;                       ///< in the order of sequence
};

}  // namespace tantrum::models::messaging
