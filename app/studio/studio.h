// The program: what tantrum-studio does with its options.
#pragma once

#include "app/studio/options.h"

namespace tantrum::studio {

/// Requires a QApplication. Returns the exit code: 0 fine, 1 too slow (--frame-stats), 2 the user's mistake,
/// 3 the environment.
int runStudio(const Options& options);

/// Rasterises an SVG file at its own size, twice as fine. Requires a QGuiApplication.
int renderSvg(const QString& svg, const QString& png);

}  // namespace tantrum::studio
