// Numbers as people read them: three significant digits, a thousands comma, a unit, and "no data" for NaN.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tantrum::app {

/// "84,102"
std::string countText(std::uint64_t value);
/// Two significant digits, never less than the value: "3,700" for 3,688.
std::string roundedUpText(std::uint64_t value);
/// Three significant digits, whole above 999: "0.0123", "86", "3.68", "1,545"; "−" for minus.
std::string numberText(double value);
/// "1.72 s", "34.2 ms", "110 µs", "12.0 min" from ten minutes on.
std::string secondsText(double seconds);
/// "10.8–11.2 ms": both ends in the unit of the upper one. "no data" if either is NaN.
std::string secondsRangeText(double low, double high);
/// "1,545/s"
std::string rateText(double perSecond);
/// "61.0 %" from a share of 0..1
std::string shareText(double share);

/// What the number in an expect line is, judged by the bound it is compared with.
enum class Unit : unsigned char { plain, seconds, perSecond, share };
Unit unitOfClaim(std::string_view expectLine);
std::string valueText(double value, Unit unit);

}  // namespace tantrum::app
