#include "app/core/numbers.h"

#include <fmt/format.h>

#include <cmath>

namespace tantrum::app {

namespace {

constexpr std::string_view noDataText = "no data";

std::string withCommas(std::string digits)
{
    for (auto place = static_cast<std::ptrdiff_t>(digits.size()) - 3; place > 0; place -= 3)
        digits.insert(static_cast<std::size_t>(place), ",");
    return digits;
}

// A value such as 999.7 rounds up into the next magnitude, so the number of decimals is chosen after rounding.
std::string magnitudeText(double magnitude)
{
    if (magnitude == 0) return "0";
    if (std::isinf(magnitude)) return "∞";
    if (magnitude >= 999.5) return withCommas(fmt::format("{:.0f}", magnitude));
    if (magnitude < 1e-4) return fmt::format("{:.2e}", magnitude);
    int decimals = magnitude >= 99.95 ? 0 : magnitude >= 9.995 ? 1 : 2;
    for (double edge = 0.9995; magnitude < edge && decimals < 7; edge /= 10) ++decimals;
    std::string text = fmt::format("{:.{}f}", magnitude, decimals);
    // "86.0" is said "86"; "1.70" keeps its zero, which tells how well it is known.
    const auto point = text.find('.');
    if (point != std::string::npos && text.find_first_not_of('0', point + 1) == std::string::npos) text.resize(point);
    return text;
}

struct TimeUnit {
    double factor;
    std::string_view name;
};

TimeUnit timeUnitOf(double seconds)
{
    const double magnitude = std::fabs(seconds);
    if (magnitude < 0.9995e-6) return {1e9, "ns"};
    if (magnitude < 0.9995e-3) return {1e6, "µs"};
    if (magnitude < 0.9995) return {1e3, "ms"};
    if (magnitude < 600) return {1, "s"};
    if (magnitude < 36'000) return {1.0 / 60, "min"};
    return {1.0 / 3600, "h"};
}

}  // namespace

std::string countText(std::uint64_t value) { return withCommas(std::to_string(value)); }

std::string roundedUpText(std::uint64_t value)
{
    std::uint64_t unit = 1;
    while (value / unit >= 100) unit *= 10;
    const std::uint64_t rounded = value / unit * unit;
    return countText(rounded < value ? rounded + unit : rounded);
}

std::string numberText(double value)
{
    if (std::isnan(value)) return std::string{noDataText};
    return (value < 0 ? "−" : "") + magnitudeText(std::fabs(value));
}

std::string secondsText(double seconds)
{
    if (std::isnan(seconds)) return std::string{noDataText};
    if (seconds == 0) return "0 s";
    const TimeUnit unit = timeUnitOf(seconds);
    return fmt::format("{} {}", numberText(seconds * unit.factor), unit.name);
}

std::string secondsRangeText(double low, double high)
{
    if (std::isnan(low) || std::isnan(high)) return std::string{noDataText};
    if (high == 0) return "0 s";
    const TimeUnit unit = timeUnitOf(high);
    const std::string from = numberText(low * unit.factor), until = numberText(high * unit.factor);
    return fmt::format("{}{} {}", from == until ? "" : from + "–", until, unit.name);
}

std::string rateText(double perSecond)
{
    return std::isnan(perSecond) ? std::string{noDataText} : numberText(perSecond) + "/s";
}

std::string shareText(double share)
{
    if (std::isnan(share)) return std::string{noDataText};
    // What is not all is not called 100 %.
    if (share < 1 && share >= 0.9995)
        for (int decimals = 2; decimals < 9; ++decimals)
            if (auto text = fmt::format("{:.{}f}", share * 100, decimals); text[0] == '9') return text + " %";
    return numberText(share * 100) + " %";
}

Unit unitOfClaim(std::string_view expectLine)
{
    auto at = expectLine.find_first_of("<>=");
    if (at == std::string_view::npos) return Unit::plain;
    at = expectLine.find_first_of("0123456789.", at);
    if (at == std::string_view::npos) return Unit::plain;
    const auto unitBegin = expectLine.find_first_not_of("0123456789._,", at);
    if (unitBegin == std::string_view::npos) return Unit::plain;
    const auto unit = expectLine.substr(unitBegin, expectLine.find(' ', unitBegin) - unitBegin);
    if (unit.starts_with('/')) return Unit::perSecond;
    if (unit.starts_with('%')) return Unit::share;
    for (const std::string_view known : {"ns", "us", "µs", "ms", "s", "min", "h", "d"})
        if (unit == known) return Unit::seconds;
    return Unit::plain;
}

std::string valueText(double value, Unit unit)
{
    switch (unit) {
    case Unit::seconds: return secondsText(value);
    case Unit::perSecond: return rateText(value);
    case Unit::share: return shareText(value);
    case Unit::plain: break;
    }
    return numberText(value);
}

}  // namespace tantrum::app
