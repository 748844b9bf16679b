// The little language of values: `name(arg arg key=arg …)`, arguments separated by spaces or commas, nested.
//
// What functions there are is a table (FunctionDoc), from which parsing, messages, documentation and the schema derive.
#pragma once

#include "models/scenario/units.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tantrum::models::scenario {

/// A parsed call. `from`/`to` are byte offsets into the text that was parsed.
struct Expression {
    struct Argument;
    std::string_view name;  ///< of the function; for a bare value, the value itself
    bool call = false;      ///< name(…) rather than a bare value
    std::vector<Argument> arguments;
    std::size_t from = 0;
    std::size_t to = 0;
};
struct Expression::Argument {
    std::string_view key;  ///< empty for a positional argument
    Expression value;
};

struct ExpressionError {
    std::size_t at = 0;  ///< byte offset
    std::string message;
    std::string hint;
};

/// The result refers to `text`. nullopt fills `error`. Nesting is limited to 16, arguments to 10,000.
std::optional<Expression> parseExpression(std::string_view text, ExpressionError& error);

/// What an argument is measured in. `own` is what the whole distribution is measured in.
enum class Dimension : std::uint8_t { own, ownDistribution, time, rate, count, share, number, mixture, file, steps };

struct ArgumentDoc {
    std::string_view name;
    Dimension dimension;
    std::string_view doc;
    std::string_view fallback = {};  ///< text of the default; empty: required
    double least = 0;                ///< nanoseconds, per second, bytes, share or plain
    double most = std::numeric_limits<double>::infinity();
    bool aboveLeast = false;  ///< the least value itself is not allowed
};

struct FunctionDoc {
    std::string_view name;
    std::string_view doc;
    std::vector<ArgumentDoc> arguments;
    bool namedOnly = false;  ///< one of several forms of a function, chosen by the names of its arguments
};

/// What can stand where a time, a size or a count may vary; where requests come from; how keys are chosen.
std::span<const FunctionDoc> distributionFunctions();
std::span<const FunctionDoc> arrivalFunctions();
std::span<const FunctionDoc> keyFunctions();

/// Replaces one argument in an expression's text: `argument` is a name (also of an argument given by position) or a
/// position from 0. A named argument with a default that was not given is added. nullopt: there is no such argument.
std::optional<std::string> replaceArgument(std::string_view expression, std::string_view argument,
                                           std::string_view value);
/// The text of an argument, named in the same way; its default when it was not given.
std::optional<std::string> findArgument(std::string_view expression, std::string_view argument);

}  // namespace tantrum::models::scenario
