#include "models/scenario/backoff.h"

#include "models/scenario/binding.h"
#include "models/scenario/reading.h"

#include <nlohmann/json.hpp>

#include <cmath>

namespace tantrum::models::scenario {

// In the order of Backoff::Kind.
std::span<const FunctionDoc> backoffFunctions()
{
    using D = Dimension;
    static const std::vector<FunctionDoc> table{
        {"exponential", "each wait a multiple of the one before",
         {{"base", D::time, "the first wait"}, {"max", D::time, "the longest wait", "20s"}, {"factor", D::number, "each wait to the one before", "2", 1, 100}}},
        {"fixed", "the same wait each time", {{"base", D::time, "every wait"}}},
    };
    return table;
}

std::optional<Backoff> ValueType<Backoff>::read(const Node& node, Reading& reading, const Rules<Backoff>&)
{
    constexpr std::string_view hint = "write e.g. exponential(50ms max=2s) or fixed(100ms)";
    if (!node.isScalar() || node.isNull()) {
        reading.error(node, "a backoff is expected here", std::string(hint));
        return std::nullopt;
    }
    ExpressionError error;
    const auto expression = parseExpression(node.text(), error);
    if (expression && !expression->call) error = {expression->from, inQuotes(expression->name) + " does not say how the wait grows", std::string(hint)};
    const auto bound = expression && expression->call ? scenario::bind(*expression, backoffFunctions(), Measure::time, nullptr, error) : std::nullopt;
    if (!bound) {
        reading.error(node.placeOf(error.at), error.message, error.hint);
        return std::nullopt;
    }
    Backoff backoff;
    backoff.kind = static_cast<Backoff::Kind>(bound->index);
    backoff.base = engine::Duration::fromNanoseconds(bound->values[0].number);
    if (backoff.kind == Backoff::Kind::exponential) {
        backoff.longest = engine::Duration::fromNanoseconds(bound->values[1].number);
        backoff.factor = bound->values[2].number;
    }
    backoff.text = node.text();
    return backoff;
}

void ValueType<Backoff>::schema(nlohmann::json& out, const Rules<Backoff>&)
{
    out["type"] = "string";
    out["pattern"] = "^(exponential|fixed)\\(.*\\)$";
}

}  // namespace tantrum::models::scenario
