#include "app/core/recording.h"

#include <algorithm>
#include <cmath>

namespace tantrum::app {

using engine::Instant;
using models::Outcome;
using models::Passage;

PassageRecord::Chunk PassageRecord::chunkOf(std::vector<Passage> passages)
{
    Chunk chunk{std::move(passages), Instant::never(), {}, {}};
    for (const Passage& passage : chunk.passages) {
        chunk.firstDeparture = std::min(chunk.firstDeparture, passage.departure);
        chunk.lastDeparture = std::max(chunk.lastDeparture, passage.departure);
        chunk.lastArrival = std::max(chunk.lastArrival, passage.arrival);
    }
    return chunk;
}

void PassageRecord::add(const std::vector<Passage>& passages)
{
    if (passages.empty()) return;
    // Only the recording thread changes past_, so it may look at the last chunk without the lock.
    const bool fillsUp = !past_.empty() && past_.back()->passages.size() + passages.size() <= chunkSize;
    std::vector<Passage> content = fillsUp ? past_.back()->passages : std::vector<Passage>{};
    content.insert(content.end(), passages.begin(), passages.end());
    auto chunk = std::make_shared<const Chunk>(chunkOf(std::move(content)));

    std::vector<std::shared_ptr<const Chunk>> forgotten;  // freed after the lock
    const std::lock_guard lock{mutex_};
    const std::size_t room = mostWaiting - std::min(mostWaiting, waiting_.size());
    const std::size_t kept = std::min(room, passages.size());
    waiting_.insert(waiting_.end(), passages.begin(), passages.begin() + static_cast<std::ptrdiff_t>(kept));
    dropped_ += passages.size() - kept;

    if (fillsUp) {
        forgotten.push_back(std::move(past_.back()));
        past_.pop_back();
    }
    past_.push_back(std::move(chunk));
    remembered_ += passages.size();
    while (remembered_ > mostRemembered && past_.size() > 1) {
        remembered_ -= past_.front()->passages.size();
        forgotten.push_back(std::move(past_.front()));
        past_.pop_front();
    }
}

void PassageRecord::take(std::vector<Passage>& into)
{
    std::vector<Passage> taken;
    {
        const std::lock_guard lock{mutex_};
        taken.swap(waiting_);
    }
    if (into.empty()) into.swap(taken);
    else into.insert(into.end(), taken.begin(), taken.end());
}

std::vector<Passage> PassageRecord::between(Instant from, Instant until) const
{
    std::vector<std::shared_ptr<const Chunk>> chunks;
    {
        const std::lock_guard lock{mutex_};
        for (const auto& chunk : past_)
            if (chunk->firstDeparture <= until && chunk->lastArrival >= from) chunks.push_back(chunk);
    }
    std::vector<Passage> found;
    for (const auto& chunk : chunks)
        for (const Passage& passage : chunk->passages)
            if (passage.departure <= until && passage.arrival >= from) found.push_back(passage);
    return found;
}

std::uint64_t PassageRecord::dropped() const
{
    const std::lock_guard lock{mutex_};
    return dropped_;
}

SeriesRecord::SeriesRecord(const models::Topology& topology)
{
    for (const auto& node : topology.nodes) {
        names_.push_back(node.name);
        columns_.emplace_back(node.isClient, 0);
    }
    all_.nodes.resize(names_.size());
    all_.heat.resize(names_.size());
}

void SeriesRecord::update(const models::World& world)
{
    const std::size_t recorded = all_.goodShare.size(), buckets = world.buckets();
    const bool merged = buckets < recorded || (recorded > 0 && world.bucketSeconds() != all_.bucketSeconds);
    if (buckets == recorded && !merged) return;
    if (!located_) {
        for (std::size_t node = 0; node < names_.size(); ++node) {
            const auto& group = columns_[node].first ? world.series().clients : world.series().nodes;
            const auto found = std::find_if(group.begin(), group.end(), [&](const auto& columns) { return columns.name == names_[node]; });
            columns_[node].second = static_cast<std::size_t>(found - group.begin());
        }
        located_ = true;
    }
    const std::lock_guard lock{mutex_};
    if (merged) {
        for (auto& points : all_.nodes) points.clear();
        for (auto& rows : all_.heat) rows.clear();
        all_.frames.clear();
        all_.goodShare.clear();
    }
    all_.bucketSeconds = world.bucketSeconds();
    for (std::size_t bucket = all_.goodShare.size(); bucket < buckets; ++bucket) append(world, bucket);
}

void SeriesRecord::append(const models::World& world, std::size_t bucket)
{
    constexpr float none = std::numeric_limits<float>::quiet_NaN();
    const auto at = [&](const std::vector<float>& values) { return bucket < values.size() ? values[bucket] : none; };
    const models::Frame* frame = bucket < world.frames().size() ? &world.frames()[bucket] : nullptr;
    double ended = 0, good = 0;
    for (std::size_t node = 0; node < names_.size(); ++node) {
        const auto& [isClient, index] = columns_[node];
        const auto& group = isClient ? world.series().clients : world.series().nodes;
        static const models::SeriesResult::Columns absent;
        const auto& columns = index < group.size() ? group[index] : absent;
        float errors = none;
        if (frame && node < frame->nodes.size()) {
            const auto& perSecond = frame->nodes[node].perSecond;
            double all = 0;
            for (const double rate : perSecond) all += rate;
            const double ok = perSecond[static_cast<std::size_t>(Outcome::ok)];
            errors = static_cast<float>(all - ok);
            if (isClient) ended += all, good += ok;
        }
        all_.nodes[node].push_back({at(columns.ratePerSecond), at(columns.goodputPerSecond), errors, at(columns.attemptsPerSecond),
                                    at(columns.p50), at(columns.p95), at(columns.p99), at(columns.p999), at(columns.mean),
                                    at(columns.queueMean), at(columns.queueMax), at(columns.utilization)});
        const auto rows = world.heat(node, bucket);
        if (rows.size() == heatRows) {
            // A node that had no heat map before has empty columns up to now.
            all_.heat[node].resize(bucket * heatRows, 0);
            all_.heat[node].insert(all_.heat[node].end(), rows.begin(), rows.end());
        } else if (!all_.heat[node].empty()) {
            all_.heat[node].resize((bucket + 1) * heatRows, 0);
        }
    }
    all_.frames.push_back(frame ? *frame : models::Frame{});
    all_.goodShare.push_back(ended > 0 ? static_cast<float>(good / ended) : none);
}

SeriesChunk SeriesRecord::from(std::size_t firstBucket) const
{
    const std::lock_guard lock{mutex_};
    SeriesChunk chunk;
    chunk.bucketSeconds = all_.bucketSeconds;
    const std::size_t first = std::min(firstBucket, all_.goodShare.size());
    chunk.firstBucket = first;
    const auto tail = [](const auto& values, std::size_t begin) {
        return std::decay_t<decltype(values)>(values.begin() + static_cast<std::ptrdiff_t>(std::min(begin, values.size())), values.end());
    };
    for (const auto& points : all_.nodes) chunk.nodes.push_back(tail(points, first));
    for (const auto& rows : all_.heat) chunk.heat.push_back(tail(rows, first * heatRows));
    chunk.frames = tail(all_.frames, first);
    chunk.goodShare = tail(all_.goodShare, first);
    return chunk;
}

}  // namespace tantrum::app
