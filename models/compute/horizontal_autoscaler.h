// The arithmetic of the Kubernetes HorizontalPodAutoscaler, apart from the pods it is about.
#pragma once

#include "engine/time.h"

#include <cstdint>
#include <deque>
#include <span>

namespace tantrum::models::compute {

class HorizontalAutoscaler {
public:
    struct Rules {
        std::int64_t least = 1, most = 10;
        double target = 0.8;      ///< use of what the pods request; 1: all of it
        double tolerance = 0.1;
        engine::Duration stabilization = engine::Duration::seconds(300);  ///< of scaling down
        engine::Duration policyPeriod = engine::Duration::seconds(15);
        std::int64_t podsUp = 4;  ///< in each period this many more, or as many again, whichever is more
    };
    struct Pod {
        enum class State : std::uint8_t { counted, unready, missing };
        State state = State::counted;
        double use = 0;           ///< of what it requests; if counted
    };

    explicit HorizontalAutoscaler(const Rules& rules) : rules_(rules) {}
    void change(const Rules& rules) { rules_ = rules; }

    /// What the metric alone asks for. Pods that are not ready count as idle, those without a metric as whatever holds the
    /// change back; a change that then turns round, or is within the tolerance, is none.
    std::int64_t recommend(std::int64_t current, std::span<const Pod> pods) const;
    /// What is done about it at this sync: the highest recommendation of late when fewer are asked for, limited in each
    /// period, within least and most.
    std::int64_t decide(engine::Instant now, std::int64_t current, std::span<const Pod> pods);

private:
    struct Stamped {
        engine::Instant at;
        std::int64_t value;
    };
    Rules rules_;
    std::deque<Stamped> recommendations_, added_;
};

}  // namespace tantrum::models::compute
