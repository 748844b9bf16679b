#include "models/scenario/expression.h"

#include "models/scenario/backoff.h"
#include "models/scenario/diagnostics.h"

#include <fmt/format.h>

namespace tantrum::models::scenario {
namespace {

constexpr int deepestExpression = 16;
constexpr std::size_t mostArguments = 10'000;

bool isSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

class Parser {
public:
    Parser(std::string_view text, ExpressionError& error) : text_(text), error_(error) {}

    std::optional<Expression> whole()
    {
        skip(false);
        auto result = value(0);
        if (!result) return std::nullopt;
        skip(false);
        if (at_ == text_.size()) return result;
        if (text_[at_] == ')') return fail("there is a ')' too many", {});
        return fail(fmt::format("{} stands after the value", inQuotes(text_.substr(at_))),
                    "arguments belong in parentheses: name(arg arg)");
    }

private:
    std::nullopt_t fail(std::string message, std::string hint)
    {
        error_ = {at_, std::move(message), std::move(hint)};
        return std::nullopt;
    }
    void skip(bool commas)
    {
        while (at_ < text_.size() && (isSpace(text_[at_]) || (commas && text_[at_] == ','))) ++at_;
    }
    std::string_view word()
    {
        const std::size_t from = at_;
        while (at_ < text_.size() && !isSpace(text_[at_]) &&
               std::string_view("(),=").find(text_[at_]) == std::string_view::npos)
            ++at_;
        return text_.substr(from, at_ - from);
    }

    std::optional<Expression> value(int depth)
    {
        if (depth > deepestExpression) return fail(fmt::format("nested more than {} deep", deepestExpression), {});
        Expression result;
        result.from = at_;
        result.name = word();
        if (result.name.empty())
            return at_ == text_.size()
                       ? fail("a value is missing", {})
                       : fail(fmt::format("{} is not expected here", inQuotes(text_.substr(at_, 1))), {});
        if (at_ < text_.size() && text_[at_] == '(') {
            result.call = true;
            ++at_;
            if (!arguments(result, depth)) return std::nullopt;
        }
        result.to = at_;
        return result;
    }

    bool arguments(Expression& call, int depth)
    {
        for (;;) {
            skip(true);
            if (at_ == text_.size())
                return fail(fmt::format("the '(' of {} is not closed", inQuotes(call.name)), "add a ')'"), false;
            if (text_[at_] == ')') return ++at_, true;
            if (call.arguments.size() >= mostArguments)
                return fail(fmt::format("more than {} arguments", mostArguments), {}), false;
            Expression::Argument argument;
            const std::size_t start = at_;
            const std::string_view key = word();
            if (at_ < text_.size() && text_[at_] == '=' && !key.empty()) {
                argument.key = key;
                ++at_;
            } else {
                at_ = start;
            }
            auto inner = value(depth + 1);
            if (!inner) return false;
            argument.value = std::move(*inner);
            call.arguments.push_back(std::move(argument));
        }
    }

    std::string_view text_;
    ExpressionError& error_;
    std::size_t at_ = 0;
};

}  // namespace

std::optional<Expression> parseExpression(std::string_view text, ExpressionError& error)
{
    return Parser(text, error).whole();
}

namespace {

struct ArgumentPlace {
    std::size_t from = 0;
    std::size_t to = 0;         // equal: not given
    std::string_view fallback;  // of an argument that was not given
};

std::optional<ArgumentPlace> locate(const Expression& call, std::string_view argument)
{
    const Parsed<std::uint64_t> index = parseUnsigned(argument);
    for (std::size_t i = 0; i < call.arguments.size(); ++i) {
        const Expression::Argument& given = call.arguments[i];
        if (given.key == argument || (index && *index == i)) return ArgumentPlace{given.value.from, given.value.to, {}};
    }
    for (const auto family : {distributionFunctions(), arrivalFunctions(), keyFunctions(), backoffFunctions()})
        for (const FunctionDoc& function : family) {
            if (function.name != call.name) continue;
            for (std::size_t i = 0; i < function.arguments.size(); ++i) {
                const ArgumentDoc& doc = function.arguments[i];
                if (doc.name != argument) continue;
                const bool positional =
                    !function.namedOnly && i < call.arguments.size() && call.arguments[i].key.empty();
                if (positional) return ArgumentPlace{call.arguments[i].value.from, call.arguments[i].value.to, {}};
                if (!doc.fallback.empty()) return ArgumentPlace{call.to - 1, call.to - 1, doc.fallback};
            }
        }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> replaceArgument(std::string_view text, std::string_view argument, std::string_view value)
{
    ExpressionError error;
    const auto call = parseExpression(text, error);
    const auto place = call && call->call ? locate(*call, argument) : std::nullopt;
    if (!place) return std::nullopt;
    const std::string given = place->from == place->to ? fmt::format(" {}={}", argument, value) : std::string(value);
    return std::string(text.substr(0, place->from)) + given + std::string(text.substr(place->to));
}

std::optional<std::string> findArgument(std::string_view text, std::string_view argument)
{
    ExpressionError error;
    const auto call = parseExpression(text, error);
    const auto place = call && call->call ? locate(*call, argument) : std::nullopt;
    if (!place) return std::nullopt;
    return std::string(place->from == place->to ? place->fallback : text.substr(place->from, place->to - place->from));
}

}  // namespace tantrum::models::scenario
