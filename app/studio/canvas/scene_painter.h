// Paints a scene in world coordinates, all at once or a few milliseconds at a time, so that changing figures never make
// a moving picture stutter.
#pragma once

#include "app/studio/canvas/scene.h"
#include "app/studio/theme/tokens.h"

#include <limits>
#include <vector>

class QPainter;

namespace tantrum::studio {

class ScenePainter {
public:
    /// `visible` (world) is what needs painting. The scene must outlive this and stay unchanged until it is done.
    ScenePainter(const Scene& scene, const SceneView& view, const Tokens& tokens, double zoom, const QRectF& visible);

    /// Goes on where the last call stopped; true once everything is painted.
    bool paint(QPainter& painter, double milliseconds = std::numeric_limits<double>::infinity());

private:
    void step(QPainter& painter, std::size_t index) const;
    void paintCard(QPainter& painter, int node) const;

    const Scene& scene_;
    SceneView view_;
    const Tokens& tokens_;
    double zoom_;
    QRectF visible_;
    std::vector<int> order_;  ///< nodes, bottom to top
    std::size_t next_ = 0;
};

}  // namespace tantrum::studio
