// When requests come, and which keys they ask for.
#pragma once

#include "engine/time.h"
#include "models/scenario/distributions.h"
#include "models/scenario/quantities.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tantrum::models::scenario {

/// How requests arrive. The fields that count depend on `kind`; the others keep their defaults.
struct Arrivals {
    enum class Kind : std::uint8_t {
        poisson,  ///< rate
        paced,    ///< rate; equal gaps
        closed,   ///< users, think; each user waits for its answer, thinks, asks again
        ramp,     ///< from rate linearly to `to` within `over`, then stays
        steps,    ///< phases one after the other; the last rate stays
        spike,    ///< rate, but `to` from `start` for `length`
        diurnal,  ///< rate * (1 + swing * sin(2 pi t / period))
        trace     ///< at the given instants
    };
    struct Phase {
        Rate rate;
        engine::Duration length;
    };

    Kind kind = Kind::poisson;
    Rate rate = Rate::perSecond(1);
    Rate to;
    std::int64_t users = 0;
    DurationDistribution think;
    engine::Duration over;
    engine::Duration start;
    engine::Duration length;
    engine::Duration period;
    Probability swing;
    std::vector<Phase> phases;
    std::shared_ptr<const std::vector<engine::Duration>> instants;  ///< ascending; shared by copies
    std::string text = "poisson(1/s)";

    /// For defaults in code; requires a valid expression without files.
    static Arrivals of(std::string_view text);
    /// Requests go on whatever the answers: everything but `closed`.
    bool open() const { return kind != Kind::closed; }
    /// The highest rate at any time; 0 for closed arrivals and traces.
    Rate peak() const;
};

/// Which of many things a request asks for.
struct Keys {
    enum class Kind : std::uint8_t { single, uniform, zipf };
    Kind kind = Kind::single;
    std::int64_t count = 1;
    double exponent = 0;  ///< zipf: key k of 1..count with weight k^-exponent
    std::string text = "single";

    static Keys of(std::string_view text);
};

}  // namespace tantrum::models::scenario
