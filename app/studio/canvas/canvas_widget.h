// The canvas: nodes, links and what travels between them, in one widget painted from a cached picture and sprites.
// It shows what it is told and moves nothing by itself; the shell owns the run, the clock and the undo stack.
#pragma once

#include "app/studio/canvas/frame_statistics.h"
#include "app/studio/canvas/overlays.h"
#include "app/studio/canvas/scene.h"
#include "app/studio/canvas/scene_painter.h"
#include "app/studio/canvas/sprites.h"
#include "app/studio/canvas/traffic.h"

#include <QElapsedTimer>
#include <QImage>
#include <QPixmap>
#include <QTimer>
#include <QWidget>
#include <optional>
#include <span>

namespace tantrum::studio {

/// Drags with this MIME type (payload: a descriptor key in UTF-8) may be dropped on the canvas.
inline constexpr const char* componentMimeType = "application/x-tantrum-component";

class CanvasWidget : public QWidget {
    Q_OBJECT

public:
    enum class Tool { pointer, connect, hand };

    /// A node, a link, or neither (empty canvas).
    struct Target {
        int node = -1, edge = -1;
    };

    explicit CanvasWidget(QWidget* parent = nullptr);

    // --- What is shown -------------------------------------------------------------------------------------------
    /// A new picture: forgets frame, passages and selection. Indices in every other call are positions in it.
    enum class Places {
        fresh,  ///< another scenario: lay out, fit the view
        keep    ///< the same one, run again or edited: nodes that were there stay, and so does the view
    };
    void setTopology(const models::Topology& topology, Places places = Places::fresh);
    const models::Topology& topology() const { return scene_.topology(); }
    /// May be called at any rate: bars move at most 10 times a second, figures 4 times.
    void setFrame(const models::Frame& frame);
    /// Newly recorded passages; those of one lane in order of departure.
    void addPassages(std::span<const models::Passage> passages);
    /// Call before jumping in time, then add the passages around the new moment.
    void clearPassages();
    /// Call at 60 Hz while playing. `speed`: simulated seconds a second; above 10 dots become bands.
    void setTime(engine::Instant now, double speed);
    /// Looking at the recorded past: says so beside the chips.
    void setScrubbed(bool scrubbed);

    // --- How it is shown -----------------------------------------------------------------------------------------
    void setReducedMotion(bool reduced);  ///< no dots: rates beside links instead
    void setShowAllDots(bool all);        ///< no thinning; for measurements and exports
    void setHeat(bool heat);
    void setLabels(bool labels);
    void setKeyVisible(bool visible);
    void setTool(Tool tool);
    void setLayoutLocked(bool locked);  ///< nodes cannot be dragged (lessons)
    bool heat() const { return view_.heat; }
    bool labels() const { return view_.labels; }
    Tool tool() const { return tool_; }
    double zoom() const { return camera_.zoom; }

    // --- Selection and places ------------------------------------------------------------------------------------
    int selectedNode() const { return view_.selectedNode; }
    int selectedEdge() const { return view_.selectedEdge; }
    int focusedNode() const { return view_.focusedNode; }
    void selectNode(int node);  ///< emits nodeSelected if it changed; -1 clears
    void selectEdge(int edge);
    void clearSelection();
    /// Centres in canvas coordinates, one a node.
    const std::vector<QPointF>& positions() const { return scene_.centres(); }
    void setPositions(std::vector<QPointF> centres);
    void setNodePosition(int node, QPointF centre);
    QPointF toCanvas(QPointF widgetPosition) const { return camera_.toWorld(widgetPosition); }
    QPointF fromCanvas(QPointF canvasPosition) const { return camera_.toScreen(canvasPosition); }
    /// Pans so that the node can be seen.
    void reveal(int node);
    Target targetAt(QPointF widgetPosition) const;

    // --- Pictures and measurements -------------------------------------------------------------------------------
    /// Everything on the canvas with its dots, scaled to fit `target`, without chips and zoom control.
    void paintTo(QPainter& painter, const QRectF& target) const;
    QImage renderImage(QSize size, qreal scale = 1) const;
    double lastPaintMilliseconds() const { return statistics_.last(); }
    const FrameStatistics& statistics() const { return statistics_; }
    void resetStatistics() { statistics_.clear(); }
    std::size_t dotsPainted() const { return dotsPainted_; }  ///< in the last picture

    QSize sizeHint() const override { return {1076, 553}; }
    QSize minimumSizeHint() const override { return {240, 160}; }

public slots:
    void fitView();
    void zoomIn();
    void zoomOut();
    void zoomReset();

signals:
    void nodeSelected(int node);
    void edgeSelected(int edge);
    void selectionCleared();
    void nodeActivated(int node);  ///< double click, Enter
    /// The person let go of a dragged node; it already stands there. Store it, undoably.
    void nodeMoved(int node, QPointF centre);
    /// node and edge are -1 if the click was on empty canvas.
    void contextRequested(int node, int edge, QPoint globalPosition);
    void connectRequested(int from, int to);              ///< connect tool: dragged from one node to another
    void componentDropped(QString type, QPointF centre);  ///< from the palette
    void exampleRequested();                              ///< the empty canvas's button
    void viewModeChanged();                               ///< heat or labels toggled by a chip
    void zoomChanged(double zoom);
    void toolChanged();

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    bool focusNextPrevChild(bool next) override;

private:
    enum class Drag { none, pending, node, pan, connect };

    void invalidate();
    void showPendingFrame();
    void changeCamera(const Camera& camera);
    void placesChanged();
    void setFocusedNode(int node);
    void describe();
    void setHover(QPointF place);
    void updateCursor();
    void press(Spot spot);
    void updateBands();

    QPixmap emptyPicture(qreal ratio) const;
    ScenePainter scenePainter() const;
    void renderStatic(qreal ratio);
    void refreshStatic();
    void paintDots(QPainter& painter);
    void paintHover(QPainter& painter);
    template <class Place> void forEachVisibleDot(double zoom, Place place) const;
    OverlayState overlayState() const;
    bool showsDots() const { return !reducedMotion_ && !view_.bands; }
    bool touching() const { return drag_ != Drag::none; }

    Scene scene_;
    SceneView view_;
    Traffic traffic_;
    Sprites sprites_;
    Overlays overlays_;
    Camera camera_;
    FrameStatistics statistics_;
    QPixmap background_;  ///< the empty canvas with its grid
    QPixmap static_;      ///< everything that stands still, as shown
    QPixmap next_;        ///< the same with newer values, being painted a little each frame
    std::optional<ScenePainter> refreshing_;
    models::Frame pending_;
    QElapsedTimer sinceLevels_, sinceNumbers_;
    QTimer frameTimer_;

    bool staticDirty_ = true, valuesDirty_ = false, framePending_ = false, moved_ = false;
    bool scrubbed_ = false, reducedMotion_ = false, wantsAllDots_ = false, keyVisible_ = true, locked_ = false;
    Tool tool_ = Tool::pointer;
    std::size_t dotsPainted_ = 0;

    Drag drag_ = Drag::none;
    int dragNode_ = -1, hoveredNode_ = -1;
    Spot hoveredSpot_ = Spot::none;
    QPointF pressedAt_, lastMouse_, grabOffset_;
};

}  // namespace tantrum::studio
