// How long one picture takes with a given number of messages in flight, painted by the real canvas on the real
// platform.
#pragma once

#include "app/studio/canvas/frame_statistics.h"

#include <QSize>

namespace tantrum::studio {

struct FrameBenchmark {
    FrameStatistics frames;
    std::size_t dotsPainted = 0;  ///< fewest in any measured picture: shows that none was left out
};

/// Shows a canvas of `size` with a synthetic system, moves `messages` dots through `frames` pictures (all of them
/// painted, no sampling, no bands) and changes the figures at their usual rate. Requires a QApplication.
FrameBenchmark measureFrames(int nodes, int edges, int messages, QSize size, int frames);

/// The times alone.
FrameStatistics runFrameBenchmark(int nodes, int edges, int messages, QSize size, int frames);

}  // namespace tantrum::studio
