// The speed slider: logarithmic from a thousandth of real time to a thousand times as fast, then "as fast as possible".
#pragma once

#include <QString>

#include <optional>

namespace tantrum::studio {

struct SpeedScale {
    static constexpr int last = 1000;          ///< positions 0 … last; the last one is infinity
    static constexpr double slowest = 0.001, fastest = 1000;

    /// Simulated seconds a wall second; positions close to a power of ten count as it.
    static double speedAt(int position);
    static int positionOf(double speed);
    /// "1.0×", "0.010×", "250×", "max".
    static QString textOf(double speed);
    /// "2", "0.5x", "×10", "1/100", "max"; nullopt for anything else and for speeds below the slowest.
    static std::optional<double> parse(const QString& text);
};

}  // namespace tantrum::studio
