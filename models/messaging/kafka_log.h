// One partition's log as far as somebody may still read it: records in the order of their offsets. What every group has
// committed is forgotten; offsets go on counting. Nothing is allocated once the ring has grown to its size.
#pragma once

#include "models/service.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace tantrum::models::messaging {

struct KafkaRecord {
    std::uint64_t key = 0, id = 0;
    Instant begun;                ///< of the request it came with
    Instant appended;
    std::uint64_t sequence = 0;   ///< of its producer, within the partition
    std::int64_t position = 0;    ///< bytes of the log before it
    std::int64_t offset = 0;
    std::uint32_t partition = 0;
    std::uint32_t bytes = 0;
    std::uint32_t span = 0;
    std::uint32_t epoch = 0;      ///< of the log when it was appended
    bool cancelled = false;       ///< in a producer's buffer: given up
};

/// A queue of records that grows by doubling.
class KafkaRing {
public:
    bool empty() const { return count_ == 0; }
    std::size_t size() const { return count_; }
    KafkaRecord& operator[](std::size_t index) { return records_[(first_ + index) & (records_.size() - 1)]; }
    const KafkaRecord& operator[](std::size_t index) const { return records_[(first_ + index) & (records_.size() - 1)]; }
    void pushBack(const KafkaRecord& record)
    {
        if (count_ == records_.size()) grow();
        (*this)[count_++] = record;
    }
    void popFront(std::size_t count = 1) { first_ += count, count_ -= count; }
    void popBack(std::size_t count) { count_ -= count; }

private:
    void grow()
    {
        std::vector<KafkaRecord> larger(records_.empty() ? 64 : records_.size() * 2);
        for (std::size_t each = 0; each < count_; ++each) larger[each] = (*this)[each];
        records_ = std::move(larger);
        first_ = 0;
    }
    std::vector<KafkaRecord> records_;
    std::size_t first_ = 0, count_ = 0;
};

class KafkaLog {
public:
    std::int64_t start() const { return start_; }         ///< first offset that retention has left
    std::int64_t end() const { return end_; }             ///< of the next record
    std::int64_t highWatermark() const { return highWatermark_; }
    std::size_t held() const { return records_.size(); }

    void append(KafkaRecord record, Instant now)
    {
        record.offset = end_++;
        record.position = bytes_;
        record.appended = now;
        record.epoch = epoch_;
        bytes_ += record.bytes;
        records_.pushBack(record);
    }
    /// start of what is held <= offset < end()
    const KafkaRecord& at(std::int64_t offset) const { return records_[static_cast<std::size_t>(offset - held_)]; }
    bool holds(std::int64_t offset) const { return offset >= held_ && offset < end_; }
    std::int64_t firstHeld() const { return held_; }
    void commitUpTo(std::int64_t offset) { highWatermark_ = offset; }

    /// How often it was truncated; and from where a reader goes on who got that far in an earlier epoch.
    std::uint32_t epoch() const { return epoch_; }
    std::int64_t goOnFrom(std::int64_t offset, std::uint32_t epoch) const { return epoch == epoch_ ? offset : std::min(offset, cut_); }

    /// Everything from this offset on is lost.
    void truncate(std::int64_t offset)
    {
        ++epoch_;
        cut_ = offset;
        if (offset < held_) {  // of what nobody needs any more there is nothing left to lose
            records_.popFront(records_.size());
            held_ = start_ = offset;
        } else {
            records_.popBack(static_cast<std::size_t>(end_ - offset));
        }
        end_ = offset;
        if (highWatermark_ > end_) highWatermark_ = end_;
        if (start_ > end_) start_ = end_;
    }
    /// Nobody asks for what is before this offset.
    void forget(std::int64_t before)
    {
        if (before <= held_) return;
        records_.popFront(static_cast<std::size_t>(before - held_));
        held_ = before;
    }
    /// Deletes what is older, and the oldest beyond so many bytes, up to the high watermark.
    void retain(Instant notBefore, std::int64_t mostBytes)
    {
        while (held_ < highWatermark_ && (at(held_).appended < notBefore || bytes_ - at(held_).position > mostBytes)) {
            forget(held_ + 1);
            start_ = held_;
        }
    }

private:
    KafkaRing records_;
    std::int64_t held_ = 0, start_ = 0, end_ = 0, highWatermark_ = 0, bytes_ = 0, cut_ = 0;
    std::uint32_t epoch_ = 0;
};

/// The hash of Kafka's default partitioner (murmur2), of the key's eight bytes in network order, without the sign.
inline std::uint32_t kafkaHash(std::uint64_t key)
{
    constexpr std::uint32_t mixer = 0x5bd1e995;
    std::uint32_t hash = 0x9747b28c ^ 8;
    for (int half = 1; half >= 0; --half) {
        const auto bytes = static_cast<std::uint32_t>(key >> (32 * half));
        std::uint32_t word = bytes >> 24 | (bytes >> 8 & 0xFF00) | (bytes << 8 & 0xFF0000) | bytes << 24;  // little endian
        word *= mixer;
        word ^= word >> 24;
        word *= mixer;
        hash = (hash * mixer) ^ word;
    }
    hash ^= hash >> 13;
    hash *= mixer;
    hash ^= hash >> 15;
    return hash & 0x7FFFFFFF;
}

}  // namespace tantrum::models::messaging
