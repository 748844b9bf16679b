// The stream of writes from a primary to its read replicas: which have not been applied where, how old the oldest of them
// is, and whether a row has one among them. Kept as long as a replica needs it, and at most `capacity` writes long.
#pragma once

#include "models/service.h"

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tantrum::models::databases {

class ReplicationLog {
public:
    struct Write {
        std::uint64_t key = 0;
        Instant committed;
    };
    static constexpr std::uint64_t capacity = 2'000'000;

    std::uint64_t end() const { return end_; }
    const Write& at(std::uint64_t position) const { return ring_[position & (ring_.size() - 1)]; }
    void append(std::uint64_t key, Instant now)
    {
        if (end_ - begin_ >= ring_.size()) grow();
        ring_[end_ & (ring_.size() - 1)] = Write{key, now};
        remember(key);
        ++end_;
    }
    /// Nobody needs what is before.
    void dropBefore(std::uint64_t position)
    {
        for (; begin_ < position; ++begin_) {
            const auto known = latest_.find(at(begin_).key);
            if (known->second == begin_) spare_.push_back(latest_.extract(known));
        }
    }
    /// The key was written, and whoever stands at that position has not applied the last write of it.
    bool pending(std::uint64_t key, std::uint64_t position) const
    {
        const auto known = latest_.find(key);
        return known != latest_.end() && known->second >= position;
    }

private:
    using Latest = std::unordered_map<std::uint64_t, std::uint64_t>;  // looked up only, never walked

    void remember(std::uint64_t key)
    {
        const auto known = latest_.find(key);
        if (known != latest_.end()) {
            known->second = end_;
        } else if (spare_.empty()) {
            latest_.emplace(key, end_);
        } else {
            Latest::node_type node = std::move(spare_.back());
            spare_.pop_back();
            node.key() = key;
            node.mapped() = end_;
            latest_.insert(std::move(node));
        }
    }
    void grow()
    {
        std::vector<Write> larger(ring_.size() * 2);
        for (std::uint64_t position = begin_; position < end_; ++position) larger[position & (larger.size() - 1)] = at(position);
        ring_ = std::move(larger);
    }

    std::vector<Write> ring_ = std::vector<Write>(1024);
    std::uint64_t begin_ = 0, end_ = 0;
    Latest latest_;
    std::vector<Latest::node_type> spare_;
};

}  // namespace tantrum::models::databases
