// Which version of a key each of its replicas has, for the keys whose replicas differ; all others are the same everywhere.
// And the hints that wait for a node that is down. Both are bounded.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tantrum::models::databases {

/// Neighbouring keys lie anywhere (the finaliser of splitmix64; Steele, Lea and Flood 2014).
inline std::uint64_t scatteredKey(std::uint64_t key)
{
    key += 0x9e3779b97f4a7c15u;
    key = (key ^ (key >> 30)) * 0xbf58476d1ce4e5b9u;
    key = (key ^ (key >> 27)) * 0x94d049bb133111ebu;
    return key ^ (key >> 31);
}

class QuorumKeys {
public:
    static constexpr std::size_t mostReplicas = 7;
    static constexpr std::size_t mostKeys = 1'000'000;
    /// Of a key whose replicas are all the same.
    static constexpr std::uint64_t same = std::numeric_limits<std::uint64_t>::max();

    explicit QuorumKeys(std::size_t replicas) : replicas_(replicas) {}

    /// A write begins: its version, later than all before it.
    std::uint64_t begin(std::uint64_t key)
    {
        const std::uint64_t version = ++versions_;
        const auto known = keys_.find(key);
        if (known != keys_.end()) {
            known->second.latest = version;
        } else if (keys_.size() < mostKeys) {
            Key& fresh = add(key);
            fresh.latest = version;
            fresh.confirmed = version - 1;
            fresh.at.fill(version - 1);  // so far they have all there is
        }
        return version;
    }
    void confirm(std::uint64_t key, std::uint64_t version)
    {
        const auto known = keys_.find(key);
        if (known != keys_.end()) known->second.confirmed = std::max(known->second.confirmed, version);
    }
    /// A replica has that version, or a later one already.
    void apply(std::uint64_t key, std::size_t replica, std::uint64_t version)
    {
        const auto known = keys_.find(key);
        if (known == keys_.end() || replica >= replicas_) return;
        Key& held = known->second;
        held.at[replica] = std::max(held.at[replica], version);
        for (std::size_t other = 0; other < replicas_; ++other)
            if (held.at[other] != held.latest) return;
        spare_.push_back(keys_.extract(known));
    }
    /// The last version a writer was told of; 0 where every replica has it.
    std::uint64_t confirmed(std::uint64_t key) const
    {
        const auto known = keys_.find(key);
        return known == keys_.end() ? 0 : known->second.confirmed;
    }
    std::uint64_t latest(std::uint64_t key) const
    {
        const auto known = keys_.find(key);
        return known == keys_.end() ? 0 : known->second.latest;
    }
    std::uint64_t versionAt(std::uint64_t key, std::size_t replica) const
    {
        const auto known = keys_.find(key);
        return known == keys_.end() ? same : known->second.at[replica];
    }
    std::size_t size() const { return keys_.size(); }

private:
    struct Key {
        std::uint64_t latest = 0, confirmed = 0;
        std::array<std::uint64_t, mostReplicas> at{};
    };
    using Keys = std::unordered_map<std::uint64_t, Key>;  // looked up only, never walked

    Key& add(std::uint64_t key)
    {
        if (spare_.empty()) return keys_.try_emplace(key).first->second;
        Keys::node_type node = std::move(spare_.back());
        spare_.pop_back();
        node.key() = key;
        return keys_.insert(std::move(node)).position->second;
    }

    std::size_t replicas_;
    Keys keys_;
    std::vector<Keys::node_type> spare_;
    std::uint64_t versions_ = 0;
};

/// First in, first out; when it is full the oldest is dropped.
class HintQueue {
public:
    struct Hint {
        std::uint64_t key = 0, version = 0;
    };
    static constexpr std::size_t most = 1 << 20;

    std::size_t size() const { return size_; }
    std::uint64_t dropped() const { return dropped_; }
    void push(std::uint64_t key, std::uint64_t version)
    {
        if (size_ == most) {
            pop();
            ++dropped_;
        }
        if (size_ == ring_.size()) grow();
        ring_[(first_ + size_++) & (ring_.size() - 1)] = Hint{key, version};
    }
    /// Empty: a hint of nothing.
    Hint pop()
    {
        if (size_ == 0) return {};
        const Hint hint = ring_[first_];
        first_ = (first_ + 1) & (ring_.size() - 1);
        --size_;
        return hint;
    }

private:
    void grow()
    {
        std::vector<Hint> larger(std::max<std::size_t>(64, ring_.size() * 2));
        for (std::size_t index = 0; index < size_; ++index) larger[index] = ring_[(first_ + index) & (ring_.size() - 1)];
        ring_ = std::move(larger);
        first_ = 0;
    }

    std::vector<Hint> ring_;
    std::size_t first_ = 0, size_ = 0;
    std::uint64_t dropped_ = 0;
};

}  // namespace tantrum::models::databases
