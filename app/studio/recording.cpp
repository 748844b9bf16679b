#include "app/studio/recording.h"

#include <algorithm>
#include <cmath>

namespace tantrum::studio {

namespace {

template <class T> void appendAll(std::vector<T>& to, std::vector<T>& from)
{
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

template <class T> void appendAll(std::vector<std::vector<T>>& to, std::vector<std::vector<T>>& from)
{
    to.resize(std::max(to.size(), from.size()));
    for (std::size_t i = 0; i < from.size(); ++i) to[i].insert(to[i].end(), from[i].begin(), from[i].end());
}

template <class T> const T& emptyOne()
{
    static const T none;
    return none;
}

}  // namespace

void Recording::clear() { *this = Recording{}; }

bool Recording::fetch(const app::Session& session, std::size_t buckets)
{
    if (buckets == columns()) return false;
    app::SeriesChunk chunk = session.seriesFrom(buckets < columns() ? 0 : columns());
    const bool again = buckets < columns() || (columns() > 0 && chunk.bucketSeconds != bucketSeconds_);
    if (again) {
        clear();
        if (chunk.firstBucket != 0) chunk = session.seriesFrom(0);
    }
    bucketSeconds_ = chunk.bucketSeconds;
    appendAll(nodes_, chunk.nodes);
    appendAll(heat_, chunk.heat);
    appendAll(frames_, chunk.frames);
    goodShare_.insert(goodShare_.end(), chunk.goodShare.begin(), chunk.goodShare.end());
    return true;
}

std::size_t Recording::columnAt(double seconds) const
{
    const double completed = std::floor(seconds / bucketSeconds_ + 1e-9);
    return static_cast<std::size_t>(std::clamp(completed - 1, 0.0, static_cast<double>(columns() - 1)));
}

const std::vector<app::NodePoint>& Recording::node(std::size_t index) const
{
    return index < nodes_.size() ? nodes_[index] : emptyOne<std::vector<app::NodePoint>>();
}

const std::vector<std::uint32_t>& Recording::heat(std::size_t index) const
{
    return index < heat_.size() ? heat_[index] : emptyOne<std::vector<std::uint32_t>>();
}

const models::Frame* Recording::frameAt(double seconds) const
{
    if (frames_.empty()) return nullptr;
    return &frames_[std::min(columnAt(seconds), frames_.size() - 1)];
}

}  // namespace tantrum::studio
