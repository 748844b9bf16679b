// A random value of a known dimension, as a parameter: the law, and the text it was read from.
#pragma once

#include "engine/distribution.h"
#include "engine/time.h"
#include "models/scenario/quantities.h"

#include <string>
#include <string_view>

namespace tantrum::models::scenario {

/// A time that varies. Draws are in nanoseconds.
struct DurationDistribution {
    engine::Distribution distribution;
    std::string text = "0s";
    /// For defaults in code. Requires a valid expression without files: `DurationDistribution::of("exponential(4ms)")`.
    static DurationDistribution of(std::string_view text);
    static DurationDistribution constant(engine::Duration);
    engine::Duration mean() const { return engine::Duration::fromNanoseconds(distribution.mean()); }
};

/// A size that varies. Draws are in bytes.
struct BytesDistribution {
    engine::Distribution distribution;
    std::string text = "0B";
    static BytesDistribution of(std::string_view text);
    static BytesDistribution constant(Bytes);
};

/// A whole number that varies. Draws are plain numbers, to be rounded by the model.
struct CountDistribution {
    engine::Distribution distribution;
    std::string text = "0";
    static CountDistribution of(std::string_view text);
    static CountDistribution constant(std::int64_t);
};

}  // namespace tantrum::models::scenario
