// How long to wait before trying again: `exponential(50ms max=2s)`, `fixed(100ms)`.
#pragma once

#include "engine/time.h"
#include "models/scenario/expression.h"
#include "models/scenario/values.h"

#include <span>
#include <string>

namespace tantrum::models::scenario {

struct Backoff {
    enum class Kind : std::uint8_t { exponential, fixed };
    Kind kind = Kind::exponential;
    engine::Duration base = engine::Duration::milliseconds(100);  ///< the first wait
    engine::Duration longest = engine::Duration::seconds(20);     ///< exponential
    double factor = 2;                                            ///< exponential: each wait to the one before
    std::string text = "exponential(100ms max=20s)";
};

std::span<const FunctionDoc> backoffFunctions();

template <> struct ValueType<Backoff> {
    using Bound = std::monostate;
    static std::string kind() { return "backoff"; }
    static std::optional<Backoff> read(const Node&, Reading&, const Rules<Backoff>&);
    static std::string write(const Backoff& backoff) { return backoff.text; }
    static void schema(nlohmann::json&, const Rules<Backoff>&);
};

}  // namespace tantrum::models::scenario
