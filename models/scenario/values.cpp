#include "models/scenario/values.h"

#include "models/scenario/arrivals_reading.h"
#include "models/scenario/binding.h"
#include "models/scenario/names.h"
#include "models/scenario/value_schema.h"
#include "models/scenario/yaml_text.h"

#include <cmath>
#include <fmt/format.h>

namespace tantrum::models::scenario::detail {
namespace {

template <class Value> std::optional<Value> reported(const Node& node, Reading& reading, const ExpressionError& error,
                                                     std::optional<Value> value)
{
    if (!value) reading.error(node.placeOf(error.at), error.message, error.hint);
    return value;
}

template <class Law> std::optional<Law> lawOf(const Node& node, Reading& reading, Measure measure)
{
    ExpressionError error;
    const auto expression = parseExpression(node.text(), error);
    const auto law = reported(node, reading, error,
                              expression ? evaluate(*expression, measure, &reading.files, error) : std::nullopt);
    return law ? std::optional(Law{*law, std::string(node.text())}) : std::nullopt;
}

// What the text of each type parses to. Errors are reported here.
template <class T> std::optional<T> parsed(const Node& node, Reading& reading, const Rules<T>& rules)
{
    const std::string_view text = node.text();
    const auto plain = [&](const Parsed<T>& result) {
        if (!result) reading.error(node, result.message, result.hint);
        return result.value;
    };
    if constexpr (std::is_same_v<T, engine::Duration>)
        return plain(parseDuration(text));
    else if constexpr (std::is_same_v<T, Rate>)
        return plain(parseRate(text));
    else if constexpr (std::is_same_v<T, Bytes>)
        return rules.mayBeUnlimited && text == "unlimited" ? Bytes::unlimited() : plain(parseBytes(text));
    else if constexpr (std::is_same_v<T, Bandwidth>)
        return plain(parseBandwidth(text));
    else if constexpr (std::is_same_v<T, Probability>)
        return plain(parseProbability(text));
    else if constexpr (std::is_same_v<T, Money>)
        return plain(parseMoney(text));
    else if constexpr (std::is_same_v<T, std::int64_t>)
        return rules.mayBeUnlimited && text == "unlimited" ? unlimited : plain(parseCount(text));
    else if constexpr (std::is_same_v<T, double>)
        return plain(parseNumber(text));
    else if constexpr (std::is_same_v<T, bool>)
        return plain(parseBool(text));
    else if constexpr (std::is_same_v<T, std::string>)
        return plain(text.size() <= 1'000 ? Parsed<std::string>(std::string(text))
                                          : Parsed<std::string>("the text is longer than 1000 bytes", ""));
    else if constexpr (std::is_same_v<T, LinkPattern>)
        return plain(parseLink(text));
    else if constexpr (std::is_same_v<T, DurationDistribution>)
        return lawOf<T>(node, reading, Measure::time);
    else if constexpr (std::is_same_v<T, BytesDistribution>)
        return lawOf<T>(node, reading, Measure::bytes);
    else if constexpr (std::is_same_v<T, CountDistribution>)
        return lawOf<T>(node, reading, Measure::count);
    else if constexpr (std::is_same_v<T, Arrivals> || std::is_same_v<T, Keys>) {
        ExpressionError error;
        const auto expression = parseExpression(text, error);
        std::optional<T> value;
        if constexpr (std::is_same_v<T, Arrivals>)
            value = expression ? readArrivals(*expression, &reading.files, error) : std::nullopt;
        else
            value = expression ? readKeys(*expression, error) : std::nullopt;
        if (value) value->text = text;
        return reported(node, reading, error, std::move(value));
    } else if constexpr (std::is_same_v<T, NodeReference>) {
        const Parsed<std::string> name = parseName(text);
        if (!name) return reading.error(node, name.message, name.hint), std::nullopt;
        reading.refer(node, *name, {}, rules.accepts, true);
        return NodeReference{*name};
    } else {
        static_assert(std::is_same_v<T, OperationReference>);
        const std::optional<OperationReference> target = plain(parseOperation(text));
        if (target)
            reading.refer(node, target->node, target->operation, rules.accepts.empty() ? "calls" : rules.accepts);
        return target;
    }
}

// What limits apply to: the value, or the mean of a distribution.
template <class T> auto limited(const T& value)
{
    if constexpr (std::is_same_v<T, DurationDistribution>)
        return value.mean();
    else if constexpr (std::is_same_v<T, BytesDistribution>)
        return Bytes::of(static_cast<std::int64_t>(std::min(value.distribution.mean(), 1e18)));
    else if constexpr (std::is_same_v<T, CountDistribution>)
        return value.distribution.mean();
    else
        return value;
}

}  // namespace

template <class T, class Limit> std::string Supplied<T, Limit>::kind() { return std::string(nameOfType<T>()); }

template <class T, class Limit>
std::optional<T> Supplied<T, Limit>::read(const Node& node, Reading& reading, const Rules<T>& rules)
{
    if (!node.isScalar() || node.isNull()) {
        reading.error(node, fmt::format("{} is expected here, not {}", articleOf<T>(), node.kindName()),
                      node.isNull() ? "write a value after the colon" : "");
        return std::nullopt;
    }
    std::optional<T> value = parsed<T>(node, reading, rules);
    if constexpr (!std::is_same_v<Limit, std::monostate>) {
        if (!value) return value;
        const Limit measured = limited(*value);
        const bool unbounded = rules.mayBeUnlimited && node.text() == "unlimited";
        if ((rules.least && measured < *rules.least) || (rules.most && !unbounded && measured > *rules.most)) {
            const bool law = !std::is_same_v<T, Limit>;
            reading.error(node, fmt::format("{}{} is out of range", law ? "the mean of " : "", inQuotes(node.text())),
                          "allowed: " + scenario::rangeText(rules) + (rules.mayBeUnlimited ? ", or unlimited" : ""));
            return std::nullopt;
        }
    }
    return value;
}

template <class T, class Limit> std::string Supplied<T, Limit>::write(const T& value)
{
    if constexpr (requires { value.distribution.mean(); } || std::is_same_v<T, Arrivals> || std::is_same_v<T, Keys>)
        return yamlScalar(value.text, true);
    else if constexpr (std::is_same_v<T, std::string>)
        return yamlScalar(value, true);
    else if constexpr (std::is_same_v<T, NodeReference>)
        return value.node;
    else if constexpr (requires { value.text(); })
        return yamlScalar(value.text(), true);
    else
        return textOf(value);
}

template <class T, class Limit> void Supplied<T, Limit>::schema(nlohmann::json& out, const Rules<T>& rules)
{
    schemaOfType<T>(out, rules);
}

template struct Supplied<engine::Duration>;
template struct Supplied<Rate>;
template struct Supplied<Bytes>;
template struct Supplied<Bandwidth>;
template struct Supplied<Probability>;
template struct Supplied<Money>;
template struct Supplied<std::int64_t>;
template struct Supplied<double>;
template struct Supplied<bool>;
template struct Supplied<std::string, std::monostate>;
template struct Supplied<DurationDistribution, engine::Duration>;
template struct Supplied<BytesDistribution, Bytes>;
template struct Supplied<CountDistribution, double>;
template struct Supplied<Arrivals, std::monostate>;
template struct Supplied<Keys, std::monostate>;
template struct Supplied<LinkPattern, std::monostate>;
template struct Supplied<NodeReference, std::monostate>;
template struct Supplied<OperationReference, std::monostate>;

std::string rangeText(const std::string& least, const std::string& most)
{
    if (least.empty()) return most.empty() ? std::string() : "at most " + most;
    return most.empty() ? "at least " + least : least + " to " + most;
}

std::optional<std::size_t> readWord(const Node& node, Reading& reading, std::span<const std::string_view> words)
{
    if (node.isScalar())
        for (std::size_t i = 0; i < words.size(); ++i)
            if (words[i] == node.text()) return i;
    const std::string list = fmt::format("{}", fmt::join(words, ", "));
    const std::string_view near = node.isScalar() ? nearest(node.text(), words) : std::string_view();
    reading.error(node,
                  node.isScalar() && !node.isNull()
                      ? fmt::format("{} is not one of: {}", inQuotes(node.text()), list)
                      : fmt::format("one of {} is expected here, not {}", list, node.kindName()),
                  near.empty() ? "" : "did you mean " + inQuotes(near) + "?");
    return std::nullopt;
}

bool readList(const Node& node, Reading& reading, const std::function<bool(const Node&)>& item)
{
    if (!node.isSequence()) return item(node);
    bool good = true;
    std::size_t index = 0;
    for (const Node& each : node.items()) {
        const std::string segment = std::to_string(index++);
        const auto inside = reading.inside(segment);
        good = item(each) && good;
    }
    return good;
}

std::string writeList(const std::vector<std::string>& items) { return fmt::format("[{}]", fmt::join(items, ", ")); }

}  // namespace tantrum::models::scenario::detail
