// What a ReceiveMessage or DeleteMessageBatch call says beyond its request. A poll loop leases a place for it at the queue;
// the request's key names the place, and the number of the call, so that an answer to an earlier call is not taken for
// this one's. A key of 0 stands for one message and the queue's own wait.
#pragma once

#include "models/service.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace tantrum::models::messaging {

inline constexpr std::size_t mostOfBatch = 10;

struct SqsBatch {
    struct Entry {
        std::uint64_t receipt = 0, key = 0;
        Instant begun;
        std::uint32_t bytes = 0;
    };
    // Of a receive: how many are asked for, how long to wait, and the answer. Of a delete: the messages.
    std::size_t most = 1;
    std::optional<Duration> wait;
    std::array<Entry, mostOfBatch> entries;
    std::size_t count = 0;

    void add(const Entry& entry) { entries[count++] = entry; }
};

class SqsBatches {
public:
    std::size_t open()
    {
        if (free_.empty()) {
            free_.push_back(places_.size());
            places_.push_back(std::make_unique<Place>());
        }
        const std::size_t index = free_.back();
        free_.pop_back();
        return index;
    }
    void close(std::size_t index)
    {
        ++places_[index]->call;
        free_.push_back(index);
    }
    SqsBatch& at(std::size_t index) { return places_[index]->batch; }
    /// For the next call: the key of its request. What an earlier call still does finds nothing.
    std::uint64_t beginCall(std::size_t index) { return (std::uint64_t{++places_[index]->call} << 32) | (index + 1); }
    /// Null if the caller has gone, or on to another call.
    SqsBatch* find(std::uint64_t key) const
    {
        const std::uint64_t index = (key & 0xFFFFFFFFu) - 1;  // 0 wraps
        if (index >= places_.size() || places_[index]->call != key >> 32) return nullptr;
        return &places_[index]->batch;
    }

private:
    struct Place {
        SqsBatch batch;
        std::uint32_t call = 0;
    };
    std::vector<std::unique_ptr<Place>> places_;
    std::vector<std::size_t> free_;
};

/// A component whose receive and delete calls take batches.
class SqsBatchSource {
public:
    virtual SqsBatches& batches() = 0;

protected:
    ~SqsBatchSource() = default;
};

/// A poll loop's place, for as long as the loop lives. Without a source there is none.
class SqsLease {
public:
    explicit SqsLease(SqsBatches* batches) : batches_(batches), index_(batches ? batches->open() : 0) {}
    SqsLease(const SqsLease&) = delete;
    SqsLease& operator=(const SqsLease&) = delete;
    ~SqsLease()
    {
        if (batches_) batches_->close(index_);
    }
    /// Where it is written what the next call says.
    SqsBatch& batch() { return batches_ ? batches_->at(index_) : own_; }
    std::uint64_t beginCall() { return batches_ ? batches_->beginCall(index_) : 0; }
    bool takesBatches() const { return batches_ != nullptr; }

private:
    SqsBatches* batches_;
    std::size_t index_;
    SqsBatch own_;
};

}  // namespace tantrum::models::messaging
