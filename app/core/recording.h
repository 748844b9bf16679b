// What a session has recorded, written by its thread and read by any other: passages for the animation, and the series.
#pragma once

#include "app/core/session.h"
#include "models/world/world.h"

#include <deque>
#include <memory>
#include <mutex>
#include <vector>

namespace tantrum::app {

/// Passages twice: those nobody has taken yet, and a longer past for scrubbing. Both are bounded.
class PassageRecord {
public:
    static constexpr std::size_t mostWaiting = 1 << 16;
    static constexpr std::size_t mostRemembered = 1'000'000;

    /// Ordered by departure, within the call and from call to call.
    void add(const std::vector<models::Passage>& passages);
    void take(std::vector<models::Passage>& into);
    std::vector<models::Passage> between(engine::Instant from, engine::Instant until) const;
    /// Passages that were not kept for take().
    std::uint64_t dropped() const;

private:
    struct Chunk {
        std::vector<models::Passage> passages;
        engine::Instant firstDeparture, lastDeparture, lastArrival;
    };
    static constexpr std::size_t chunkSize = 4096;
    static Chunk chunkOf(std::vector<models::Passage> passages);

    mutable std::mutex mutex_;
    std::vector<models::Passage> waiting_;
    // Chunks never change, so that a reader holds the lock only while it copies the pointers.
    std::deque<std::shared_ptr<const Chunk>> past_;
    std::size_t remembered_ = 0;
    std::uint64_t dropped_ = 0;
};

/// A copy of the world's series that other threads may read.
class SeriesRecord {
public:
    explicit SeriesRecord(const models::Topology& topology);

    /// Appends what the world has completed since the last call. When the world has merged its buckets into wider ones,
    /// starts anew.
    void update(const models::World& world);
    SeriesChunk from(std::size_t firstBucket) const;

private:
    void append(const models::World& world, std::size_t bucket);

    std::vector<std::pair<bool, std::size_t>> columns_;  // for each node: in `clients`?, and where
    std::vector<std::string> names_;
    bool located_ = false;
    mutable std::mutex mutex_;
    SeriesChunk all_;
};

}  // namespace tantrum::app
