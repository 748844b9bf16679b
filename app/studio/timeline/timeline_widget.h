// The run from start to end: fault spans above, the health strip (failed hangs from the top), markers inside, the
// future empty. Dragging asks to be shown what was recorded at that moment.
#pragma once

#include "app/studio/timeline/timeline_marks.h"
#include "app/studio/timeline/timeline_scale.h"

#include <QWidget>

#include <optional>
#include <vector>

namespace tantrum::studio {

class TimelineWidget : public QWidget {
    Q_OBJECT

public:
    static constexpr int fixedHeight = 56;

    explicit TimelineWidget(QWidget* parent = nullptr);

    /// Length of the run, how far it has come, and which moment is shown.
    void setTimes(double endSeconds, double reachedSeconds, double shownSeconds);
    /// Share of requests answered ok, one a column; NaN where there were none.
    void setHealth(const std::vector<float>& goodShare, double bucketSeconds);
    void setMarks(std::vector<TimelineMark> marks);

    TimelineScale scale() const;
    /// The mark under a point; spans by their box, moments by their square.
    std::optional<std::size_t> markAt(QPointF point) const;
    /// The nearest mark after or before the shown time, in seconds; nullopt if there is none.
    std::optional<double> nextMark(double from) const;
    std::optional<double> previousMark(double from) const;

    QSize sizeHint() const override { return {800, fixedHeight}; }
    QSize minimumSizeHint() const override { return {240, fixedHeight}; }

signals:
    /// While dragging or after a click: show that moment, at most the reached one.
    void sought(double seconds);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    bool event(QEvent* event) override;

private:
    QRectF spanBox(const TimelineMark& mark) const;
    QRectF momentBox(const TimelineMark& mark) const;
    void paintStrip(QPainter& painter, const TimelineScale& scale) const;
    void paintSpans(QPainter& painter) const;
    void paintMoments(QPainter& painter) const;
    void paintTicks(QPainter& painter, const TimelineScale& scale) const;
    void paintHead(QPainter& painter, const TimelineScale& scale) const;
    void seek(double x);

    double end_ = 1, reached_ = 0, shown_ = 0, bucket_ = 1;
    std::vector<float> health_;
    std::vector<TimelineMark> marks_;
    bool dragging_ = false;
};

}  // namespace tantrum::studio
