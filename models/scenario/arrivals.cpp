#include "models/scenario/arrivals.h"

#include "engine/ensure.h"
#include "models/scenario/arrivals_reading.h"
#include "models/scenario/binding.h"
#include "models/scenario/diagnostics.h"

#include <algorithm>
#include <fmt/format.h>

namespace tantrum::models::scenario {
namespace {

using Kind = Arrivals::Kind;
constexpr double anyRate = highestRatePerSecond;

std::nullopt_t fail(ExpressionError& error, const Expression& at, std::string message, std::string hint)
{
    error = {at.from, std::move(message), std::move(hint)};
    return std::nullopt;
}

engine::Duration timeOf(const Binding::Value& value) { return engine::Duration::fromNanoseconds(value.number); }
Rate rateOf(const Binding::Value& value) { return Rate::perSecond(value.number); }

}  // namespace

// In the order of Arrivals::Kind.
std::span<const FunctionDoc> arrivalFunctions()
{
    using D = Dimension;
    static const std::vector<FunctionDoc> table{
        {"poisson",
         "many independent users: exponential gaps",
         {{"rate", D::rate, "on average", {}, 0, anyRate, true}}},
        {"paced", "equal gaps", {{"rate", D::rate, "exactly", {}, 0, anyRate, true}}},
        {"closed",
         "each user waits for its answer, thinks, asks again",
         {{"users", D::count, "how many", {}, 1, 1e7},
          {"think", D::ownDistribution, "between an answer and the next request", "0s"}}},
        {"ramp",
         "from one rate to another, then stays",
         {{"from", D::rate, "at the start"},
          {"to", D::rate, "at the end"},
          {"over", D::time, "within", {}, 0, INFINITY, true}}},
        {"steps",
         "rates in turn: steps(100/s 60s 200/s); the last one stays",
         {{"rate length", D::steps, "a rate, for how long, …"}}},
        {"spike",
         "a steady rate with one burst",
         {{"base", D::rate, "before and after"},
          {"peak", D::rate, "during the burst"},
          {"at", D::time, "when it begins"},
          {"for", D::time, "how long it lasts", {}, 0, INFINITY, true}}},
        {"diurnal",
         "up and down like day and night",
         {{"mean", D::rate, "on average"},
          {"swing", D::share, "up and down by", "50%"},
          {"period", D::time, "of one cycle", "24h", 0, INFINITY, true}}},
        {"trace",
         "recorded arrivals, in seconds, ascending, one a line in a file next to the scenario",
         {{"file", D::file, "its name"}}},
    };
    return table;
}

std::span<const FunctionDoc> keyFunctions()
{
    using D = Dimension;
    static const std::vector<FunctionDoc> table{
        {"uniform", "all keys equally often", {{"count", D::count, "how many keys", {}, 1, 1e9}}},
        {"zipf",
         "few keys often, most rarely",
         {{"count", D::count, "how many keys", {}, 1, 1e9},
          {"exponent", D::number, "0 is uniform, 1 typical of the web", "1", 0, 10}}},
    };
    return table;
}

std::optional<Arrivals> readArrivals(const Expression& expression, DataFiles* files, ExpressionError& error)
{
    if (!expression.call) {
        const bool rate = static_cast<bool>(parseRate(expression.name));
        const std::string hint = rate ? fmt::format("write poisson({}) or paced({})", expression.name, expression.name)
                                      : "write e.g. poisson(280/s)";
        return fail(error, expression, fmt::format("{} does not say how requests arrive", inQuotes(expression.name)),
                    hint);
    }
    const auto bound = bind(expression, arrivalFunctions(), Measure::time, files, error);
    if (!bound) return std::nullopt;
    Arrivals result;
    result.kind = static_cast<Kind>(bound->index);
    const auto& values = bound->values;
    switch (result.kind) {
    case Kind::poisson:
    case Kind::paced: result.rate = rateOf(values[0]); break;
    case Kind::closed:
        result.users = static_cast<std::int64_t>(values[0].number);
        result.think.distribution = values[1].law;
        result.think.text = std::string(values[1].text);
        break;
    case Kind::ramp:
        result.rate = rateOf(values[0]);
        result.to = rateOf(values[1]);
        result.over = timeOf(values[2]);
        break;
    case Kind::steps:
        for (const auto& [rate, length] : bound->phases) result.phases.push_back({rate, length});
        result.rate = result.phases.front().rate;
        break;
    case Kind::spike:
        result.rate = rateOf(values[0]);
        result.to = rateOf(values[1]);
        result.start = timeOf(values[2]);
        result.length = timeOf(values[3]);
        break;
    case Kind::diurnal:
        result.rate = rateOf(values[0]);
        result.swing = Probability::ofShare(values[1].number);
        result.period = timeOf(values[2]);
        break;
    case Kind::trace: {
        DataFiles none{{}};
        DataFiles::Problem problem;
        result.instants = (files ? *files : none).instants(values[0].text, problem);
        if (!result.instants) return fail(error, expression, std::move(problem.message), std::move(problem.hint));
        break;
    }
    }
    return result;
}

std::optional<Keys> readKeys(const Expression& expression, ExpressionError& error)
{
    Keys keys;
    if (!expression.call) {
        if (expression.name == "single") return keys;
        const std::string_view words[]{"single", "uniform", "zipf"};
        const std::string hint = suggest(expression.name, words);
        return fail(error, expression,
                    fmt::format("{} does not say which keys are asked for", inQuotes(expression.name)),
                    hint.empty() ? "write e.g. zipf(10000 1.0), uniform(1000) or single" : hint);
    }
    const auto bound = bind(expression, keyFunctions(), Measure::count, nullptr, error);
    if (!bound) return std::nullopt;
    keys.count = static_cast<std::int64_t>(bound->values[0].number);
    keys.kind = bound->index == 0 ? Keys::Kind::uniform : Keys::Kind::zipf;
    if (keys.kind == Keys::Kind::zipf) keys.exponent = bound->values[1].number;
    return keys;
}

Rate Arrivals::peak() const
{
    switch (kind) {
    case Kind::closed:
    case Kind::trace: return {};
    case Kind::diurnal: return Rate::perSecond(rate.perSecond() * (1 + swing.share()));
    case Kind::steps:
        return std::max_element(phases.begin(), phases.end(),
                                [](const Phase& one, const Phase& other) { return one.rate < other.rate; })
            ->rate;
    default: return std::max(rate, to);
    }
}

Arrivals Arrivals::of(std::string_view text)
{
    ExpressionError error;
    const auto expression = parseExpression(text, error);
    auto arrivals = expression ? readArrivals(*expression, nullptr, error) : std::nullopt;
    ENSURE(arrivals, (std::string(text) + ": " + error.message).c_str());
    arrivals->text = text;
    return *std::move(arrivals);
}

Keys Keys::of(std::string_view text)
{
    ExpressionError error;
    const auto expression = parseExpression(text, error);
    auto keys = expression ? readKeys(*expression, error) : std::nullopt;
    ENSURE(keys, (std::string(text) + ": " + error.message).c_str());
    keys->text = text;
    return *std::move(keys);
}

}  // namespace tantrum::models::scenario
