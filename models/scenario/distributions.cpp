#include "models/scenario/distributions.h"

#include "engine/ensure.h"
#include "models/scenario/binding.h"
#include "models/scenario/diagnostics.h"

#include <array>
#include <cmath>
#include <fmt/format.h>

namespace tantrum::models::scenario {
namespace {

using engine::Distribution;
using Values = std::span<const Binding::Value>;

struct Law {
    FunctionDoc doc;
    Parsed<Distribution> (*build)(Values);  // nullptr: mix and empirical, which take more than numbers
};

Parsed<Distribution> ordered(bool inOrder, const char* rule, Distribution (*make)(Values), Values values)
{
    if (!inOrder) return {rule, {}};
    return make(values);
}

// Limits beyond which a law is no longer drawn from sensibly; sizes and times are bounded by their units already.
const std::vector<Law>& laws()
{
    using D = Dimension;
    static const std::vector<Law> table{
        {{"exponential", "memoryless; as likely to end now as ever", {{"mean", D::own, "the mean"}}},
         [](Values v) -> Parsed<Distribution> { return Distribution::exponential(v[0].number); }},
        {{"uniform", "anything between two values", {{"low", D::own, "the least"}, {"high", D::own, "the most"}}},
         [](Values v) {
             return ordered(
                 v[0].number <= v[1].number, "'low' has to be at most 'high'",
                 [](Values w) { return Distribution::uniform(w[0].number, w[1].number); }, v);
         }},
        {{"normal",
          "bell-shaped, without its negative part",
          {{"mean", D::own, "the mean"}, {"deviation", D::own, "the standard deviation"}}},
         [](Values v) -> Parsed<Distribution> { return Distribution::normal(v[0].number, v[1].number); }},
        {{"lognormal",
          "typical of response times: a long right tail",
          {{"median", D::own, "half are below it", {}, 0, INFINITY, true},
           {"sigma", D::number, "the deviation of the logarithm", {}, 0, 10}}},
         [](Values v) -> Parsed<Distribution> { return Distribution::lognormal(v[0].number, v[1].number); }},
        {{"lognormal",
          "the same, by two percentiles",
          {{"p50", D::own, "the median", {}, 0, INFINITY, true},
           {"p99", D::own, "99% are below it", {}, 0, INFINITY, true}},
          true},
         [](Values v) {
             return ordered(
                 v[0].number <= v[1].number, "'p50' has to be at most 'p99'",
                 [](Values w) { return Distribution::lognormalFromPercentiles(w[0].number, w[1].number); }, v);
         }},
        {{"lognormal",
          "the same, by its moments",
          {{"mean", D::own, "the mean", {}, 0, INFINITY, true}, {"deviation", D::own, "the standard deviation"}},
          true},
         [](Values v) {
             return ordered(
                 v[1].number <= 1e6 * v[0].number, "'deviation' has to be at most a million times 'mean'",
                 [](Values w) { return Distribution::lognormalFromMoments(w[0].number, w[1].number); }, v);
         }},
        {{"erlang",
          "several exponential stages in a row",
          {{"stages", D::count, "how many", {}, 1, 10'000}, {"mean", D::own, "the mean of their sum"}}},
         [](Values v) -> Parsed<Distribution> {
             return Distribution::erlang(static_cast<std::uint32_t>(v[0].number), v[1].number);
         }},
        {{"gamma",
          "between exponential (shape 1) and steady (large shape)",
          {{"shape", D::number, "1 / squared variation", {}, 0.01, 10'000}, {"mean", D::own, "the mean"}}},
         [](Values v) -> Parsed<Distribution> { return Distribution::gamma(v[0].number, v[1].number); }},
        {{"weibull",
          "lifetimes: shape below 1 fails early, above 1 wears out",
          {{"shape", D::number, "1 is exponential", {}, 0.1, 1'000}, {"scale", D::own, "63% are below it"}}},
         [](Values v) -> Parsed<Distribution> { return Distribution::weibull(v[0].number, v[1].number); }},
        {{"pareto",
          "heavy-tailed",
          {{"minimum", D::own, "the least", {}, 0, INFINITY, true},
           {"shape", D::number, "the smaller, the heavier the tail; the mean is infinite up to 1", {}, 0.1, 1'000}}},
         [](Values v) -> Parsed<Distribution> { return Distribution::pareto(v[0].number, v[1].number); }},
        {{"bounded_pareto",
          "heavy-tailed up to a maximum",
          {{"minimum", D::own, "the least", {}, 0, INFINITY, true},
           {"maximum", D::own, "the most", {}, 0, INFINITY, true},
           {"shape", D::number, "the smaller, the heavier the tail", {}, 0.1, 1'000}}},
         [](Values v) {
             return ordered(
                 v[0].number <= v[1].number, "'minimum' has to be at most 'maximum'",
                 [](Values w) { return Distribution::boundedPareto(w[0].number, w[1].number, w[2].number); }, v);
         }},
        {{"triangular",
          "between two values, most often near a third",
          {{"low", D::own, "the least"}, {"mode", D::own, "the most frequent"}, {"high", D::own, "the most"}}},
         [](Values v) {
             return ordered(
                 v[0].number <= v[1].number && v[1].number <= v[2].number, "'low', 'mode' and 'high' have to ascend",
                 [](Values w) { return Distribution::triangular(w[0].number, w[1].number, w[2].number); }, v);
         }},
        {{"hyperexponential",
          "more variable than exponential: few long ones among many short",
          {{"mean", D::own, "the mean"}, {"cv2", D::number, "squared coefficient of variation", {}, 1, 1e6}}},
         [](Values v) -> Parsed<Distribution> { return Distribution::hyperexponential(v[0].number, v[1].number); }},
        {{"mix",
          "one of several, by share: mix(99%=5ms 1%=100ms)",
          {{"share=value", D::mixture, "its share, and a value or distribution"}}},
         nullptr},
        {{"empirical",
          "drawn from measured values, one a line in a file next to the scenario",
          {{"file", D::file, "plain numbers are seconds, bytes or counts"}}},
         nullptr},
        {{"shifted",
          "a fixed part and a varying one",
          {{"offset", D::own, "the fixed part"}, {"distribution", D::ownDistribution, "the varying part"}}},
         [](Values v) -> Parsed<Distribution> { return Distribution::shifted(v[0].number, v[1].law); }},
    };
    return table;
}

Parsed<double> plainValue(std::string_view text, Measure measure)
{
    if (measure == Measure::time) {
        const auto time = parseDuration(text);
        return time ? Parsed<double>(static_cast<double>((*time).count())) : Parsed<double>(time.message, time.hint);
    }
    if (measure == Measure::bytes) {
        const auto size = parseBytes(text);
        return size ? Parsed<double>(static_cast<double>((*size).count())) : Parsed<double>(size.message, size.hint);
    }
    const auto count = parseNumber(text);
    if (count && !(*count >= 0 && *count <= 1e12))
        return {fmt::format("{} is out of range", inQuotes(text)), "0 to 1e12"};
    return count;
}

template <class Result> Result fromText(std::string_view text, Measure measure)
{
    ExpressionError error;
    const auto expression = parseExpression(text, error);
    const auto law = expression ? evaluate(*expression, measure, nullptr, error) : std::nullopt;
    ENSURE(law, (std::string(text) + ": " + error.message).c_str());
    return {*law, std::string(text)};
}

}  // namespace

std::span<const FunctionDoc> distributionFunctions()
{
    static const std::vector<FunctionDoc> docs = [] {
        std::vector<FunctionDoc> all;
        for (const Law& law : laws()) all.push_back(law.doc);
        return all;
    }();
    return docs;
}

std::optional<Distribution> evaluate(const Expression& expression, Measure measure, DataFiles* files,
                                     ExpressionError& error)
{
    const auto fail = [&](std::string message, std::string hint) {
        error = {expression.from, std::move(message), std::move(hint)};
        return std::nullopt;
    };
    if (!expression.call) {
        const auto value = plainValue(expression.name, measure);
        if (value) return Distribution::constant(*value);
        for (const std::string_view name : functionNames(distributionFunctions()))
            if (name == expression.name)
                return fail(fmt::format("{} needs its arguments", name), fmt::format("write {}(…)", name));
        return fail(value.message, value.hint);
    }
    const auto bound = bind(expression, distributionFunctions(), measure, files, error);
    if (!bound) return std::nullopt;
    if (!bound->parts.empty()) {
        std::vector<std::pair<double, Distribution>> parts;
        for (const auto& part : bound->parts) parts.emplace_back(part.share.share(), part.law);
        return Distribution::mixture(parts);
    }
    const Law& law = laws()[bound->index];
    if (!law.build) {
        DataFiles none{{}};
        DataFiles::Problem problem;
        auto measured = (files ? *files : none).empirical(bound->values[0].text, measure, problem);
        return measured ? measured : fail(std::move(problem.message), std::move(problem.hint));
    }
    const auto built = law.build(bound->values);
    return built ? built.value : fail(built.message, "write " + signature(law.doc));
}

DurationDistribution DurationDistribution::of(std::string_view text)
{
    return fromText<DurationDistribution>(text, Measure::time);
}
DurationDistribution DurationDistribution::constant(engine::Duration value)
{
    return {Distribution::constant(static_cast<double>(value.count())), textOf(value)};
}
BytesDistribution BytesDistribution::of(std::string_view text)
{
    return fromText<BytesDistribution>(text, Measure::bytes);
}
BytesDistribution BytesDistribution::constant(Bytes value)
{
    return {Distribution::constant(static_cast<double>(value.count())), textOf(value)};
}
CountDistribution CountDistribution::of(std::string_view text)
{
    return fromText<CountDistribution>(text, Measure::count);
}
CountDistribution CountDistribution::constant(std::int64_t value)
{
    return {Distribution::constant(static_cast<double>(value)), textOf(value)};
}

}  // namespace tantrum::models::scenario
