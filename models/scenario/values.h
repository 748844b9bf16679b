// The types a parameter can have: plain values, their lists and optionals, words (enums), references, distributions.
// Steps (Operations) are in steps.h.
#pragma once

#include "engine/time.h"
#include "models/scenario/arrivals.h"
#include "models/scenario/distributions.h"
#include "models/scenario/parameter.h"
#include "models/scenario/quantities.h"
#include "models/scenario/references.h"
#include "models/scenario/units.h"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace tantrum::models::scenario {

/// One word an enum parameter can be. A model's enum gets them from a function found next to it:
///     enum class Discipline { fifo, lifo };
///     constexpr auto choices(Discipline)
///     {
///         return std::array{Choice<Discipline>{Discipline::fifo, "fifo", "first come, first served"}, …};
///     }
template <class Enum> struct Choice {
    Enum value;
    std::string_view key;
    std::string_view doc;
};

namespace detail {
/// The supplied types: text in, text out. Explicitly instantiated in values.cpp. `Limit`: what least and most are.
template <class T, class Limit = T> struct Supplied {
    using Bound = Limit;
    static std::string kind();
    static std::optional<T> read(const Node&, Reading&, const Rules<T>&);
    static std::string write(const T&);
    static void schema(nlohmann::json&, const Rules<T>&);
};
std::string rangeText(const std::string& least, const std::string& most);
/// nullopt after one error: not a word of the list, with the nearest.
std::optional<std::size_t> readWord(const Node&, Reading&, std::span<const std::string_view> words);
void wordSchema(nlohmann::json&, std::span<const std::string_view> words, std::span<const std::string_view> docs);
/// Calls `item` for each; a single value counts as a list of one. False when one of them failed.
bool readList(const Node&, Reading&, const std::function<bool(const Node&)>& item);
/// `[a, b]`
std::string writeList(const std::vector<std::string>& items);
template <class T, class Outer> Rules<T> rulesOf(const Outer& outer)
{
    return {.doc = outer.doc,
            .least = outer.least,
            .most = outer.most,
            .unit = outer.unit,
            .source = outer.source,
            .live = outer.live,
            .mayBeUnlimited = outer.mayBeUnlimited,
            .accepts = outer.accepts};
}
void listSchema(nlohmann::json&, const std::function<void(nlohmann::json&)>& item);
}  // namespace detail

template <> struct ValueType<engine::Duration> : detail::Supplied<engine::Duration> {};
template <> struct ValueType<Rate> : detail::Supplied<Rate> {};
template <> struct ValueType<Bytes> : detail::Supplied<Bytes> {};  // `unlimited` where the rules say so
template <> struct ValueType<Bandwidth> : detail::Supplied<Bandwidth> {};
template <> struct ValueType<Probability> : detail::Supplied<Probability> {};
template <> struct ValueType<Money> : detail::Supplied<Money> {};
template <> struct ValueType<std::int64_t> : detail::Supplied<std::int64_t> {};
template <> struct ValueType<double> : detail::Supplied<double> {};  // a factor: `1.5` or `x1.5`
template <> struct ValueType<bool> : detail::Supplied<bool> {};
template <> struct ValueType<std::string> : detail::Supplied<std::string, std::monostate> {};  // a name or a short text
template <> struct ValueType<DurationDistribution> : detail::Supplied<DurationDistribution, engine::Duration> {};
template <> struct ValueType<BytesDistribution> : detail::Supplied<BytesDistribution, Bytes> {};
template <> struct ValueType<CountDistribution> : detail::Supplied<CountDistribution, double> {};
template <> struct ValueType<Arrivals> : detail::Supplied<Arrivals, std::monostate> {};
template <> struct ValueType<Keys> : detail::Supplied<Keys, std::monostate> {};
template <> struct ValueType<LinkPattern> : detail::Supplied<LinkPattern, std::monostate> {};
template <> struct ValueType<NodeReference> : detail::Supplied<NodeReference, std::monostate> {
    static std::vector<std::string> nodes(const NodeReference& value) { return {value.node}; }
};
template <> struct ValueType<OperationReference> : detail::Supplied<OperationReference, std::monostate> {
    static std::vector<std::string> nodes(const OperationReference& value) { return {value.node}; }
};

template <class E>
requires std::is_enum_v<E>
struct ValueType<E> {
    using Bound = std::monostate;
    static constexpr auto list = choices(E{});
    static std::string kind() { return "one of"; }
    static std::optional<E> read(const Node& node, Reading& reading, const Rules<E>&)
    {
        const auto index = detail::readWord(node, reading, column(&Choice<E>::key));
        return index ? std::optional<E>(list[*index].value) : std::nullopt;
    }
    static std::string write(const E& value)
    {
        for (const Choice<E>& choice : list)
            if (choice.value == value) return std::string(choice.key);
        ENSURE(false, "an enum value without a word in choices()");
        return {};
    }
    static void schema(nlohmann::json& out, const Rules<E>&)
    {
        detail::wordSchema(out, column(&Choice<E>::key), column(&Choice<E>::doc));
    }
    static std::vector<std::pair<std::string, std::string>> words()
    {
        std::vector<std::pair<std::string, std::string>> words;
        for (const Choice<E>& choice : list) words.emplace_back(choice.key, choice.doc);
        return words;
    }

private:
    static auto column(std::string_view Choice<E>::*member)
    {
        std::array<std::string_view, list.size()> texts;
        for (std::size_t i = 0; i < texts.size(); ++i) texts[i] = list[i].*member;
        return texts;
    }
};

/// May be left out.
template <class T> struct ValueType<std::optional<T>> {
    using Bound = typename ValueType<T>::Bound;
    static Rules<T> inner(const Rules<std::optional<T>>& rules) { return detail::rulesOf<T>(rules); }
    static std::string kind() { return ValueType<T>::kind(); }
    static std::optional<std::optional<T>> read(const Node& node, Reading& reading,
                                                const Rules<std::optional<T>>& rules)
    {
        auto value = ValueType<T>::read(node, reading, inner(rules));
        return value ? std::optional<std::optional<T>>(std::move(value)) : std::nullopt;
    }
    static std::string write(const std::optional<T>& value)
    {
        return value ? ValueType<T>::write(*value) : std::string();
    }
    static void schema(nlohmann::json& out, const Rules<std::optional<T>>& rules)
    {
        ValueType<T>::schema(out, inner(rules));
    }
    static std::vector<std::string> nodes(const std::optional<T>& value) requires requires(const T& held)
    {
        ValueType<T>::nodes(held);
    }
    {
        return value ? ValueType<T>::nodes(*value) : std::vector<std::string>{};
    }
    static auto words() requires requires { ValueType<T>::words(); }
    {
        return ValueType<T>::words();
    }
};

/// A list; a single value counts as a list of one.
template <class T> struct ValueType<std::vector<T>> {
    using Bound = typename ValueType<T>::Bound;
    static Rules<T> inner(const Rules<std::vector<T>>& rules) { return detail::rulesOf<T>(rules); }
    static std::string kind() { return "list of " + ValueType<T>::kind(); }
    static std::optional<std::vector<T>> read(const Node& node, Reading& reading, const Rules<std::vector<T>>& rules)
    {
        std::vector<T> values;
        const bool good = detail::readList(node, reading, [&](const Node& item) {
            std::optional<T> value = ValueType<T>::read(item, reading, inner(rules));
            if (value) values.push_back(*std::move(value));
            return value.has_value();
        });
        return good ? std::optional(std::move(values)) : std::nullopt;
    }
    static std::string write(const std::vector<T>& values)
    {
        std::vector<std::string> texts;
        for (const T& value : values) texts.push_back(ValueType<T>::write(value));
        return detail::writeList(texts);
    }
    static void schema(nlohmann::json& out, const Rules<std::vector<T>>& rules)
    {
        detail::listSchema(out, [&](nlohmann::json& item) { ValueType<T>::schema(item, inner(rules)); });
    }
    static std::vector<std::string> nodes(const std::vector<T>& values) requires requires(const T& value)
    {
        ValueType<T>::nodes(value);
    }
    {
        std::vector<std::string> names;
        for (const T& value : values)
            for (std::string& name : ValueType<T>::nodes(value)) names.push_back(std::move(name));
        return names;
    }
};

/// "1 to 100", "at least 1ms", "at most 10" or empty.
template <class T> std::string rangeText(const Rules<T>& rules)
{
    if constexpr (std::is_same_v<typename Rules<T>::Bound, std::monostate>)
        return {};
    else
        return detail::rangeText(rules.least ? textOf(*rules.least) : "", rules.most ? textOf(*rules.most) : "");
}

}  // namespace tantrum::models::scenario
