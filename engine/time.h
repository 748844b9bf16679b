// Simulated time: an integer count of nanoseconds, so that equal runs are equal bit for bit.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace tantrum::engine {

/// A span of simulated time. Signed, so that differences are representable; models use non-negative ones.
class Duration {
public:
    constexpr Duration() = default;
    static constexpr Duration nanoseconds(std::int64_t count) { return Duration{count}; }
    static constexpr Duration microseconds(std::int64_t count) { return Duration{count * 1'000}; }
    static constexpr Duration milliseconds(std::int64_t count) { return Duration{count * 1'000'000}; }
    static constexpr Duration seconds(std::int64_t count) { return Duration{count * 1'000'000'000}; }
    /// Rounds to the nearest nanosecond; saturates at the ends of the range. NaN becomes zero.
    static constexpr Duration fromSeconds(double seconds) { return fromNanoseconds(seconds * 1e9); }
    static constexpr Duration fromNanoseconds(double nanoseconds)
    {
        constexpr double limit = 9.2e18;
        if (nanoseconds >= limit) return max();
        if (nanoseconds <= -limit) return Duration{std::numeric_limits<std::int64_t>::min()};
        if (nanoseconds != nanoseconds) return Duration{};
        return Duration{static_cast<std::int64_t>(nanoseconds + (nanoseconds < 0 ? -0.5 : 0.5))};
    }
    static constexpr Duration max() { return Duration{std::numeric_limits<std::int64_t>::max()}; }

    constexpr std::int64_t count() const { return nanoseconds_; }
    constexpr double inSeconds() const { return static_cast<double>(nanoseconds_) * 1e-9; }

    constexpr auto operator<=>(const Duration&) const = default;
    constexpr Duration operator+(Duration other) const { return Duration{nanoseconds_ + other.nanoseconds_}; }
    constexpr Duration operator-(Duration other) const { return Duration{nanoseconds_ - other.nanoseconds_}; }
    constexpr Duration operator*(std::int64_t factor) const { return Duration{nanoseconds_ * factor}; }
    constexpr Duration operator/(std::int64_t divisor) const { return Duration{nanoseconds_ / divisor}; }
    constexpr Duration& operator+=(Duration other) { nanoseconds_ += other.nanoseconds_; return *this; }
    constexpr Duration& operator-=(Duration other) { nanoseconds_ -= other.nanoseconds_; return *this; }

private:
    constexpr explicit Duration(std::int64_t count) : nanoseconds_(count) {}
    std::int64_t nanoseconds_ = 0;
};

/// What is known about the spans that one place asks for. It decides where a timer waits, never when or in which order
/// it is due.
enum class Spans : std::uint8_t {
    any,
    constant,  ///< always the same, or nearly always
    varying    ///< hardly ever the same twice
};

/// A moment of a run, counted from its start.
class Instant {
public:
    constexpr Instant() = default;
    static constexpr Instant at(Duration sinceStart) { return Instant{sinceStart.count()}; }
    static constexpr Instant never() { return Instant{std::numeric_limits<std::int64_t>::max()}; }

    constexpr std::int64_t count() const { return nanoseconds_; }
    constexpr Duration sinceStart() const { return Duration::nanoseconds(nanoseconds_); }
    constexpr double inSeconds() const { return static_cast<double>(nanoseconds_) * 1e-9; }

    constexpr auto operator<=>(const Instant&) const = default;
    constexpr Duration operator-(Instant other) const { return Duration::nanoseconds(nanoseconds_ - other.nanoseconds_); }
    /// Saturates at never().
    constexpr Instant operator+(Duration span) const
    {
        const std::int64_t room = std::numeric_limits<std::int64_t>::max() - nanoseconds_;
        return span.count() > room ? never() : Instant{nanoseconds_ + span.count()};
    }

private:
    constexpr explicit Instant(std::int64_t count) : nanoseconds_(count) {}
    std::int64_t nanoseconds_ = 0;
};

}  // namespace tantrum::engine
