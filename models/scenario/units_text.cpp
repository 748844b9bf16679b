#include "models/scenario/units.h"

#include <array>
#include <charconv>
#include <fmt/format.h>
#include <span>

namespace tantrum::models::scenario {
namespace {

std::string shortest(double value)
{
    std::array<char, 32> digits;
    const auto [end, problem] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    return problem == std::errc() ? std::string(digits.data(), end) : std::string("0");
}

// Without an exponent where that stays readable.
std::string readable(double value)
{
    if (value >= 1e-4 && value < 1e15) {
        std::array<char, 64> digits;
        const auto [end, problem] =
            std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed);
        if (problem == std::errc()) return std::string(digits.data(), end);
    }
    return shortest(value);
}

struct Unit {
    std::string_view name;
    double factor;
};

// In the largest of the units (given from large to small) that leaves at least 1, if that is exact to read back.
template <class Parse> std::string inLargest(double base, std::span<const Unit> units, Parse exactly)
{
    for (const Unit& unit : units) {
        if (base < unit.factor) continue;
        std::string text = readable(base / unit.factor) + std::string(unit.name);
        if (text.size() < 12 && exactly(text)) return text;
    }
    return {};
}

}  // namespace

std::string textOf(engine::Duration value)
{
    const std::int64_t count = value.count();
    if (count == 0) return "0s";
    const std::int64_t second = 1'000'000'000;
    for (const auto& [name, size] : {std::pair{"d", 86'400 * second}, {"h", 3'600 * second}, {"min", 60 * second}})
        if (count % size == 0) return fmt::format("{}{}", count / size, name);
    constexpr std::array units{Unit{"s", 1e9}, Unit{"ms", 1e6}, Unit{"us", 1e3}};
    const std::string text = inLargest(static_cast<double>(count), units, [&](const std::string& candidate) {
        const auto parsed = parseDuration(candidate);
        return parsed && *parsed == value;
    });
    return text.empty() ? fmt::format("{}ns", count) : text;
}

std::string textOf(Rate value)
{
    const double perSecond = value.perSecond();
    if (perSecond < 1)
        for (const auto& [name, seconds] : {std::pair{"min", 60.0}, {"h", 3600.0}, {"d", 86'400.0}}) {
            const std::string text = fmt::format("{}/{}", readable(perSecond * seconds), name);
            const auto parsed = parseRate(text);
            if (text.size() < 10 && parsed && *parsed == value) return text;
        }
    return readable(perSecond) + "/s";
}

std::string textOf(Bytes value)
{
    if (value == Bytes::unlimited()) return "unlimited";
    if (value.count() == 0) return "0B";
    for (const auto& [name, size] : {std::pair<const char*, std::int64_t>{"TiB", 1LL << 40},
                                     {"GiB", 1LL << 30},
                                     {"MiB", 1LL << 20},
                                     {"KiB", 1LL << 10},
                                     {"TB", 1'000'000'000'000},
                                     {"GB", 1'000'000'000},
                                     {"MB", 1'000'000},
                                     {"KB", 1'000}})
        if (value.count() % size == 0) return fmt::format("{}{}", value.count() / size, name);
    return fmt::format("{}B", value.count());
}

std::string textOf(Bandwidth value)
{
    constexpr std::array units{Unit{"Tbit/s", 1e12}, Unit{"Gbit/s", 1e9}, Unit{"Mbit/s", 1e6}, Unit{"kbit/s", 1e3}};
    const std::string text = inLargest(value.bitsPerSecond(), units, [&](const std::string& candidate) {
        const auto parsed = parseBandwidth(candidate);
        return parsed && *parsed == value;
    });
    return text.empty() ? readable(value.bitsPerSecond()) + "bit/s" : text;
}

std::string textOf(Probability value)
{
    const std::string text = readable(value.share() * 100) + "%";
    const auto parsed = parseProbability(text);
    return text.size() < 10 && parsed && *parsed == value ? text : readable(value.share());
}

std::string textOf(Money value) { return fmt::format("${}", readable(value.dollars())); }
std::string textOf(std::int64_t value) { return value == unlimited ? "unlimited" : fmt::format("{}", value); }
std::string textOf(double value) { return readable(value); }
std::string textOf(bool value) { return value ? "true" : "false"; }

}  // namespace tantrum::models::scenario
