#include "app/studio/transport/speed_scale.h"

#include <QLocale>

#include <algorithm>
#include <cmath>
#include <limits>

namespace tantrum::studio {

namespace {
constexpr int finite = 960;    // the positions up to here are logarithmic, those above mean "max"
constexpr double decades = 6;
constexpr double perDecade = finite / decades;
constexpr int snap = 8;
}

double SpeedScale::speedAt(int position)
{
    if (position > finite + (last - finite) / 2) return std::numeric_limits<double>::infinity();
    const double steps = std::clamp(position, 0, finite) / perDecade;
    const double whole = std::round(steps);
    const bool close = std::abs(steps - whole) * perDecade <= snap;
    return slowest * std::pow(10, close ? whole : steps);
}

int SpeedScale::positionOf(double speed)
{
    if (std::isinf(speed)) return last;
    const double steps = std::log10(std::clamp(speed, slowest, fastest) / slowest);
    return static_cast<int>(std::lround(steps * perDecade));
}

QString SpeedScale::textOf(double speed)
{
    if (std::isinf(speed)) return "max";
    const int digits = speed >= 9.95 ? 0 : speed >= 0.995 ? 1 : speed >= 0.0995 ? 2 : 3;
    return QLocale::c().toString(speed, 'f', digits) + "×";
}

std::optional<double> SpeedScale::parse(const QString& text)
{
    QString number = text.trimmed().toLower();
    if (number == "max" || number == "∞" || number == "inf") return std::numeric_limits<double>::infinity();
    for (const QString& times : {QString("×"), QString("x")}) {
        if (number.startsWith(times)) number.remove(0, 1);
        if (number.endsWith(times)) number.chop(1);
    }
    bool good = false;
    double speed = 0;
    if (const auto slash = number.indexOf('/'); slash > 0) {
        bool below = false;
        const double divisor = number.mid(slash + 1).trimmed().toDouble(&below);
        speed = number.left(slash).trimmed().toDouble(&good) / divisor;
        good = good && below && divisor > 0;
    } else {
        speed = number.trimmed().toDouble(&good);
    }
    if (!good || !std::isfinite(speed) || speed < slowest) return std::nullopt;
    return speed;
}

}  // namespace tantrum::studio
