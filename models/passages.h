// What travelled over the edges, for the animation. A full buffer drops pictures, counted, never measurements.
#pragma once

#include "models/service.h"
#include "models/world/view.h"

#include <cstdint>
#include <vector>

namespace tantrum::models {

class PassageRecorder {
public:
    bool on() const { return capacity_ > 0; }
    void open(std::size_t capacity) { capacity_ = capacity, passages_.reserve(capacity); }
    void record(const Passage& passage)
    {
        if (passages_.size() < capacity_)
            passages_.push_back(passage);
        else
            ++dropped_;
    }
    void take(std::vector<Passage>& into)
    {
        into.insert(into.end(), passages_.begin(), passages_.end());
        passages_.clear();
    }
    std::uint64_t dropped() const { return dropped_; }

private:
    std::size_t capacity_ = 0;
    std::uint64_t dropped_ = 0;
    std::vector<Passage> passages_;
};

inline Mark markOf(Outcome outcome)
{
    switch (outcome) {
    case Outcome::ok: return Mark::ok;
    case Outcome::timeout:
    case Outcome::expired: return Mark::timeout;
    case Outcome::rejected:
    case Outcome::circuitOpen:
    case Outcome::rateLimited: return Mark::rejected;
    case Outcome::error: return Mark::error;
    case Outcome::crashed:
    case Outcome::unreachable: return Mark::crashed;
    }
    return Mark::error;
}

}  // namespace tantrum::models
