// Puts a parsed call and a function's declaration together: which argument is which, its value, its range.
#pragma once

#include "engine/distribution.h"
#include "models/scenario/data_files.h"
#include "models/scenario/expression.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tantrum::models::scenario {

/// A call whose arguments are known to be complete and in range; `values[i]` belongs to `function->arguments[i]`.
struct Binding {
    struct Value {
        double number = 0;         ///< nanoseconds, per second, bytes, share or plain
        engine::Distribution law;  ///< of Dimension::ownDistribution
        std::string_view text;     ///< as written, or the fallback
    };
    struct Part {  ///< of Dimension::mixture
        Probability share;
        engine::Distribution law;
    };
    struct Phase {  ///< of Dimension::steps
        Rate rate;
        engine::Duration length;  ///< 0 when the last one was left open
    };
    const FunctionDoc* function = nullptr;
    std::size_t index = 0;  ///< of the function in its family
    std::vector<Value> values;
    std::vector<Part> parts;
    std::vector<Phase> phases;
};

/// `own`: the measure of the distribution that is being read. nullopt fills `error`.
std::optional<Binding> bind(const Expression&, std::span<const FunctionDoc> family, Measure own, DataFiles*,
                            ExpressionError&);

/// A distribution, or a bare value of the measure. `files` may be nullptr.
std::optional<engine::Distribution> evaluate(const Expression&, Measure, DataFiles* files, ExpressionError&);

/// "uniform(low high)", "lognormal(p50=… p99=…)", "exponential(mean)"
std::string signature(const FunctionDoc&);
std::vector<std::string_view> functionNames(std::span<const FunctionDoc>);

}  // namespace tantrum::models::scenario
