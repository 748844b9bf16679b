// Simulated seconds to pixels and back, along the timeline.
#pragma once

#include <QString>

namespace tantrum::studio {

class TimelineScale {
public:
    TimelineScale(double left, double width, double seconds);

    double xOf(double seconds) const { return left_ + width_ * seconds / seconds_; }
    /// Clamped to the run.
    double secondsAt(double x) const;
    double left() const { return left_; }
    double width() const { return width_; }
    double seconds() const { return seconds_; }

    /// 1, 2 or 5 times a power of ten (above a minute: 1, 2, 5, 10, 15, 30 minutes or hours), at least `pixels` apart.
    double tickStep(double pixels) const;
    /// "40 s", "2 min", "500 ms": the unit follows the step, so that all ticks have the same one.
    static QString tickText(double seconds, double step);

private:
    double left_, width_, seconds_;
};

}  // namespace tantrum::studio
