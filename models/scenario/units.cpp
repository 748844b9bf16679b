#include "models/scenario/units.h"

#include "models/scenario/diagnostics.h"

#include <array>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <span>
#include <utility>
#include <variant>
#include <vector>

namespace tantrum::models::scenario {
namespace {

struct Unit {
    std::string_view name;
    double factor;       // to the base unit
    std::int64_t exact;  // the same, where it is a whole number
};
constexpr std::array timeUnits{Unit{"ns", 1, 1},
                               Unit{"us", 1e3, 1'000},
                               Unit{"µs", 1e3, 1'000},
                               Unit{"μs", 1e3, 1'000},
                               Unit{"ms", 1e6, 1'000'000},
                               Unit{"s", 1e9, 1'000'000'000},
                               Unit{"min", 6e10, 60'000'000'000},
                               Unit{"h", 3.6e12, 3'600'000'000'000},
                               Unit{"d", 8.64e13, 86'400'000'000'000}};
constexpr std::array byteUnits{Unit{"B", 1, 1},
                               Unit{"KB", 1e3, 1'000},
                               Unit{"kB", 1e3, 1'000},
                               Unit{"MB", 1e6, 1'000'000},
                               Unit{"GB", 1e9, 1'000'000'000},
                               Unit{"TB", 1e12, 1'000'000'000'000},
                               Unit{"KiB", 1024, 1 << 10},
                               Unit{"MiB", 1048576, 1 << 20},
                               Unit{"GiB", 1073741824, 1 << 30},
                               Unit{"TiB", 1099511627776, 1LL << 40}};
constexpr std::array bandwidthUnits{Unit{"bit/s", 1, 1},
                                    Unit{"kbit/s", 1e3, 1},
                                    Unit{"Mbit/s", 1e6, 1},
                                    Unit{"Gbit/s", 1e9, 1},
                                    Unit{"Tbit/s", 1e12, 1},
                                    Unit{"B/s", 8, 1},
                                    Unit{"KB/s", 8e3, 1},
                                    Unit{"kB/s", 8e3, 1},
                                    Unit{"MB/s", 8e6, 1},
                                    Unit{"GB/s", 8e9, 1},
                                    Unit{"KiB/s", 8 * 1024.0, 1},
                                    Unit{"MiB/s", 8 * 1048576.0, 1},
                                    Unit{"GiB/s", 8 * 1073741824.0, 1}};

const Unit* find(std::span<const Unit> units, std::string_view name)
{
    for (const Unit& unit : units)
        if (unit.name == name) return &unit;
    return nullptr;
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

// A number in front, with `_` between digits allowed, and what follows it.
struct Amount {
    double value = 0;
    std::optional<std::int64_t> whole;  // when written without fraction and exponent
    std::string_view rest;
};
std::optional<Amount> amountOf(std::string_view text)
{
    constexpr std::size_t longest = 40;
    char digits[longest];
    std::size_t used = 0, at = 0;
    bool whole = true;
    for (; at < text.size() && used < longest; ++at) {
        const char c = text[at];
        const bool digit = c >= '0' && c <= '9';
        const char before = used > 0 ? digits[used - 1] : '\0';
        const char after = at + 1 < text.size() ? text[at + 1] : '\0';
        if (c == '_' && before >= '0' && before <= '9' && after >= '0' && after <= '9') continue;
        const bool exponent =
            (c == 'e' || c == 'E') && used > 0 && ((after >= '0' && after <= '9') || after == '-' || after == '+');
        const bool sign = c == '-' || c == '+';
        if (!digit && c != '.' && !exponent && !(sign && (used == 0 || before == 'e' || before == 'E'))) break;
        whole = whole && (digit || sign);
        if (c == '+' && used == 0) return std::nullopt;
        digits[used++] = c;
    }
    if (used == longest) return std::nullopt;
    Amount amount;
    const char* end = digits + used;
    const auto [stopped, problem] = std::from_chars(digits, end, amount.value);
    if (problem != std::errc() || stopped != end || !std::isfinite(amount.value)) return std::nullopt;
    std::int64_t integer = 0;
    if (whole && std::from_chars(digits, end, integer).ec == std::errc()) amount.whole = integer;
    amount.rest = trimmed(text.substr(at));
    return amount;
}

std::string names(std::span<const Unit> units)
{
    std::vector<std::string_view> shownUnits;  // one spelling of each
    for (const Unit& unit : units)
        if (unit.name != "μs" && unit.name != "µs" && !unit.name.starts_with("kB")) shownUnits.push_back(unit.name);
    return fmt::format("{}", fmt::join(shownUnits, ", "));
}

struct Wrong {
    std::string message;
    std::string hint;
};
// The amount and its unit, or what is wrong. `what`: "a duration"; `example`: a unit for a bare number.
std::variant<std::pair<Amount, const Unit*>, Wrong> withUnit(std::string_view text, std::span<const Unit> units,
                                                             std::string_view what, std::string_view example)
{
    text = trimmed(text);
    const auto amount = amountOf(text);
    if (!amount)
        return Wrong{fmt::format("{} is not {}", inQuotes(text), what),
                     fmt::format("write a number and a unit, e.g. 4{}", example)};
    if (amount->value < 0)
        return Wrong{fmt::format("{} cannot be negative: {}", what, inQuotes(text)), "write a value of 0 or more"};
    if (amount->rest.empty())
        return Wrong{fmt::format("{} needs a unit", inQuotes(text)), fmt::format("e.g. {}{}", shown(text), example)};
    if (const Unit* unit = find(units, amount->rest)) return std::pair{*amount, unit};
    std::vector<std::string_view> candidates;
    for (const Unit& unit : units) candidates.push_back(unit.name);
    const std::string_view near = amount->rest == "m" ? "min" : nearest(amount->rest, candidates);
    return Wrong{fmt::format("{} is not a unit of {}", inQuotes(amount->rest), what),
                 (near.empty() ? "" : fmt::format("did you mean '{}'? ", near)) + "units: " + names(units)};
}

// Whole base units; nullopt when it does not fit.
std::optional<std::int64_t> inBaseUnits(const Amount& amount, const Unit& unit)
{
    std::int64_t product = 0;
    if (amount.whole)
        return __builtin_mul_overflow(*amount.whole, unit.exact, &product) ? std::nullopt : std::optional(product);
    const double value = amount.value * unit.factor;
    return value < 9.2e18 ? std::optional(static_cast<std::int64_t>(std::llround(value))) : std::nullopt;
}

}  // namespace

Parsed<engine::Duration> parseDuration(std::string_view text)
{
    if (const auto bare = amountOf(trimmed(text)); bare && bare->value == 0 && bare->rest.empty())
        return engine::Duration{};
    const auto parts = withUnit(text, timeUnits, "a duration", "ms");
    if (const Wrong* wrong = std::get_if<Wrong>(&parts)) return {wrong->message, wrong->hint};
    const auto& [amount, unit] = std::get<0>(parts);
    const auto count = inBaseUnits(amount, *unit);
    if (!count || *count > longestDuration.count())
        return {fmt::format("{} is too long", inQuotes(text)), "at most 100 years (36500d)"};
    if (*count == 0 && amount.value > 0)
        return {fmt::format("{} is too short", inQuotes(text)), "the clock counts nanoseconds"};
    return engine::Duration::nanoseconds(*count);
}

Parsed<Rate> parseRate(std::string_view text)
{
    const std::size_t slash = text.find('/');
    const auto amount = amountOf(trimmed(text.substr(0, slash)));
    if (!amount || !amount->rest.empty())
        return {fmt::format("{} is not a rate", inQuotes(text)), "write how many per time, e.g. 280/s"};
    if (slash == std::string_view::npos)
        return {fmt::format("{} needs a unit", inQuotes(text)), fmt::format("e.g. {}/s", shown(text))};
    const std::string_view per = trimmed(text.substr(slash + 1));
    const Unit* unit = find(timeUnits, per);
    if (!unit)
        return {fmt::format("{} is not a unit of time", inQuotes(per)), per == "m" || per == "sec" || per == "second"
                                                                            ? "did you mean 's' or 'min'?"
                                                                            : "e.g. 280/s, 10/min, 5/ms, 1000/h"};
    const double perSecond = amount->value * (1e9 / unit->factor);
    if (!(perSecond > 0))
        return {fmt::format("a rate has to be more than 0: {}", inQuotes(text)),
                "leave it out, or write a small one such as 1/h"};
    if (perSecond > highestRatePerSecond)
        return {fmt::format("{} is too high", inQuotes(text)), "at most 1e9/s: the clock counts nanoseconds"};
    return Rate::perSecond(perSecond);
}

Parsed<Bytes> parseBytes(std::string_view text)
{
    if (const auto bare = amountOf(trimmed(text)); bare && bare->value == 0 && bare->rest.empty()) return Bytes{};
    const auto parts = withUnit(text, byteUnits, "a size", "KiB");
    if (const Wrong* wrong = std::get_if<Wrong>(&parts)) return {wrong->message, wrong->hint};
    const auto& [amount, unit] = std::get<0>(parts);
    const auto count = inBaseUnits(amount, *unit);
    if (!count || *count > (1LL << 60)) return {fmt::format("{} is too large", inQuotes(text)), "at most 1048576TiB"};
    if (*count == 0 && amount.value > 0) return {fmt::format("{} is less than a byte", inQuotes(text)), {}};
    return Bytes::of(*count);
}

Parsed<Bandwidth> parseBandwidth(std::string_view text)
{
    const auto parts = withUnit(text, bandwidthUnits, "a bandwidth", "Mbit/s");
    if (const Wrong* wrong = std::get_if<Wrong>(&parts)) return {wrong->message, wrong->hint};
    const auto& [amount, unit] = std::get<0>(parts);
    const double bits = amount.value * unit->factor;
    if (!(bits > 0)) return {fmt::format("a bandwidth has to be more than 0: {}", inQuotes(text)), {}};
    if (bits > 1e18) return {fmt::format("{} is too high", inQuotes(text)), "at most 1000000Tbit/s"};
    return Bandwidth::bitsPerSecond(bits);
}

Parsed<Probability> parseProbability(std::string_view text)
{
    const auto amount = amountOf(trimmed(text));
    if (!amount || !(amount->rest.empty() || amount->rest == "%"))
        return {fmt::format("{} is not a share", inQuotes(text)), "write e.g. 10% or 0.1"};
    const bool percent = amount->rest == "%";
    const double share = percent ? amount->value / 100 : amount->value;
    if (share < 0 || share > 1)
        return {fmt::format("a share is between 0% and 100%, not {}", inQuotes(text)),
                !percent && share > 1 && share <= 100 ? fmt::format("did you mean {}%?", shown(text)) : ""};
    return Probability::ofShare(share);
}

Parsed<Money> parseMoney(std::string_view text)
{
    const std::string_view plain = trimmed(text);
    const auto amount = plain.starts_with('$') ? amountOf(plain.substr(1)) : std::nullopt;
    if (!amount || !amount->rest.empty())
        return {fmt::format("{} is not an amount of money", inQuotes(text)), "write e.g. $0.40"};
    if (amount->value < 0 || amount->value > 1e15)
        return {fmt::format("{} is out of range", inQuotes(text)), "between $0 and $1e15"};
    return Money::dollars(amount->value);
}

Parsed<std::int64_t> parseCount(std::string_view text)
{
    const auto amount = amountOf(trimmed(text));
    if (!amount || !amount->rest.empty())
        return {fmt::format("{} is not a whole number", inQuotes(text)),
                amount ? "write it without a unit" : "write e.g. 16 or 10_000"};
    if (amount->whole) return *amount->whole;
    const bool integral = std::trunc(amount->value) == amount->value;
    if (integral && std::abs(amount->value) <= 9e15) return static_cast<std::int64_t>(amount->value);  // 1e6
    return {integral ? fmt::format("{} is too large", inQuotes(text))
                     : fmt::format("{} is not a whole number", inQuotes(text)),
            "write e.g. 16 or 10_000"};
}

Parsed<std::uint64_t> parseUnsigned(std::string_view text)
{
    const std::string_view plain = trimmed(text);
    std::uint64_t value = 0;
    const auto [stopped, problem] = std::from_chars(plain.data(), plain.data() + plain.size(), value);
    if (problem == std::errc() && stopped == plain.data() + plain.size()) return value;
    return {fmt::format("{} is not a whole number from 0 to 18446744073709551615", inQuotes(text)), "write e.g. 42"};
}

Parsed<double> parseNumber(std::string_view text)
{
    std::string_view plain = trimmed(text);
    if (plain.size() > 1 && plain.front() == 'x') plain.remove_prefix(1);
    const auto amount = amountOf(plain);
    if (!amount || !amount->rest.empty())
        return {fmt::format("{} is not a number", inQuotes(text)),
                amount ? "write it without a unit" : "write e.g. 1.5"};
    return amount->value;
}

Parsed<bool> parseBool(std::string_view text)
{
    const std::string_view plain = trimmed(text);
    if (plain == "true") return true;
    if (plain == "false") return false;
    const bool yes = plain == "yes" || plain == "on" || plain == "True" || plain == "TRUE";
    const bool no = plain == "no" || plain == "off" || plain == "False" || plain == "FALSE";
    return {fmt::format("{} is neither true nor false", inQuotes(text)), yes  ? "write true"
                                                                         : no ? "write false"
                                                                              : "write true or false"};
}

}  // namespace tantrum::models::scenario
