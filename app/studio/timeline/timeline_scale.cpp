#include "app/studio/timeline/timeline_scale.h"

#include <QLocale>

#include <algorithm>
#include <cmath>

namespace tantrum::studio {

TimelineScale::TimelineScale(double left, double width, double seconds)
    : left_(left), width_(std::max(width, 1.0)), seconds_(seconds > 0 ? seconds : 1)
{
}

double TimelineScale::secondsAt(double x) const { return std::clamp((x - left_) / width_, 0.0, 1.0) * seconds_; }

double TimelineScale::tickStep(double pixels) const
{
    const double least = seconds_ * pixels / width_;
    if (least <= 50) {
        const double power = std::pow(10, std::floor(std::log10(least)));
        for (const double factor : {1.0, 2.0, 5.0, 10.0})
            if (factor * power >= least * (1 - 1e-9)) return factor * power;
    }
    for (const double step : {60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 14'400.0, 21'600.0, 43'200.0})
        if (step >= least) return step;
    return 86'400 * std::ceil(least / 86'400);
}

QString TimelineScale::tickText(double seconds, double step)
{
    const auto text = [](double value, const char* unit) {
        const double rounded = std::round(value * 1e6) / 1e6;
        return QLocale::c().toString(rounded, 'g', 8) + ' ' + unit;
    };
    if (step >= 86'400) return text(seconds / 86'400, "d");
    if (step >= 3600) return text(seconds / 3600, "h");
    if (step >= 60) return text(seconds / 60, "min");
    if (step >= 0.1) return text(seconds, "s");
    return step >= 1e-4 ? text(seconds * 1e3, "ms") : text(seconds * 1e6, "µs");
}

}  // namespace tantrum::studio
