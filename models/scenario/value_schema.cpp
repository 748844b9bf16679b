#include "models/scenario/value_schema.h"

#include "models/scenario/binding.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tantrum::models::scenario::detail {
namespace {

using Json = nlohmann::json;

constexpr std::string_view number = "[0-9][0-9_]*(\\.[0-9]+)?([eE][-+]?[0-9]+)?";
constexpr std::string_view timeUnit = "(ns|us|µs|μs|ms|s|min|h|d)";

std::string timePattern() { return fmt::format("{} ?{}", number, timeUnit); }
std::string ratePattern() { return fmt::format("{} ?/ ?{}", number, timeUnit); }
std::string bytesPattern() { return fmt::format("{} ?(B|[kKMGT]B|[KMGT]iB)", number); }

Json textLike(const std::string& pattern) { return {{"type", "string"}, {"pattern", "^(" + pattern + ")$"}}; }
Json anyOf(std::vector<Json> kinds) { return kinds.size() == 1 ? kinds.front() : Json{{"anyOf", std::move(kinds)}}; }

std::string callPattern(std::span<const FunctionDoc> functions)
{
    return fmt::format("({})\\(.*\\)", fmt::join(functionNames(functions), "|"));
}

template <class T> void limit(Json& schema, const Rules<T>& rules)
{
    if (rules.least) schema["minimum"] = *rules.least;
    if (rules.most) schema["maximum"] = *rules.most;
}

// One row a type: its name with article, and its schema.
template <class T> struct Row;
template <> struct Row<engine::Duration> {
    static constexpr std::string_view name = "a duration";
    static Json schema(const Rules<engine::Duration>&) { return anyOf({textLike(timePattern()), {{"const", 0}}}); }
};
template <> struct Row<Rate> {
    static constexpr std::string_view name = "a rate";
    static Json schema(const Rules<Rate>&) { return textLike(ratePattern()); }
};
template <> struct Row<Bytes> {
    static constexpr std::string_view name = "a size";
    static Json schema(const Rules<Bytes>& rules)
    {
        return anyOf({textLike(bytesPattern() + (rules.mayBeUnlimited ? "|unlimited" : "")), {{"const", 0}}});
    }
};
template <> struct Row<Bandwidth> {
    static constexpr std::string_view name = "a bandwidth";
    static Json schema(const Rules<Bandwidth>&)
    {
        return textLike(fmt::format("{} ?([kMGT]?bit|[kKMG]?B|[KMG]iB)/s", number));
    }
};
template <> struct Row<Probability> {
    static constexpr std::string_view name = "a share";
    static Json schema(const Rules<Probability>&)
    {
        return anyOf({textLike(fmt::format("{} ?%", number)), {{"type", "number"}, {"minimum", 0}, {"maximum", 1}}});
    }
};
template <> struct Row<Money> {
    static constexpr std::string_view name = "an amount of money";
    static Json schema(const Rules<Money>&) { return textLike(fmt::format("\\$ ?{}", number)); }
};
template <> struct Row<std::int64_t> {
    static constexpr std::string_view name = "a count";
    static Json schema(const Rules<std::int64_t>& rules)
    {
        Json whole{{"type", "integer"}};
        limit(whole, rules);
        return anyOf({whole, textLike(fmt::format("-?[0-9]+(_[0-9]+)+{}", rules.mayBeUnlimited ? "|unlimited" : ""))});
    }
};
template <> struct Row<double> {
    static constexpr std::string_view name = "a number";
    static Json schema(const Rules<double>& rules)
    {
        Json plain{{"type", "number"}};
        limit(plain, rules);
        return anyOf({plain, textLike(fmt::format("x{}", number))});
    }
};
template <> struct Row<bool> {
    static constexpr std::string_view name = "a yes or no";
    static Json schema(const Rules<bool>&) { return {{"type", "boolean"}}; }
};
template <> struct Row<std::string> {
    static constexpr std::string_view name = "a text";
    static Json schema(const Rules<std::string>&)
    {
        return {{"type", Json::array({"string", "number"})}, {"maxLength", 1000}};
    }
};
template <> struct Row<DurationDistribution> {
    static constexpr std::string_view name = "a distribution of time";
    static Json schema(const Rules<DurationDistribution>&)
    {
        return anyOf({textLike(timePattern() + "|" + callPattern(distributionFunctions())), {{"const", 0}}});
    }
};
template <> struct Row<BytesDistribution> {
    static constexpr std::string_view name = "a distribution of sizes";
    static Json schema(const Rules<BytesDistribution>&)
    {
        return anyOf({textLike(bytesPattern() + "|" + callPattern(distributionFunctions())), {{"const", 0}}});
    }
};
template <> struct Row<CountDistribution> {
    static constexpr std::string_view name = "a distribution of counts";
    static Json schema(const Rules<CountDistribution>&)
    {
        return anyOf({{{"type", "number"}, {"minimum", 0}}, textLike(callPattern(distributionFunctions()))});
    }
};
template <> struct Row<Arrivals> {
    static constexpr std::string_view name = "an arrival process";
    static Json schema(const Rules<Arrivals>&) { return textLike(callPattern(arrivalFunctions())); }
};
template <> struct Row<Keys> {
    static constexpr std::string_view name = "a choice of keys";
    static Json schema(const Rules<Keys>&) { return textLike("single|" + callPattern(keyFunctions())); }
};
template <> struct Row<LinkPattern> {
    static constexpr std::string_view name = "a link";
    static Json schema(const Rules<LinkPattern>&) { return textLike(std::string(pattern::link)); }
};
template <> struct Row<NodeReference> {
    static constexpr std::string_view name = "a node";
    static Json schema(const Rules<NodeReference>&) { return textLike(std::string(pattern::name)); }
};
template <> struct Row<OperationReference> {
    static constexpr std::string_view name = "an operation";
    static Json schema(const Rules<OperationReference>&)
    {
        return textLike(fmt::format("{}(\\.{})?", pattern::name, pattern::name));
    }
};

}  // namespace

template <class T> std::string_view articleOf() { return Row<T>::name; }
template <class T> std::string_view nameOfType() { return Row<T>::name.substr(Row<T>::name.find(' ') + 1); }
template <class T> void schemaOfType(Json& out, const Rules<T>& rules) { out = Row<T>::schema(rules); }

#define TANTRUM_SUPPLY(T)                                                                                              \
    template std::string_view articleOf<T>();                                                                          \
    template std::string_view nameOfType<T>();                                                                         \
    template void schemaOfType<T>(Json&, const Rules<T>&);
TANTRUM_SUPPLY(engine::Duration)
TANTRUM_SUPPLY(Rate)
TANTRUM_SUPPLY(Bytes)
TANTRUM_SUPPLY(Bandwidth)
TANTRUM_SUPPLY(Probability)
TANTRUM_SUPPLY(Money)
TANTRUM_SUPPLY(std::int64_t)
TANTRUM_SUPPLY(double)
TANTRUM_SUPPLY(bool)
TANTRUM_SUPPLY(std::string)
TANTRUM_SUPPLY(DurationDistribution)
TANTRUM_SUPPLY(BytesDistribution)
TANTRUM_SUPPLY(CountDistribution)
TANTRUM_SUPPLY(Arrivals)
TANTRUM_SUPPLY(Keys)
TANTRUM_SUPPLY(LinkPattern)
TANTRUM_SUPPLY(NodeReference)
TANTRUM_SUPPLY(OperationReference)
#undef TANTRUM_SUPPLY

void wordSchema(Json& out, std::span<const std::string_view> words, std::span<const std::string_view> docs)
{
    Json options = Json::array();
    for (std::size_t i = 0; i < words.size(); ++i) {
        options.push_back({{"const", words[i]}, {"description", docs[i]}});
        if (const auto count = parseCount(words[i])) options.push_back({{"const", *count}, {"description", docs[i]}});  // as YAML reads it
    }
    out = {{"oneOf", std::move(options)}};
}

void listSchema(Json& out, const std::function<void(Json&)>& item)
{
    Json one;
    item(one);
    out = {{"anyOf", Json::array({one, {{"type", "array"}, {"items", one}}})}};
}

}  // namespace tantrum::models::scenario::detail

namespace tantrum::models::scenario {

nlohmann::json Parameter::schema() const
{
    nlohmann::json schema;
    shape(schema);
    std::string about = doc();
    for (const auto& [label, text] :
         {std::pair<std::string, std::string>{"Range", range()}, {"Unit", unit()}, {"Source of the default", source()}})
        if (!text.empty())
            about += fmt::format("{} {}: {}.", about.ends_with('.') || about.empty() ? "" : ".", label, text);
    schema["description"] = about;
    if (!required() && !defaultText().empty())
        schema["default"] = nlohmann::json::accept(defaultText()) ? nlohmann::json::parse(defaultText())
                                                                  : nlohmann::json(defaultText());
    return schema;
}

}  // namespace tantrum::models::scenario
