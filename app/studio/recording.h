// The window's copy of what a run has recorded so far, fetched column by column.
#pragma once

#include "app/core/session.h"

#include <cstddef>
#include <vector>

namespace tantrum::studio {

class Recording {
public:
    void clear();
    /// Fetches the columns that are new; everything again when the session has changed the width of its buckets.
    /// True when there was something new.
    bool fetch(const app::Session& session, std::size_t buckets);

    std::size_t columns() const { return goodShare_.size(); }
    double bucketSeconds() const { return bucketSeconds_; }
    /// Where a column ends, in seconds of the run.
    double endOf(std::size_t column) const { return static_cast<double>(column + 1) * bucketSeconds_; }
    /// The column that was being shown at that moment: the last one completed. Requires columns() > 0.
    std::size_t columnAt(double seconds) const;

    /// One value a column; empty for an unknown node.
    const std::vector<app::NodePoint>& node(std::size_t index) const;
    /// [column * app::heatRows + row]; empty for nodes without a heat map.
    const std::vector<std::uint32_t>& heat(std::size_t index) const;
    const std::vector<float>& goodShare() const { return goodShare_; }
    /// nullptr before the first column.
    const models::Frame* frameAt(double seconds) const;

private:
    double bucketSeconds_ = 1;
    std::vector<std::vector<app::NodePoint>> nodes_;
    std::vector<std::vector<std::uint32_t>> heat_;
    std::vector<models::Frame> frames_;
    std::vector<float> goodShare_;
};

}  // namespace tantrum::studio
