#include "models/scenario/binding.h"

#include "models/scenario/diagnostics.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace tantrum::models::scenario {
namespace {

class Binder {
public:
    Binder(const Expression& call, Measure own, DataFiles* files, ExpressionError& error)
        : call_(call), own_(own), files_(files), error_(error)
    {}

    std::optional<Binding> operator()(std::span<const FunctionDoc> family)
    {
        const FunctionDoc* function = choose(family);
        if (!function) return std::nullopt;
        binding_.function = function;
        binding_.index = static_cast<std::size_t>(function - family.data());
        const Dimension first = function->arguments.empty() ? Dimension::number : function->arguments.front().dimension;
        const bool good = first == Dimension::mixture ? bindParts()
                          : first == Dimension::steps ? bindPhases()
                                                      : bindArguments();
        return good ? std::optional(std::move(binding_)) : std::nullopt;
    }

private:
    bool fail(std::size_t at, std::string message, std::string hint = {})
    {
        error_ = {at, std::move(message), std::move(hint)};
        return false;
    }
    template <class T> bool fail(std::size_t at, const Parsed<T>& parsed)
    {
        return fail(at, parsed.message, parsed.hint);
    }

    static const ArgumentDoc* named(const FunctionDoc& function, std::string_view name)
    {
        for (const ArgumentDoc& argument : function.arguments)
            if (argument.name == name) return &argument;
        return nullptr;
    }
    // Of a function's several forms, the one that has all the names that were given.
    const FunctionDoc* choose(std::span<const FunctionDoc> family)
    {
        const bool positional = std::any_of(call_.arguments.begin(), call_.arguments.end(),
                                            [](const auto& given) { return given.key.empty(); });
        const FunctionDoc* known = nullptr;
        std::vector<std::string_view> names;
        for (const FunctionDoc& function : family) {
            if (function.name != call_.name) continue;
            known = &function;
            const bool raw = !function.arguments.empty() && function.arguments.front().dimension == Dimension::mixture;
            const bool fits = std::all_of(call_.arguments.begin(), call_.arguments.end(), [&](const auto& given) {
                return given.key.empty() || named(function, given.key);
            });
            if (raw || (fits && (!function.namedOnly || !positional))) return &function;
            for (const ArgumentDoc& argument : function.arguments) names.push_back(argument.name);
        }
        if (!known) {
            const auto functions = functionNames(family);
            std::string hint = suggest(call_.name, functions);
            if (hint.empty()) {
                hint = fmt::format("one of: {}", fmt::join(functions, ", "));
            }
            return fail(call_.from, fmt::format("there is no function {} for this", inQuotes(call_.name)), hint),
                   nullptr;
        }
        for (const auto& given : call_.arguments)
            if (!given.key.empty() && std::find(names.begin(), names.end(), given.key) == names.end())
                return fail(given.value.from - given.key.size() - 1,
                            fmt::format("{} has no argument {}", known->name, inQuotes(given.key)),
                            suggest(given.key, names)),
                       nullptr;
        return fail(call_.from, fmt::format("these arguments of {} do not go together", known->name), forms(family)),
               nullptr;
    }
    std::string forms(std::span<const FunctionDoc> family) const
    {
        std::string text = "write ";
        for (const FunctionDoc& function : family)
            if (function.name == call_.name) text += (text.size() > 6 ? " or " : "") + signature(function);
        return text;
    }

    bool bindArguments()
    {
        const FunctionDoc& function = *binding_.function;
        std::vector<const Expression*> given(function.arguments.size());
        std::size_t next = 0;
        for (const auto& argument : call_.arguments) {
            std::size_t slot = next;
            if (argument.key.empty()) {
                if (slot >= given.size())
                    return fail(argument.value.from,
                                fmt::format("{} takes {} argument{}", function.name, given.size(),
                                            given.size() == 1 ? "" : "s"),
                                "write " + signature(function));
                ++next;
            } else {
                slot = static_cast<std::size_t>(named(function, argument.key) - function.arguments.data());
            }
            if (given[slot])
                return fail(argument.value.from,
                            fmt::format("the argument {} of {} is given twice", inQuotes(function.arguments[slot].name),
                                        function.name),
                            "write " + signature(function));
            given[slot] = &argument.value;
        }
        binding_.values.resize(given.size());
        for (std::size_t i = 0; i < given.size(); ++i) {
            const ArgumentDoc& doc = function.arguments[i];
            if (!given[i] && doc.fallback.empty())
                return fail(call_.from, fmt::format("{} needs its argument {}", function.name, inQuotes(doc.name)),
                            "write " + signature(function));
            Expression fallback;
            fallback.name = doc.fallback;
            if (!bindValue(given[i] ? *given[i] : fallback, doc, binding_.values[i])) return false;
        }
        return true;
    }

    bool bindValue(const Expression& given, const ArgumentDoc& doc, Binding::Value& value)
    {
        value.text = given.to > given.from ? std::string_view(given.name.data(), given.to - given.from) : given.name;
        if (doc.dimension == Dimension::ownDistribution) {
            const auto law = evaluate(given, own_, files_, error_);
            if (law) value.law = *law;
            return law.has_value();
        }
        if (given.call)
            return fail(given.from, fmt::format("{} has to be a plain value here, not {}(…)", inQuotes(doc.name),
                                                shown(given.name)));
        if (doc.dimension == Dimension::file) return true;
        const Parsed<double> number = numberOf(given.name, doc.dimension);
        if (!number) return fail(given.from, number);
        value.number = *number;
        const bool low = doc.aboveLeast ? *number <= doc.least : *number < doc.least;
        if (low || *number > doc.most)
            return fail(given.from,
                        fmt::format("{} of {} is out of range: {}", inQuotes(doc.name), binding_.function->name,
                                    shown(given.name)),
                        rangeOf(doc));
        return true;
    }

    Parsed<double> numberOf(std::string_view text, Dimension dimension) const
    {
        const bool own = dimension == Dimension::own;
        const auto number = [](const auto& parsed, auto unit) {
            return parsed ? Parsed<double>(static_cast<double>(unit(*parsed)))
                          : Parsed<double>(parsed.message, parsed.hint);
        };
        if (dimension == Dimension::time || (own && own_ == Measure::time))
            return number(parseDuration(text), [](engine::Duration d) { return d.count(); });
        if (own && own_ == Measure::bytes) return number(parseBytes(text), [](Bytes b) { return b.count(); });
        if (dimension == Dimension::rate) return number(parseRate(text), [](Rate r) { return r.perSecond(); });
        if (dimension == Dimension::share)
            return number(parseProbability(text), [](Probability p) { return p.share(); });
        if (dimension == Dimension::count) return number(parseCount(text), [](std::int64_t c) { return c; });
        return parseNumber(text);
    }
    std::string rangeOf(const ArgumentDoc& doc) const
    {
        const bool own = doc.dimension == Dimension::own;
        const auto show = [&](double value) {
            if (doc.dimension == Dimension::time || (own && own_ == Measure::time))
                return textOf(engine::Duration::fromNanoseconds(value));
            if (own && own_ == Measure::bytes) return textOf(Bytes::of(static_cast<std::int64_t>(value)));
            return doc.dimension == Dimension::rate ? textOf(Rate::perSecond(value)) : textOf(value);
        };
        const std::string least =
            (doc.aboveLeast ? "more than " : "at least ") + (doc.least == 0 ? "0" : show(doc.least));
        return std::isfinite(doc.most) ? least + " and at most " + show(doc.most) : least;
    }

    bool bindParts()
    {
        double sum = 0;
        for (const auto& argument : call_.arguments) {
            if (argument.key.empty())
                return fail(argument.value.from, "each part of a mix needs its share", "write mix(99%=5ms 1%=100ms)");
            const auto share = parseProbability(argument.key);
            if (!share) return fail(argument.value.from - argument.key.size() - 1, share);
            const auto law = evaluate(argument.value, own_, files_, error_);
            if (!law) return false;
            sum += (*share).share();
            binding_.parts.push_back({*share, *law});
        }
        if (binding_.parts.empty()) return fail(call_.from, "a mix needs parts", "write mix(99%=5ms 1%=100ms)");
        if (std::abs(sum - 1) > 1e-9)
            return fail(
                call_.from,
                fmt::format("the shares of the mix sum to {}, not 100%", shown(fmt::format("{:.10g}%", sum * 100))),
                "the shares of all parts together are 100%");
        return true;
    }

    bool bindPhases()
    {
        const auto& given = call_.arguments;
        for (std::size_t i = 0; i < given.size(); i += 2) {
            if (!given[i].key.empty() || given[i].value.call)
                return fail(given[i].value.from, "steps are written in turn: a rate, for how long, …",
                            "write steps(100/s 60s 200/s)");
            const auto rate = parseRate(given[i].value.name);
            if (!rate) return fail(given[i].value.from, rate);
            Binding::Phase phase{*rate, {}};
            if (i + 1 < given.size()) {
                const auto length = parseDuration(given[i + 1].value.name);
                if (!length || !given[i + 1].key.empty()) return fail(given[i + 1].value.from, length);
                if (*length <= engine::Duration{})
                    return fail(given[i + 1].value.from, "a step has to last longer than 0");
                phase.length = *length;
            }
            binding_.phases.push_back(phase);
        }
        return !binding_.phases.empty() ||
               fail(call_.from, "steps need at least one rate", "write steps(100/s 60s 200/s)");
    }

    const Expression& call_;
    Measure own_;
    DataFiles* files_;
    ExpressionError& error_;
    Binding binding_;
};

}  // namespace

std::optional<Binding> bind(const Expression& call, std::span<const FunctionDoc> family, Measure own, DataFiles* files,
                            ExpressionError& error)
{
    return Binder(call, own, files, error)(family);
}

std::string signature(const FunctionDoc& function)
{
    std::string text = std::string(function.name) + "(";
    for (const ArgumentDoc& argument : function.arguments) {
        if (&argument != &function.arguments.front()) text += " ";
        text += argument.name;
        if (function.namedOnly)
            text += "=…";
        else if (!argument.fallback.empty())
            text += fmt::format("={}", argument.fallback);
    }
    return text + ")";
}

std::vector<std::string_view> functionNames(std::span<const FunctionDoc> family)
{
    std::vector<std::string_view> names;
    for (const FunctionDoc& function : family)
        if (names.empty() || names.back() != function.name) names.push_back(function.name);
    return names;
}

}  // namespace tantrum::models::scenario
