// Numbers with units, read from and written to text. Pure functions, locale-independent, no file positions.
#pragma once

#include "engine/time.h"
#include "models/scenario/quantities.h"

#include <optional>
#include <string>
#include <string_view>

namespace tantrum::models::scenario {

/// A value, or why there is none.
template <class T> struct Parsed {
    std::optional<T> value;
    std::string message;  ///< empty when there is a value
    std::string hint;

    Parsed(T parsed) : value(std::move(parsed)) {}
    Parsed(std::string why, std::string what) : message(std::move(why)), hint(std::move(what)) {}
    explicit operator bool() const { return value.has_value(); }
    const T& operator*() const { return *value; }
};

/// The longest time a scenario can speak of: 100 years of 365 days.
inline constexpr engine::Duration longestDuration = engine::Duration::seconds(100LL * 365 * 86'400);
/// The highest rate: the clock counts nanoseconds.
inline constexpr double highestRatePerSecond = 1e9;

/// ns us µs ms s min h d; a bare 0 needs no unit. Rounded to nanoseconds, but never down to nothing.
Parsed<engine::Duration> parseDuration(std::string_view);
/// `280/s`: per ns, us, ms, s, min, h or d. More than 0, at most 1e9/s.
Parsed<Rate> parseRate(std::string_view);
/// B KB MB GB TB (thousands), KiB MiB GiB TiB (1024); whole bytes.
Parsed<Bytes> parseBytes(std::string_view);
/// bit/s kbit/s Mbit/s Gbit/s Tbit/s, or bytes per second: `10MB/s`.
Parsed<Bandwidth> parseBandwidth(std::string_view);
/// `10%` or `0.1`; 0 to 1.
Parsed<Probability> parseProbability(std::string_view);
/// `$0.40`
Parsed<Money> parseMoney(std::string_view);
/// A whole number: `16`, `10_000`, `-3`.
Parsed<std::int64_t> parseCount(std::string_view);
/// A whole number from 0 to 2^64-1.
Parsed<std::uint64_t> parseUnsigned(std::string_view);
/// A finite number: `1.5`, `1e-3`; `x1.5` where a factor is meant.
Parsed<double> parseNumber(std::string_view);
Parsed<bool> parseBool(std::string_view);

/// The shortest text that parses back to exactly the same value.
std::string textOf(engine::Duration);
std::string textOf(Rate);
std::string textOf(Bytes);
std::string textOf(Bandwidth);
std::string textOf(Probability);
std::string textOf(Money);
std::string textOf(std::int64_t);
std::string textOf(double);
std::string textOf(bool);

}  // namespace tantrum::models::scenario
