// Physical quantities as types. A unit is named where a number goes in or comes out, never in a comment.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace tantrum::models::scenario {

/// How often something happens. Scenario files: `280/s`, `10/min`.
class Rate {
public:
    constexpr Rate() = default;
    static constexpr Rate perSecond(double value) { return Rate{value}; }
    constexpr double perSecond() const { return value_; }
    constexpr auto operator<=>(const Rate&) const = default;

private:
    constexpr explicit Rate(double value) : value_(value) {}
    double value_ = 0;
};

/// An amount of data. Scenario files: `64KiB`, `10MB`.
class Bytes {
public:
    constexpr Bytes() = default;
    static constexpr Bytes of(std::int64_t count) { return Bytes{count}; }
    static constexpr Bytes unlimited() { return Bytes{std::numeric_limits<std::int64_t>::max()}; }
    constexpr std::int64_t count() const { return count_; }
    constexpr auto operator<=>(const Bytes&) const = default;

private:
    constexpr explicit Bytes(std::int64_t count) : count_(count) {}
    std::int64_t count_ = 0;
};

/// Data over time. Scenario files: `1Gbit/s`, `10MB/s`.
class Bandwidth {
public:
    constexpr Bandwidth() = default;
    static constexpr Bandwidth bitsPerSecond(double value) { return Bandwidth{value}; }
    constexpr double bitsPerSecond() const { return value_; }
    constexpr double bytesPerSecond() const { return value_ / 8; }
    constexpr auto operator<=>(const Bandwidth&) const = default;

private:
    constexpr explicit Bandwidth(double value) : value_(value) {}
    double value_ = 0;
};

/// A part of a whole, 0 to 1: a probability, a ratio, a threshold. Scenario files: `10%` or `0.1`.
class Probability {
public:
    constexpr Probability() = default;
    static constexpr Probability ofShare(double value) { return Probability{value}; }
    constexpr double share() const { return value_; }
    constexpr auto operator<=>(const Probability&) const = default;

private:
    constexpr explicit Probability(double value) : value_(value) {}
    double value_ = 0;
};

/// A price. Scenario files: `$0.40`.
class Money {
public:
    constexpr Money() = default;
    static constexpr Money dollars(double value) { return Money{value}; }
    constexpr double dollars() const { return value_; }
    constexpr auto operator<=>(const Money&) const = default;

private:
    constexpr explicit Money(double value) : value_(value) {}
    double value_ = 0;
};

/// What an unlimited count is inside a model; scenario files say `unlimited`.
inline constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();

}  // namespace tantrum::models::scenario
